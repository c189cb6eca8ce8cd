# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that an engine was left to finish as Blender went: what became of them, said when their file is open again.

They are noted in the extension's own folder, since the file itself may not have been saved.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import bpy

from . import ROOT_PACKAGE
from .jobs import QUEUE, Entry, Failure

NOTES = "left.json"
# An engine that works through several jobs holds none of their folders for a moment.
_BETWEEN = 60.0
_MOST = 64


@dataclass(frozen=True)
class Left:
    """A job that was left. blend: of the file that asked, empty where it was never saved · at: seconds since 1970."""

    title: str
    blend: str
    folder: str
    at: float


def note(entries: Iterable[Entry]) -> None:
    """Note jobs that an engine goes on with alone."""
    left = [
        Left(entry.title, entry.asked_in[0] if entry.asked_in else bpy.data.filepath, str(entry.folder), time.time())
        for entry in entries
    ]
    if left:
        _write([*_read(), *left][-_MOST:])


def tell() -> None:
    """Show what became of the jobs of the file that is open now; those that still run are told another time."""
    notes = _read()
    mine = [left for left in notes if _same(left.blend, bpy.data.filepath)]
    told = {left: failure for left in mine if (failure := _outcome(left, mine)) is not None}
    if told:
        _write([left for left in notes if left not in told])
        QUEUE.tell(told.values())


def _outcome(left: Left, all_left: list[Left]) -> Failure | None:
    """What is to be said of a job; None while it may still run."""
    from ..core.folder_lock import holder_of
    from .failures import failure_of
    from .results import RESULT
    from .take import FAILURE

    folder = Path(left.folder)
    if any(holder_of(Path(other.folder)) is not None for other in all_left):
        return None
    failed = _failure_in(folder / FAILURE)
    if failed is not None:
        error, report = failed
        return failure_of(error, left.title, _Reported(report))
    if (folder / RESULT).is_file():
        return Failure(
            left.title,
            f"Done while this file was closed. It is in {folder}.",
            "",
            "",
            done=True,
            folder=folder,
        )
    if time.time() - left.at < _BETWEEN:
        return None
    return Failure(
        left.title,
        "It was left to be finished while this file was closed, and is not finished.",
        "Animate again: frames that were done are kept and not made anew.",
        "",
    )


@dataclass(frozen=True)
class _Reported:
    """As much of a job as a report needs."""

    report: str


def _failure_in(path: Path) -> Any:
    """(error, report) from what the engine has left there; None where there is nothing of the kind."""
    from ..core.errors import FaceShotError

    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        data = json.loads(path.read_bytes())
        return FaceShotError.from_dict(data["error"]), str(data.get("report", ""))
    return None


def _same(one: str, other: str) -> bool:
    return os.path.normcase(one) == os.path.normcase(other)


def _file() -> Path | None:
    with contextlib.suppress(ValueError):  # not running as an extension
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE)) / NOTES
    return None


def _read() -> list[Left]:
    file = _file()
    with contextlib.suppress(OSError, ValueError, TypeError):
        if file is not None:
            return [Left(**each) for each in json.loads(file.read_bytes())]
    return []


def _write(notes: list[Left]) -> None:
    from ..core.arrays import write_atomically
    from ..core.errors import FaceShotError

    file = _file()
    if file is None:
        return
    with contextlib.suppress(OSError, FaceShotError):
        if notes:
            write_atomically(file, json.dumps([asdict(left) for left in notes], indent=1).encode())
        else:
            file.unlink(missing_ok=True)
