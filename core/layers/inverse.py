# SPDX-License-Identifier: GPL-3.0-or-later
"""Displacement fields back: where in the picture does what a frame shows at a node come from?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# A place squeezed beyond this is as good as folded; a Newton step through it would leap away.
_LEAST_DETERMINANT = np.float32(0.05)
_STEP = np.float32(2.0)
_WHOLE_STEPS = 10
_EVERYTHING = (slice(None), slice(None))
# While more than this share of the nodes still moves, sorting out the others costs more than it saves.
_DENSE = 0.6


@dataclass(frozen=True, eq=False)
class Inverse:
    """A question to `invert_all`: a field (rows, columns, 2) px on a lattice of `step` px, and the rows and columns of
    the nodes that the displacement back is wanted at (default: all)."""

    field: np.ndarray
    step: float
    wanted: tuple[slice, slice] = _EVERYTHING


def invert(
    field: np.ndarray,
    step: float,
    *,
    wanted: tuple[slice, slice] | None = None,
    tolerance: float = 0.1,
    most: int = 60,
) -> np.ndarray:
    """The displacement back: x(y) - y with x + field(x) = y, at each node y; (rows, columns, 2) px.

    wanted: rows and columns of the nodes to find it for (default: all); the answer has their shape. Newton's method
    on the bilinear field, all nodes at once, until the last step was below `tolerance` px (what is
    left then is far smaller). It converges where the field does not fold; where it does, the answer is one of the
    layers, or a bounded guess.
    """
    return invert_all([Inverse(field, step, wanted or _EVERYTHING)], tolerance=tolerance, most=most)[0]


def invert_all(fields: Sequence[Inverse], *, tolerance: float = 0.1, most: int = 60) -> list[np.ndarray]:
    """The same for several fields together, which takes little longer than for one."""
    answers: list[np.ndarray | None] = [None] * len(fields)
    places, cells, base, columns = [], [], 0, []
    for number, each in enumerate(fields):
        field = np.asarray(each.field, np.float32)
        rows_, columns_ = field.shape[:2]
        down, across = (
            np.arange(n, dtype=np.float32)[part] for n, part in zip((rows_, columns_), each.wanted, strict=True)
        )
        step = np.float32(each.step)
        reach = np.abs(field).max(axis=(0, 1)) / step
        if not reach.any():
            answers[number] = np.zeros((len(down), len(across), 2), np.float32)
            continue
        start = field[each.wanted].reshape(-1, 2) / step
        place = np.empty((_ROWS, len(start)), np.float32)
        place[_TO_X], place[_TO_Y] = np.tile(across, len(down)), np.repeat(down, len(across))
        place[_X], place[_Y] = place[_TO_X] - start[:, 0], place[_TO_Y] - start[:, 1]
        place[_LOW_X], place[_LOW_Y] = place[_TO_X] - reach[0], place[_TO_Y] - reach[1]
        place[_HIGH_X], place[_HIGH_Y] = place[_TO_X] + reach[0], place[_TO_Y] + reach[1]
        place[_LAST_X], place[_LAST_Y], place[_ENOUGH] = columns_ - 1, rows_ - 1, tolerance / step
        places.append(place)
        columns.append(np.full((2, len(start)), ((base,), (columns_ - 1,)), np.int32))
        cells.append(_bilinear_cells(field / step))
        base += cells[-1].shape[1]
    if not places:
        return [answer for answer in answers if answer is not None]
    place = np.concatenate(places, axis=1)
    _solve(place, np.concatenate(columns, axis=1), np.concatenate(cells, axis=1), most)
    back = (place[[_X, _Y]] - place[[_TO_X, _TO_Y]]).T
    at = 0
    for number, each in enumerate(fields):
        if answers[number] is None:
            shape = each.field[each.wanted].shape
            count = shape[0] * shape[1]
            answers[number] = (back[at : at + count] * np.float32(each.step)).reshape(shape)
            at += count
    return [answer for answer in answers if answer is not None]


# The rows of what is known of a node, in node units: where it is now, where it has to arrive, the bounds of its way,
# the last node of its lattice, and the step that is small enough.
_X, _Y, _TO_X, _TO_Y, _LOW_X, _LOW_Y, _HIGH_X, _HIGH_Y, _LAST_X, _LAST_Y, _ENOUGH = range(11)
_ROWS = 11


def _solve(place: np.ndarray, cell: np.ndarray, cells: np.ndarray, most: int) -> None:
    """Move `place` (11, n) to where the fields lead to its aims. cell (2, n) int32: the first cell of each node's
    field, and the cells in its row; cells (8, m): see `_bilinear_cells`."""
    active, now, part = None, place, cell
    share = np.float32(1.0)
    for number in range(most):
        if number == _WHOLE_STEPS:
            # Over a kink Newton's steps may go to and fro for ever: shorter ones do not.
            share = np.float32(0.5)
        x, y = now[_X], now[_Y]
        # Outside the lattice the field goes on as at its border, so that what moves in from there is not smeared.
        cx, cy = np.minimum(np.maximum(x, 0), now[_LAST_X]), np.minimum(np.maximum(y, 0), now[_LAST_Y])
        low_x, low_y = np.minimum(np.floor(cx), now[_LAST_X] - 1), np.minimum(np.floor(cy), now[_LAST_Y] - 1)
        u, v, in_x, in_y = cx - low_x, cy - low_y, x == cx, y == cy
        c = cells.take(low_y.astype(np.int32) * part[1] + low_x.astype(np.int32) + part[0], axis=1)
        # field = corner + across * u + down * v + twist * u v, and its derivatives
        slope_xv, slope_yv = c[4] + c[6] * u, c[5] + c[7] * u
        error_x = x + c[0] + c[2] * u + slope_xv * v - now[_TO_X]
        error_y = y + c[1] + c[3] * u + slope_yv * v - now[_TO_Y]
        slope_xu, slope_yu = 1 + in_x * (c[2] + c[6] * v), in_x * (c[3] + c[7] * v)
        slope_xv, slope_yv = in_y * slope_xv, 1 + in_y * slope_yv
        area = np.maximum(slope_xu * slope_yv - slope_xv * slope_yu, _LEAST_DETERMINANT)
        change_x = np.minimum(np.maximum((slope_yv * error_x - slope_xv * error_y) / area, -_STEP), _STEP)
        change_y = np.minimum(np.maximum((slope_xu * error_y - slope_yu * error_x) / area, -_STEP), _STEP)
        now[_X] = np.minimum(np.maximum(x - share * change_x, now[_LOW_X]), now[_HIGH_X])
        now[_Y] = np.minimum(np.maximum(y - share * change_y, now[_LOW_Y]), now[_HIGH_Y])
        moving = np.maximum(np.abs(change_x), np.abs(change_y)) > now[_ENOUGH]
        count = np.count_nonzero(moving)
        if count > _DENSE * len(moving):
            continue
        if active is not None:
            place[_X, active], place[_Y, active] = now[_X], now[_Y]
        if not count:
            return
        chosen = np.flatnonzero(moving)
        active = chosen if active is None else active[chosen]
        now, part = now[:, chosen], part[:, chosen]
    if active is not None:
        place[_X, active], place[_Y, active] = now[_X], now[_Y]


def _bilinear_cells(field: np.ndarray) -> np.ndarray:
    """The polynomial of each cell: corner, slope across, slope down, twist, x and y of each; (8, cells)."""
    rows, columns = field.shape[0] - 1, field.shape[1] - 1
    made = np.empty((4, 2, rows, columns), np.float32)
    for axis in (0, 1):
        values = np.ascontiguousarray(field[..., axis])
        corner = values[:-1, :-1]
        made[0, axis] = corner
        np.subtract(values[:-1, 1:], corner, out=made[1, axis])
        np.subtract(values[1:, :-1], corner, out=made[2, axis])
        np.subtract(values[1:, 1:], values[1:, :-1], out=made[3, axis])
        made[3, axis] -= made[1, axis]
    return made.reshape(8, rows * columns)
