# SPDX-License-Identifier: GPL-3.0-or-later
"""Character cards on planes: the text of a `*.character.json`, kept with the object that shows the picture."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Collection
from pathlib import Path

import bpy

from ...core.arrays import write_atomically
from ...core.character import Character, file_hash, find_card
from ...core.errors import ErrorCode, FaceShotError
from .notes import CARD, GIVEN, card_text, forget_note, note_of, write_note
from .paths import absolute
from .plane import DIRECT, PlaneImage, image_of, make_plane


def card_of(plane: bpy.types.Object) -> Character | None:
    """The character on `plane`, None without a card; the same object until it changes. Its arrays are read-only.

    Raises INPUT_UNREADABLE for a card that was spoiled.
    """
    text = card_text(plane)
    return (_read(text) or Character.from_json(text, source=f"the card of {plane.name!r}")) if text else None


def character_of(plane: bpy.types.Object, found: PlaneImage | None = None) -> Character | None:
    """The same for drawing: quick, and None also for a card that was spoiled.

    found: the picture on the plane; the points are then where they belong on it at the size that it has now.
    """
    text = card_text(plane)
    if not text:
        return None
    size = tuple(found.image.size) if found is not None else ()
    return _read(text, size if all(size) else ())


def drop_card(scene: bpy.types.Scene, plane: bpy.types.Object) -> None:
    """Take the card off the plane; one that a library override has from its library is hidden."""
    if plane.override_library is None:
        forget_note(plane, CARD)
        forget_note(plane, GIVEN)
    else:
        write_note(scene, plane, CARD, "")
        write_note(scene, plane, GIVEN, False)


@functools.lru_cache(maxsize=64)
def _read(text: str, size: tuple[int, ...] = ()) -> Character | None:
    try:
        character = Character.from_json(text)
        character = character.resized(size) if size else character
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
        packed = image.packed_file
        return _packed_hash(image.session_uid, packed.as_pointer(), packed.size, image.name_full)
    path = absolute(image.filepath, image.library)
    try:
        stat = path.stat()
        return _hash_then(path, stat.st_size, stat.st_mtime_ns)
    except (OSError, FaceShotError):
        return ""


@functools.lru_cache(maxsize=64)
def _hash_then(path: Path, size: int, changed: int) -> str:
    """The hash of a file that has not changed since."""
    return file_hash(path)


@functools.lru_cache(maxsize=64)
def _packed_hash(uid: int, place: int, size: int, name: str) -> str:
    packed = next(image.packed_file for image in bpy.data.images if image.session_uid == uid)
    return hashlib.sha256(packed.data).hexdigest() if packed is not None else ""


def keep_card(scene: bpy.types.Scene, plane: bpy.types.Object, text: str) -> None:
    """Note the card that a take was made with, unless the plane has points that its user placed or gave it: no take
    changes those."""
    if note_of(plane, GIVEN) and character_of(plane) is not None:
        return
    write_note(scene, plane, GIVEN, False)
    write_note(scene, plane, CARD, text)


def card_file(found: PlaneImage, picture: Path, folder: Path) -> tuple[Path | None, tuple[str, ...]]:
    """The card for the engine, written into `folder`, if one here is to be used for `picture`; and warnings.

    Points that the plane's user gave it go before all others, also on a picture that was changed or made larger or
    smaller since; then those that a user gave another plane with the very same picture; then those that lie with the
    picture, which the engine finds itself; then those of a take, of this plane or of another one with the same picture.

    Raises INPUT_UNREADABLE where given points cannot be read, or the picture has got another shape.
    """
    digests = {file_hash(picture), picture_hash(found.image)} - {""}
    character, warnings = points_for(found, digests, beside=picture)
    if character is None:
        return None, ()
    text = dataclasses.replace(character, picture_hash=file_hash(picture)).to_json()
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.character.json"
    write_atomically(path, text.encode())
    return path, warnings


def points_for(
    found: PlaneImage, digests: Collection[str], *, beside: Path | None = None
) -> tuple[Character | None, tuple[str, ...]]:
    """The points of the plane, or of another one with the same picture; and what its user should know of them.

    digests: hashes of the picture as it is now · beside: a picture's file whose own card goes before those of takes.
    See `card_file`.
    """
    plane = found.plane
    if note_of(plane, GIVEN) and card_text(plane):
        character = card_of(plane)
        assert character is not None
        warnings = changes_since(found, character, digests)
        return character.resized(tuple(found.image.size)), warnings
    if (other := _of_another(found, digests, given=True)) is not None:
        return other
    if beside is not None and any(find_card(beside, digest) for digest in digests):
        return None, ()
    own = character_of(plane)
    if own is not None and own.picture_hash in digests and tuple(own.size) == tuple(found.image.size):
        return own, ()
    return _of_another(found, digests, given=False) or (None, ())


def _of_another(
    found: PlaneImage, digests: Collection[str], *, given: bool
) -> tuple[Character, tuple[str, ...]] | None:
    """The points of another plane with the same picture, and where they come from."""
    for plane in bpy.data.objects:
        if plane == found.plane or plane.type != "MESH" or bool(note_of(plane, GIVEN)) != given:
            continue
        character = character_of(plane)
        if character is not None and character.picture_hash in digests and character.size == tuple(found.image.size):
            return character, (f"{found.plane.name} shows the same picture as {plane.name} and has its points.",)
    return None


def changes_since(found: PlaneImage, character: Character, digests: Collection[str]) -> tuple[str, ...]:
    """What changed of the picture since those points were placed on it, in words.

    Raises INPUT_UNREADABLE where it has got another shape: nobody knows then where they belong.
    """
    (width, height), size, name = character.size, tuple(found.image.size), found.plane.name
    if size != (width, height):
        if not character.has_shape(size):
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE,
                f"The points of {name!r} were placed on a picture of {width} x {height} pixels; it now shows one of "
                f"{size[0]} x {size[1]}.",
                hint="Look at them with Edit Points, have them found again, or bring the picture back.",
            )
        was = f"was {width} x {height} pixels large when the points of {name} were placed, now {size[0]} x {size[1]}"
        return (f"{found.image.name} {was}: they were scaled with it.",)
    if character.picture_hash and digests and character.picture_hash not in digests:
        return (f"{found.image.name} was changed since the points of {name} were placed: look whether they still fit.",)
    return ()


def what_changed(found: PlaneImage) -> tuple[str, ...]:
    """The same of the plane's own points, also where the picture has got another shape. Raises INPUT_UNREADABLE."""
    character = card_of(found.plane)
    if character is None:
        return ()
    try:
        return changes_since(found, character, {picture_hash(found.image)} - {""})
    except FaceShotError as error:
        return (error.message,)


def adopt_points(scene: bpy.types.Scene, found: PlaneImage) -> str:
    """Give a plane without points those that are known of the very same picture: of another plane, or of a card that
    lies with the picture or with a copy of it in this file. Returns where they come from, empty where none are known.
    """
    if card_text(found.plane):
        return ""
    digest = picture_hash(found.image)
    if not digest:
        return ""
    for given in (True, False):
        other = _of_another(found, (digest,), given=given)
        if other is not None:
            write_note(scene, found.plane, CARD, other[0].to_json())
            write_note(scene, found.plane, GIVEN, given)
            return other[1][0]
        if given and (card := _card_of_copies(digest)) is not None:
            character = Character.load(card)
            if character.size == tuple(found.image.size):
                write_note(scene, found.plane, CARD, character.to_json())
                write_note(scene, found.plane, GIVEN, False)
                return f"{found.plane.name} has the points of {card.name}."
    return ""


def _card_of_copies(digest: str) -> Path | None:
    """A card that lies with one of this file's pictures of that hash."""
    for image in bpy.data.images:
        if image.source == "FILE" and image.filepath and image.packed_file is None and picture_hash(image) == digest:
            card = find_card(absolute(image.filepath, image.library), digest)
            if card is not None:
                return card
    return None


def attach_card(scene: bpy.types.Scene, found: PlaneImage, path: Path) -> tuple[str, ...]:
    """Keep the card with the plane, as one of the picture that it shows; returns warnings.

    Raises INPUT_MISSING, or INPUT_UNREADABLE also for a card of a picture of another shape.
    """
    character = Character.load(path)
    image, (width, height) = found.image, character.size
    if not character.has_shape(tuple(image.size)):
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"{path.name} is of a picture of {width} x {height} pixels, the plane {found.plane.name!r} shows "
            f"{image.size[0]} x {image.size[1]}.",
            hint="Choose the plane with its picture, or import it with no object active.",
        )
    actual = picture_hash(image) or character.picture_hash
    other = bool(character.picture_hash) and actual != character.picture_hash
    fitting = dataclasses.replace(character.resized(tuple(image.size)), picture_hash=actual)
    write_note(scene, found.plane, CARD, fitting.to_json())
    write_note(scene, found.plane, GIVEN, True)
    if fitting.size != character.size:
        size = f"{width} x {height} pixels: its points were scaled to {image.size[0]} x {image.size[1]}"
        return (f"{path.name} is of a picture of {size}.",)
    if other:
        return (f"{path.name} was made for another picture than {_name(image)}: look whether its points fit.",)
    return ()


def _name(image: bpy.types.Image) -> str:
    return absolute(image.filepath, image.library).name if image.filepath else image.name


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
