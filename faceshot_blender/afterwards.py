# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs whose operator is gone: with its window, or because another file was loaded.

A result is put into the scene that asked for it where the file of that scene is open; else the panel says where it is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import bpy

from . import estimates
from .again import is_loaded, loads
from .driving import drive
from .jobs import QUEUE, Entry, Failure


def take_over(entry: Entry) -> None:
    """A job of the queue goes on without its operator, whose timer goes."""
    if entry.alone or entry not in QUEUE.entries:
        return
    entry.alone = True
    entry.let_go()
    entry.let_go = lambda: None
    drive()


def leave_file() -> None:
    """The open file is left while jobs run: they go on, and remember where they come from."""
    for entry in list(QUEUE.entries):
        if entry.asked_in is None:
            entry.asked_in = (bpy.data.filepath, loads())
        take_over(entry)


def end(entry: Entry) -> None:
    """Use the result of a job that has ended and has no operator; nothing is raised."""
    from .failures import as_told, failure_of
    from .readiness import look_soon
    from .take import bring

    QUEUE.leave(entry)
    estimates.look()
    look_soon()
    try:
        if entry.job.error is not None:
            raise entry.job.error
        if entry.take is None:
            return
        if not _is_open(entry.asked_in):
            QUEUE.failure = _kept(entry)
            return
        with _in_window():
            bring(entry.take, entry.job.status.warnings)
            if not bpy.app.background:
                bpy.ops.ed.undo_push(message=entry.title)
    except Exception as error:
        told = as_told(error, entry.job)
        if told.code.slug != "cancelled":
            QUEUE.failure = failure_of(told, entry.title, entry.job, take=entry.take)


def _is_open(asked_in: tuple[str, int] | None) -> bool:
    """Whether the file that asked is the one that is open."""
    if asked_in is None or is_loaded(asked_in[1]):
        return True
    path = asked_in[0]
    return bool(path) and os.path.normcase(path) == os.path.normcase(bpy.data.filepath)


def _kept(entry: Entry) -> Failure:
    asked_in = entry.asked_in[0] if entry.asked_in else ""
    whose = Path(asked_in).name if asked_in else "a file that was not saved"
    return Failure(
        entry.title,
        f"Done. It was asked for in {whose}, which is not open, so it was put into no scene. It is in {entry.folder}.",
        "To use it: File > Import > FaceShot Result, and choose that folder.",
        "",
        done=True,
        folder=entry.folder,
    )


def _in_window() -> Any:
    """A context as operators have it: timers have no window."""
    windows = bpy.context.window_manager.windows
    return bpy.context.temp_override(window=windows[0]) if windows else bpy.context.temp_override()
