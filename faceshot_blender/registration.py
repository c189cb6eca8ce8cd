# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender is told on enabling the extension, and untold on disabling it, in the reverse order."""

from __future__ import annotations

from typing import Any

import bpy

from . import lifecycle, preferences, properties
from .ops import animate, engine, import_result, plane, render_motion, restore, setup, stepping, switch
from .ui import panel

COMMAND = "faceshot"
CLASSES = (
    *properties.CLASSES,
    *preferences.CLASSES,
    *stepping.CLASSES,
    *animate.CLASSES,
    *engine.CLASSES,
    *setup.CLASSES,
    *plane.CLASSES,
    *restore.CLASSES,
    *render_motion.CLASSES,
    *import_result.CLASSES,
    *switch.CLASSES,
    *panel.CLASSES,
)
_command: list[Any] = []


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for owner, name, group in properties.POINTERS:
        setattr(owner, name, bpy.props.PointerProperty(type=group))  # type: ignore[func-returns-value]
    import_result.register()
    lifecycle.register()
    _command.append(bpy.utils.register_cli_command(COMMAND, run_command))  # type: ignore[func-returns-value]


def unregister() -> None:
    while _command:
        bpy.utils.unregister_cli_command(_command.pop())
    lifecycle.unregister()
    import_result.unregister()
    for owner, name, _ in reversed(properties.POINTERS):
        delattr(owner, name)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def run_command(argv: list[str]) -> int:
    """`blender --command faceshot ...`. What it needs is imported only here: enabling stays quick."""
    from . import commands

    return commands.main(argv)
