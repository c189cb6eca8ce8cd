# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a drawn eye and the lashes on them: told apart in the picture, and scattered over a frame.

Where they go is in `core.layers.drawn_lids`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import Lash
from ..layers.drawn_lids import STICKS, Edge
from ..layers.fields import smoothstep
from .maps import Box

# Each pixel is moved as this many samples a side.
_FINE = 2
# What is thicker than its surroundings over less than this share of a line's length is a lash, if it is longer than
# this, in thicknesses of the line.
_BROAD, _LONG = 0.3, 0.7
# The least number of pixels of a lash
_LEAST = 6


def find_lashes(
    matte: np.ndarray, box: Box, name: str, edge: Edge, thick: float
) -> tuple[np.ndarray, list[tuple[Lash, np.ndarray]]]:
    """The line itself, (h, w) bool, and the lashes that stick out of it, each with its pixels (h, w) bool.

    matte (h, w): the line along an edge, in the pixels of `box`; thick px: of the line.
    """
    rows, columns = np.nonzero(cv2.dilate((matte > 0.02).astype(np.uint8), np.ones((3, 3), np.uint8)))
    places = np.stack([columns + box.left, rows + box.top], axis=-1) + HALF_PIXEL
    at, out, past = edge.beside(places)
    away, most = np.full(matte.shape, np.inf), np.full(matte.shape, np.inf)
    away[rows, columns] = np.hypot(out, past)
    most[rows, columns] = np.interp(at, np.arange(len(edge.places)), _thickness(matte, box, edge, thick)) + 1
    line = np.isfinite(away) & (away <= most)
    stands = np.zeros(matte.shape)
    stands[rows, columns] = at
    # Its root, too, so that no gap shows between it and the line
    root = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(round(thick), 1) + 1,) * 2)
    count, labels = cv2.connectedComponents(((matte > 0.3) & ~line & np.isfinite(away)).astype(np.uint8))
    found = []
    for number in range(1, count):
        lash = labels == number
        if lash.sum() < _LEAST or (away[lash] - most[lash]).max() < _LONG * thick:
            line |= lash
            continue
        foot = lash & (away <= np.percentile(away[lash], 20))
        whole = cv2.dilate(lash.astype(np.uint8), root) > 0
        y, x = np.nonzero(whole)
        low = np.array([x.min() + box.left - 1, y.min() + box.top - 1], np.float64)
        high = np.array([x.max() + box.left + 2, y.max() + box.top + 2], np.float64)
        found.append((Lash(name, float(np.median(stands[foot])), low, high), whole))
    return line, found


def _thickness(matte: np.ndarray, box: Box, edge: Edge, thick: float) -> np.ndarray:
    """How thick the line is along an edge, without the lashes on it, and at most `STICKS` times as usual; (n,) px."""
    reach = np.arange(0.5, STICKS * thick + 0.5)
    places = edge.places[:, None] + reach[:, None] * edge.outward[:, None] - (box.left, box.top) - HALF_PIXEL
    seen = _picked(matte[..., None], places.reshape(-1, 2).astype(np.float32)).reshape(len(edge.places), len(reach))
    line = seen > 0.3
    begun = np.cumsum(line, axis=1) > 0
    run = np.cumprod(line | ~begun & (reach < 0.3 * thick + 3), axis=1).sum(axis=1).astype(np.float64)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(edge.places, axis=0), axis=1))])
    near = np.abs(length[:, None] - length) < 0.5 * _BROAD * length[-1]
    least = np.where(near, run, np.inf).min(axis=1)
    return np.maximum(np.where(near, least, 0).max(axis=1), thick)


@dataclass(frozen=True, eq=False)
class Grains:
    """Samples of a part of the picture that are scattered over a frame: pixels (n, C + 1), colours times their share
    and the share; places (n, 2) px."""

    pixels: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, image: np.ndarray, part: np.ndarray, box: Box) -> Grains:
        rows, columns = np.nonzero(part)
        share = (np.arange(_FINE) + 0.5) / _FINE - 0.5
        across, down = (each.ravel() for each in np.meshgrid(share, share))
        x, y = (columns[:, None] + across).ravel(), (rows[:, None] + down).ravel()
        image = image * part[..., None]
        pixels = _picked(image, np.stack([x, y], axis=-1).astype(np.float32))
        return cls(pixels, np.stack([x + box.left, y + box.top], axis=-1) + HALF_PIXEL)

    def over(self, drawn: np.ndarray, places: np.ndarray, box: Box, scale: float) -> None:
        """Lay them over the pixels of `box` with the samples at `places` (n, 2) px."""
        laid = _splat(self.pixels, places - (box.left, box.top) - HALF_PIXEL, box.shape)
        laid = laid[..., :-1] / np.maximum(laid[..., -1:], 0.5 * _FINE**2 / max(scale, 1.0) ** 2)
        drawn *= 1 - laid[..., -1:]
        drawn += laid[..., :-1]


def _picked(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """`image` (h, w, k) at places (n, 2) in OpenCV's convention; (n, k)."""
    # OpenCV's maps are narrower than 32767 pixels
    columns = 4096
    padded = np.zeros((-(-max(len(where), 1) // columns) * columns, 2), np.float32)
    padded[: len(where)] = where
    maps = padded.reshape(-1, columns, 2)
    layers = [
        np.atleast_3d(cv2.remap(np.ascontiguousarray(image[..., k : k + 4]), maps, None, cv2.INTER_LINEAR))
        for k in range(0, image.shape[-1], 4)
    ]
    return np.concatenate(layers, axis=-1).reshape(-1, image.shape[-1])[: len(where)]


def _splat(values: np.ndarray, places: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Sums (h, w, k + 1) of values (n, k), and of how many there are, shared among the four pixels around each of the
    places (n, 2) in OpenCV's convention."""
    height, width = shape
    low = np.floor(places).astype(np.int64)
    share = places - low
    made = np.zeros((height * width, values.shape[1] + 1), np.float32)
    for down in (0, 1):
        for across in (0, 1):
            x, y = low[:, 0] + across, low[:, 1] + down
            weight = np.where(across, share[:, 0], 1 - share[:, 0]) * np.where(down, share[:, 1], 1 - share[:, 1])
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            flat, weight = (y * width + x)[inside], weight[inside]
            for k in range(values.shape[1]):
                made[:, k] += np.bincount(flat, weight * values[inside, k], height * width)
            made[:, -1] += np.bincount(flat, weight, height * width)
    return made.reshape(height, width, -1)


def line_matte(patch: np.ndarray, behind: np.ndarray, colour: np.ndarray, *, full: float) -> np.ndarray:
    """How much of each pixel (h, w, c) is a line of a colour (c,) over what is behind it; (h, w), 0..1."""
    away = colour - behind
    size = np.maximum((away * away).sum(axis=-1), 1e-6 * full * full)
    share = ((patch - behind) * away).sum(axis=-1) / size
    off = np.abs(patch - behind - np.clip(share, 0, 1)[..., None] * away).max(axis=-1) / full
    share = np.clip(share, 0, 1) * (1 - smoothstep((off - 0.10) / 0.15)) * (size > (0.1 * full) ** 2)
    return share.astype(np.float32)
