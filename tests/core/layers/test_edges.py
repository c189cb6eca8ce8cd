# SPDX-License-Identifier: GPL-3.0-or-later
"""Edges that cut the figure hold it; the head stays where its landmarks put it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import template
from core.layers import Edges, FaceLayers, jacobian

SIZE = (400, 360)
FACE = 62 * template() + (200, 160)
FREE = replace(FaceLayers.of(FACE, SIZE), edges=Edges.none())
HELD = FaceLayers.of(FACE, SIZE)

shifts = st.tuples(st.floats(-90, 90), st.floats(-90, 90))


def skin(layers: FaceLayers, points: np.ndarray) -> np.ndarray:
    """Displacements (rows, columns, 2) of the whole skin."""
    return layers.skin_field(layers.motion(points[None]), 0, layers.lattice.whole)


@settings(max_examples=30, deadline=None)
@given(shift=shifts)
def test_less_comes_in_from_beyond_an_edge(shift):
    free, held = (skin(layers, FACE + shift) for layers in (FREE, HELD))
    for axis, sign, line in ((0, 1, np.s_[:, 0]), (0, -1, np.s_[:, -1]), (1, 1, np.s_[0]), (1, -1, np.s_[-1])):
        before, after = sign * free[line][..., axis], sign * held[line][..., axis]
        assert after.max() <= max(before.max(), 0) + 1e-3
        # what leaves the picture leaves it as before
        assert np.allclose(np.minimum(after, 0), np.minimum(before, 0), atol=0.5)


@pytest.mark.parametrize(("shift", "axis", "line"), [((40, 0), 0, np.s_[:, :2]), ((-40, 0), 0, np.s_[:, -2:])])
def test_with_room_an_edge_lets_nothing_in(shift, axis, line):
    wide = 40 * template() + (200, 160)
    moved = skin(FaceLayers.of(wide, SIZE), wide + shift)[line][..., axis] * np.sign(shift[axis])
    assert moved.max() < 0.1 * 40


@settings(max_examples=30, deadline=None)
@given(shift=shifts)
def test_the_head_goes_where_it_would_go(shift):
    free, held = (skin(layers, FACE + shift) for layers in (FREE, HELD))
    on_head = HELD.head.radius(HELD.lattice.positions) <= 1
    assert np.allclose(free[on_head], held[on_head], atol=0.01)


@settings(max_examples=30, deadline=None)
@given(shift=shifts)
def test_nothing_folds(shift):
    areas = np.linalg.det(jacobian(skin(HELD, FACE + shift), HELD.lattice.step))
    assert (areas > 0).all()


def test_a_picture_of_twice_the_size_is_held_the_same():
    shift = np.array([30.0, -24.0])
    twice = FaceLayers.of(2 * FACE, (2 * SIZE[0], 2 * SIZE[1]))
    one, two = skin(HELD, FACE + shift), skin(twice, 2 * (FACE + shift))
    places = np.stack(np.meshgrid(np.linspace(5, SIZE[0] - 5, 20), np.linspace(5, SIZE[1] - 5, 20)), -1).reshape(-1, 2)
    a, b = HELD.lattice.sample(one, places), twice.lattice.sample(two, 2 * places)
    assert np.abs(2 * a - b).max() < 1.0


def test_at_rest_nothing_is_copied():
    field = np.zeros((*HELD.lattice.shape, 2), np.float32)
    assert HELD.edges.hold(field, HELD.lattice, HELD.lattice.whole, HELD.head) is field
