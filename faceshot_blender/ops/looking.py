# SPDX-License-Identifier: GPL-3.0-or-later
"""View Character: the 3D viewport turned to the character's plane, with its picture shown."""

from __future__ import annotations

from typing import Any

import bpy

from ..properties import choices_of


class FACESHOT_OT_look_at_plane(bpy.types.Operator):
    """Turn the 3D viewport to the front of the character's plane, and show its picture there"""

    bl_idname = "faceshot.look_at_plane"
    bl_label = "View Character"
    bl_options = {"REGISTER"}  # changes the view only: no UNDO

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene is None or choices_of(context.scene).plane is None:
            cls.poll_message_set("Choose the plane with the picture")
            return False
        if context.area is None or context.area.type != "VIEW_3D":
            cls.poll_message_set("Only in the 3D viewport")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        from ..scene.viewing import face

        assert context.area is not None
        assert context.scene is not None
        face(context.area, choices_of(context.scene).plane)
        return {"FINISHED"}


CLASSES = (FACESHOT_OT_look_at_plane,)
