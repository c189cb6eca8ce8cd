# SPDX-License-Identifier: GPL-3.0-or-later
"""A plane's picture in a region of a 3D viewport: from its pixels to those of the screen, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .points import PictureOnPlane

# Where rays of an orthographic view begin, in metres before it: before everything.
_BEFORE = 1e6


@dataclass(frozen=True, eq=False)
class PictureInView:
    """surface: the picture in the scene · view, window: (4, 4) world to view, view to clip · size: the region's px."""

    surface: PictureOnPlane
    view: np.ndarray
    window: np.ndarray
    size: tuple[int, int]

    @classmethod
    def of(cls, surface: PictureOnPlane, region: Any, view: Any) -> PictureInView:
        """`view` is the RegionView3D of the region."""
        there, shown = np.array(view.view_matrix, np.float64), np.array(view.window_matrix, np.float64)
        return cls(surface, there, shown, (region.width, region.height))

    @property
    def key(self) -> tuple[bytes, bytes, tuple[int, int]]:
        """Equal for views from the same place."""
        return self.view.tobytes(), self.window.tobytes(), self.size

    def on_screen(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) px of the region, y up, of (N, 2) px of the picture; NaN for what is behind the eye."""
        places = self.surface.world(points)
        clip = np.column_stack([places, np.ones(len(places))]) @ (self.window @ self.view).T
        depth = np.where(clip[:, 3:] > 1e-9, clip[:, 3:], np.nan)
        return np.asarray((clip[:, :2] / depth + 1) / 2 * self.size)

    def pixel(self, x: float, y: float) -> np.ndarray | None:
        """(2,) px of the picture under a px of the region, also beyond the picture's edge; None where it shows none."""
        across, up = 2 * x / self.size[0] - 1, 2 * y / self.size[1] - 1
        window = self.window
        if window[3, 3] == 0:  # perspective
            origin = np.zeros(3)
            way = np.array([(across + window[0, 2]) / window[0, 0], (up + window[1, 2]) / window[1, 1], -1.0])
        else:
            origin = np.array([(across - window[0, 3]) / window[0, 0], (up - window[1, 3]) / window[1, 1], _BEFORE])
            way = np.array([0.0, 0.0, -1.0])
        back = np.linalg.inv(self.view)
        found = self.surface.pixel(back[:3, :3] @ origin + back[:3, 3], back[:3, :3] @ way)
        return None if found is None or not np.isfinite(found).all() else np.array(found)
