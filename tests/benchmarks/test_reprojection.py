# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark measures what it says."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._reprojection import plain_bounded, reprojection
from core.expression import INDEX, NAMES, load_basis
from core.track.bounded import bounded_least_squares
from core.track.coefficients import Pose, Reading


def test_the_plain_loop_finds_the_same() -> None:
    rng = np.random.default_rng(2)
    columns = rng.normal(size=(12, 40))
    normal, target = columns @ columns.T, rng.normal(0, 20, (5, 12))
    plain = np.array([plain_bounded(normal, row) for row in target])
    assert plain == pytest.approx(bounded_least_squares(normal, target), abs=1e-4)


def test_a_perfect_reading_is_off_by_nothing_and_a_shift_by_its_share() -> None:
    basis = load_basis("mp468")
    rows = np.zeros((2, len(NAMES)))
    rows[1, INDEX["jawOpen"]] = 0.5
    pose = Pose(np.full(2, 80.0), np.repeat(np.eye(3)[None], 2, axis=0), np.tile([100.0, 90.0, 0.0], (2, 1)))
    mesh = 80 * basis.faces(rows) + [100, 90, 0]
    assert reprojection(Reading(basis, rows, pose), mesh) == pytest.approx(0, abs=1e-9)
    assert reprojection(Reading(basis, rows, pose), mesh + np.array([4.0, 0.0, 0.0])) == pytest.approx(5)
