# SPDX-License-Identifier: GPL-3.0-or-later
"""Building bricks of characters in three dimensions: sheets, balls, tubes, tufts, in one mesh with coloured corners.

Units are those of the drawings (see curves.py): x to the right as seen, y down, and z towards the viewer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .dice import Colour, Dice


@dataclass(frozen=True, eq=False)
class Mesh:
    """points (N, 3) · faces (M, 3) of three points each · colours (N, 3) 0..255."""

    points: np.ndarray
    faces: np.ndarray
    colours: np.ndarray


@cache
def _grid_faces(rows: int, columns: int, closed: bool) -> np.ndarray:
    index = np.arange(rows * columns).reshape(rows, columns)
    if closed:
        index = np.concatenate([index, index[:, :1]], axis=1)
    a, b, c, d = index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]
    return np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])


@cache
def _sphere(rows: int, columns: int) -> np.ndarray:
    """(rows, columns, 3) on the unit sphere, its poles up and down."""
    down, around = np.linspace(0, np.pi, rows)[:, None], np.linspace(0, 2 * np.pi, columns, endpoint=False)
    return np.stack([np.sin(down) * np.cos(around), -np.cos(down) + 0 * around, np.sin(down) * np.sin(around)], -1)


def spread(values: np.ndarray | list[float] | float, count: int) -> np.ndarray:
    """A scalar or a few values, spread evenly over `count` places."""
    values = np.atleast_1d(np.asarray(values, np.float64))
    return np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(values)), values)


class Model:
    """A mesh that grows part by part. Colours: one, or one for each point."""

    def __init__(self) -> None:
        self._points: list[np.ndarray] = []
        self._faces: list[np.ndarray] = []
        self._colours: list[np.ndarray] = []
        self._count = 0

    def add(self, points: np.ndarray, faces: np.ndarray, colour: Colour | np.ndarray) -> None:
        self._points.append(points)
        self._faces.append(faces + self._count)
        self._colours.append(np.broadcast_to(np.asarray(colour, np.float64), points.shape))
        self._count += len(points)

    def sheet(
        self,
        grid: np.ndarray,
        colour: Colour | np.ndarray,
        *,
        closed: bool = False,
        where: np.ndarray | None = None,
    ) -> None:
        """grid (R, C, 3); closed: its last column meets the first; where (R, C): only faces that touch it."""
        colour = np.asarray(colour, np.float64)
        faces = _grid_faces(grid.shape[0], grid.shape[1], closed)
        if where is not None:
            faces = faces[where.ravel()[faces].any(axis=1)]
        self.add(grid.reshape(-1, 3), faces, colour.reshape(-1, 3) if colour.ndim > 1 else colour)

    def ball(
        self,
        centre: np.ndarray,
        radii: tuple[float, float, float],
        colour: Colour,
        *,
        turn: float = 0.0,
        detail: int = 14,
    ) -> None:
        """An ellipsoid; turn: clockwise as seen, radians."""
        grid = _sphere(detail, 2 * detail) * radii
        c, s = np.cos(turn), np.sin(turn)
        grid = np.stack(
            [c * grid[..., 0] - s * grid[..., 1], s * grid[..., 0] + c * grid[..., 1], grid[..., 2]], axis=-1
        )
        self.sheet(grid + centre, colour, closed=True)

    def tube(
        self,
        path: np.ndarray,
        radii: np.ndarray | list[float] | float,
        colour: Colour | np.ndarray,
        *,
        closed: bool = False,
        sides: int = 8,
    ) -> None:
        """path (N, 3), radii spread along it; an open tube has closed ends."""
        radius = spread(radii, len(path))
        if closed:
            path, radius = np.concatenate([path, path[:1]]), np.append(radius, radius[0])
        along = np.gradient(path, axis=0)
        if closed:
            along[0] = along[-1] = path[1] - path[-2]
        along /= np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
        side = np.cross(along, (0.02, 0.03, 1.0))
        side /= np.maximum(np.linalg.norm(side, axis=1), 1e-9)[:, None]
        up = np.cross(side, along)
        if not closed:
            path, radius = path[[0, *range(len(path)), -1]], np.concatenate([[0.0], radius, [0.0]])
            side, up = side[[0, *range(len(side)), -1]], up[[0, *range(len(up)), -1]]
        angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None]
        ring = np.cos(angle) * side[:, None] + np.sin(angle) * up[:, None]
        self.sheet(path[:, None] + ring * radius[:, None, None], colour, closed=True)

    def tufts(
        self, roots: np.ndarray, ways: np.ndarray, length: float, width: float, colours: np.ndarray, dice: Dice
    ) -> None:
        """A pointed blade at each root (N, 3) along its way (N, 3, unit); colours (N, 3)."""
        count = len(roots)
        across = np.cross(ways, dice.rng.normal(size=(count, 3)))
        across *= 0.5 * width / np.maximum(np.linalg.norm(across, axis=1), 1e-9)[:, None]
        tips = roots + ways * (length * (0.5 + dice.rng.random((count, 1))))
        points = np.stack([roots - across, roots + across, tips], axis=1).reshape(-1, 3)
        tones = np.clip(colours * (0.82 + 0.36 * dice.rng.random((count, 1))), 0, 255)
        self.add(points, np.arange(3 * count).reshape(-1, 3), np.repeat(tones, 3, axis=0))

    def mesh(self) -> Mesh:
        return Mesh(np.concatenate(self._points), np.concatenate(self._faces), np.concatenate(self._colours))
