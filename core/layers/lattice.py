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


def unfolded(field: np.ndarray, step: float, *, least: float = 0.12, rounds: int = 12) -> np.ndarray:
    """`field`, smoothed around those nodes where it folds or squeezes below `least` of the area; else itself.

    What one picture cannot show (a far cheek in a strong turn, a gain of 3) is limited there and stays whole.
    """
    for _ in range(rounds):
        slopes = jacobian(field, step)
        bad = slopes[..., 0, 0] * slopes[..., 1, 1] - slopes[..., 0, 1] * slopes[..., 1, 0] < least
        if not bad.any():
            break
        share = bad.astype(field.dtype)[..., None]
        for _ in range(2):
            share = np.minimum(3 * _blurred(share), 1)
        field = field + share * (_blurred(_blurred(field)) - field)
    return field


def _blurred(values: np.ndarray) -> np.ndarray:
    """A 3 x 3 binomial mean; edges repeat."""
    for axis in (0, 1):
        padded = np.pad(values, [(1, 1) if k == axis else (0, 0) for k in range(values.ndim)], mode="edge")
        low, middle, high = (
            np.take(padded, np.arange(start, start + values.shape[axis]), axis=axis) for start in (0, 1, 2)
        )
        values = 0.25 * low + 0.5 * middle + 0.25 * high
    return values.astype(values.dtype)


# A cell squeezed beyond this is as good as folded; a Newton step through it would leap away.
_LEAST_DETERMINANT = 0.05
_EVERYTHING = (slice(None), slice(None))


def invert(
    field: np.ndarray,
    step: float,
    *,
    wanted: tuple[slice, slice] | None = None,
    tolerance: float = 0.02,
    most: int = 12,
) -> np.ndarray:
    """The displacement back: x(y) - y with x + field(x) = y, at each node y; (rows, columns, 2) px.

    wanted: rows and columns of the nodes to find it for (default: all); the answer has their shape. Newton's method
    on the bilinear field, all nodes at once, until every step is below `tolerance` px. It converges where the field
    does not fold; where it does, the answer is one of the layers, or a bounded guess.
    """
    rows, columns = field.shape[:2]
    field = np.asarray(field, np.float32)
    reach = np.abs(field).max(axis=(0, 1)) / np.float32(step)
    down, across = (np.arange(count)[part] for count, part in zip((rows, columns), wanted or _EVERYTHING, strict=True))
    if not reach.any():
        return np.zeros((len(down), len(across), 2), np.float32)
    slopes = jacobian(field, step)
    determinant = slopes[..., 0, 0] * slopes[..., 1, 1] - slopes[..., 0, 1] * slopes[..., 1, 0]
    determinant = np.maximum(determinant, _LEAST_DETERMINANT)
    # One table of what an iteration looks up: the field in node units and the inverse of its slope.
    table = np.empty((rows * columns, 6), np.float32)
    table[:, 0:2] = field.reshape(-1, 2) / np.float32(step)
    table[:, 2] = (slopes[..., 1, 1] / determinant).ravel()
    table[:, 3] = (-slopes[..., 0, 1] / determinant).ravel()
    table[:, 4] = (-slopes[..., 1, 0] / determinant).ravel()
    table[:, 5] = (slopes[..., 0, 0] / determinant).ravel()

    target = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2).astype(np.float32)
    found = target - table[(down[:, None] * columns + across).ravel(), :2]
    active = np.arange(len(target))
    highest = np.array([columns - 1, rows - 1], np.float32)
    for _ in range(most):
        x = found[active]
        inside = np.clip(x, 0, highest)
        values = _bilinear(table, inside, columns, rows)
        error = x + values[:, :2] - target[active]
        change = np.empty_like(error)
        change[:, 0] = values[:, 2] * error[:, 0] + values[:, 3] * error[:, 1]
        change[:, 1] = values[:, 4] * error[:, 0] + values[:, 5] * error[:, 1]
        np.clip(change, -2, 2, out=change)
        back = np.clip(x - change - target[active], -reach, reach)
        found[active] = target[active] + back
        moving = np.abs(change).max(axis=1) > tolerance / step
        if not moving.any():
            break
        active = active[moving]
    return ((found - target) * np.float32(step)).reshape(len(down), len(across), 2)


def _bilinear(table: np.ndarray, index: np.ndarray, columns: int, rows: int) -> np.ndarray:
    low = np.minimum(index.astype(np.int32), (columns - 2, rows - 2))
    share = index - low
    first = low[:, 1] * columns + low[:, 0]
    across, down = share[:, :1], share[:, 1:]
    top = table[first] * (1 - across) + table[first + 1] * across
    bottom = table[first + columns] * (1 - across) + table[first + columns + 1] * across
    return top * (1 - down) + bottom * down
