# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.arrays import load_npz, save_npz
from core.errors import ErrorCode, FaceShotError
from core.landmarks import COUNT, LandmarkSequence, template
from core.motion import FaceMotion, euler_angles, rotation_matrices

ANGLE = st.floats(-np.pi, np.pi)
STEEP = st.floats(-1.5, 1.5)


def random_motion(seed: int, *, extras: bool = True) -> FaceMotion:
    rng = np.random.default_rng(seed)
    frames, terms = int(rng.integers(1, 6)), int(rng.integers(0, 4))
    optional = {
        "iris": rng.normal(size=(frames, 2, 2)),
        "mesh": rng.normal(size=(frames, 7, 3)).astype(np.float32),
        "scheme": "mesh-7",
        "scores": rng.uniform(size=(frames, 2)),
        "score_names": ("jawOpen", "ümläut"),
        "coefficients": rng.normal(size=(frames, 257)),
    }
    return FaceMotion(
        fps=float(rng.uniform(1, 120)),
        time=np.cumsum(rng.uniform(0.01, 0.1, frames)),
        valid=rng.uniform(size=frames) > 0.5,
        confidence=rng.uniform(size=frames),
        size=(int(rng.integers(1, 9000)), int(rng.integers(1, 9000))),
        rotation=rng.uniform(-1, 1, (frames, 3)),
        translation=rng.uniform(-500, 500, (frames, 2)),
        scale=rng.uniform(50, 200, frames),
        names=tuple(f"term {number}" for number in range(terms)),
        expression=rng.normal(size=(frames, terms)),
        identity=rng.normal(size=(COUNT, 3)),
        basis=rng.normal(size=(terms, COUNT, 3)),
        basis_id="random",
        residual=rng.normal(size=(frames, COUNT, 3)) * 0.01,
        meta={"tracker": "none", "seed": seed, "nested": {"list": [1, None, "ö"]}},
        **(optional if extras else {}),
    )


# Rotations and their signs. Axes: x right, y down, z away from the viewer.


@given(ANGLE, STEEP, ANGLE)
def test_angles_come_back_from_their_matrix(pitch: float, yaw: float, roll: float) -> None:
    angles = np.array([pitch, yaw, roll])
    again = euler_angles(rotation_matrices(angles))
    difference = (again - angles + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(difference).max() <= 1e-9


@given(ANGLE, ANGLE, ANGLE)
def test_matrices_are_rotations(pitch: float, yaw: float, roll: float) -> None:
    matrix = rotation_matrices(np.array([pitch, yaw, roll]))
    assert np.allclose(matrix @ matrix.T, np.eye(3))
    assert np.linalg.det(matrix) == pytest.approx(1)


@given(ANGLE, ANGLE, ANGLE)
def test_roll_comes_last_and_pitch_first(pitch: float, yaw: float, roll: float) -> None:
    alone = [rotation_matrices(np.array(angles)) for angles in ((pitch, 0, 0), (0, yaw, 0), (0, 0, roll))]
    assert np.allclose(rotation_matrices(np.array([pitch, yaw, roll])), alone[2] @ alone[1] @ alone[0])


def test_many_angles_at_once() -> None:
    angles = np.random.default_rng(0).uniform(-1, 1, (4, 5, 3))
    matrices = rotation_matrices(angles)
    assert matrices.shape == (4, 5, 3, 3)
    assert np.allclose(matrices[2, 3], rotation_matrices(angles[2, 3]))
    assert np.allclose(euler_angles(matrices), angles)


def test_positive_angles_turn_the_way_they_say() -> None:
    nose, chin, right_ear = np.array([0.0, 0, -1]), np.array([0.0, 1, 0]), np.array([-1.0, 0, 0])
    pitch, yaw, roll = (rotation_matrices(np.eye(3)[axis] * 0.1) for axis in range(3))
    assert (pitch @ nose)[1] > 0, "a positive pitch turns the nose down"
    assert (yaw @ nose)[0] < 0, "a positive yaw turns the nose to the left of the picture"
    # clockwise on the screen: what is on the left goes up, the chin goes to the left
    assert (roll @ right_ear)[1] < 0
    assert (roll @ chin)[0] < 0


# Landmarks


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_landmarks_are_what_the_formula_says(seed: int) -> None:
    motion = random_motion(seed)
    landmarks, shapes = motion.landmarks(), motion.shapes()
    assert landmarks.shape == (len(motion), COUNT, 2)
    for t in range(len(motion)):
        face = motion.identity + motion.residual[t]
        for weight, shape in zip(motion.expression[t], motion.basis, strict=True):
            face = face + weight * shape
        assert np.allclose(shapes[t], face)
        for p in (0, 30, 67):
            turned = rotation_matrices(motion.rotation[t]) @ face[p]
            assert np.allclose(landmarks[t, p], motion.translation[t] + motion.scale[t] * turned[:2])


def test_a_still_face_is_where_it_is_put() -> None:
    identity = np.column_stack([template(), np.zeros(COUNT)])
    motion = FaceMotion.still(identity, size=(400, 300), scale=50.0, translation=(200.0, 100.0))
    assert len(motion) == 1
    assert np.allclose(motion.landmarks()[0], template() * 50 + [200, 100])


def test_the_sequence_of_landmarks_keeps_canvas_times_and_irises() -> None:
    motion = random_motion(1)
    sequence = motion.landmark_sequence()
    assert isinstance(sequence, LandmarkSequence)
    assert (sequence.points == motion.landmarks()).all()
    assert (sequence.size, sequence.fps) == (motion.size, motion.fps)
    assert sequence.time is motion.time
    assert sequence.iris is motion.iris
    assert sequence.meta == motion.meta
    assert sequence.meta is not motion.meta


@pytest.mark.parametrize("chosen", [slice(0, 1), slice(None, None, -1), slice(0, 0), np.array([0, 0, 0])])
def test_frames_are_chosen_in_all_arrays(chosen: slice | np.ndarray) -> None:
    motion = random_motion(2)
    some = motion.frames(chosen)
    assert (some.landmarks() == motion.landmarks()[chosen]).all()
    for name in ("time", "valid", "confidence", "iris", "mesh", "scores", "coefficients"):
        assert (getattr(some, name) == getattr(motion, name)[chosen]).all()
    assert some.identity is motion.identity
    assert some.basis is motion.basis
    assert some.names == motion.names


# Files


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_file_gives_back_the_motion_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, seed: int, extras: bool
) -> None:
    path = tmp_path_factory.mktemp("motion") / "x.motion.npz"
    motion = random_motion(seed, extras=extras)
    motion.save(path)
    read = FaceMotion.load(path)
    assert {name for name, _, _ in read._shapes()} == {name for name, _, _ in motion._shapes()}
    for name, array, _ in motion._shapes():
        found = getattr(read, name)
        assert found.dtype == array.dtype, name
        assert found.shape == array.shape, name
        assert found.tobytes() == array.tobytes(), name
    for name in ("fps", "size", "names", "basis_id", "scheme", "score_names", "meta"):
        assert getattr(read, name) == getattr(motion, name), name
    assert read.landmarks().tobytes() == motion.landmarks().tobytes()


def test_a_motion_without_frames_or_terms_has_a_file(tmp_path: Path) -> None:
    motion = FaceMotion.still(np.zeros((COUNT, 3)), size=(9, 9), scale=1.0, translation=(0.0, 0.0)).frames(slice(0, 0))
    motion.save(tmp_path / "x.npz")
    read = FaceMotion.load(tmp_path / "x.npz")
    assert len(read) == 0
    assert read.names == ()
    assert read.landmarks().shape == (0, COUNT, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("time", None),
        ("time", np.array(0.0)),
        ("valid", np.ones(99, bool)),
        ("valid", np.array(["yes"])),
        ("rotation", np.zeros((1, 2))),
        ("rotation", np.full((1, 3), np.nan)),
        ("scale", np.array(["big"])),
        ("names", np.array(["too", "many"])),
        ("names", np.zeros(0)),
        ("identity", np.zeros((COUNT, 2))),
        ("basis", np.zeros((1, COUNT, 3))),
        ("basis_id", np.array(5)),
        ("scheme", None),
        ("fps", np.array(-25.0)),
        ("fps", np.array("x")),
        ("size", np.array([0, 0])),
        ("mesh", np.zeros((1, 5))),
        ("mesh", np.full((1, 5, 3), np.inf)),
        ("iris", np.zeros((2, 2, 2))),
        ("scores", np.zeros((1, 3))),
        ("coefficients", np.zeros(3)),
    ],
)
def test_a_file_that_does_not_fit_is_refused(tmp_path: Path, name: str, value: np.ndarray | None) -> None:
    path = tmp_path / "x.motion.npz"
    FaceMotion.still(np.zeros((COUNT, 3)), size=(9, 9), scale=1.0, translation=(0.0, 0.0)).save(path)
    arrays, meta = load_npz(path, FaceMotion.FORMAT, 1)
    assert len(FaceMotion.load(path)) == 1
    arrays.pop(name, None)
    if value is not None:
        arrays[name] = value
    save_npz(path, FaceMotion.FORMAT, 1, arrays, meta)
    with pytest.raises(FaceShotError) as caught:
        FaceMotion.load(path)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    assert "x.motion.npz" in caught.value.message


def test_another_kind_of_file_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    random_motion(3).landmark_sequence().save(path)
    with pytest.raises(FaceShotError, match=r"faceshot\.landmarks"):
        FaceMotion.load(path)
    with pytest.raises(FaceShotError) as caught:
        FaceMotion.load(tmp_path / "none.npz")
    assert caught.value.code is ErrorCode.INPUT_MISSING


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("valid", (9,)),
        ("confidence", (9,)),
        ("rotation", (1, 2)),
        ("translation", (1, 3)),
        ("scale", (1, 1)),
        ("expression", (1, 4)),
        ("identity", (COUNT, 2)),
        ("basis", (2, COUNT, 3)),
        ("residual", (1, COUNT, 2)),
        ("iris", (1, 2)),
        ("mesh", (1, 5)),
        ("mesh", (2, 5, 3)),
        ("scores", (1, 5)),
        ("coefficients", (2, 5)),
    ],
)
def test_a_motion_that_does_not_fit_is_not_made(name: str, shape: tuple[int, ...]) -> None:
    still = FaceMotion.still(np.zeros((COUNT, 3)), size=(9, 9), scale=1.0, translation=(0.0, 0.0))
    with pytest.raises(FaceShotError, match=name) as caught:
        replace(still, **{name: np.zeros(shape)})
    assert caught.value.code is ErrorCode.USAGE
