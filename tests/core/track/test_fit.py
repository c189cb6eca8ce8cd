# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose, neutral and coefficients of synthetic meshes with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.expression import GAZE, INDEX, NAMES, irises, load_basis
from core.landmarks import inter_ocular
from core.motion import FaceMotion, rotation_matrices
from core.track.fit import Track, fit_motion
from core.track.reference import misfit, similarity
from core.track.topology import IBUG_68, IRISES

SIZE = (800, 600)
# Without gaze, which irises show, and without what the lips do only while the jaw is open
ACTED = [INDEX[name] for name in NAMES if name not in GAZE and name != "mouthClose"]


def faces_of(coefficients: np.ndarray, neutral: np.ndarray | None = None) -> np.ndarray:
    """(T, 478, 3): meshes of coefficients (T, 51) on the plain face, with irises."""
    basis = load_basis("mp468") if neutral is None else load_basis("mp468").on(neutral)
    faces = np.concatenate([basis.faces(coefficients), np.zeros((len(coefficients), 10, 3))], axis=1)
    eyes = irises(coefficients, faces[:, IBUG_68])
    faces[:, 468:473], faces[:, 473:] = eyes[:, :1], eyes[:, 1:]
    return faces


def plain_face() -> np.ndarray:
    return faces_of(np.zeros((1, len(NAMES))))[0]


def posed(faces: np.ndarray, angles: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    turned = np.einsum("tij,tpj->tpi", rotation_matrices(angles), faces)
    return scale[:, None, None] * turned + shift[:, None]


def tracked(mesh: np.ndarray, valid: np.ndarray | None = None, fps: float = 25.0) -> Track:
    count = len(mesh)
    seen = np.ones(count, bool) if valid is None else valid
    return Track(mesh, seen, np.where(seen, 0.98, 0.0), np.arange(count) / fps)


def fitted(track: Track) -> FaceMotion:
    return fit_motion(track, size=SIZE, fps=25.0, scheme="mp478")


def acting(count: int, seed: int) -> np.ndarray:
    """(T, 51): three of the shapes at a time, and rest in two frames of three."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, len(NAMES)))
    for row in rows[::3]:
        row[rng.choice(ACTED, 3, replace=False)] = rng.uniform(0.2, 1.0, 3)
    return rows


def known_pose(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(angles, scale, shift) of a head that wanders."""
    rng = np.random.default_rng(seed)
    angles = np.cumsum(rng.normal(0, 0.03, (count, 3)), axis=0) + rng.uniform(-0.3, 0.3, 3)
    scale = rng.uniform(40, 200) * np.exp(np.cumsum(rng.normal(0, 0.01, count)))
    shift = np.cumsum(rng.normal(0, 3, (count, 3)), axis=0) + np.array([400, 300, 0])
    return angles, scale, shift


def known_motion(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return faces_of(acting(count, seed)), *known_pose(count, seed)


@given(seed=st.integers(0, 10_000), count=st.integers(18, 40))
@settings(max_examples=12, deadline=None)
def test_a_known_pose_and_known_coefficients_are_recovered(seed: int, count: int) -> None:
    angles, scale, shift = known_pose(count, seed)
    acted = acting(count, seed)
    motion = fitted(tracked(posed(faces_of(acted), angles, scale, shift)))
    assert np.degrees(np.abs(motion.rotation - angles)).max() < 1.0
    assert np.abs(motion.scale / scale - 1).max() < 0.02
    assert np.abs(motion.identity - plain_face()[IBUG_68]).mean() < 0.01
    assert motion.names == NAMES
    assert ((motion.expression >= 0) & (motion.expression <= 1)).all()
    assert np.abs(motion.expression - acted).mean() < 0.02
    for name in ("jawOpen", "browInnerUp", "eyeBlinkLeft", "eyeBlinkRight"):
        assert np.abs(motion.expression[:, INDEX[name]] - acted[:, INDEX[name]]).max() < 0.25, name


@given(seed=st.integers(0, 10_000), count=st.integers(1, 60), noise=st.floats(0, 5))
@settings(max_examples=25, deadline=None)
def test_the_round_trip_is_exact(seed: int, count: int, noise: float) -> None:
    mesh = posed(*known_motion(count, seed))
    mesh += np.random.default_rng(seed).normal(0, noise, mesh.shape)
    motion = fitted(tracked(mesh))
    assert np.abs(motion.landmarks() - mesh[:, IBUG_68, :2]).max() < 1e-6
    assert motion.mesh is not None
    assert np.abs(motion.mesh - mesh).max() < 1e-3
    assert motion.iris is not None
    assert np.abs(motion.iris - mesh[:, IRISES, :2]).max() < 1e-9
    corners = motion.identity[[36, 39, 42, 45]].mean(axis=0)
    assert np.abs(corners).max() < 1e-9
    assert inter_ocular(motion.identity) == pytest.approx(1)


def test_a_raised_brow_is_no_tilt_of_the_head() -> None:
    """The forehead goes up with the brows: a pose fitted to it alone would tip the head back by degrees."""
    rows = np.zeros((60, len(NAMES)))
    rows[20:40, [INDEX["browInnerUp"], INDEX["browOuterUpLeft"], INDEX["browOuterUpRight"]]] = 0.9
    mesh = posed(faces_of(rows), np.zeros((60, 3)), np.full(60, 100.0), np.tile([300.0, 200.0, 0.0], (60, 1)))
    motion = fitted(tracked(mesh))
    assert np.degrees(np.ptp(motion.rotation[:, 0])) < 0.4
    assert motion.expression[25, INDEX["browInnerUp"]] == pytest.approx(0.9, abs=0.1)
    _, rigid, _ = similarity(plain_face()[[10, 151, 9, 8, 168, 33, 263]], mesh[:, [10, 151, 9, 8, 168, 33, 263]])
    assert np.degrees(np.ptp(np.arctan2(rigid[:, 2, 1], rigid[:, 2, 2]))) > 2 * np.degrees(
        np.ptp(motion.rotation[:, 0])
    )


def test_the_same_expression_on_other_faces_has_the_same_coefficients() -> None:
    """A long face with narrow eyes blinks and talks as the plain one does."""
    rows = acting(45, 4)
    plain = load_basis("mp468").neutral
    other = plain * [1.0, 1.12, 1.05]
    other -= other[IBUG_68[[36, 39, 42, 45]]].mean(axis=0)
    other /= inter_ocular(other[IBUG_68])
    one, two = (fitted(tracked(posed(faces_of(rows, face), *known_pose(45, 1)))).expression for face in (plain, other))
    assert np.abs(one - two).mean() < 0.03
    blink = INDEX["eyeBlinkLeft"]
    assert np.abs(one[:, blink] - two[:, blink]).max() < 0.3


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
    assert np.abs(fitted(tracked(mesh)).rotation - angles).max() < 1e-3


def test_a_turn_past_half_a_circle_does_not_jump() -> None:
    roll = np.linspace(0, 2.5 * np.pi, 60)
    angles = np.column_stack([0 * roll, 0 * roll, roll])
    faces = np.repeat(plain_face()[None], 60, axis=0)
    motion = fitted(tracked(posed(faces, angles, np.full(60, 90.0), np.zeros((60, 3)))))
    assert np.abs(motion.rotation - angles).max() < 1e-3


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
    assert np.abs(motion.landmarks() - truth[:, IBUG_68, :2]).max() < 1e-2
    assert np.abs(motion.mesh - truth).max() < 1e-1


def test_a_clip_that_mostly_smiles_and_talks_still_shows_its_rest() -> None:
    rows = np.zeros((40, len(NAMES)))
    busy = np.arange(40) % 3 != 0
    amount = np.random.default_rng(2).uniform(0.4, 0.9, busy.sum())
    for name in ("mouthSmileLeft", "mouthSmileRight", "jawOpen"):
        rows[busy, INDEX[name]] = amount
    motion = fitted(tracked(posed(faces_of(rows), np.zeros((40, 3)), np.full(40, 100.0), np.zeros((40, 3)))))
    assert np.abs(motion.identity - plain_face()[IBUG_68]).max() < 0.02
    assert motion.expression[busy, INDEX["jawOpen"]].min() > 0.25
    assert motion.expression[~busy, INDEX["jawOpen"]].max() < 0.05


def test_one_frame_is_enough() -> None:
    motion = fitted(tracked(posed(*known_motion(1, 3))))
    assert len(motion) == 1
    assert np.abs(motion.expression[:, ACTED]).max() < 0.05  # one frame is its own neutral
    assert np.abs(motion.shapes() - motion.identity).max() < 0.05


def test_every_clip_names_the_same_basis() -> None:
    one, other = (fitted(tracked(posed(*known_motion(20, seed)))) for seed in (5, 6))
    assert one.basis_id == other.basis_id == load_basis().basis_id
    again = fitted(tracked(posed(*known_motion(20, 5))))
    assert np.array_equal(one.expression, again.expression)


def test_a_mesh_without_irises_says_nothing_of_gaze() -> None:
    motion = fitted(tracked(posed(*known_motion(12, 9))[:, :468]))
    assert motion.iris is None
    assert not motion.expression[:, [INDEX[name] for name in GAZE]].any()


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
    assert misfit(turned) == pytest.approx(misfit(face), abs=1e-9)
    assert misfit(face) < 0.05
    heap = np.random.default_rng(1).permutation(face)
    assert misfit(heap) > 0.5
