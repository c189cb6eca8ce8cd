# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a line along an edge, see `core.layers.strips`."""

from __future__ import annotations

import cv2
import numpy as np

from ..layers.strips import Strip
from .maps import Box

_OVERSAMPLE = 4


def line_along(strip: Strip, box: Box) -> np.ndarray:
    """Coverage (h, w, 1) of a line along an edge, in the pixels of `box`."""
    width = strip.width
    outline = np.concatenate([strip.inner, strip.outer[::-1]])
    fine = np.zeros((box.shape[0] * _OVERSAMPLE, box.shape[1] * _OVERSAMPLE), np.uint8)

    def placed(points: np.ndarray) -> np.ndarray:
        return np.round(((points - (box.left, box.top)) * _OVERSAMPLE - 0.5) * 16).astype(np.int32)

    cv2.fillPoly(fine, [placed(outline)], 255, cv2.LINE_8, 4)
    for end in (0, -1):
        radius = int(width[end, 0] / 2 * _OVERSAMPLE * 16)
        cv2.circle(fine, placed(strip.middle[end]).tolist(), radius, 255, -1, cv2.LINE_8, 4)
    # Slivers of a polygon that turns over itself
    cv2.polylines(
        fine,
        [placed(strip.middle)],
        False,
        255,
        max(int(0.5 * _OVERSAMPLE * width.min()), 1),
        cv2.LINE_8,
        4,
    )
    cover = cv2.resize(fine, (box.shape[1], box.shape[0]), interpolation=cv2.INTER_AREA)
    return (cover.astype(np.float32) / 255)[:, :, None]
