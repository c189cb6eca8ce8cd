# SPDX-License-Identifier: GPL-3.0-or-later
"""Which matcher is believed where several were asked, and why. NumPy only: the answers are given.

Each matcher says what error it expects at each point. Where two that are sure look at the same face, the one that
expects less is taken, and the other is its witness: two measurements of one thing with known errors. Where they lie
close together the expected error falls below that of either; where they lie apart it grows by the share of the gap
that is likely to be the chosen one's fault.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..landmarks import face_width
from .candidate import NAMES, Answer, Candidate
from .crops import window
from .network import LARGEST_ERROR

SAME_FACE = 0.5  # middles of two answers about one face are nearer than this, in its widths
SAME_SIZE = 2.0  # and their sizes differ by less than this factor
APART = 0.06  # mean distance, in widths of the face, beyond which two answers are said to differ


def chosen(answers: Sequence[Answer]) -> tuple[Answer, str]:
    """The best of several answers, of which one at least is sure, and one plain sentence that says why it is.

    It is no longer sure where another one, as sure as itself, sees the face elsewhere.
    """
    sure = [answer for answer in answers if answer.sure]
    shared = np.logical_and.reduce([_face(answer).there for answer in sure])  # the jaw at least
    best, *rest = sorted(sure, key=lambda answer: float(_face(answer).expected[shared].mean()))
    if not rest:
        others = [answer.words for answer in answers if answer is not best]
        return best, _sentence(best.words, *others)
    other = rest[0]
    if not same_face(_face(best), _face(other)):
        larger, smaller = sorted((best, other), key=lambda answer: -float(face_width(_face(answer).points)))
        words = f"the {NAMES[larger.matcher]} has found a larger face than the {NAMES[smaller.matcher]}"
        return larger, _sentence(words)
    apart = distance(_face(best), _face(other))
    share = f"{100 * apart:.0f} % of the face's width"
    face = witnessed(_face(best), _face(other))
    doubt = f"places the points {share} from where the {NAMES[other.matcher]} does"
    seen = Answer(best.matcher, doubt if face.error > LARGEST_ERROR else "", face)
    witness = f"the {NAMES[other.matcher]} "
    witness += f"agrees within {share}" if apart <= APART else f"is less sure and places the points {share} off"
    return seen, _sentence(f"the {NAMES[best.matcher]} is the surest", witness)


def witnessed(face: Candidate, other: Candidate) -> Candidate:
    """`face` with the error to expect now that `other` was asked as well.

    The most likely place of a point lies between the two answers, nearer to the one with the smaller error; its
    distance from that place and what stays unknown add up, as errors do.
    """
    gap = np.linalg.norm(face.points - other.points, axis=1) / max(float(face_width(face.points)), 1e-6)
    own, others = np.maximum(face.expected, 1e-4) ** 2, np.maximum(other.expected, 1e-4) ** 2
    fault = gap * own / (own + others)
    left = own * others / (own + others)
    # A part that the other does not see says nothing
    both = face.there & other.there
    return face.expecting(np.where(both, np.sqrt(fault**2 + left), face.expected))


def same_face(face: Candidate, other: Candidate) -> bool:
    """Whether two answers are about the same face of the picture."""
    (middle, side), (elsewhere, size) = window(face.points), window(other.points)
    near = float(np.linalg.norm(middle - elsewhere)) < SAME_FACE * max(side, size)
    return near and 1 / SAME_SIZE < side / max(size, 1e-6) < SAME_SIZE


def distance(face: Candidate, other: Candidate) -> float:
    """Mean distance of eyes, brows, nose and mouth that both have, in widths of `face`; the jaw's ends are a matter
    of taste."""
    both = face.there & other.there
    both[:17] = False
    if not both.any():
        return 0.0
    gaps = np.linalg.norm(face.points - other.points, axis=1)[both]
    return float(gaps.mean() / max(float(face_width(face.points)), 1e-6))


def doubts(answers: Sequence[Answer]) -> str:
    """Why none of them is sure, as clauses without an end."""
    return ", and ".join(answer.words for answer in answers)


def _face(answer: Answer) -> Candidate:
    assert answer.face is not None
    return answer.face


def _sentence(first: str, *others: str) -> str:
    words = "; ".join((first, *others))
    return f"{words[0].upper()}{words[1:]}."
