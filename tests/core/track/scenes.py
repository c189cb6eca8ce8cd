# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of the astronaut's head where a test wants it."""

from __future__ import annotations

import cv2
import numpy as np

from core.track import Face

FACE_HEIGHT = 106.6  # of the astronaut, by the mesh
FACE_MIDDLE = (95.7, 113.2)  # in `head`


def canvas(width: int, height: int, *, seed: int = 1) -> np.ndarray:
    """A soft background with nothing in it."""
    cells = np.random.default_rng(seed).integers(60, 160, (12, 16, 3), dtype=np.uint8)
    return cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)


def paste(picture: np.ndarray, head: np.ndarray, *, middle: tuple[float, float], face_height: float) -> np.ndarray:
    """A copy of `picture` with the head so that its face is that high and lies about there."""
    zoom = face_height / FACE_HEIGHT
    how = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    small = cv2.resize(head, None, fx=zoom, fy=zoom, interpolation=how)
    x, y = (round(place - own * zoom) for place, own in zip(middle, FACE_MIDDLE, strict=True))
    out = picture.copy()
    left, top = max(0, x), max(0, y)
    right, bottom = min(out.shape[1], x + small.shape[1]), min(out.shape[0], y + small.shape[0])
    if right > left and bottom > top:
        out[top:bottom, left:right] = small[top - y : bottom - y, left - x : right - x]
    return out


def middle_of(face: Face) -> np.ndarray:
    x, y, width, height = face.box
    return np.array([x + width / 2, y + height / 2])
