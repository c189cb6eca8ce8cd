# SPDX-License-Identifier: GPL-3.0-or-later
"""The Face Points tool of the 3D viewport: its button, keys, header, menus, and the gizmo that shows the points.

A gizmo is drawn and asked for what is under the pointer only while its tool is in use; nothing of ours runs otherwise.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import bpy

from .. import points_state
from ..ops.points import hit_at, interface_scale, view_of
from ..points_settings import settings

ICON = Path(__file__).with_name("icons") / "faceshot.points"
_NO_PICTURE = "Face Points: click on a plane with a picture"
_NO_POINTS = "No points yet · Enter: begin with a first guess"

_ADD: Any = {"properties": [("menu", "FACESHOT_MT_points_add")]}
_REMOVE: Any = {"properties": [("menu", "FACESHOT_MT_points_remove")]}

log = logging.getLogger(__name__)
_failed: list[str] = []


class FACESHOT_GT_points(bpy.types.Gizmo):
    bl_idname = "FACESHOT_GT_points"

    __slots__ = ("hit",)

    def setup(self) -> None:
        self.hit = None

    def draw(self, context: bpy.types.Context) -> None:
        try:
            _draw(context, self.hit if self.is_highlight else None)
        except Exception as error:  # once in the log, not at each drawing
            if str(error) not in _failed:
                _failed.append(str(error))
                log.exception("the points cannot be drawn")

    def test_select(self, context: bpy.types.Context, location: Any) -> int:
        target = points_state.target_of(context)
        self.hit = hit_at(context, target, *location)
        points_state.point_at(self.hit.part if self.hit is not None else "")
        return self.hit.number if self.hit is not None else -1


class FACESHOT_GGT_points(bpy.types.GizmoGroup):
    bl_idname = "FACESHOT_GGT_points"
    bl_label = "Face Points"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"SHOW_MODAL_ALL"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return points_state.is_active(context)

    @classmethod
    def setup_keymap(cls, keyconfig: Any) -> Any:
        """Presses go on to the tool. One key there must be, or Blender does not ask what is under the pointer."""
        keymap = keyconfig.keymaps.new(name=cls.bl_label, space_type="VIEW_3D", region_type="WINDOW")
        keymap.keymap_items.new("gizmogroup.gizmo_tweak", "F24", "PRESS", any=True)
        return keymap

    def setup(self, context: bpy.types.Context) -> None:
        gizmo = self.gizmos.new(FACESHOT_GT_points.bl_idname)
        gizmo.use_draw_modal = True
        gizmo.use_tooltip = False


class PointsTool(bpy.types.WorkSpaceTool):
    bl_space_type = "VIEW_3D"
    bl_context_mode = "OBJECT"
    bl_idname = points_state.TOOL
    bl_label = "Face Points"
    bl_description = (
        "Grab the points of a character's face on its picture.\n"
        "Drag a point, a line for its part, or the handles of the box around what is chosen.\n"
        "G, R, S move, turn, scale · L part · A all · M mirror · Shift A, X add, remove a part · Tab done"
    )
    bl_icon = str(ICON)
    bl_widget = FACESHOT_GGT_points.bl_idname
    bl_keymap = (
        ("faceshot.choose_points", {"type": "LEFTMOUSE", "value": "DOUBLE_CLICK"}, {"properties": [("what", "PART")]}),
        ("faceshot.grab_points", {"type": "LEFTMOUSE", "value": "PRESS"}, None),
        ("faceshot.grab_points", {"type": "LEFTMOUSE", "value": "PRESS", "shift": True},
         {"properties": [("extend", True)]}),
        ("faceshot.grab_points", {"type": "LEFTMOUSE", "value": "PRESS", "ctrl": True}, None),
        ("faceshot.points_menu", {"type": "RIGHTMOUSE", "value": "PRESS"}, None),
        ("faceshot.move_points", {"type": "G", "value": "PRESS"}, None),
        ("faceshot.turn_points", {"type": "R", "value": "PRESS"}, None),
        ("faceshot.scale_points", {"type": "S", "value": "PRESS"}, None),
        ("faceshot.choose_points", {"type": "L", "value": "PRESS"}, {"properties": [("what", "PART")]}),
        ("faceshot.choose_points", {"type": "A", "value": "PRESS"}, {"properties": [("what", "ALL")]}),
        ("faceshot.choose_points", {"type": "A", "value": "PRESS", "alt": True}, {"properties": [("what", "NONE")]}),
        ("faceshot.points_menu", {"type": "A", "value": "PRESS", "shift": True}, _ADD),
        ("faceshot.points_menu", {"type": "X", "value": "PRESS"}, _REMOVE),
        ("faceshot.points_menu", {"type": "DEL", "value": "PRESS"}, _REMOVE),
        ("faceshot.toggle_mirror", {"type": "M", "value": "PRESS"}, None),
        ("faceshot.edit_points", {"type": "RET", "value": "PRESS"}, None),
        ("faceshot.leave_points", {"type": "TAB", "value": "PRESS"}, None),
    )  # fmt: skip

    def draw_settings(context: Any, layout: Any, tool: Any) -> None:  # noqa: N805 - as Blender calls it
        shown = settings()
        layout.row(align=True).prop(shown, "grab", expand=True)
        layout.prop(shown, "mirror", icon="MOD_MIRROR")
        layout.prop(shown, "irises", icon="HIDE_OFF" if shown.irises else "HIDE_ON")
        look, row = context.window_manager.faceshot_look, layout.row(align=True)
        row.prop(look, "show", icon="HIDE_OFF" if look.show else "HIDE_ON")
        if look.show:
            row.prop(look, "pose", text="")
        space = context.space_data
        if space is not None and space.type == "VIEW_3D" and not space.show_gizmo:
            layout.prop(space, "show_gizmo", text="Gizmos are off: no points are shown", icon="ERROR")


def _draw(context: Any, hit: Any) -> None:
    from ..scene.points_drawing import Marks, draw_character, draw_hint

    region, scale = context.region, interface_scale()
    size = (region.width, region.height)
    target = points_state.target_of(context)
    active = context.view_layer.objects.active
    if target is None:
        if active is None or active.visible_get(view_layer=context.view_layer, viewport=context.space_data):
            draw_hint(_NO_PICTURE, size=size, scale=scale)
        return
    words = target.problem
    if target.character is not None:
        view = view_of(context, target.found)
        marks = Marks(points_state.chosen(target.plane), None if points_state.is_dragging() else hit, target.box)
        draw_character(
            view,
            target.character,
            perspective=context.region_data.perspective_matrix,
            region=region.as_pointer(),
            marks=marks,
            irises=settings().irises,
            scale=scale,
            faint=bool(target.problem),
        )
    elif not words:
        words = _NO_POINTS
    if words:
        draw_hint(words, size=size, scale=scale)


CLASSES = (FACESHOT_GT_points, FACESHOT_GGT_points)


def register() -> None:
    if not bpy.app.background:  # no toolbar there: Blender's modules for it stay away, too
        bpy.utils.register_tool(PointsTool, after={"builtin.transform"}, separator=True)


def unregister() -> None:
    if hasattr(PointsTool, "_bl_tool"):
        _put_away()
        bpy.utils.unregister_tool(PointsTool)
    points_state.forget()
    _failed.clear()
    drawing = sys.modules.get(f"{points_state.__package__}.scene.points_drawing")
    if drawing is not None:
        drawing.forget()


def _put_away() -> None:
    """Where the tool is in use, the selection tool takes its place: Blender knows it no more."""
    manager = bpy.context.window_manager
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type != "VIEW_3D":
                continue
            region = next(region for region in area.regions if region.type == "WINDOW")
            with bpy.context.temp_override(window=window, area=area, region=region):
                if points_state.is_active(bpy.context):
                    bpy.ops.wm.tool_set_by_id(name="builtin.select_box", space_type="VIEW_3D")
