# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing takes noise, not acting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.track.smooth import smoothed


def uneven_times(count: int, seed: int) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).uniform(0.02, 0.06, count))


@given(count=st.integers(1, 60), seed=st.integers(0, 999), strength=st.floats(0.2, 1))
@settings(max_examples=40, deadline=None)
def test_a_parabola_passes_unchanged(count: int, seed: int, strength: float) -> None:
    time = uneven_times(count, seed)
    values = np.column_stack([3 - 2 * time + time**2, 5 + 0 * time])
    out = smoothed(values, time, np.ones(count, bool), strength)
    assert np.abs(out - values).max() < 1e-4 * np.abs(values).max()


@given(count=st.integers(1, 60), seed=st.integers(0, 999))
@settings(max_examples=20, deadline=None)
def test_off_is_off(count: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=(count, 4, 3))
    assert np.array_equal(smoothed(values, uneven_times(count, seed), np.ones(count, bool), 0.0), values)


def test_noise_goes_and_nothing_lags() -> None:
    time = np.arange(200) / 30
    truth = np.sin(2 * np.pi * 1.5 * time)
    noisy = truth + np.random.default_rng(0).normal(0, 0.1, 200)
    out = smoothed(noisy, time, np.ones(200, bool), 0.5)
    assert np.std(out - truth) < 0.65 * np.std(noisy - truth)
    shifts = [np.corrcoef(out[10:-10], np.roll(truth, k)[10:-10])[0, 1] for k in range(-3, 4)]
    assert int(np.argmax(shifts)) == 3  # no shift fits best


def test_a_blink_in_noise_survives() -> None:
    """A blink of a sixth of a second at 30 frames a second, among points that only shake."""
    time = np.arange(90) / 30
    blink = np.exp(-0.5 * ((time - 1.5) / 0.05) ** 2)
    noise = np.random.default_rng(1).normal(0, 0.02, (90, 3, 2))
    points = noise.copy()
    points[:, 1, 1] += blink
    for strength, kept in ((0.3, 0.96), (0.5, 0.93), (1.0, 0.85)):
        out = smoothed(points, time, np.ones(90, bool), strength)
        assert out[:, 1, 1].max() > kept * points[:, 1, 1].max()
        quiet = np.r_[0:30, 60:90]
        assert np.diff(out[quiet], axis=0).std() < 0.9 * np.diff(points[quiet], axis=0).std()


def test_a_point_is_smoothed_as_a_whole() -> None:
    """Turning the picture turns the result."""
    time = uneven_times(50, 3)
    points = np.random.default_rng(4).normal(size=(50, 5, 2)).cumsum(axis=0)
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    one = smoothed(points @ turn, time, np.ones(50, bool), 0.5)
    assert one == pytest.approx(smoothed(points, time, np.ones(50, bool), 0.5) @ turn, abs=1e-9)


def test_frames_without_a_face_give_and_take_nothing() -> None:
    time = np.arange(40) / 25
    valid = np.ones(40, bool)
    valid[15:22] = False
    values = np.sin(time * 5)
    spoiled = np.where(valid, values, 1e9)
    out = smoothed(spoiled, time, valid, 0.5)
    assert np.array_equal(out[~valid], spoiled[~valid])
    assert np.abs(out[valid]).max() < 2


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_short_clips_stay_as_they_are(count: int) -> None:
    values = np.arange(count, dtype=float)
    assert np.array_equal(smoothed(values, values / 25, np.ones(count, bool), 1.0), values)
