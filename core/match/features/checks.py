# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of tensors that are read, and what is said of files that cannot be."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch

from ...errors import FaceShotError
from ...render.mofa.device import is_out_of_memory
from .files import damaged, listed


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


def require_numbers(state: Mapping[str, torch.Tensor], path: Path) -> None:
    """Raises MODEL_DAMAGED for tensors that hold anything else."""
    wrong = [name for name, value in state.items() if value.is_floating_point() and not bool(value.isfinite().all())]
    if wrong:
        raise damaged(path, f"tensors hold what is no number: {listed(wrong)}")
