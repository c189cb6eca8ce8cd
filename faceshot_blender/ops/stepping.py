# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that take long: `execute()` blocks, `invoke()` goes on with a timer; both drive the same stepper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ..properties import job_of

if TYPE_CHECKING:
    from ...core.errors import FaceShotError
    from ..job import Status, Stepper

TICK = 0.1


class Stepping:
    """Mix-in of an operator that says what to do (`plan`) and what becomes of it (`finish`).

    One such operator runs at a time; where it stands is in the window manager's `faceshot_job`.
    """

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        if job_of(context.window_manager).running:
            cls.poll_message_set("A job is running already")
            return False
        return True

    def plan(self: Any, context: bpy.types.Context) -> Stepper:
        """Check everything that can be checked at once; nothing heavy is begun. Raises FaceShotError."""
        raise NotImplementedError

    def finish(self: Any, context: bpy.types.Context, job: Stepper) -> None:
        """Use the result of a job that is done, and report it. Raises FaceShotError."""
        raise NotImplementedError

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
            return _refuse(self, error)
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
            self._job = self.plan(context)
        except FaceShotError as error:
            return _refuse(self, error)
        self._job.start()
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        _show(context, self._job.status)
        return {"RUNNING_MODAL"}

    def modal(self: Any, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ...core.errors import FaceShotError

        if event.type == "ESC" or job_of(context.window_manager).cancel:
            self._job.cancel()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        status = self._job.step()
        _show(context, status)
        if not status.state.ended:
            return {"PASS_THROUGH"}
        try:
            if self._job.error is not None:
                raise self._job.error
            self.finish(context, self._job)
        except FaceShotError as error:
            return _refuse(self, error)
        finally:
            self.cancel(context)
        return {"FINISHED"}

    def cancel(self: Any, context: bpy.types.Context) -> None:
        """The end of a modal run; Blender calls it, too, when it closes or loads another file."""
        state = job_of(context.window_manager)
        state.running, state.cancel, state.words, state.fraction = False, False, "", 0.0
        context.window_manager.event_timer_remove(self._timer)
        self._job.close()


class FACESHOT_OT_cancel(bpy.types.Operator):
    """Stop the running job; frames that are done are kept"""

    bl_idname = "faceshot.cancel"
    bl_label = "Cancel"
    bl_options = {"INTERNAL"}  # changes nothing in the scene: no UNDO

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return bool(job_of(context.window_manager).running)

    def execute(self, context: bpy.types.Context) -> Any:
        job_of(context.window_manager).cancel = True
        return {"FINISHED"}


def _refuse(operator: bpy.types.Operator, error: FaceShotError) -> Any:
    if error.code.slug == "cancelled":
        operator.report({"INFO"}, "Cancelled")
    else:
        operator.report({"ERROR"}, str(error))
    return {"CANCELLED"}


def _show(context: bpy.types.Context, status: Status) -> None:
    """Tell the panels, and have them drawn again only when there is news."""
    state = job_of(context.window_manager)
    words, fraction = status.words(), status.fraction
    if (state.running, state.words, state.fraction) == (True, words, fraction):
        return
    state.running, state.words, state.fraction = True, words, fraction
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "PREFERENCES"):
                area.tag_redraw()


CLASSES = (FACESHOT_OT_cancel,)
