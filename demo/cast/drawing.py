# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drawn character is, and how its 68 points follow from the curves that are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.landmarks import ALL_PARTS

from ..brush import Canvas, Colour, ellipse, mirrored, resample, spline

Path = np.ndarray | Sequence[tuple[float, float]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Drawing:
    """A drawn character.

    pixels (H, W, 3 or 4) uint8 · points (68, 2) px · present: its parts · iris (2, 2) px, right then left, or None.
    """

    name: str
    pixels: np.ndarray
    points: np.ndarray
    present: frozenset[str]
    iris: np.ndarray | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px."""
        return self.pixels.shape[1], self.pixels.shape[0]


@dataclass(frozen=True, kw_only=True)
class Face:
    """The curves of a face in design pixels, each from left to right as seen; None is a part that it lacks.

    jaw; brows: two curves, either may be None; bridge: from between the eyes to the tip; nose: its base;
    eyes: (upper, lower) of each; mouth: top edge, upper and lower edge of the gap, bottom edge.
    `line_mouth` makes the last from one line.
    """

    jaw: Path
    eyes: tuple[tuple[Path, Path], tuple[Path, Path]]
    mouth: tuple[Path, Path, Path, Path]
    brows: tuple[Path | None, Path | None] = (None, None)
    bridge: Path | None = None
    nose: Path | None = None
    iris: Path | None = None

    def points(self) -> np.ndarray:
        """The 68 points, (68, 2) design pixels; those of missing parts lie where they would be."""
        points = np.empty((68, 2))
        points[0:17] = resample(np.asarray(self.jaw, np.float64), 17)
        points[36:42], points[42:48] = (_eye(upper, lower) for upper, lower in self.eyes)
        top, upper, lower, bottom = self.mouth
        points[48:55], points[55:60] = at(top, np.arange(7) / 6), at(bottom, np.arange(5, 0, -1) / 6)
        points[60:65], points[65:68] = at(upper, np.arange(5) / 4), at(lower, np.arange(3, 0, -1) / 4)
        right, left = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
        middle, across = (right + left) / 2, (left - right) / 2
        down = np.array([-across[1], across[0]])
        to_mouth = points[48:60].mean(axis=0) - middle
        arch = np.stack([np.linspace(-0.36, 0.36, 5), [-0.62, -0.72, -0.76, -0.72, -0.62]], axis=1)
        arch = arch @ np.stack([across, down])
        points[17:22], points[22:27] = (
            eye + arch if brow is None else at(brow, np.arange(5) / 4)
            for brow, eye in zip(self.brows, (right, left), strict=True)
        )
        if self.bridge is None:
            points[27:31] = middle + np.linspace(0, 0.5, 4)[:, None] * to_mouth
        else:
            points[27:31] = at(self.bridge, np.arange(4) / 3)
        if self.nose is None:
            points[31:36] = middle + 0.6 * to_mouth + np.linspace(-0.2, 0.2, 5)[:, None] * across
        else:
            points[31:36] = at(self.nose, np.arange(5) / 4)
        return points

    def present(self) -> frozenset[str]:
        missing = {name for name, brow in zip(("right_brow", "left_brow"), self.brows, strict=True) if brow is None}
        if self.nose is None:
            missing.add("nose")
        return ALL_PARTS - missing

    def drawing(
        self, name: str, canvas: Canvas, *, transparent: bool = False, turn: np.ndarray | None = None
    ) -> Drawing:
        """The picture on the canvas as a Drawing; `turn` (2, 3) design pixels moves the points as it was drawn."""
        turn = np.eye(2, 3) if turn is None else turn
        pixels = canvas.pixels()
        iris = None if self.iris is None else np.asarray(self.iris, np.float64) @ turn[:, :2].T + turn[:, 2]
        return Drawing(
            name=name,
            pixels=pixels if transparent else np.ascontiguousarray(pixels[..., :3]),
            points=(self.points() @ turn[:, :2].T + turn[:, 2]) * canvas.scale,
            present=self.present(),
            iris=None if iris is None else iris * canvas.scale,
        )


class TurnedCanvas(Canvas):
    """A canvas on which polygons are drawn turned and moved: turn (2, 3) design pixels."""

    def __init__(self, size: int, turn: np.ndarray) -> None:
        super().__init__(size)
        self.turn = turn

    def _cover(self, polygon: np.ndarray) -> tuple[slice, slice, np.ndarray]:
        return super()._cover(np.asarray(polygon, np.float64) @ self.turn[:, :2].T + self.turn[:, 2])

    def upright(self, polygon: Path) -> np.ndarray:
        """A polygon that this canvas draws where it is."""
        return (np.asarray(polygon, np.float64) - self.turn[:, 2]) @ np.linalg.inv(self.turn[:, :2]).T


def turned(degrees: float, centre: tuple[float, float], *, scale: float = 1.0) -> np.ndarray:
    """The map (2, 3) that turns clockwise as seen about `centre` and scales."""
    angle = np.radians(degrees)
    matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.asarray(centre, np.float64)
    return np.concatenate([matrix, (middle - matrix @ middle)[:, None]], axis=1)


def at(path: Path, shares: np.ndarray) -> np.ndarray:
    """The points of an open path at shares 0..1 of its length."""
    path = np.asarray(path, np.float64)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    return np.stack([np.interp(shares * length[-1], length, path[:, axis]) for axis in (0, 1)], axis=1)


def _eye(upper: Path, lower: Path) -> np.ndarray:
    top, bottom = np.asarray(upper, np.float64), np.asarray(lower, np.float64)
    first, last = top[0], top[-1]
    chord = last - first
    # thirds along the chord, not along the lid: a tall eye keeps two points on its roof
    thirds = []
    for path, shares in ((top, (1 / 3, 2 / 3)), (bottom, (2 / 3, 1 / 3))):
        along = (path - first) @ chord / (chord @ chord)
        thirds += [
            [np.interp(share, np.maximum.accumulate(along), path[:, axis]) for axis in (0, 1)] for share in shares
        ]
    return np.array([first, thirds[0], thirds[1], last, thirds[2], thirds[3]])


def whole(half: Path, *, per_span: int = 24) -> np.ndarray:
    """A smooth symmetric curve from the knots of its left half as seen, whose last knot is on the middle."""
    knots = np.asarray(half, np.float64)
    return spline(np.concatenate([knots, mirrored(knots)[1:]]), per_span=per_span)


def oval(
    centre: tuple[float, float], radii: tuple[float, float], *, power: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """The upper and the lower half of an ellipse (or squircle), each from left to right; (49, 2)."""
    angle = np.linspace(np.pi, 0, 49)
    x, y = np.cos(angle), np.sin(angle)
    x, y = np.sign(x) * np.abs(x) ** (2 / power), np.abs(y) ** (2 / power)
    x[np.abs(x) < 1e-9], y[np.abs(y) < 1e-9] = 0.0, 0.0
    return (
        np.stack([centre[0] + radii[0] * x, centre[1] - radii[1] * y], axis=1),
        np.stack([centre[0] + radii[0] * x, centre[1] + radii[1] * y], axis=1),
    )


def ring(halves: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """The closed outline of an (upper, lower) pair."""
    upper, lower = halves
    return np.concatenate([upper, lower[-2:0:-1]])


def flipped(halves: tuple[Path, Path]) -> tuple[np.ndarray, np.ndarray]:
    """The (upper, lower) pair of the other eye."""
    return mirrored(halves[0]), mirrored(halves[1])


def line_mouth(line: Path, *, width: float, gap: float = 1.0) -> tuple[Path, Path, Path, Path]:
    """The mouth that is one drawn line of a width in design pixels; `gap` parts its inner edges a hair."""
    path = np.asarray(line, np.float64)
    inner, outer = np.array([0, gap / 2]), np.array([0, width / 2])
    return path - outer, path - inner, path + inner, path + outer


def mix(first: Colour, second: Colour, weight: np.ndarray) -> np.ndarray:
    """From the first colour to the second as weight (H, W) goes from 0 to 1; (H, W, 3)."""
    weight = np.asarray(weight, np.float32)[..., None]
    return np.array(first, np.float32) * (1 - weight) + np.array(second, np.float32) * weight


def round_line(canvas: Canvas, path: Path, width: float, colour: Colour, opacity: float = 1.0) -> None:
    """A line of even width with round ends."""
    path = np.asarray(path, np.float64)
    canvas.stroke(path, (width,) * 4, colour, opacity)
    if opacity == 1.0:
        for end in (path[0], path[-1]):
            canvas.fill(ellipse((end[0], end[1]), (width / 2, width / 2)), colour)


def outlined(canvas: Canvas, ring: Path, width: float, colour: Colour, opacity: float = 1.0) -> None:
    """A line of even width around a closed path."""
    path = np.asarray(ring, np.float64)
    half = len(path) // 2
    # in two pieces: a stroke that overlaps itself would leave a hole there
    for piece in (path[: half + 2], np.concatenate([path[half:], path[:2]])):
        canvas.stroke(piece, (width,) * 4, colour, opacity)


def noise(canvas: Canvas, seed: int, cell: float, *, stretch: float = 1.0) -> np.ndarray:
    """Smooth noise 0..1 with cells of so many design pixels, the same at every size; stretch: cells wider than high."""
    import cv2

    rows, columns = int(1024 / cell) + 3, int(1024 / (cell * stretch)) + 3
    values = np.random.default_rng(seed).random((rows, columns)).astype(np.float32)
    axis = (np.arange(canvas.size, dtype=np.float32) + 0.5) / canvas.scale
    x, y = np.meshgrid(axis / (cell * stretch) + 0.5, axis / cell + 0.5)
    return cv2.remap(values, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT).clip(0, 1)


def fine(canvas: Canvas, pattern: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """A pattern too fine for the pixels, averaged over them: 0..1 at x (1, n), y (n, 1) design pixels; (size, size)."""
    import cv2

    many = max(1, -(-2048 // canvas.size))
    axis = (np.arange(canvas.size * many, dtype=np.float32) + 0.5) / (canvas.scale * many)
    whole = np.broadcast_to(pattern(axis[None, :], axis[:, None]), (len(axis), len(axis))).astype(np.float32)
    return cv2.resize(whole, (canvas.size, canvas.size), interpolation=cv2.INTER_AREA)


def glow(canvas: Canvas, centre: tuple[float, float], radii: tuple[float, float], power: float = 1.0) -> np.ndarray:
    """A soft spot, 1 in its middle; (size, size)."""
    axis = (np.arange(canvas.size, dtype=np.float32) + 0.5) / canvas.scale
    x, y = axis[None, :], axis[:, None]
    return np.exp(-((((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2) ** power)).astype(
        np.float32
    )
