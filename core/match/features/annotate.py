# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a gallery: pictures with character cards become square pictures with points, and an extractor sees them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import save_npz, write_atomically
from ...character import Character, card_beside, file_hash, find_card
from ...errors import ErrorCode, FaceShotError
from ...folder_lock import FolderLock
from ...ledger import Ledger
from ...progress import Progress, silent
from ..candidate import points_of
from .gallery import (
    FEATURES_FORMAT,
    MANIFEST,
    MOST_ITEMS,
    POINTS_FORMAT,
    VERSION,
    Gallery,
)
from .items import LEAST_SEEN, SIDE, Item, cut, is_name, name_of, off_picture, regions_of

if TYPE_CHECKING:
    from .extractor import Extractor

AROUND = 1.5  # side of the square about a face, in the longer side of the box about its points
CLOSEST = 1.1  # at least, where the picture has no more
MOST_BYTES = 1 << 30  # of all pictures of one build, as they are stored


@dataclass(frozen=True, kw_only=True)
class Source:
    """A picture and the card with its points. domain: what kind of picture · licence, source: whose it is · name: the
    id to give it, "" for one made of the file's name."""

    picture: Path
    card: Path
    domain: str
    licence: str = ""
    source: str = ""
    name: str = ""


def find_sources(paths: Iterable[Path], *, domain: str = "", licence: str = "", source: str = "") -> list[Source]:
    """Pictures with cards: those named, and all in the folders named and below that have a card beside them.

    domain: "" for the name of the folder that a picture lies in. Raises INPUT_MISSING for a path that is not there, a
    picture that is named and has no card, or a folder without any.
    """
    from ...picture import SUFFIXES

    pictures: list[Path] = []
    for path in paths:
        if not path.is_dir():
            pictures.append(path)
            continue
        below = sorted(
            file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and card_beside(file).is_file()
        )
        if not below:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING,
                f"No picture in {path} has a character card beside it.",
                hint="Make cards with `match` or by hand in Blender: NAME.character.json beside NAME.png.",
            )
        pictures += below
    return [
        Source(picture=file, card=_card_of(file), domain=domain or file.parent.name, licence=licence, source=source)
        for file in pictures
    ]


def _card_of(picture: Path) -> Path:
    digest = file_hash(picture)  # raises INPUT_MISSING for a picture that is not there
    card = find_card(picture, digest) or card_beside(picture)
    if not card.is_file():
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"{picture} has no character card beside it.",
            hint=f"Run `match` on it, correct its points, and save them as {card_beside(picture).name}.",
        )
    return card


def square(points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, float]:
    """Middle (2,) and side, px, of a square about points (N, 2) with a margin, on a picture of that (width, height).

    It is moved and, down to a narrow margin, made smaller so that it lies on the picture.

    >>> middle, side = square(np.array([[10.0, 20.0], [50.0, 60.0]]), (100, 64))
    >>> middle.tolist(), side
    ([30.0, 34.0], 60.0)
    """
    low, high = points.min(axis=0), points.max(axis=0)
    longest = max(float((high - low).max()), 1.0)
    side = max(min(AROUND * longest, float(min(size))), CLOSEST * longest)
    middle, room = (low + high) / 2, np.array(size, np.float64)
    inside = np.clip(middle, side / 2, np.maximum(room - side / 2, side / 2))
    return np.where(room >= side, inside, middle), side


def annotated(made: Source, name: str) -> tuple[Item, bytes, list[str]]:
    """The item of a picture and its card, the PNG to store, and what to know about it.

    Raises INPUT_MISSING or INPUT_UNREADABLE for files that are not what they should be, USAGE for a card of another
    picture, CHARACTER_UNSURE for points that are a guess or of which most lie off the picture.
    """
    from ...picture import encode_png, read_picture
    from ..crops import Pyramid, crop_matrix

    picture, card = read_picture(made.picture), Character.load(made.card)
    if not card.has_shape(picture.size):
        raise FaceShotError(
            ErrorCode.USAGE,
            f"{made.card} is for a picture of {card.size[0]} x {card.size[1]} px; {made.picture} has "
            f"{picture.size[0]} x {picture.size[1]}.",
            hint="Match that picture to make its own card.",
        )
    card = card.resized(picture.size)
    card.require_on_picture()
    if card.is_guess:
        raise FaceShotError(
            ErrorCode.CHARACTER_UNSURE,
            f"The points of {made.picture} are a guess.",
            hint="Correct them first: a gallery needs points that are right.",
        )
    there = points_of(card.present)
    off = off_picture(card.points, picture.size) & there
    seen = there & ~off
    if seen.sum() < LEAST_SEEN:
        raise FaceShotError(ErrorCode.CHARACTER_UNSURE, f"{made.picture} shows only {seen.sum()} points of a face.")
    middle, side = square(card.points[seen], picture.size)
    matrix = crop_matrix(middle, side, 0.0, SIDE)
    points = (card.points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32).astype(np.float64)
    seen &= ~off_picture(points, (SIDE, SIDE))
    png = encode_png(Pyramid(picture.rgb8()).crop(matrix, SIDE))
    item = Item(
        id=name,
        domain=made.domain,
        licence=made.licence,
        source=made.source or made.picture.name,
        image_hash=hashlib.sha256(png).hexdigest(),
        points=points,
        seen=seen,
        boxes=regions_of(points, seen),
    )
    lost = f"{off.sum()} of the points of {made.picture.name} lie off the picture and are not used."
    return item, png, [lost] if off.any() else []


def build(
    folder: Path, sources: Sequence[Source], *, progress: Progress = silent, warn: Callable[[str], object] = str
) -> Gallery:
    """The gallery in `folder`, made if need be, with these faces; one of the same name takes the old one's place.

    Nothing is written where one of them will not do. Raises what `annotated` does, USAGE for two of one name or no
    name, OUTPUT_UNWRITABLE where a file would be written over that is not the gallery's own, DISK_FULL.
    """
    return _extended(Path(folder), sources, replace=True, progress=progress, warn=warn)


def add(
    folder: Path,
    source: Source,
    *,
    replace: bool = False,
    progress: Progress = silent,
    warn: Callable[[str], object] = str,
) -> Gallery:
    """The gallery in `folder` with one face more. Raises USAGE where it has one of that name, unless `replace`, and
    what `build` does."""
    return _extended(Path(folder), [source], replace=replace, progress=progress, warn=warn)


def _extended(
    folder: Path, sources: Sequence[Source], *, replace: bool, progress: Progress, warn: Callable[[str], object]
) -> Gallery:
    names = _names(sources)
    before = Gallery.open(folder) if (folder / MANIFEST).exists() else Gallery(folder)
    old = {item.id: item for item in before.items}
    if not replace and set(names) & set(old):
        raise FaceShotError(
            ErrorCode.USAGE,
            f"The gallery has a face called {names[0]} already.",
            hint="Give this one another --name, or take its place with --replace.",
        )
    if len(set(names) | set(old)) > MOST_ITEMS:
        raise FaceShotError(ErrorCode.USAGE, f"A gallery holds at most {MOST_ITEMS} faces.")
    made, size = [], 0
    for number, (source, name) in enumerate(zip(sources, names, strict=True)):
        progress("Annotating", number, len(names))
        made.append(annotated(source, name))
        size += len(made[-1][1])
        if size > MOST_BYTES:
            raise FaceShotError(ErrorCode.USAGE, "These are too many pictures at once.", hint="Build in several goes.")
    progress("Annotating", len(names), len(names))
    with FolderLock(folder) as lock:
        ledger = Ledger.open(folder)
        files = [file for item, _, _ in made for file in (item.image, item.places)]
        ledger.require_free(files)
        ledger.claim(files)
        for item, png, words in made:
            write_atomically(folder / item.image, png)
            arrays = {"points": item.points.astype(np.float32), "seen": item.seen}
            save_npz(folder / item.places, POINTS_FORMAT, VERSION, arrays, {})
            for said in words:
                warn(said)
        lock.check()
        gallery = dataclasses.replace(before, items=_merged(old, [item for item, _, _ in made]))
        _write(gallery)
        ledger.settle(files)
    return gallery


def _merged(old: Mapping[str, Item], made: Iterable[Item]) -> tuple[Item, ...]:
    """The new ones in the places of the old; a licence that is not told again stays."""
    items = dict(old)
    for item in made:
        licence = item.licence or (old[item.id].licence if item.id in old else "")
        items[item.id] = dataclasses.replace(item, licence=licence)
    return tuple(items.values())


def _names(sources: Sequence[Source]) -> list[str]:
    names = [source.name or name_of(source.picture.stem) for source in sources]
    for name, source in zip(names, sources, strict=True):
        if not is_name(name):
            raise FaceShotError(
                ErrorCode.USAGE,
                f"{name or source.picture.name!r} gives no name for an item of the gallery.",
                hint="Give it one with --name: small letters, digits, - and _.",
            )
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        both = " and ".join(
            str(source.picture) for source, name in zip(sources, names, strict=True) if name == twice[0]
        )
        raise FaceShotError(
            ErrorCode.USAGE, f"{both} would both be called {twice[0]}.", hint="Rename one of them, with its card."
        )
    return names


def see(gallery: Gallery, extractor: Extractor, *, progress: Progress = silent) -> Gallery:
    """Make the features that are missing, stale or damaged; returns the gallery with the extractor's configuration.

    Each picture is seen for itself, without a prompt. Raises what reading the pictures does, USAGE for an extractor
    that returns something else than vectors, OUTPUT_UNWRITABLE, DISK_FULL.
    """
    wanted = [item for item in gallery.items if gallery.state(item, extractor.config_hash) != "made"]
    with FolderLock(gallery.folder) as lock:
        ledger = Ledger.open(gallery.folder)
        # Ours that were damaged since are nobody's work: they are made again
        ledger.require_free([item.vectors for item in wanted if item.vectors not in ledger.files])
        for number, item in enumerate(wanted):
            progress("Seeing the gallery", number, len(wanted))
            arrays = _vectors(gallery.image(item), item, extractor)
            meta = {
                "config": dict(extractor.config),
                "config_hash": extractor.config_hash,
                "image_hash": item.image_hash,
                "points_hash": item.points_hash,
            }
            ledger.claim([item.vectors])
            save_npz(gallery.folder / item.vectors, FEATURES_FORMAT, VERSION, arrays, meta)
            ledger.settle([item.vectors])
        lock.check()
        gallery = dataclasses.replace(gallery, feature={**extractor.config, "config_hash": extractor.config_hash})
        _write(gallery)
    progress("Seeing the gallery", len(wanted), len(wanted))
    return gallery


def _vectors(rgb: np.ndarray, item: Item, extractor: Extractor) -> dict[str, np.ndarray]:
    at = extractor.map(rgb).at(item.points) * item.seen[:, None]
    arrays = {"points": at.astype(np.float32)}
    for name, box in item.boxes.items():
        arrays[f"look_{name}"] = np.asarray(extractor.look(cut(rgb, box)), np.float32)
    for name, array in arrays.items():
        if array.ndim != 1 + (name == "points") or len(array) == 0 or not np.isfinite(array).all():
            raise FaceShotError(ErrorCode.USAGE, f"The extractor gives no {name} for {item.id}: {array.shape}.")
    return arrays


def _write(gallery: Gallery) -> None:
    write_atomically(gallery.folder / MANIFEST, (json.dumps(gallery.as_dict(), indent=1) + "\n").encode())
