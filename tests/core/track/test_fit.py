# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose, neutral and components of synthetic meshes with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import MOUTH_PAIRS, inter_ocular
from core.motion import FaceMotion, rotation_matrices
from core.track.fit import MAX_TERMS, Track, fit_motion
from core.track.reference import INDICES, POINTS, misfit, similarity
from core.track.topology import IBUG_68, IRISES, RIGID

SIZE = (800, 600)
LIPS = IBUG_68[np.array(MOUTH_PAIRS).T]  # upper, lower
SOFT = np.setdiff1d(np.arange(478), np.concatenate([RIGID, IBUG_68[36:48]]))  # acting leaves the eyes alone


def plain_face(seed: int = 0) -> np.ndarray:
    """(478, 3): the plain face where it is known, anything elsewhere; lips closed."""
    face = np.random.default_rng(seed).normal(0, 0.4, (478, 3))
    face[INDICES] = POINTS
    face[LIPS[1]] = face[LIPS[0]]
    return face


def posed(faces: np.ndarray, angles: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    turned = np.einsum("tij,tpj->tpi", rotation_matrices(angles), faces)
    return scale[:, None, None] * turned + shift[:, None]


def tracked(mesh: np.ndarray, valid: np.ndarray | None = None, fps: float = 25.0) -> Track:
    count = len(mesh)
    seen = np.ones(count, bool) if valid is None else valid
    return Track(mesh, seen, np.where(seen, 0.98, 0.0), np.arange(count) / fps)


def fitted(track: Track) -> FaceMotion:
    return fit_motion(track, size=SIZE, fps=25.0, scheme="mp478")


def known_motion(count: int, seed: int, *, terms: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(faces, angles, scale, shift): a plain face whose soft points act, rest for most of the time, and turn."""
    rng = np.random.default_rng(seed)
    modes = np.zeros((terms, 478, 3))
    modes[:, SOFT] = rng.normal(0, 0.1, (terms, len(SOFT), 3))
    acting = rng.normal(0, 1, (count, terms)) * (np.arange(count) % 3 == 0)[:, None]
    faces = plain_face(seed) + np.einsum("tk,kpd->tpd", acting, modes)
    angles = np.cumsum(rng.normal(0, 0.03, (count, 3)), axis=0)
    angles += rng.uniform(-0.3, 0.3, 3)
    scale = rng.uniform(40, 200) * np.exp(np.cumsum(rng.normal(0, 0.01, count)))
    shift = np.cumsum(rng.normal(0, 3, (count, 3)), axis=0) + np.array([400, 300, 0])
    return faces, angles, scale, shift


@given(seed=st.integers(0, 10_000), count=st.integers(5, 40))
@settings(max_examples=25, deadline=None)
def test_a_known_pose_and_neutral_are_recovered(seed: int, count: int) -> None:
    faces, angles, scale, shift = known_motion(count, seed)
    motion = fitted(tracked(posed(faces, angles, scale, shift)))
    assert np.abs(motion.rotation - angles).max() < 1e-6
    assert np.abs(motion.scale / scale - 1).max() < 1e-6
    assert np.abs(motion.translation - shift[:, :2]).max() < 1e-4
    assert np.abs(motion.identity - plain_face(seed)[IBUG_68]).max() < 1e-6
    assert np.abs(motion.shapes() - faces[:, IBUG_68]).max() < 1e-6
    assert np.abs(motion.residual).max() < 1e-6  # three modes need three components
    assert len(motion.names) == min(3, len(np.arange(0, count, 3)))


@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), noise=st.floats(0, 5))
@settings(max_examples=25, deadline=None)
def test_the_round_trip_is_exact(seed: int, count: int, noise: float) -> None:
    mesh = posed(*known_motion(count, seed))
    mesh += np.random.default_rng(seed).normal(0, noise, mesh.shape)
    motion = fitted(tracked(mesh))
    assert np.abs(motion.landmarks() - mesh[:, IBUG_68, :2]).max() < 1e-9 * np.abs(mesh).max() + 1e-8
    assert motion.mesh is not None
    assert np.abs(motion.mesh - mesh).max() < 1e-3
    assert motion.iris is not None
    assert np.abs(motion.iris - mesh[:, IRISES, :2]).max() < 1e-9
    assert len(motion.names) <= min(MAX_TERMS, count)
    corners = motion.identity[[36, 39, 42, 45]].mean(axis=0)
    assert np.abs(corners).max() < 1e-12
    assert inter_ocular(motion.identity) == pytest.approx(1)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_what_the_basis_leaves_is_less_than_what_it_takes(seed: int) -> None:
    mesh = posed(*known_motion(50, seed, terms=30))
    motion = fitted(tracked(mesh))
    explained = np.einsum("tk,kpd->tpd", motion.expression, motion.basis)
    assert len(motion.names) == MAX_TERMS or not np.abs(motion.residual).max() > 1e-9
    assert (motion.residual**2).sum() < 0.5 * (explained**2).sum()
    assert (motion.expression**2).mean(axis=0) == pytest.approx(1)
    flat = motion.basis.reshape(len(motion.basis), -1)
    products = flat @ flat.T
    assert np.abs(products - np.diag(np.diag(products))).max() < 1e-9


def test_the_signs_are_those_of_face_motion() -> None:
    """A nose turned to the picture's left has a positive yaw, a nose turned down a positive pitch."""
    face = np.repeat(plain_face()[None], 4, axis=0)
    angles = np.array([[0, 0, 0], [0.2, 0, 0], [0, 0.3, 0], [0, 0, 0.4]])
    mesh = posed(face, angles, np.full(4, 100.0), np.tile([300.0, 200.0, 0.0], (4, 1)))
    nose, bridge = mesh[:, 4, :2] - mesh[0, 4, :2], mesh[:, 168, :2] - mesh[0, 168, :2]
    assert (nose[1] - bridge[1])[1] > 5  # down
    assert (nose[2] - bridge[2])[0] < -5  # to the picture's left
    eyes = mesh[3, 263, :2] - mesh[3, 33, :2]
    assert eyes[1] > 0  # clockwise on screen: its left eye, on the picture's right, goes down
    assert np.abs(fitted(tracked(mesh)).rotation - angles).max() < 1e-9


def test_a_turn_past_half_a_circle_does_not_jump() -> None:
    roll = np.linspace(0, 2.5 * np.pi, 60)
    angles = np.column_stack([0 * roll, 0 * roll, roll])
    faces = np.repeat(plain_face()[None], 60, axis=0)
    motion = fitted(tracked(posed(faces, angles, np.full(60, 90.0), np.zeros((60, 3)))))
    assert np.abs(motion.rotation - angles).max() < 1e-6


@given(seed=st.integers(0, 10_000), data=st.data())
@settings(max_examples=25, deadline=None)
def test_gaps_are_bridged(seed: int, data: st.DataObject) -> None:
    count = 30
    valid = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count).filter(any)))
    faces, angles, scale, shift = known_motion(count, seed)
    truth = posed(faces, angles, scale, shift)
    mesh = truth.copy()
    mesh[~valid] = np.nan
    motion = fitted(tracked(mesh, valid))
    seen = np.flatnonzero(valid)
    assert np.abs(motion.landmarks()[valid] - truth[valid][:, IBUG_68, :2]).max() < 1e-6
    assert np.array_equal(motion.valid, valid)
    for array in (motion.rotation, motion.translation, motion.expression, motion.residual, motion.mesh, motion.iris):
        assert np.isfinite(array).all()
    assert (motion.confidence[~valid] <= 0.5).all()
    assert (motion.confidence[valid] == 0.98).all()
    first, last = seen[0], seen[-1]
    for outside, held in ((slice(None, first), first), (slice(last + 1, None), last)):
        assert np.abs(motion.rotation[outside] - motion.rotation[held]).max(initial=0) < 1e-12
        assert np.abs(motion.landmarks()[outside] - motion.landmarks()[held]).max(initial=0) < 1e-6
        assert np.abs(motion.mesh[outside] - motion.mesh[held]).max(initial=0) < 1e-2
    rotation = np.column_stack([np.interp(np.arange(count), seen, motion.rotation[seen, i]) for i in range(3)])
    assert np.abs(motion.rotation - rotation).max() < 1e-9


def test_the_bridge_of_a_nod_stays_a_face() -> None:
    """Pose and shape are bridged apart: half-way through a turn the face is turned half-way, not squashed."""
    faces = np.repeat(plain_face()[None], 9, axis=0)
    angles = np.zeros((9, 3))
    angles[:, 1] = np.linspace(-0.8, 0.8, 9)
    truth = posed(faces, angles, np.full(9, 100.0), np.tile([300.0, 200.0, 0.0], (9, 1)))
    valid = np.array([1, 1, 1, 0, 0, 0, 1, 1, 1], bool)
    motion = fitted(tracked(np.where(valid[:, None, None], truth, 0), valid))
    assert np.abs(motion.landmarks() - truth[:, IBUG_68, :2]).max() < 1e-6
    assert np.abs(motion.mesh - truth).max() < 1e-3


def test_a_clip_that_mostly_smiles_and_talks_still_shows_its_rest() -> None:
    rng = np.random.default_rng(2)
    acting = np.zeros((478, 3))
    acting[SOFT] = rng.normal(0, 0.1, (len(SOFT), 3))
    amount = np.where(np.arange(40) % 3 == 0, 0, rng.uniform(0.5, 1.5, 40))
    faces = plain_face() + amount[:, None, None] * acting
    motion = fitted(tracked(posed(faces, np.zeros((40, 3)), np.full(40, 100.0), np.zeros((40, 3)))))
    assert np.abs(motion.identity - plain_face()[IBUG_68]).max() < 1e-9


def test_one_frame_is_enough() -> None:
    motion = fitted(tracked(posed(*known_motion(1, 3))))
    assert len(motion) == 1
    assert motion.names == ()
    assert motion.basis_id.startswith("clip-pca:")
    assert np.abs(motion.shapes() - motion.identity).max() < 1e-9


def test_the_same_track_gives_the_same_basis_and_another_a_different_name() -> None:
    mesh = posed(*known_motion(20, 5))
    one, same, other = (fitted(tracked(m)) for m in (mesh, mesh.copy(), posed(*known_motion(20, 6))))
    assert np.array_equal(one.basis, same.basis)
    assert one.basis_id == same.basis_id != other.basis_id


def test_it_survives_the_file(tmp_path) -> None:
    motion = fitted(tracked(posed(*known_motion(12, 8))))
    motion.save(tmp_path / "a.motion.npz")
    again = FaceMotion.load(tmp_path / "a.motion.npz")
    assert np.array_equal(motion.landmarks(), again.landmarks())
    assert again.scheme == "mp478"


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_similarity_is_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    source = rng.normal(size=(4, 12, 3))
    angles, scale, shift = rng.uniform(-1, 1, (4, 3)), rng.uniform(0.1, 9, 4), rng.normal(size=(4, 3))
    target = posed(source, angles, scale, shift)
    found = similarity(source, target)
    for one, truth in zip(found, (scale, rotation_matrices(angles), shift), strict=True):
        assert one == pytest.approx(truth, abs=1e-9)
    assert np.linalg.det(similarity(source, target * (-1, 1, 1))[1]) == pytest.approx(1)  # no mirror images


def test_misfit_knows_faces_from_heaps() -> None:
    face = plain_face()
    turned = posed(face[None], np.array([[0.3, 0.5, 0.2]]), np.array([80.0]), np.array([[9.0, 8.0, 7.0]]))[0]
    assert misfit(turned) < 1e-9
    heap = np.random.default_rng(1).permutation(face)
    assert misfit(heap) > 0.5
