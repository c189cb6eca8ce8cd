# SPDX-License-Identifier: GPL-3.0-or-later
"""With a window, on a virtual screen: the operators' modal side."""

from __future__ import annotations


def test_animate_runs_beside_the_window_and_is_one_undo_step(tour, engine, short, shot):
    seen = tour("press_animate.py", tour.plane, short(1.0), env=engine, blend=shot)
    assert seen["invoked"] == ["RUNNING_MODAL"]
    assert "Tracking" in seen["stages"]["animating"]
    assert seen["before"] == []
    assert len(seen["after"]) == 1
    assert seen["undone"] == seen["before"]
    assert seen["redone"] == seen["after"]


def test_frames_are_seen_on_the_plane_as_they_come_and_nothing_is_left_of_them(tour, engine, material, shot):
    seen = tour("tour_coming.py", tour.plane, material[1], env=engine, blend=shot)
    assert seen["pressed"] == ["RUNNING_MODAL"]
    assert seen["frames"][0] < seen["frames"][1]
    assert seen["changed"] == [False, False]
    before, coming, cancelled, whole = seen["images"]
    assert before == coming == cancelled
    assert len(whole) == len(before) + 1
    assert seen["handlers"] == 0
    box = seen["plane on screen"]
    moved = tour.unlike("before", "another", box=box)
    assert moved > 0.5, "it is seen"
    assert tour.unlike("before", "cancelled", box=box) < 0.2 * moved
