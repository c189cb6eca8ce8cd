# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture's features on a coarse grid, and how alike they are to those of single points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import ErrorCode, FaceShotError

_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class FeatureMap:
    """values (h, w, C): a unit vector per cell · size (width, height) px of the picture that the grid covers.

    Cell (row, column) stands for the pixel ((column + 0.5) width / w, (row + 0.5) height / h). Never made larger: 1,280
    channels at 512 x 512 would be 1.3 GB.
    """

    values: np.ndarray
    size: tuple[float, float]

    @classmethod
    def of(cls, values: np.ndarray, size: tuple[float, float]) -> FeatureMap:
        """The map of features (h, w, C) of any length. Raises USAGE for another shape, or what is not finite."""
        values = np.asarray(values, np.float32)
        if values.ndim != 3 or min(values.shape) < 1 or not np.isfinite(values).all():
            raise FaceShotError(ErrorCode.USAGE, f"Features are (rows, columns, channels), not {values.shape}.")
        return cls(normalised(values), size)

    @property
    def cell(self) -> np.ndarray:
        """(2,) width and height of a cell, px."""
        return np.array(self.size) / (self.values.shape[1], self.values.shape[0])

    def to_cells(self, points: np.ndarray) -> np.ndarray:
        """Pixels (..., 2) as columns and rows of the grid, 0 at the middle of the first cell."""
        return np.asarray(points) / self.cell - 0.5

    def to_pixels(self, cells: np.ndarray) -> np.ndarray:
        return (np.asarray(cells) + 0.5) * self.cell

    def at(self, points: np.ndarray) -> np.ndarray:
        """The features (N, C) at points (N, 2) px, between cells a mixture of the four around; unit vectors."""
        rows, columns = self.values.shape[:2]
        x, y = np.clip(self.to_cells(points), 0, (columns - 1, rows - 1)).T
        left, top = np.floor(x).astype(int), np.floor(y).astype(int)
        right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
        across, down = (x - left)[:, None], (y - top)[:, None]
        upper = (1 - across) * self.values[top, left] + across * self.values[top, right]
        lower = (1 - across) * self.values[bottom, left] + across * self.values[bottom, right]
        return normalised((1 - down) * upper + down * lower)

    def alike(self, features: np.ndarray) -> np.ndarray:
        """Cosines (N, h, w) of unit vectors (N, C) with all cells."""
        rows, columns, channels = self.values.shape
        return (features.astype(np.float32) @ self.values.reshape(-1, channels).T).reshape(-1, rows, columns)


def normalised(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors along the last axis; zero stays zero.

    >>> normalised(np.array([[3.0, 4.0], [0.0, 0.0]])).round(1).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(length, _LEAST)
