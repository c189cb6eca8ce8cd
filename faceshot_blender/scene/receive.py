# SPDX-License-Identifier: GPL-3.0-or-later
"""Onto which plane an imported result or card goes."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..results import AnimateResult
from .assemble import Assembled, assemble
from .cards import attach_card, new_plane_of_card, picture_of_card
from .made import kind_of
from .paths import absolute
from .plane import PlaneImage, find_plane, image_of, make_plane
from .strips import SHOT
from .usable import reason_against


def shot_of(scene: bpy.types.Scene) -> bpy.types.Scene:
    """The scene with the planes: `scene` itself, or the one that it is the edit scene of."""
    shot = scene.get(SHOT) if kind_of(scene) == "edit" else None
    return shot if isinstance(shot, bpy.types.Scene) else scene


def chosen_plane(scene: bpy.types.Scene, active: bpy.types.Object | None) -> PlaneImage | None:
    """The active object, if it is a plane of this scene and file that carries a picture."""
    if active is None or reason_against(active) or scene.objects.get(active.name) != active:
        return None
    return image_of(active)


def receive(
    scene: bpy.types.Scene,
    result: AnimateResult,
    *,
    plane: str = "",
    active: bpy.types.Object | None = None,
    new: bool = False,
    start: int | None = None,
    fit: bool = False,
) -> Assembled:
    """Put the result onto the plane of that name; else onto a `new` one; else onto the active plane if it may show it;
    else onto the one that shows its picture, or a new one. Raises FaceShotError; nothing has changed then."""
    if new and not plane:
        made = make_plane(scene, result.picture)
        try:
            return assemble(scene, result, plane=made.name, start=start, fit=fit)
        except BaseException:
            _remove_plane(made)
            raise
    found = None if plane else chosen_plane(scene, active)
    if found is not None and _may_show(found, result):
        plane = found.plane.name
    return assemble(scene, result, plane=plane, start=start, fit=fit)


def receive_card(
    scene: bpy.types.Scene,
    path: Path,
    *,
    plane: str = "",
    active: bpy.types.Object | None = None,
    new: bool = False,
) -> tuple[str, tuple[str, ...]]:
    """Put the card onto the plane of that name, else onto the active one, unless that shows another picture than the
    card's, which is there; else onto one of the card's picture, or a new one of it.

    Returns the plane's name and warnings. Raises FaceShotError; nothing has changed then.
    """
    found = find_plane(scene, plane) if plane else None if new else plane_for_card(scene, path, active)
    made = found is None
    found = found or new_plane_of_card(scene, path)
    try:
        warnings = attach_card(scene, found, path)
    except BaseException:
        if made:
            _remove_plane(found.plane)
        raise
    return found.plane.name, warnings


def plane_for_card(scene: bpy.types.Scene, path: Path, active: bpy.types.Object | None) -> PlaneImage | None:
    """The plane that a card without a named plane is for; None where a new one is to be made."""
    chosen, picture = chosen_plane(scene, active), picture_of_card(path)
    if picture is None or (chosen is not None and _shows(chosen, picture)):
        return chosen
    planes = [image_of(plane) for plane in scene.objects if not reason_against(plane)]
    showing = [found for found in planes if found is not None and _shows(found, picture)]
    return showing[0] if len(showing) == 1 else None


def _shows(found: PlaneImage, picture: Path) -> bool:
    path = absolute(found.image.filepath, found.image.library) if found.image.filepath else None
    return path is not None and path.resolve() == picture.resolve()


def _may_show(found: PlaneImage, result: AnimateResult) -> bool:
    """Whether the plane shows the result's picture; one that was moved away is known by its name and size."""
    image = found.image
    path = absolute(image.filepath, image.library) if image.filepath else None
    if path == result.picture:
        return True
    name = path.name if path else image.name
    return not result.picture.is_file() and name == result.picture.name and tuple(image.size) == result.size


def _remove_plane(plane: bpy.types.Object) -> None:
    """Remove a plane that was made, with all that is its own."""
    found = image_of(plane)
    parts: list[bpy.types.ID | None] = [plane, plane.data, *(slot.material for slot in plane.material_slots)]
    if found is not None and kind_of(found.image) and found.image.users == 1:
        parts.append(found.image)
    bpy.data.batch_remove([part for part in parts if part is not None and kind_of(part)])
