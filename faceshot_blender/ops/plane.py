# SPDX-License-Identifier: GPL-3.0-or-later
"""The character's plane: the one of the active object, or a new one from a picture's file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..declared import ONCE, file_path
from ..properties import choices_of
from ..scene.usable import reason_against


class FACESHOT_OT_make_plane(bpy.types.Operator):
    """Make an upright plane that shows a picture, and choose it as the character"""

    bl_idname = "faceshot.make_plane"
    bl_label = "Make Plane"
    bl_options = {"REGISTER", "UNDO"}

    filepath: file_path(  # type: ignore[valid-type]
        "Picture", "Picture of the character", options=ONCE
    )
    filter_image: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Images", description="Show images in the list", default=True, options={"HIDDEN"}
    )
    filter_folder: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Folders", description="Show folders in the list", default=True, options={"HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.paths import absolute
        from ..scene.plane import make_plane

        assert context.scene is not None
        try:
            path = absolute(self.filepath) if self.filepath else Path()
            plane = make_plane(context.scene, path)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        choose_plane(self, context.scene, plane)
        for other in context.view_layer.objects:
            other.select_set(other == plane)
        context.view_layer.objects.active = plane
        if self.options.is_invoke and not bpy.app.background:
            from ..scene.viewing import show_new

            show_new(context, plane)
        return {"FINISHED"}


class FACESHOT_OT_use_active(bpy.types.Operator):
    """Choose the active object as the character's plane"""

    bl_idname = "faceshot.use_active"
    bl_label = "Use Active Object"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        active = context.view_layer.objects.active
        reason = "" if active is not None and active.type == "MESH" else "The active object is no plane with a picture"
        if active is not None:
            reason = reason_against(active) or reason
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.plane import find_plane

        assert context.scene is not None
        try:
            found = find_plane(context.scene, context.view_layer.objects.active.name)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        choose_plane(self, context.scene, found.plane)
        return {"FINISHED"}


def choose_plane(operator: Any, scene: Any, plane: Any) -> None:
    """Make it the character's plane; it gets the points that are known of its picture, and its user is told."""
    from ..scene.cards import adopt_points
    from ..scene.plane import image_of

    choices_of(scene).plane = plane
    found = image_of(plane)
    words = adopt_points(scene, found) if found is not None else ""
    if words:
        operator.report({"INFO"}, words)


CLASSES = (FACESHOT_OT_make_plane, FACESHOT_OT_use_active)
