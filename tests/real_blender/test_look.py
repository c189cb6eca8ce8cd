# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour with a window: a small face moves along while the points of a character are dragged."""

from __future__ import annotations

import pytest

from core.character import Character
from core.picture import encode_png
from demo.cast import CAST


@pytest.fixture
def cards(tmp_path):
    paths = []
    for name in ("toon", "emoji"):
        drawn = CAST[name](512)
        (tmp_path / f"{name} ü.png").write_bytes(encode_png(drawn.pixels))
        paths.append(tmp_path / f"{name} ü.character.json")
        character = Character(points=drawn.points, size=(512, 512), present=drawn.present, iris=drawn.iris)
        character.save(paths[-1])
    return paths


def test_tour_of_the_live_look(tour, engine, cards):
    seen = tour("tour_look.py", *cards, env=engine)
    assert seen["poses"] == ["open", "blink", "open"]
    assert min(seen["frames while dragging"]) >= 2, "it follows while the mouse goes on"
    assert seen["as before"]
    assert not seen["timer when idle"]
    assert seen["files"] == []
    assert seen["left"] == 0
