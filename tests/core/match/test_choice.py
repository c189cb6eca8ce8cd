# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several answers is believed, what is said of it, and what the other's word does to its confidence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.character import HALF_AT
from core.landmarks import ALL_PARTS, PARTS, face_width, template
from core.match.candidate import Answer, Candidate
from core.match.choice import chosen, distance, doubts, same_face, witnessed

ERRORS = st.floats(0.005, 0.3)


def face(error: float, shift: float = 0.0, *, size: float = 100.0, present: frozenset[str] = ALL_PARTS) -> Candidate:
    """A plain face that expects this error everywhere, `shift` face widths to the right of where it belongs."""
    points = template() * size
    points[:, 0] += shift * face_width(points)
    expected = np.full(68, error)
    return Candidate(points, expected, 1 / (1 + (expected / HALF_AT) ** 2), present=present)


def answers(detector: Candidate | None, network: Candidate | None, doubt: str = "") -> list[Answer]:
    return [Answer("detector", "" if detector else "sees no human face", detector), Answer("network", doubt, network)]


@given(first=ERRORS, second=ERRORS)
def test_the_one_that_expects_less_is_taken(first: float, second: float) -> None:
    best, why = chosen(answers(face(first), face(second)))
    assert best.matcher == ("detector" if first <= second else "network")
    assert "agrees within 0 %" in why


@given(own=ERRORS, other=ERRORS, gap=st.floats(0, 2))
def test_what_a_witness_does_to_the_error(own: float, other: float, gap: float) -> None:
    """Agreement makes surer than either alone, and error grows with the distance; the witness's fault is its own."""
    seen = witnessed(face(own), face(other, gap)).expected
    assert np.isfinite(seen).all()
    assert (witnessed(face(own), face(other, gap + 0.1)).expected > seen).all()
    np.testing.assert_array_less(witnessed(face(own), face(other)).expected, min(own, other))
    both = seen + witnessed(face(other, gap), face(own)).expected
    assert (both >= gap - 1e-9).all()  # somebody is to blame for all of the distance


def test_only_parts_that_both_see_are_compared() -> None:
    """Brows that are hard to see are no reason to take the one that does not see them at all."""
    expected = np.full(68, 0.03)
    expected[17:27] = 0.2
    detector = face(0.03).expecting(expected)
    best, _ = chosen(answers(detector, face(0.04, present=ALL_PARTS - {"right_brow", "left_brow"})))
    assert best.matcher == "detector"


def test_an_unreliable_witness_changes_little() -> None:
    sure, unsure = face(0.02), face(0.2, 0.1)
    assert witnessed(sure, unsure).error < 0.025
    assert witnessed(unsure, sure).error > 0.09


def test_a_part_that_the_witness_does_not_see_keeps_its_error() -> None:
    seen = witnessed(face(0.05), face(0.05, present=ALL_PARTS - {"nose"}))
    np.testing.assert_allclose(seen.expected[PARTS["nose"]], 0.05)
    assert (seen.expected[PARTS["mouth"]] < 0.04).all()


def test_confidence_goes_with_the_error() -> None:
    found = face(0.06)
    np.testing.assert_allclose(found.confidence, 0.5)
    np.testing.assert_allclose(found.expecting(np.full(68, 0.06 * np.sqrt(3))).confidence, 0.25)
    assert found.doubted().confidence.max() <= 0.3


def test_the_disagreement_is_told_and_lowers_the_confidence() -> None:
    near, why_near = chosen(answers(face(0.04, 0.01), face(0.02)))
    far, why_far = chosen(answers(face(0.04, 0.15), face(0.02)))
    assert near.matcher == far.matcher == "network"
    assert "face detector agrees within 1 %" in why_near
    assert "face detector is less sure and places the points 15 % of the face's width off" in why_far
    assert near.face is not None
    assert far.face is not None
    assert far.face.confidence.mean() < near.face.confidence.mean() - 0.15


def test_two_that_are_as_sure_and_far_apart_make_each_other_unsure() -> None:
    best, _ = chosen(answers(face(0.05, 0.3), face(0.05)))
    assert not best.sure
    assert "30 % of the face's width from where" in best.words


def test_of_two_faces_the_larger_one_is_taken() -> None:
    small, large = face(0.02, size=20.0), face(0.05, 3.0)
    best, why = chosen(answers(small, large))
    assert best.matcher == "network"
    assert best.face is large
    assert "larger face" in why


def test_the_only_sure_one_is_taken_and_the_other_doubt_told() -> None:
    best, why = chosen(answers(None, face(0.05)))
    assert best.matcher == "network"
    assert why == "The landmark network is sure; the face detector sees no human face."
    doubted = [
        Answer("detector", "sees what is not shaped like a human face", face(0.01)),
        Answer("network", "", face(0.08)),
    ]
    assert chosen(doubted)[0].matcher == "network"
    assert doubts(doubted[:1]) == "the face detector sees what is not shaped like a human face"


@pytest.mark.parametrize("points", [np.zeros((68, 2)), np.full((68, 2), 7.0), template() * 1e-9])
def test_points_on_one_spot_give_no_nan(points: np.ndarray) -> None:
    nothing = Candidate(points, np.full(68, 0.05), np.full(68, 0.5))
    for one, other in ((nothing, face(0.05)), (face(0.05), nothing), (nothing, nothing)):
        assert np.isfinite(witnessed(one, other).confidence).all()
        assert np.isfinite(distance(one, other))
        assert isinstance(bool(same_face(one, other)), bool)
        chosen(answers(one, other))
