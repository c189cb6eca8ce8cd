# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb is given beside its options, and what a verb is."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..progress import Progress, silent

logger = logging.getLogger(__name__)


def _log_warning(message: str) -> None:
    logger.warning(message)


def _ignore(path: Path) -> None:
    pass


def _log_note(message: str) -> None:
    logger.info(message)


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who listens to a running verb: progress, notes (to be read before it goes on), warnings (done with a caveat),
    files saved."""

    progress: Progress = silent
    note: Callable[[str], None] = _log_note
    warn: Callable[[str], None] = _log_warning
    saved: Callable[[Path], None] = _ignore


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A named act: `run(options, context)` returns a JSON-able result or raises FaceShotError.

    `summary(result)` says in a line or a few what was made, for a person.
    """

    name: str
    help: str
    options: type
    run: Callable[[Any, Context], dict[str, Any]]
    summary: Callable[[dict[str, Any]], str] = field(default=lambda result: "Done.")
