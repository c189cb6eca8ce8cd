# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the 68 points in a whole picture with our own landmark network.

Windows of several sizes are looked at, each telling where the points would be and how sure it is. The best are looked
at again, closer and upright. The winner is seen in eight slightly changed crops: their median is the answer, and their
spread, with the error that the network itself expects, is the confidence of each point.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from ..character import HALF_AT
from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, PARTS, eye_centres, face_width
from .candidate import points_of
from .crops import MARGIN, Pyramid, back, crop_matrix, window
from .landmark_net import FLAGS, INPUT, LandmarkNet, Seen, shipped

log = logging.getLogger(__name__)

SIDES = (1.25, 0.9, 0.62, 0.42)  # of the windows, in longer sides of the picture
STEP = 0.34  # from window to window, in their sides
SMALL_SIDES = (0.27,)  # where no window is sure
CANDIDATES = 6
ANSWERS = 3  # of them are seen in all views
SHORTEST_SIDE = 16  # px

# Each: shift in sides across and down, scale, turn in radians, mirrored
VIEWS = (
    (0.0, 0.0, 1.0, 0.0, False),
    (0.0, 0.0, 1.0, 0.0, True),
    (0.03, 0.02, 1.08, 0.1, False),
    (-0.03, 0.02, 0.94, -0.1, True),
    (0.02, -0.03, 0.92, -0.06, False),
    (-0.02, -0.03, 1.12, 0.06, True),
    (0.04, 0.0, 1.0, -0.12, False),
    (0.0, 0.04, 1.04, 0.12, True),
)
SPREAD_WEIGHT = 2.0
SURE_FACE = 0.85  # of the face flag: characters give 0.95 and more, noise up to 0.8
LARGEST_ERROR = 0.065  # mean expected error, in face widths: 2 of 100 drawings for training expect more
FACE_WEIGHT, SIZE_WEIGHT = 1.5, 0.25  # of the flag and of the size, against the expected error, in logarithms
# A face this much larger about another, so much a face and so sure, is the one that is meant
LARGER, WHOLE_FACE, LARGEST_WHOLE = 1.4, 0.8, 0.12
PRESENT = 0.5

HINT = "Give the face's place with --box x,y,width,height, or give a character card whose points are placed by hand."


@dataclass(frozen=True, eq=False)
class Placed:
    """A face found.

    points (68, 2), iris (2, 2) px · expected (68,): error to expect in face widths · present: the parts that it has ·
    confidence (68,) 0..1 · face: 0..1, that there is one.
    """

    points: np.ndarray
    iris: np.ndarray
    expected: np.ndarray
    present: frozenset[str]
    confidence: np.ndarray
    face: float

    @property
    def error(self) -> float:
        """Mean error to expect over the parts that it has, in widths of the face."""
        return float(self.expected[points_of(self.present)].mean())

    @property
    def sure(self) -> bool:
        """Whether there is a face at all, and its points are more than guesses.

        What lacks an eye is rarely a face: drawings with an eye covered expect less than HALF_AT, things that seemed
        to have one eye, or none, more.
        """
        limit = LARGEST_ERROR if {"right_eye", "left_eye"} <= self.present else HALF_AT
        return self.face >= SURE_FACE and self.error <= limit

    @property
    def cost(self) -> float:
        """The lower, the rather it is the face that is meant: the surest, and of equals the largest."""
        side = max(window(self.points)[1], 1e-6)
        return float(np.log(self.error) - FACE_WEIGHT * np.log(self.face + 0.02) - SIZE_WEIGHT * np.log(side))

    def holds(self, other: Placed) -> bool:
        """Whether the other is but a part of this face, such as nostrils taken for eyes."""
        middle, side = window(other.points)
        inside = (middle >= self.points.min(axis=0)) & (middle <= self.points.max(axis=0))
        return bool(inside.all()) and window(self.points)[1] > LARGER * side


@dataclass(frozen=True, eq=False)
class _Guesses:
    """N crops seen, carried back to the picture: points (N, 70, 2) px, error (N, 70) in face widths."""

    points: np.ndarray
    error: np.ndarray
    parts: np.ndarray
    face: np.ndarray

    @property
    def rank(self) -> np.ndarray:
        """(N,): lower is better."""
        return np.log(self.error[:, :COUNT].mean(axis=1)) - FACE_WEIGHT * np.log(self.face + 0.02)

    def best(self, count: int) -> _Guesses:
        """The best few that are not the same face."""
        kept: list[int] = []
        for k in np.argsort(self.rank):
            middle, side = window(self.points[k, :COUNT])
            others = [window(self.points[j, :COUNT]) for j in kept]
            same = [np.linalg.norm(middle - m) < 0.25 * s and 0.75 < side / s < 1.33 for m, s in others]
            if not any(same):
                kept.append(int(k))
            if len(kept) == count:
                break
        return self.take(np.array(kept))

    def take(self, index: np.ndarray) -> _Guesses:
        return _Guesses(self.points[index], self.error[index], self.parts[index], self.face[index])


def place(
    rgb: np.ndarray,
    *,
    box: tuple[float, float, float, float] | None = None,
    net: LandmarkNet | None = None,
    refuse: bool = True,
) -> Placed:
    """The face of (H, W, 3) uint8; box: (x, y, width, height) px, about where it is.

    refuse: False gives the best guess also where it is not sure.

    Raises CHARACTER_UNSURE where the network sees no face, and what LandmarkNet raises.
    """
    if min(rgb.shape[:2]) < SHORTEST_SIDE:
        raise _unsure(f"{rgb.shape[1]} x {rgb.shape[0]} px are too few to find a face in")
    net = shipped() if net is None else net
    pyramid = Pyramid(rgb)
    guesses = _look(pyramid, net, _windows(rgb.shape[1], rgb.shape[0], SIDES) if box is None else _around(box))
    if box is None and guesses.face.max() < 0.9 and max(rgb.shape[:2]) > 160:
        small = _look(pyramid, net, _windows(rgb.shape[1], rgb.shape[0], SMALL_SIDES))
        guesses = _joined([guesses, small])
    best = guesses.best(CANDIDATES)
    for count in (CANDIDATES, ANSWERS):
        best = _joined([best, _look(pyramid, net, _closer(best.points))]).best(count)
    answers = [_answer(pyramid, net, points) for points in best.take(np.arange(min(ANSWERS, len(best.face)))).points]
    found = _best(answers)
    if box is not None:
        found = _in_box(answers, box) or found
    log.debug("face %.2f, expected error %.3f", found.face, found.error)
    if refuse and not found.sure:
        raise _unsure(
            "the landmark network sees no face in it" if found.face < SURE_FACE else "its points are not sure"
        )
    return found


def about(rgb: np.ndarray, points: np.ndarray, *, net: LandmarkNet | None = None) -> Placed:
    """What the network sees of a face in (H, W, 3) uint8 that lies about these points (70, 2) px."""
    return _answer(Pyramid(rgb), shipped() if net is None else net, points)


def _unsure(why: str) -> FaceShotError:
    return FaceShotError(ErrorCode.CHARACTER_UNSURE, f"Cannot find the picture's face: {why}.", hint=HINT)


def _windows(width: int, height: int, sides: tuple[float, ...]) -> np.ndarray:
    """Maps (N, 2, 3) of square windows that cover the picture, their middles inside it."""
    found = []
    for share in sides:
        side = share * max(width, height)
        ranges = []
        for length in (width, height):
            room = max(length - 0.75 * side, 0.0)
            count = int(np.ceil(room / (STEP * side))) + 1
            ranges.append(length / 2 + np.linspace(-0.5, 0.5, count) * room if count > 1 else np.array([length / 2]))
        found += [crop_matrix(np.array([x, y]), side, 0.0, INPUT) for y in ranges[1] for x in ranges[0]]
    return np.array(found)


def _around(box: tuple[float, float, float, float]) -> np.ndarray:
    """Maps of windows about a box, some of them turned."""
    middle, side = np.array([box[0] + box[2] / 2, box[1] + box[3] / 2]), max(box[2], box[3])
    return np.array(
        [crop_matrix(middle, share * side, turn, INPUT) for share in (1.3, 1.7, 2.3) for turn in (0.0, 0.4, -0.4)]
    )


def _look(pyramid: Pyramid, net: LandmarkNet, matrices: np.ndarray, mirrored: np.ndarray | None = None) -> _Guesses:
    """What the network says of the crops of these maps."""
    crops = np.stack([pyramid.crop(matrix, INPUT) for matrix in matrices])
    if mirrored is not None:
        crops[mirrored] = crops[mirrored][:, :, ::-1]
    seen = net(crops)
    if mirrored is not None:
        other = seen.mirrored()
        pick = mirrored[:, None]
        seen = Seen(
            np.where(pick[..., None], other.points, seen.points),
            np.where(pick, other.error, seen.error),
            np.where(pick, other.parts, seen.parts),
            seen.face,
        )
    width = np.maximum(face_width(seen.points[:, :COUNT]), 1.0)
    return _Guesses(back(seen.points, matrices), seen.error / width[:, None], seen.parts, seen.face)


def _joined(several: list[_Guesses]) -> _Guesses:
    return _Guesses(
        *(np.concatenate([getattr(one, name) for one in several]) for name in ("points", "error", "parts", "face"))
    )


def _framing(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Middle, side and turn of the upright tight crop of (70, 2) points."""
    middle, side = window(points[:COUNT])
    right, left = eye_centres(points[:COUNT])
    across = left - right
    return middle, MARGIN * max(side, 4.0), float(np.arctan2(across[1], across[0]))


def _closer(points: np.ndarray) -> np.ndarray:
    return np.array([crop_matrix(*_framing(one), INPUT) for one in points])


def _answer(pyramid: Pyramid, net: LandmarkNet, points: np.ndarray) -> Placed:
    """The median of several views of the face that lies about these (70, 2) points."""
    middle, side, turn = _framing(points)
    matrices = np.array(
        [
            crop_matrix(middle + np.array([x, y]) * side, scale * side, turn + bend, INPUT)
            for x, y, scale, bend, _ in VIEWS
        ]
    )
    views = _look(pyramid, net, matrices, np.array([view[4] for view in VIEWS]))
    median = np.median(views.points, axis=0)
    width = max(float(face_width(median[:COUNT])), 1e-6)
    spread = np.sqrt(((views.points - median) ** 2).sum(axis=2).mean(axis=0)) / width
    expected = np.hypot(np.median(views.error, axis=0), SPREAD_WEIGHT * spread)[:COUNT]
    chance = views.parts.mean(axis=0)
    face = float(views.face.mean())
    confidence = face / (1 + (expected / HALF_AT) ** 2)
    there = {part for part, share in zip(FLAGS, chance, strict=True) if share >= PRESENT} | {"jaw"}
    for part, share in zip(FLAGS, chance, strict=True):
        confidence[PARTS[part]] *= max(share, 1 - share)
    return Placed(median[:COUNT], median[COUNT:], expected, frozenset(there), confidence, face)


def _best(answers: list[Placed]) -> Placed:
    """The surest; but where it is only a part of a larger face, that one."""
    best = min(answers, key=lambda one: one.cost)
    whole = [one for one in answers if one.holds(best) and one.face >= WHOLE_FACE and one.error <= LARGEST_WHOLE]
    return min(whole, key=lambda one: one.cost) if whole else best


def _in_box(answers: list[Placed], box: tuple[float, float, float, float]) -> Placed | None:
    """The best answer whose middle lies in the box."""
    low, high = np.array(box[:2]), np.array(box[:2]) + box[2:]
    inside = [one for one in answers if ((window(one.points)[0] >= low) & (window(one.points)[0] <= high)).all()]
    return min(inside, key=lambda one: one.error) if inside else None
