# SPDX-License-Identifier: GPL-3.0-or-later
"""One annotated face of a gallery: its points on a square picture, its regions, and what is known of its origin."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

SIDE = 512  # px of a stored picture
MARGIN = 0.25  # of a region's box, on each side
LEAST_SIDE = 16.0  # px of a region's box: one cell of the features
LEAST_SEEN = 6  # points of a face
Box = tuple[float, float, float, float]

# The regions whose look is compared: those of FaceShot, both brows in one and both eyes in one.
REGIONS: Mapping[str, slice] = MappingProxyType(
    {
        "jaw": slice(0, 17),
        "brows": slice(17, 27),
        "nose": slice(27, 36),
        "eyes": slice(36, 48),
        "mouth": slice(48, 68),
    }
)
_NAME = re.compile(
    r"(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$)[a-z0-9][a-z0-9_-]{0,63}"
)  # those are devices on Windows


@dataclass(frozen=True, eq=False, kw_only=True)
class Item:
    """A face of a gallery.

    id: also the name of its files · domain: what kind of picture it is · licence, source: whose it is · image_hash:
    SHA-256 of the stored picture, SIDE px a side · points (68, 2) px of it · seen (68,): False for points of parts that
    it lacks or that lie off its picture · boxes: region -> (x0, y0, x1, y1) px.
    """

    id: str
    domain: str
    licence: str
    source: str
    image_hash: str
    points: np.ndarray
    seen: np.ndarray
    boxes: Mapping[str, Box] = field(default_factory=dict)

    @property
    def image(self) -> str:
        """The name of its picture in the gallery's folder; the other two are its points and its features."""
        return f"images/{self.id}.png"

    @property
    def places(self) -> str:
        return f"points/{self.id}.npz"

    @property
    def vectors(self) -> str:
        return f"features/{self.id}.npz"

    @property
    def points_hash(self) -> str:
        """SHA-256 of points, seen and boxes: features made of others are stale."""
        digest = hashlib.sha256(np.ascontiguousarray(self.points, "<f4").tobytes())
        digest.update(np.ascontiguousarray(self.seen, np.uint8).tobytes())
        digest.update(repr([(name, *map(float, self.boxes[name])) for name in sorted(self.boxes)]).encode())
        return digest.hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """As gallery.json has it."""
        return {
            "id": self.id,
            "domain": self.domain,
            "licence": self.licence,
            "source": self.source,
            "image": self.image,
            "image_hash": self.image_hash,
            "points": self.places,
            "parts": {name: list(box) for name, box in self.boxes.items()},
        }


def is_name(name: object) -> bool:
    """Whether it may be an item's id: it becomes the name of files on every system.

    >>> is_name("astronaut-2"), is_name("../x"), is_name("Tomás")
    (True, False, False)
    """
    return isinstance(name, str) and _NAME.fullmatch(name) is not None


def name_of(stem: str) -> str:
    """An id from a file's name without its suffix, "" where nothing of it can be used.

    >>> name_of("My Character (2)"), name_of("…")
    ('my-character-2', '')
    """
    return re.sub(r"[^a-z0-9_]+", "-", stem.lower()).strip("-_")[:64].strip("-_")


def regions_of(points: np.ndarray, seen: np.ndarray, *, side: float = SIDE, margin: float = MARGIN) -> dict[str, Box]:
    """The boxes of the regions with points (68, 2) that are `seen` (68,), with a margin, on a picture of that side.

    >>> points = np.zeros((68, 2)) + [100.0, 200.0]
    >>> points[48:68, 0] += np.linspace(0, 80, 20)
    >>> regions_of(points, np.arange(68) >= 48)
    {'mouth': (80.0, 192.0, 200.0, 208.0)}
    """
    boxes: dict[str, Box] = {}
    for name, of in REGIONS.items():
        there = points[of][seen[of]]
        if not len(there):
            continue
        low, high = there.min(axis=0), there.max(axis=0)
        half = np.maximum((high - low) * (0.5 + margin), LEAST_SIDE / 2)
        low, high = (low + high) / 2 - half, (low + high) / 2 + half
        low = np.clip(low, 0, side - LEAST_SIDE)
        high = np.clip(high, low + LEAST_SIDE, side)
        boxes[name] = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return boxes


def cut(rgb: np.ndarray, box: Box) -> np.ndarray:
    """The part (h, w, 3) of a picture (H, W, 3) that a box touches; one pixel at least."""
    height, width = rgb.shape[:2]
    x0, y0 = np.clip(np.floor(box[:2]).astype(int), 0, (width - 1, height - 1))
    x1, y1 = np.clip(np.ceil(box[2:]).astype(int), (x0 + 1, y0 + 1), (width, height))
    return rgb[y0:y1, x0:x1]


def off_picture(points: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """(N,) bool: which points (N, 2) px lie off a picture of that (width, height)."""
    return np.asarray(((points < 0) | (points > size)).any(axis=-1))
