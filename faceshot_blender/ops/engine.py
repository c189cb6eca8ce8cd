# SPDX-License-Identifier: GPL-3.0-or-later
"""Make Engine: the Python environment that does the heavy work, in the extension's own user folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from ..jobs import QUEUE, SHARED, release_engine
from ..readiness import look_soon
from .stepping import Stepping

if TYPE_CHECKING:
    from ..job import Stepper


class FACESHOT_OT_make_engine(Stepping, bpy.types.Operator):
    """Download the engine's packages and install them for FaceShot alone; Blender's own Python stays as it is"""

    bl_idname = "faceshot.make_engine"
    bl_label = "Make Engine"
    bl_options = {"REGISTER"}  # changes nothing in the file: no UNDO

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Ask first; `execute` follows when the user agrees."""
        from ...core.errors import FaceShotError
        from ..host import plan_engine

        try:
            size = plan_engine().download_mb
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        message = f"About {size} MB will be downloaded"
        return context.window_manager.invoke_confirm(self, event, title="Make FaceShot's Engine", message=message)

    def plan(self, context: bpy.types.Context) -> Stepper:
        from ..host import plan_engine

        return plan_engine()

    def finish(self, context: bpy.types.Context, job: Stepper) -> None:
        assert job.result is not None
        look_soon()
        self.report({"INFO"}, f"The engine is ready: {job.result['engine']}")


class FACESHOT_OT_release_engine(bpy.types.Operator):
    """End the engine that is kept ready for the next job, and free the memory that it takes"""

    bl_idname = "faceshot.release_engine"
    bl_label = "Release Engine"
    bl_options = {"REGISTER"}  # changes nothing in the file: no UNDO

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if QUEUE.entries:
            cls.poll_message_set("A job is running")
            return False
        if not SHARED:
            cls.poll_message_set("No engine is running")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        release_engine()
        return {"FINISHED"}


CLASSES = (FACESHOT_OT_make_engine, FACESHOT_OT_release_engine)
