# SPDX-License-Identifier: GPL-3.0-or-later
"""Least squares with every unknown between bounds, for many right-hand sides at once."""

from __future__ import annotations

import numpy as np

_CHUNK = 512
_GUESSES = 5000
_AT_ONCE = 12
_SWEEPS = 500
_TOLERANCE = 1e-6  # of the descent


def bounded_least_squares(normal: np.ndarray, target: np.ndarray, *, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """For each row t of `target` (T, K) the a in [low, high]^K that minimises a normal a / 2 - target[t] a; (T, K).

    normal: (K, K), symmetric and positive definite. Infinite bounds are allowed. Which unknowns lie on a bound is
    guessed for all of a row at once and guessed anew from the gradient (the primal-dual active set method of
    Hintermueller, Ito and Kunisch, 2003); in rows where that runs in a circle, one unknown at a time. The result is
    exact to rounding, and the same input always gives the same one.

    >>> normal = np.array([[2.0, 1.0], [1.0, 2.0]])
    >>> wanted = np.array([[0.3, 0.5], [2.0, 0.5]])
    >>> bounded_least_squares(normal, wanted @ normal).round(6)
    array([[0.3, 0.5],
           [1. , 1. ]])
    """
    normal, target = np.asarray(normal, np.float64), np.asarray(target, np.float64)
    free = np.linalg.solve(normal, target.T).T if len(target) else target.copy()
    if np.isinf(low) and np.isinf(high):
        return free
    open_rows = np.flatnonzero(((free < low) | (free > high)).any(axis=1))
    for start in range(0, len(open_rows), _CHUNK):
        rows = open_rows[start : start + _CHUNK]
        free[rows] = _active_set(normal, target[rows], free[rows], low, high)
    return free


def _active_set(normal: np.ndarray, target: np.ndarray, a: np.ndarray, low: float, high: float) -> np.ndarray:
    curvature = np.diag(normal)
    a = a.copy()
    left = np.arange(len(a))
    bound = np.where(a < low, -1, np.where(a > high, 1, 0))
    for guess in range(_GUESSES):
        a[left], force = _held(normal, target[left], bound, low, high)
        wish = a[left] + force / curvature
        wanted = np.where(wish < low, -1, np.where(wish > high, 1, 0))
        wrong = wanted != bound
        open_ = wrong.any(axis=1)
        if not open_.any():
            return a
        if guess >= _AT_ONCE:  # one at a time, always the first: this cannot run in a circle
            wrong &= np.cumsum(wrong, axis=1) == 1
        left, bound = left[open_], np.where(wrong, wanted, bound)[open_]
    a[left] = _descent(normal, target[left], np.clip(a[left], low, high), low, high)
    return a


def _held(
    normal: np.ndarray, target: np.ndarray, bound: np.ndarray, low: float, high: float
) -> tuple[np.ndarray, np.ndarray]:
    """The solution with some unknowns held at a bound (-1, 1; 0 is free), and the negative gradient where held."""
    held = bound != 0
    fixed = np.where(bound < 0, low, np.where(bound > 0, high, 0.0))
    right = np.where(held, fixed, target - np.where(held, fixed, 0.0) @ normal)
    system = np.where(held[:, :, None] | held[:, None, :], 0.0, normal)
    diagonal = np.arange(len(normal))
    system[:, diagonal, diagonal] = np.where(held, 1.0, np.diag(normal))
    a = np.linalg.solve(system, right[..., None])[..., 0]
    return a, np.where(held, target - a @ normal, 0.0)


def _descent(normal: np.ndarray, target: np.ndarray, a: np.ndarray, low: float, high: float) -> np.ndarray:
    rest = target - a @ normal
    for _ in range(_SWEEPS):
        largest = 0.0
        for k in range(len(normal)):
            moved = np.clip(a[:, k] + rest[:, k] / normal[k, k], low, high) - a[:, k]
            a[:, k] += moved
            rest -= moved[:, None] * normal[k]
            largest = max(largest, float(np.abs(moved).max(initial=0.0)))
        if largest < _TOLERANCE:
            break
    # Which unknowns are on a bound is known now: the others are solved for, exactly.
    exact, _ = _held(normal, target, np.where(a <= low, -1, np.where(a >= high, 1, 0)), low, high)
    fits = np.all((exact >= low) & (exact <= high), axis=1)
    return np.where(fits.reshape(-1, 1), exact, a)
