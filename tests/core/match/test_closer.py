# SPDX-License-Identifier: GPL-3.0-or-later
"""A face by anchors, looked at closer: the drawn parts' own shapes, the anchors exactly, nothing invented."""

from __future__ import annotations

import numpy as np
import pytest

from core.landmarks import PARTS, face_width
from core.match import match_face
from core.picture import Picture
from core.placing.anchors import KINDS
from demo.cast import CAST

ASKED = ("right_eye", "left_eye", "mouth_right", "mouth_bottom", "chin")


def places_of(drawn):
    return {name: tuple(drawn.points[list(KINDS[name].points)].mean(axis=0) + np.array([2.0, -1.0])) for name in ASKED}


def error(points, drawn):
    seen = np.concatenate([np.arange(68)[PARTS[part]] for part in sorted(drawn.present)])
    return np.linalg.norm(points - drawn.points, axis=1)[seen].mean() / face_width(drawn.points)


@pytest.mark.parametrize("name", ["emoji", "robot", "cat", "manga"])
def test_parts_get_the_shapes_that_are_drawn(name):
    drawn = CAST[name](512)
    picture = Picture(pixels=drawn.pixels)
    lacking = {"nose": None} if "nose" not in drawn.present else {}
    made = {
        matcher: match_face(picture, matcher=matcher, anchors=places_of(drawn) | lacking).character
        for matcher in ("auto", "template")
    }
    assert error(made["auto"].points, drawn) < 0.95 * error(made["template"].points, drawn)
    assert made["auto"].present == made["template"].present
    for anchor, place in places_of(drawn).items():
        assert np.allclose(made["auto"].points[list(KINDS[anchor].points)].mean(axis=0), place, atol=1e-6)


def test_where_nothing_is_drawn_the_clicks_stay():
    blank = Picture(pixels=np.full((256, 256, 3), 90, np.uint8))
    places = {"right_eye": (90.0, 110.0), "left_eye": (160.0, 108.0), "chin": (125.0, 210.0)}
    found, plain = (match_face(blank, matcher=matcher, anchors=places) for matcher in ("auto", "template"))
    assert np.array_equal(found.character.points, plain.character.points)
    assert "drawn" not in found.why


def test_a_large_picture_is_looked_at_smaller():
    drawn = CAST["emoji"](512)
    large = Picture(pixels=np.ascontiguousarray(drawn.pixels.repeat(7, axis=0).repeat(7, axis=1)))
    small = match_face(Picture(pixels=drawn.pixels), anchors=places_of(drawn)).character
    places = {name: (7 * x, 7 * y) for name, (x, y) in places_of(drawn).items()}
    found = match_face(large, anchors=places).character
    assert np.abs(found.points / 7 - small.points).max() < 8
