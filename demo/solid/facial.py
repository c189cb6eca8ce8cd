# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact points of a modelled face: curves of its front laid onto its surface, the outline of its head."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..brush import Canvas
from ..cast.drawing import Drawing, Face, Path, line_mouth
from .march import march, render
from .shapes import Region, Shape, Vector, swollen
from .stage import Camera, Scene
from .texture import Stencil

_AROUND, _FINER = 120, 22


def onto(shape: Shape, path: Path, *, lift: float = 0.0) -> np.ndarray:
    """Where the lines along z through (N, 2) first meet a shape from the front; (N, 3). `lift` is added to z."""
    path = np.asarray(path, np.float64)
    reach = 6.0
    top = np.concatenate([path, np.full((len(path), 1), reach)], axis=1).T.astype(np.float32)
    z = top[2].copy()
    for _ in range(400):
        gap = shape.distance(np.stack([top[0], top[1], z]))
        z = z - gap * np.float32(0.6)
        if np.abs(gap).max() < 1e-5 or z.min() < -reach:
            break
    if z.min() < -2:
        raise ValueError("a curve of the face misses its shape")
    return np.stack([path[:, 0], path[:, 1], z + lift], axis=1)


def relief(base: Shape, stencil: Stencil, height: Callable[[np.ndarray], np.ndarray], most: float) -> Shape:
    """`base` with its front raised by height(distance to the stencil's curve), at most `most`, 0 at its margin."""
    low, high = stencil.low, stencil.high
    middle = (low + high) / 2
    z = onto(base, [middle])[0, 2]
    radius = float(np.linalg.norm(high - low)) / 2 + 0.15

    def raised(p: np.ndarray) -> np.ndarray:
        return height(stencil(p[0], p[1]))

    return swollen(base, raised, (middle[0], middle[1], z), radius, most)


def front_mouth(
    shape: Shape, camera: Camera, line: Path, *, width: float, gap: float = 0.004
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A mouth that is one line (N, 2) of a width in units on the front of a shape, as the camera sees its edges."""
    edges = line_mouth(line, width=-width, gap=-gap)  # y goes up here
    top, upper, lower, bottom = (camera.project(onto(shape, edge)) for edge in edges)
    return top, upper, lower, bottom


def outline(
    shape: Shape, camera: Camera, *, around: Vector = (0.0, 0.0, 0.0), others: Shape | None = None
) -> np.ndarray:
    """The closed outline of a shape as the camera sees it, from a point within; design pixels (120, 2).

    What `others` hide does not belong to it. The form must be such that each line from the point leaves it once.
    """
    middle = camera.project(np.array([around]))[0]
    if others is not None:
        ahead = np.asarray(around) - camera.origin
        others = others.near(Region(camera.origin, camera.origin + 1.1 * ahead, 1.2 * shape.radius))
    angle = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    ways = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    low, width = np.zeros(_AROUND), 2.2 * shape.radius * camera.scale
    for _ in range(3):  # each looks at _FINER places in every direction at once, and goes on between two of them
        radii = low[:, None] + (np.arange(_FINER) + 1) * (width / _FINER)
        places = middle + ways[:, None] * radii[..., None]
        rays = camera.rays(*places.reshape(-1, 2).T)
        depth = march(shape, camera.origin, rays)
        met = np.isfinite(depth)
        if others is not None:
            met &= depth <= march(others, camera.origin, rays) + 1e-3
        met = met.reshape(_AROUND, _FINER)
        inside = np.where(met.all(axis=1), _FINER, np.argmin(met, axis=1))
        low, width = low + inside * (width / _FINER), width / _FINER
    return middle + ways * (low + width / 2)[:, None]


def halves(outline: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower half of a closed outline, each from its first to its last point along `across`."""
    along = outline @ across
    ring = np.roll(outline, -int(np.argmin(along)), axis=0)
    last = int(np.argmax(ring @ across))
    one, two = ring[: last + 1], np.concatenate([ring[last:], ring[:1]])[::-1]
    down = np.array([-across[1], across[0]])
    return (one, two) if (one @ down).mean() < (two @ down).mean() else (two, one)


def jaw(outline: np.ndarray, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """The lower part of a closed outline, cut by the line through two points (2,), from left to right as seen."""
    across = (last - first) / np.linalg.norm(last - first)
    down = np.array([-across[1], across[0]])
    depth = (outline - first) @ down
    # start in the upper half, so that the lower half is in one piece
    ring = np.roll(outline, -int(np.argmin(depth)), axis=0)
    depth = (ring - first) @ down
    below = np.flatnonzero(depth > 0)
    start, stop = below[0], below[-1]

    def crossing(a: int, b: int) -> np.ndarray:
        a, b = a % len(ring), b % len(ring)
        share = depth[a] / (depth[a] - depth[b])
        return ring[a] + share * (ring[b] - ring[a])

    path = np.concatenate([[crossing(start - 1, start)], ring[start : stop + 1], [crossing(stop, stop + 1)]])
    return path if (path[-1] - path[0]) @ across > 0 else path[::-1]


def finished(name: str, scene: Scene, face: Face, canvas: Canvas, *, transparent: bool = False) -> Drawing:
    """The scene over what is on the canvas already, as a Drawing."""
    image = render(scene, canvas.size)
    cover = image[..., 3:]
    canvas.colour = canvas.colour * (1 - cover) + image[..., :3]
    canvas.alpha = canvas.alpha * (1 - cover[..., 0]) + cover[..., 0]
    return face.drawing(name, canvas, transparent=transparent)
