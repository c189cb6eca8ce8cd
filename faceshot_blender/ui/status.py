# SPDX-License-Identifier: GPL-3.0-or-later
"""The running job in Blender's status bar, seen whatever editor is open; gone when no job runs."""

from __future__ import annotations

from typing import Any

import bpy

from ..jobs import QUEUE

# Whether the status bar has our part now.
_shown = [False]


def show_status(window_manager: Any) -> None:
    """Add our part to the status bar when there are jobs, take it away when there are none, and have it drawn."""
    if bpy.app.background:
        return
    if bool(QUEUE.entries) != _shown[0]:
        _shown[0] = not _shown[0]
        (bpy.types.STATUSBAR_HT_header.append if _shown[0] else bpy.types.STATUSBAR_HT_header.remove)(_draw)
    elif not _shown[0]:
        return
    _redraw(window_manager)


def unregister() -> None:
    if _shown[0]:
        _shown[0] = False
        bpy.types.STATUSBAR_HT_header.remove(_draw)


def _draw(header: Any, context: Any) -> None:
    entry = QUEUE.first
    if entry is None:
        return
    row = header.layout.row(align=True)
    waiting = len(QUEUE.entries) - 1
    more = f" (+{waiting})" if waiting else ""
    row.label(text=f"FaceShot{more}")
    bar = row.row()
    bar.ui_units_x = 12
    bar.progress(factor=entry.fraction, text=entry.words)
    row.operator("faceshot.cancel", text="", icon="X").number = entry.number


def _redraw(window_manager: Any) -> None:
    """The status bar is in no list of areas: a text that is set to none has it drawn again, and changes nothing.

    But for the hints of a tool that is being used just now: these are left alone.
    """
    for window in window_manager.windows:
        if all(operator.bl_idname.startswith("FACESHOT_OT_") for operator in window.modal_operators):
            with bpy.context.temp_override(window=window):  # a timer has none, and Blender would crash
                window.workspace.status_text_set_internal(None)
