# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.landmarks import COUNT, LandmarkSequence
from core.motion import FaceMotion
from core.timing import duration, rational_fps, resample

RATES = (1.0, 12.0, 12.5, 23.976, 24000 / 1001, 24.0, 25.0, 29.97, 30.0, 60.0, 120.0)


def line(times: np.ndarray, fps: float = 25.0) -> LandmarkSequence:
    """Points that move in a straight line: at time t they are at (t, -2 t) + their number."""
    points = np.arange(COUNT)[None, :, None] + times[:, None, None] * [1.0, -2.0]
    return LandmarkSequence(
        points=points, size=(10, 10), fps=fps, time=times, iris=points[:, :2].copy(), meta={"tracker": "none"}
    )


def motion(times: np.ndarray) -> FaceMotion:
    frames = len(times)
    t = times[:, None]
    return FaceMotion(
        fps=25.0,
        time=times,
        valid=np.ones(frames, bool),
        confidence=np.clip(times / 10, 0, 1),
        size=(640, 480),
        rotation=t * [0.1, 0.2, 0.3],
        translation=t * [3.0, 4.0],
        scale=1 + times,
        names=("a", "b"),
        expression=t * [1.0, -1.0],
        identity=np.zeros((COUNT, 3)),
        basis=np.ones((2, COUNT, 3)),
        basis_id="test",
        residual=np.zeros((frames, COUNT, 3)) + t[..., None],
        iris=np.zeros((frames, 2, 2)) + t[..., None],
        mesh=(np.zeros((frames, 5, 3)) + t[..., None]).astype(np.float32),
        scheme="none",
        scores=t * [0.05],
        score_names=("s",),
        coefficients=t * [1.0, 2.0, 3.0],
    )


@given(st.integers(1, 200), st.sampled_from(RATES), st.floats(-100, 100))
def test_at_its_own_rate_it_is_the_same_bit_by_bit(count: int, fps: float, start: float) -> None:
    jitter = np.random.default_rng(count).uniform(-4e-7, 4e-7, count)
    jitter[0] = 0
    sequence = line(start + np.arange(count) / fps + jitter, fps)
    assert resample(sequence, fps) is sequence
    if count == 1:
        return  # how long one frame lasts is what its own rate says
    other = resample(replace(sequence, fps=7.0), fps)
    assert other.fps == fps
    assert other.points is sequence.points
    assert other.time is sequence.time


@settings(deadline=None)
@given(st.integers(1, 60), st.sampled_from(RATES), st.integers(0, 2**32 - 1))
def test_frame_k_shows_the_moment_k_over_fps(count: int, fps: float, seed: int) -> None:
    """Also from a clip of variable rate: what moves in a line stays on it, and rests after the last frame."""
    steps = np.random.default_rng(seed).uniform(0.005, 0.2, count)
    times = 3.0 + np.cumsum(steps) - steps[0]
    result = resample(line(times), fps)
    last = float(np.median(np.diff(times))) if count > 1 else 1 / 25
    assert len(result) == max(1, round((times[-1] - times[0] + last) * fps))
    assert duration(line(times)) == pytest.approx(times[-1] - times[0] + last)
    assert result.fps == fps
    assert np.allclose(result.time, 3.0 + np.arange(len(result)) / fps, atol=1e-12)
    moments = np.minimum(result.time, times[-1])
    wanted = np.arange(COUNT)[None, :, None] + moments[:, None, None] * [1.0, -2.0]
    assert np.allclose(result.points, wanted, atol=1e-5)
    assert np.allclose(result.iris, wanted[:, :2], atol=1e-5)
    assert result.meta == {"tracker": "none"}


@settings(deadline=None)
@given(st.integers(2, 40), st.sampled_from(RATES), st.integers(0, 2**32 - 1))
def test_all_of_a_motion_is_resampled(count: int, fps: float, seed: int) -> None:
    times = np.cumsum(np.random.default_rng(seed).uniform(0.005, 0.2, count))
    result = resample(motion(times), fps)
    moments = np.minimum(result.time, times[-1])
    exact = motion(moments)
    for name in ("confidence", "rotation", "translation", "scale", "expression", "residual", "iris", "mesh", "scores",
                 "coefficients"):  # fmt: skip
        ours, theirs = getattr(result, name), getattr(exact, name)
        assert ours.dtype == theirs.dtype, name
        assert np.allclose(ours, theirs, atol=1e-4), name
    assert result.valid.all()
    assert (result.basis is not None) & (result.names == ("a", "b"))


def test_every_second_frame_is_that_frame() -> None:
    sequence = line(np.arange(10) / 50, 50.0)
    result = resample(sequence, 25.0)
    assert (result.points == sequence.points[::2]).all()


def test_a_frame_is_valid_if_all_it_is_made_of_are() -> None:
    times = np.arange(5) / 10
    lost = replace(motion(times), valid=np.array([True, True, False, True, True]))
    result = resample(lost, 20.0)
    #               0     .5    1      1.5    2      2.5    3     3.5   4     4.5
    wanted = [True, True, True, False, False, False, True, True, True, True]
    assert result.valid.tolist() == wanted
    assert result.valid.dtype == bool


def test_angles_take_the_short_way() -> None:
    turning = motion(np.array([0.0, 0.1]))
    turning = replace(turning, rotation=np.array([[0.0, 0.0, np.pi - 0.1], [0.0, 0.0, -np.pi + 0.1]]))
    assert resample(turning, 20.0).rotation[1, 2] == pytest.approx(np.pi)


def test_a_gap_is_bridged_in_a_line() -> None:
    sequence = line(np.array([0.0, 0.04, 0.08, 1.08, 1.12]))
    result = resample(sequence, 25.0)
    assert len(result) == 29
    assert np.allclose(result.points[:, 0, 0], result.time, atol=1e-9)


def test_one_frame_lasts_one_frame() -> None:
    sequence = line(np.array([5.0]))
    assert resample(sequence, 25.0) is sequence
    doubled = resample(sequence, 50.0)
    assert len(doubled) == 2
    assert (doubled.points == sequence.points[0]).all()


def test_a_duration_may_be_given() -> None:
    sequence = line(np.arange(50) / 25)
    assert len(resample(sequence, 25.0, duration=1.0)) == 25
    longer = resample(sequence, 25.0, duration=3.0)
    assert len(longer) == 75
    assert (longer.points[50:] == sequence.points[-1]).all()
    for wrong in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(FaceShotError) as caught:
            resample(sequence, 25.0, duration=wrong)
        assert caught.value.code is ErrorCode.USAGE


def test_frames_out_of_order_are_left_out() -> None:
    times = np.array([0.0, 0.04, 0.04, 0.02, 0.08, 0.12])
    result = resample(line(times), 25.0)
    assert np.allclose(result.points[:, 0, 0], result.time, atol=1e-9)
    assert np.isfinite(result.points).all()
    assert len(result) == 4


@pytest.mark.parametrize("fps", [0.0, -25.0, float("nan"), float("inf"), 1e6, "25"])
def test_refuses_a_rate_that_is_none(fps: float) -> None:
    for work in (lambda: resample(line(np.zeros(1)), fps), lambda: rational_fps(fps)):
        with pytest.raises(FaceShotError) as caught:
            work()
        assert caught.value.code is ErrorCode.USAGE


def test_refuses_no_frames_and_no_times() -> None:
    for times in (np.zeros(0), np.array([0.0, np.nan])):
        with pytest.raises(FaceShotError) as caught:
            resample(line(times), 25.0)
        assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(FaceShotError, match="too many"):
        resample(line(np.array([0.0, 1e9])), 1000.0)


@pytest.mark.parametrize(
    ("fps", "exact"),
    [
        (23.976, Fraction(24000, 1001)),
        (23.98, Fraction(24000, 1001)),
        (24000 / 1001, Fraction(24000, 1001)),
        (24, Fraction(24)),
        (29.97, Fraction(30000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (119.88, Fraction(120000, 1001)),
        (12.5, Fraction(25, 2)),
        (14.985, Fraction(15000, 1001)),
        (0.5, Fraction(1, 2)),
        (1000, Fraction(1000)),
    ],
)
def test_rates_as_they_are_meant(fps: float, exact: Fraction) -> None:
    assert rational_fps(fps) == exact


@given(st.floats(0.001, 1000))
def test_the_exact_rate_is_near_the_number(fps: float) -> None:
    exact = rational_fps(fps)
    assert exact > 0
    assert abs(exact - fps) <= 2e-4 * fps + 1e-6


@given(st.integers(1, 1000))
def test_whole_rates_are_exact(fps: int) -> None:
    assert rational_fps(fps) == fps
    assert rational_fps(float(fps)) == fps
