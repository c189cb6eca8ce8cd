# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is to say of a character's points: who placed them, how sure they are, which parts want to be seen to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..character import Character
from ..landmarks import PARTS

# Parts below are worth a look; the same step as that from orange to yellow.
UNSURE = 0.6
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
    mean, 0..1, of the parts that are there · unsure: those of them that want to be looked at, the worst first."""

    placed: str
    sureness: str
    confidence: float
    unsure: tuple[str, ...]


def summary_of(character: Character) -> Summary:
    """
    >>> from core.landmarks import template
    >>> summary_of(Character(points=template(), size=(1, 1))).placed
    'Placed by hand'
    """
    there = np.concatenate([np.arange(*PARTS[part].indices(68)) for part in PARTS if part in character.present])
    how = [character.placed[index] for index in there]
    counts = {by: how.count(by) for by in _BY if by in how}
    first, *others = sorted(counts, key=lambda by: (by == "hand", -counts[by]))
    words = _BY[first]
    for by in others:
        words += f", {counts[by]} {_BY[by]}"
    confidence = float(character.confidence[there].mean())
    parts = {part: float(character.confidence[PARTS[part]].mean()) for part in PARTS if part in character.present}
    unsure = sorted((part for part in parts if parts[part] < UNSURE), key=parts.__getitem__)
    return Summary(words[0].upper() + words[1:], words_for(confidence), confidence, tuple(unsure))


def words_for(confidence: float) -> str:
    """How sure, in words.

    >>> words_for(0.9), words_for(0.7), words_for(0.4), words_for(0.0)
    ('sure', 'fairly sure', 'not so sure', 'a guess')
    """
    return next(words for least, words in _WORDS if confidence >= least or not least)
