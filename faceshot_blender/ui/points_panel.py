# SPDX-License-Identifier: GPL-3.0-or-later
"""The points of the character in the sidebar: who placed them, how sure they are, what the character has, what to do.

Drawing reads what is known: the card is parsed once, nothing is read from disk.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ..ops.points_parts import PARTS, character_plane, has_part
from ..scene.notes import card_text
from .parts import wrapped

if TYPE_CHECKING:
    from ...core.character import Character
    from ...core.placing.summary import Summary


def draw_points(layout: Any, context: Any, scene: Any) -> None:
    """For the character's plane; nothing where none is chosen."""
    plane = character_plane(context)
    if plane is None:
        return
    header, body = layout.panel("faceshot_points")
    header.label(text="Face Points")
    if body is None:
        return
    character = _character(plane)
    if character is not None:
        _draw_summary(body, context, plane, character)
    elif card_text(plane):
        wrapped(body, context, "Its card cannot be read: forget the points, or load another card", icon="ERROR")
    else:
        wrapped(body, context, "No points yet: eyes, nose and mouth are to be found or placed", icon="INFO")
    _draw_ways(body, plane)
    if character is not None:
        _draw_parts(body, plane, character)
    row = body.row(align=True)
    row.operator("faceshot.save_card", icon="EXPORT").plane = plane.name
    row.operator("faceshot.import_result", text="Load Card", icon="IMPORT").plane = plane.name
    row.operator("faceshot.forget_points", text="", icon="X").plane = plane.name


def _character(plane: Any) -> Character | None:
    """What draws a scene without points imports nothing."""
    if not card_text(plane):
        return None
    from ..scene.cards import character_of

    return character_of(plane)


def _draw_summary(layout: Any, context: Any, plane: Any, character: Character) -> None:
    summary = _summary(character)
    sure = f"{summary.placed}: {summary.sureness} ({100 * summary.confidence:.0f}\u00a0%)"
    wrapped(layout, context, sure, icon="CHECKMARK" if not summary.unsure else "INFO")
    if summary.unsure:
        names = ", ".join(PARTS.get(part, part.replace("_", " ")).lower() for part in summary.unsure)
        wrapped(layout, context, f"Look at: {names}", icon="ERROR")
    for words in (*summary.doubts, _changed(plane, character)):
        if words:
            wrapped(layout, context, words, icon="ERROR")


@functools.lru_cache(maxsize=32)
def _summary(character: Character) -> Summary:
    from ...core.placing.summary import summary_of

    return summary_of(character)


def _changed(plane: Any, character: Character) -> str:
    """That the picture has got another size, as far as Blender has it in memory."""
    from ..scene.plane import image_of

    found = image_of(plane)
    if found is None or not found.image.has_data:
        return ""
    size, (width, height) = tuple(found.image.size), character.size
    if not all(size) or size == (width, height):
        return ""
    what = f"The picture was {width} x {height} pixels large when they were placed, now {size[0]} x {size[1]}"
    return f"{what}: they are scaled with it" if character.has_shape(size) else f"{what}: look whether they fit"


def _draw_ways(layout: Any, plane: Any) -> None:
    column = layout.column(align=True)
    column.operator("faceshot.edit_points", icon="EDITMODE_HLT").plane = plane.name
    row = column.row(align=True)
    row.operator("faceshot.find_points", icon="VIEWZOOM").plane = plane.name
    row.operator("faceshot.place_anchors", text="Place by Clicking", icon="RESTRICT_SELECT_OFF").plane = plane.name


def _draw_parts(layout: Any, plane: Any, character: Character) -> None:
    """As the picture shows them: the character's right is on the left."""
    column = layout.column(align=True)
    for pair in (("right_brow", "left_brow"), ("right_eye", "left_eye"), ("nose", "mouth")):
        row = column.row(align=True)
        for part in pair:
            _draw_part(row, plane, character, part)
    _draw_part(column, plane, character, "irises")
    row = layout.row(align=True)
    for side, icon in (("RIGHT", "TRIA_RIGHT"), ("LEFT", "TRIA_LEFT")):
        button = row.operator("faceshot.mirror_points", text=f"Copy {side.title()} Half", icon=icon)
        button.plane, button.side = plane.name, side


def _draw_part(layout: Any, plane: Any, character: Character, part: str) -> None:
    button = layout.operator("faceshot.toggle_part", text=PARTS[part], depress=has_part(character, part))
    button.plane, button.part, button.action = plane.name, part, "TOGGLE"
