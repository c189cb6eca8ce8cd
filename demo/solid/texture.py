# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures in space: value noise, and stencils, which are curves drawn on the front of a head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

_CELLS = 32  # of the lattice, which repeats


@lru_cache(maxsize=32)
def _lattice(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(_CELLS**3).astype(np.float32)


def noise(p: np.ndarray, seed: int, scale: float | Sequence[float]) -> np.ndarray:
    """Smooth noise 0..1 at (3, N), with `scale` cells for each unit (of each axis); (N,)."""
    table = _lattice(seed)
    scales = np.broadcast_to(np.asarray(scale, np.float32), (3,))
    q = p * scales[:, None] + np.float32(101.37)
    whole = np.floor(q)
    f = q - whole
    f = f * f * (3 - 2 * f)
    i = whole.astype(np.int32)
    x0, x1 = i[0] & 31, (i[0] + 1) & 31
    y0, y1 = (i[1] & 31) << 5, ((i[1] + 1) & 31) << 5
    z0, z1 = (i[2] & 31) << 10, ((i[2] + 1) & 31) << 10
    rows = []
    for y, z in ((y0, z0), (y1, z0), (y0, z1), (y1, z1)):
        base = y + z
        a, b = table[base + x0], table[base + x1]
        rows.append(a + (b - a) * f[0])
    near, far = rows[0] + (rows[1] - rows[0]) * f[1], rows[2] + (rows[3] - rows[2]) * f[1]
    return near + (far - near) * f[2]


def layered(p: np.ndarray, seed: int, scale: float, *, octaves: int = 3) -> np.ndarray:
    """Noise over noise of half the size and strength; about 0..1."""
    total, weight = np.zeros(p.shape[1], np.float32), 0.0
    for k in range(octaves):
        total += noise(p, seed + k, scale * 2.03**k) * 0.5**k
        weight += 0.5**k
    return total / np.float32(weight)


def step(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 up to `low`, 1 from `high` on, smooth between; high may be below low."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)


def mix(first: np.ndarray, second: np.ndarray | Sequence[float], weight: np.ndarray) -> np.ndarray:
    """Colours (3, N), or (3,) for all, from the first to the second as weight (N,) goes from 0 to 1."""
    one, two = (np.asarray(each, np.float32) for each in (first, second))
    one, two = (each[:, None] if each.ndim == 1 else each for each in (one, two))
    return one + (two - one) * weight


def linear(red: float, green: float, blue: float) -> np.ndarray:
    """The linear light of an sRGB colour of 0..255; (3,) float32."""
    value = np.array((red, green, blue), np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)


class Stencil:
    """The distance to a curve in the plane, below 0 within a closed one, kept on a grid around it."""

    def __init__(self, path: np.ndarray, *, closed: bool, margin: float, cells: int = 160) -> None:
        path = np.asarray(path, np.float64)
        self.margin = margin
        self.low = path.min(axis=0) - margin
        self.high = path.max(axis=0) + margin
        x = np.linspace(self.low[0], self.high[0], cells)
        y = np.linspace(self.low[1], self.high[1], cells)
        self.cells = cells
        self.values = _distances(path, x, y, closed=closed).astype(np.float32).ravel()

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Distances at x, y; beyond the margin they no longer grow."""
        u = (x - np.float32(self.low[0])) * np.float32((self.cells - 1) / (self.high[0] - self.low[0]))
        v = (y - np.float32(self.low[1])) * np.float32((self.cells - 1) / (self.high[1] - self.low[1]))
        last = self.cells - 1.001
        u, v = np.clip(u, 0, last), np.clip(v, 0, last)
        i, j = u.astype(np.int32), v.astype(np.int32)
        u, v = u - i, v - j
        index = j * self.cells + i
        top = self.values[index] * (1 - u) + self.values[index + 1] * u
        index += self.cells
        return top * (1 - v) + (self.values[index] * (1 - u) + self.values[index + 1] * u) * v


def _distances(path: np.ndarray, x: np.ndarray, y: np.ndarray, *, closed: bool) -> np.ndarray:
    ends = np.roll(path, -1, axis=0) if closed else path[1:]
    gx, gy = np.meshgrid(x, y)
    least = np.full(gx.shape, np.inf)
    inside = np.zeros(gx.shape, bool)
    for (ax, ay), (bx, by) in zip(path, ends, strict=False):
        dx, dy = bx - ax, by - ay
        share = np.clip(((gx - ax) * dx + (gy - ay) * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
        least = np.minimum(least, (gx - ax - share * dx) ** 2 + (gy - ay - share * dy) ** 2)
        if closed and ay != by:
            inside ^= ((gy < ay) != (gy < by)) & (gx < ax + (gy - ay) * dx / dy)
    return np.where(inside, -1, 1) * np.sqrt(least)


def bumped(p: np.ndarray, n: np.ndarray, height: Callable[[np.ndarray], np.ndarray], strength: float) -> np.ndarray:
    """Normals as if `height` (of points) were raised over the surface by `strength` units; (3, N)."""
    width = np.float32(0.004)
    here = height(p)
    slope = np.stack([height(p + width * axis[:, None]) - here for axis in np.eye(3, dtype=np.float32)])
    slope *= np.float32(strength) / width
    bent = n - (slope - n * (slope * n).sum(axis=0))
    return bent / np.maximum(np.sqrt((bent * bent).sum(axis=0)), 1e-6)
