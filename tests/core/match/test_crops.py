# SPDX-License-Identifier: GPL-3.0-or-later
"""Crops and the way back from them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.match.crops import Pyramid, back, crop_matrix, warp, window

PLACES = st.floats(-500, 2000)


@given(
    x=PLACES,
    y=PLACES,
    side=st.floats(4, 4000),
    turn=st.floats(-3, 3),
    out=st.sampled_from([64, 128]),
    seed=st.integers(),
)
def test_there_and_back(x: float, y: float, side: float, turn: float, out: int, seed: int) -> None:
    matrix = crop_matrix(np.array([x, y]), side, turn, out)
    points = np.random.default_rng(abs(seed)).uniform(-1000, 3000, (5, 2))
    cropped = points @ matrix[:, :2].T + matrix[:, 2]
    np.testing.assert_allclose(back(cropped[None], matrix[None])[0], points, atol=1e-6 * (1 + side))
    np.testing.assert_allclose(matrix @ [x, y, 1], [out / 2, out / 2], atol=1e-6)


def test_a_crop_of_the_whole_picture_is_the_picture() -> None:
    image = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    np.testing.assert_array_equal(warp(image, crop_matrix(np.array([16.0, 16.0]), 32, 0.0, 32), 32), image)


def test_small_crops_of_large_pictures_are_averages() -> None:
    """Fine stripes become grey, and the bright square stays where it is."""
    image = np.zeros((1000, 1400, 3), np.uint8)
    image[:, ::2] = 200
    image[400:600, 600:800] = 255
    crop = Pyramid(image).crop(crop_matrix(np.array([700.0, 500.0]), 1000, 0.0, 50), 50)
    assert np.abs(crop[5:15, 5:45].astype(int) - 100).max() < 30
    rows, columns = np.nonzero(crop[..., 0] > 190)
    assert abs(rows.mean() + 0.5 - 25) < 0.6
    assert abs(columns.mean() + 0.5 - 25) < 0.6


def test_window() -> None:
    middle, side = window(np.array([[0.0, 10], [4, 30], [2, 12]]))
    assert (middle.tolist(), side) == ([2.0, 20.0], 20.0)
