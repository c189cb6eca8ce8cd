# SPDX-License-Identifier: GPL-3.0-or-later
"""The FaceShot tab in the sidebar: of the 3D viewport, in the order of the work; a part of it where images and strips
are."""

from __future__ import annotations

from typing import Any

import bpy

from ..jobs import QUEUE
from ..readiness import known
from ..shots import shot_scene
from . import sections
from .parts import draw_failure, draw_jobs, draw_steps
from .presets import FACESHOT_PT_motion_presets


class _Panel:
    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "FaceShot"


class _InImages(_Panel):
    bl_space_type: Any = "IMAGE_EDITOR"


class _InStrips(_Panel):
    bl_space_type: Any = "SEQUENCE_EDITOR"


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
        sections.draw_character(self.layout, context, shot_scene(context))


class FACESHOT_PT_driver(_Panel, bpy.types.Panel):
    bl_label = "Driver"

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_driver(self.layout, context, shot_scene(context))


class FACESHOT_PT_motion(_Panel, bpy.types.Panel):
    bl_label = "Motion"
    bl_options = {"DEFAULT_CLOSED"}

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        FACESHOT_PT_motion_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_motion(self.layout, shot_scene(context))


class FACESHOT_PT_look(_Panel, bpy.types.Panel):
    bl_label = "Look"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_look(self.layout, context, shot_scene(context))


class FACESHOT_PT_output(_Panel, bpy.types.Panel):
    bl_label = "Output"

    def draw(self, context: bpy.types.Context) -> None:
        scene = shot_scene(context)
        sections.draw_output(self.layout, scene)
        sections.draw_animate(self.layout, context, scene)


class FACESHOT_PT_result(_Panel, bpy.types.Panel):
    bl_label = "Result"

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_result(self.layout, context, shot_scene(context))
        column = self.layout.column(align=True)
        column.operator("faceshot.remove_data", icon="TRASH")
        column.operator("faceshot.release_engine", icon="PANEL_CLOSE")


class FACESHOT_PT_image_character(_InImages, bpy.types.Panel):
    bl_label = "Character"

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_character(self.layout, context, shot_scene(context))


class FACESHOT_PT_image_animate(_InImages, bpy.types.Panel):
    bl_label = "Animate"

    def draw(self, context: bpy.types.Context) -> None:
        scene = shot_scene(context)
        sections.draw_clip(self.layout, scene)
        sections.draw_animate(self.layout, context, scene)


class FACESHOT_PT_strip_driver(_InStrips, bpy.types.Panel):
    bl_label = "Driver"

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_driver(self.layout, context, shot_scene(context))


class FACESHOT_PT_strip_animate(_InStrips, bpy.types.Panel):
    bl_label = "Animate"

    def draw(self, context: bpy.types.Context) -> None:
        scene = shot_scene(context)
        sections.draw_plane(self.layout, scene)
        sections.draw_animate(self.layout, context, scene)


class FACESHOT_PT_strip_result(_InStrips, bpy.types.Panel):
    bl_label = "Result"

    def draw(self, context: bpy.types.Context) -> None:
        sections.draw_result(self.layout, context, shot_scene(context))


CLASSES = (
    FACESHOT_PT_motion_presets,
    FACESHOT_PT_setup,
    FACESHOT_PT_character,
    FACESHOT_PT_driver,
    FACESHOT_PT_motion,
    FACESHOT_PT_look,
    FACESHOT_PT_output,
    FACESHOT_PT_result,
    FACESHOT_PT_image_character,
    FACESHOT_PT_image_animate,
    FACESHOT_PT_strip_driver,
    FACESHOT_PT_strip_animate,
    FACESHOT_PT_strip_result,
)
