# SPDX-License-Identifier: GPL-3.0-or-later
"""What is remembered with a plane: its character card and its last take.

Custom properties on the object, so that they go with it into other files; they may be changed on a library override.
Blender does not save new custom properties of an override: where the library's plane has none, they are kept on the
scene beside a pointer to the plane.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import bpy

CARD = "faceshot_character"  # the text of the character card
GIVEN = "faceshot_card_given"  # the card is the user's choice: it goes before one that lies beside the picture
FRAMES = "faceshot_frames"  # the image that stands for the frames shown last: a pointer, so its path is kept up to date
START = "faceshot_start"  # the scene frame of that take's first instant
PLANE = "faceshot_plane"  # the name that the plane's strips know it by
NAMES = (CARD, GIVEN, FRAMES, START, PLANE)
KEPT = "faceshot_planes"


def note_of(plane: bpy.types.Object, name: str) -> Any:
    """The note of that name, None where there is none."""
    for kept in _kept(plane):
        if name in kept:
            return kept[name]
    return plane.get(name)


def card_text(plane: bpy.types.Object) -> str:
    """The card that the plane has, spoiled or not; empty where it has none."""
    text = note_of(plane, CARD)
    return text if isinstance(text, str) else ""


def write_note(scene: Any, plane: Any, name: str, value: Any) -> None:
    """Remember `value` with the plane; `scene` keeps it where the plane itself cannot."""
    path = f'["{name}"]'
    if plane.override_library is None:
        plane[name] = value
        plane.property_overridable_library_set(path, True)
        for kept in _kept(plane):  # from when it was an override
            if name in kept:
                del kept[name]
    elif name in plane and plane.is_property_overridable_library(path):
        plane[name] = value
    else:
        kept = next(_kept(plane), None)
        if kept is None:
            if KEPT not in scene:
                scene[KEPT] = {}
            keeper = scene[KEPT]
            for key in [key for key, old in keeper.items() if old.get("plane") is None]:
                del keeper[key]
            key = str(1 + max((int(key) for key in keeper), default=0))
            keeper[key] = {"plane": plane}
            kept = keeper[key]
        kept[name] = value


def forget_note(plane: Any, name: str) -> None:
    """Remove one note from a plane that is no library override."""
    for holder in (plane, *_kept(plane)):
        if name in holder:
            del holder[name]


def forget_notes(block: Any) -> None:
    """Remove all notes from a plane or a scene."""
    for name in (*NAMES, KEPT):
        if name in block:
            del block[name]


def _kept(plane: Any) -> Iterator[Any]:
    """What scenes keep for a plane that is an override, or was one before it was made local."""
    for scene in bpy.data.scenes:
        for kept in (scene.get(KEPT) or {}).values():
            if kept.get("plane") == plane:
                yield kept
