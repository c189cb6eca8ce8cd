# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole face from a few clicks: which places are asked for, in which order, and the character that they make.

At most seven are placed. Measured on the cast of demo/cast (`build.py bench anchors`), the order gives the
most for the fewest clicks: eyes, mouth and chin say where the face is, nose and brow whether there are any.
Right and left are the character's own; where they were mixed up, they are put right.
"""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from ..character import HALF_AT, Character
from ..errors import ErrorCode, FaceShotError
from ..landmarks import ALL_PARTS, COUNT, face_width
from .prior import POINTS, Completion, completion, likely, mean_face

log = logging.getLogger(__name__)

MOST = 7  # clicks
OUTSIDE = 0.25  # of the picture's larger side: so far beyond its edge a head may reach
NEAR = 0.02  # of the places' extent: nearer ones are taken for one
Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Anchor:
    """A place to click: the mean of some points · words: what it is, for a sentence · lacks: parts that are missing
    where it is skipped · other: its name on the other side · may_be_cut_off: by the picture's edge."""

    points: tuple[int, ...]
    words: str
    lacks: tuple[str, ...] = ()
    other: str = ""
    may_be_cut_off: bool = False


def _both_sides(
    name: str, words: str, right: tuple[int, ...], left: tuple[int, ...], *, lacks: str = "", cut: bool = False
) -> dict[str, Anchor]:
    """Two anchors; "*" in the texts is the side."""
    made = {}
    for side, other, points in (("right", "left", right), ("left", "right", left)):
        parts = tuple(part.replace("*", side) for part in lacks.split())
        made[name.replace("*", side)] = Anchor(
            points=points,
            words=words.replace("*", side),
            lacks=parts,
            other=name.replace("*", other),
            may_be_cut_off=cut,
        )
    return made


KINDS: Mapping[str, Anchor] = MappingProxyType(
    {
        **_both_sides("*_eye", "the middle of the * eye", (36, 39), (42, 45), lacks="*_eye"),
        "nose": Anchor(points=(30,), words="the tip of the nose", lacks=("nose",)),
        **_both_sides("mouth_*", "the * corner of the mouth", (48,), (54,), lacks="mouth"),
        "chin": Anchor(points=(8,), words="the chin, the lowest of the head", may_be_cut_off=True),
        **_both_sides("*_brow", "the middle of the * brow", (19,), (24,), lacks="right_brow left_brow"),
        **_both_sides("head_*", "the * edge of the head, level with the eyes", (0,), (16,), cut=True),
        "mouth_bottom": Anchor(points=(57,), words="the lower edge of the mouth, in its middle", lacks=("mouth",)),
        "mouth_top": Anchor(points=(51,), words="the upper edge of the mouth, in its middle", lacks=("mouth",)),
        "mouth": Anchor(points=(48, 54, 51, 57), words="the middle of the mouth", lacks=("mouth",)),
        **_both_sides("*_eye_outer", "the outer corner of the * eye", (36,), (45,)),
        **_both_sides("*_eye_inner", "the inner corner of the * eye", (39,), (42,)),
    }
)
# How large an eye is: a place on its edge, in any direction from its middle
EDGES: Mapping[str, str] = MappingProxyType({"right_eye_edge": "right_eye", "left_eye_edge": "left_eye"})
# Asked for, in this order, until seven are placed
ANCHORS = (
    "right_eye",
    "left_eye",
    "nose",
    "mouth_right",
    "mouth_bottom",
    "chin",
    "right_brow",
    "head_right",
    "mouth_top",
    "mouth_left",
)
NAMES = (*KINDS, *EDGES)
_SWAPS = ("eye", "mouth", "brow", "head")  # what is mixed up is mixed up together
_SURER = 4.0  # natural logarithm: so much likelier the other way round is before names are changed
_UPRIGHT = 0.7  # rad, of the angles that faces have on pictures
_UNLIKELY = 3.5  # standard deviations
_MOST_TILT = np.radians(20)  # of an eye whose edge was clicked
# 37 and 38 (and 40, 41) lie a third of the way along an oval eye: so high is it there
_LID_HEIGHT = float(np.sqrt(8) / 3)


@dataclass(frozen=True, eq=False)
class Reading:
    """What anchors make: the character, the anchors (px) under the names that suit them, and words where right and left
    were put right."""

    character: Character
    anchors: Mapping[str, np.ndarray]
    swapped: tuple[str, ...] = field(default=())

    @property
    def words(self) -> str:
        """For the user; empty where nothing was changed."""
        if not self.swapped:
            return ""
        what = " and ".join(
            {"eye": "the eyes", "mouth": "the corners of the mouth"}.get(x, f"the {x}") for x in self.swapped
        )
        return f"Right and left are the character's own (its right is on the left as you see it): put right for {what}"


def next_anchor(placed: Iterable[str], skipped: Iterable[str] = ()) -> str | None:
    """The anchor to ask for now; None when enough is known.

    >>> next_anchor(["right_eye"]), next_anchor(["right_eye", "left_eye"], ["nose", "mouth_right"])
    ('left_eye', 'chin')
    """
    placed, skipped = set(placed), set(skipped)
    if len(placed & set(KINDS)) >= MOST:
        return None
    gone = _missing(placed, skipped)
    for name in ANCHORS:
        lacks = KINDS[name].lacks
        if name not in placed | skipped and not (lacks and gone.issuperset(lacks)):
            return name
    return None


def _missing(placed: Iterable[str], skipped: Iterable[str]) -> set[str]:
    """The parts that a face lacks: something of them was skipped, and nothing placed."""
    there = {part for name in placed if name in KINDS for part in KINDS[name].lacks}
    return {part for name in skipped for part in KINDS[name].lacks} - there


def face_from_anchors(anchors: Mapping[str, Place], size: tuple[int, int], *, skipped: Iterable[str] = ()) -> Character:
    """The face that has its anchors (px) there and is else as faces are; placed "template".

    size: the picture's, px · skipped: anchors that the character lacks; their parts are missing. Raises USAGE; see
    `read_anchors`.

    >>> face = face_from_anchors({"right_eye": (200, 200), "left_eye": (300, 200)}, (512, 512), skipped=["nose"])
    >>> "nose" in face.present, bool(face.points[8, 1] > 300)
    (False, True)
    """
    reading = read_anchors(anchors, size, skipped=skipped)
    if reading.swapped:
        log.info("%s.", reading.words)
    return reading.character


def read_anchors(anchors: Mapping[str, Place], size: tuple[int, int], *, skipped: Iterable[str] = ()) -> Reading:
    """`face_from_anchors`, and whether names were changed: an eye called right that can only be the left one.

    Raises USAGE for names that are none, places that are not finite, far outside the picture or on one spot.
    """
    skipped = tuple(skipped)
    _check(anchors, size, skipped)
    named, swapped = put_right(anchors)
    if swapped:  # what was skipped has the other name, too
        skipped = tuple(_other(name, swapped) for name in skipped)
    found = _fitted(named, size)
    present = ALL_PARTS - _missing(named, skipped)
    width = max(float(face_width(found.points)), 1e-6)
    confidence = 1 / (1 + (found.spread[:COUNT] / (HALF_AT * width)) ** 2)
    for name in named.keys() & KINDS.keys():
        if len(KINDS[name].points) == 1:
            confidence[KINDS[name].points[0]] = 1.0
    eyes = {"right_eye", "left_eye"} <= present
    character = Character(
        points=found.points[:COUNT],
        iris=found.points[COUNT:] if eyes else None,
        confidence=confidence,
        present=present,
        placed=("template",) * COUNT,
        size=size,
    )
    return Reading(character, named, swapped)


def is_outside(name: str, place: Place, size: tuple[int, int]) -> bool:
    """Whether an anchor cannot be there: outside the picture, but for a head that its edge cuts off."""
    kind = KINDS.get(name)
    beyond = max(-place[0], -place[1], place[0] - size[0], place[1] - size[1])
    return not beyond <= (OUTSIDE * max(size) if kind is None or kind.may_be_cut_off else 0.0)


def _check(anchors: Mapping[str, Place], size: tuple[int, int], skipped: tuple[str, ...]) -> None:
    for name in (*anchors, *skipped):
        if name not in NAMES or (name in skipped and name in EDGES):
            raise FaceShotError(
                ErrorCode.USAGE, f"No anchor is called {name!r}.", hint=f"Anchors are {', '.join(NAMES)}."
            )
    both = set(anchors) & set(skipped)
    if both:
        raise FaceShotError(ErrorCode.USAGE, f"{', '.join(sorted(both))}: placed and skipped at once.")
    for name, eye in EDGES.items():
        if name in anchors and eye not in anchors:
            raise FaceShotError(
                ErrorCode.USAGE, f"{name} says how large an eye is, but not where.", hint=f"Give {eye}, too."
            )
    if not any(name in KINDS for name in anchors):
        raise FaceShotError(
            ErrorCode.USAGE, "No place of the face is known.", hint="Give the eyes at least: right_eye and left_eye."
        )
    for name, place in anchors.items():
        if len(place) != 2 or not np.isfinite(place).all():
            raise FaceShotError(ErrorCode.USAGE, f"{name} is at no place: {place}.", hint="Give x,y in pixels.")
        if is_outside(name, place, size):
            raise FaceShotError(
                ErrorCode.USAGE,
                f"{name} at {place[0]:g},{place[1]:g} lies outside the picture, which is {size[0]} x {size[1]} px.",
                hint="Places are in pixels of the picture, y down from the top.",
            )
    _check_apart({name: np.array(place, np.float64) for name, place in anchors.items()})


def _check_apart(anchors: Mapping[str, np.ndarray]) -> None:
    if len(anchors) < 2:
        return
    places = np.array(list(anchors.values()))
    extent = float(np.ptp(places, axis=0).max())
    if extent < 1.0:
        raise FaceShotError(
            ErrorCode.USAGE, "All anchors lie on one spot.", hint="Place each one where its part of the face is."
        )
    for (first, a), (second, b) in itertools.combinations(anchors.items(), 2):
        if np.linalg.norm(a - b) < NEAR * extent:
            raise FaceShotError(
                ErrorCode.USAGE,
                f"{first} and {second} lie on one spot.",
                hint="Place each one where its part of the face is; leave out what the character lacks.",
            )


def _other(name: str, groups: Iterable[str]) -> str:
    """The name on the other side, where it belongs to one of the groups."""
    if not any(group in name.split("_") for group in groups):
        return name
    sides = {"right": "left", "left": "right"}
    return "_".join(sides.get(word, word) for word in name.split("_"))


def put_right(given: Mapping[str, Place]) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """The anchors under the names that suit them, and the groups that were renamed."""
    anchors = {name: np.array(place, np.float64) for name, place in given.items()}
    places = {name: place for name, place in anchors.items() if name in KINDS}
    groups = [group for group in _SWAPS if any(_other(name, [group]) != name for name in places)]
    if len(places) < 2 or not groups:
        return anchors, ()
    best: tuple[str, ...] = ()
    least = -np.inf
    for count in range(len(groups) + 1):
        for chosen in itertools.combinations(groups, count):
            renamed = {_other(name, chosen): place for name, place in places.items()}
            score = _score(renamed) - (_SURER * count)
            if score > least:
                best, least = chosen, score
    return {_other(name, best): place for name, place in anchors.items()}, best


def _score(places: Mapping[str, np.ndarray]) -> float:
    """How likely the places are under their names, of a face that is rather upright."""
    likelihood, angle = likely(anchor_rows(places), np.array(list(places.values())))
    return likelihood - (angle / _UPRIGHT) ** 2 / 2


def anchor_rows(names: Iterable[str]) -> np.ndarray:
    """(K, 70): the means of points that the anchors are."""
    return np.array([_mean_of(KINDS[name].points) for name in names])


@functools.lru_cache(maxsize=64)
def _mean_of(points: tuple[int, ...]) -> np.ndarray:
    """(70,) weights, to be read only."""
    return np.isin(np.arange(POINTS), points) / len(points)


def _fitted(anchors: Mapping[str, np.ndarray], size: tuple[int, int]) -> Completion:
    places = {name: place for name, place in anchors.items() if name in KINDS}
    if len(places) == 1:
        places |= _sized(*next(iter(places.items())), size)
    rows, targets = anchor_rows(places), np.array(list(places.values()))
    first = completion(rows, targets)
    edges = {eye: anchors[edge] for edge, eye in EDGES.items() if edge in anchors}
    if not edges:
        return first
    for eye, edge in edges.items():
        points, target = _edge(eye, places[eye], edge, first.angle)
        rows, targets = np.vstack([rows, _mean_of(points)]), np.vstack([targets, target])
    return completion(rows, targets)


def expects(anchors: Mapping[str, np.ndarray], name: str, place: Place) -> bool:
    """Whether the anchor `name` may well be at the place, after what the others say; two of those at the least."""
    known = {other: at for other, at in anchors.items() if other in KINDS}
    if len(known) < 2:
        return True
    found = _fitted(known, (1, 1))
    points = list(KINDS[name].points)
    off = float(np.linalg.norm(found.points[points].mean(axis=0) - place))
    return off <= _UNLIKELY * float(found.spread[points].mean()) + 0.1 * found.unit


def _edge(eye: str, middle: np.ndarray, edge: np.ndarray, angle: float) -> tuple[tuple[int, ...], np.ndarray]:
    """The points of an eye on that side of it, and where their mean is. A corner keeps most of its tilt."""
    across = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-across[1], across[0]])
    x, y = (edge - middle) @ across, (edge - middle) @ down
    radius = float(np.hypot(x, y))
    if abs(y) > abs(x):
        upper, lower = ((37, 38), (40, 41)) if eye == "right_eye" else ((43, 44), (46, 47))
        return (lower if y > 0 else upper), middle + np.sign(y) * radius * _LID_HEIGHT * down
    tilt = np.clip(np.arctan2(y, abs(x)), -_MOST_TILT, _MOST_TILT)
    corners = (36, 39) if eye == "right_eye" else (42, 45)
    return (corners[int(x > 0)],), middle + radius * (np.sign(x) * np.cos(tilt) * across + np.sin(tilt) * down)


def _sized(name: str, place: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """The eyes' places where one anchor is all there is: the face is upright and as large as the picture lets it be."""
    face = mean_face()
    offset = face - face[list(KINDS[name].points)].mean(axis=0)
    before, after = np.maximum(-offset.min(axis=0), 1e-3), np.maximum(offset.max(axis=0), 1e-3)
    room = np.concatenate([place / before, (np.array(size) - place) / after])
    small = min(size)
    unit = float(np.clip(0.9 * room.min(), 0.08 * small, 0.3 * small))
    eyes = {eye: place + unit * offset[list(KINDS[eye].points)].mean(axis=0) for eye in ("right_eye", "left_eye")}
    return {eye: at for eye, at in eyes.items() if eye != name}
