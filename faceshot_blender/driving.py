# SPDX-License-Identifier: GPL-3.0-or-later
"""What drives the jobs: one timer of Blender's, which runs whatever tool is being used. Idle, there is none.

An operator gets no events while another tool is in the midst of something: a moved object, a box that is drawn. So the
engine's news come through here. Results are put into the scene by the operator, which has its turn when that tool has
ended; those of jobs without one wait for it as well.
"""

from __future__ import annotations

import logging

import bpy

from .jobs import QUEUE, Entry

# Twice as often as the panels are to be drawn at least: a timer that comes due while Blender draws is late.
TICK = 0.05

log = logging.getLogger(__name__)


def drive() -> None:
    """Have all jobs driven until there are none."""
    if not bpy.app.timers.is_registered(_step):
        bpy.app.timers.register(_step, first_interval=0.0, persistent=True)


def forget() -> None:
    """For the end: no timer is left."""
    if bpy.app.timers.is_registered(_step):
        bpy.app.timers.unregister(_step)


def _step() -> float | None:
    from .afterwards import end
    from .ops.stepping import show_jobs

    for entry in list(QUEUE.entries):
        try:
            if QUEUE.step(entry).state.ended and entry.alone and not _is_used():
                end(entry)
        except Exception as error:  # the other jobs go on
            _give_up(entry, error)
    show_jobs(bpy.context.window_manager)
    return TICK if QUEUE.entries else None


def _is_used() -> bool:
    """Whether a tool is in the midst of something, which a change of the scene would disturb.

    Operators that only listen, as those that show which keys are pressed, do not block.
    """
    return any(
        "BLOCKING" in operator.bl_options
        for window in bpy.context.window_manager.windows
        for operator in window.modal_operators
    )


def _give_up(entry: Entry, error: Exception) -> None:
    from .failures import as_told, failure_of

    log.exception("%s could not be driven", entry.title)
    QUEUE.leave(entry)
    QUEUE.failure = failure_of(as_told(error, entry.job), entry.title, entry.job, take=entry.take)
