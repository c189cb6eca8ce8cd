# SPDX-License-Identifier: GPL-3.0-or-later
"""What one matcher answers when it is asked where the face is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from ..character import HALF_AT, UNSURE
from ..landmarks import ALL_PARTS, COUNT, PARTS

NAMES = {
    "detector": "face detector",
    "network": "landmark network",
    "features": "feature matcher",
    "template": "template",
}
# As character cards say it
PLACED = {"detector": "detected", "network": "matched", "features": "matched", "template": "template"}


def points_of(present: frozenset[str]) -> np.ndarray:
    """(68,) bool: points of these parts."""
    there = np.zeros(COUNT, bool)
    for part in present:
        there[PARTS[part]] = True
    return there


@dataclass(frozen=True, eq=False)
class Candidate:
    """A face.

    points (68, 2) px · expected (68,): error to expect, in widths of the face · confidence (68,) 0..1 · iris (2, 2)
    px, right then left, or None · present: the parts that it has.
    """

    points: np.ndarray
    expected: np.ndarray
    confidence: np.ndarray
    iris: np.ndarray | None = None
    present: frozenset[str] = ALL_PARTS

    @property
    def there(self) -> np.ndarray:
        """(68,) bool: points of the parts that it has."""
        return points_of(self.present)

    @property
    def error(self) -> float:
        """Mean error to expect over the parts that it has, in widths of the face."""
        return float(self.expected[self.there].mean())

    def expecting(self, expected: np.ndarray) -> Candidate:
        """The same face with other errors (68,) to expect, and the confidence that goes with them."""
        change = (1 + (self.expected / HALF_AT) ** 2) / (1 + (expected / HALF_AT) ** 2)
        return dataclasses.replace(self, expected=expected, confidence=np.clip(self.confidence * change, 0, 1))

    def doubted(self) -> Candidate:
        """The same face with low confidence throughout."""
        return dataclasses.replace(self, confidence=np.minimum(self.confidence, UNSURE))


@dataclass(frozen=True, eq=False)
class Answer:
    """What a matcher says: a face or none, and what speaks against it, empty where it is sure.

    >>> Answer("network", "sees no face").words
    'the landmark network sees no face'
    """

    matcher: str
    doubt: str = ""
    face: Candidate | None = None

    @property
    def sure(self) -> bool:
        return self.face is not None and not self.doubt

    @property
    def words(self) -> str:
        """Its doubt as a clause with its name."""
        return f"the {NAMES[self.matcher]} {self.doubt or 'is sure'}"
