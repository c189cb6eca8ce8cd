# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids and lips of pictures that show them open or shut: they meet when the driver's do, and never cross."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import EYE_PAIRS, MOUTH_PAIRS, face_width, template
from core.retarget import RetargetSettings
from tests.core.retarget_faces import SEED, human_shape, out

LIDS = (*EYE_PAIRS["right_eye"], *EYE_PAIRS["left_eye"])
# In face widths
CLOSED, HARDLY = 1e-6, 0.012
# Lids as tracked, without a share of the opening that already counts as shut
PLAIN = RetargetSettings(shut=0.0)
STEPS = np.linspace(0.0, 1.0, 9)


def gaps(faces: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    """How far each pair is apart, (..., pairs) face widths; negative where it crossed."""
    upper, lower = ([pair[side] for pair in pairs] for side in (0, 1))
    return (faces[..., lower, 1] - faces[..., upper, 1]) / face_width(template())


def with_gap(face: np.ndarray, pairs: tuple[tuple[int, int], ...], gap: float) -> np.ndarray:
    """The face with these pairs `gap` face widths apart, each around its middle; outer lips keep their distance."""
    face, change = face.copy(), {}
    for upper, lower in pairs:
        middle, half = face[[upper, lower]].mean(axis=0), (0.0, gap * face_width(template()) / 2)
        change[upper], change[lower] = middle - half - face[upper], middle + half - face[lower]
        face[upper], face[lower] = middle - half, middle + half
    for outer, inner in ((50, 61), (51, 62), (52, 63), (58, 67), (57, 66), (56, 65)):
        if inner in change:
            face[outer] += change[inner]
    return face


@pytest.mark.parametrize("pairs", [LIDS, MOUTH_PAIRS], ids=["eyes", "mouth"])
@settings(max_examples=25, deadline=None)
@given(seed=SEED, rest=st.floats(0.04, 0.2), picture=st.floats(0.02, 0.3))
def test_open_ones_meet_when_the_drivers_meet(pairs, seed, rest, picture):
    shape = human_shape(np.random.default_rng(seed))
    driver = np.stack([with_gap(shape, pairs, rest * (1 - share)) for share in STEPS])
    drawn = with_gap(template(), pairs, picture)
    made = gaps(out(driver, drawn, PLAIN), pairs)
    assert np.abs(made[0] - gaps(drawn, pairs)).max() < CLOSED
    assert np.abs(made[-1]).max() < CLOSED
    # On the way they only close, in proportion.
    assert (np.diff(made, axis=0) < CLOSED).all()
    assert np.abs(made - np.outer(1 - STEPS, np.full(len(pairs), picture))).max() < 0.1 * picture


@settings(max_examples=25, deadline=None)
@given(seed=SEED, rest=st.floats(0.0, 0.01), picture=st.floats(0.02, 0.3), noise=st.floats(-0.004, 0.004))
def test_a_mouth_that_is_open_in_the_picture_stays_so_while_the_driver_is_silent(seed, rest, picture, noise):
    shape = human_shape(np.random.default_rng(seed))
    silent = max(rest + noise, 0.0)
    driver = np.stack([with_gap(shape, MOUTH_PAIRS, gap) for gap in (rest, silent, 0.1, 0.2)])
    drawn = with_gap(template(), MOUTH_PAIRS, picture)
    made = gaps(out(driver, drawn, PLAIN), MOUTH_PAIRS)
    # A tracker's noise at closed lips is not taken for a mouth that shuts.
    assert np.abs(made[1] - picture).max() < 0.4 * picture
    assert (made[2] > made[0]).all()
    assert (made[3] > made[2]).all()


@pytest.mark.parametrize("pairs", [LIDS, MOUTH_PAIRS], ids=["eyes", "mouth"])
@settings(max_examples=25, deadline=None)
@given(seed=SEED, rest=st.floats(0.0, 0.15), picture=st.floats(0.0, 0.003))
def test_what_is_shut_in_the_picture_opens_and_shuts_without_crossing(pairs, seed, rest, picture):
    shape = human_shape(np.random.default_rng(seed))
    driver = np.stack([with_gap(shape, pairs, gap) for gap in (rest, 0.0, rest / 2, rest + 0.05, rest + 0.15)])
    drawn = with_gap(template(), pairs, picture)
    made = gaps(out(driver, drawn, PLAIN), pairs)
    # A blink cannot shut what is shut: it stays.
    assert made[1:3].min() > -CLOSED
    assert made[1:3].max() < picture + CLOSED
    # What opens wider than at rest opens here, too.
    assert (made[3] > picture + 0.01).all()
    assert (made[4] > made[3]).all()


@settings(max_examples=25, deadline=None)
@given(seed=SEED, crossed=st.floats(0.0, HARDLY))
def test_points_that_cross_in_the_picture_do_not_cross_further(seed, crossed):
    shape = human_shape(np.random.default_rng(seed))
    driver = np.stack([with_gap(shape, MOUTH_PAIRS, gap) for gap in (0.05, 0.0, 0.15)])
    drawn = with_gap(template(), MOUTH_PAIRS, -crossed)
    made = gaps(out(driver, drawn, PLAIN), MOUTH_PAIRS)
    assert made[1].min() > -crossed - CLOSED
    assert (made[2] > made[0]).all()
