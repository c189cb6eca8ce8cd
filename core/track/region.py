# SPDX-License-Identifier: GPL-3.0-or-later
"""A turned square of a picture, as a network sees it, and the way back from its coordinates to the picture's.

Two facts fix the half pixels. The networks were trained on crops whose pixel i shows the picture, in OpenCV's
coordinates, at corner + i * side / count: no half-pixel shift, so no other crop gives the same points. And the points
that come out are in the crop's corner convention, pixel i's centre at i + 0.5: a crop and its mirror image agree then
(measured: 0.8 to 1.1 crop pixels apart otherwise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..landmarks import HALF_PIXEL

MARGIN = 1.5  # side of the crop over the longer side of the face's box


@dataclass(frozen=True)
class Region:
    """Centre (x, y) and side in px, angle in rad (positive: clockwise on screen), in OpenCV's coordinates."""

    x: float
    y: float
    side: float
    angle: float = 0.0

    def matrix(self, count: int) -> np.ndarray:
        """(2, 3): from the crop's pixels (count along each side) to the picture's, both as OpenCV counts them."""
        step = self.side / count
        cos, sin = np.cos(self.angle) * step, np.sin(self.angle) * step
        half = count / 2
        return np.array(
            [
                [cos, -sin, self.x - half * (cos - sin)],
                [sin, cos, self.y - half * (sin + cos)],
            ]
        )

    def resembles(self, other: Region) -> bool:
        """Are the two so alike that a network says the same of either?"""
        apart = np.hypot(self.x - other.x, self.y - other.y) / self.side
        turn = (self.angle - other.angle + np.pi) % (2 * np.pi) - np.pi
        return bool(apart < 0.05 and abs(np.log(other.side / self.side)) < 0.1 and abs(turn) < 0.15)

    def crop(self, rgb: np.ndarray, count: int, *, replicate: bool = True) -> np.ndarray:
        """The square as (count, count, 3) uint8; outside the picture its border goes on, or black."""
        import cv2

        return cv2.warpAffine(
            rgb,
            self.matrix(count),
            (count, count),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE if replicate else cv2.BORDER_CONSTANT,
        )

    def to_picture(self, points: np.ndarray, count: int) -> np.ndarray:
        """A landmark network's points (..., 2 or 3) as our picture coordinates; z gets the scale of x."""
        out = np.array(points, np.float64)
        out[..., :2] = self.carried(out[..., :2] - HALF_PIXEL, count) + HALF_PIXEL
        out[..., 2:] *= self.side / count
        return out

    def carried(self, points: np.ndarray, count: int) -> np.ndarray:
        """Crop pixels (..., 2) to the picture's, both as OpenCV counts them."""
        matrix = self.matrix(count)
        return points @ matrix[:, :2].T + matrix[:, 2]


def around(points: np.ndarray, angle: float, *, margin: float = MARGIN) -> Region:
    """The crop for points (N, 2) in OpenCV's coordinates: margin times their upright box, turned by `angle`."""
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = (low + high) / 2
    return Region(float(x), float(y), float((high - low).max()) * margin, angle)


def slant(right: np.ndarray, left: np.ndarray) -> float:
    """Angle of the line from a face's right eye to its left one; rad, positive clockwise on screen."""
    return float(np.arctan2(left[1] - right[1], left[0] - right[0]))
