# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies under the lids and the lips, and what a lid is made of."""

from __future__ import annotations

import cv2
import numpy as np

from ..layers import Head, Opening
from .maps import Box, fill, sample


class Interior:
    """An opening of a picture: its edges, and the layer behind them.

    `begin` takes a frame in, `dress` repaints the skin around the opening in the picture that is sampled, `cover`
    says where the skin is, `draw` gives what is behind it.
    """

    def __init__(self, source: np.ndarray, head: Head, opening: Opening, *, alpha: bool) -> None:
        self.head, self.opening = head, opening
        self.full = float(np.iinfo(source.dtype).max)
        self.alpha = alpha
        edge = np.concatenate([opening.upper.places, opening.lower.places])
        margin = 0.45 * head.unit
        whole = Box(0, source.shape[0], 0, source.shape[1])
        self.box = Box.around(edge.min(axis=0) - margin, edge.max(axis=0) + margin).clipped(whole)
        self.centres = self.box.centres()
        self.patch = source[self.box.slices].astype(np.float32)
        self._distances = np.stack(opening.cover(self.centres), axis=-1).astype(np.float32)
        self.points = head.points
        self.pose = np.eye(2, 3)
        self.gaze: tuple[np.ndarray, np.ndarray] | None = None

    def begin(self, points: np.ndarray, pose: np.ndarray, gaze: tuple[np.ndarray, np.ndarray] | None) -> None:
        """points (68, 2) px of the frame; pose (2, 3): the skull's similarity; gaze: irises then and now, or None."""
        self.points, self.pose, self.gaze = points, pose, gaze

    def dress(self, work: np.ndarray) -> None:
        """Repaint the skin of `work`, the picture that is sampled."""

    def cover(self, upper: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How much of each pixel the upper and the lower sheet cover, (h, w, 1) 0..1, from their maps."""
        origin = np.array([self.box.left, self.box.top], np.float32)
        shares = []
        for side, where in enumerate((upper, lower)):
            distance = cv2.remap(
                self._distances[:, :, side], where - origin, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
            )
            shares.append(np.clip(distance + 0.5, 0, 1)[:, :, None])
        return shares[0], shares[1]

    def draw(self, box: Box) -> np.ndarray:
        """What shows through the opening in the frame, in the pixels of `box`; (h, w, C) float32."""
        raise NotImplementedError

    def _moved(self, texture: np.ndarray, matrix: np.ndarray, box: Box) -> np.ndarray:
        """A texture of the patch put through x -> m x + b, in the pixels of `box`."""
        inverse = np.linalg.inv(matrix[:, :2])
        places = (box.centres() - matrix[:, 2]) @ inverse.T - (self.box.left, self.box.top) - 0.5
        return sample(texture, places.astype(np.float32))


class Eye(Interior):
    """The picture's own eyeball, never squashed; lids of clean skin with their lash line."""

    def __init__(self, source: np.ndarray, head: Head, opening: Opening, *, alpha: bool) -> None:
        super().__init__(source, head, opening, alpha=alpha)
        inside = (self._distances.max(axis=-1) < -0.5).astype(np.float32)
        self._ball = fill(self.patch, inside) if inside.any() else self.patch

    def draw(self, box: Box) -> np.ndarray:
        corners = [self.opening.anatomy.upper[0], self.opening.anatomy.upper[-1]]
        matrix = self.pose.copy()
        here, there = self.head.points[corners].mean(axis=0), self.points[corners].mean(axis=0)
        matrix[:, 2] = there - matrix[:, :2] @ here
        return self._moved(self._ball, matrix, box)


class Mouth(Interior):
    """The inside of a mouth."""

    def draw(self, box: Box) -> np.ndarray:
        made = np.zeros((*box.shape, self.patch.shape[2]), np.float32)
        if self.alpha:
            made[:, :, -1] = self.full
        return made
