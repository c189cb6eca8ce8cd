# SPDX-License-Identifier: GPL-3.0-or-later
"""A plane's card as a file beside its picture. Nobody's own card is ever written over."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import bpy

from ...core.character import CARD_SUFFIX, card_beside
from ...core.errors import ErrorCode, FaceShotError
from ...core.ledger import Ledger, require_writable
from .cards import card_of, changes_since, picture_hash
from .paths import absolute, safe_name
from .plane import PlaneImage


def place_beside(found: PlaneImage) -> Path:
    """Where the card of the plane's picture belongs; beside the blend file for a picture that lies nowhere."""
    picture = _picture(found)
    if picture is not None:
        return card_beside(picture)
    folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
    return folder / f"{safe_name(Path(found.image.name).stem)}{CARD_SUFFIX}"


def free_name(path: Path) -> Path:
    """`path`, numbered where something is there already."""
    stem = path.name.removesuffix(CARD_SUFFIX)
    tries = (path if number == 1 else path.with_name(f"{stem}-{number}{CARD_SUFFIX}") for number in range(1, 10000))
    return next(place for place in tries if not os.path.lexists(place))


def save_card(found: PlaneImage, path: Path | None = None) -> tuple[Path, tuple[str, ...]]:
    """Write the plane's card, by default beside its picture, as one of the picture as it is now; (path, warnings).

    Raises INPUT_MISSING without points, INPUT_UNREADABLE where the picture has got another shape; OUTPUT_UNWRITABLE
    where a card lies there that we have not written, or somebody has changed since, and for a picture that is in no
    file without a `path`.
    """
    character, image = card_of(found.plane), found.image
    if character is None:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING, f"The plane {found.plane.name!r} has no points yet.", hint="Place them first."
        )
    if path is None and _picture(found) is None:
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE,
            f"The picture {image.name!r} is in no file that a card could lie beside.",
            hint="Choose where the card goes.",
        )
    path = place_beside(found) if path is None else path
    if not path.name.endswith(CARD_SUFFIX):
        path = path.with_name(path.name.removesuffix(".json") + CARD_SUFFIX)
    digest = picture_hash(image)
    warnings = changes_since(found, character, {digest} - {""})
    fitting = character.resized(tuple(image.size)) if all(image.size) else character
    name = absolute(image.filepath, image.library).name if image.filepath else image.name
    fitting = dataclasses.replace(fitting, picture=name, picture_hash=digest)
    if path.is_file() and path.read_bytes() == fitting.to_json().encode():
        return path, warnings
    ledger = Ledger.open(path.parent)
    try:
        ledger.require_free([path.name])
    except FaceShotError as error:
        error.hint = "Save it under another name, load that card instead, or move it away."
        raise
    require_writable(path.parent)
    ledger.claim([path.name])
    try:
        fitting.save(path)
    finally:
        ledger.settle([path.name])
    return path, warnings


def _picture(found: PlaneImage) -> Path | None:
    """Where the picture lies, or lay before it was packed; None where no folder is."""
    image = found.image
    path = absolute(image.filepath, image.library) if image.filepath else None
    return path if path is not None and path.parent.is_dir() else None
