# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import PLACED, Character
from core.landmarks import ALL_PARTS, COUNT, PARTS, template
from core.placing.summary import UNSURE, summary_of, words_for


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
