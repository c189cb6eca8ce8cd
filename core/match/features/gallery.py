# SPDX-License-Identifier: GPL-3.0-or-later
"""A gallery: annotated faces that a picture's features are compared with. Reading it; `annotate` makes it.

A folder with `gallery.json`, and for each item `images/ID.png` (512 px square), `points/ID.npz` and, once an extractor
has seen it, `features/ID.npz` (docs/features.md). Nothing is averaged: each item stands for itself. Features belong to
one extractor, one picture and one set of points; they are refused where any of them differs.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ...arrays import load_npz, require_shape
from ...character import file_hash
from ...errors import ErrorCode, FaceShotError
from ...landmarks import COUNT
from ...models import default_folder as models_folder
from .items import LEAST_SEEN, REGIONS, SIDE, Item, is_name, off_picture
from .maps import normalised
from .matching import Counterpart

MANIFEST = "gallery.json"
FORMAT, VERSION = "faceshot.gallery", 1
POINTS_FORMAT = "faceshot.gallery_points"
FEATURES_FORMAT = "faceshot.gallery_features"
MOST_ITEMS = 2000
MOST_CHANNELS = 1 << 14
_MAX_BYTES = 16 << 20
REMAKE = "Make them anew with `gallery build`, without sources."


@dataclass(frozen=True, eq=False)
class Features:
    """What an extractor saw: points (68, C) unit vectors, zero where not seen · looks: region -> (D,) unit vector."""

    points: np.ndarray
    looks: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about an item that is not as it should be. bad: the item cannot be used; else it is only told."""

    item: str
    what: str
    bad: bool = True


@dataclass(frozen=True, eq=False)
class Gallery:
    """A gallery in a folder. feature: the configuration that its features were made with last, {} before."""

    folder: Path
    items: tuple[Item, ...] = ()
    feature: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Gallery:
        """The gallery in `folder`. Raises INPUT_MISSING (none there) or INPUT_UNREADABLE with what is wrong."""
        folder = Path(folder)
        path = folder / MANIFEST
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise _unreadable(path, "it is too large")
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING,
                f"No gallery in {folder} ({error.strerror}).",
                hint="Make one with `gallery build FOLDER`, from pictures with their cards beside them.",
            ) from error
        except (ValueError, RecursionError) as error:
            raise _unreadable(path, f"it is no JSON ({error})") from error
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise _unreadable(path, "it describes no gallery")
        if data.get("version") != VERSION:
            raise _unreadable(path, f"its version is {data.get('version')!r}; this FaceShot reads {VERSION}")
        if data.get("side") != SIDE:
            raise _unreadable(path, f"its pictures have {data.get('side')!r} px a side, not {SIDE}")
        records, feature = data.get("items"), data.get("feature") or {}
        if not isinstance(records, list) or not isinstance(feature, dict) or len(records) > MOST_ITEMS:
            raise _unreadable(path, f"its items are no list of at most {MOST_ITEMS}, or its feature is no object")
        items = tuple(_item(folder, record) for record in records)
        twice = [name for name, count in Counter(item.id for item in items).items() if count > 1]
        if twice:
            raise _unreadable(path, f"two items are called {twice[0]!r}")
        return cls(folder, items, feature)

    def item(self, name: str) -> Item | None:
        """The item of that id."""
        return next((item for item in self.items if item.id == name), None)

    def image(self, item: Item) -> np.ndarray:
        """Its picture (512, 512, 3) uint8. Raises INPUT_MISSING or INPUT_UNREADABLE, also for one that was changed."""
        from ...picture import read_picture

        path = self.folder / item.image
        self._require_same(item)
        rgb = np.array(read_picture(path).rgb8())  # one that may be written to: torch asks for it
        if rgb.shape != (SIDE, SIDE, 3):
            raise _unreadable(path, f"it is {rgb.shape[1]} x {rgb.shape[0]} px, not {SIDE} x {SIDE}")
        return rgb

    def features(self, item: Item, config_hash: str) -> Features:
        """The features of an item by the extractor of that hash.

        Raises MODEL_MISSING where none were made, MODEL_DAMAGED where they are stale: another extractor, another
        picture, other points; INPUT_UNREADABLE for a damaged file.
        """
        path = self.folder / item.vectors
        if not path.is_file():
            raise FaceShotError(ErrorCode.MODEL_MISSING, f"The gallery has no features of {item.id}.", hint=REMAKE)
        arrays, meta = load_npz(path, FEATURES_FORMAT, VERSION)
        if meta.get("config_hash") != config_hash:
            made, asked = str(meta.get("config_hash"))[:12], config_hash[:12]
            raise _stale(item, f"were made by another extractor ({made}, not {asked})")
        if meta.get("image_hash") != item.image_hash:
            raise _stale(item, "were made from another picture")
        if meta.get("points_hash") != item.points_hash:
            raise _stale(item, "were made at other points")
        self._require_same(item)
        points = require_shape(path, arrays, "points", (COUNT, None))
        looks = {name: require_shape(path, arrays, f"look_{name}", (None,)) for name in item.boxes}
        if not 1 <= points.shape[1] <= MOST_CHANNELS or len({look.shape for look in looks.values()}) > 1:
            raise _unreadable(path, "its vectors do not fit each other")
        points = normalised(points.astype(np.float32))
        if not np.linalg.norm(points[item.seen], axis=1).all():
            raise _unreadable(path, "points that are seen have no features")
        return Features(points, {name: normalised(look.astype(np.float32)) for name, look in looks.items()})

    def counterparts(self, config_hash: str, items: Iterable[Item] | None = None) -> list[Counterpart]:
        """The items (all, in order, unless told) as matching wants them. Raises as `features`."""
        chosen = self.items if items is None else tuple(items)
        return [Counterpart(self.features(item, config_hash).points, item.points, item.seen) for item in chosen]

    def state(self, item: Item, config_hash: str) -> str:
        """How its features stand: "made", "missing", "stale" or "damaged"."""
        try:
            self.features(item, config_hash)
        except FaceShotError as error:
            states = {ErrorCode.MODEL_MISSING: "missing", ErrorCode.MODEL_DAMAGED: "stale"}
            return states.get(error.code, "damaged")
        return "made"

    def verify(self, config_hash: str | None = None) -> list[Finding]:
        """What is not as it should be, item by item; [] for a whole gallery. With a hash its features as well."""
        found = []
        for item in self.items:
            try:
                self.image(item)
                if config_hash is not None:
                    self.features(item, config_hash)
            except FaceShotError as error:
                found.append(Finding(item=item.id, what=str(error)))
            if not item.licence:
                found.append(Finding(item=item.id, what=f"The licence of {item.id} is not stated.", bad=False))
        return found

    def as_dict(self) -> dict[str, Any]:
        """As gallery.json has it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "side": SIDE,
            "feature": dict(self.feature),
            "items": [item.as_dict() for item in self.items],
        }

    def _require_same(self, item: Item) -> None:
        path = self.folder / item.image
        if file_hash(path) != item.image_hash:
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE,
                f"{path} is not the picture that {item.id} was annotated on: it was changed.",
                hint="Bring it back, or add the face anew with `gallery add --replace`.",
            )


def default_gallery() -> Path:
    """$FACESHOT_GALLERY, else `gallery` in the user's data folder, where models lie unless told otherwise."""
    chosen = os.environ.get("FACESHOT_GALLERY")
    return (
        Path(chosen).expanduser() if chosen else models_folder({**os.environ, "FACESHOT_MODELS": ""}).parent / "gallery"
    )


def _item(folder: Path, record: Any) -> Item:
    """An item of gallery.json with its points. File names follow from the id, so none leads out of the folder."""
    path = folder / MANIFEST
    if not isinstance(record, dict) or not is_name(record.get("id")):
        shown = record.get("id") if isinstance(record, dict) else record
        raise _unreadable(path, f"{shown!r:.80} is no name of an item (small letters, digits, - and _)")
    name = str(record["id"])
    text = [record.get(key, "") for key in ("domain", "licence", "source", "image_hash")]
    if not all(isinstance(value, str) for value in text):
        raise _unreadable(path, f"domain, licence, source and image_hash of {name} are not all text")
    places = folder / "points" / f"{name}.npz"
    arrays, _ = load_npz(places, POINTS_FORMAT, VERSION)
    points = require_shape(places, arrays, "points", (COUNT, 2)).astype(np.float64)
    seen = require_shape(places, arrays, "seen", (COUNT,)).astype(bool)
    off = int((off_picture(points, (SIDE, SIDE)) & seen).sum())
    if off or seen.sum() < LEAST_SEEN:
        why = f"{off} points that are said to be seen lie off its picture" if off else "it shows too few points"
        raise _unreadable(places, why)
    item = Item(
        id=name,
        domain=text[0],
        licence=text[1],
        source=text[2],
        image_hash=text[3],
        points=points,
        seen=seen,
        boxes=_boxes(path, name, record.get("parts"), seen),
    )
    if record.get("image", item.image) != item.image or record.get("points", item.places) != item.places:
        raise _unreadable(path, f"the files of {name} are not named after it")
    return item


def _boxes(path: Path, name: str, parts: Any, seen: np.ndarray) -> dict[str, tuple[float, float, float, float]]:
    expected = {region for region, of in REGIONS.items() if seen[of].any()}
    if not isinstance(parts, dict) or set(parts) != expected:
        raise _unreadable(path, f"{name} needs a box for each part with points: {', '.join(sorted(expected))}")
    boxes = {}
    for region in REGIONS:
        if region not in parts:
            continue
        try:
            x0, y0, x1, y1 = (float(value) for value in parts[region])
        except (TypeError, ValueError, OverflowError) as error:
            raise _unreadable(path, f"the box {region} of {name} is not four numbers") from error
        if not (all(map(math.isfinite, (x0, y0, x1, y1))) and 0 <= x0 < x1 <= SIDE and 0 <= y0 < y1 <= SIDE):
            raise _unreadable(path, f"the box {region} of {name} does not lie on its picture")
        boxes[region] = (x0, y0, x1, y1)
    return boxes


def _unreadable(path: Path, why: str) -> FaceShotError:
    hint = "Bring the gallery back from a copy, or build it anew in another folder."
    return FaceShotError(ErrorCode.INPUT_UNREADABLE, f"Cannot read {path}: {why}.", hint=hint)


def _stale(item: Item, why: str) -> FaceShotError:
    return FaceShotError(ErrorCode.MODEL_DAMAGED, f"The gallery's features of {item.id} {why}.", hint=REMAKE)
