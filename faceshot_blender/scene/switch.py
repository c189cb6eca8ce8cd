# SPDX-License-Identifier: GPL-3.0-or-later
"""Switching a plane between its own picture and the folders of frames that lie side by side in its take's folder.

Where a take lies and when it begins stands on its strip in the edit scene, which stays while the plane shows its own
picture; without the strip, on what the plane shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ...core.errors import ErrorCode, FaceShotError
from .. import compat
from ..incoming import RENDER, folders_in, load_frames
from ..results import AnimateResult
from .assemble import scene_fps
from .look import Playing, load_sequence, restore_original, show_frames
from .made import kind_of
from .paths import absolute, relative
from .plane import PlaneImage, find_plane, image_of, reading_of
from .retime import Retime
from .strips import PLANE, SHOT

ORIGINAL = "original"


@dataclass(frozen=True)
class Place:
    """A folder of frames in a scene: the frame at which its file `number` is shown first; the strip, if it is there."""

    folder: Path
    number: int
    frame: int
    strip: Any = None


def looks_of(scene: bpy.types.Scene, plane: bpy.types.Object) -> list[tuple[str, str, str]]:
    """What `plane` can show, as items of an enum: its own picture, then each folder of frames. Reads folders: not for
    drawing."""
    items = [(ORIGINAL, "Original", "The character's own picture")]
    place = place_of(scene, plane)
    if place is None:
        return items
    return items + [
        (name, f"{name.capitalize()} Frames", f"Frames in {name}") for name in folders_in(place.folder.parent)
    ]


def shown_look(plane: bpy.types.Object) -> str:
    """What `plane` shows now: ORIGINAL, or the name of its folder of frames. Reads no files."""
    shown = _shown_frames(plane)
    return shown.folder.name if shown else ORIGINAL


def switch(scene: bpy.types.Scene, plane: str, look: str) -> tuple[str, ...]:
    """Show `look`, an id of `looks_of`, on the plane of that name; returns warnings. Raises FaceShotError."""
    found = find_plane(scene, plane)
    if look == ORIGINAL:
        restore_original(found.plane)
        return ()
    place = place_of(scene, found.plane)
    if place is None:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"No frames were made for {plane!r} yet, or their strip was removed.",
            hint="Animate it, or import a result.",
        )
    if look not in folders_in(place.folder.parent):
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"There are no frames called {look!r} in {place.folder.parent}.",
            hint=f"There are: {', '.join(folders_in(place.folder.parent)) or 'none'}.",
        )
    folder = place.folder.parent / look
    result = load_frames(folder) if (folder / RENDER).is_file() else AnimateResult.load(folder.parent)
    _show(scene, found, result, place)
    return _show_on_strip(place, folder)


def place_of(scene: bpy.types.Scene, plane: bpy.types.Object) -> Place | None:
    """The take of `plane`: on its strip that is not muted, else as the plane shows it."""
    names = {plane.name, plane.get(PLANE)}
    for edit in bpy.data.scenes:
        if kind_of(edit) != "edit" or edit.get(SHOT) != scene:
            continue
        for strip in compat.all_strips_of(edit):
            if kind_of(strip) == "frames" and not strip.mute and strip.get(PLANE) in names:
                folder = absolute(strip.directory, edit.library)
                number = int(strip.elements[0].filename.removesuffix(".png"))
                return Place(folder, number, compat.content_start(strip), strip)
    return _shown_frames(plane)


def _shown_frames(plane: bpy.types.Object) -> Place | None:
    for slot in plane.material_slots:
        material = slot.material
        if material is None or kind_of(material) != "frames" or material.node_tree is None:
            continue
        nodes: Any = material.node_tree.nodes
        for node in nodes:
            if node.bl_idname == "ShaderNodeTexImage" and kind_of(node.image) == "frames":
                file = absolute(node.image.filepath, node.image.library)
                return Place(file.parent, int(file.stem), node.image_user.frame_start)
    return None


def _show(scene: bpy.types.Scene, found: PlaneImage, result: AnimateResult, place: Place) -> None:
    retime = Retime.of(len(result.files), fps=result.fps, scene_fps=scene_fps(scene))
    later = int(result.files[0].stem) - place.number
    sequence = load_sequence(
        result.files[0], reading=reading_of(found.image), name=f"{found.plane.name} {result.files[0].parent.name}"
    )
    start = place.frame + round(later / retime.ratio)
    restore_original(found.plane)
    current = image_of(found.plane)
    assert current is not None  # as before: the picture is the user's
    show_frames(current, sequence, Playing(result.files, start, retime.ratio))


def _show_on_strip(place: Place, folder: Path) -> tuple[str, ...]:
    """Have the strip show the same frames, if all of its files are there."""
    if place.strip is None or place.folder == folder:
        return ()
    wanted = {element.filename for element in place.strip.elements}
    absent = sorted(name for name in wanted if not (folder / name).is_file())
    if absent:
        return (f"{len(absent)} frames of the strip are not in {folder.name}: the edit scene shows it as before.",)
    place.strip.directory = relative(folder).rstrip("/\\") + "/"
    return ()
