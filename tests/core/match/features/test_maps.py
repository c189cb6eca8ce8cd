# SPDX-License-Identifier: GPL-3.0-or-later
"""Feature maps: cells and pixels, features between cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FaceShotError
from core.match.features.maps import FeatureMap


def made(rows=6, columns=9, channels=5, size=(90.0, 60.0)):
    return FeatureMap.of(np.random.default_rng(3).normal(size=(rows, columns, channels)), size)


@given(x=st.floats(-500, 500), y=st.floats(-500, 500))
def test_cells_and_pixels_are_inverse(x, y):
    grid = made(size=(91.0, 47.0))
    assert np.allclose(grid.to_pixels(grid.to_cells(np.array([[x, y]]))), [[x, y]])


def test_the_middle_of_a_cell_has_the_cells_features():
    grid = made()
    assert np.allclose(grid.at(np.array([[35.0, 25.0]]))[0], grid.values[2, 3], atol=1e-6)


def test_features_are_unit_vectors_everywhere():
    grid = made()
    points = np.random.default_rng(4).uniform(-20, 110, (50, 2))
    assert np.allclose(np.linalg.norm(grid.at(points), axis=1), 1, atol=1e-5)
    assert np.allclose(grid.alike(grid.values[2, 3][None])[0, 2, 3], 1, atol=1e-6)


@pytest.mark.parametrize("values", [np.zeros((3, 4)), np.full((2, 2, 2), np.nan), np.zeros((0, 4, 2))])
def test_what_is_no_map_is_refused(values):
    with pytest.raises(FaceShotError, match="Features are"):
        FeatureMap.of(values, (10.0, 10.0))
