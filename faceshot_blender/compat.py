# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender 4.2 LTS and 5.2 that the extension meets, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

MAX_CHANNEL = 128
# For properties that hold a path: "//" is understood. Blender 4.5 wants to be told.
PATH_OPTIONS: Any = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()


def strips_of(editor: bpy.types.SequenceEditor) -> Any:
    """The strips of a sequence editor (`sequences` before 4.4). An empty collection is false: no `or` here."""
    strips = getattr(editor, "strips", None)
    return editor.sequences if strips is None else strips


def all_strips_of(scene: bpy.types.Scene) -> list[Any]:
    """All strips of a scene, those inside meta strips too; none where the scene has no sequence editor."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    strips = getattr(editor, "strips_all", None)
    return list(editor.sequences_all if strips is None else strips)


def strip_frames(strip: Any) -> tuple[int, int]:
    """First frame of a strip and the frame after its last."""
    if hasattr(strip, "left_handle"):
        return int(strip.left_handle), int(strip.right_handle)
    return int(strip.frame_final_start), int(strip.frame_final_end)


def content_start(strip: Any) -> int:
    """The frame of a strip's first picture, whether or not it was cut off."""
    return int(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def strip_content(strip: Any) -> tuple[int, float, float, int, int]:
    """What a movie strip has of its file, trimmed or not: frames of it, what is hidden left and right of the handles
    (in scene frames), and what was cut off for good at its start and end (in frames of the file)."""
    if hasattr(strip, "content_duration"):
        hidden = (strip.left_handle_offset, strip.right_handle_offset)
        cut = (strip.content_trim_start, strip.content_trim_end)
        return (strip.content_duration, *hidden, *cut)
    hidden = (strip.frame_offset_start, strip.frame_offset_end)
    return (strip.frame_duration, *hidden, strip.animation_offset_start, strip.animation_offset_end)


def new_image_strip(
    editor: bpy.types.SequenceEditor, name: str, files: Sequence[Path], *, channel: int, frame_start: int
) -> Any:
    """An image strip of `files` (one folder, absolute, in order): one file a frame."""
    strip = strips_of(editor).new_image(
        name=name, filepath=str(files[0]), channel=channel, frame_start=frame_start, fit_method="FIT"
    )
    for file in files[1:]:
        strip.elements.append(file.name)
    return strip


def new_sound_strip(
    editor: bpy.types.SequenceEditor, name: str, path: Path, *, channel: int, frame_start: int
) -> Any | None:
    """A sound strip, or None where this Blender was built without sound (as the bpy 4.2 wheel)."""
    try:
        strip = strips_of(editor).new_sound(name=name, filepath=str(path), channel=channel, frame_start=frame_start)
    except (RuntimeError, AttributeError, TypeError):
        return None
    if strip is not None and strip.sound is None:
        strips_of(editor).remove(strip)
        return None
    return strip


def show_standard(scene: bpy.types.Scene) -> None:
    """Show colours of `scene` as they are stored in the pictures. A colour configuration may lack this transform."""
    for name in ("Standard", "Raw"):
        try:
            scene.view_settings.view_transform = name
        except TypeError:
            continue
        return


def use_nodes(material: bpy.types.Material) -> None:
    """Give a new material its node tree. From 5.0 on each material has one, and setting the flag warns."""
    if material.node_tree is None:
        material.use_nodes = True
