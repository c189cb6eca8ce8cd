# SPDX-License-Identifier: GPL-3.0-or-later
"""With a window: a face of which nobody is sure opens the tool with a guess in place; a sure one is simply there."""

from __future__ import annotations

import numpy as np

from core.picture import encode_png
from demo.cast import CAST


def test_unsure_opens_the_tool_and_sure_does_not(tour, engine, short, tmp_path):
    wall, cat = tmp_path / "a wall.png", tmp_path / "Katze ö.png"
    wall.write_bytes(encode_png(np.full((300, 400, 3), (150, 130, 110), np.uint8)))
    cat.write_bytes(encode_png(CAST["cat"](512).pixels))
    seen = tour("tour_unsure.py", wall, cat, short(0.5), env=engine, timeout=470)
    assert seen["tool before"] != "faceshot.points"
    assert seen["tool after"] == "faceshot.points"
    assert seen["active"] == seen["failure"][2] == "a wall"
    assert "plain face in the middle" in seen["failure"][0]
    assert "Face Points tool" in seen["failure"][1]
    assert seen["guess"][0] == "template"
    assert seen["guess"][1] <= 0.3
    assert seen["guess undone"] is None
    assert seen["pressed"] == ["RUNNING_MODAL"]
    assert seen["found"][0] == "matched"
    assert seen["found"][1] > 0.6
    assert seen["found undone"] is None
    assert seen["found redone"] == seen["found"]
