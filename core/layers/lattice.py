# SPDX-License-Identifier: GPL-3.0-or-later
"""A regular grid of vertices over a canvas, displacements on it, and their inverse.

Nodes lie at the centres of square cells of a whole number of pixels; one cell of margin surrounds the canvas, so that
the hull of the nodes covers it. A displacement field is an array (rows, columns, 2) in pixels; between nodes it is
bilinear. A node's coordinate in node units ("index") is x / step + 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# How many nodes around a fold smoothing changes and reads
_AROUND = 4


@dataclass(frozen=True)
class Window:
    """A rectangle of nodes: rows top..bottom and columns left..right, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def union(self, other: Window) -> Window:
        """The smallest window around both."""
        return Window(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
        )

    def within(self, outer: Window) -> tuple[slice, slice]:
        """The slices of this window in an array that covers `outer`."""
        return (
            slice(self.top - outer.top, self.bottom - outer.top),
            slice(self.left - outer.left, self.right - outer.left),
        )


@dataclass(frozen=True)
class Lattice:
    """The grid of a canvas of `size` (width, height) px with cells of `step` px."""

    size: tuple[int, int]
    step: int

    @property
    def shape(self) -> tuple[int, int]:
        width, height = self.size
        return -(-height // self.step) + 2, -(-width // self.step) + 2

    @property
    def whole(self) -> Window:
        rows, columns = self.shape
        return Window(0, rows, 0, columns)

    def nodes(self, window: Window | None = None) -> np.ndarray:
        """Positions of the nodes; (rows, columns, 2) px."""
        window = window or self.whole
        x = (np.arange(window.left, window.right) - 0.5) * self.step
        y = (np.arange(window.top, window.bottom) - 0.5) * self.step
        return np.stack(np.meshgrid(x, y), axis=-1)

    @cached_property
    def positions(self) -> np.ndarray:
        return self.nodes()

    def index(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) px in node units of the whole lattice."""
        return points / self.step + 0.5

    def window_around(self, low: np.ndarray, high: np.ndarray, margin: int = 0) -> Window:
        """The nodes whose cells a box of pixels touches, plus `margin`; at least 2 x 2 nodes, within the lattice."""
        rows, columns = self.shape
        left, top = np.floor(self.index(np.asarray(low, np.float64))).astype(int) - margin
        right, bottom = np.ceil(self.index(np.asarray(high, np.float64))).astype(int) + margin + 1
        left, top = min(max(left, 0), columns - 2), min(max(top, 0), rows - 2)
        return Window(top, min(max(bottom, top + 2), rows), left, min(max(right, left + 2), columns))

    def interpolation(self, points: np.ndarray, window: Window) -> tuple[np.ndarray, np.ndarray]:
        """Which nodes of `window` a point lies between, and their shares: (n, 4) flat indices, (n, 4) weights."""
        rows, columns = window.shape
        index = self.index(np.asarray(points, np.float64)) - (window.left, window.top)
        low = np.clip(np.floor(index), 0, (columns - 2, rows - 2)).astype(int)
        share = np.clip(index - low, 0, 1)
        first = low[:, 1] * columns + low[:, 0]
        across, down = share[:, 0], share[:, 1]
        weights = [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]
        return first[:, None] + (0, 1, columns, columns + 1), np.stack(weights, axis=-1)

    def sample(self, values: np.ndarray, points: np.ndarray, window: Window | None = None) -> np.ndarray:
        """Node values (rows, columns, K) at points (n, 2) px; (n, K)."""
        window = window or self.whole
        nodes, weights = self.interpolation(points, window)
        flat = values.reshape(-1, values.shape[-1])
        return np.einsum("nc,nck->nk", weights, flat[nodes])

    def triangles(self, window: Window | None = None) -> np.ndarray:
        """Two triangles per cell, as indices of the window's nodes in row order; (F, 3) int32, one orientation."""
        rows, columns = (window or self.whole).shape
        first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
        upper = np.stack([first, first + columns, first + 1], axis=-1)
        lower = np.stack([first + 1, first + columns, first + columns + 1], axis=-1)
        return np.concatenate([upper, lower]).astype(np.int32)


def jacobian(field: np.ndarray, step: float) -> np.ndarray:
    """Derivative of x -> x + field(x) at the nodes; (rows, columns, 2, 2), [.., i, j] = d position_i / d x_j."""
    down, across = np.gradient(field, step, axis=(0, 1))
    return np.stack([across, down], axis=-1) + np.eye(2, dtype=field.dtype)


def unfolded(
    field: np.ndarray, step: float, *, where: np.ndarray | None = None, least: float = 0.04, rounds: int = 12
) -> np.ndarray:
    """`field`, smoothed around those cells where it folds or squeezes below `least` of the area; else itself.

    where: the cells that count, (rows - 1, columns - 1) bool; default: all.
    What one picture cannot show (a far cheek in a strong turn, a gain of 3) is limited there and stays whole.
    """
    bad = _areas(field, step) < least
    if where is not None:
        bad &= where
    result = field
    for _ in range(rounds):
        if not bad.any():
            break
        if result is field:
            result = field.copy(order="K")
        # What is smoothed, and what is read for it
        part = tuple(
            slice(max(int(line[0]) - _AROUND, 0), int(line[-1]) + 2 + _AROUND)
            for line in (np.flatnonzero(bad.any(axis=axis)) for axis in (1, 0))
        )
        near, folds = result[part], bad[part[0].start : part[0].stop - 1, part[1].start : part[1].stop - 1]
        share = np.zeros((*near.shape[:2], 1), field.dtype)
        for rows in (slice(None, -1), slice(1, None)):
            for columns in (slice(None, -1), slice(1, None)):
                share[rows, columns, 0] = np.maximum(share[rows, columns, 0], folds)
        share = np.minimum(3 * _blurred(share), 1)
        near += share * (_blurred(_blurred(near)) - near)
        folds[...] = _areas(near, step) < least
        if where is not None:
            folds &= where[part[0].start : part[0].stop - 1, part[1].start : part[1].stop - 1]
    return result


def _areas(field: np.ndarray, step: float) -> np.ndarray:
    """The smaller of two estimates of each cell's area over its area at rest; (rows - 1, columns - 1)."""
    x, y = np.ascontiguousarray(field.transpose(2, 0, 1))
    xx, xy = x[:, 1:] - x[:, :-1], y[:, 1:] - y[:, :-1]
    yx, yy = x[1:] - x[:-1], y[1:] - y[:-1]
    xx += step
    yy += step
    first = xx[:-1] * yy[:, :-1] - xy[:-1] * yx[:, :-1]
    last = xx[1:] * yy[:, 1:] - xy[1:] * yx[:, 1:]
    return np.minimum(first, last) / step**2


def _blurred(values: np.ndarray) -> np.ndarray:
    """A 3 x 3 binomial mean; edges repeat."""
    down = np.concatenate([values[:1], values, values[-1:]])
    values = 0.25 * down[:-2] + 0.5 * down[1:-1] + 0.25 * down[2:]
    across = np.concatenate([values[:, :1], values, values[:, -1:]], axis=1)
    return 0.25 * across[:, :-2] + 0.5 * across[:, 1:-1] + 0.25 * across[:, 2:]
