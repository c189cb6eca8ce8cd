# SPDX-License-Identifier: GPL-3.0-or-later
"""The outline of a drawn eye that runs around it as one even line: it goes with the upper lid, as thick as it was.

Pulled along with the skin it would be smeared. So its upper half is taken out of the picture that is sampled, and
drawn along the edge of the lid where a frame has it.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..layers import Opening
from ..layers.strips import Strip
from .maps import Box, fill

_OVERSAMPLE = 4
# How far around the eye skin is painted over its ring, in thicknesses.
_WIPED = 1.6
_THICKEST = 3.5


def without_ring(patch: np.ndarray, opening: Opening, box: Box) -> tuple[np.ndarray, np.ndarray]:
    """The patch (h, w, C) of an eye with skin instead of its ring, and where it differs (h, w, 1)."""
    assert opening.shape is not None
    t, n = opening.local(box.centres())
    upper, lower = opening.edges(t)
    inside = (n > upper) & (n < lower) & (t > 0) & (t < 1)
    away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
    thick = max(opening.shape.band)
    ring = ~inside & (away < _WIPED * thick + 4)
    known = (away > _WIPED * thick + 5) & (away < 4 * thick + 16)
    if known.any():
        # Not the brow, nor the outline of the face
        off = np.abs(patch - np.median(patch[known], axis=0)).max(axis=-1)
        usual = known & (off <= max(float(np.percentile(off[known], 70)), 1.0))
        known = usual if usual.any() else known
    # Where it is thicker than elsewhere, too
    line = np.median(patch[~inside & (away < 0.7 * thick)], axis=0)
    alike = (np.abs(patch - line).max(axis=-1) < 0.12 * np.ptp(patch)) & (away < _THICKEST * thick)
    _, labels = cv2.connectedComponents((ring | (alike & ~inside)).astype(np.uint8))
    ring = labels == labels[ring][0]
    ring = (cv2.dilate(ring.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0) & ~inside
    skin = fill(patch, known & ~ring, wanted=ring)
    return skin, ring[:, :, None].astype(np.float32)


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
