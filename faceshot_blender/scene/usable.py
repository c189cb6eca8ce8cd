# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a plane may be changed in this file at all: known from properties, so panels may ask while drawing."""

from __future__ import annotations

import bpy


def reason_against(plane: bpy.types.Object) -> str:
    """Why nothing can be put onto `plane`, with what helps; empty when it can."""
    if plane.library is not None:
        return (
            f"{plane.name!r} is linked from {bpy.path.basename(plane.library.filepath)}: make a library override of "
            "it (Object > Library Override > Make), or make it local"
        )
    override = plane.override_library
    if override is not None and override.is_system_override:
        return (
            f"{plane.name!r} is a library override that may not be edited: in the Outliner choose "
            "Library Override > Make > Selected"
        )
    collection = plane.instance_collection if plane.type == "EMPTY" else None
    if collection is not None and collection.library is not None:
        return (
            f"{plane.name!r} is an instance of a linked collection: make a library override of it "
            "(Object > Library Override > Make) to have its planes here"
        )
    return ""


def reason_against_scene(scene: bpy.types.Scene) -> str:
    """Why nothing can be put into `scene`, with what helps; empty when it can."""
    if scene.library is None:
        return ""
    library = bpy.path.basename(scene.library.filepath)
    return f"The scene {scene.name!r} is linked from {library}: open that file, or append the scene"
