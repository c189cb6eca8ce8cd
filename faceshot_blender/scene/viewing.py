# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeing a character's plane: a free place for a new one, and a viewport that faces it with its picture shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import bpy
from mathutils import Vector

# A viewport shows 72 mm / lens of its distance along its longer side, in orthographic view.
_SHOWN_MM = 72.0
_MARGIN = 1.15
_GAP = 0.05  # metres between a new plane and what it stands before


def show_new(context: bpy.types.Context, plane: bpy.types.Object) -> None:
    """As somebody at the window expects a new plane: at the 3D cursor, before what stands there, active, in sight."""
    assert context.scene is not None
    plane.location = context.scene.cursor.location
    context.view_layer.update()
    stand_clear(plane, context.visible_objects)
    context.view_layer.update()
    if plane.name in context.view_layer.objects:
        for other in context.view_layer.objects:
            other.select_set(other == plane)
        context.view_layer.objects.active = plane
    viewports = [area for area in context.screen.areas if area.type == "VIEW_3D"] if context.screen else []
    if context.area in viewports:
        viewports = [context.area]
    if viewports:
        face(max(viewports, key=lambda area: area.width * area.height), plane)


def box_of(thing: bpy.types.Object) -> tuple[Vector, Vector]:
    """Lowest and highest corner of an object's bounding box in the scene's space."""
    corners = [thing.matrix_world @ Vector(corner) for corner in thing.bound_box]
    low, high = (Vector([pick(corner[k] for corner in corners) for k in range(3)]) for pick in (min, max))
    return low, high


def stand_clear(plane: bpy.types.Object, others: Iterable[bpy.types.Object]) -> None:
    """Move an upright plane towards the front view's eye until no other object is around or before it there."""
    low, high = box_of(plane)
    front = low.y
    for other in others:
        if other == plane or other.type != "MESH":
            continue
        under, above = box_of(other)
        beside = any(under[k] > high[k] or above[k] < low[k] for k in (0, 2))
        if not beside and under.y <= front <= above.y:
            front = min(front, under.y - _GAP)
    plane.location.y += front - low.y


def face(area: bpy.types.Area, plane: bpy.types.Object) -> None:
    """Turn a 3D viewport to the plane's front, frame it beside the panels, and show textures in their own colours.

    A viewport that looks through a camera, or is locked, keeps its direction.
    """
    space: Any = area.spaces.active
    if space.shading.type == "SOLID":
        space.shading.color_type, space.shading.light = "TEXTURE", "FLAT"
    view = space.region_3d
    if view is None or view.view_perspective == "CAMERA" or view.lock_rotation:
        return
    low, high = (Vector([pick(corner[k] for corner in plane.bound_box) for k in range(3)]) for pick in (min, max))
    scale = plane.matrix_world.to_scale()
    width, height = ((high[k] - low[k]) * abs(scale[k]) * _MARGIN for k in range(2))
    rotation = plane.matrix_world.to_quaternion()
    across, up, left, right, top = _free(area)
    metres = max(width / (across - left - right), height / (up - top), 1e-6)  # of the scene, for each pixel
    shift = Vector(((right - left) / 2, top / 2, 0.0)) * metres
    view.view_perspective = "ORTHO"
    view.view_rotation = rotation
    view.view_location = plane.matrix_world @ ((low + high) / 2) + rotation @ shift
    view.view_distance = metres * max(across, up) * space.lens / _SHOWN_MM


def _free(area: bpy.types.Area) -> tuple[float, float, float, float, float]:
    """Width and height of the viewport, and what panels take of it left, right and at the top, in pixels."""
    sizes = {region.type: (region.width, region.height) for region in area.regions}
    across, up = sizes.get("WINDOW", (1, 1))
    overlap = bpy.context.preferences.system.use_region_overlap
    left, right = (sizes.get(kind, (0, 0))[0] if overlap else 0 for kind in ("TOOLS", "UI"))
    top = sum(sizes.get(kind, (0, 0))[1] for kind in ("HEADER", "TOOL_HEADER")) if overlap else 0
    if left + right > 0.7 * across:
        left = right = 0
    return max(across, 1), max(up, 2), left, right, min(top, up // 2)
