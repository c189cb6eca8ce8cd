# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape prior: it moves with what is known, keeps it exactly, never swaps sides, and knows faces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.landmarks import COUNT, MIRROR, eye_centres, face_width, inter_ocular, template
from core.placing.prior import FILE, MIRROR_ALL, POINTS, completed, completion, mean_face, shipped

EYES, NOSE, CHIN = (36, 39, 42, 45), 30, 8


@st.composite
def faces(draw: st.DrawFn) -> np.ndarray:
    """(70, 2): likely faces, anywhere on a picture."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    prior = shipped()
    shape = rng.multivariate_normal(prior.mean, prior.covariance, method="eigh").reshape(2, POINTS)
    angle, size = draw(st.floats(-0.6, 0.6)), draw(st.floats(20, 900))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return size * (turn @ shape).T + rng.uniform(0, 1000, 2)


known_points = st.lists(st.integers(0, POINTS - 1), min_size=2, max_size=12, unique=True)


@settings(max_examples=40, deadline=None)
@given(
    face=faces(), known=known_points, angle=st.floats(-3.1, 3.1), size=st.floats(0.01, 100), shift=st.floats(-5e3, 5e3)
)
def test_completion_moves_with_what_is_known(face, known, angle, size, shift) -> None:
    turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    first = completed(face, known)
    second = completed(face @ turn.T + shift, known)
    assert np.abs(second - (first @ turn.T + shift)).max() < 1e-4 * size * (1 + np.ptp(face))


@settings(max_examples=40, deadline=None)
@given(face=faces(), known=known_points)
def test_known_points_stay_and_nothing_is_lost(face, known) -> None:
    found = completed(face, known)
    assert np.array_equal(found[known], face[known])
    assert np.isfinite(found).all()


@settings(max_examples=40, deadline=None)
@given(face=faces(), known=known_points)
def test_mirrored_face_is_completed_to_the_mirrored_one(face, known) -> None:
    mirrored = face[MIRROR_ALL] * (-1, 1)
    first = completed(face, known)[MIRROR_ALL] * (-1, 1)
    second = completed(mirrored, MIRROR_ALL[known])
    assert np.abs(first - second).max() < 1e-4 * np.ptp(face)


@settings(max_examples=60, deadline=None)
@given(
    face=faces(), pair=st.sampled_from([(36, 45), (39, 42), (30, 8), (48, 54), (27, 8), (0, 16), (19, 24), (68, 69)])
)
def test_two_points_never_swap_left_and_right(face, pair) -> None:
    found = completed(face, pair)
    right, left = eye_centres(found)
    down = found[CHIN] - (right + left) / 2
    across = left - right
    assert across[0] * down[1] - across[1] * down[0] > 0
    wanted = face[pair[1]] - face[pair[0]]
    have = found[pair[1]] - found[pair[0]]
    assert np.allclose(have, wanted)


def test_eyes_alone_tell_the_way_up() -> None:
    rows = np.zeros((2, POINTS))
    rows[0, [36, 39]] = rows[1, [42, 45]] = 0.5
    found = completion(rows, np.array([[100.0, 200.0], [300.0, 200.0]]))
    assert abs(found.points[CHIN, 0] - 200) < 1e-6
    assert found.points[CHIN, 1] > 350
    assert abs(found.angle) < 1e-9
    assert np.allclose(eye_centres(found.points), [[100, 200], [300, 200]])
    turned = completion(rows, np.array([[200.0, 100.0], [200.0, 300.0]]))
    assert turned.angle == pytest.approx(np.pi / 2)
    assert turned.points[CHIN, 0] < 50


def test_points_on_one_line_are_enough() -> None:
    found = completed(np.array([(200.0, 10.0 * i) for i in range(COUNT)]), [27, 30, 8][::-1])
    assert np.isfinite(found).all()


def test_one_point_more_knows_more() -> None:
    faces_of = np.random.default_rng(5).multivariate_normal(shipped().mean, shipped().covariance, 60, method="eigh")
    errors = []
    for known in ([*EYES], [*EYES, NOSE], [*EYES, NOSE, 48, 54], [*EYES, NOSE, 48, 54, CHIN], [*range(0, 68, 2)]):
        found = [(face.reshape(2, POINTS).T, completed(face.reshape(2, POINTS).T, known)) for face in faces_of]
        errors.append(np.mean([np.linalg.norm(a - b, axis=1)[:COUNT].mean() / face_width(a) for a, b in found]))
    assert errors == sorted(errors, reverse=True)
    assert errors[0] < 0.12
    assert errors[-1] < 0.03


def test_spread_tells_how_far_off_points_are() -> None:
    faces_of = np.random.default_rng(6).multivariate_normal(shipped().mean, shipped().covariance, 80, method="eigh")
    rows = np.zeros((5, POINTS))
    rows[range(5), [36, 45, 30, 48, 54]] = 1
    ratios = []
    for flat in faces_of:
        face = flat.reshape(2, POINTS).T * 100
        found = completion(rows, rows @ face)
        ratios.append(np.linalg.norm(found.points - face, axis=1)[[4, 8, 19, 57]] / found.spread[[4, 8, 19, 57]])
    assert 0.6 < np.sqrt(np.mean(np.square(ratios))) < 1.6


def test_mean_face_is_a_face() -> None:
    mean = mean_face()
    assert np.allclose(mean[MIRROR_ALL] * (-1, 1), mean, atol=1e-12)
    assert inter_ocular(mean[:COUNT]) == pytest.approx(1, abs=0.06)
    assert np.abs(mean[:COUNT] - template()).max() < 0.6
    assert np.array_equal(MIRROR_ALL[:COUNT], MIRROR)


def test_file_is_small() -> None:
    assert FILE.stat().st_size < 100_000


@pytest.mark.parametrize("known", [[], [3], [3, 4]])
def test_one_spot_is_refused(known: list[int]) -> None:
    with pytest.raises(FaceShotError) as raised:
        completed(np.full((COUNT, 2), 7.0), known)
    assert raised.value.code is ErrorCode.USAGE
    assert "one spot" in raised.value.message


def test_what_is_not_finite_is_refused() -> None:
    points = mean_face()[:COUNT]
    points[5] = np.nan
    with pytest.raises(FaceShotError, match="not finite"):
        completed(points, [4, 5, 6])
    assert np.isfinite(completed(points, [i for i in range(COUNT) if i != 5])).all()
