# SPDX-License-Identifier: GPL-3.0-or-later
"""Menus of the Face Points tool: what can be done with the points, and which parts the character has."""

from __future__ import annotations

from typing import Any

import bpy

from .. import points_state
from ..ops.points_parts import PARTS, has_part
from ..points_settings import settings


class FACESHOT_MT_points(bpy.types.Menu):
    bl_label = "Face Points"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        for name in ("move", "turn", "scale"):
            layout.operator(f"faceshot.{name}_points", text=name.title())
        layout.separator()
        layout.operator("faceshot.choose_points", text="All").what = "ALL"
        layout.operator("faceshot.choose_points", text="None").what = "NONE"
        layout.separator()
        words = "Mirror Off" if settings().mirror else "Mirror On"
        layout.operator("faceshot.toggle_mirror", text=words, icon="MOD_MIRROR")
        target = points_state.target_of(context)
        if target is not None and target.character is not None:
            for side, words in (("RIGHT", "Copy Right Half to Left"), ("LEFT", "Copy Left Half to Right")):
                call = layout.operator("faceshot.mirror_points", text=words)
                call.plane, call.side = target.plane.name, side
            layout.separator()
            layout.menu("FACESHOT_MT_points_add", icon="ADD")
            layout.menu("FACESHOT_MT_points_remove", icon="REMOVE")
        layout.separator()
        layout.operator("faceshot.find_points").plane = target.plane.name if target is not None else ""
        layout.operator("faceshot.look_at_plane")
        layout.operator("faceshot.leave_points")


class FACESHOT_MT_points_add(bpy.types.Menu):
    bl_label = "Add Part"

    def draw(self, context: bpy.types.Context) -> None:
        _draw_parts(self.layout, context, "ADD", "The character has all parts")


class FACESHOT_MT_points_remove(bpy.types.Menu):
    bl_label = "Remove Part"

    def draw(self, context: bpy.types.Context) -> None:
        _draw_parts(self.layout, context, "REMOVE", "The character has only its jaw")


def _draw_parts(layout: Any, context: Any, action: str, otherwise: str) -> None:
    """The parts that can be added or removed, the one under the pointer first."""
    target = points_state.target_of(context)
    if target is None or target.character is None:
        layout.label(text="No points yet")
        return
    parts = [part for part in PARTS if has_part(target.character, part) != (action == "ADD")]
    pointed = points_state.pointed()
    if pointed in parts:
        parts = [pointed, *(part for part in parts if part != pointed)]
    for number, part in enumerate(parts):
        call = layout.operator("faceshot.toggle_part", text=PARTS[part])
        call.plane, call.part, call.action = target.plane.name, part, action
        if number == 0 and part == pointed and len(parts) > 1:
            layout.separator()
    if not parts:
        layout.label(text=otherwise)


CLASSES = (FACESHOT_MT_points, FACESHOT_MT_points_add, FACESHOT_MT_points_remove)
