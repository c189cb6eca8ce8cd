# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of files of weights, and what is said of those that fail."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from ...errors import ErrorCode, FaceShotError
from ...hub_models import FEATURES
from ...render.mofa.device import is_out_of_memory

NAMED = 3


def damaged(path: Path, why: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.MODEL_DAMAGED,
        f"The model file {path} is not as published: {why}.",
        hint=f"Get it again: `python -m core models fetch {FEATURES.name}` replaces files that it fetched itself.",
    )


@contextlib.contextmanager
def as_damaged(path: Path) -> Iterator[None]:
    """Raises MODEL_DAMAGED, naming `path`, for what a loader raises; memory that ran out is passed on."""
    try:
        yield
    except FaceShotError:
        raise
    except Exception as error:  # tokenizers raise nothing more special
        if is_out_of_memory(error):
            raise
        words = str(error).strip() or type(error).__name__
        raise damaged(path, words.splitlines()[0].rstrip(".")) from error


def read_json(path: Path) -> dict[str, Any]:
    """Raises MODEL_DAMAGED."""
    with as_damaged(path):
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it holds no settings")
        return found


def require_numbers(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Raises MODEL_DAMAGED for tensors that hold anything else."""
    wrong = [name for name, value in state.items() if value.is_floating_point() and not bool(value.isfinite().all())]
    if wrong:
        raise damaged(path, f"tensors hold what is no number: {listed(wrong)}")


def listed(names: Iterable[Any]) -> str:
    """The first of some names of tensors, and how many more there are.

    >>> listed(["d", "b", "a", "c"])
    'a, b, c and 1 more'
    """
    found = sorted(str(name[0] if isinstance(name, (tuple, list)) else name) for name in names)
    return ", ".join(found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
