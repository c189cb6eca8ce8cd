# SPDX-License-Identifier: GPL-3.0-or-later
"""The FaceShot tab in the 3D viewport's sidebar."""

from __future__ import annotations

import bpy

from ..properties import choices_of, job_of


class FACESHOT_PT_sidebar(bpy.types.Panel):
    bl_label = "FaceShot"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "FaceShot"

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        choices = choices_of(context.scene)
        for name in ("plane", "clip", "folder"):
            layout.prop(choices, name)
        job = job_of(context.window_manager)
        if job.running:
            row = layout.row(align=True)
            row.progress(factor=job.fraction, text=job.words)
            row.operator("faceshot.cancel", text="", icon="X")
        else:
            layout.operator("faceshot.animate", icon="PLAY")
        column = layout.column(align=True)
        if context.view_layer.objects.active is not None:
            column.operator("faceshot.restore_original").plane = context.view_layer.objects.active.name
        column.operator("faceshot.remove_data")


CLASSES = (FACESHOT_PT_sidebar,)
