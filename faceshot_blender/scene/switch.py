# SPDX-License-Identifier: GPL-3.0-or-later
"""Switching a plane between its own picture and the folders of frames that lie side by side in its take's folder.

Where a take lies and when it begins stands on its strip in the edit scene, on what the plane shows, and in the notes
that go with the plane into other files.
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
from .assemble import Assembled, assemble
from .look import RATE, Playing, frames_shown, load_sequence, remove_unused_image, restore_original, show_frames
from .made import kind_of
from .mismatches import scene_fps
from .notes import FRAMES, PLANE, START, note_of, write_note
from .paths import absolute, relative
from .plane import PlaneImage, find_plane, image_of, reading_of
from .strips import LEAD, SHOT

ORIGINAL = "original"


@dataclass(frozen=True)
class Place:
    """A folder of frames in a scene: the scene frame of its take's first instant; the strip, if it is there."""

    folder: Path
    start: int
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
    image = frames_shown(plane)
    return _folder_of(image).name if image else ORIGINAL


def is_shown(scene: bpy.types.Scene, plane: bpy.types.Object, look: str) -> bool:
    """Whether `plane` shows `look` now, and at the times of this scene's frame rate. Reads no files."""
    if shown_look(plane) != look:
        return False
    rates = [slot.material.get(RATE) for slot in plane.material_slots if kind_of(slot.material) == "frames"]
    return all(rate is None or abs(rate - scene_fps(scene)) <= 1e-6 * rate for rate in rates)


def switch(scene: bpy.types.Scene, plane: str, look: str) -> tuple[str, ...]:
    """Show `look`, an id of `looks_of`, on the plane of that name; returns warnings. Raises FaceShotError."""
    found = find_plane(scene, plane)
    if look == ORIGINAL:
        restore_original(found.plane)
        return ()
    place = place_of(scene, found.plane)
    if place is None:
        raise _no_frames(plane)
    if not place.folder.parent.is_dir():
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"The folder {place.folder.parent} with the frames of {plane!r} is gone.",
            hint="Move it back, or import the result from where it is now.",
        )
    if look not in folders_in(place.folder.parent):
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"There are no frames called {look!r} in {place.folder.parent}.",
            hint=f"There are: {', '.join(folders_in(place.folder.parent)) or 'none'}.",
        )
    folder = place.folder.parent / look
    result = result_in(folder)
    playing = Playing.of(result.files, start=place.start, fps=result.fps, scene_fps=scene_fps(scene))
    _show(scene, found, result, playing)
    return _show_on_strip(place, folder, playing)


def result_in(folder: Path) -> AnimateResult:
    """The take or render that left its frames in `folder`. Raises INPUT_MISSING or INPUT_UNREADABLE."""
    return load_frames(folder) if (folder / RENDER).is_file() else AnimateResult.load(folder.parent)


def has_take(plane: bpy.types.Object) -> bool:
    """Whether a take is remembered with the plane. Reads no files."""
    return isinstance(note_of(plane, FRAMES), bpy.types.Image)


def place_of(scene: bpy.types.Scene, plane: bpy.types.Object) -> Place | None:
    """The take of `plane`: on its strip that is not muted, else as the plane shows it, else as it is remembered."""
    noted = _shown(plane) or _remembered(plane)
    names = {plane.name, note_of(plane, PLANE)}
    for edit in bpy.data.scenes:
        if kind_of(edit) != "edit" or edit.get(SHOT) != scene:
            continue
        for strip in compat.all_strips_of(edit):
            if kind_of(strip) == "frames" and not strip.mute and strip.get(PLANE) in names:
                folder = absolute(strip.directory, edit.library)
                # a plane from another file may be called the same
                if noted is None or noted.folder.parent == folder.parent:
                    return Place(folder, compat.content_start(strip) - strip.get(LEAD, 0), strip)
    return noted


def bring_take(scene: bpy.types.Scene, plane: str) -> Assembled:
    """Put sound and strips of the plane's take into `scene`, for a plane that came alone from another file.

    The frames are shown at this scene's rate. Raises FaceShotError; USAGE when the strips are there.
    """
    found = find_plane(scene, plane)
    place = place_of(scene, found.plane)
    if place is None:
        raise _no_frames(plane)
    if place.strip is not None:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"The strips of {plane!r} are in this scene already.",
            hint=f"They are in the scenes {scene.name!r} and {scene.name!r} Edit.",
        )
    return assemble(scene, result_in(place.folder), plane=plane, start=place.start)


def _no_frames(plane: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_MISSING, f"No frames were made for {plane!r} yet.", hint="Animate it, or import a result."
    )


def _shown(plane: bpy.types.Object) -> Place | None:
    image = frames_shown(plane)
    material = next((slot.material for slot in plane.material_slots if kind_of(slot.material) == "frames"), None)
    return Place(_folder_of(image), material.get(START, 1)) if image and material else None


def _remembered(plane: bpy.types.Object) -> Place | None:
    image, start = note_of(plane, FRAMES), note_of(plane, START)
    return Place(_folder_of(image), start) if isinstance(image, bpy.types.Image) and isinstance(start, int) else None


def _folder_of(image: bpy.types.Image) -> Path:
    return absolute(image.filepath, image.library).parent


def _show(scene: bpy.types.Scene, found: PlaneImage, result: AnimateResult, playing: Playing) -> None:
    name = f"{found.plane.name} {result.files[0].parent.name}"
    sequence = load_sequence(result.files[0], reading=reading_of(found.image), name=name)
    earlier = note_of(found.plane, FRAMES)
    restore_original(found.plane)
    current = image_of(found.plane)
    assert current is not None  # as before: the picture is the user's
    show_frames(current, sequence, playing)
    write_note(scene, found.plane, FRAMES, sequence)
    write_note(scene, found.plane, START, playing.start)
    remove_unused_image(earlier)


def _show_on_strip(place: Place, folder: Path, playing: Playing) -> tuple[str, ...]:
    """Have the strip show the same frames, if it has as many of them at the same times."""
    strip = place.strip
    if strip is None:
        return ()
    wanted = [element.filename for element in strip.elements]
    if wanted == [file.name for file in playing.shown] and strip.get(LEAD, 0) == playing.retime.first:
        strip.directory = relative(folder).rstrip("/\\") + "/"
        return ()
    absent = sum(not (folder / name).is_file() for name in set(wanted))
    why = f"{absent} frames of the strip are not in {folder.name}" if absent else f"{folder.name} has other frames"
    return (f"{why}: the edit scene shows it as before. Import {folder} to have a strip of it.",)
