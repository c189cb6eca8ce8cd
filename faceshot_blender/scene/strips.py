# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames and sound in the sequencer.

The actor's sound goes into the shot's own scene. The frames go into a scene of their own, `<scene> Edit`: an unmuted
picture strip in the shot's scene would replace its 3D render.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import compat
from .look import Reading
from .made import kind_of, tag
from .notes import PLANE
from .paths import relative

SHOT, EDITOR = "faceshot_shot", "faceshot_editor"
LEAD = "faceshot_lead"  # on a strip of frames: how long after the take's first instant it begins


def place_sound(scene: bpy.types.Scene, path: Path, *, start: int, frames: int, plane: str) -> str:
    """The sound as a strip of `scene` from frame `start` on; returns a warning, empty if all went well.

    An earlier sound strip of the same plane is muted: two takes at once cannot be heard.
    """
    editor = _editor(scene)
    _mute_earlier(scene, "sound", plane)
    channel = _free_channel(scene, start, start + frames)
    strip = compat.new_sound_strip(editor, f"{plane} sound", path, channel=channel, frame_start=start)
    if strip is None:
        drop_empty_editor(scene)
        return f"This Blender has no sound support: {path.name} was not added to the sequencer of {scene.name!r}."
    _mark(strip, "sound", plane)
    if not kind_of(strip.sound):
        tag(strip.sound, "sound")
    strip.sound.filepath = relative(path)
    return ""


def place_frames(
    scene: bpy.types.Scene,
    files: Sequence[Path],
    *,
    start: int,
    lead: int = 0,
    plane: str,
    reading: Reading,
    size: tuple[int, int],
) -> bpy.types.Scene:
    """The frames as an image strip in the edit scene of `scene`, made where there is none yet; returns that scene.

    files: one for each scene frame from start + lead on; `start` is the take's first instant.
    """
    start += lead
    edit = edit_scene(scene, size=size)
    editor = _editor(edit)
    _mute_earlier(edit, "frames", plane)
    channel = _free_channel(edit, start, start + len(files))
    strip = compat.new_image_strip(editor, f"{plane} frames", files, channel=channel, frame_start=start)
    _mark(strip, "frames", plane)
    strip[LEAD] = lead
    strip.directory = relative(files[0].parent).rstrip("/\\") + "/"
    strip.colorspace_settings.name = reading.colorspace
    strip.alpha_mode = "PREMUL" if reading.alpha_mode == "PREMUL" else "STRAIGHT"
    spans = [compat.strip_frames(strip) for strip in compat.all_strips_of(edit)]
    edit.frame_start = max(0, min(first for first, _ in spans))
    edit.frame_end = max(edit.frame_start, max(end for _, end in spans) - 1)
    return edit


def edit_scene(scene: bpy.types.Scene, *, size: tuple[int, int]) -> bpy.types.Scene:
    """The made scene that holds the frame strips of `scene`: its frame rate, the picture's size and colours."""
    for other in bpy.data.scenes:
        if kind_of(other) == "edit" and other.get(SHOT) == scene and other.library is None:
            other.render.fps, other.render.fps_base = scene.render.fps, scene.render.fps_base
            return other
    edit = tag(bpy.data.scenes.new(f"{scene.name} Edit"), "edit")
    edit[SHOT] = scene
    edit.render.fps = scene.render.fps
    edit.render.fps_base = scene.render.fps_base
    edit.render.resolution_x, edit.render.resolution_y = size
    edit.render.resolution_percentage = 100
    edit.sync_mode = "AUDIO_SYNC"  # for looking at and listening to: on a slow computer frames are left out
    compat.show_standard(edit)
    return edit


def _editor(scene: bpy.types.Scene) -> bpy.types.SequenceEditor:
    if scene.sequence_editor is None:
        scene.sequence_editor_create()
        scene[EDITOR] = True  # made by us: goes again with the last strip
    editor = scene.sequence_editor
    assert editor is not None
    return editor


def drop_empty_editor(scene: bpy.types.Scene) -> None:
    if scene.get(EDITOR) and not compat.all_strips_of(scene):
        scene.sequence_editor_clear()
        del scene[EDITOR]


def _mark(strip: Any, kind: str, plane: str) -> None:
    tag(strip, kind)
    strip[PLANE] = plane


def _mute_earlier(scene: bpy.types.Scene, kind: str, plane: str) -> None:
    for strip in compat.all_strips_of(scene):
        if kind_of(strip) == kind and strip.get(PLANE) == plane:
            strip.mute = True


def _free_channel(scene: bpy.types.Scene, start: int, end: int) -> int:
    """The channel above all strips that overlap the frames `start` to `end`."""
    used = [
        strip.channel
        for strip in compat.strips_of(_editor(scene))
        if compat.strip_frames(strip)[0] < end and compat.strip_frames(strip)[1] > start
    ]
    return min(compat.MAX_CHANNEL, max(used, default=0) + 1)
