# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing in time that shifts nothing and keeps peaks: a local parabola through each frame's neighbours."""

from __future__ import annotations

import numpy as np

SECONDS = 0.1  # the Gaussian weights' standard deviation at strength 1
_REACH = 3.0


def smoothed(values: np.ndarray, time: np.ndarray, valid: np.ndarray, strength: float) -> np.ndarray:
    """values (T, ...) with valid ones smoothed over valid ones; time (T,) s, rising, need not be even.

    Each value becomes that of the parabola fitted by weighted least squares to its neighbours (LOESS, Cleveland
    1979): unlike a moving average it has no lag and lowers peaks little. A strength of 0 returns the values themselves.
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
    out[frames] = result
    return out


def _kernel(distance: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """What each neighbour counts in the parabola's value at 0; (T, M), rows sum to 1."""
    powers = np.stack([np.ones_like(distance), distance, distance**2], axis=-1)
    normal = np.einsum("tm,tmi,tmj->tij", weight, powers, powers)
    normal += 1e-9 * np.eye(3)  # too few neighbours for a parabola: the next simpler curve
    first = np.linalg.solve(normal, np.broadcast_to(np.array([[1.0], [0.0], [0.0]]), (len(normal), 3, 1)))[..., 0]
    kernel = weight * np.einsum("tmi,ti->tm", powers, first)
    return kernel / kernel.sum(axis=1, keepdims=True)
