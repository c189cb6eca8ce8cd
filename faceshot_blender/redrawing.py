# SPDX-License-Identifier: GPL-3.0-or-later
"""Having what is drawn over a picture seen anew."""

from __future__ import annotations

import bpy


def redraw_viewports() -> None:
    """Draw all 3D viewports anew, soon."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
