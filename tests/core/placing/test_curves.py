# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves through the points: they meet them, stay with them, and move with them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.landmarks import COUNT, PARTS, template
from core.placing.curves import part_curves


@given(st.floats(-3, 3), st.floats(0.1, 50), st.floats(-1000, 1000))
def test_curves_go_as_their_points_do(turn, scale, shift):
    curves = part_curves()
    linear = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = curves.weights @ (template() @ linear.T + shift)
    assert np.allclose(moved, curves.weights @ template() @ linear.T + shift, atol=1e-8 * (abs(shift) + scale))


def test_every_point_is_on_a_curve_of_its_part():
    curves = part_curves()
    whole = np.argwhere(np.isclose(curves.weights, 1))
    met = {(int(index), curves.parts[sample]) for sample, index in whole}
    assert met == {(index, part) for part, points in PARTS.items() for index in range(points.start, points.stop)}


def test_a_part_is_drawn_by_its_own_points():
    curves = part_curves()
    for part, points in PARTS.items():
        here = curves.of(frozenset({part}))
        others = np.delete(np.arange(COUNT), np.arange(points.start, points.stop))
        assert here.any()
        assert not np.abs(curves.weights[np.ix_(here, others)]).any()
    pairs = np.array(curves.parts)[curves.pairs]
    assert (pairs[:, 0] == pairs[:, 1]).all()


def test_curves_are_smooth_but_for_the_corners_of_eyes_and_lips():
    curves = part_curves()
    samples = curves.weights @ template()
    way = np.diff(samples[curves.pairs], axis=1)[:, 0]
    follows = curves.pairs[:-1, 1] == curves.pairs[1:, 0]
    one, other = way[:-1][follows], way[1:][follows]
    cosine = (one * other).sum(axis=1) / np.linalg.norm(one, axis=1) / np.linalg.norm(other, axis=1)
    assert cosine.min() > 0.7
