# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed distances: primitives, their smooth unions and cuts, and what is left of them near a region.

A shape knows a ball that holds it. `near` drops what cannot be met in a region, so that the pixels of one tile pay for
the few primitives that they see. Formulas: the usual ones for each primitive, bounds rather than exact for ellipsoids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Distance = Callable[[np.ndarray], np.ndarray]
Vector = Sequence[float] | np.ndarray


@dataclass(frozen=True, eq=False)
class Region:
    """A capsule: everything within `radius` of the segment from `first` to `last`."""

    first: np.ndarray
    last: np.ndarray
    radius: float

    def gap(self, centre: np.ndarray) -> float:
        """How far `centre` is outside."""
        axis = self.last - self.first
        length = float(axis @ axis)
        share = 0.0 if length < 1e-12 else float(np.clip((centre - self.first) @ axis / length, 0, 1))
        return float(np.linalg.norm(centre - self.first - share * axis)) - self.radius

    def grown(self, by: float) -> Region:
        return Region(self.first, self.last, self.radius + by)


def around(points: np.ndarray, *, towards: np.ndarray | None = None, grown: float = 0.0) -> Region:
    """The region of points (3, N), swept along the vector `towards`."""
    low, high = points.min(axis=1).astype(np.float64), points.max(axis=1).astype(np.float64)
    middle = (low + high) / 2
    radius = float(np.linalg.norm(high - low)) / 2 + grown
    return Region(middle, middle if towards is None else middle + towards, radius)


@dataclass(frozen=True, eq=False)
class Shape:
    """distance: (3, N) to (N,) · centre, radius: a ball that holds it (radius inf: it has no bounds).

    costly: it pays to ask first whether a point is near that ball.
    """

    distance: Distance
    centre: np.ndarray
    radius: float
    prune: Callable[[Region], Shape | None] | None = None
    costly: bool = False

    def near(self, region: Region) -> Shape | None:
        """The same shape as far as the region can meet it, or None."""
        if np.isfinite(self.radius) and region.gap(self.centre) > self.radius:
            return None
        return self if self.prune is None else self.prune(region)


def _v(vector: Vector) -> np.ndarray:
    return np.asarray(vector, np.float64)


def _ball(shapes: Sequence[Shape]) -> tuple[np.ndarray, float]:
    if any(not np.isfinite(shape.radius) for shape in shapes):
        return np.zeros(3), np.inf
    low = np.min([shape.centre - shape.radius for shape in shapes], axis=0)
    high = np.max([shape.centre + shape.radius for shape in shapes], axis=0)
    centre = (low + high) / 2
    return centre, max(float(np.linalg.norm(shape.centre - centre)) + shape.radius for shape in shapes)


# primitives -------------------------------------------------------------------------------------------------------


def sphere(centre: Vector, radius: float) -> Shape:
    cx, cy, cz = (float(value) for value in centre)

    def distance(p: np.ndarray) -> np.ndarray:
        x, y, z = p[0] - cx, p[1] - cy, p[2] - cz
        return np.sqrt(x * x + y * y + z * z) - radius

    return Shape(distance, _v(centre), radius)


def ellipsoid(centre: Vector, radii: Vector) -> Shape:
    """Near its surface a good distance, else a bound on it."""
    cx, cy, cz = (float(value) for value in centre)
    rx, ry, rz = (1.0 / float(value) for value in radii)
    least = float(min(radii))

    def distance(p: np.ndarray) -> np.ndarray:
        x, y, z = (p[0] - cx) * rx, (p[1] - cy) * ry, (p[2] - cz) * rz
        k0 = np.sqrt(x * x + y * y + z * z)
        x, y, z = x * rx, y * ry, z * rz
        k1 = np.sqrt(x * x + y * y + z * z)
        return np.where(k0 < 1e-3, -least, k0 * (k0 - 1) / np.maximum(k1, 1e-6))

    return Shape(distance, _v(centre), float(max(radii)))


def capsule(first: Vector, last: Vector, radius: float, end_radius: float | None = None) -> Shape:
    """A rod with round ends, tapered when `end_radius` differs."""
    a, axis = _v(first).astype(np.float32), (_v(last) - _v(first)).astype(np.float32)
    inverse = float(1 / max(float(axis @ axis), 1e-9))
    change = (radius if end_radius is None else end_radius) - radius

    def distance(p: np.ndarray) -> np.ndarray:
        x, y, z = p[0] - a[0], p[1] - a[1], p[2] - a[2]
        share = np.clip((x * axis[0] + y * axis[1] + z * axis[2]) * inverse, 0, 1)
        x, y, z = x - share * axis[0], y - share * axis[1], z - share * axis[2]
        return np.sqrt(x * x + y * y + z * z) - (radius + change * share)

    return Shape(distance, (_v(first) + _v(last)) / 2, float(np.linalg.norm(axis)) / 2 + radius + max(change, 0))


def tube(path: Sequence[Vector], radii: Sequence[float], *, k: float = 0.0) -> Shape:
    """Capsules along a path."""
    rods = [capsule(path[i], path[i + 1], radii[i], radii[i + 1]) for i in range(len(path) - 1)]
    return union(*rods) if k == 0 else blend(k, *rods)


def bent(first: Vector, middle: Vector, last: Vector, radii: tuple[float, float]) -> Shape:
    """A tapered rod along the quadratic curve from first to last that is pulled towards `middle`."""
    a = _v(first).astype(np.float32)
    u, w = (_v(middle) - _v(first)).astype(np.float32), (_v(first) - 2 * _v(middle) + _v(last)).astype(np.float32)
    chord = (_v(last) - _v(first)).astype(np.float32)
    inverse = np.float32(1 / max(float(chord @ chord), 1e-9))
    uu, uw, ww = (np.float32(value) for value in (u @ u, u @ w, w @ w))
    start, change = np.float32(radii[0]), np.float32(radii[1] - radii[0])

    def distance(p: np.ndarray) -> np.ndarray:
        x, y, z = p[0] - a[0], p[1] - a[1], p[2] - a[2]
        du, dw = x * u[0] + y * u[1] + z * u[2], x * w[0] + y * w[1] + z * w[2]
        t = np.minimum(np.maximum((x * chord[0] + y * chord[1] + z * chord[2]) * inverse, 0), 1)
        for _ in range(3):  # Newton's steps to the nearest point of a + 2 u t + w t^2
            slope = t * (2 * uu + t * (3 * uw + t * ww)) - du - dw * t
            bend = np.maximum(2 * uu + t * (6 * uw + 3 * ww * t) - dw, 0.3 * uu)
            t = np.minimum(np.maximum(t - slope / bend, 0), 1)
        s, q = 2 * t, t * t
        x, y, z = x - s * u[0] - q * w[0], y - s * u[1] - q * w[1], z - s * u[2] - q * w[2]
        return np.sqrt(x * x + y * y + z * z) - start - change * t

    low = np.min([_v(first), _v(middle), _v(last)], axis=0)
    high = np.max([_v(first), _v(middle), _v(last)], axis=0)
    return Shape(distance, (low + high) / 2, float(np.linalg.norm(high - low)) / 2 + max(radii), costly=True)


def through(first: Vector, middle: Vector, last: Vector, radii: tuple[float, float]) -> Shape:
    """As `bent`, but the rod's axis goes through `middle` half-way."""
    return bent(first, 2 * _v(middle) - (_v(first) + _v(last)) / 2, last, radii)


def box(centre: Vector, half: Vector, corner: float = 0.0) -> Shape:
    """half: extents from the middle, the rounding of its edges included."""
    cx, cy, cz = (float(value) for value in centre)
    hx, hy, hz = (float(value) - corner for value in half)

    def distance(p: np.ndarray) -> np.ndarray:
        x, y, z = np.abs(p[0] - cx) - hx, np.abs(p[1] - cy) - hy, np.abs(p[2] - cz) - hz
        inside = np.minimum(np.maximum(np.maximum(x, y), z), 0)
        x, y, z = np.maximum(x, 0), np.maximum(y, 0), np.maximum(z, 0)
        return np.sqrt(x * x + y * y + z * z) + inside - corner

    return Shape(distance, _v(centre), float(np.linalg.norm(half)))


def cylinder(centre: Vector, radius: float, half: float, *, corner: float = 0.0, axis: int = 2) -> Shape:
    """Along one of the axes (0 x, 1 y, 2 z), its rims rounded."""
    c = [float(value) for value in centre]
    first, second = [k for k in range(3) if k != axis]

    def distance(p: np.ndarray) -> np.ndarray:
        u, v = p[first] - c[first], p[second] - c[second]
        r = np.sqrt(u * u + v * v) - (radius - corner)
        h = np.abs(p[axis] - c[axis]) - (half - corner)
        inside = np.minimum(np.maximum(r, h), 0)
        r, h = np.maximum(r, 0), np.maximum(h, 0)
        return np.sqrt(r * r + h * h) + inside - corner

    return Shape(distance, _v(centre), float(np.hypot(radius, half)))


def torus(centre: Vector, radius: float, thickness: float, *, axis: int = 2) -> Shape:
    c = [float(value) for value in centre]
    first, second = [k for k in range(3) if k != axis]

    def distance(p: np.ndarray) -> np.ndarray:
        u, v, w = p[first] - c[first], p[second] - c[second], p[axis] - c[axis]
        r = np.sqrt(u * u + v * v) - radius
        return np.sqrt(r * r + w * w) - thickness

    return Shape(distance, _v(centre), radius + thickness)


def plane(point: Vector, normal: Vector) -> Shape:
    """The half space below a plane."""
    n = _v(normal) / np.linalg.norm(normal)
    offset = float(n @ _v(point))
    nx, ny, nz = (float(value) for value in n)
    return Shape(lambda p: p[0] * nx + p[1] * ny + p[2] * nz - offset, np.zeros(3), np.inf)


def extruded(stencil: Callable[..., np.ndarray], centre: Vector, radius: float, *, back: float) -> Shape:
    """A curve of the plane drawn out along z, from z = `back` forwards, as far as a ball reaches."""
    low = np.float32(back)
    return Shape(lambda p: np.maximum(stencil(p[0], p[1]), low - p[2]), _v(centre), radius)


# combinations -----------------------------------------------------------------------------------------------------


def smooth_minimum(a: np.ndarray, b: np.ndarray, k: float) -> np.ndarray:
    h = np.maximum(k - np.abs(a - b), 0)
    return np.minimum(a, b) - h * h * (0.25 / k)


def _joined(shapes: Sequence[Shape], p: np.ndarray, k: float) -> np.ndarray:
    """Their (smooth) minimum; what is made of several is asked only where its ball is near enough to matter."""
    least = shapes[0].distance(p)
    for shape in shapes[1:]:
        if not (shape.prune or shape.costly) or not np.isfinite(shape.radius):
            other = shape.distance(p)
            least = np.minimum(least, other) if k == 0 else smooth_minimum(least, other, k)
            continue
        where = np.flatnonzero(_outside(p, shape) < least + np.float32(k))
        if where.size:
            here, other = least[where], shape.distance(p[:, where])
            least[where] = np.minimum(here, other) if k == 0 else smooth_minimum(here, other, k)
    return least


def _outside(p: np.ndarray, shape: Shape) -> np.ndarray:
    """How far points are outside a shape's ball."""
    cx, cy, cz = (np.float32(value) for value in shape.centre)
    x, y, z = p[0] - cx, p[1] - cy, p[2] - cz
    return np.sqrt(x * x + y * y + z * z) - np.float32(shape.radius)


def union(*shapes: Shape) -> Shape:
    def distance(p: np.ndarray) -> np.ndarray:
        return _joined(shapes, p, 0.0)

    def prune(region: Region) -> Shape | None:
        kept = [one for shape in shapes if (one := shape.near(region)) is not None]
        return union(*kept) if len(kept) > 1 else (kept[0] if kept else None)

    return Shape(distance, *_ball(shapes), prune)


def blend(k: float, *shapes: Shape) -> Shape:
    """A union whose seams are rounded over a width of `k`."""

    def distance(p: np.ndarray) -> np.ndarray:
        return _joined(shapes, p, k)

    def prune(region: Region) -> Shape | None:
        wide = region.grown(k)
        kept = [one for shape in shapes if (one := shape.near(wide)) is not None]
        return blend(k, *kept) if len(kept) > 1 else (kept[0] if kept else None)

    centre, radius = _ball(shapes)
    return Shape(distance, centre, radius + k / 4, prune)


def carved(base: Shape, cutter: Shape, k: float) -> Shape:
    """`base` without `cutter`, the edge rounded over a width of `k`."""

    def distance(p: np.ndarray) -> np.ndarray:
        return -smooth_minimum(-base.distance(p), cutter.distance(p), k)

    def prune(region: Region) -> Shape | None:
        kept, cut = base.near(region), cutter.near(region.grown(k))
        return kept if kept is None or cut is None else carved(kept, cut, k)

    return Shape(distance, base.centre, base.radius, prune)


def common(first: Shape, second: Shape, k: float) -> Shape:
    """Where both are."""

    def distance(p: np.ndarray) -> np.ndarray:
        return -smooth_minimum(-first.distance(p), -second.distance(p), k)

    def prune(region: Region) -> Shape | None:
        one, two = first.near(region), second.near(region.grown(k))
        return None if one is None or two is None else common(one, two, k)

    smaller = first if first.radius <= second.radius else second
    return Shape(distance, smaller.centre, smaller.radius, prune)


def swollen(base: Shape, height: Distance, centre: Vector, radius: float, most: float) -> Shape:
    """`base` raised by `height` (at most `most`) within a ball; height must have come to 0 at the ball's edge."""
    ball = sphere(centre, radius)

    def distance(p: np.ndarray) -> np.ndarray:
        least = base.distance(p)
        where = np.flatnonzero(_outside(p, ball) < 0)
        if where.size:
            least[where] -= height(p[:, where])
        return least

    def prune(region: Region) -> Shape | None:
        kept = base.near(region.grown(most))
        return kept if kept is None or region.gap(_v(centre)) > radius else swollen(kept, height, centre, radius, most)

    return Shape(distance, base.centre, base.radius + most, prune)


def thickened(shape: Shape, by: float) -> Shape:
    """With another layer all over."""

    def prune(region: Region) -> Shape | None:
        kept = shape.near(region.grown(by))
        return None if kept is None else thickened(kept, by)

    return Shape(lambda p: shape.distance(p) - np.float32(by), shape.centre, shape.radius + by, prune)


def moved(shape: Shape, matrix: np.ndarray, offset: Vector) -> Shape:
    """A shape modelled in a frame of its own: matrix (3, 3), a rotation, and offset bring it here."""
    matrix, offset = _v(matrix), _v(offset)
    plain = bool(np.array_equal(matrix, np.eye(3)))
    back = matrix.T.astype(np.float32)
    start = (matrix.T @ offset).astype(np.float32)

    def distance(p: np.ndarray) -> np.ndarray:
        if plain:
            return shape.distance(p - start[:, None])
        # by hand: a matrix product may round otherwise with another number of threads
        return shape.distance(
            np.stack([m[0] * p[0] + m[1] * p[1] + m[2] * p[2] - s for m, s in zip(back, start, strict=True)])
        )

    def prune(region: Region) -> Shape | None:
        inner = Region(matrix.T @ (region.first - offset), matrix.T @ (region.last - offset), region.radius)
        kept = shape.near(inner)
        return None if kept is None else moved(kept, matrix, offset)

    return Shape(distance, matrix @ shape.centre + offset, shape.radius, prune)


def rotation(*, yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """Degrees: yaw turns the face to the right as seen, pitch lifts it, roll tilts it clockwise as seen."""
    y, x, z = np.radians((yaw, -pitch, -roll))
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    about_z = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    return about_z @ about_x @ about_y
