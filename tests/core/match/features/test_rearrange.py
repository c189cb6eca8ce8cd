# SPDX-License-Identifier: GPL-3.0-or-later
"""Even arcs: finite whatever comes, what is even stays, it turns and moves with the face; and matching is better
without it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.landmarks import template
from core.match.features.matching import Counterpart, match_features
from tests.core.match.features.planted import Field, face_shape, features_of, scene
from tests.core.match.features.rearrange import ARCS, BASE, BRIDGE, evened, rearranged

PLACES = st.floats(-1e5, 1e5)
ENDS = sorted({arc[0] for arc in ARCS} | {arc[-1] for arc in ARCS})


@given(arrays(np.float64, (68, 2), elements=PLACES))
def test_it_is_finite_and_keeps_the_ends(points: np.ndarray) -> None:
    made = rearranged(points)
    assert np.isfinite(made).all()
    np.testing.assert_array_equal(made[ENDS], points[ENDS])
    reach = np.abs(points - points.mean(axis=0)).max()
    assert np.abs(made - points.mean(axis=0)).max() <= 30 * reach + 1e-6


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4), arrays(np.float64, 68, elements=st.floats(-500, 500)), st.booleans())
def test_points_on_one_line_stay_on_it(slope: float, start: float, along: np.ndarray, upright: bool) -> None:
    slope = np.clip(slope, -3, 3)
    points = np.stack([along, start + slope * along], axis=1)[:, :: -1 if upright else 1]
    made = rearranged(points)
    assert np.isfinite(made).all()
    x, y = made.T[:: -1 if upright else 1]
    np.testing.assert_allclose(y, start + slope * x, atol=1e-3 * (1 + abs(start)))


@pytest.mark.parametrize("value", [0.0, 7.5, -1e6])
def test_points_on_one_spot_stay(value: float) -> None:
    points = np.full((68, 2), value)
    np.testing.assert_array_equal(rearranged(points), points)


@given(st.integers(3, 17), st.floats(-3, 3), st.floats(0.4, 2.8), st.floats(0.1, 500), PLACES)
def test_an_arc_that_is_even_stays(count: int, first: float, opening: float, radius: float, middle: float) -> None:
    angles = first + np.linspace(0, opening, count)
    points = middle + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    np.testing.assert_allclose(evened(points), points, atol=1e-6 * (radius + abs(middle)))


@given(st.floats(0.3, 1.0), st.floats(0, np.pi), st.integers(0, 1000))
def test_an_even_jaw_on_an_ellipse_stays_and_an_uneven_one_becomes_even(share: float, turn: float, seed: int) -> None:
    def jaw(angles: np.ndarray) -> np.ndarray:
        own = np.stack([100 * np.cos(angles), 100 * share * np.sin(angles)], axis=1)
        c, s = np.cos(turn), np.sin(turn)
        return own @ np.array([[c, s], [-s, c]]) + 256

    even = np.linspace(np.pi - 0.1, 0.1, 17)
    np.testing.assert_allclose(evened(jaw(even), ellipse=True), jaw(even), atol=1e-5)
    uneven = even.copy()
    uneven[1:-1] += np.random.default_rng(seed).uniform(-0.08, 0.08, 15)
    np.testing.assert_allclose(evened(jaw(uneven), ellipse=True), jaw(even), atol=1e-4)


@given(st.floats(-3, 3), st.floats(0.1, 50), PLACES)
def test_it_moves_turns_and_scales_with_the_face(turn: float, scale: float, shift: float) -> None:
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    matrix = np.array([[c, s], [-s, c]])
    face = template() + np.random.default_rng(0).normal(0, 0.02, (68, 2))
    np.testing.assert_allclose(
        rearranged(face @ matrix + shift), rearranged(face) @ matrix + shift, atol=1e-5 * (scale + abs(shift))
    )


def test_the_bridge_is_straight_and_even() -> None:
    made = rearranged(template() + np.random.default_rng(1).normal(0, 0.02, (68, 2)))
    steps = np.diff(made[list(BRIDGE)], axis=0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps.mean(axis=0), steps.shape), atol=1e-12)
    to_base = made[BASE] - made[BRIDGE[0]]
    assert abs(to_base[0] * steps[0][1] - to_base[1] * steps[0][0]) < 1e-12


def test_the_joint_match_is_better_without_it() -> None:
    """Faces have no even arcs: why the published step after matching is left out."""
    before, after = [], []
    for seed in range(4):
        field, shape = Field(seed), face_shape(seed)
        known = scene(seed=seed + 1, field=field, shape=shape, unit=150.0)
        seen = scene(seed=seed + 2, field=field, shape=shape, unit=120.0, turn=0.3, noise=0.3, look=0.4)
        other = Counterpart(features_of(known), known.points, np.ones(68, bool))
        points = match_features(seen.map, [other]).points
        before.append(np.linalg.norm(points - seen.points, axis=1))
        after.append(np.linalg.norm(rearranged(points) - seen.points, axis=1))
    assert np.mean(after) > 1.1 * np.mean(before)
