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
    asked = []
    for number, each in enumerate(fields):
        # Planes of their own: what follows reads x and y apart.
        planes = np.divide(np.asarray(each.field, np.float32).transpose(2, 0, 1), np.float32(each.step), order="C")
        reach = np.abs(planes).reshape(2, -1).max(axis=1)
        shape = planes[0][each.wanted].shape
        if reach.any():
            asked.append((number, planes, reach, shape))
        else:
            answers[number] = np.zeros((*shape, 2), np.float32)
    if not asked:
        return [answer for answer in answers if answer is not None]
    counts = [shape[0] * shape[1] for *_, shape in asked]
    place = np.empty((_ROWS, sum(counts)), np.float32)
    cell = np.empty((2, sum(counts)), np.int32)
    cells = np.empty((8, sum((planes.shape[1] - 1) * (planes.shape[2] - 1) for _, planes, *_ in asked)), np.float32)
    at = base = 0
    for (number, planes, reach, shape), count in zip(asked, counts, strict=True):
        each, (rows, columns) = fields[number], planes.shape[1:]
        own = place[:, at : at + count]
        grid = own.reshape(_ROWS, *shape)
        goal = grid[_TO]
        goal[0] = np.arange(columns, dtype=np.float32)[each.wanted[1]]
        goal[1] = np.arange(rows, dtype=np.float32)[each.wanted[0]][:, None]
        np.subtract(goal, planes[(slice(None), *each.wanted)], out=grid[_AT])
        np.subtract(own[_TO], reach[:, None], out=own[_LOW])
        np.add(own[_TO], reach[:, None], out=own[_HIGH])
        own[_LAST] = [[columns - 1], [rows - 1]]
        own[_ENOUGH] = tolerance / np.float32(each.step)
        cell[0, at : at + count], cell[1, at : at + count] = base, columns - 1
        held = (rows - 1) * (columns - 1)
        _bilinear_cells(planes, cells[:, base : base + held])
        at, base = at + count, base + held
    _solve(place, cell, cells, most)
    at = 0
    for (number, _, _, shape), count in zip(asked, counts, strict=True):
        own = place[:, at : at + count]
        back = np.empty((*shape, 2), np.float32)
        way = (own[_AT] - own[_TO]).reshape(2, *shape)
        np.multiply(way, np.float32(fields[number].step), out=back.transpose(2, 0, 1))
        answers[number] = back
        at += count
    return [answer for answer in answers if answer is not None]


# The rows of what is known of a node, in node units, x and y of each: where it is now, where it has to arrive, the
# bounds of its way, the last node of its lattice; and the step that is small enough.
_AT, _TO, _LOW, _HIGH, _LAST = (slice(row, row + 2) for row in range(0, 10, 2))
_ENOUGH = 10
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
        at, last = now[_AT], now[_LAST]
        # Outside the lattice the field goes on as at its border, so that what moves in from there is not smeared.
        held = np.minimum(np.maximum(at, 0), last)
        first = np.minimum(np.floor(held), last - 1)
        inside = at == held
        u, v = held - first
        column, row = first.astype(np.int32)
        c = cells.take(row * part[1] + column + part[0], axis=1)
        # field = corner + across * u + down * v + twist * u v, and its derivatives
        corner, across, down, twist = c[0:2], c[2:4], c[4:6], c[6:8]
        down = down + twist * u
        error = at + corner + across * u + down * v - now[_TO]
        across = across + twist * v
        if not inside.all():
            across, down = across * inside[0], down * inside[1]
        across[0] += 1
        down[1] += 1
        area = np.maximum(across[0] * down[1] - down[0] * across[1], _LEAST_DETERMINANT)
        change = np.empty_like(error)
        np.subtract(down[1] * error[0], down[0] * error[1], out=change[0])
        np.subtract(across[0] * error[1], across[1] * error[0], out=change[1])
        change /= area
        change = np.minimum(np.maximum(change, -_STEP), _STEP)
        now[_AT] = np.minimum(np.maximum(at - share * change, now[_LOW]), now[_HIGH])
        way = np.abs(change)
        moving = np.maximum(way[0], way[1]) > now[_ENOUGH]
        count = np.count_nonzero(moving)
        if count > _DENSE * len(moving):
            continue
        if active is not None:
            place[_AT, active] = now[_AT]
        if not count:
            return
        chosen = np.flatnonzero(moving)
        active = chosen if active is None else active[chosen]
        now, part = now[:, chosen], part[:, chosen]
    if active is not None:
        place[_AT, active] = now[_AT]


def _bilinear_cells(planes: np.ndarray, cells: np.ndarray) -> None:
    """The polynomial of each cell of a field (2, rows, columns): corner, slope across, slope down, twist, x and y of
    each; written to `cells` (8, cells)."""
    made = cells.reshape(4, 2, planes.shape[1] - 1, planes.shape[2] - 1)
    corner, right, below = planes[:, :-1, :-1], planes[:, :-1, 1:], planes[:, 1:, :-1]
    made[0] = corner
    np.subtract(right, corner, out=made[1])
    np.subtract(below, corner, out=made[2])
    np.subtract(planes[:, 1:, 1:], below, out=made[3])
    made[3] -= made[1]
