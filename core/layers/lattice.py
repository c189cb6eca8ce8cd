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


def unfolded(
    field: np.ndarray, step: float, *, where: np.ndarray | None = None, least: float = 0.04, rounds: int = 12
) -> np.ndarray:
    """`field`, smoothed around those cells where it folds or squeezes below `least` of the area; else itself.

    where: the cells that count, (rows - 1, columns - 1) bool; default: all.
    What one picture cannot show (a far cheek in a strong turn, a gain of 3) is limited there and stays whole.
    """
    for _ in range(rounds):
        bad = _areas(field, step) < least
        if where is not None:
            bad &= where
        if not bad.any():
            break
        share = np.zeros((*field.shape[:2], 1), field.dtype)
        for rows in (slice(None, -1), slice(1, None)):
            for columns in (slice(None, -1), slice(1, None)):
                share[rows, columns, 0] = np.maximum(share[rows, columns, 0], bad)
        share = np.minimum(3 * _blurred(share), 1)
        field = field + share * (_blurred(_blurred(field)) - field)
    return field


def _areas(field: np.ndarray, step: float) -> np.ndarray:
    """The smaller of two estimates of each cell's area over its area at rest; (rows - 1, columns - 1)."""
    x, y = field[..., 0], field[..., 1]
    xx, xy = x[:, 1:] - x[:, :-1] + step, y[:, 1:] - y[:, :-1]
    yx, yy = x[1:] - x[:-1], y[1:] - y[:-1] + step
    first = xx[:-1] * yy[:, :-1] - xy[:-1] * yx[:, :-1]
    last = xx[1:] * yy[:, 1:] - xy[1:] * yx[:, 1:]
    return np.minimum(first, last) / step**2


def _blurred(values: np.ndarray) -> np.ndarray:
    """A 3 x 3 binomial mean; edges repeat."""
    for axis in (0, 1):
        padded = np.pad(values, [(1, 1) if k == axis else (0, 0) for k in range(values.ndim)], mode="edge")
        low, middle, high = (
            np.take(padded, np.arange(start, start + values.shape[axis]), axis=axis) for start in (0, 1, 2)
        )
        values = 0.25 * low + 0.5 * middle + 0.25 * high
    return values.astype(values.dtype)


# A place squeezed beyond this is as good as folded; a Newton step through it would leap away.
_LEAST_DETERMINANT = 0.05
_EVERYTHING = (slice(None), slice(None))


def invert(
    field: np.ndarray,
    step: float,
    *,
    wanted: tuple[slice, slice] | None = None,
    tolerance: float = 0.1,
    most: int = 12,
) -> np.ndarray:
    """The displacement back: x(y) - y with x + field(x) = y, at each node y; (rows, columns, 2) px.

    wanted: rows and columns of the nodes to find it for (default: all); the answer has their shape. Newton's method
    on the bilinear field, all nodes at once, until the last step was below `tolerance` px (what is
    left then is far smaller). It converges where the field
    does not fold; where it does, the answer is one of the layers, or a bounded guess.
    """
    rows, columns = field.shape[:2]
    field = np.asarray(field, np.float32)
    down, across = (np.arange(count)[part] for count, part in zip((rows, columns), wanted or _EVERYTHING, strict=True))
    reach = np.abs(field).max(axis=(0, 1)) / np.float32(step)
    if not reach.any():
        return np.zeros((len(down), len(across), 2), np.float32)
    cells = _bilinear_cells(field / np.float32(step))
    width = np.int32(columns - 1)
    # All in node units, x and y apart: small arrays, few passes.
    to_x = np.tile(across.astype(np.float32), len(down))
    to_y = np.repeat(down.astype(np.float32), len(across))
    start = field[wanted or _EVERYTHING].reshape(-1, 2) / np.float32(step)
    x, y = to_x - start[:, 0], to_y - start[:, 1]
    active = np.arange(len(x))
    ax, ay, bx, by = x, y, to_x, to_y
    for _ in range(most):
        # Outside the lattice the field goes on as at its border, so that what moves in from there is not smeared.
        cx, cy = np.clip(ax, 0, columns - 1), np.clip(ay, 0, rows - 1)
        low_x, low_y = np.minimum(cx.astype(np.int32), columns - 2), np.minimum(cy.astype(np.int32), rows - 2)
        u, v, in_x, in_y = cx - low_x, cy - low_y, ax == cx, ay == cy
        c = cells.take(low_y * width + low_x, axis=1)
        # field = corner + across * u + down * v + twist * u v, and its derivatives
        field_xv, field_yv = c[4] + c[6] * u, c[5] + c[7] * u
        error_x = ax + c[0] + c[2] * u + field_xv * v - bx
        error_y = ay + c[1] + c[3] * u + field_yv * v - by
        slope_xu, slope_yu = 1 + in_x * (c[2] + c[6] * v), in_x * (c[3] + c[7] * v)
        slope_xv, slope_yv = in_y * field_xv, 1 + in_y * field_yv
        area = np.maximum(slope_xu * slope_yv - slope_xv * slope_yu, _LEAST_DETERMINANT)
        change_x = np.clip((slope_yv * error_x - slope_xv * error_y) / area, -2, 2)
        change_y = np.clip((slope_xu * error_y - slope_yu * error_x) / area, -2, 2)
        ax = np.clip(ax - change_x, bx - reach[0], bx + reach[0])
        ay = np.clip(ay - change_y, by - reach[1], by + reach[1])
        x[active], y[active] = ax, ay
        moving = np.maximum(np.abs(change_x), np.abs(change_y)) > tolerance / step
        if not moving.any():
            break
        active, ax, ay, bx, by = active[moving], ax[moving], ay[moving], bx[moving], by[moving]
    back = np.stack([x - to_x, y - to_y], axis=-1) * np.float32(step)
    return back.reshape(len(down), len(across), 2)


def _bilinear_cells(field: np.ndarray) -> np.ndarray:
    """The polynomial of each cell: corner, slope across, slope down, twist, x and y of each; (8, cells)."""
    corner = field[:-1, :-1]
    across = field[:-1, 1:] - corner
    down = field[1:, :-1] - corner
    twist = field[1:, 1:] - field[1:, :-1] - across
    return np.concatenate([part.reshape(-1, 2).T for part in (corner, across, down, twist)])
