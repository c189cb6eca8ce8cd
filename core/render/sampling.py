# SPDX-License-Identifier: GPL-3.0-or-later
"""How a picture's pixels are read between their centres, and which way suits a picture."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np

from ..picture import Picture

# linear: soft, for photographs · cubic: crisp edges, for drawings · nearest: hard pixels, for pixel art
SAMPLING: Mapping[str, int] = MappingProxyType(
    {"linear": cv2.INTER_LINEAR, "cubic": cv2.INTER_CUBIC, "nearest": cv2.INTER_NEAREST}
)
# Differences within 3 x 3 pixels, as shares of the full range: below, it is grain; above, a drawn edge
_GRAIN, _EDGE = 0.047, 0.25
# Drawings have more than this many pixels at hard edges for one in a gradient; photographs less than a tenth
_LINES = 0.25
# A picture of so few colours has no smooth edges that could be kept
_PALETTE = 64
_LONG_SIDE = 1024


def suited_sampling(picture: Picture) -> str:
    """The key of `SAMPLING` that keeps the look of a picture.

    >>> pixels = np.zeros((32, 32, 3), np.uint8)
    >>> pixels[8:16, 8:16] = 255
    >>> suited_sampling(Picture(pixels=pixels))
    'nearest'
    """
    pixels = _middle(picture.pixels)
    # Grey; with alpha, the visible part only: what lies under the transparent one shows nowhere.
    channels = pixels.shape[2] - (1 if picture.has_alpha else 0)
    seen = pixels[:, :, -1] > 0 if picture.has_alpha else np.ones(pixels.shape[:2], bool)
    if not seen.any():
        return "linear"
    if len(np.unique(pixels[seen][:, :channels], axis=0)) <= _PALETTE:
        return "nearest"
    grey = pixels[:, :, :channels].astype(np.float32).mean(axis=2) / np.iinfo(pixels.dtype).max
    around = np.ones((3, 3), np.uint8)
    inside = cv2.erode(seen.astype(np.uint8), around) > 0
    step = (cv2.dilate(grey, around) - cv2.erode(grey, around))[inside]
    edges, gradients = (step > _EDGE).sum(), ((step > _GRAIN) & (step <= _EDGE)).sum()
    return "cubic" if edges > _LINES * max(gradients, 1) else "linear"


def _middle(pixels: np.ndarray) -> np.ndarray:
    """The middle of a picture, at most `_LONG_SIDE` px each way: scaling would make smooth edges of hard ones."""
    rows, columns = (slice((n - min(n, _LONG_SIDE)) // 2, (n + min(n, _LONG_SIDE)) // 2) for n in pixels.shape[:2])
    return pixels[rows, columns]
