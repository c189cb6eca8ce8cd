# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plane shows: the user's own material, or a copy of it that plays frames of ours.

The user's material and mesh are never edited: the slot is switched to the object and given the copy there. What the
slot was before is noted on the copy (a note on an overridden object would not be saved), so that `restore_original` can
bring it back, also after saving and loading.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ...core.errors import ErrorCode, FaceShotError
from .made import kind_of, tag
from .paths import relative
from .retime import Retime

if TYPE_CHECKING:
    from .plane import PlaneImage

LINK, BEFORE = "faceshot_link", "faceshot_before"


@dataclass(frozen=True)
class Reading:
    """How Blender reads a file: the names of the colour space and of the alpha mode."""

    colorspace: str
    alpha_mode: str


@dataclass(frozen=True)
class Playing:
    """Frames to play: files (absolute, numbered without a gap), from scene frame `start` on.

    ratio: files per scene frame, see retime.py.
    """

    files: tuple[Path, ...]
    start: int
    ratio: float = 1.0


def original_material(plane: bpy.types.Object, index: int) -> bpy.types.Material | None:
    """The user's material in slot `index`, also while frames are shown there."""
    shown = plane.material_slots[index].material
    if shown is None or kind_of(shown) != "frames":
        return shown
    return plane.data.materials[index] if shown.get(LINK) == "DATA" else shown.get(BEFORE)


def load_sequence(first: Path, *, reading: Reading, name: str) -> bpy.types.Image:
    """The made image that stands for the numbered files from `first` on. Raises INPUT_UNREADABLE."""
    try:
        image = tag(bpy.data.images.load(str(first)), "frames")
    except RuntimeError as error:
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE, f"Blender cannot read the frame {first}.", hint="Run `animate` again."
        ) from error
    image.name = name
    image.source = "SEQUENCE"
    image.filepath = relative(first)
    image.colorspace_settings.name = reading.colorspace
    image.alpha_mode = reading.alpha_mode
    return image


def show_frames(found: PlaneImage, sequence: bpy.types.Image, playing: Playing) -> bpy.types.Material:
    """Play `sequence` on the plane in place of its picture, each file at its scene frame; returns the made material.

    Frames shown there before are replaced.
    """
    plane, index = found.plane, found.slot
    material = tag(found.material.copy(), "frames")
    material.name = f"{found.material.name} FaceShot"
    tree = material.node_tree
    node = tree.nodes[found.node.name]
    first = int(playing.files[0].stem) - 1
    retime = Retime(len(playing.files), playing.ratio)
    node.image = sequence
    user = node.image_user
    user.frame_start = playing.start
    user.frame_offset = first
    user.frame_duration = retime.length
    user.use_auto_refresh = True
    user.use_cyclic = False
    driver = tree.driver_add(f'nodes["{bpy.utils.escape_identifier(node.name)}"].image_user.frame_offset').driver
    driver.expression = retime.offset_expression(start=playing.start, first=first)
    tree.nodes.active = node  # the one that solid view and Workbench show

    restore_original(plane)
    slot = plane.material_slots[index]
    material[LINK] = str(slot.link)
    slot.link = "OBJECT"
    if slot.material is not None:
        material[BEFORE] = slot.material
    slot.material = material
    return material


def restore_original(plane: bpy.types.Object) -> bool:
    """Show the user's own material again and remove the frames' material and image; False if none was shown."""
    restored = False
    for slot in plane.material_slots:
        shown = slot.material
        if shown is None or slot.link != "OBJECT" or kind_of(shown) != "frames":
            continue
        slot.material = shown.get(BEFORE)
        slot.link = shown.get(LINK, "OBJECT")
        _remove_unused(shown)
        restored = True
    return restored


def _remove_unused(material: bpy.types.Material) -> None:
    """Remove a made material that nothing shows any more, and the images that only it used."""
    if material.users:
        return
    images = [node.image for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeTexImage" and node.image]
    bpy.data.materials.remove(material)
    for image in images:
        if kind_of(image) == "frames" and not image.users:
            bpy.data.images.remove(image)
