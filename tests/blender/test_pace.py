# SPDX-License-Identifier: GPL-3.0-or-later
"""The bar between two pieces of news: it moves, never back within a stage, never far ahead of what is known."""

from __future__ import annotations

import pytest


@pytest.fixture
def pace(part):
    """(look, now): look(done, total, left, stage=...) at the time now[0]."""
    job, now = part("faceshot_blender.job"), [0.0]
    made = part("faceshot_blender.pace").Pace(lambda: now[0])

    def look(done, total=100, left=7.0, stage="Tracking", state="running"):
        return made.look(job.Status(job.State(state), stage, done, total, left))

    return look, now


def test_it_goes_on_at_the_told_pace(pace):
    look, now = pace
    assert look(30) == ("Tracking 30/100, 7 s left", 0.3)
    now[0] = 0.1
    words, fraction = look(30)
    assert (words, fraction) == ("Tracking 30/100, 7 s left", pytest.approx(0.31))
    now[0] = 5.0
    words, fraction = look(30)
    assert words == "Tracking 30/100, 2 s left"
    assert fraction == pytest.approx(0.32), "two steps ahead at most"


def test_it_never_goes_back_within_a_stage_and_starts_anew_with_the_next(pace):
    look, now = pace
    look(30, left=0.1)
    now[0] = 1.0
    assert look(30, left=0.1)[1] == pytest.approx(0.32)
    assert look(31)[1] == pytest.approx(0.32)
    assert look(0, stage="Rendering")[1] == 0.0
    look(50, stage="Rendering")
    assert look(10, stage="Rendering")[1] == pytest.approx(0.1), "another pass over the same stage"


@pytest.mark.parametrize(
    ("total", "left", "state"), [(None, None, "running"), (10, None, "running"), (10, 5.0, "done")]
)
def test_nothing_is_made_up(pace, total, left, state):
    look, now = pace
    first = look(5, total, left, state=state)
    now[0] = 3.0
    assert look(5, total, left, state=state) == first
