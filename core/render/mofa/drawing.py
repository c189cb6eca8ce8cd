# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks as coloured lines on black: what the landmark adapter looks at beside the motion."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import cv2
import numpy as np

# Side of the canvas that the lines are drawn on, and how thick: as the adapter was trained.
SIDE, THICKNESS = 320, 2

# The switches of the adapter, with the points that each lets through, in the order of the published code.
PARTS: dict[str, tuple[int, ...]] = {
    "boundary": tuple(range(17)),
    "brows": tuple(range(17, 27)),
    "nose": tuple(range(27, 36)),
    "eyes": tuple(range(36, 48)),
    "outer_lips": tuple(range(48, 60)),
    "inner_lips": tuple(range(60, 68)),
}

# part, colour in stored channel order, points one after the other; drawn in this order
_LINES: tuple[tuple[str, tuple[int, int, int], tuple[int, ...]], ...] = (
    ("boundary", (10, 200, 10), tuple(range(17))),
    ("eyes", (180, 200, 10), (42, 43, 44, 45, 46, 47, 42)),
    ("brows", (180, 220, 10), (22, 23, 24, 25, 26)),
    ("eyes", (10, 200, 180), (36, 37, 38, 39, 40, 41, 36)),
    ("brows", (10, 220, 180), (17, 18, 19, 20, 21)),
    ("nose", (10, 200, 250), (27, 28, 29, 30)),
    ("nose", (250, 200, 10), (31, 32, 33, 34, 35)),
    ("outer_lips", (10, 180, 20), (54, 55, 56, 57)),
    ("outer_lips", (20, 10, 180), (48, 59, 58, 57)),
    ("outer_lips", (20, 80, 100), (51, 52, 53, 54)),
    ("outer_lips", (80, 100, 20), (51, 50, 49, 48)),
    ("inner_lips", (100, 100, 30), (64, 65, 66)),
    ("inner_lips", (100, 150, 50), (60, 67, 66)),
    ("inner_lips", (120, 100, 200), (62, 63, 64)),
    ("inner_lips", (150, 120, 100), (62, 61, 60)),
)


def draw_landmarks(points: np.ndarray, parts: Iterable[str] = PARTS) -> np.ndarray:
    """Lines through 68 points on a canvas of SIDE: points (68, 2) px of that canvas; (SIDE, SIDE, 3) uint8."""
    wanted = set(parts)
    drawn = np.zeros((SIDE, SIDE, 3), np.uint8)
    places = np.asarray(points, np.float64).astype(np.int64)  # truncated, as in training
    for part, colour, line in _LINES:
        if part in wanted:
            for one, other in itertools.pairwise(line):
                cv2.line(drawn, _pixel(places[one]), _pixel(places[other]), colour, THICKNESS)
    return drawn


def _pixel(place: np.ndarray) -> tuple[int, int]:
    return int(place[0]), int(place[1])


def drawings(points: np.ndarray, size: tuple[int, int], parts: Iterable[str] = PARTS) -> np.ndarray:
    """The lines of each frame at the size of the image: points (T, 68, 2) px on `size` (width, height).

    Returns (T, 3, H, W) float32 in 0..1.
    """
    parts = tuple(parts)
    scaled = np.asarray(points, np.float64) * (SIDE / np.array(size, np.float64))
    # bilinear, since the published call hands its wish for nearest to another argument
    frames = [cv2.resize(draw_landmarks(frame, parts).astype(np.float32), size) for frame in scaled]
    return np.stack(frames).transpose(0, 3, 1, 2) / np.float32(255)


def moving_points(parts: Iterable[str] = PARTS) -> list[int]:
    """The points whose motion is used, in the order in which the parts are listed."""
    return [index for part in parts for index in PARTS[part]]
