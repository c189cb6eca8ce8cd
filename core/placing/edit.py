# SPDX-License-Identifier: GPL-3.0-or-later
"""Edits of a character's points: pure functions, Character to Character.

Points are named by indices 0..67 and IRISES, 68 the right iris and 69 the left one; where a character has no irises,
those two stand for nothing. What an edit touches was placed by hand from then on, with confidence 1.

Anything goes while editing: parts on one pixel, points off the canvas. `Character.require_on_picture` says what is
wrong with them once they are to be used. Coordinates stay finite: beyond LIMIT px they stop, and where an edit gives no
number a point stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, MIRROR, PARTS, eye_centres
from .prior import Completion, completion

IRISES = (68, 69)
# px; far beyond any picture, and its square is still exact enough to reckon with
LIMIT = 1e7
# How sure a part is that was put where such a part most likely is.
GUESSED = 0.5
# A part that comes back stays where it was when it left, unless it is that far (in distances between the eyes) from
# where the rest of the face now asks for it.
_STAYS = 0.35
_IRIS_OF = {"right_eye": 68, "left_eye": 69}
_MIRROR = np.append(MIRROR, [69, 68])
_ON_MIDLINE = np.flatnonzero(np.arange(len(_MIRROR)) == _MIRROR)


@dataclass(frozen=True, eq=False)
class PartBox:
    """A box around points that stands as the face does.

    centre: (2,) px · axes: (2, 2), rows are unit vectors, from the face's right to its left and from brow to chin ·
    half: (2,) px along them, from the centre to the edges; 0 where the points are one.
    """

    centre: np.ndarray
    axes: np.ndarray
    half: np.ndarray

    @property
    def corners(self) -> np.ndarray:
        """(4, 2) px, around the box from its upper right-hand side of the face (upper left of an upright picture)."""
        signs = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float64)
        return self.centre + signs * self.half @ self.axes


def group(what: str) -> np.ndarray:
    """The indices of a part, of the "irises", or of the whole "face"; an eye's iris goes with it. Raises USAGE.

    >>> group("right_eye").tolist()
    [36, 37, 38, 39, 40, 41, 68]
    """
    if what == "face":
        return np.arange(COUNT + 2)
    if what == "irises":
        return np.array(IRISES)
    if what not in PARTS:
        raise FaceShotError(
            ErrorCode.USAGE, f"No such part: {what}.", hint=f"Parts are {', '.join(PARTS)}, irises and face."
        )
    part = np.arange(PARTS[what].start, PARTS[what].stop)
    return np.append(part, _IRIS_OF[what]) if what in _IRIS_OF else part


def points_of(character: Character) -> np.ndarray:
    """(70, 2) px: the 68 points and the irises, NaN where there are none."""
    iris = np.full((2, 2), np.nan) if character.iris is None else character.iris
    return np.concatenate([character.points, iris])


def midline(character: Character) -> tuple[np.ndarray, np.ndarray]:
    """The face's own mirror axis: a point (2,) px on it and its direction (2,), a unit vector from brow to chin.

    The reflection that brings the points closest to their counterparts (least squares, surer points count more). An
    upright one where the points leave none to choose.
    """
    points = np.clip(character.points, -LIMIT, LIMIT)
    there = np.zeros(COUNT)
    for part in character.present:
        there[PARTS[part]] = np.clip(character.confidence[PARTS[part]], 0, 1) + 1e-3
    weight = np.minimum(there, there[MIRROR])
    centre = weight @ points / weight.sum()
    x, y = ((points - centre) / _extent(points, centre)).T
    # R = [[cos 2a, sin 2a], [sin 2a, -cos 2a]] mirrors at a line of angle a; of all of them the sum over
    # p_mirrored . R p is largest for
    across = weight @ (x[MIRROR] * x - y[MIRROR] * y)
    along = weight @ (x[MIRROR] * y + y[MIRROR] * x)
    if np.hypot(across, along) < 1e-9:
        return centre, np.array([0.0, 1.0])
    angle = np.arctan2(along, across) / 2
    direction = np.array([np.cos(angle), np.sin(angle)])
    return centre, direction if direction @ _downward(points, character.present) >= 0 else -direction


def part_box(character: Character, what: str) -> PartBox:
    """The box around a part, the "irises" (none: around the eyes' centres) or the "face": all that it has."""
    centre, axes = midline(character)[0], _axes(character)
    if what == "irises":
        points = eye_centres(character.points) if character.iris is None else character.iris
    elif what == "face":
        points = np.concatenate([character.points[PARTS[part]] for part in sorted(character.present)])
    else:
        points = character.points[[index for index in group(what) if index < COUNT]]
    places = (np.clip(points, -LIMIT, LIMIT) - centre) @ axes.T
    low, high = places.min(axis=0), places.max(axis=0)
    return PartBox(centre + (low + high) / 2 @ axes, axes, (high - low) / 2)


def moved(character: Character, indices: Iterable[int], offset: object, *, mirror: bool = False) -> Character:
    """The character with those points shifted by `offset` (2,) px; for `mirror` see `transformed`."""
    matrix = np.eye(2, 3)
    matrix[:, 2] = np.asarray(offset, np.float64)
    return transformed(character, indices, matrix, mirror=mirror)


def transformed(character: Character, indices: Iterable[int], matrix: np.ndarray, *, mirror: bool = False) -> Character:
    """The character with those points taken through the affine `matrix` (2, 3), px to px.

    mirror: their counterparts on the other half of the face do the same, reflected at the face's own midline. Both of a
    pair go with the matrix itself; where only points of the midline are moved, they keep to it.
    """
    given = np.unique([int(index) for index in indices])
    chosen = given[(given >= 0) & (given < COUNT + (0 if character.iris is None else 2))].astype(int)
    matrix = np.asarray(matrix, np.float64)
    if not chosen.size or not np.isfinite(matrix).all() or np.array_equal(matrix, np.eye(2, 3)):
        return character
    points = points_of(character)
    new = points.copy()
    new[chosen] = _through(points[chosen], matrix)
    if mirror:
        point, direction = midline(character)
        over = reflection(point, direction)
        if np.isin(chosen, _ON_MIDLINE).all():
            with np.errstate(over="ignore", invalid="ignore"):
                new[chosen] = points[chosen] + np.outer((new[chosen] - points[chosen]) @ direction, direction)
        else:
            others = np.setdiff1d(_MIRROR[chosen], chosen)
            new[others] = _through(_through(_through(points[others], over), matrix), over)
            chosen = np.union1d(chosen, others)
    return _placed(character, chosen, new)


def mirrored_side(character: Character, side: str) -> Character:
    """The character with one half, "right" or "left" (its own), copied over to the other at the face's midline.

    The points of the midline come to lie on it. Brow and eye of the copied half are there on both, or on neither.
    Raises USAGE for another side.
    """
    if side not in ("right", "left"):
        raise FaceShotError(ErrorCode.USAGE, f"No such side: {side}.", hint="Sides are right and left.")
    other = "left" if side == "right" else "right"
    point, direction = midline(character)
    before = points_of(character)
    points = np.clip(before, -LIMIT, LIMIT)
    through = _through(points, reflection(point, direction))
    source = _side(side)
    new = points.copy()
    new[_MIRROR[source]] = through[source]
    new[_ON_MIDLINE] = (points[_ON_MIDLINE] + through[_ON_MIDLINE]) / 2
    present = set(character.present)
    for part in ("brow", "eye"):
        present.discard(f"{other}_{part}")
        if f"{side}_{part}" in present:
            present.add(f"{other}_{part}")
    touched = np.flatnonzero(~np.isclose(new, before, rtol=0, atol=1e-9).all(axis=1))
    return _placed(replace(character, present=frozenset(present)), touched, new)


def with_part(character: Character, part: str) -> Character:
    """The character with that part, too: where it was when it was taken out, else where such a part most likely is.

    A part that was put there is "template", half sure: it wants to be looked at. Raises USAGE for what is no part.
    """
    group(part)
    if part in character.present or part not in PARTS:
        return character
    chosen = PARTS[part]
    grown = replace(character, present=character.present | {part})
    guess = _likely(character)
    own = np.clip(character.points[chosen], -LIMIT, LIMIT)
    if guess is None:
        return grown
    likely = guess.points[chosen]
    if np.sqrt(((likely - own) ** 2).sum(axis=1).mean()) <= _STAYS * guess.unit:
        return grown
    points, confidence, placed = character.points.copy(), character.confidence.copy(), list(character.placed)
    points[chosen], confidence[chosen] = np.clip(likely, -LIMIT, LIMIT), GUESSED
    placed[chosen] = ["template"] * len(own)
    return replace(grown, points=points, confidence=confidence, placed=tuple(placed))


def without_part(character: Character, part: str) -> Character:
    """The character without that part; its points are kept for when it comes back. Raises USAGE: no face is without its
    jaw."""
    group(part)
    return replace(character, present=character.present - {part})


def with_irises(character: Character) -> Character:
    """The character with irises, in the middle of its eyes where it had none."""
    if character.iris is not None:
        return character
    return replace(character, iris=eye_centres(np.clip(character.points, -LIMIT, LIMIT)))


def without_irises(character: Character) -> Character:
    return replace(character, iris=None)


def reflection(point: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The (2, 3) matrix that mirrors at the line through `point` along `direction`, a unit vector.

    >>> reflection(np.array([3.0, 0.0]), np.array([0.0, 1.0])) @ [1.0, 5.0, 1.0]
    array([5., 5.])
    """
    linear = 2 * np.outer(direction, direction) - np.eye(2)
    return np.column_stack([linear, point - linear @ point])


def turned_about(centre: np.ndarray, angle: float) -> np.ndarray:
    """The (2, 3) matrix that turns by `angle` radians, clockwise on the picture as y points down."""
    linear = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([linear, centre - linear @ centre])


def scaled_about(centre: np.ndarray, factors: object, axes: np.ndarray | None = None) -> np.ndarray:
    """The (2, 3) matrix that scales by `factors`, one or two, along `axes` as a PartBox has them (else x and y)."""
    axes = np.eye(2) if axes is None else axes
    linear = axes.T @ np.diag(np.broadcast_to(np.asarray(factors, np.float64), 2)) @ axes
    return np.column_stack([linear, centre - linear @ centre])


def _axes(character: Character) -> np.ndarray:
    down = midline(character)[1]
    return np.stack([[down[1], -down[0]], down])


def _extent(points: np.ndarray, centre: np.ndarray) -> float:
    return max(float(np.abs(points - centre).max()), 1e-12)


def _downward(points: np.ndarray, present: frozenset[str]) -> np.ndarray:
    """Roughly the way from brow to chin: from the jaw's ends to its middle; of a flat jaw, by right and left."""
    down = points[4:13].mean(axis=0) - (points[0] + points[16]) / 2
    across = points[16] - points[0]
    if np.abs(down).max() > 1e-6 * max(1e-6, np.abs(across).max()):
        return np.asarray(down)
    return np.array([-across[1], across[0]]) if np.abs(across).max() > 1e-9 else np.array([0.0, 1.0])


def _side(side: str) -> np.ndarray:
    right = np.r_[0:8, 17:22, 31:33, 36:42, 48:51, 58:60, 60:62, 67, 68]
    return right if side == "right" else _MIRROR[right]


def _through(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def _placed(character: Character, touched: np.ndarray, points: np.ndarray) -> Character:
    """The character with (70, 2) points, those touched placed by hand."""
    before = points_of(character)
    kept = ~np.isfinite(points)
    kept[np.setdiff1d(np.arange(len(points)), touched)] = True
    points = np.where(kept, before, np.clip(points, -LIMIT, LIMIT))
    confidence, placed = character.confidence.copy(), list(character.placed)
    for index in touched[touched < COUNT]:
        confidence[index], placed[index] = 1.0, "hand"
    iris = None if character.iris is None else points[COUNT:]
    return replace(character, points=points[:COUNT], iris=iris, confidence=confidence, placed=tuple(placed))


def _likely(character: Character) -> Completion | None:
    """The whole face as the parts that are there ask for it; None where they say nothing, all on one spot."""
    known = np.concatenate([np.arange(COUNT)[PARTS[part]] for part in sorted(character.present)])
    points = np.clip(character.points[known], -LIMIT, LIMIT)
    try:
        guess = completion(np.eye(COUNT + 2)[known], points)
    except (FaceShotError, np.linalg.LinAlgError):
        return None
    return guess if np.isfinite(guess.points).all() else None
