# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that take long: `execute()` blocks, `invoke()` goes on with a timer; both drive the same stepper."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import bpy

from .. import estimates
from ..afterwards import take_over
from ..driving import drive
from ..host import lets_finish
from ..jobs import QUEUE, Entry
from ..properties import job_of
from ..readiness import look_soon
from ..ui import on_plane
from ..ui.status import show_status

if TYPE_CHECKING:
    from ...core.errors import FaceShotError
    from ..job import Stepper

# Twice as often as the panels are to be drawn at least: a timer that comes due while Blender draws is late.
TICK = 0.05
_SHOWN: list[bool] = []
# Regions that show a job, per kind of editor.
_SHOWN_IN = {"VIEW_3D": "UI", "IMAGE_EDITOR": "UI", "SEQUENCE_EDITOR": "UI", "PREFERENCES": "WINDOW"}


class Stepping:
    """Mix-in of an operator that says what to do (`plan`) and what becomes of it (`finish`).

    Started from the window, jobs queue: one that is asked for while another runs waits for its turn.
    """

    # Set by `plan`: how the job is called in the panel, and the take that it makes, if it makes one.
    job_title: str = ""
    job_take: Any = None  # a Take; Blender reads annotations: no name from TYPE_CHECKING
    # Failures that a window need not stop for, since `refused` goes on.
    goes_on_after: Any = ()

    def plan(self: Any, context: bpy.types.Context) -> Stepper:
        """Check everything that can be checked at once; nothing heavy is begun. Raises FaceShotError."""
        raise NotImplementedError

    def finish(self: Any, context: bpy.types.Context, job: Stepper) -> None:
        """Use the result of a job that is done, and report it. Raises FaceShotError."""
        from ..take import bring

        for level, words in bring(self.job_take, job.status.warnings):
            self.report({level}, words)

    def refused(self: Any, context: bpy.types.Context, error: FaceShotError) -> None:
        """Called in a window when the job has failed, after that was told and the queue has gone on."""

    def execute(self: Any, context: bpy.types.Context) -> Any:
        """Blocks until the end: for scripts and background use. After a dialog in the window it uses a timer."""
        if self.options.is_invoke and not bpy.app.background:
            return self.go_on_with_timer(context)
        from ...core.errors import FaceShotError
        from ..job import run_to_end

        job = None
        try:
            job = self.plan(context)
            run_to_end(job)
            self.finish(context, job)
        except FaceShotError as error:
            return _refuse(self, error, job)
        except KeyboardInterrupt:
            self.report({"ERROR"}, "Interrupted")
            return {"CANCELLED"}
        finally:
            if job is not None:
                job.close()
        return {"FINISHED"}

    def invoke(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        return self.go_on_with_timer(context)

    def go_on_with_timer(self: Any, context: bpy.types.Context) -> Any:
        """The same as `execute`, and the window stays alive."""
        from ...core.errors import FaceShotError

        try:
            job = self.plan(context)
        except FaceShotError as error:
            return _refuse(self, error, None)
        lets_finish()
        entry = QUEUE.join(self.job_title or self.bl_label, job, take=self.job_take)
        try:
            entry.let_go = _timer(context)
            drive()
            self._entry = entry
            context.window_manager.modal_handler_add(self)
        except BaseException:
            QUEUE.leave(entry)
            raise
        return {"RUNNING_MODAL"}

    def modal(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ..failures import as_told

        entry: Entry = self._entry
        if entry not in QUEUE.entries or entry.alone:  # ended from outside, or gone on with elsewhere
            return {"CANCELLED"}
        wish = event.type == "ESC" and _points_at_jobs(context.window, event)
        if entry is QUEUE.first and (wish or job_of(context.window_manager).cancel):
            entry.job.cancel()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        if not entry.job.status.state.ended:  # a timer of its own drives it: see driving.py
            return {"PASS_THROUGH"}
        told = None
        try:
            if entry.job.error is not None:
                raise entry.job.error
            self.finish(context, entry.job)
        except Exception as error:
            told = as_told(error, entry.job)
            level = "WARNING" if told.code.slug in self.goes_on_after else "ERROR"
            _refuse(self, told, entry.job, level=level)
        finally:
            QUEUE.leave(entry)
            estimates.look()
            job_of(context.window_manager).cancel = False
            show_jobs(context.window_manager)
        if told is None:
            return {"FINISHED"}
        self.refused(context, told)
        return {"CANCELLED"}

    def cancel(self: Any, context: bpy.types.Context) -> None:
        """Blender takes the operator away, with its window or with the file: the job goes on without it.

        It does so as well when a dialog that came before the run is left: then there is none yet.
        """
        entry: Entry | None = getattr(self, "_entry", None)
        if entry is not None:
            take_over(entry)


class FACESHOT_OT_cancel(bpy.types.Operator):
    """Stop the job, as Esc does with the pointer over this panel; frames that are done are kept"""

    bl_idname = "faceshot.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # changes nothing in the scene: no UNDO

    number: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Number", description="Number of the job. 0: the one that runs", min=0, options={"SKIP_SAVE", "HIDDEN"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not QUEUE.entries:
            cls.poll_message_set("No job is running")
        return bool(QUEUE.entries)

    def execute(self, context: bpy.types.Context) -> Any:
        return {"FINISHED"} if QUEUE.cancel(self.number) else {"CANCELLED"}


def show_jobs(window_manager: Any) -> None:
    """Have the panels drawn again while jobs run, and once when the last has ended; its frames on its plane.

    At each step: the bar goes on between two pieces of news. Regions are tagged, nothing else is drawn anew.
    """
    if QUEUE.entries or _SHOWN:
        redraw(window_manager)
        show_status(window_manager)
        on_plane.follow(QUEUE.first)
    _SHOWN[:] = [True] if QUEUE.entries else []


def redraw(window_manager: Any) -> None:
    """Have every region drawn again that shows jobs."""
    for window in window_manager.windows:
        for area in window.screen.areas:
            for region in area.regions:
                if _SHOWN_IN.get(area.type) == region.type:
                    region.tag_redraw()


def _points_at_jobs(window: Any, event: Any) -> bool:
    """Whether the pointer is over a region that shows jobs: elsewhere Esc stops the playback, or a tool."""
    return window is not None and any(
        region.x <= event.mouse_x < region.x + region.width and region.y <= event.mouse_y < region.y + region.height
        for area in window.screen.areas
        for region in area.regions
        if _SHOWN_IN.get(area.type) == region.type
    )


def _timer(context: bpy.types.Context) -> Any:
    """Start a timer; returns what ends it."""
    manager = context.window_manager
    timer = manager.event_timer_add(TICK, window=context.window)

    def end() -> None:
        with contextlib.suppress(ReferenceError, RuntimeError):  # gone with its window or file
            manager.event_timer_remove(timer)

    return end


def _refuse(operator: Any, error: FaceShotError, job: Stepper | None, *, level: str = "ERROR") -> Any:
    from ..failures import failure_of

    look_soon()

    if error.code.slug == "cancelled":
        operator.report({"INFO"}, "Cancelled")
        return {"CANCELLED"}
    QUEUE.failure = failure_of(error, operator.job_title or operator.bl_label, job, take=operator.job_take)
    redraw(bpy.context.window_manager)
    operator.report({level}, f"{QUEUE.failure.message} {QUEUE.failure.remedy}".rstrip())
    return {"CANCELLED"}


CLASSES = (FACESHOT_OT_cancel,)
