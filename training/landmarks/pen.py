# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a face stands in the picture, and drawing there with curves in face units."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.landmarks import HALF_PIXEL

from .dice import Colour

SHIFT = 4  # binary places of OpenCV's polygon corners


@dataclass(frozen=True)
class Pose:
    """Face units to pixels: a dome turned by yaw and pitch (radians), then roll, scale (px per unit), and a soft warp.

    middle, height: the dome's middle and half height · depth · muzzle: (y, lift, radius) of a bulge on it ·
    warp: (2, 4) amplitude in units, waves per unit in x and y, phase, of either axis.
    """

    yaw: float
    pitch: float
    roll: float
    scale: float
    place: tuple[float, float]
    middle: float
    height: float
    depth: float
    muzzle: tuple[float, float, float]
    warp: np.ndarray

    def depth_at(self, path: np.ndarray) -> np.ndarray:
        x, y = path[:, 0], path[:, 1]
        dome = self.depth * np.sqrt(np.clip(1 - (x / 1.04) ** 2 - ((y - self.middle) / self.height) ** 2, 0, 1))
        at, lift, radius = self.muzzle
        return dome + lift * np.exp(-(x**2 + (y - at) ** 2) / radius**2)

    def __call__(self, path: np.ndarray, *, depth: np.ndarray | float | None = None, lift: float = 0.0) -> np.ndarray:
        """(N, 2) face units to pixels. depth: towards the viewer, in units; default: on the dome."""
        path = np.asarray(path, np.float64)
        z = (self.depth_at(path) if depth is None else np.broadcast_to(depth, len(path))) + lift
        x = path[:, 0] * np.cos(self.yaw) + z * np.sin(self.yaw)
        y = path[:, 1] * np.cos(self.pitch) + z * np.sin(self.pitch)
        (ax, fx, gx, px), (ay, fy, gy, py) = self.warp
        x, y = x + ax * np.sin(fx * x + gx * y + px), y + ay * np.sin(fy * x + gy * y + py)
        c, s = np.cos(self.roll) * self.scale, np.sin(self.roll) * self.scale
        return np.stack([c * x - s * y + self.place[0], s * x + c * y + self.place[1]], axis=1)

    def outline(self, path: np.ndarray) -> np.ndarray:
        """The head's edge: flat at the temples, the chin a little towards the viewer."""
        low = np.clip(path[:, 1] / max(path[:, 1].max(), 0.1), 0, 1)
        return self(path, depth=0.45 * self.depth * low**2)


class Pen:
    """A picture (size, size, 3) uint8 RGB and drawing on it. Paths are in face units unless `px` is set."""

    def __init__(self, size: int, pose: Pose) -> None:
        self.image = np.zeros((size, size, 3), np.uint8)
        self.size, self.pose = size, pose
        self.solid = np.zeros((size, size), np.uint8)  # all of the character so far

    def _corners(self, path: np.ndarray, px: bool) -> np.ndarray:
        points = np.asarray(path) if px else self.pose(path)
        return np.clip(np.round((points - HALF_PIXEL) * (1 << SHIFT)), -(1 << 20), 1 << 20).astype(np.int32)

    def fill(self, path: np.ndarray, colour: Colour, *, px: bool = False, body: bool = False) -> None:
        corners = self._corners(path, px)
        cv2.fillPoly(self.image, [corners], colour, cv2.LINE_AA, SHIFT)
        if body:
            cv2.fillPoly(self.solid, [corners], 255, cv2.LINE_AA, SHIFT)

    def line(self, path: np.ndarray, width: float, colour: Colour, *, px: bool = False, closed: bool = False) -> None:
        """width in face units; at least one pixel."""
        thick = max(1, round(width * self.pose.scale))
        cv2.polylines(self.image, [self._corners(path, px)], closed, colour, thick, cv2.LINE_AA, SHIFT)

    def mask(self, path: np.ndarray, *, px: bool = False, blur: float = 0.0) -> np.ndarray:
        """(size, size) float32 0..1; blur in face units."""
        mask = np.zeros((self.size, self.size), np.uint8)
        cv2.fillPoly(mask, [self._corners(path, px)], 255, cv2.LINE_AA, SHIFT)
        return self.blurred(mask.astype(np.float32) / 255, blur)

    def blurred(self, mask: np.ndarray, amount: float) -> np.ndarray:
        radius = int(amount * self.pose.scale)
        if radius < 1:
            return mask
        box = (2 * radius + 1, 2 * radius + 1)
        return cv2.blur(cv2.blur(mask, box), box)

    def paint(self, mask: np.ndarray, colour: Colour, opacity: float = 1.0) -> None:
        """Blend a colour in by a mask (size, size) 0..1."""
        rows, columns = np.flatnonzero(mask.max(axis=1) > 0), np.flatnonzero(mask.max(axis=0) > 0)
        if not len(rows):
            return
        spot = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        weight = (mask[spot] * opacity)[..., None]
        part = self.image[spot]
        self.image[spot] = (part * (1 - weight) + np.array(colour, np.float32) * weight + 0.5).astype(np.uint8)

    def multiply(self, factor: np.ndarray, mask: np.ndarray) -> None:
        """Light: the picture times factor (size, size) where the mask is 1."""
        gain = (1 + (factor - 1) * mask)[..., None]
        self.image = np.clip(self.image * gain, 0, 255).astype(np.uint8)
