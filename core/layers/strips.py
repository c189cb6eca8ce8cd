# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that go with an edge: thin lash lines, the lips of a mouth that is a single line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .mesh import Layer, grid_triangles, grid_uv

# A line goes a little past its edge, too, px: no light between the two.
_INWARD = 0.6


@dataclass(frozen=True, eq=False)
class Strip:
    """A line on the outer side of an edge: edge (n, 2) px, outward (n, 2) unit vectors, width (n, 1) px."""

    edge: np.ndarray
    outward: np.ndarray
    width: np.ndarray

    @property
    def inner(self) -> np.ndarray:
        return self.edge - _INWARD * self.outward

    @property
    def outer(self) -> np.ndarray:
        return self.edge + self.width * self.outward

    @property
    def middle(self) -> np.ndarray:
        return self.edge + self.width * self.outward / 2


def strip_along(edge: np.ndarray, thick: float, shut: float, *, upper: bool) -> Strip:
    """The line `thick` px thick along a lid's edge (n, 2) px that runs from corner to corner, outside of it.

    Where the upper edge runs down steeply at the side of a closing eye (shut 0..1) it lies beside the lower half of
    the ring: it is thinner there.
    """
    along = np.gradient(edge, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    chord = edge[-1] - edge[0]
    axis = chord / max(float(np.linalg.norm(chord)), 1e-9)
    outward = np.stack([along[:, 1], -along[:, 0]], axis=-1) * (1 if upper else -1)
    level = np.abs(along @ axis)[:, None]
    width = thick * ((1 - shut) + shut * (0.25 + 0.75 * level)) if upper else np.full(level.shape, thick)
    return Strip(edge, outward, width)


def lip_lines(upper: np.ndarray, lower: np.ndarray, thick: float) -> tuple[Strip, Strip]:
    """The lines, each `thick` px thick, that one line becomes as it opens along its middle into two edges (n, 2) px.

    Where the edges are one they are one line still, in the corners of an open mouth, too.
    """
    apart = np.linalg.norm(lower - upper, axis=1, keepdims=True) / max(thick, 1e-6)
    lines = []
    for edge, side in ((upper, True), (lower, False)):
        strip = strip_along(edge, thick, 0.0, upper=side)
        back = 0.5 * thick * (1 - np.minimum(apart, 1))
        lines.append(Strip(edge - back * strip.outward, strip.outward, strip.width))
    return lines[0], lines[1]


def strip_vertices(strip: Strip) -> np.ndarray:
    """A line as a grid of vertices, 4 rows from the inside out, 2 columns more than the edge at each end; (V, 2) px.

    The outer rows and columns are where it has faded out, half a pixel beyond its edge: see `strip_matte`.
    """
    away = np.concatenate(
        [np.full(strip.width.shape, -_INWARD - 0.5), np.full(strip.width.shape, 0.5 - _INWARD),
         np.maximum(strip.width - 0.5, 0.5 - _INWARD), strip.width + 0.5],
        axis=1,
    )  # fmt: skip
    rows = strip.edge[None] + away.T[:, :, None] * strip.outward[None]
    middle = strip.middle
    ends = []
    for end in (0, -1):
        ahead = np.array([-strip.outward[end, 1], strip.outward[end, 0]])
        ahead *= 1 if (middle[end] - middle[len(middle) // 2]) @ ahead >= 0 else -1
        half = float(strip.width[end, 0]) / 2
        # Round ends
        cap = middle[end] + 0.8 * half * ahead + 0.55 * (rows[:, end] - middle[end])
        ends.append((cap, cap + (0.2 * half + 0.5) * ahead))
    first, last = ends
    return np.stack([first[1], first[0], *np.moveaxis(rows, 1, 0), last[0], last[1]], axis=1).reshape(-1, 2)


def strip_matte(count: int) -> np.ndarray:
    """How much of a line along an edge of `count` points each of its vertices is, (4, count + 4), a texel for each."""
    matte = np.zeros((4, count + 4), np.float32)
    matte[1:3, 1:-1] = 1
    return matte


def strip_layer(name: str, strip: Strip) -> Layer:
    """The mesh of a line as the picture has it."""
    rows, columns = strip_matte(len(strip.edge)).shape
    uv = grid_uv((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows)
    return Layer(name, strip_vertices(strip), grid_triangles(rows, columns), uv, 0, name)
