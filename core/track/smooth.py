# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing in time that shifts nothing and keeps what is no noise: blinks, lips that close for a p or b."""

from __future__ import annotations

import numpy as np

SECONDS = 0.1  # the Gaussian weights' standard deviation at strength 1
_REACH = 3.0
# What departs from the smooth curve by up to so many standard deviations is noise; from so many on, acting
_NOISE, _ACTING = 2.6, 5.0
# Four fifths of normal vectors are shorter than this, by their dimensions
_USUAL = {1: 1.282, 2: 1.794, 3: 2.154}


def smoothed(values: np.ndarray, time: np.ndarray, valid: np.ndarray, strength: float) -> np.ndarray:
    """values (T, ...) with valid ones smoothed over valid ones; time (T,) s, rising, need not be even.

    Each value becomes that of the parabola fitted by weighted least squares to its neighbours (LOESS, Cleveland
    1979), which has no lag and lowers peaks little. Where a value departs from it by far more than it usually does (a
    lid in a blink), it is kept as it was. Values of three and more dimensions are points, the last dimension their
    coordinates: a point is kept or smoothed as a whole. A strength of 0 returns the values themselves.
    """
    sigma = strength * SECONDS
    frames = np.flatnonzero(valid)
    if sigma <= 0 or len(frames) < 4:
        return values
    known, at = values[frames], time[frames]
    reach = int(np.ceil(_REACH * sigma / max(float(np.median(np.diff(at))), 1e-6)))
    offsets = np.arange(-min(reach, len(frames) - 1), min(reach, len(frames) - 1) + 1)
    neighbours = np.arange(len(frames))[:, None] + offsets
    inside = (neighbours >= 0) & (neighbours < len(frames))
    neighbours = np.clip(neighbours, 0, len(frames) - 1)
    distance = (at[neighbours] - at[:, None]) / sigma
    weight = np.where(inside & (np.abs(distance) <= _REACH), np.exp(-0.5 * distance**2), 0.0)
    kernel = _kernel(distance, weight)
    result = np.zeros_like(known)
    for column in range(len(offsets)):  # a handful of neighbours, all frames at once
        factor = kernel[:, column].reshape(-1, *(1,) * (known.ndim - 1))
        result += factor * known[neighbours[:, column]]
    out = values.copy()
    out[frames] = result + _acted(known - result)
    return out


def _acted(departure: np.ndarray) -> np.ndarray:
    """The part of the departures (T, ...) from the smooth curve that is too large for noise."""
    points = departure.ndim >= 3
    size = np.linalg.norm(departure, axis=-1) if points else np.abs(departure)
    usual = np.maximum(np.quantile(size, 0.8, axis=0) / _USUAL.get(departure.shape[-1] if points else 1, 2.0), 1e-12)
    share = np.clip((size / usual - _NOISE) / (_ACTING - _NOISE), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    return (share[..., None] if points else share) * departure


def _kernel(distance: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What each neighbour counts in the parabola's value at 0; (T, M), rows sum to 1."""
    powers = np.stack([np.ones_like(distance), distance, distance**2], axis=-1)
    normal = np.einsum("tm,tmi,tmj->tij", weight, powers, powers)
    normal += 1e-9 * np.eye(3)  # too few neighbours for a parabola: the next simpler curve
    first = np.linalg.solve(normal, np.broadcast_to(np.array([[1.0], [0.0], [0.0]]), (len(normal), 3, 1)))[..., 0]
    kernel = weight * np.einsum("tmi,ti->tm", powers, first)
    return kernel / kernel.sum(axis=1, keepdims=True)
