# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain alternative: one thin-plate spline through all 68 points warps the whole picture (Bookstein 1989)."""

from __future__ import annotations

import cv2
import numpy as np

_CELL = 8


class ThinPlateCanvas:
    """A picture (H, W, C) with landmarks `points` (68, 2) px, drawn with them elsewhere."""

    def __init__(self, pixels: np.ndarray, points: np.ndarray) -> None:
        self.pixels, self.points = pixels, points
        height, width = pixels.shape[:2]
        corners = np.array([[0, 0], [width / 2, 0], [width, 0], [0, height / 2]], np.float64)
        self.frame_points = np.concatenate([corners, (width, height) - corners])

    def where(self, points: np.ndarray) -> np.ndarray:
        """The backward map (H, W, 2) float32, OpenCV's convention, for landmarks at `points` (68, 2) px."""
        height, width = self.pixels.shape[:2]
        centres = np.concatenate([points, self.frame_points])
        values = np.concatenate([self.points, self.frame_points])
        count = len(centres)
        system = np.zeros((count + 3, count + 3))
        system[:count, :count] = _bend(centres, centres) + 1e-3 * np.eye(count)
        system[:count, count:] = np.column_stack([np.ones(count), centres])
        system[count:, :count] = system[:count, count:].T
        weights = np.linalg.solve(system, np.concatenate([values, np.zeros((3, 2))]))
        # A margin of one cell: at its border a resize repeats the last node, which would flatten the map.
        columns, rows = -(-width // _CELL) + 2, -(-height // _CELL) + 2
        x, y = np.meshgrid((np.arange(columns) - 0.5) * _CELL, (np.arange(rows) - 0.5) * _CELL)
        nodes = np.column_stack([x.ravel(), y.ravel()])
        affine = np.column_stack([np.ones(len(nodes)), nodes]) @ weights[count:]
        coarse = (_bend(nodes, centres) @ weights[:count] + affine - 0.5).reshape(rows, columns, 2).astype(np.float32)
        fine = cv2.resize(coarse, (columns * _CELL, rows * _CELL), interpolation=cv2.INTER_LINEAR)
        return fine[_CELL : _CELL + height, _CELL : _CELL + width]

    def frame(self, points: np.ndarray) -> np.ndarray:
        return cv2.remap(self.pixels, self.where(points), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def _bend(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    squared = ((points[:, None] - centres[None]) ** 2).sum(axis=-1)
    return 0.5 * squared * np.log(np.maximum(squared, 1e-12))
