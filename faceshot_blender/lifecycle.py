# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to jobs and engine when the file is left, Blender is closed, or the extension is disabled."""

from __future__ import annotations

import atexit

import bpy

from . import readiness
from .jobs import QUEUE, release_engine


@bpy.app.handlers.persistent
def before_loading(*_: object) -> None:
    """Another file comes: its scenes have asked for nothing. The engine stays warm."""
    QUEUE.end_all()
    QUEUE.failure = None


def end_everything() -> None:
    """No job, thread or process of ours is left after this."""
    QUEUE.end_all()
    QUEUE.failure = None
    release_engine()


def register() -> None:
    bpy.app.handlers.load_pre.append(before_loading)
    atexit.register(end_everything)
    readiness.look_soon()


def unregister() -> None:
    readiness.forget()
    end_everything()
    atexit.unregister(end_everything)
    if before_loading in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(before_loading)
