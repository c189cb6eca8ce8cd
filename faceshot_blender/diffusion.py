# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user chooses of the diffusion backend, beside the rest of the look. Light: imported on enabling."""

from __future__ import annotations

from typing import Any

import bpy


class FACESHOT_PG_diffusion(bpy.types.PropertyGroup):
    """How the landmark-driven diffusion model draws."""

    steps: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Steps", description="Steps from noise to frames: more is slower and cleaner", default=25, min=1, max=200,
        soft_min=5, soft_max=50,
    )  # fmt: skip
    guidance_to: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Guidance",
        description="How closely frames keep to the picture, at the end of each window of frames",
        default=7.5,
        min=0,
        max=50,
        soft_max=12,
    )
    strength: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Motion", description="Strength of the motion: 1 as it is", default=1, min=0, max=5, soft_max=2
    )
    size: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Size",
        description="Longer side of the part around the head that is drawn; a multiple of 64",
        default=512,
        min=256,
        max=1024,
        step=64,
        subtype="PIXEL",
    )
    seed: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Seed", description="The same seed gives the same frames", default=0, min=0
    )


NAMES = ("steps", "guidance_to", "strength", "size", "seed")


def settings_of(group: Any) -> dict[str, str]:
    """The `setting` option of the verbs: those that are not at their defaults, as text."""
    defaults = group.bl_rna.properties
    changed = {name: getattr(group, name) for name in NAMES if getattr(group, name) != defaults[name].default}
    return {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in changed.items()}


def draw(layout: Any, group: Any) -> None:
    """The settings in a layout, the seed last."""
    column = layout.column()
    for name in NAMES:
        column.prop(group, name)


CLASSES = (FACESHOT_PG_diffusion,)
