# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures that matchers are measured on: each character of the cast as it was drawn, and again set somewhere into
a larger picture: smaller, turned by up to 40 degrees, on a plain, shaded or busy ground."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from core.landmarks import HALF_PIXEL, eye_centres
from core.picture import Picture
from demo.cast import CAST, Drawing

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "emoji": ("emoji",),
        "2D anime": ("anime", "manga"),
        "2D toon": ("boy", "monster", "pumpkin", "slime", "snowman", "toon"),
        "3D toon": ("elf", "kid"),
        "toy": ("doll", "vinyl"),
        "plush": ("bear", "bunny"),
        "animal": ("cat", "dog", "fox", "koala", "owl"),
        "robot": ("robot", "tinbot"),
        "child's drawing": ("child",),
        "person": ("oldman", "teacher"),
    }
)
ANOTHER = "another kind"
SIZE = 640  # px, of the longer side
TILT = 40  # degrees, of a face set into a larger picture
WHOLE, PLACED = "whole", "placed"


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture and what is true of it; framing: "whole" or "placed"."""

    character: str
    kind: str
    framing: str
    picture: Picture
    points: np.ndarray
    present: frozenset[str]


def kind_of(character: str) -> str:
    return next((kind for kind, names in KINDS.items() if character in names), ANOTHER)


def scenes(names: Iterable[str] = CAST, *, placed: int = 3, size: int = SIZE) -> Iterator[Scene]:
    """Each character whole, then `placed` times elsewhere; the same pictures every time."""
    for name in names:
        drawing = CAST[name](size)
        kind = kind_of(name)
        yield Scene(name, kind, WHOLE, Picture(pixels=drawing.pixels), drawing.points, drawing.present)
        for number in range(placed):
            rng = np.random.default_rng([zlib.crc32(name.encode()), number])
            pixels, points = somewhere(drawing, rng, size)
            yield Scene(name, kind, PLACED, Picture(pixels=pixels), points, drawing.present)


def somewhere(drawing: Drawing, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The drawing in a larger picture (H, W, 3), and its points there. The face stays in view."""
    ratio = rng.uniform(0.65, 1.0)
    width, height = (size, round(size * ratio)) if rng.random() < 0.5 else (round(size * ratio), size)
    across = np.diff(eye_centres(drawing.points), axis=0)[0]
    turn = np.radians(rng.uniform(-TILT, TILT)) - np.arctan2(across[1], across[0])
    spread = float(np.ptp(drawing.points, axis=0).max())
    scale = rng.uniform(0.22, 0.6) * min(width, height) / spread
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    linear = np.array([[c, -s], [s, c]])
    moved = drawing.points @ linear.T
    low, high = moved.min(axis=0), moved.max(axis=0)
    margin = 0.08 * np.array([width, height])
    offset = margin + rng.random(2) * np.maximum(np.array([width, height]) - 2 * margin - (high - low), 0) - low
    matrix = np.column_stack([linear, offset])
    centred = matrix.copy()  # the same map between OpenCV's coordinates
    centred[:, 2] += linear.sum(axis=1) * HALF_PIXEL - HALF_PIXEL
    pixels = drawing.pixels.astype(np.float32)
    alpha = pixels[..., 3:] / 255 if pixels.shape[2] == 4 else np.ones_like(pixels[..., :1])
    layers = np.concatenate([pixels[..., :3] * alpha, alpha], axis=2)
    if scale < 0.7:  # so that the smaller picture has no stairs
        layers = cv2.GaussianBlur(layers, (0, 0), 0.4 / scale)
    shown = cv2.warpAffine(layers, centred, (width, height), flags=cv2.INTER_LINEAR)
    behind = ground(rng, width, height)
    mixed = shown[..., :3] + behind * (1 - shown[..., 3:])
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), moved + offset


def ground(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """(height, width, 3) float32 0..255: plain, shaded, or busy."""
    first, second = rng.uniform(0, 255, (2, 3)).astype(np.float32)
    style = rng.integers(3)
    if style == 0:
        return np.broadcast_to(first, (height, width, 3)).astype(np.float32)
    if style == 1:
        share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
        return np.broadcast_to(first + (second - first) * share, (height, width, 3)).copy()
    image = np.zeros((height, width, 3), np.float32)
    for cells, weight in ((3, 0.4), (8, 0.3), (25, 0.2), (90, 0.1)):
        values = rng.random((cells, cells, 3), dtype=np.float32)
        image += weight * 255 * cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    for _ in range(int(rng.integers(3, 12))):
        corners = rng.random(2) * (width, height) + rng.normal(0, 0.12 * width, (int(rng.integers(3, 6)), 2))
        cv2.fillPoly(image, [corners.astype(np.int32)], rng.uniform(0, 255, 3).tolist(), cv2.LINE_AA)
    return image
