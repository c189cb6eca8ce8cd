# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets of Motion and Look, as Blender's own are: shipped ones beside this package, the user's in their folder."""

from __future__ import annotations

from pathlib import Path

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from ..properties import PRESET_VALUES

SUBFOLDER = "faceshot/motion"
# holds presets/faceshot/motion
ROOT = str(Path(__file__).parents[1])


class FACESHOT_PT_motion_presets(PresetPanel, bpy.types.Panel):
    bl_label = "Motion Presets"
    bl_space_type = "VIEW_3D"
    bl_region_type = "HEADER"
    preset_subdir = SUBFOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = "faceshot.motion_preset_add"


class FACESHOT_OT_motion_preset_add(AddPresetBase, bpy.types.Operator):  # type: ignore[misc]
    """Keep the settings of Motion and Look as a preset, or remove one"""

    bl_idname = "faceshot.motion_preset_add"
    bl_label = "Add Motion Preset"
    preset_menu = "FACESHOT_PT_motion_presets"
    preset_subdir = SUBFOLDER
    preset_defines = ["choices = bpy.context.scene.faceshot_choices"]
    preset_values = [f"choices.{name}" for name in PRESET_VALUES]


def register() -> None:
    bpy.utils.register_preset_path(ROOT)


def unregister() -> None:
    bpy.utils.unregister_preset_path(ROOT)


CLASSES = (FACESHOT_OT_motion_preset_add,)
