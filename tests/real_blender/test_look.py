# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour with a window: a small face moves along while the points of a character are dragged."""


def test_tour_of_the_live_look(tour, engine, cast_cards):
    seen = tour("tour_look.py", *cast_cards("toon", "emoji"), env=engine)
    assert seen["poses"] == ["open", "blink", "open"]
    assert min(seen["frames while dragging"]) >= 2, "it follows while the mouse goes on"
    assert seen["as before"]
    assert not seen["timer when idle"]
    assert seen["files"] == []
    assert seen["left"] == 0
