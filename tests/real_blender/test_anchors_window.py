# SPDX-License-Identifier: GPL-3.0-or-later
"""A dot-eyed emoji's face placed with the mouse, in a window; a step back, a skip, undo; then done wrongly."""

from __future__ import annotations

import json

import numpy as np

from core.landmarks import eye_centres, face_width
from core.picture import encode_png
from demo.cast import CAST


def test_emoji_is_placed_with_the_mouse(tour, tmp_path):
    drawing = CAST["emoji"](512)
    picture = tmp_path / "emoji.png"
    picture.write_bytes(encode_png(drawing.pixels))
    points = drawing.points
    right, left = eye_centres(points).tolist()
    places = {
        "right_eye": right,
        "right_eye_edge": points[36].tolist(),
        "left_eye": left,
        "nose": points[30].tolist(),
        "mouth_right": points[48].tolist(),
        "mouth_top": points[51].tolist(),
        "mouth_bottom": points[57].tolist(),
        "chin": points[8].tolist(),
        "head_right": points[0].tolist(),
        "wrong": [120.0, 420.0],
        "outside": [-30.0, 200.0],
    }
    seen = tour("tour_anchors.py", picture, json.dumps(places), env={})
    assert seen["before"] is None
    assert seen["undone"] is None
    assert seen["redone"] == seen["placed"]
    made = np.array(seen["placed"]["points"])
    assert seen["placed"]["present"] == sorted(drawing.present)
    assert seen["placed"]["placed"] == ["template"]
    assert seen["tool"] == "faceshot.points"
    there = np.r_[0:17, 36:68]
    assert np.linalg.norm(made - points, axis=1)[there].mean() < 0.03 * face_width(points)
    for index in (0, 8, 48, 51, 57):
        assert np.linalg.norm(made[index] - points[index]) < 3
    assert seen["still"], "a click that cannot be is answered, and asked for again"
    right_way = eye_centres(np.array(seen["put right"]["points"]))
    assert np.abs(right_way - eye_centres(points)).max() < 3
    assert not seen["given up"]
    assert seen["unchanged"]
    assert seen["tool after"] == "faceshot.points"
