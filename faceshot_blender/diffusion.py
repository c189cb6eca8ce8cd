# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user chooses of the diffusion backend, beside the rest of the look. Light: imported on enabling."""

from __future__ import annotations

from typing import Any

import bpy

# As core.render.mofa.drawing.PARTS has them, which Blender cannot import.
PARTS = {
    "boundary": ("Outline", "The jaw and the outline of the face"),
    "brows": ("Brows", "The brows"),
    "nose": ("Nose", "The nose"),
    "eyes": ("Eyes", "The lids"),
    "outer_lips": ("Outer Lips", "The outline of the lips"),
    "inner_lips": ("Inner Lips", "The opening of the mouth"),
}


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
    parts: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Parts",
        description="Parts of the face whose motion the model is led by",
        items=[(name, *words, 1 << k) for k, (name, words) in enumerate(PARTS.items())],
        options={"ENUM_FLAG"},
        default=set(PARTS),
    )


NUMBERS = ("steps", "guidance_to", "strength", "size", "seed")
NAMES = (*NUMBERS, "parts")


def settings_of(group: Any) -> dict[str, str]:
    """The `setting` option of the verbs: those that are not at their defaults, as text."""
    defaults = group.bl_rna.properties
    changed = {name: getattr(group, name) for name in NUMBERS if getattr(group, name) != defaults[name].default}
    said = {name: f"{value:.6g}" if isinstance(value, float) else str(value) for name, value in changed.items()}
    if group.parts != set(PARTS):
        said["parts"] = "+".join(part for part in PARTS if part in group.parts)
    return said


def reason_against(group: Any) -> str:
    """Why the model cannot draw with these settings; empty when it can."""
    return "" if group.parts else "Choose at least one of the parts in Look"


def draw(layout: Any, group: Any) -> None:
    """The settings in a layout, the seed last."""
    column = layout.column()
    for name in NUMBERS:
        column.prop(group, name)
    header, body = layout.panel("faceshot_parts", default_closed=True)
    header.label(text="Parts")
    if body is not None:
        body.use_property_split = False
        grid = body.grid_flow(row_major=True, columns=2, even_columns=True, align=True)
        for part in PARTS:
            grid.prop_enum(group, "parts", part)


CLASSES = (FACESHOT_PG_diffusion,)
