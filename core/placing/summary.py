# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of a character's points: who placed them, how sure they are, which parts want to be seen to."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from ..character import Character
from ..landmarks import COUNT, PARTS, eye_centres
from .edit import midline

# Parts below are worth a look; the same step as that from orange to yellow.
UNSURE = 0.6
# Of the face's extent: parts whose middles are nearer lie on one spot.
_ONE_SPOT = 0.02
_WORDS = ((0.85, "sure"), (UNSURE, "fairly sure"), (0.35, "not so sure"), (0.0, "a guess"))
_BY = {
    "detected": "found by the face detector",
    "matched": "found by the landmark network",
    "template": "from a plain face",
    "hand": "placed by hand",
}


@dataclass(frozen=True)
class Summary:
    """placed: who placed the points, in words · sureness: how sure they are on average, in words · confidence: that
    mean, 0..1, of the parts that are there · unsure: those of them that want to be looked at, the worst first · doubts:
    what looks wrong, see `doubts`."""

    placed: str
    sureness: str
    confidence: float
    unsure: tuple[str, ...]
    doubts: tuple[str, ...]


def summary_of(character: Character) -> Summary:
    """
    >>> from core.landmarks import template
    >>> summary_of(Character(points=template(), size=(1, 1))).placed
    'Placed by hand'
    """
    there = np.concatenate([np.arange(COUNT)[PARTS[part]] for part in PARTS if part in character.present])
    how = [character.placed[index] for index in there]
    counts = {by: how.count(by) for by in _BY if by in how}
    first, *others = sorted(counts, key=lambda by: (by == "hand", -counts[by]))
    words = _BY[first]
    for by in others:
        words += f", {counts[by]} {_BY[by]}"
    confidence = float(character.confidence[there].mean())
    parts = {part: float(character.confidence[PARTS[part]].mean()) for part in PARTS if part in character.present}
    unsure = sorted((part for part in parts if parts[part] < UNSURE), key=parts.__getitem__)
    return Summary(words[0].upper() + words[1:], words_for(confidence), confidence, tuple(unsure), doubts(character))


def doubts(character: Character) -> tuple[str, ...]:
    """What looks wrong in where the points are, in sentences; a character may be like that all the same."""
    points = character.points
    middles = {part: points[PARTS[part]].mean(axis=0) for part in PARTS if part in character.present}
    extent = float(np.ptp(points, axis=0).max())
    found = []
    down = midline(character)[1]
    across = np.array([down[1], -down[0]])
    right, left = eye_centres(points) if {"right_eye", "left_eye"} <= character.present else points[[0, 16]]
    if (left - right) @ across < -_ONE_SPOT * extent:
        found.append("Right and left look swapped: the character's right is on the left of an upright picture.")
    for one, other in itertools.combinations([part for part in middles if part != "jaw"], 2):
        if np.linalg.norm(middles[one] - middles[other]) < _ONE_SPOT * extent:
            found.append(f"{_name(one).capitalize()} and {_name(other)} lie on one spot.")
    for part in middles:
        off = ((points[PARTS[part]] < 0) | (points[PARTS[part]] > character.size)).any(axis=1)
        if off.all():
            found.append(f"The {_name(part)} lies outside the picture.")
    return tuple(found)


def _name(part: str) -> str:
    return part.replace("_", " ")


def words_for(confidence: float) -> str:
    """How sure, in words.

    >>> words_for(0.9), words_for(0.7), words_for(0.4), words_for(0.0)
    ('sure', 'fairly sure', 'not so sure', 'a guess')
    """
    return next(words for least, words in _WORDS if confidence >= least or not least)
