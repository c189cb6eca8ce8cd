# SPDX-License-Identifier: GPL-3.0-or-later
"""Character cards on planes: the text of a `*.character.json`, kept with the object that shows the picture."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from pathlib import Path

import bpy
import numpy as np

from ...core.arrays import write_atomically
from ...core.character import Character, file_hash
from ...core.errors import ErrorCode, FaceShotError
from ...core.verbs.steps import card_beside
from .notes import CARD, GIVEN, note_of, write_note
from .paths import absolute
from .plane import DIRECT, PlaneImage, image_of, make_plane


def card_of(plane: bpy.types.Object) -> Character | None:
    """The character on `plane`, None without a card; the same object until it changes. Its arrays are read-only.

    Raises INPUT_UNREADABLE for a card that was spoiled.
    """
    text = note_of(plane, CARD)
    if not isinstance(text, str) or not text:
        return None
    return _read(text) or Character.from_json(text, source=f"the card of {plane.name!r}")


def character_of(plane: bpy.types.Object) -> Character | None:
    """The same for drawing: quick, and None also for a card that was spoiled."""
    text = note_of(plane, CARD)
    return _read(text) if isinstance(text, str) and text else None


@functools.lru_cache(maxsize=64)
def _read(text: str) -> Character | None:
    try:
        character = Character.from_json(text)
    except FaceShotError:
        return None
    for values in (character.points, character.confidence, character.iris):
        if values is not None:
            values.setflags(write=False)
    return character


def picture_hash(image: bpy.types.Image) -> str:
    """SHA-256 of the picture's file, or of the bytes that are packed; empty where its pixels are in no file."""
    if image.source != "FILE" or image.is_dirty:
        return ""
    if image.packed_file is not None:
        return hashlib.sha256(image.packed_file.data).hexdigest()
    try:
        return file_hash(absolute(image.filepath, image.library))
    except FaceShotError:
        return ""


def keep_card(scene: bpy.types.Scene, plane: bpy.types.Object, text: str) -> None:
    """Note the card that a take was made with. With other points than those that the user gave, theirs are replaced."""
    try:
        same = np.array_equal(card_of(plane).points, Character.from_json(text).points)
    except (FaceShotError, AttributeError):
        same = False
    if not (same and note_of(plane, GIVEN)):
        write_note(scene, plane, GIVEN, False)
    write_note(scene, plane, CARD, text)


def card_file(found: PlaneImage, picture: Path, folder: Path) -> Path | None:
    """The plane's card, written into `folder` for the engine, if it is to be used for `picture`; else None.

    One that the user gave is used for any picture of its size: the engine warns where it is another one. That of an
    earlier take is used for the very same picture, if none of it lies beside the picture.
    """
    try:
        character = card_of(found.plane)
        if character is None or tuple(character.size) != tuple(found.image.size):
            return None
        if not note_of(found.plane, GIVEN):
            digest, beside = file_hash(picture), card_beside(picture)
            if character.picture_hash != digest or (beside.is_file() and Character.load(beside).picture_hash == digest):
                return None
    except FaceShotError:  # spoiled: the engine looks for the face itself, and says what lies beside the picture
        return None
    text = character.to_json()
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.character.json"
    write_atomically(path, text.encode())
    return path


def attach_card(scene: bpy.types.Scene, found: PlaneImage, path: Path) -> tuple[str, ...]:
    """Keep the card with the plane, as one of the picture that it shows; returns warnings.

    Raises INPUT_MISSING, or INPUT_UNREADABLE also for a card of a picture of another size.
    """
    character = Character.load(path)
    image = found.image
    if tuple(character.size) != tuple(image.size):
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"{path.name} is of a picture of {character.size[0]} x {character.size[1]} pixels, the plane "
            f"{found.plane.name!r} shows {image.size[0]} x {image.size[1]}.",
            hint="Choose the plane with its picture, or import it with no object active.",
        )
    shown = absolute(image.filepath, image.library) if image.filepath else None
    actual = file_hash(shown) if shown and shown.is_file() else character.picture_hash
    other = bool(character.picture_hash) and actual != character.picture_hash
    write_note(scene, found.plane, CARD, dataclasses.replace(character, picture_hash=actual).to_json())
    write_note(scene, found.plane, GIVEN, True)
    if other and shown is not None:
        return (f"{path.name} was made for another picture than {shown.name}: look whether its points fit.",)
    return ()


def new_plane_of_card(scene: bpy.types.Scene, path: Path) -> PlaneImage:
    """A new plane of the picture that the card is of. Raises INPUT_MISSING when that is nowhere to be found."""
    character = Character.load(path)
    picture = picture_beside(path, character)
    if picture is None:
        named = f" ({character.picture})" if character.picture else ""
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"The picture of {path.name}{named} is not there.",
            hint="Put it beside the card, or make the plane that shows it active and import the card again.",
        )
    found = image_of(make_plane(scene, picture))
    assert found is not None  # it was made with its picture
    return found


def picture_of_card(path: Path) -> Path | None:
    """The picture of the card in that file, None where it is not there. Raises INPUT_MISSING or INPUT_UNREADABLE."""
    return picture_beside(path, Character.load(path))


def picture_beside(path: Path, character: Character) -> Path | None:
    """The picture of a card: where the card says, else of that name beside it, else of the card's own name."""
    stem = path.name.removesuffix(".character.json")
    named = Path(character.picture) if character.picture else None
    places = [path.parent / named, path.parent / named.name] if named else []
    places += [path.with_name(stem + suffix) for suffix in DIRECT]
    return next((place for place in places if place.is_file()), None)
