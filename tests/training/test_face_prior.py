# SPDX-License-Identifier: GPL-3.0-or-later
"""How the shape prior is learned: alignment, values that are not known, what the file holds."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import load_npz
from core.landmarks import PARTS
from core.placing.prior import FILE, FORMAT, MIRROR_ALL, POINTS, VERSION
from training.face_prior import MODES, Faces, aligned, drawings, gaussian, known_points, learned


@pytest.fixture(scope="module")
def drawn() -> Faces:
    return drawings(6, kinds=("emoji", "human"))


def test_points_of_missing_parts_are_unknown(drawn: Faces) -> None:
    known = known_points(frozenset({"jaw", "left_eye", "mouth"}))
    assert known[PARTS["left_eye"]].all()
    assert not known[PARTS["right_eye"]].any()
    assert (known[68], known[69]) == (False, True)
    assert drawn.points.shape == (12, POINTS, 2)
    assert not drawn.known.all()
    assert drawn.known[:, PARTS["jaw"]].all()


def test_alignment_takes_place_turn_and_size_away(drawn: Faces) -> None:
    rng = np.random.default_rng(1)
    moved = drawn.points.copy()
    for face in moved:
        angle, size = rng.uniform(-3, 3), rng.uniform(0.1, 9)
        turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        face[:] = face @ turn.T + rng.uniform(-100, 100, 2)
    assert np.allclose(aligned(Faces(moved, drawn.known)), aligned(drawn))


def test_gaussian_is_found_though_half_is_unknown() -> None:
    rng = np.random.default_rng(2)
    mixing = np.array([[1.0, 0, 0], [0.8, 0.3, 0], [0.2, -0.5, 0.4]])
    values = rng.normal(size=(6000, 3)) @ mixing.T + (1, 2, 3)
    known = np.ones_like(values, bool)
    known[: len(values) // 2, 1] = False
    mean, covariance = gaussian(np.where(known, values, 99.0), known, rounds=30)
    assert np.allclose(mean, (1, 2, 3), atol=0.06)
    assert np.allclose(covariance, mixing @ mixing.T, atol=0.08)


def test_prior_is_as_symmetric_as_faces_with_their_mirror_images(drawn: Faces) -> None:
    made = learned(drawn, modes=5)
    mean = made["mean"].reshape(2, POINTS)
    assert np.allclose(mean[0], -mean[0, MIRROR_ALL], atol=1e-4)
    assert np.allclose(mean[1], mean[1, MIRROR_ALL], atol=1e-4)
    assert made["modes"].shape == (5, 2 * POINTS)
    assert (made["own"] > 0).all()


def test_file_says_what_it_was_learned_from() -> None:
    arrays, meta = load_npz(FILE, FORMAT, VERSION)
    assert arrays["modes"].shape == (MODES, 2 * POINTS)
    assert meta["drawings"] == 9800
    assert meta["frames"] == 480
