# SPDX-License-Identifier: GPL-3.0-or-later
"""Mark Character as Asset: the plane with its points and picture, for the Asset Browser."""

from __future__ import annotations

from typing import Any

import bpy

from ..declared import plane_name
from ..properties import choices_of
from ..shots import shot_scene


class FACESHOT_OT_mark_asset(bpy.types.Operator):
    """Offer the character's plane in the Asset Browser, with its points and picture"""

    bl_idname = "faceshot.mark_asset"
    bl_label = "Mark Character as Asset"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name(  # type: ignore[valid-type]
        "Plane of the character; by default the one chosen for the scene, else the active object"
    )
    pack: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Pack Picture", description="Keep the picture inside the blend file instead of beside it"
    )
    catalog: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Catalog", description="Id of the asset catalog to put it into; by default none", options={"SKIP_SAVE"}
    )

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.asset import mark_character
        from ..scene.plane import find_plane

        scene = shot_scene(context)
        plane = choices_of(scene).plane or context.view_layer.objects.active
        name = self.plane or (plane.name if plane else "")
        if not name:
            self.report({"ERROR"}, "Choose the character's plane first")
            return {"CANCELLED"}
        try:
            warnings = mark_character(scene, find_plane(scene, name), pack=self.pack, catalog=self.catalog)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        for warning in warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{name} is an asset: save this file in an asset library to find it in the Asset Browser")
        return {"FINISHED"}


CLASSES = (FACESHOT_OT_mark_asset,)
