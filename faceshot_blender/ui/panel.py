# SPDX-License-Identifier: GPL-3.0-or-later
"""The FaceShot tab in the 3D viewport's sidebar, in the order of the work."""

from __future__ import annotations

from typing import Any

import bpy

from ..jobs import QUEUE
from ..properties import GAINS, choices_of
from ..readiness import known
from .parts import draw_failure, draw_jobs, draw_steps, reason_against_animating, wrapped


class _Panel:
    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "FaceShot"


def _split(panel: Any) -> Any:
    """The panel's layout with labels in a column of their own."""
    panel.layout.use_property_split = True
    panel.layout.use_property_decorate = False
    return panel.layout


class FACESHOT_PT_setup(_Panel, bpy.types.Panel):
    bl_label = "Set-Up"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        ready = known()
        return ready is not None and not ready.complete

    def draw(self, context: bpy.types.Context) -> None:
        if QUEUE.entries:
            draw_jobs(self.layout)
        else:
            draw_steps(self.layout, context)
            draw_failure(self.layout, context)


class FACESHOT_PT_character(_Panel, bpy.types.Panel):
    bl_label = "Character"

    def draw(self, context: bpy.types.Context) -> None:
        layout = _split(self)
        layout.prop(choices_of(context.scene), "plane")
        row = layout.row(align=True)
        row.operator("faceshot.use_active", text="Use Active", icon="OBJECT_DATA")
        row.operator("faceshot.make_plane", icon="IMAGE_DATA")


class FACESHOT_PT_driver(_Panel, bpy.types.Panel):
    bl_label = "Driver"

    def draw(self, context: bpy.types.Context) -> None:
        layout, choices = _split(self), choices_of(context.scene)
        layout.prop(choices, "clip")
        layout.prop(choices, "face")
        layout.prop(choices, "use_range")
        if choices.use_range:
            column = layout.column(align=True)
            column.prop(choices, "range_start")
            column.prop(choices, "range_end")
        layout.prop(choices, "reference")
        if choices.reference == "FRAME":
            layout.prop(choices, "reference_frame")


class FACESHOT_PT_motion(_Panel, bpy.types.Panel):
    bl_label = "Motion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, choices = _split(self), choices_of(context.scene)
        names = list(GAINS)
        for part in (names[:6], names[6:]):
            column = layout.column(align=True)
            for name in part:
                column.prop(choices, name, slider=True)
        layout.prop(choices, "smooth", slider=True)


class FACESHOT_PT_look(_Panel, bpy.types.Panel):
    bl_label = "Look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        _split(self).prop(choices_of(context.scene), "backend")


class FACESHOT_PT_output(_Panel, bpy.types.Panel):
    bl_label = "Output"

    def draw(self, context: bpy.types.Context) -> None:
        layout, choices = _split(self), choices_of(context.scene)
        layout.prop(choices, "folder")
        row = layout.row(heading="Start At")
        row.prop(choices, "use_start", text="")
        frame = row.row()
        frame.enabled = choices.use_start
        frame.prop(choices, "start", text="")
        reason = reason_against_animating(choices)
        row = layout.row()
        row.scale_y = 1.5
        row.enabled = not reason
        row.operator("faceshot.animate", icon="PLAY")
        if reason:
            wrapped(layout, context, reason, icon="INFO")
        draw_jobs(layout)
        draw_failure(layout, context)


class FACESHOT_PT_result(_Panel, bpy.types.Panel):
    bl_label = "Result"

    def draw(self, context: bpy.types.Context) -> None:
        plane = choices_of(context.scene).plane or context.view_layer.objects.active
        column = self.layout.column(align=True)
        if plane is not None:
            column.operator("faceshot.switch_frames", icon="RENDERLAYERS").plane = plane.name
            column.operator("faceshot.restore_original", icon="LOOP_BACK").plane = plane.name
        self.layout.operator("faceshot.import_result", text="Import Result", icon="IMPORT")
        column = self.layout.column(align=True)
        column.operator("faceshot.remove_data", icon="TRASH")
        column.operator("faceshot.release_engine", icon="PANEL_CLOSE")


CLASSES = (
    FACESHOT_PT_setup,
    FACESHOT_PT_character,
    FACESHOT_PT_driver,
    FACESHOT_PT_motion,
    FACESHOT_PT_look,
    FACESHOT_PT_output,
    FACESHOT_PT_result,
)
