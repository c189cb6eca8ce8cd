# SPDX-License-Identifier: GPL-3.0-or-later
"""How a picture is made: in flat colours or shaded, even or with grain. Measured on the skin of a face."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import PARTS
from ..layers import Head
from ..layers.fields import smoothstep
from .maps import Box
from .masks import brightness, polygon

# Pictures are compared at this many px to the unit.
_UNIT = 60.0
# A camera's grain, brush strokes and fur leave more than this between neighbouring pixels of skin; 0..1
_CLEAN = 0.75 / 255
# .. and even smoothed video leaves more than this
_DRAWN = 0.23 / 255
# Colours this close to the commonest one count as the same; 0..1
_SAME = 0.02


@dataclass(frozen=True)
class Style:
    """grain: what neighbouring pixels of skin differ by, 0..1 · flat: 0..1, how much of the skin is one colour."""

    grain: float = 1.0
    flat: float = 0.0

    @property
    def clean(self) -> bool:
        """No grain, as in drawings and renderings (and in video that was smoothed)."""
        return self.grain < _CLEAN

    @property
    def drawn(self) -> bool:
        """As even as no camera's picture is."""
        return self.grain < _DRAWN


def measure_style(source: np.ndarray, head: Head, *, alpha: bool) -> Style:
    """The style of a picture (H, W, C) with a face."""
    box = Box.around(head.points.min(axis=0), head.points.max(axis=0)).clipped(
        Box(0, source.shape[0], 0, source.shape[1])
    )
    if box.empty:
        return Style()
    pixels = source[box.slices][..., :-1] if alpha else source[box.slices]
    colours = pixels.astype(np.float32) / np.iinfo(source.dtype).max
    skin = _skin(head, box)
    ratio = min(_UNIT / head.unit, 1.0)
    if ratio < 1:
        size = max(round(box.shape[1] * ratio), 1), max(round(box.shape[0] * ratio), 1)
        shape = (size[1], size[0], colours.shape[-1])
        colours = cv2.resize(colours, size, interpolation=cv2.INTER_AREA).reshape(shape)
        skin = cv2.resize(skin, size, interpolation=cv2.INTER_NEAREST)
    if skin.sum() < 30:
        return Style()
    light = brightness(colours)
    grain = np.abs(light - cv2.GaussianBlur(light, (0, 0), 1.0))[skin > 0]
    seen = colours[skin > 0]
    cells, counts = np.unique(np.round(seen * 24).astype(int), axis=0, return_counts=True)
    commonest = np.median(seen[(np.round(seen * 24) == cells[counts.argmax()]).all(axis=1)], axis=0)
    same = float((np.abs(seen - commonest).max(axis=1) < _SAME).mean())
    return Style(grain=float(np.median(grain)), flat=float(smoothstep(np.array((same - 0.45) / 0.3))))


def _skin(head: Head, box: Box) -> np.ndarray:
    """The face without its parts; (h, w) uint8."""
    skin = polygon(box, head.points[:17]).astype(np.uint8)
    around = max(round(0.12 * head.unit), 1)
    for name, part in PARTS.items():
        if name == "jaw" or name not in head.present:
            continue
        hidden = np.zeros_like(skin)
        hull = cv2.convexHull((head.points[part] - (box.left, box.top)).astype(np.float32))
        cv2.fillConvexPoly(hidden, np.round(hull).astype(np.int32), 1)
        skin[cv2.dilate(hidden, np.ones((2 * around + 1,) * 2, np.uint8)) > 0] = 0
    return cv2.erode(skin, np.ones((5, 5), np.uint8))
