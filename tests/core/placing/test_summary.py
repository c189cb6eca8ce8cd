# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import PLACED, Character
from core.landmarks import ALL_PARTS, COUNT, PARTS, template
from core.placing.edit import turned_about
from core.placing.summary import UNSURE, doubts, summary_of, words_for


def face(confidence: np.ndarray, **more: object) -> Character:
    return Character(points=template(), size=(4, 4), confidence=confidence, **more)  # type: ignore[arg-type]


def test_who_placed_the_points() -> None:
    placed = ["matched"] * 60 + ["hand"] * 8
    assert summary_of(face(np.ones(COUNT), placed=tuple(placed))).placed == (
        "Found by the landmark network, 8 placed by hand"
    )
    without = face(np.ones(COUNT), placed=tuple(placed), present=ALL_PARTS - {"mouth"})
    assert summary_of(without).placed == "Found by the landmark network", "what is not there does not count"
    for how in PLACED:
        assert summary_of(face(np.ones(COUNT), placed=(how,) * COUNT)).placed[0].isupper()


def test_parts_that_want_to_be_seen_to() -> None:
    confidence = np.full(COUNT, 0.9)
    confidence[PARTS["nose"]], confidence[PARTS["mouth"]] = 0.5, 0.1
    assert summary_of(face(confidence)).unsure == ("mouth", "nose")
    assert summary_of(face(confidence, present=ALL_PARTS - {"mouth"})).unsure == ("nose",)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1))
def test_words_go_with_the_number(confidence: float) -> None:
    summary = summary_of(face(np.full(COUNT, confidence)))
    assert summary.confidence == pytest.approx(confidence)
    assert summary.sureness == words_for(summary.confidence)
    assert (summary.sureness in ("sure", "fairly sure")) == (summary.confidence >= UNSURE)


def placed(points: np.ndarray, **more: object) -> Character:
    return Character(points=points, size=(400, 400), **more)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(st.floats(-np.pi, np.pi))
def test_a_face_that_is_turned_is_no_doubt(angle: float) -> None:
    turn = turned_about(np.array([200.0, 200.0]), angle)
    points = (template() * 70 + (200, 150)) @ turn[:, :2].T + turn[:, 2]
    assert doubts(placed(points)) == ()
    mirrored = points * (-1, 1) + (400, 0)
    assert "swapped" in doubts(placed(mirrored))[0]


def test_what_looks_wrong() -> None:
    points = template() * 70 + (200, 150)
    eyes = points.copy()
    eyes[PARTS["left_eye"]] = eyes[PARTS["right_eye"]]
    assert doubts(placed(eyes)) == ("Right eye and left eye lie on one spot.",)
    assert doubts(placed(eyes, present=ALL_PARTS - {"left_eye"})) == ()
    swapped = points.copy()
    swapped[36:48] = points[[*range(42, 48), *range(36, 42)]]
    assert "swapped" in doubts(placed(swapped))[0]
    off = points.copy()
    off[PARTS["mouth"]] += (0, 300)
    assert doubts(placed(off)) == ("The mouth lies outside the picture.",)
    assert len(doubts(placed(np.full((COUNT, 2), 50.0)))) == 0, "require_on_picture says that"
