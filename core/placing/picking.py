# SPDX-License-Identifier: GPL-3.0-or-later
"""What is under the pointer: a point, a curve, a box and its handles. Pure, in px of the region, y up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..landmarks import COUNT, PARTS
from .curves import part_curves
from .edit import PartBox, group, part_box, points_of

if TYPE_CHECKING:
    from ..character import Character

_EYES = {68: "right_eye", 69: "left_eye"}  # an iris goes with its eye, where parts are grabbed
# px at a scale of 1
REACH = 12.0  # of a point and a handle
CURVE_REACH = 7.0
PAD = 12.0  # between a box and what is in it
STEM = 26.0  # from a box to the handle that turns it
# What a handle of a box stands for along the box's axes (x, y), as its corners go; 0 leaves that axis alone.
HANDLES = ((-1, -1), (1, -1), (1, 1), (-1, 1), (0, -1), (1, 0), (0, 1), (-1, 0))


@dataclass(frozen=True)
class Hit:
    """kind: point, curve, handle, turn or inside · index: of the point or handle · part: of the point or curve."""

    kind: str
    index: int = 0
    part: str = ""

    @property
    def number(self) -> int:
        """Another one for each thing that can be hit."""
        kinds = ("point", "curve", "handle", "turn", "inside")
        parts = ("", "irises", "face", *PARTS)
        return (kinds.index(self.kind) * 16 + parts.index(self.part)) * 100 + self.index


@dataclass(frozen=True, eq=False)
class ScreenBox:
    """corners: (4, 2) in the order of PartBox, apart from what is in it · handles: (8, 2) as HANDLES · turn: (2,)."""

    corners: np.ndarray
    handles: np.ndarray
    turn: np.ndarray

    @property
    def area(self) -> float:
        x, y = (self.corners - np.roll(self.corners, -1, axis=0)).T
        return float(abs(x[0] * y[1] - x[1] * y[0]))

    def holds(self, pointer: np.ndarray) -> bool:
        sides = np.roll(self.corners, -1, axis=0) - self.corners
        away = pointer - self.corners
        turns = sides[:, 0] * away[:, 1] - sides[:, 1] * away[:, 0]
        return bool((turns >= 0).all() or (turns <= 0).all())


def part_of(index: int) -> str:
    """The part of a point; "irises" of an iris."""
    return next((part for part, points in PARTS.items() if points.start <= index < points.stop), "irises")


def shown(character: Character) -> np.ndarray:
    """The indices of all points that are there."""
    there = [group(part) for part in PARTS if part in character.present]
    kept = np.unique(np.concatenate(there))
    return kept[kept < COUNT + (0 if character.iris is None else 2)]


def box_of(character: Character, indices: Iterable[int]) -> PartBox | None:
    """The box around points that stands as the face does; None around none."""
    kept = np.intersect1d(np.fromiter(indices, int), shown(character))
    if not len(kept):
        return None
    face = part_box(character, "face")
    places = (points_of(character)[kept] - face.centre) @ face.axes.T
    low, high = places.min(axis=0), places.max(axis=0)
    return PartBox(face.centre + (low + high) / 2 @ face.axes, face.axes, (high - low) / 2)


def box_on_screen(view: Any, box: PartBox, *, scale: float = 1.0) -> ScreenBox | None:
    """The box as it is drawn; None where a part of it is behind the eye. `view` is a PictureInView."""
    step = max(float(box.half.max()), 1.0)
    ends = np.concatenate([box.centre + step * box.axes, box.centre - step * box.axes])
    places = view.on_screen(np.concatenate([box.corners, ends]))
    if not np.isfinite(places).all():
        return None
    corners, ways = places[:4], places[4:6] - places[6:8]
    lengths = np.linalg.norm(ways, axis=1, keepdims=True)
    if (lengths < 1e-6).any():  # seen from its edge
        return None
    ways /= lengths
    signs = np.array(HANDLES[:4], np.float64)
    corners = corners + PAD * scale * (signs @ ways)
    edges = (corners + np.roll(corners, -1, axis=0)) / 2
    return ScreenBox(corners, np.concatenate([corners, edges]), edges[0] - STEM * scale * ways[1])


@dataclass(frozen=True, eq=False)
class Picker:
    """What can be hit of a character in a view. mode: POINTS, PARTS or FACE · chosen: point indices · scale: the
    interface's · irises: whether those are drawn."""

    view: Any
    character: Character
    mode: str
    chosen: frozenset[int]
    scale: float = 1.0
    irises: bool = True

    def hit(self, x: float, y: float) -> Hit | None:
        pointer = np.array([x, y], np.float64)
        there = shown(self.character)
        there = there if self.irises else there[there < COUNT]
        if len(self.chosen) > 1:
            box = box_of(self.character, self.chosen)
            found = self._of_box(pointer, box)
            if found is not None:
                return found
        else:
            box = None
        near = self._nearest(pointer, there)
        if self.mode != "POINTS":
            part = _EYES.get(near.index, near.part) if near is not None else self._around(pointer)
            if self.mode == "FACE":
                part = "face" if part or self._inside(pointer, box_of(self.character, there)) else ""
            if part:
                return Hit("curve", part=part)
        elif near is not None:
            return near
        return Hit("inside") if box is not None and self._inside(pointer, box) else None

    def _of_box(self, pointer: np.ndarray, box: PartBox | None) -> Hit | None:
        placed = None if box is None else box_on_screen(self.view, box, scale=self.scale)
        if placed is None:
            return None
        if np.linalg.norm(placed.turn - pointer) <= REACH * self.scale:
            return Hit("turn")
        away = np.linalg.norm(placed.handles - pointer, axis=1)
        # corners first where a small box's handles are close together
        away[4:] += 2 * self.scale
        nearest = int(away.argmin())
        return Hit("handle", nearest) if away[nearest] <= 0.75 * REACH * self.scale else None

    def _nearest(self, pointer: np.ndarray, there: np.ndarray) -> Hit | None:
        """The point or else the curve that the pointer is on."""
        away = np.linalg.norm(self.view.on_screen(points_of(self.character)[there]) - pointer, axis=1)
        away = np.where(np.isfinite(away), away, np.inf)
        nearest = int(away.argmin())
        if away[nearest] <= REACH * self.scale:
            index = int(there[nearest])
            return Hit("point", index, part_of(index))
        curves = part_curves()
        samples = self.view.on_screen(curves.weights @ self.character.points)
        start, end = samples[curves.pairs[:, 0]], samples[curves.pairs[:, 1]]
        way = end - start
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.clip(((pointer - start) * way).sum(axis=1) / (way**2).sum(axis=1), 0, 1)
            away = np.linalg.norm(start + np.nan_to_num(share)[:, None] * way - pointer, axis=1)
        present = curves.of(self.character.present)[curves.pairs[:, 0]]
        away = np.where(np.isfinite(away) & present, away, np.inf)
        nearest = int(away.argmin())
        if away[nearest] > CURVE_REACH * self.scale:
            return None
        return Hit("curve", part=curves.parts[curves.pairs[nearest, 0]])

    def _around(self, pointer: np.ndarray) -> str:
        """The smallest part whose box holds the pointer; the jaw's holds nearly all, and does not count."""
        found = []
        for part in self.character.present - {"jaw"}:
            placed = box_on_screen(self.view, part_box(self.character, part), scale=0.4 * self.scale)
            if placed is not None and placed.holds(pointer):
                found.append((placed.area, part))
        return min(found)[1] if found else ""

    def _inside(self, pointer: np.ndarray, box: PartBox | None) -> bool:
        placed = None if box is None else box_on_screen(self.view, box, scale=self.scale)
        return placed is not None and placed.holds(pointer)
