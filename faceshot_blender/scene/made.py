# SPDX-License-Identifier: GPL-3.0-or-later
"""The mark on everything FaceShot makes, and how to take it all away again.

A data-block or strip that we made carries the custom property TAG with its kind; nothing without it is ever removed.
"""

from __future__ import annotations

from typing import Any

import bpy

from .. import compat
from .notes import forget_notes

TAG = "faceshot"
# Things that are not ours but carry notes of ours: removed from them with the rest.
NOTES = ("faceshot_shot", "faceshot_editor", "faceshot_id")


def tag(block: Any, kind: str) -> Any:
    """Mark `block` as made by FaceShot; returns it."""
    block[TAG] = kind
    return block


def kind_of(block: Any) -> str:
    """What kind of made data `block` is; empty for what is the user's."""
    kind = block.get(TAG, "") if block is not None else ""
    return kind if isinstance(kind, str) else ""


def made_blocks() -> list[bpy.types.ID]:
    """All data-blocks of this file that FaceShot made, linked ones left out."""
    return [
        block
        for blocks in _collections()
        for block in blocks
        if block.library is None and kind_of(block) and block.get(TAG)
    ]


def remove_made_data() -> int:
    """Bring the original materials back and remove all made strips and data-blocks; returns how many were removed.

    What the user added to a made scene is kept, and the scene with it.
    """
    from .look import restore_original
    from .markers import remove_markers

    for plane in list(bpy.data.objects):
        if plane.library is None:
            restore_original(plane)
    count = 0
    for scene in list(bpy.data.scenes):
        if scene.library is None:
            count += _remove_strips(scene) + remove_markers(scene)
            if kind_of(scene) and not _is_only_ours(scene):
                _forget(scene)
    blocks = made_blocks()
    if len(bpy.data.scenes) == sum(isinstance(block, bpy.types.Scene) for block in blocks):
        # Blender keeps at least one scene
        kept = next(block for block in blocks if isinstance(block, bpy.types.Scene))
        _forget(kept)
        blocks.remove(kept)
    bpy.data.batch_remove(blocks)
    for scene in bpy.data.scenes:
        if scene.library is None:
            _forget_notes(scene)
    for plane in bpy.data.objects:
        if plane.library is None:
            _forget_notes(plane)
    return count + len(blocks)


def _collections() -> list[Any]:
    data = bpy.data
    return [
        data.scenes, data.objects, data.meshes, data.cameras, data.materials, data.node_groups, data.images,
        data.sounds, data.collections, data.texts,
    ]  # fmt: skip


def _remove_strips(scene: bpy.types.Scene) -> int:
    editor = scene.sequence_editor
    if editor is None:
        return 0
    made = [strip for strip in compat.strips_of(editor) if kind_of(strip)]
    for strip in made:
        compat.strips_of(editor).remove(strip)
    if scene.get("faceshot_editor") and not compat.all_strips_of(scene):
        scene.sequence_editor_clear()
        del scene["faceshot_editor"]
    return len(made)


def _is_only_ours(scene: bpy.types.Scene) -> bool:
    """Whether a made scene holds nothing that the user put there. Its strips of ours are gone by now."""
    return not compat.all_strips_of(scene) and all(kind_of(block) for block in scene.collection.all_objects)


def _forget(block: Any) -> None:
    del block[TAG]


def _forget_notes(block: Any) -> None:
    forget_notes(block)
    for note in NOTES:
        if note in block:
            del block[note]
