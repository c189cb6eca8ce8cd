# SPDX-License-Identifier: GPL-3.0-or-later
"""Square crops of a picture, turned and scaled, and the way back."""

from __future__ import annotations

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL

MARGIN = 1.45  # a tight crop's side, in sides of the points' box


def window(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Middle (2,) and longer side of the box around points (N, 2)."""
    low, high = points.min(axis=0), points.max(axis=0)
    return (low + high) / 2, float((high - low).max())


def crop_matrix(middle: np.ndarray, side: float, turn: float, out: int) -> np.ndarray:
    """The map (2, 3) from the picture to a crop of `out` px that shows a square of `side` px about `middle`.

    In our coordinates. What is turned clockwise in the picture by `turn` radians is upright in the crop.

    >>> crop_matrix(np.array([10.0, 20.0]), 8.0, 0.0, 16) @ [10, 20, 1]
    array([8., 8.])
    """
    c, s = np.cos(turn) * out / side, np.sin(turn) * out / side
    matrix = np.array([[c, s], [-s, c]])
    return np.concatenate([matrix, (out / 2 - matrix @ middle)[:, None]], axis=1)


def warp(image: np.ndarray, matrix: np.ndarray, out: int) -> np.ndarray:
    """The crop (out, out, C) of a map in our coordinates; beyond the picture its border goes on."""
    centred = matrix.copy()
    centred[:, 2] += matrix[:, :2].sum(axis=1) * HALF_PIXEL - HALF_PIXEL
    return cv2.warpAffine(image, centred, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def back(points: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Points (N, P, 2) of crops to the picture; matrices (N, 2, 3)."""
    inverse = np.linalg.inv(matrices[:, :, :2])
    return (points - matrices[:, None, :, 2]) @ inverse.transpose(0, 2, 1)


class Pyramid:
    """A picture at halved sizes, so that a crop is always taken from one about as fine as itself."""

    def __init__(self, rgb: np.ndarray) -> None:
        self.levels = [rgb]

    def crop(self, matrix: np.ndarray, out: int) -> np.ndarray:
        """(out, out, 3) uint8; matrix as `crop_matrix` of the whole picture."""
        shrink = 1 / max(float(np.sqrt(abs(np.linalg.det(matrix[:, :2])))), 1e-9)
        level = int(np.clip(np.floor(np.log2(max(shrink, 1))), 0, 8))
        while len(self.levels) <= level and min(self.levels[-1].shape[:2]) >= 4:
            height, width = self.levels[-1].shape[:2]
            self.levels.append(cv2.resize(self.levels[-1], (width // 2, height // 2), interpolation=cv2.INTER_AREA))
        level = min(level, len(self.levels) - 1)
        image, (height, width) = self.levels[level], self.levels[0].shape[:2]
        stretch = np.array([width / image.shape[1], height / image.shape[0]])
        scaled = np.concatenate([matrix[:, :2] * stretch, matrix[:, 2:]], axis=1)
        return warp(image, scaled, out)
