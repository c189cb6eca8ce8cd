# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preferences offer for this machine: the cache emptied, a wrong pointer taken back, a check dismissed."""

from __future__ import annotations

from typing import Any

import bpy

from .. import folder_sizes
from ..jobs import QUEUE
from ..readiness import CHECKED, look_soon
from .stepping import redraw


class FACESHOT_OT_clear_cache(bpy.types.Operator):
    """Remove all frames that are kept so that they need not be made again; results in your folders stay"""

    bl_idname = "faceshot.clear_cache"
    bl_label = "Clear Cache"
    bl_options = {"REGISTER"}  # changes nothing in the file: no UNDO

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if QUEUE.entries:
            cls.poll_message_set("A job is running")
        return not QUEUE.entries

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        size = folder_sizes.look(folder_sizes.CACHE)
        if not size.files:
            self.report({"INFO"}, "The cache is empty")
            return {"CANCELLED"}
        message = f"{size.words()} will be removed from {size.path}"
        return context.window_manager.invoke_confirm(self, event, title="Clear FaceShot's Cache", message=message)

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.cache import FrameStore
        from ..host import cache_folder

        removed = FrameStore(cache_folder()).clear()
        folder_sizes.forget(folder_sizes.CACHE)
        redraw(context.window_manager)
        self.report({"INFO"}, f"Removed {removed.entries} frames, {removed.bytes / 1e6:.1f} MB")
        return {"FINISHED"}


class FACESHOT_OT_use_own_engine(bpy.types.Operator):
    """Point at no engine any more, and use the one that FaceShot makes itself"""

    bl_idname = "faceshot.use_own_engine"
    bl_label = "Use FaceShot's Own Engine"
    bl_options = {"REGISTER"}  # changes nothing in the file: no UNDO

    def execute(self, context: bpy.types.Context) -> Any:
        from ..host import preferences

        settings = preferences()
        if settings is None:
            return {"CANCELLED"}
        settings.engine = ""
        look_soon()
        return {"FINISHED"}


class FACESHOT_OT_dismiss_check(bpy.types.Operator):
    """Take the check's result off the preferences"""

    bl_idname = "faceshot.dismiss_check"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}  # changes nothing in the file: no UNDO

    def execute(self, context: bpy.types.Context) -> Any:
        CHECKED.clear()
        redraw(context.window_manager)
        return {"FINISHED"}


CLASSES = (FACESHOT_OT_clear_cache, FACESHOT_OT_use_own_engine, FACESHOT_OT_dismiss_check)
