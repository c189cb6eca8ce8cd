# SPDX-License-Identifier: GPL-3.0-or-later
"""Long words for the user: in a Text data-block of the file, tagged as made."""

from __future__ import annotations

from typing import Any

import bpy

from .made import kind_of, tag


def write_text(name: str, words: str) -> bpy.types.Text:
    """The text of that name with these words; one of ours is written anew, one of the user's is left as it is."""
    text = next((text for text in bpy.data.texts if kind_of(text) == "report" and text.name == name), None)
    text = text or tag(bpy.data.texts.new(name), "report")
    text.from_string(words)
    return text


def open_text(context: bpy.types.Context, text: bpy.types.Text) -> None:
    """Show the text in a text editor that is open, else in a window of its own."""
    manager: Any = context.window_manager
    areas = [area for window in manager.windows for area in window.screen.areas]
    area = next((area for area in areas if area.type == "TEXT_EDITOR"), None)
    if area is None:
        bpy.ops.wm.window_new()
        area = max(manager.windows[-1].screen.areas, key=lambda area: area.width * area.height)
        area.type = "TEXT_EDITOR"
    area.spaces.active.text = text
    area.spaces.active.show_word_wrap = True
