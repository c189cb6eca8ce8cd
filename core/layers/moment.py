# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame of a face: where its landmarks are, how its skull lies, where it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .anatomy import Head
from .openings import Opening


@dataclass(frozen=True, eq=False)
class Moment:
    """head: the picture's; points (68, 2) px: the frame's landmarks, settled (see `Opening.settle`); gaze: irises
    (2, 2) px in the picture and in the frame, or None."""

    head: Head
    points: np.ndarray
    gaze: tuple[np.ndarray, np.ndarray] | None = None

    @cached_property
    def pose(self) -> np.ndarray:
        """The skull's similarity (2, 3): x -> m[:, :2] x + m[:, 2]."""
        return self.head.similarity(self.points)

    @property
    def scale(self) -> float:
        """The size of the head in this frame over that in the picture."""
        return float(np.hypot(self.pose[0, 0], self.pose[1, 0]))

    def held(self, places: np.ndarray) -> np.ndarray:
        """Where the skull alone takes places (..., 2) px of the picture."""
        return places @ self.pose[:, :2].T + self.pose[:, 2]

    def strayed(self, indices: Sequence[int] | slice) -> float:
        """How far the farthest of these landmarks is from where the skull alone takes it, px along an axis."""
        return float(np.abs(self.points[indices] - self.held(self.head.points[indices])).max())

    def edges(self, opening: Opening) -> tuple[np.ndarray, np.ndarray]:
        """The upper and the lower edge of an opening, (n, 2) px each."""
        change = self.points - self.head.points
        upper, lower = (rim.places + rim.weights @ change for rim in (opening.upper, opening.lower))
        return upper, lower

    def stillness(self, opening: Opening) -> float:
        """1 when the edges of an opening are where the picture has them, 0 from 2 px on; the head may move."""
        return float(np.clip(1 - self.strayed([*opening.anatomy.upper, *opening.anatomy.lower]) / 2, 0, 1))

    def gap(self, opening: Opening) -> float:
        """Mean distance of the inner points across an opening, in widths; negative where its edges overlap."""
        upper, lower = opening.anatomy.upper, opening.anatomy.lower
        chord = self.points[upper[-1]] - self.points[upper[0]]
        across = self.points[list(lower[1:-1])] - self.points[list(upper[1:-1])]
        turned = np.array([-chord[1], chord[0]]) * opening.handedness
        return float((across @ turned).mean() / max(float(chord @ chord), 1e-12))

    def slide(self, side: int, matrix: np.ndarray, most: float) -> tuple[np.ndarray, float]:
        """How far the gaze takes what lies in eye `side` (0 right, 1 left) beyond `matrix` (2, 3): (2,) px, at most
        `most`; and how far it wants to."""
        if self.gaze is None:
            return np.zeros(2), 0.0
        was, now = self.gaze[0][side], self.gaze[1][side]
        slide = now - (matrix[:, :2] @ was + matrix[:, 2])
        length = float(np.linalg.norm(slide))
        return slide * min(1.0, most / max(length, 1e-9)), length
