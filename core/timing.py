# SPDX-License-Identifier: GPL-3.0-or-later
"""Bringing what was seen at a clip's own moments to the constant rate of a scene or a movie."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np

from .errors import ErrorCode, FaceShotError
from .landmarks import LandmarkSequence
from .motion import FaceMotion

Series = TypeVar("Series", LandmarkSequence, FaceMotion)

MAX_FPS = 1000.0
MAX_FRAMES = 10_000_000
MAX_HOLD = 12
# Moments closer than this are the same (s)
_SAME = 1e-6
# How far from a named rate a number may be and still mean it: 23.98 is 24000/1001, 24.01 is not 24
_RATE_TOLERANCE = 2e-4

_PER_FRAME = {
    LandmarkSequence: ("points", "iris"),
    FaceMotion: (
        "confidence", "rotation", "translation", "scale", "expression", "residual", "iris", "mesh", "scores",
        "coefficients",
    ),
}  # fmt: skip


def rational_fps(fps: float) -> Fraction:
    """The exact rate that a rounded number of frames per second stands for. Raises USAGE.

    >>> rational_fps(23.976), rational_fps(25.0), rational_fps(12.5)
    (Fraction(24000, 1001), Fraction(25, 1), Fraction(25, 2))
    """
    _check_fps(fps)
    for whole, per in ((round(fps), 1), (round(fps * 1.001), 1001)):
        exact = Fraction(whole) if per == 1 else Fraction(whole * 1000, per)
        if whole and abs(fps - exact) <= (_SAME if per == 1 else _RATE_TOLERANCE) * exact:
            return exact
    simple = Fraction(fps).limit_denominator(1001)
    return simple if simple else Fraction(fps).limit_denominator(10**6)


def duration(series: LandmarkSequence | FaceMotion) -> float:
    """Seconds from the first frame to the end of the last one, which lasts as long as frames do (the median)."""
    times = np.asarray(series.time, np.float64)
    if len(times) == 0:
        return 0.0
    steps = np.diff(times)
    steps = steps[steps > 0]
    last = float(np.median(steps)) if len(steps) else 1.0 / series.fps
    return float(times.max() - times[0]) + last


def resample(sequence: Series, fps: float, *, duration: float | None = None) -> Series:
    """The same motion at a constant rate: frame k shows the moment k / fps after the first frame.

    Between frames everything runs linearly (angles unwrapped), after the last frame it rests. A frame is valid if all
    that it was made of are. duration: seconds to cover, by default those of the function `duration`; the number of
    frames is duration times fps, rounded, and at least 1. Frames that do not come after their forerunner are left out.
    A sequence whose frames are already at those moments (to 1e-6 s) comes back with the same arrays. The rate is taken
    as it is: for a rounded one such as 23.976 pass float(rational_fps(rate)).

    Raises USAGE for a rate or duration that is none, for times that are not finite, and for no frames.

    >>> points = np.zeros((2, 68, 2))
    >>> points[1] = 1.0
    >>> two = LandmarkSequence(points=points, size=(9, 9), fps=10.0, time=np.array([0.0, 0.1]))
    >>> resample(two, 20.0).points[:, 0, 0]
    array([0. , 0.5, 1. , 1. ])
    """
    _check_fps(fps)
    times = np.asarray(sequence.time, np.float64)
    if len(times) == 0:
        raise _usage("There are no frames to resample.")
    if not np.isfinite(times).all():
        raise _usage("The frames' times hold values that are not finite.")
    seconds = _seconds(sequence, duration)
    if seconds * fps > MAX_FRAMES:
        raise _usage(f"{seconds:g} s at {fps:g} frames a second are too many frames.")
    count = max(1, math.floor(seconds * fps + 0.5))
    wanted = times[0] + np.arange(count) / fps
    if count == len(times) and np.abs(times - wanted).max() <= _SAME:
        return sequence if sequence.fps == fps else replace(sequence, fps=fps)
    kept = np.flatnonzero(times > np.concatenate([[-np.inf], np.maximum.accumulate(times)[:-1]]))
    times = times[kept]
    before = np.clip(np.searchsorted(times, wanted + _SAME, side="right") - 1, 0, len(times) - 1)
    after = np.minimum(before + 1, len(times) - 1)
    span = np.where(after > before, times[after] - times[before], 1.0)
    weight = np.where(after > before, (wanted - times[before]) / span, 0.0)
    # a moment that is a frame's own to within rounding is that frame
    weight = np.clip(np.where(weight * span <= _SAME, 0.0, weight), 0.0, 1.0)
    before, after = kept[before], kept[after]
    changes: dict[str, Any] = {"fps": fps, "time": wanted}
    for name in _PER_FRAME[type(sequence)]:
        array = getattr(sequence, name)
        if array is not None:
            changes[name] = _blend(np.unwrap(array, axis=0) if name == "rotation" else array, before, after, weight)
    if isinstance(sequence, FaceMotion):
        valid = sequence.valid.astype(bool)
        changes["valid"] = valid[before] & (valid[after] | (weight == 0))
    return replace(sequence, **changes)


def check_hold(frames: int) -> None:
    """Raise USAGE for what is no number of frames that a drawing can be held: 1 (each its own) to MAX_HOLD."""
    if isinstance(frames, bool) or not isinstance(frames, int) or not 1 <= frames <= MAX_HOLD:
        raise _usage(f"hold: {frames!r} is no number of frames.", f"Use 1 (off), 2 (on twos) ... {MAX_HOLD}.")


def _seconds(sequence: LandmarkSequence | FaceMotion, wanted: float | None) -> float:
    if wanted is None:
        return duration(sequence)
    if not (math.isfinite(wanted) and wanted > 0):
        raise _usage(f"The duration {wanted} is none.", "Give it in seconds, above 0.")
    return wanted


def _blend(array: np.ndarray, before: np.ndarray, after: np.ndarray, weight: np.ndarray) -> np.ndarray:
    share = weight.reshape(-1, *[1] * (array.ndim - 1)).astype(array.dtype)
    low, high = array[before], array[after]
    return np.where(share == 0, low, low + (high - low) * share)


def _check_fps(fps: float) -> None:
    if not (isinstance(fps, (int, float)) and math.isfinite(fps) and 0 < fps <= MAX_FPS):
        raise _usage(f"The rate {fps!r} is none.", f"Give frames a second, above 0 and up to {MAX_FPS:g}.")


def _usage(message: str, hint: str = "") -> FaceShotError:
    return FaceShotError(ErrorCode.USAGE, message, hint=hint)
