# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry of crops, tiles and boxes; no network needed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.track.detector import ANCHORS, merged, overlap, tiles
from core.track.region import MARGIN, Region, around, slant

SIDES = st.integers(1, 5000)


def test_the_anchors_are_those_of_the_short_range_detector() -> None:
    assert ANCHORS.shape == (896, 2)
    assert ANCHORS[0] == pytest.approx((0.5 / 16, 0.5 / 16))
    assert ANCHORS[2] == pytest.approx((1.5 / 16, 0.5 / 16))  # two in each cell, row by row
    assert ANCHORS[-1] == pytest.approx((7.5 / 8, 7.5 / 8))


@given(width=SIDES, height=SIDES, level=st.integers(0, 2))
@settings(deadline=None)
def test_tiles_cover_the_picture_and_overlap_by_half(width: int, height: int, level: int) -> None:
    squares = tiles(width, height, level)
    side = max(width, height) / 2**level
    assert all(square.side == pytest.approx(side) for square in squares)
    for middles, length in (({s.x for s in squares}, width), ({s.y for s in squares}, height)):
        places = np.array(sorted(middles))
        assert places[0] - side / 2 <= 1e-6
        assert places[-1] + side / 2 >= length - 1e-6
        assert np.diff(places).max(initial=0) <= side / 2 + 1e-6
    assert len(squares) <= 49


@given(
    x=st.floats(-500, 500), y=st.floats(-500, 500), side=st.floats(1, 900), angle=st.floats(-3, 3),
    count=st.integers(2, 256), seed=st.integers(0, 99),
)  # fmt: skip
@settings(deadline=None)
def test_a_region_keeps_its_middle_scale_and_angle(
    x: float, y: float, side: float, angle: float, count: int, seed: int
) -> None:
    region = Region(x, y, side, angle)
    assert region.carried(np.array([count / 2, count / 2]), count) == pytest.approx((x, y), abs=1e-6)
    points = np.random.default_rng(seed).uniform(0, count, (5, 3))
    placed = region.to_picture(points, count)
    gaps = [np.linalg.norm(np.diff(p[:, :2], axis=0), axis=1) for p in (points, placed)]
    assert gaps[1] == pytest.approx(gaps[0] * side / count, abs=1e-6)
    assert placed[:, 2] == pytest.approx(points[:, 2] * side / count)
    right, left = region.carried(np.array([[0.0, 5.0], [count, 5.0]]), count)
    assert np.cos(slant(right, left) - angle) == pytest.approx(1)


def test_the_crop_shows_what_the_matrix_says() -> None:
    ramp = np.zeros((60, 80, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(80), np.arange(60)[:, None]
    crop = Region(40, 30, 32, 0.0).crop(ramp, 16)
    matrix = Region(40, 30, 32, 0.0).matrix(16)
    for column, row in ((0, 0), (5, 9), (15, 15)):
        assert crop[row, column, :2] == pytest.approx(matrix @ (column, row, 1), abs=1)
    assert (Region(-200, -200, 50, 0).crop(ramp, 8)[..., :2] == 0).all()
    beyond = Region(200, 30, 20, 0)
    assert (beyond.crop(ramp, 8)[..., 0] == 79).all()  # the border goes on
    assert (beyond.crop(ramp, 8, replicate=False) == 0).all()


def test_a_crop_is_half_as_large_again_as_its_points() -> None:
    region = around(np.array([[10.0, 20.0], [50.0, 40.0]]), 0.3)
    assert (region.x, region.y, region.side, region.angle) == (30, 30, 40 * MARGIN, 0.3)


def test_overlap_of_boxes() -> None:
    box = np.array([0.0, 0.0, 2.0, 2.0])
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6], [0, 0, 1, 1]], float)
    assert overlap(box, others) == pytest.approx([1, 1 / 3, 0, 0.25])


def test_overlapping_boxes_become_their_weighted_mean() -> None:
    def row(x: float, score: float) -> np.ndarray:
        box = np.array([x, 0, x + 10, 10, *np.full(12, x)])
        return np.array([*box, score])

    found = merged([np.array([row(0, 0.9), row(100, 0.6)]), np.array([row(1, 0.6)])])
    assert [round(one.score, 2) for one in found] == [0.9, 0.6]
    assert found[0].box[0] == pytest.approx((0.9 * 0 + 0.6 * 1) / 1.5)
    assert found[0].points.shape == (6, 2)
    assert found[1].box[0] == pytest.approx(100)
    assert merged([np.zeros((0, 17))]) == []
