# SPDX-License-Identifier: GPL-3.0-or-later
"""The named coefficients: each shape does what its name says, on any face."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FaceShotError
from core.expression import (
    GAZE,
    INDEX,
    NAMES,
    coefficient_rows,
    compose,
    gaze_coefficients,
    irises,
    load_basis,
    mirrored,
)
from core.landmarks import EYE_PAIRS, MIRROR, MOUTH_PAIRS, PARTS, inter_ocular
from core.motion import FaceMotion
from core.signals import signals

PLACE = {"size": (400, 400), "scale": 100.0, "translation": (200.0, 150.0)}
# Which of the readable curves a shape raises, and by how much at least
RAISES = {
    "jawOpen": ("jaw_open", 0.3),
    "mouthPucker": ("pucker", 0.08),
    "mouthFunnel": ("mouth_open", 0.05),
    "mouthSmileLeft": ("smile_left", 0.1),
    "mouthSmileRight": ("smile_right", 0.1),
    "mouthLeft": ("mouth_shift", 0.06),
    "jawLeft": ("mouth_shift", 0.01),
    "browInnerUp": ("inner_brow_up", 0.05),
    "browOuterUpLeft": ("brow_up_left", 0.04),
    "browOuterUpRight": ("brow_up_right", 0.04),
    "browDownLeft": ("brow_down_left", 0.05),
    "browDownRight": ("brow_down_right", 0.05),
    "eyeBlinkLeft": ("blink_left", 0.2),
    "eyeBlinkRight": ("blink_right", 0.2),
    "eyeSquintLeft": ("blink_left", 0.05),
    "cheekSquintRight": ("blink_right", 0.05),
}


def alone(name: str, amount: float = 1.0) -> np.ndarray:
    """(2, 51): rest, and one shape."""
    rows = np.zeros((2, len(NAMES)))
    rows[1, INDEX[name]] = amount
    return rows


def any_face(seed: int) -> np.ndarray:
    """(68, 3): the plain face stretched at random, eyes open by another amount."""
    rng = np.random.default_rng(seed)
    face = load_basis().neutral * rng.uniform(0.8, 1.25, 3)
    for pairs in EYE_PAIRS.values():
        for upper, lower in pairs:
            face[upper, 1] -= rng.uniform(0, 0.1)
            face[lower, 1] += rng.uniform(0, 0.05)
    face -= face[[36, 39, 42, 45]].mean(axis=0)
    return face / inter_ocular(face)


def gaps(face: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    upper, lower = np.array(pairs).T
    return face[..., lower, 1] - face[..., upper, 1]


def test_the_basis_is_whole() -> None:
    basis, mesh = load_basis(), load_basis("mp468")
    assert basis.shapes.shape == (51, 68, 3)
    assert mesh.shapes.shape == (51, 468, 3)
    assert len(set(NAMES)) == 51
    assert "tongueOut" not in NAMES
    assert np.array_equal(mesh.neutral[mesh.landmarks], basis.neutral)
    assert np.abs(mesh.shapes[:, mesh.landmarks] - basis.shapes).max() == 0
    assert (np.abs(mesh.shapes).max(axis=(1, 2)) > 0.02).all()  # every one does something
    assert inter_ocular(basis.neutral) == pytest.approx(1)
    assert np.abs(basis.neutral[[36, 39, 42, 45]].mean(axis=0)).max() < 1e-6
    assert basis.basis_id == mesh.basis_id
    assert basis.basis_id.startswith("arkit-1:")
    assert 5 < basis.authored.sum() < 25
    with pytest.raises(FaceShotError):
        load_basis("mp500")


@pytest.mark.parametrize("scheme", ["ibug68", "mp468"])
def test_right_is_the_mirror_image_of_left(scheme: str) -> None:
    basis = load_basis(scheme)
    assert np.array_equal(basis.mirror[basis.mirror], np.arange(len(basis.mirror)))
    flipped = basis.shapes[:, basis.mirror] * [-1.0, 1.0, 1.0]
    for name in NAMES:
        other = NAMES[int(mirrored(np.eye(51)[INDEX[name]]).argmax())]
        assert np.abs(flipped[INDEX[name]] - basis.shapes[INDEX[other]]).max() < 1e-3, name
    if scheme == "ibug68":
        assert np.array_equal(basis.mirror, MIRROR)


@pytest.mark.parametrize("name", RAISES)
def test_a_shape_raises_what_it_is_named_after(name: str) -> None:
    curve, least = RAISES[name]
    change = np.diff(signals(compose(alone(name), **PLACE).shapes()[..., :2])[curve])[0]
    assert change > least


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_stays_in_its_region_and_on_its_side(name: str) -> None:
    moved = np.linalg.norm(load_basis().shapes[INDEX[name]], axis=1)
    eyes = np.r_[PARTS["right_eye"], PARTS["left_eye"]]
    brows = np.r_[PARTS["right_brow"], PARTS["left_brow"]]
    still = {
        "brow": np.r_[0:17, 27:68], "eye": np.r_[0:36, 48:68], "jaw": np.r_[17:31, eyes], "mout": np.r_[17:30, eyes],
        "chee": np.r_[brows, 27:31], "nose": np.r_[0:17, eyes],
    }[name[:4] if name[:3] not in ("eye", "jaw") else name[:3]]  # fmt: skip
    assert moved[still].max() < 0.03
    if name.endswith(("Left", "Right")) and name not in ("jawLeft", "jawRight", "mouthLeft", "mouthRight"):
        x = load_basis().neutral[:, 0]
        other = x < -0.25 if name.endswith("Left") else x > 0.25
        assert moved[other].max() < 0.02


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_a_blink_closes_any_eye_and_mouth_close_the_open_jaw(seed: int) -> None:
    basis = load_basis().on(any_face(seed))
    for side, part in (("Right", "right_eye"), ("Left", "left_eye")):
        shut = basis.neutral + basis.shapes[INDEX[f"eyeBlink{side}"]]
        assert np.abs(gaps(shut, EYE_PAIRS[part])).max() < 1e-9
    opened = basis.neutral + basis.shapes[INDEX["jawOpen"]]
    assert gaps(opened, MOUTH_PAIRS).min() > 0.2
    assert np.abs(gaps(opened + basis.shapes[INDEX["mouthClose"]], MOUTH_PAIRS)).max() < 1e-9


@given(seed=st.integers(0, 10_000), amount=st.floats(0.05, 0.5))
@settings(max_examples=20, deadline=None)
def test_twice_the_jaw_opens_the_mouth_twice_as_far(seed: int, amount: float) -> None:
    rows = np.array([0.0, amount, 2 * amount])
    motion = compose({"jawOpen": rows}, identity=any_face(seed), rotation=(0.1, 0.2, 0.05), **PLACE)
    points = motion.landmarks()
    opening = np.linalg.norm(points[:, 66] - points[:, 62], axis=1)
    once, twice = points[1] - points[0], points[2] - points[0]
    assert twice == pytest.approx(2 * once, abs=1e-9)
    assert opening[2] > opening[1] > opening[0]


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_mirrored_performance_is_that_of_the_face_in_the_mirror(seed: int) -> None:
    rows = np.random.default_rng(seed).uniform(0, 1, (4, 51))
    one, other = (compose(r, size=(400, 400), scale=100.0, translation=(200.0, 150.0)) for r in (rows, mirrored(rows)))
    flipped = one.landmarks()[:, MIRROR] * [-1, 1] + [400, 0]
    assert flipped == pytest.approx(other.landmarks(), abs=0.2)
    assert one.iris is not None
    assert other.iris is not None
    assert one.iris[:, ::-1] * [-1, 1] + [400, 0] == pytest.approx(other.iris, abs=0.2)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_nothing_is_the_neutral_face(seed: int) -> None:
    face = any_face(seed)
    motion = compose(np.zeros((3, 51)), identity=face, **PLACE)
    assert np.array_equal(motion.shapes(), np.repeat(face[None], 3, axis=0))
    assert motion.landmarks()[0] == pytest.approx(face[:, :2] * 100 + [200, 150])


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_gaze_is_read_as_it_was_set(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.zeros((6, 51))
    for side in ("Left", "Right"):
        for ways in (("In", "Out"), ("Up", "Down")):
            rows[np.arange(6), [INDEX[f"eyeLook{ways[k]}{side}"] for k in rng.integers(0, 2, 6)]] = rng.uniform(0, 1, 6)
    faces = load_basis().on(any_face(seed)).faces(rows)
    seen = gaze_coefficients(irises(rows, faces), faces)
    chosen = [INDEX[name] for name in GAZE]
    assert seen[:, chosen] == pytest.approx(rows[:, chosen], abs=1e-6)
    assert np.isnan(np.delete(seen, chosen, axis=1)).all()


def test_curves_by_name_become_rows() -> None:
    rows = coefficient_rows({"jawOpen": np.array([0.0, 0.5, 1.0]), "eyeBlinkLeft": np.array(0.3)})
    assert rows.shape == (3, 51)
    assert rows[:, INDEX["jawOpen"]].tolist() == [0.0, 0.5, 1.0]
    assert rows[:, INDEX["eyeBlinkLeft"]].tolist() == [0.3] * 3
    assert rows.sum() == pytest.approx(2.4)
    assert coefficient_rows({}).shape == (1, 51)
    with pytest.raises(FaceShotError, match="tongueOut"):
        coefficient_rows({"tongueOut": np.zeros(2)})


def test_what_does_not_fit_is_refused() -> None:
    for bad in (np.zeros(51), np.zeros((2, 52))):
        with pytest.raises(FaceShotError):
            compose(bad, **PLACE)
    with pytest.raises(FaceShotError):
        compose(np.zeros((2, 51)), size=(9, 9), scale=np.ones(3), translation=(0.0, 0.0))
    with pytest.raises(FaceShotError):
        load_basis().on(np.zeros((70, 3)))


def test_it_survives_the_file(tmp_path) -> None:
    motion = compose(alone("jawOpen"), **PLACE)
    motion.save(tmp_path / "a.motion.npz")
    again = FaceMotion.load(tmp_path / "a.motion.npz")
    assert again.names == NAMES
    assert again.basis_id == load_basis().basis_id
    assert np.array_equal(again.landmarks(), motion.landmarks())
