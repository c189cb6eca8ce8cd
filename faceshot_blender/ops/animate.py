# SPDX-License-Identifier: GPL-3.0-or-later
"""Animate: the engine makes a take for a plane and a clip, then it is put into the scene in one undo step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ..properties import choices_of, job_of

if TYPE_CHECKING:
    from ...core.errors import FaceShotError
    from ..engine_client import EngineClient
    from ..job import Status
    from ..take import Take

TICK = 0.1


class FACESHOT_OT_animate(bpy.types.Operator):
    """Bring the character on the plane to life with the clip of the actor"""

    bl_idname = "faceshot.animate"
    bl_label = "Animate"
    bl_options = {"REGISTER", "UNDO"}

    plane: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Plane",
        description="Image plane that carries the character. Empty: the one chosen for the scene",
        options={"SKIP_SAVE"},
    )
    clip: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Clip",
        description="Video of the actor. Empty: the one chosen for the scene",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    folder: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Output",
        description="Folder for everything that is made. Empty: a new one beside the blend file",
        subtype="DIR_PATH",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if job_of(context.window_manager).running:
            cls.poll_message_set("A job is running already")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        """Blocks until the take is in the scene: for scripts and background use."""
        from ...core.errors import FaceShotError
        from ..job import run_to_end

        run = None
        try:
            run = self._plan(context)
            run_to_end(run.job)
            return self._finish(run)
        except FaceShotError as error:
            return self._refuse(error)
        except KeyboardInterrupt:
            self.report({"ERROR"}, "Interrupted")
            return {"CANCELLED"}
        finally:
            if run is not None:
                run.close()

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """The same with a timer, so that the window stays alive."""
        from ...core.errors import FaceShotError

        try:
            self._run = self._plan(context)
        except FaceShotError as error:
            return self._refuse(error)
        self._run.job.start()
        self._timer = context.window_manager.event_timer_add(TICK, window=context.window)
        context.window_manager.modal_handler_add(self)
        _show(context, self._run.job.status)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ...core.errors import FaceShotError

        job = self._run.job
        if event.type == "ESC" or job_of(context.window_manager).cancel:
            job.cancel()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        status = job.step()
        _show(context, status)
        if not status.state.ended:
            return {"PASS_THROUGH"}
        try:
            if job.error is not None:
                raise job.error
            return self._finish(self._run)
        except FaceShotError as error:
            return self._refuse(error)
        finally:
            self.cancel(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """The end of a modal run; Blender calls it, too, when it closes or loads another file."""
        state = job_of(context.window_manager)
        state.running, state.cancel, state.words, state.fraction = False, False, "", 0.0
        context.window_manager.event_timer_remove(self._timer)
        self._run.close()

    def _plan(self, context: bpy.types.Context) -> _Run:
        """Check and plan; nothing heavy is begun. Raises FaceShotError."""
        from ...core.errors import ErrorCode, FaceShotError
        from ..scene.paths import absolute
        from ..take import plan_take

        assert context.scene is not None
        choices = choices_of(context.scene)
        plane = self.plane or (choices.plane.name if choices.plane else "")
        clip, folder = self.clip or choices.clip, self.folder or choices.folder
        if not plane:
            raise FaceShotError(ErrorCode.USAGE, "No plane is chosen.", hint="Choose the plane with the picture.")
        if not clip:
            raise FaceShotError(ErrorCode.USAGE, "No clip is chosen.", hint="Choose the video of the actor.")
        where = absolute(folder) if folder else None
        return _Run(plan_take(context.scene, plane, absolute(clip), folder=where))

    def _finish(self, run: _Run) -> Any:
        from ..take import finish_take

        made = finish_take(run.take)
        for warning in (*run.job.status.warnings, *made.warnings):
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{made.plane}: frames {made.start} to {made.end}, in {run.take.folder}")
        return {"FINISHED"}

    def _refuse(self, error: FaceShotError) -> Any:
        cancelled = error.code.slug == "cancelled"
        self.report({"INFO"} if cancelled else {"ERROR"}, "Cancelled" if cancelled else str(error))
        return {"CANCELLED"}


class _Run:
    """A take, the job that makes it, and the engine that does it, once it is started."""

    def __init__(self, take: Take) -> None:
        from ..job import Job

        self.take = take
        self.job = Job("animate", take.arguments, self._open)
        self._engine: EngineClient | None = None

    def _open(self) -> EngineClient:
        from ..host import open_engine

        self._engine = open_engine()
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()


def _show(context: bpy.types.Context, status: Status) -> None:
    """Tell the panels, and have them drawn again only when there is news."""
    state = job_of(context.window_manager)
    words, fraction = status.words(), status.fraction
    if (state.running, state.words, state.fraction) == (True, words, fraction):
        return
    state.running, state.words, state.fraction = True, words, fraction
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


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


CLASSES = (FACESHOT_OT_animate, FACESHOT_OT_cancel)
