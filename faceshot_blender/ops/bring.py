# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring Sound: sound and strips of a take for a plane that came alone from another file."""

from __future__ import annotations

from typing import Any

import bpy

from ..declared import plane_name
from ..properties import choices_of
from ..shots import shot_scene


class FACESHOT_OT_bring_sound(bpy.types.Operator):
    """Put the sound and the strips of the plane's take into this scene; for a plane that came from another file"""

    bl_idname = "faceshot.bring_sound"
    bl_label = "Bring Sound"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name(  # type: ignore[valid-type]
        "Plane with the take; by default the one chosen for the scene, else the active object"
    )

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.switch import bring_take

        scene = shot_scene(context)
        plane = choices_of(scene).plane or context.view_layer.objects.active
        name = self.plane or (plane.name if plane else "")
        if not name:
            self.report({"ERROR"}, "Choose the plane first")
            return {"CANCELLED"}
        try:
            made = bring_take(scene, name)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for warning in made.warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{made.plane}: frames {made.start} to {made.end}")
        return {"FINISHED"}


CLASSES = (FACESHOT_OT_bring_sound,)
