# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender is told on enabling the extension, and untold on disabling it, in the reverse order."""

from __future__ import annotations

from typing import Any

import bpy

from . import clip_facts, folder_sizes, lifecycle, points_settings, preferences, properties
from .ops import (
    anchors,
    animate,
    asset,
    bring,
    character,
    driver,
    engine,
    find_points,
    import_result,
    looking,
    machine,
    plane,
    points,
    points_choosing,
    points_parts,
    render_motion,
    restore,
    setup,
    stepping,
    switch,
)
from .ui import menus, panel, points_menus, points_preview, points_tool, presets, status

COMMAND = "faceshot"
CLASSES: tuple[Any, ...] = (
    *properties.CLASSES,
    *preferences.CLASSES,
    *stepping.CLASSES,
    *animate.CLASSES,
    *find_points.CLASSES,
    *engine.CLASSES,
    *setup.CLASSES,
    *machine.CLASSES,
    *plane.CLASSES,
    *looking.CLASSES,
    *restore.CLASSES,
    *render_motion.CLASSES,
    *import_result.CLASSES,
    *switch.CLASSES,
    *bring.CLASSES,
    *asset.CLASSES,
    *character.CLASSES,
    *driver.CLASSES,
    *points_settings.CLASSES,
    *points.CLASSES,
    *points_choosing.CLASSES,
    *anchors.CLASSES,
    *points_parts.CLASSES,
    *points_menus.CLASSES,
    *points_tool.CLASSES,
    *points_preview.CLASSES,
    *presets.CLASSES,
    *panel.CLASSES,
    *menus.CLASSES,
)
POINTERS = (*properties.POINTERS, *points_settings.POINTERS, *points_preview.POINTERS)
_command: list[Any] = []


def register() -> None:
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    for owner, name, group in POINTERS:
        setattr(owner, name, bpy.props.PointerProperty(type=group))  # type: ignore[func-returns-value]
    import_result.register()
    presets.register()
    menus.register()
    points_tool.register()
    points_preview.register()
    lifecycle.register()
    _command.append(bpy.utils.register_cli_command(COMMAND, run_command))  # type: ignore[func-returns-value]


def unregister() -> None:
    while _command:
        bpy.utils.unregister_cli_command(_command.pop())
    lifecycle.unregister()
    clip_facts.forget()
    folder_sizes.forget()
    status.unregister()
    points_preview.unregister()
    points_tool.unregister()
    menus.unregister()
    presets.unregister()
    import_result.unregister()
    for owner, name, _ in reversed(POINTERS):
        delattr(owner, name)
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)


def run_command(argv: list[str]) -> int:
    """`blender --command faceshot ...`. What it needs is imported only here: enabling stays quick."""
    from . import commands

    return commands.main(argv)
