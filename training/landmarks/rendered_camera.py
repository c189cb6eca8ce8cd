# SPDX-License-Identifier: GPL-3.0-or-later
"""From a solid character to the picture: a camera of any focal length, and the outline that it sees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dice import Dice
from .pen import Pose

FINER = 5  # places between two rows of the surface


@dataclass(frozen=True)
class Camera:
    """Face units in three dimensions to pixels and a depth in pixels. distance: of the eye, in face units."""

    turn: np.ndarray
    scale: float
    place: tuple[float, float]
    distance: float

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """(..., 3) to (..., 3). Flat things stay flat: the depth is the one of a perspective picture."""
        seen = points @ self.turn.T
        grow = self.distance / np.maximum(self.distance - seen[..., 2], 0.3 * self.distance)
        return np.stack(
            [
                self.scale * grow * seen[..., 0] + self.place[0],
                self.scale * grow * seen[..., 1] + self.place[1],
                self.scale * self.distance * (grow - 1),
            ],
            axis=-1,
        )


def camera(dice: Dice, pose: Pose) -> Camera:
    yaw, pitch, roll = pose.yaw, pose.pitch, pose.roll
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    around = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return Camera(tilt @ nod @ around, pose.scale, pose.place, float(np.exp(dice.between(np.log(4.5), np.log(30)))))


def silhouette(grid: np.ndarray, middle: np.ndarray, *, bins: int = 240) -> np.ndarray:
    """The outline (N, 2) of a head's surface (R, C, 2) px, star-shaped about `middle`, by rising angle."""
    step = np.linspace(0, 1, FINER, endpoint=False)[:, None, None, None]
    points = (grid[:-1] * (1 - step) + grid[1:] * step).reshape(-1, 2)  # rows alone would leave bins without an edge
    away = points - middle
    angle, reach = np.arctan2(away[:, 1], away[:, 0]), np.hypot(away[:, 0], away[:, 1])
    slot = np.minimum(((angle + np.pi) / (2 * np.pi) * bins).astype(int), bins - 1)
    farthest = np.full(bins, -1)
    order = np.argsort(reach)
    farthest[slot[order]] = order
    return points[farthest[farthest >= 0]]


def jaw_line(
    outline: np.ndarray, middle: np.ndarray, first: np.ndarray, low: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """The part of an outline from the direction of `first` by that of `low` to that of `last`."""

    def angle(at: np.ndarray) -> np.ndarray:
        return np.arctan2(at[..., 1] - middle[1], at[..., 0] - middle[0])

    base = angle(low)

    def turn(at: np.ndarray) -> np.ndarray:  # from the chin, left (as seen) positive
        return (angle(at) - base + np.pi) % (2 * np.pi) - np.pi

    turns, reach = turn(outline), np.hypot(*(outline - middle).T)
    order = np.argsort(turns)
    wanted = np.linspace(turn(first), turn(last), 121)
    far = np.interp(wanted, turns[order], reach[order], period=2 * np.pi)
    return middle + far[:, None] * np.stack([np.cos(wanted + base), np.sin(wanted + base)], axis=1)
