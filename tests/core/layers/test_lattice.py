# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.layers import Lattice, Window, invert, jacobian

sizes = st.tuples(st.integers(1, 90), st.integers(1, 90))


@given(size=sizes, step=st.integers(2, 24))
def test_the_nodes_surround_the_canvas(size, step):
    nodes = Lattice(size, step).nodes()
    assert (nodes[0, 0] <= 0).all()
    assert (nodes[-1, -1] >= size).all()
    assert np.allclose(np.diff(nodes[0, :, 0]), step)


@given(size=sizes, step=st.integers(2, 24), x=st.floats(0, 1), y=st.floats(0, 1))
def test_sampling_a_linear_field_is_exact(size, step, x, y):
    lattice = Lattice(size, step)
    nodes = lattice.nodes()
    field = np.stack([2 * nodes[..., 0] - nodes[..., 1] + 3, nodes[..., 1]], axis=-1)
    point = np.array([[x, y]]) * size
    assert np.allclose(lattice.sample(field, point), [[2 * point[0, 0] - point[0, 1] + 3, point[0, 1]]])


@given(size=sizes, step=st.integers(2, 24))
def test_triangles_cover_every_cell_once_with_one_orientation(size, step):
    lattice = Lattice(size, step)
    corners = lattice.nodes().reshape(-1, 2)[lattice.triangles()]
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    areas = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2
    rows, columns = lattice.shape
    assert np.allclose(areas, -(step**2) / 2)
    assert len(areas) == 2 * (rows - 1) * (columns - 1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), strength=st.floats(0, 0.85))
def test_the_inverse_undoes_a_field_that_does_not_fold(seed, strength):
    lattice = Lattice((160, 120), 8)
    rows, columns = lattice.shape
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns]
    waves = rng.uniform(0.15, 0.3, (2, 2, 2))
    field = np.stack([np.sin(x * waves[k, 0, 0] + 3 * k) * np.cos(y * waves[k, 0, 1]) for k in range(2)], axis=-1)
    edge = np.minimum.reduce([x, y, columns - 1 - x, rows - 1 - y]) / 4
    field = field * np.clip(edge, 0, 1)[..., None]
    steepest = np.abs(jacobian(field, 8) - np.eye(2)).sum(axis=-1).max()
    field = field * strength / steepest
    assert (np.linalg.det(jacobian(field, 8)) > 0).all()
    back = invert(field, 8)
    nodes = lattice.nodes()
    landed = nodes + back
    landed += lattice.sample(field, landed.reshape(-1, 2)).reshape(rows, columns, 2)
    assert np.abs(landed - nodes).max() < 0.1


def test_a_still_field_has_an_exactly_still_inverse():
    assert not invert(np.zeros((9, 7, 2)), 8).any()
    assert invert(np.zeros((9, 7, 2)), 8, wanted=(slice(2, 5), slice(1, 3))).shape == (3, 2, 2)


def test_a_part_of_the_inverse_is_that_part_of_the_whole():
    field = np.zeros((12, 14, 2))
    field[4:8, 4:9] = (3.0, -2.0)
    part = slice(3, 9), slice(2, 11)
    assert np.array_equal(invert(field, 8, wanted=part), invert(field, 8)[part])


def test_folding_fields_give_finite_bounded_answers():
    rng = np.random.default_rng(3)
    field = rng.normal(0, 60, (20, 20, 2))
    back = invert(field, 8)
    assert np.isfinite(back).all()
    assert (np.abs(back) <= np.abs(field).max(axis=(0, 1)) + 1e-3).all()


@given(
    low=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
    extent=st.tuples(st.floats(0, 300), st.floats(0, 300)),
    size=sizes,
)
def test_windows_stay_within_the_lattice(low, extent, size):
    lattice = Lattice(size, 8)
    window = lattice.window_around(np.array(low), np.array(low) + extent, margin=1)
    rows, columns = lattice.shape
    assert 0 <= window.top < window.bottom - 1 < rows
    assert 0 <= window.left < window.right - 1 < columns


def test_windows_combine():
    a, b = Window(2, 5, 1, 9), Window(4, 8, 0, 3)
    assert a.union(b) == Window(2, 8, 0, 9)
    assert np.zeros((10, 10))[a.slices].shape == a.shape == (3, 8)
    assert np.zeros((10, 10))[2:8, 0:9][a.within(a.union(b))].shape == a.shape


@pytest.mark.parametrize("reach", [0.0, 5.0])
def test_interpolation_weights_sum_to_one(reach):
    lattice = Lattice((64, 48), 8)
    points = np.random.default_rng(0).uniform(-reach, 48 + reach, (50, 2))
    _, weights = lattice.interpolation(points, lattice.whole)
    assert np.allclose(weights.sum(axis=1), 1)
    assert (weights >= 0).all()


@pytest.mark.parametrize("shift", [(20.0, -12.0), (-300.0, 250.0)])
def test_what_moves_in_from_outside_comes_from_outside(shift):
    back = invert(np.tile(np.float32(shift), (12, 14, 1)), 8)
    assert np.allclose(back, np.negative(shift), atol=1e-3)
