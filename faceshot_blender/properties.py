# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices that are saved with the scene, and the state of the running job, which is not."""

from __future__ import annotations

from typing import Any

import bpy

from . import compat


def _carries_material(settings: bpy.types.bpy_struct, plane: bpy.types.Object) -> bool:
    return plane.type == "MESH"


class FACESHOT_PG_shot(bpy.types.PropertyGroup):
    """What the user has chosen for a scene."""

    plane: bpy.props.PointerProperty(  # type: ignore[valid-type]
        name="Plane",
        description="Image plane that carries the character's picture",
        type=bpy.types.Object,
        poll=_carries_material,
    )
    clip: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Clip",
        description="Video of the actor",
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
    )
    folder: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Output",
        description="Folder for everything that is made. Empty: a new one beside the blend file",
        subtype="DIR_PATH",
        options=compat.PATH_OPTIONS,
    )


class FACESHOT_PG_job(bpy.types.PropertyGroup):
    """Where the running job stands: for panels to draw."""

    running: bpy.props.BoolProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]
    words: bpy.props.StringProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]
    fraction: bpy.props.FloatProperty(subtype="FACTOR", min=0, max=1, options={"SKIP_SAVE"})  # type: ignore[valid-type]
    cancel: bpy.props.BoolProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]
    count: bpy.props.IntProperty(options={"SKIP_SAVE"})  # type: ignore[valid-type]


def choices_of(scene: Any) -> FACESHOT_PG_shot:
    return scene.faceshot_choices


def job_of(window_manager: Any) -> FACESHOT_PG_job:
    return window_manager.faceshot_job


CLASSES = (FACESHOT_PG_shot, FACESHOT_PG_job)

# Owner, name, group. Not named like the tag of made data: before 5.0 both would share one place.
POINTERS = (
    (bpy.types.Scene, "faceshot_choices", FACESHOT_PG_shot),
    (bpy.types.WindowManager, "faceshot_job", FACESHOT_PG_job),
)
