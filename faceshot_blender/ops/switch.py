# SPDX-License-Identifier: GPL-3.0-or-later
"""Switch Frames: what a plane shows, its own picture or one of the folders of frames made for it."""

from __future__ import annotations

from typing import Any

import bpy

from ..declared import plane_name
from ..shots import shot_scene


class FACESHOT_OT_switch_frames(bpy.types.Operator):
    """Choose what the plane shows: its own picture, or frames that were made for it"""

    bl_idname = "faceshot.switch_frames"
    bl_label = "Switch Frames"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name(  # type: ignore[valid-type]
        "Plane to switch; by default the active object"
    )
    look: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Frames",
        description="The folder's name, such as proxy, or original for the plane's own picture",
        options={"SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if self.look:
            return self.execute(context)
        from ..scene.switch import looks_of, shown_look

        plane = self._plane(context)
        if plane is None:
            self.report({"ERROR"}, "Choose the plane first")
            return {"CANCELLED"}
        # read once: a popup is drawn many times
        looks, shown, name = looks_of(shot_scene(context), plane), shown_look(plane), plane.name

        def draw(menu: bpy.types.UIPopupMenu, context: bpy.types.Context) -> None:
            for look, label, _ in looks:
                icon: Any = "RADIOBUT_ON" if look == shown else "RADIOBUT_OFF"
                chosen: Any = menu.layout.operator("faceshot.switch_frames", text=label, icon=icon)
                chosen.plane, chosen.look = name, look

        context.window_manager.popup_menu(draw, title="Switch Frames")
        return {"FINISHED"}

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.switch import ORIGINAL, is_shown, switch

        plane = self._plane(context)
        if plane is None:
            self.report({"ERROR"}, f"There is no object {self.plane!r}" if self.plane else "No object is active")
            return {"CANCELLED"}
        look = self.look or ORIGINAL
        if is_shown(shot_scene(context), plane, look):
            self.report({"INFO"}, f"{plane.name} shows that already")
            return {"CANCELLED"}
        try:
            for warning in switch(shot_scene(context), plane.name, look):
                self.report({"WARNING"}, warning)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}

    def _plane(self, context: Any) -> Any:
        if self.plane:
            return shot_scene(context).objects.get(self.plane)
        return context.view_layer.objects.active


CLASSES = (FACESHOT_OT_switch_frames,)
