# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the Face Points tool, as they stand in its header."""

from __future__ import annotations

from typing import Any

import bpy


class FACESHOT_PG_points(bpy.types.PropertyGroup):
    """How points are grabbed by hand."""

    grab: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Grab",
        description="What a click chooses and a drag moves",
        items=(
            ("POINTS", "Points", "Single points; a line grabs its part", "VERTEXSEL", 0),
            ("PARTS", "Parts", "An eye, a brow, the mouth: whole", "EDGESEL", 1),
            ("FACE", "Face", "Everything at once", "FACESEL", 2),
        ),
    )
    mirror: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Mirror", description="Move the other half of the face along, at the face's own middle line"
    )
    irises: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Irises", description="Show the irises, where the character has them", default=True
    )


def settings() -> FACESHOT_PG_points:
    """The session's: as with Blender's own tools, Undo leaves them alone."""
    manager: Any = bpy.context.window_manager
    return manager.faceshot_points


CLASSES = (FACESHOT_PG_points,)
POINTERS = ((bpy.types.WindowManager, "faceshot_points", FACESHOT_PG_points),)
