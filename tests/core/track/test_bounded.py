# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounded least squares: the conditions of the optimum hold, for any problem."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.track import bounded
from core.track.bounded import bounded_least_squares


def problem(seed: int, unknowns: int, rows: int, rank: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    columns = rng.normal(size=(unknowns, rank))
    return columns @ columns.T + 1e-3 * np.eye(unknowns), rng.normal(0, 2, (rows, unknowns))


def assert_optimal(normal: np.ndarray, target: np.ndarray, a: np.ndarray, low: float, high: float) -> None:
    """Karush, Kuhn and Tucker: no descent inside the bounds."""
    assert (a >= low).all()
    assert (a <= high).all()
    gradient = a @ normal - target
    scale = 1e-5 * (1 + np.abs(target).max(initial=0))
    inside = (a > low) & (a < high)
    assert np.abs(gradient[inside]).max(initial=0) < scale
    assert (gradient[a == low] > -scale).all()
    assert (gradient[a == high] < scale).all()


@given(seed=st.integers(0, 10_000), unknowns=st.integers(1, 51), rows=st.integers(0, 40), rank=st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_no_change_within_the_bounds_is_better(seed: int, unknowns: int, rows: int, rank: int) -> None:
    normal, target = problem(seed, unknowns, rows, rank)
    for low, high in ((0.0, 1.0), (0.0, np.inf), (-0.5, 0.25)):
        assert_optimal(normal, target, bounded_least_squares(normal, target, low=low, high=high), low, high)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_without_bounds_it_is_plain_least_squares(seed: int) -> None:
    normal, target = problem(seed, 8, 5, 12)
    a = bounded_least_squares(normal, target, low=-np.inf, high=np.inf)
    assert a @ normal == pytest.approx(target, abs=1e-6)


def test_rows_do_not_know_of_each_other() -> None:
    normal, target = problem(3, 30, 50, 20)
    together = bounded_least_squares(normal, target)
    alone = np.concatenate([bounded_least_squares(normal, row[None]) for row in target])
    assert together == pytest.approx(alone, abs=1e-9)


def test_the_last_resort_is_right_too(monkeypatch: pytest.MonkeyPatch) -> None:
    normal, target = problem(5, 20, 10, 30)
    exact = bounded_least_squares(normal, target)
    monkeypatch.setattr(bounded, "_GUESSES", 1)
    assert bounded_least_squares(normal, target) == pytest.approx(exact, abs=1e-3)
