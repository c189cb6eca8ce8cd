# SPDX-License-Identifier: GPL-3.0-or-later
"""Asking for one anchor after the other: order, skipping, going back, words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FaceShotError
from core.placing.anchors import ANCHORS, MOST
from core.placing.asking import Asking
from core.verbs.options import named_place

SIZE = (800, 600)
answers = st.lists(st.one_of(st.none(), st.tuples(st.floats(0, 800), st.floats(0, 600))), max_size=8)


@given(answers)
def test_each_is_asked_once_in_order_and_back_takes_one_answer_away(given_answers) -> None:
    asking, seen = Asking(SIZE), []
    for answer in given_answers:
        if asking.current is None:
            break
        seen.append(asking.current)
        before = asking
        asking = asking.skipped() if answer is None else asking.with_place(answer)
        assert asking.back() == before
    assert seen == [name for name in ANCHORS if name in seen]
    assert len(asking.placed) <= MOST


def test_text_is_read_back_as_the_command_line_reads_it() -> None:
    asking = Asking(SIZE).with_place((10, 20), (14, 20)).with_place((40.125, 20)).skipped()
    assert asking.as_text() == "right_eye=10.00,20.00 left_eye=40.12,20.00 right_eye_edge=14.00,20.00 nose=none"
    places = dict(named_place(word) for word in asking.as_text().split())
    assert places["right_eye_edge"] == (14, 20)
    assert places["nose"] is None


def test_words_say_which_side_that_is() -> None:
    asking = Asking(SIZE)
    assert asking.words == (
        "1 of 7: click the middle of the right eye (on the left as you see it); drag to its edge to say how large it is"
    )
    asking = asking.with_place((300, 200)).with_place((500, 200))
    assert asking.words == "3 of 7: click the tip of the nose"
    assert asking.skipped().words == "3 of 7: click the right corner of the mouth (on the left as you see it)"


def test_clicks_that_cannot_be_are_told() -> None:
    asking = Asking(SIZE).with_place((300, 200))
    assert asking.why_not((500, 200)) == ""
    assert asking.why_not((300, 200)) == "All anchors lie on one spot"
    assert asking.why_not((801, 200)) == "That is outside the picture"
    assert asking.why_not((float("nan"), 200)) == "That is outside the picture"
    asking = asking.with_place((500, 200))
    assert asking.why_not((500, 201)) == "left_eye and nose lie on one spot"


def test_nothing_placed_makes_no_face() -> None:
    with pytest.raises(FaceShotError):
        Asking(SIZE).skipped().reading()


def test_preview_follows_the_pointer_where_the_place_may_be() -> None:
    asking = Asking(SIZE).with_place((300, 200)).with_place((500, 200))
    assert Asking(SIZE).preview((300, 200)) is None
    near, so_far = asking.preview((405, 310)), asking.preview(None)
    assert near is not None
    assert so_far is not None
    assert near.points[30].round(6).tolist() == [405, 310]
    away = asking.preview((30, 20))
    assert away is not None
    assert np.array_equal(away.points, so_far.points)
