# SPDX-License-Identifier: GPL-3.0-or-later
"""A small antialiased painter: curves, coverage masks, tapered strokes, soft shading. NumPy and OpenCV only.

Coordinates are pixels of a 1024 x 1024 drawing, (0, 0) the corner of its top-left pixel; a canvas of another size
scales them. A mask is the coverage 0..1 of each pixel, (size, size) float32.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

DESIGN_SIZE = 1024
MIDDLE = DESIGN_SIZE / 2
_OVERSAMPLE = 4
_SHIFT = 4  # fractional bits of OpenCV's polygon coordinates

Colour = tuple[float, float, float]


def spline(
    knots: Sequence[tuple[float, float]] | np.ndarray, *, closed: bool = False, per_span: int = 24
) -> np.ndarray:
    """A centripetal Catmull-Rom curve through `knots` (N, 2); ((N - 1) * per_span + 1, 2), or N * per_span if closed.

    Knot k is sample k * per_span. Centripetal spacing keeps unevenly spaced knots free of loops.
    """
    points = np.asarray(knots, np.float64)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    p0, p1, p2, p3 = (padded[k : len(padded) - 3 + k, None] for k in range(4))
    d01, d12, d23 = (
        np.sqrt(np.linalg.norm(b - a, axis=-1, keepdims=True)) + 1e-9 for a, b in ((p0, p1), (p1, p2), (p2, p3))
    )
    start = d12 * ((p1 - p0) / d01 - (p2 - p0) / (d01 + d12) + (p2 - p1) / d12)
    end = d12 * ((p2 - p1) / d12 - (p3 - p1) / (d12 + d23) + (p3 - p2) / d23)
    t = np.linspace(0, 1, per_span, endpoint=False)[None, :, None]
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * p1
        + (t**3 - 2 * t**2 + t) * start
        + (3 * t**2 - 2 * t**3) * p2
        + (t**3 - t**2) * end
    ).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


def resample(path: np.ndarray, count: int) -> np.ndarray:
    """`count` points evenly spaced by arc length along the open `path` (N, 2), both ends included; (count, 2)."""
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    wanted = np.linspace(0, length[-1], count)
    return np.stack([np.interp(wanted, length, path[:, axis]) for axis in (0, 1)], axis=1)


def mirrored(path: np.ndarray | Sequence[tuple[float, float]]) -> np.ndarray:
    """The mirror image about the drawing's vertical middle, in reversed order."""
    path = np.asarray(path, np.float64)
    return (path * (-1, 1) + (DESIGN_SIZE, 0))[::-1]


def same(path: np.ndarray | Sequence[tuple[float, float]]) -> np.ndarray:
    """The path itself: the other side of `mirrored`."""
    return np.asarray(path, np.float64)


def closed(path: np.ndarray) -> np.ndarray:
    """The path of a closed curve, overlapping itself a little, so that a stroke along it leaves no gap."""
    return np.concatenate([path, path[:12]])


def ellipse(centre: tuple[float, float], radii: tuple[float, float], *, degrees: float = 0.0) -> np.ndarray:
    """A closed polygon, (96, 2)."""
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    turn = np.radians(degrees)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1) @ turned.T + centre


def normals(path: np.ndarray) -> np.ndarray:
    """Unit normals of a path, to the right of its direction as seen on screen (x right, y down); (N, 2)."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
    return tangent[:, ::-1] * (-1, 1)


def ribbon(path: np.ndarray, widths: Sequence[float], *, side: float = 0.0) -> np.ndarray:
    """The outline of a stroke along `path` whose width runs through `widths` (evenly spread, smoothly joined).

    side -1, 0, 1: the path is the stroke's right edge, its middle, or its left edge.
    """
    path = resample(path, max(len(path), 8))
    where = np.linspace(0, 1, len(path))
    knots = np.stack([np.linspace(0, 1, len(widths)), np.asarray(widths, np.float64)], axis=1)
    smooth = spline(knots)
    width = np.clip(np.interp(where, smooth[:, 0], smooth[:, 1]), 0, None)[:, None]
    normal = normals(path)
    return np.concatenate([path + normal * width * (side + 1) / 2, (path + normal * width * (side - 1) / 2)[::-1]])


def grid(canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """x (1, size) and y (size, 1) of the pixel centres, in design pixels."""
    axis = (np.arange(canvas.size, dtype=np.float32) + 0.5) / canvas.scale
    return axis[None, :], axis[:, None]


class Canvas:
    """A picture under the brush: premultiplied colour and alpha, float32, 0..1."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.scale = size / DESIGN_SIZE
        self.colour = np.zeros((size, size, 3), np.float32)
        self.alpha = np.zeros((size, size), np.float32)

    def mask(self, *polygons: np.ndarray) -> np.ndarray:
        """Coverage of the union of polygons, drawn at four times the size and averaged."""
        whole = np.zeros((self.size, self.size), np.float32)
        for polygon in polygons:
            rows, columns, cover = self._cover(polygon)
            target = whole[rows, columns]
            np.maximum(target, cover, out=target)
        return whole

    def _cover(self, polygon: np.ndarray) -> tuple[slice, slice, np.ndarray]:
        """The part of the canvas that a polygon touches (rows, columns), and its coverage there."""
        points = np.asarray(polygon, np.float64) * self.scale
        low = np.clip(np.floor(points.min(axis=0)).astype(int) - 1, 0, self.size)
        high = np.clip(np.ceil(points.max(axis=0)).astype(int) + 1, 0, self.size)
        rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
        width, height = (int(length) for length in high - low)
        if width <= 0 or height <= 0:
            return slice(0, 0), slice(0, 0), np.zeros((0, 0), np.float32)
        fine = np.zeros((height * _OVERSAMPLE, width * _OVERSAMPLE), np.uint8)
        corners = np.round(((points - low) * _OVERSAMPLE - 0.5) * (1 << _SHIFT)).astype(np.int32)
        cv2.fillPoly(fine, [corners], 255, cv2.LINE_8, _SHIFT)
        cover = cv2.resize(fine.astype(np.float32) / 255, (width, height), interpolation=cv2.INTER_AREA)
        return rows, columns, cover

    def blurred(self, mask: np.ndarray, sigma: float) -> np.ndarray:
        """The mask softened by a Gaussian of `sigma` design pixels."""
        sigma *= self.scale
        shrink = max(1, int(sigma / 6))
        if shrink == 1:
            return cv2.GaussianBlur(mask, (0, 0), max(sigma, 0.3), borderType=cv2.BORDER_REPLICATE)
        small = cv2.resize(mask, (self.size // shrink, self.size // shrink), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / shrink, borderType=cv2.BORDER_REPLICATE)
        return cv2.resize(small, (self.size, self.size), interpolation=cv2.INTER_CUBIC).clip(0, 1)

    def shifted(self, mask: np.ndarray, offset: tuple[float, float]) -> np.ndarray:
        """The mask moved by `offset` design pixels; its border values are carried along."""
        matrix = np.array([[1, 0, offset[0] * self.scale], [0, 1, offset[1] * self.scale]])
        return cv2.warpAffine(
            mask, matrix, (self.size, self.size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )

    def rim(self, mask: np.ndarray, sigma: float, offset: tuple[float, float]) -> np.ndarray:
        """The part of `mask` near its edge on the side away from `offset`: where a round form turns from the light."""
        return mask * (1 - self.shifted(self.blurred(mask, sigma), offset))

    def paint(self, mask: np.ndarray, colour: Colour | np.ndarray, opacity: float = 1.0) -> None:
        """Lay `colour` (r, g, b of 0..255, or a (size, size, 3) array of them) over the picture where the mask is."""
        self._lay(slice(None), slice(None), mask * opacity, np.asarray(colour, np.float32) / 255)

    def fill(
        self, polygon: np.ndarray, colour: Colour, opacity: float = 1.0, *, within: np.ndarray | None = None
    ) -> None:
        """Lay a flat colour over a polygon, or over that part of it that lies in the mask `within`."""
        rows, columns, cover = self._cover(polygon)
        if within is not None:
            cover = cover * within[rows, columns]
        self._lay(rows, columns, cover * opacity, np.asarray(colour, np.float32) / 255)

    def _lay(self, rows: slice, columns: slice, cover: np.ndarray, ink: np.ndarray) -> None:
        cover = cover.astype(np.float32)
        self.colour[rows, columns] += (ink - self.colour[rows, columns]) * cover[..., None]
        self.alpha[rows, columns] += (1 - self.alpha[rows, columns]) * cover

    def stroke(
        self,
        path: np.ndarray,
        widths: Sequence[float],
        colour: Colour,
        opacity: float = 1.0,
        *,
        side: float = 0.0,
        within: np.ndarray | None = None,
    ) -> None:
        """A tapered line; see `ribbon`."""
        self.fill(ribbon(path, widths, side=side), colour, opacity, within=within)

    def pixels(self) -> np.ndarray:
        """The picture as straight-alpha RGBA, (size, size, 4) uint8."""
        straight = self.colour / np.maximum(self.alpha, 1e-4)[..., None]
        return (np.dstack([straight, self.alpha]).clip(0, 1) * 255 + 0.5).astype(np.uint8)
