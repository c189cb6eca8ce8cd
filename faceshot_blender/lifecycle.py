# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to jobs and engine when the file is left, Blender is closed, or the extension is disabled.

The user chooses: end the jobs, or let them finish. When Blender itself goes, the engine finishes them alone.
"""

from __future__ import annotations

import atexit
import contextlib
import shutil
import tempfile
from pathlib import Path
from typing import Any

import bpy

from . import afterwards, driving, left_behind, readiness
from .again import count_load, write_mark
from .jobs import QUEUE, SHARED, release_engine
from .ui import on_plane


@bpy.app.handlers.persistent
def before_loading(*_: object) -> None:
    """Another file comes. Jobs that work for no scene, as fetching a network, go on in any case."""
    from .host import lets_finish

    if not lets_finish():
        QUEUE.end_all(of_scenes=True)
    QUEUE.failure = None
    QUEUE.further.clear()
    afterwards.leave_file()


@bpy.app.handlers.persistent
def after_loading(*_: object) -> None:
    count_load()
    left_behind.tell()


@bpy.app.handlers.persistent
def before_saving(*_: object) -> None:
    """Should this file be loaded again before its jobs have ended, they find their scene and plane."""
    for entry in QUEUE.entries:
        for ticket in entry.tickets:
            write_mark(ticket)


def end_everything() -> None:
    """No job, thread or process of ours is left after this; but for an engine that was told to finish its jobs."""
    if QUEUE.lets_finish:
        with contextlib.suppress(Exception):
            leave_to_engine()
    QUEUE.end_all()
    QUEUE.failure = None
    release_engine()


def leave_to_engine() -> None:
    """Have the engine finish all jobs that work for a scene; their results are in their folders then."""
    engines, left = [], []
    for entry in list(QUEUE.entries):
        _keep_card(entry.job)
        engine = entry.job.leave_to_engine() if entry.take is not None else None
        if engine is not None:
            engines += [engine] if engine not in engines else []
            left.append(entry)
            QUEUE.leave(entry)
    left_behind.note(left)
    for engine in engines:
        if engine in SHARED:
            SHARED.remove(engine)
        engine.leave()


def _keep_card(job: Any) -> None:
    """A card in Blender's own folder for temporary files goes with it: the engine gets a copy."""
    arguments = getattr(job, "arguments", {})
    card = arguments.get("character")
    if card and bpy.app.tempdir and Path(card).is_relative_to(bpy.app.tempdir):
        arguments["character"] = shutil.copy(card, Path(tempfile.mkdtemp(prefix="faceshot-")) / Path(card).name)


def register() -> None:
    for handlers, handler in _handlers():
        handlers.append(handler)
    atexit.register(end_everything)
    readiness.look_soon()


def unregister() -> None:
    readiness.forget()
    end_everything()
    driving.forget()
    on_plane.forget()
    atexit.unregister(end_everything)
    for handlers, handler in _handlers():
        if handler in handlers:
            handlers.remove(handler)


def _handlers() -> tuple[tuple[Any, Any], ...]:
    of = bpy.app.handlers
    return ((of.load_pre, before_loading), (of.load_post, after_loading), (of.save_pre, before_saving))
