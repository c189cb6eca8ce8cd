# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain face with which placing points begins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.placing.guess import plain_face


@given(st.integers(1, 20000), st.integers(1, 20000))
def test_it_lies_in_the_middle_of_any_picture_and_is_sure_of_nothing(width, height):
    face = plain_face((width, height))
    low, high = face.points.min(axis=0), face.points.max(axis=0)
    assert np.allclose(low + high, (width, height))
    assert (low >= 0).all()
    assert face.size == (width, height)
    assert face.confidence.max() < 0.35
    assert set(face.placed) == {"template"}
