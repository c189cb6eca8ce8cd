# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways back: the plane's own picture, and a file without anything of FaceShot's."""

from __future__ import annotations

from typing import Any

import bpy

from ..declared import plane_name


class FACESHOT_OT_restore_original(bpy.types.Operator):
    """Show the character's own picture on the plane again; strips and files stay"""

    bl_idname = "faceshot.restore_original"
    bl_label = "Restore Original"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name(  # type: ignore[valid-type]
        "Plane to restore; by default the active object"
    )

    def execute(self, context: bpy.types.Context) -> Any:
        from ..scene.look import restore_original
        from ..scene.usable import reason_against

        active = context.view_layer.objects.active
        plane = context.scene.objects.get(self.plane) if self.plane else active
        if plane is None:
            self.report({"ERROR"}, f"There is no object {self.plane!r}" if self.plane else "No object is active")
            return {"CANCELLED"}
        if reason := reason_against(plane):
            self.report({"ERROR"}, reason)
            return {"CANCELLED"}
        if not restore_original(plane):
            self.report({"INFO"}, f"{plane.name} shows its own picture already")
            return {"CANCELLED"}
        return {"FINISHED"}


class FACESHOT_OT_remove_data(bpy.types.Operator):
    """Remove everything FaceShot has made in this file: frames on planes, strips, scenes, planes; files on disk stay"""

    bl_idname = "faceshot.remove_data"
    bl_label = "Remove FaceShot Data"
    bl_options = {"REGISTER", "UNDO"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ..scene.made import made_blocks

        count = len(made_blocks())
        return context.window_manager.invoke_confirm(
            self, event, title="Remove FaceShot Data", message=f"{count} data-blocks will be removed"
        )

    def execute(self, context: bpy.types.Context) -> Any:
        from ..scene.made import remove_made_data

        count = remove_made_data()
        self.report({"INFO"}, f"Removed {count} data-blocks and strips")
        return {"FINISHED"}


CLASSES = (FACESHOT_OT_restore_original, FACESHOT_OT_remove_data)
