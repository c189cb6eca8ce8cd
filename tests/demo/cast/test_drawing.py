# SPDX-License-Identifier: GPL-3.0-or-later
"""How points follow from curves, and the painter's helpers of the cast."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import ALL_PARTS, PARTS
from demo.brush import Canvas, ellipse
from demo.cast.drawing import Face, TurnedCanvas, fine, line_mouth, oval, turned

LEFT_BROW = [(560, 300), (640, 280), (720, 300)]
RIGHT_BROW = [(304, 300), (384, 280), (464, 300)]


def face(**parts) -> Face:
    eyes = (oval((384, 400), (60, 40)), oval((640, 400), (60, 40)))
    mouth = line_mouth([(420, 700), (512, 720), (604, 700)], width=10)
    return Face(jaw=[(200, 400), (512, 900), (824, 400)], eyes=eyes, mouth=mouth, **parts)


@pytest.mark.parametrize(
    ("brows", "missing"),
    [
        ((None, None), {"right_brow", "left_brow"}),
        ((RIGHT_BROW, None), {"left_brow"}),
        ((None, LEFT_BROW), {"right_brow"}),
        ((RIGHT_BROW, LEFT_BROW), set()),
    ],
)
def test_a_face_may_have_a_brow_on_one_side_only(brows, missing) -> None:
    one = face(brows=brows)
    assert ALL_PARTS - one.present() == missing | {"nose"}
    points = one.points()
    for part, brow in zip(("right_brow", "left_brow"), brows, strict=True):
        eye = points[PARTS[part.replace("brow", "eye")]].mean(axis=0)
        if brow is None:  # where one would be: above its eye
            assert abs(points[PARTS[part]].mean(axis=0)[0] - eye[0]) < 5
            assert (points[PARTS[part]][:, 1] < eye[1] - 40).all()
        else:
            np.testing.assert_allclose(points[PARTS[part]][[0, 2, 4]], brow)


@settings(max_examples=20, deadline=None)
@given(degrees=st.floats(-180, 180), scale=st.floats(0.3, 2), x=st.floats(200, 800), y=st.floats(200, 800))
def test_what_is_upright_stays_where_it_is_on_a_turned_canvas(degrees, scale, x, y) -> None:
    canvas = TurnedCanvas(64, turned(degrees, (400, 600), scale=scale))
    disc = ellipse((x, y), (120, 70))
    np.testing.assert_allclose(canvas.mask(canvas.upright(disc)), Canvas(64).mask(disc), atol=0.13)


@pytest.mark.parametrize("size", [16, 50, 128, 600])
def test_a_fine_pattern_is_averaged_over_the_pixels(size) -> None:
    stripes = fine(Canvas(size), lambda x, y: (np.floor(x / 4) % 2 == 0) + 0 * y)
    assert stripes.shape == (size, size)
    assert stripes.mean() == pytest.approx(0.5, abs=0.02)
    if size <= 128:  # pixels of at least two stripes
        assert np.abs(stripes - 0.5).max() < 0.35
    np.testing.assert_allclose(fine(Canvas(size), lambda x, y: np.float32(0.25) + 0 * (x + y)), 0.25, atol=1e-6)
