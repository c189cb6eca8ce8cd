# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a finished take into a scene: frames on the plane, strips, sound, all in scene time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bpy

from ...core.errors import ErrorCode, FaceShotError
from .. import compat
from ..results import AnimateResult
from .cards import keep_card
from .look import Playing, frames_shown, load_sequence, remove_unused_image, restore_original, show_frames
from .made import kind_of, made_blocks, tag
from .markers import gaps_of, mark_take
from .mismatches import fit_range, mismatches, scene_fps
from .notes import FRAMES, PLANE, START, note_of, write_note
from .paths import absolute
from .plane import PlaneImage, check_picture, find_plane, image_of, make_plane, reading_of
from .strips import drop_empty_editor, place_frames, place_sound
from .usable import reason_against


@dataclass(frozen=True)
class Assembled:
    """What stands in the scene now: names, first and last frame of the take, and what the user should know."""

    scene: str
    edit_scene: str
    plane: str
    start: int
    end: int
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return {
            "scene": self.scene,
            "edit_scene": self.edit_scene,
            "plane": self.plane,
            "frame_start": self.start,
            "frame_end": self.end,
        }


def set_scene_fps(scene: bpy.types.Scene, fps: float) -> None:
    """Give `scene` the frame rate `fps`; rates such as 29.97 as 30 / 1.001."""
    whole = max(1, math.ceil(fps - 1e-6))
    base = whole / fps
    scene.render.fps = whole
    scene.render.fps_base = 1.001 if abs(base - 1.001) < 2e-5 else base


def assemble(
    scene: bpy.types.Scene, result: AnimateResult, *, plane: str = "", start: int | None = None, fit: bool = False
) -> Assembled:
    """Play the take on the plane named `plane` from scene frame `start` on, and place its strips and sound.

    With no name: on the plane that shows the take's picture, else on a new one. `start`: the scene frame of the
    take's first instant, by default the scene's first; frames that begin later in the take begin later in the scene.
    Frames of another rate than the scene's are shown at their times. fit: let the scene last as long as the take where
    it is shorter; else its range stays and a warning says so. Raises FaceShotError; the scene is then as it was before.
    """
    start = scene.frame_start if start is None else start
    playing = Playing.of(result.files, start=start, fps=result.fps, scene_fps=scene_fps(scene))
    gaps = gaps_of(result.motion, frames_per_second=scene_fps(scene))
    card = result.character.read_text(encoding="utf-8") if result.character else ""
    warnings = list(result.notes)
    with _whole_or_not_at_all(scene):
        found = find_plane(scene, plane) if plane else _plane_of(scene, result) or _new_plane(scene, result)
        if plane:
            check_picture(found)
        warnings += mismatches(scene, found.plane, fps=result.fps, first=playing.first, end=playing.end, fit=fit)
        edit, silent = _place(scene, found, result, playing)
        warnings += silent
        _remember(scene, found.plane, card=card, start=start)
        mark_take(scene, found.plane.name, start=playing.first, end=playing.end, gaps=gaps)
        if fit:
            fit_range(scene, playing.first, playing.end)
    return Assembled(
        scene=scene.name,
        edit_scene=edit.name,
        plane=found.plane.name,
        start=playing.first,
        end=playing.end,
        warnings=tuple(warnings),
    )


def own_shot(scene: bpy.types.Scene, result: AnimateResult) -> None:
    """Set up an empty scene for the take alone: its frame rate, length, picture size, and a camera for the plane."""
    set_scene_fps(scene, result.fps)
    scene.frame_start, scene.frame_end = 1, len(result.files)
    scene.render.resolution_x, scene.render.resolution_y = result.size
    scene.render.resolution_percentage = 100
    scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1
    scene.sync_mode = "AUDIO_SYNC"
    compat.show_standard(scene)
    data = tag(bpy.data.cameras.new("FaceShot Camera"), "camera")
    data.type = "ORTHO"
    width, height = result.size
    data.ortho_scale = max(1.0, width / height)
    camera = tag(bpy.data.objects.new("FaceShot Camera", data), "camera")
    camera.location.y = -2.0
    camera.rotation_euler.x = math.pi / 2
    scene.collection.objects.link(camera)
    scene.camera = camera


def _place(
    scene: bpy.types.Scene, found: PlaneImage, result: AnimateResult, playing: Playing
) -> tuple[bpy.types.Scene, list[str]]:
    """Frames on the plane, strips and sound; returns the edit scene and warnings."""
    name, reading = found.plane.name, reading_of(found.image)
    sequence = load_sequence(result.files[0], reading=reading, name=f"{name} {result.backend}")
    start, lead = playing.start, playing.retime.first
    edit = place_frames(scene, playing.shown, start=start, lead=lead, plane=name, reading=reading, size=result.size)
    warnings: list[str] = []
    if result.sound is not None:
        for target in (scene, edit):
            warning = place_sound(target, result.sound, start=start, frames=playing.end + 1 - start, plane=name)
            if warning and target is scene:
                warnings.append(warning)
    show_frames(found, sequence, playing)
    return edit, warnings


def _remember(scene: bpy.types.Scene, plane: bpy.types.Object, *, card: str, start: int) -> None:
    """Note with the plane what it needs when it goes elsewhere: its card, and where its take lies and begins."""
    earlier = note_of(plane, FRAMES)
    if card:
        keep_card(scene, plane, card)
    write_note(scene, plane, FRAMES, frames_shown(plane))
    write_note(scene, plane, START, start)
    write_note(scene, plane, PLANE, plane.name)  # the strips' way back to it, should it be renamed
    remove_unused_image(earlier)


def _plane_of(scene: bpy.types.Scene, result: AnimateResult) -> PlaneImage | None:
    """The only plane that shows the take's picture. Raises USAGE when there are several to choose from."""
    showing = [
        found
        for plane in scene.objects
        if (found := image_of(plane)) is not None
        if found.image.filepath and absolute(found.image.filepath, found.image.library) == result.picture
    ]
    fitting = [found for found in showing if not reason_against(found.plane)]
    if showing and not fitting:
        reason = reason_against(showing[0].plane)
        raise FaceShotError(ErrorCode.USAGE, f"{reason}.", hint="Or import the result onto a new plane.")
    if len(fitting) > 1:
        names = ", ".join(repr(found.plane.name) for found in fitting)
        raise FaceShotError(
            ErrorCode.USAGE,
            f"Several planes show {result.picture.name}: {names}.",
            hint="Say which: --plane NAME, or make one active.",
        )
    return fitting[0] if fitting else None


def _new_plane(scene: bpy.types.Scene, result: AnimateResult) -> PlaneImage:
    found = image_of(make_plane(scene, result.picture))
    assert found is not None  # it was made with its picture
    return found


@contextmanager
def _whole_or_not_at_all(scene: bpy.types.Scene) -> Iterator[None]:
    """Take away again what was made inside if that fails half-way."""
    before = {block.session_uid for block in made_blocks()}
    mutes = {(edit.name, strip.name): strip.mute for edit in bpy.data.scenes for strip in compat.all_strips_of(edit)}
    try:
        yield
    except BaseException:
        for plane in scene.objects:
            slots = [slot.material for slot in plane.material_slots]
            if any(kind_of(shown) == "frames" and shown.session_uid not in before for shown in slots):
                restore_original(plane)
        for edit in bpy.data.scenes:
            for strip in compat.all_strips_of(edit):
                if (edit.name, strip.name) in mutes:
                    strip.mute = mutes[edit.name, strip.name]
                elif kind_of(strip) and edit.sequence_editor is not None:
                    compat.strips_of(edit.sequence_editor).remove(strip)
            drop_empty_editor(edit)
        bpy.data.batch_remove([block for block in made_blocks() if block.session_uid not in before])
        raise
