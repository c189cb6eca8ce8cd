# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes and mouth: slits in the skin, each with an upper and a lower sheet that know nothing of each other.

A sheet is the skin's motion plus what its own side of the opening does. Because the upper lid does not know the lower
one, nothing folds when they meet; where both cover a place, the upper lies on top. Which side of the slit a piece of
skin belongs to is decided once, in the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..landmarks import COUNT
from .anatomy import Head
from .eye_shape import EyeShape
from .lattice import Lattice, Window

RIM_SAMPLES = 33
RIM_PINS = 13


@dataclass(frozen=True)
class Anatomy:
    """The landmarks of an opening, corner to corner, and how its sheets reach."""

    part: str
    upper: tuple[int, ...]
    lower: tuple[int, ...]
    upper_more: tuple[int, ...]
    lower_more: tuple[int, ...]
    roundness: float
    reach: float
    closed_below: float

    @property
    def upper_side(self) -> list[int]:
        """The landmarks that lie on its upper sheet."""
        return [*self.upper, *self.upper_more]

    @property
    def lower_side(self) -> list[int]:
        return [*self.lower, *self.lower_more]


ANATOMY = (
    Anatomy(
        "right_eye", (36, 37, 38, 39), (36, 41, 40, 39), (), (), 0.8, 0.8, 0.0,
    ),
    Anatomy(
        "left_eye", (42, 43, 44, 45), (42, 47, 46, 45), (), (), 0.8, 0.8, 0.0,
    ),
    Anatomy(
        "mouth", (60, 61, 62, 63, 64), (60, 67, 66, 65, 64), (48, 49, 50, 51, 52, 53, 54), (48, 59, 58, 57, 56, 55, 54),
        0.7, 0.9, 0.06,
    ),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Rim:
    """One edge of an opening: an arc through its landmarks.

    along (n,): 0..1 from corner to corner; places (n, 2) px in the picture; weights (n, 68): how it moves with the
    landmarks. Between the corners' chord and the arc there is a bulge (4 t (1 - t))^p: five points alone would
    give a diamond.
    """

    along: np.ndarray
    places: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class Opening:
    """An eye or a mouth on the picture.

    anatomy; origin (2,) px: its first corner; axis, normal (2,): unit vectors to the other corner, and from the
    upper to the lower edge; width px; upper, lower: the edges of the skin; closed: it was shut in the picture (its
    two edges are one line then); gap: mean distance of its inner points in the picture, in widths; shape: its edges are
    those of a drawn eye.
    """

    anatomy: Anatomy
    origin: np.ndarray
    axis: np.ndarray
    normal: np.ndarray
    width: float
    upper: Rim
    lower: Rim
    closed: bool
    gap: float
    shape: EyeShape | None = None

    @property
    def name(self) -> str:
        return self.anatomy.part

    @property
    def lap(self) -> float:
        """How far the upper edge goes over the lower one when shut, px: two outlines become one."""
        return 0.0 if self.shape is None else self.shape.lap

    @property
    def handedness(self) -> float:
        """1 where the normal is the axis turned to the right (y down), -1 where a picture is mirrored."""
        return float(np.sign(self.axis[0] * self.normal[1] - self.axis[1] * self.normal[0]))

    @property
    def landmarks(self) -> list[int]:
        """The landmarks that move it."""
        anatomy = self.anatomy
        return [*anatomy.upper, *anatomy.lower, *anatomy.upper_more, *anatomy.lower_more]

    def local(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (..., 2) px as (t, n): along the axis in widths, and px below the chord."""
        offset = points - self.origin
        return offset @ self.axis / self.width, offset @ self.normal

    def edges(self, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far below the chord the upper and the lower edge run at `along`; px, 0 beyond the corners."""
        heights = []
        for rim in (self.upper, self.lower):
            t, n = self.local(rim.places)
            order = np.argsort(t)
            heights.append(np.interp(along, t[order], n[order], left=0.0, right=0.0))
        return heights[0], heights[1]

    def above(self, points: np.ndarray, margin: float) -> np.ndarray:
        """The upper side's share of the skin at points (..., 2) of the picture; (...), 0..1.

        Between the corners it is 1 above the seam and 0 below; beyond them it is a ramp, `margin` px wide at the
        corner, that widens with the distance.
        """
        t, n = self.local(points)
        upper, lower = self.edges(t)
        side = (upper + lower) / 2 - n
        beyond = np.maximum(np.maximum(-t, t - 1), 0) * self.width
        return np.where(beyond > 0, np.clip(0.5 + side / (2 * (margin + 0.8 * beyond)), 0, 1), side > 0)

    def own_side(self, points: np.ndarray, side: str, margin: float) -> tuple[np.ndarray, np.ndarray]:
        """Points (m, 2) px, those that lie more than `margin` px past the edge of the "upper" or "lower" sheet brought
        back to there, and the upper side's share there (m,).

        Past its edge a sheet goes on as its edge goes: whatever the lids do, the part that lies under the other
        sheet cannot fold. Beyond the corners both sheets are the skin.
        """
        t, n = self.local(points)
        edge = self.edges(t)[0 if side == "upper" else 1]
        between = (t >= 0) & (t <= 1)
        past = np.maximum(n - edge - margin, 0) if side == "upper" else np.minimum(n - edge + margin, 0)
        places = points - np.where(between, past, 0.0)[:, None] * self.normal
        share = self.above(points, 1.0)
        return places, np.where(between, 1.0 if side == "upper" else 0.0, share)

    def shows(self, points: np.ndarray, side: str) -> np.ndarray:
        """Does the "upper" or "lower" sheet reach the points (m, 2) px of the picture? (m,) bool."""
        t, n = self.local(points)
        upper, lower = self.edges(t)
        return n <= upper if side == "upper" else n >= lower

    def cover(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distances (px, about) of points (..., 2) of the picture from the edges of the upper and the lower
        sheet, positive on the skin of each."""
        t, n = self.local(points)
        step = 1.0 / (4 * RIM_SAMPLES)
        upper, lower = self.edges(t)
        ahead_upper, ahead_lower = self.edges(t + step)
        slopes = (ahead_upper - upper, ahead_lower - lower)
        lean = [1 / np.hypot(1, slope / (step * self.width)) for slope in slopes]
        return (upper - n) * lean[0], (n - lower) * lean[1]

    def outside(self, points: np.ndarray) -> np.ndarray:
        """About how far points (..., 2) px of the picture lie outside of it; px, negative within."""
        t, n = self.local(points)
        upper, lower = self.edges(np.clip(t, 0, 1))
        beyond, off = np.maximum(np.maximum(-t, t - 1), 0) * self.width, np.maximum(upper - n, n - lower)
        return np.where(beyond > 0, np.hypot(beyond, off), off)

    def settle(self, points: np.ndarray) -> np.ndarray:
        """Landmarks (T, 68, 2) in which the edges of this opening do not cross, and an eye all but shut is shut."""
        points = points.copy()
        chord = points[:, self.anatomy.upper[-1]] - points[:, self.anatomy.upper[0]]
        length = np.maximum(np.linalg.norm(chord, axis=-1), 1e-6)
        turned = np.stack([-chord[:, 1], chord[:, 0]], axis=-1) / length[:, None]
        turned *= self.handedness
        inner_upper, inner_lower = list(self.anatomy.upper[1:-1]), list(self.anatomy.lower[1:-1])
        upper, lower = points[:, inner_upper], points[:, inner_lower]
        gap = np.einsum("tkd,td->tk", lower - upper, turned) + self.lap
        wanted = np.maximum(gap, 0.0)
        if not self.closed:
            # A tracker's closed eye keeps a slit of a few percent of its width.
            slit = min(0.03, 0.18 * self.gap) * length[:, None]
            wanted = np.where(wanted < 2 * slit, np.maximum(2 * (wanted - slit), 0.0), wanted)
        change = (wanted - gap)[..., None] * turned[:, None]
        # The lower edge stays where it is seen: lids come down, they do not rise.
        share = 1.0 if self.anatomy.part != "mouth" else 0.5
        points[:, inner_upper] = upper - share * change
        points[:, inner_lower] = lower + (1 - share) * change
        return points


def find_openings(head: Head, shapes: Mapping[str, EyeShape] | None = None) -> tuple[Opening, ...]:
    """The openings of a face that are large enough to be cut: at least 0.08 units and 3 px wide. Dots are not cut."""
    found = []
    for anatomy in ANATOMY:
        shape = None if shapes is None else shapes.get(anatomy.part)
        if anatomy.part not in head.present or (shape is not None and shape.dot):
            continue
        width = float(np.linalg.norm(head.points[anatomy.upper[-1]] - head.points[anatomy.upper[0]]))
        if width >= max(0.08 * head.unit, 3.0):
            found.append(_opening(head, anatomy, width, shape))
    return tuple(found)


def _opening(head: Head, anatomy: Anatomy, width: float, shape: EyeShape | None) -> Opening:
    points = head.points
    origin = points[anatomy.upper[0]]
    axis = (points[anatomy.upper[-1]] - origin) / width
    normal = np.array([-axis[1], axis[0]])
    if normal @ head.down < 0:
        normal = -normal
    inner = points[list(anatomy.lower[1:-1])] - points[list(anatomy.upper[1:-1])]
    gap = float((inner @ normal).mean()) / width
    roundness = anatomy.roundness if shape is None else shape.roundness
    upper = _rim(points, anatomy.upper, roundness)
    lower = _rim(points, anatomy.lower, roundness)
    closed = gap < anatomy.closed_below
    if closed:
        seam = (upper.places + lower.places) / 2
        upper, lower = (Rim(rim.along, seam, rim.weights) for rim in (upper, lower))
    return Opening(anatomy, origin, axis, normal, width, upper, lower, closed, max(gap, 0.0), shape)


def _rim(points: np.ndarray, indices: tuple[int, ...], roundness: float) -> Rim:
    first, last, inner = indices[0], indices[-1], indices[1:-1]
    chord = points[last] - points[first]
    at = np.array([(points[index] - points[first]) @ chord for index in inner]) / float(chord @ chord)
    # Points pushed to a corner, past it or past each other (a turned face, a squeezed drawing) still make an arc that
    # can move without folding at the corner.
    at = np.maximum.accumulate(np.clip(at, 0.18, 0.82)) + np.arange(len(inner)) * 1e-4
    # Closer together at the corners, where round eyes are steep
    along = (1 - np.cos(np.linspace(0, np.pi, RIM_SAMPLES))) / 2
    bulge = (4 * along * (1 - along)) ** roundness
    weights = np.zeros((RIM_SAMPLES, COUNT))
    weights[:, first] += 1 - along
    weights[:, last] += along
    for index, t, share in zip(inner, at, np.eye(len(inner)), strict=True):
        shape = bulge * np.interp(along, at, share) / (4 * t * (1 - t)) ** roundness
        weights[:, index] += shape
        weights[:, first] -= shape * (1 - t)
        weights[:, last] -= shape * t
    return Rim(along, weights @ points, weights)


def sheet_centres(head: Head, opening: Opening, side: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where one side's field is pinned: places (n, 2) px, the displacement wanted there as (n, 68) weights, and how
    loosely each is held (n,)."""
    anatomy = opening.anatomy
    rim = opening.upper if side == "upper" else opening.lower
    points = anatomy.upper_more if side == "upper" else anatomy.lower_more
    corners = [anatomy.upper[0], anatomy.upper[-1]]
    picked = np.abs(rim.along - np.linspace(0, 1, RIM_PINS + 2)[1:-1, None]).argmin(axis=1)
    places = [head.points[corners], head.points[list(points)].reshape(-1, 2), rim.places[picked]]
    identity = np.eye(COUNT)
    weights = [identity[corners], identity[list(points)].reshape(-1, COUNT), rim.weights[picked]]
    looseness = np.concatenate([np.full(len(corners) + len(points), 0.001), np.full(len(picked), 0.01)])
    return np.concatenate(places), np.concatenate(weights), looseness


def window_of(lattice: Lattice, places: np.ndarray, reach: float) -> Window:
    """The nodes within `reach` px of any of the places, and a margin."""
    return lattice.window_around(places.min(axis=0) - reach, places.max(axis=0) + reach, margin=2)
