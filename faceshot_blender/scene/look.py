# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plane shows: the user's own material, or a copy of it that plays frames of ours.

The user's material and mesh are never edited: the slot is switched to the object and given the copy there. What the
slot was before is noted on the copy (a note on an overridden object would not be saved), so that `restore_original` can
bring it back, also after saving and loading.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ...core.errors import ErrorCode, FaceShotError
from .made import kind_of, tag
from .notes import START
from .paths import relative
from .retime import Retime

if TYPE_CHECKING:
    from .plane import PlaneImage

LINK, BEFORE = "faceshot_link", "faceshot_before"
RATE = "faceshot_rate"  # of the scene that the frames are timed for


@dataclass(frozen=True)
class Reading:
    """How Blender reads a file: the names of the colour space and of the alpha mode."""

    colorspace: str
    alpha_mode: str


@dataclass(frozen=True)
class Playing:
    """Frames to play: files (absolute, numbered without a gap) of a take whose first instant is scene frame `start`."""

    files: tuple[Path, ...]
    start: int
    retime: Retime
    scene_fps: float

    @classmethod
    def of(cls, files: tuple[Path, ...], *, start: int, fps: float, scene_fps: float) -> Playing:
        number = int(files[0].stem) - 1
        return cls(files, start, Retime.of(len(files), fps=fps, scene_fps=scene_fps, number=number), scene_fps)

    @property
    def first(self) -> int:
        """The scene frame that shows the first file."""
        return self.start + self.retime.first

    @property
    def end(self) -> int:
        """The last scene frame of the take."""
        return self.first + self.retime.length - 1

    @property
    def shown(self) -> list[Path]:
        """The file of each scene frame from `first` to `end`."""
        return [self.files[self.retime.shown(x)] for x in range(self.retime.length)]


def original_material(plane: bpy.types.Object, index: int) -> bpy.types.Material | None:
    """The user's material in slot `index`, also while frames are shown there."""
    shown = plane.material_slots[index].material
    if shown is None or kind_of(shown) != "frames":
        return shown
    return plane.data.materials[index] if shown.get(LINK) == "DATA" else shown.get(BEFORE)


def load_sequence(first: Path, *, reading: Reading, name: str) -> bpy.types.Image:
    """The made image that stands for the numbered files from `first` on. Raises INPUT_UNREADABLE."""
    unreadable = FaceShotError(
        ErrorCode.INPUT_UNREADABLE, f"Blender cannot read the frame {first}.", hint="Run `animate` again."
    )
    try:
        image = tag(bpy.data.images.load(str(first)), "frames")
    except RuntimeError as error:
        raise unreadable from error
    if not (image.size[0] and image.size[1]):
        bpy.data.images.remove(image)
        raise unreadable
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
    node.image = sequence
    user = node.image_user
    user.frame_start = playing.first
    user.frame_offset = playing.retime.number
    user.frame_duration = playing.retime.length
    user.use_auto_refresh = True
    user.use_cyclic = False
    driver = tree.driver_add(f'nodes["{bpy.utils.escape_identifier(node.name)}"].image_user.frame_offset').driver
    driver.expression = playing.retime.offset_expression(start=playing.first)
    tree.nodes.active = node  # the one that solid view and Workbench show

    restore_original(plane)
    slot = plane.material_slots[index]
    material[LINK] = str(slot.link)
    material[START], material[RATE] = playing.start, playing.scene_fps
    slot.link = "OBJECT"
    if slot.material is not None:
        material[BEFORE] = slot.material
    slot.material = material
    return material


def restore_original(plane: bpy.types.Object) -> bool:
    """Show the user's own material again and remove the frames' material, and their image unless the plane remembers it
    for switching back; False if none was shown."""
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
        remove_unused_image(image)


def remove_unused_image(image: bpy.types.Image | None) -> None:
    """Remove an image of frames that nothing shows or remembers any more."""
    if image is not None and kind_of(image) == "frames" and image.library is None and not image.users:
        bpy.data.images.remove(image)


def frames_shown(plane: bpy.types.Object) -> bpy.types.Image | None:
    """The image that stands for the frames that `plane` shows now, None while it shows its own picture."""
    for slot in plane.material_slots:
        material = slot.material
        if material is None or kind_of(material) != "frames" or material.node_tree is None:
            continue
        nodes: Any = material.node_tree.nodes
        for node in nodes:
            if node.bl_idname == "ShaderNodeTexImage" and kind_of(node.image) == "frames":
                return node.image
    return None
