# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour of the Face Points tool with a window: the mouse, the file, what is seen and Undo agree."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from core.picture import read_picture

BY_HAND = np.array([209, 237, 255])  # as points are shown that were placed by hand


@pytest.fixture
def cards(cast_cards):
    """How sure they are is made up, from not at all to wholly."""
    return cast_cards("toon", "emoji", "cat", confidence=np.linspace(0, 1, 68), placed=("matched",) * 68)


def test_tour_of_points(tour, cards):
    seen = tour("tour_points.py", *cards, env={}, timeout=470)
    redraws, uploads, median, slowest = seen["redraws"]
    sys.stdout.write(f"points drawn {redraws} times: {median:.2f} ms, at most {slowest:.2f} ms\n")
    assert redraws >= 100
    assert uploads == 0, "nothing has changed"
    assert seen["idle draws"] == 0
    assert [moved for _, moved in seen["drags"].values()] == [[54], [37, 44]]
    assert max(off for off, _ in seen["drags"].values()) < 0.5, "each point is where the pointer let it go"
    assert seen["mirror"]
    assert not seen["mirror after M"]
    assert len(seen["undo"]) == 10
    assert all(seen["undo"])
    assert seen["escape"]
    picture = read_picture(next(tour.folder.glob("?? moved.png"))).rgb8()
    (x, y), (to_x, to_y) = seen["shown at"]
    by_hand = np.abs(picture.astype(float) - BY_HAND).max(axis=-1) < 24
    assert by_hand[to_y - 2 : to_y + 3, to_x - 2 : to_x + 3].any()
    assert not by_hand[y - 2 : y + 3, x - 2 : x + 3].any()


def test_points_from_all_sides(tour, cards):
    seen = tour("tour_points_views.py", *cards, env={}, timeout=470)
    assert {tuple(moved) for _, moved in seen["drags"].values()} == {(8,)}
    far = {name: off for name, (off, _) in seen["drags"].items() if off > 0.5}
    assert not far
    assert len(seen["drags"]) == 4
    assert seen["guessed"]
    assert seen["left"]
    for name, count in (("parented", 1), ("hidden", 0)):
        picture = read_picture(next(tour.folder.glob(f"?? {name}.png"))).rgb8()[100:700, 60:960].astype(float)
        assert bool((np.abs(picture - BY_HAND).max(axis=-1) < 24).sum()) == bool(count), name
