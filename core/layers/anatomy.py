# SPDX-License-Identifier: GPL-3.0-or-later
"""What 68 points say about a head: its unit, its axes, its outline above the brows, what is bound to the skull.

All lengths are in `unit`s: the distance between the eye centres (for a face without eyes: its width / 2.1).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np

from ..landmarks import COUNT, MIRROR, PARTS, eye_centres, face_width, inter_ocular

# Depth of a plain face in units, z away from the viewer; right half and midline. Authored by eye from head shapes.
_DEPTH_HALF = {
    0: 0.95, 1: 0.90, 2: 0.84, 3: 0.74, 4: 0.60, 5: 0.42, 6: 0.26, 7: 0.14, 8: 0.10,
    17: 0.22, 18: 0.08, 19: 0.0, 20: -0.05, 21: -0.08, 27: -0.08, 28: -0.22, 29: -0.36, 30: -0.48,
    31: -0.12, 32: -0.20, 33: -0.24, 36: 0.20, 37: 0.08, 38: 0.04, 39: 0.06, 40: 0.04, 41: 0.08,
    48: 0.06, 49: -0.10, 50: -0.18, 51: -0.20, 57: -0.14, 58: -0.12, 59: -0.04,
    60: 0.04, 61: -0.14, 62: -0.16, 66: -0.14, 67: -0.12,
}  # fmt: skip

# How firmly a point is bound to the skull: the rest is expression.
_FIRM = {0: 1.0, 1: 1.0, 2: 0.8, 3: 0.4, 8: 0.05, 27: 1.0, 28: 1.0, 29: 1.0, 30: 1.0, 31: 0.7, 32: 0.8, 33: 0.8,
         36: 1.0, 39: 1.0, 17: 0.15, 18: 0.1, 21: 0.1}  # fmt: skip

SKULL_COUNT = 7


def _mirrored(half: dict[int, float], default: float) -> np.ndarray:
    values = np.full(COUNT, default)
    for index, value in half.items():
        values[index] = values[MIRROR[index]] = value
    values.setflags(write=False)
    return values


DEPTH = _mirrored(_DEPTH_HALF, 0.0)
FIRMNESS = _mirrored(_FIRM, 0.0)


@dataclass(frozen=True, eq=False)
class Head:
    """The frame of a face on a picture: points (68, 2) px, the parts it has, and what follows from them.

    unit px; centre (2,): the middle of the eyes; across, down (2,): unit vectors along the eyes and to the chin;
    half_width px: half the jaw's width; height px: from the eyes to the chin.
    """

    points: np.ndarray
    present: Set[str]
    unit: float
    centre: np.ndarray
    across: np.ndarray
    down: np.ndarray
    half_width: float
    height: float

    @classmethod
    def of(cls, points: np.ndarray, present: Set[str]) -> Head:
        points = np.asarray(points, np.float64)
        width = float(face_width(points))
        if {"right_eye", "left_eye"} <= present:
            right, left = eye_centres(points)
            unit = float(inter_ocular(points))
        else:
            right, left = points[0], points[16]
            unit = width / 2.1
        # A face drawn in a handful of pixels, or points on top of each other, must not divide by zero.
        unit = max(unit, width / 6, 2.0)
        across = left - right
        length = float(np.linalg.norm(across))
        across = across / length if length > 0 else np.array([1.0, 0.0])
        down = np.array([-across[1], across[0]])
        centre = (right + left) / 2
        return cls(
            points=points,
            present=frozenset(present),
            unit=unit,
            centre=centre,
            across=across,
            down=down,
            half_width=max(width / 2, 0.6 * unit),
            height=max(float((points[8] - centre) @ down), 0.9 * unit),
        )

    def indices(self, *parts: str) -> list[int]:
        """The points of those of the parts that are present."""
        return [index for part in parts if part in self.present for index in range(*PARTS[part].indices(COUNT))]

    def place(self, across: np.ndarray, down: np.ndarray) -> np.ndarray:
        """Points at px `across` and `down` from the centre; (n, 2)."""
        return self.centre + np.multiply.outer(across, self.across) + np.multiply.outer(down, self.down)

    def radius(self, points: np.ndarray) -> np.ndarray:
        """Elliptic distance from the middle of the eyes: about 1 just outside the face and its hair; (...)."""
        offset = points - self.centre
        return np.hypot(
            offset @ self.across / (1.25 * self.half_width),
            offset @ self.down / (1.15 * self.height),
        )

    def firmness(self) -> np.ndarray:
        """How firmly each point is bound to the skull, (68,); 0 for those of missing parts.

        On a face without a nose (a ball, a box) eyes wander over the head: its outline alone is the head.
        """
        firm = np.zeros(COUNT)
        if "nose" in self.present:
            keep = self.indices(*PARTS)
            firm[keep] = FIRMNESS[keep]
        else:
            firm[PARTS["jaw"]] = 1.0
        return firm

    def skull(self) -> tuple[np.ndarray, np.ndarray]:
        """Points over the hair, where no landmark is: (7, 2) px, and how they move with the landmarks: (7, 68).

        They follow a ridge fit of what is bound to the skull: an affine map plus parallax by depth.
        """
        angles = np.radians(np.linspace(-160, -20, SKULL_COUNT))
        places = self.place(1.15 * self.half_width * np.cos(angles), self.height * np.sin(angles))
        depth = 0.6 + 0.5 * np.abs(np.cos(angles))
        chosen = self.firmness()
        # Columns: shift, along the eyes, down, depth; all in units, so that one ridge suits every picture.
        local = (self.points - self.centre) / self.unit
        known = np.stack([np.ones(COUNT), local @ self.across, local @ self.down, DEPTH], axis=-1)
        there = (places - self.centre) / self.unit
        wanted = np.stack([np.ones(SKULL_COUNT), there @ self.across, there @ self.down, depth], axis=-1)
        normal = known.T @ (chosen[:, None] * known) + np.diag([1e-6, 0.4, 0.4, 0.6])
        return places, wanted @ np.linalg.solve(normal, (chosen[:, None] * known).T)

    def similarity(self, points: np.ndarray) -> np.ndarray:
        """How the skull of this picture lies in a frame with landmarks (68, 2) px: (2, 3), x -> m[:, :2] x + m[:, 2].

        Turn, scale and shift that fit best what is bound to the skull.
        """
        share = self.firmness()
        share /= share.sum()
        here, there = share @ self.points, share @ points
        x, y = (self.points - here).T
        u, v = (points - there).T
        spread = share @ (x * x + y * y)
        cosine, sine = share @ (x * u + y * v) / spread, share @ (x * v - y * u) / spread
        matrix = np.array([[cosine, -sine], [sine, cosine]])
        return np.concatenate([matrix, (there - matrix @ here)[:, None]], axis=1)

    def brow_band(self) -> tuple[np.ndarray, list[int]]:
        """A second row of points under the brows, (n, 2) px, and the landmark each of them moves with.

        The landmarks lie on a brow's upper edge: without the band its hair is pulled over the lid.
        """
        places, moves_with = [], []
        for brow, eye in (("right_brow", "right_eye"), ("left_brow", "left_eye")):
            for index in self.indices(brow):
                offset = 0.13 * self.unit
                if eye in self.present:
                    lid = self.points[PARTS[eye]][:4]
                    offset = min(offset, 0.45 * float(np.linalg.norm(lid - self.points[index], axis=1).min()))
                places.append(self.points[index] + offset * self.down)
                moves_with.append(index)
        return np.array(places).reshape(-1, 2), moves_with
