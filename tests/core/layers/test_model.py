# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import ALL_PARTS, OPTIONAL_PARTS, PARTS, template
from core.layers import FaceLayers, Head, jacobian

SIZE = (512, 512)
FACE = 100 * template() + (256, 200)
SKIN_POINTS = [*range(36)]


@pytest.fixture(scope="module")
def layers() -> FaceLayers:
    return FaceLayers.of(FACE, SIZE)


def landed(layers: FaceLayers, points: np.ndarray, frame: np.ndarray) -> dict[str, np.ndarray]:
    """Where each layer puts places of the picture; name -> (n, 2)."""
    motion = layers.motion(frame[None])
    window = layers.moving_window(motion.shift[0])
    found = {"skin": points + layers.lattice.sample(layers.skin_field(motion, 0), points, window)}
    for sheets in layers.sheets:
        for side, field in zip(("upper", "lower"), layers.sheet_fields(sheets, motion, 0), strict=True):
            moved = sheets.lattice.sample(field, points, sheets.window)
            found[f"{sheets.opening.name}_{side}"] = points + moved + motion.shift[0]
    return found


def expression(seed: int, size: float) -> np.ndarray:
    """A moderate, smooth expression of FACE: parts move as wholes, lids and lips on top."""
    rng = np.random.default_rng(seed)
    moved = FACE.copy()
    for part in PARTS.values():
        moved[part] += rng.uniform(-1, 1, 2) * size
    for upper in (37, 38, 43, 44):
        moved[upper] += (0, rng.uniform(0, 0.5) * size)
    moved[[57, 58, 56, 65, 66, 67]] += (0, rng.uniform(0, 1) * size)
    return moved


def test_at_rest_nothing_moves(layers):
    for name, places in layers.positions(FACE[None]).items():
        rest = next(layer.rest for layer in layers.layers() if layer.name == name)
        assert np.array_equal(places[0], rest)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.floats(0, 6))
def test_landmarks_land_on_their_targets(layers, seed, size):
    frame = expression(seed, size)
    found = landed(layers, FACE, frame)
    assert np.abs(found["skin"] - frame)[SKIN_POINTS].max() < 0.5
    motion = layers.motion(frame[None])
    settled = FACE + motion.residual[0] + motion.shift[0]
    for sheets in layers.sheets:
        anatomy = sheets.opening.anatomy
        for side, points in (("upper", anatomy.upper), ("lower", anatomy.lower)):
            error = found[f"{sheets.opening.name}_{side}"] - settled
            assert np.abs(error[list(points)]).max() < 0.5


@settings(max_examples=20, deadline=None)
@given(across=st.floats(-300, 300), down=st.floats(-300, 300))
def test_a_moving_head_moves_whole_and_folds_nothing(layers, across, down):
    frame = np.add(FACE, (across, down))
    found = landed(layers, FACE, frame)
    assert np.abs(found["skin"] - frame).max() < 0.6
    field = layers.skin_field(layers.motion(frame[None]), 0, layers.lattice.whole)
    assert np.linalg.det(jacobian(field, layers.lattice.step)).min() > 0


def test_what_is_far_from_the_head_stays():
    layers = FaceLayers.of(FACE, (2000, 2000))
    frame = np.add(expression(1, 20), (20, -10))
    field = layers.skin_field(layers.motion(frame[None]), 0, layers.lattice.whole)
    away = layers.head.radius(layers.lattice.nodes()) > 4
    assert away.any()
    assert not field[away].any()


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), factor=st.sampled_from([2.0, 3.0]))
def test_the_picture_at_twice_the_size_moves_the_same(layers, seed, factor):
    # A step that divides: u / 12 is rounded to whole pixels.
    face = 96 * template() + (256, 200)
    frame = face + (expression(seed, 10) - FACE)
    small = FaceLayers.of(face, SIZE)
    large = FaceLayers.of(face * factor, (int(512 * factor), int(512 * factor)))
    places = np.random.default_rng(seed).uniform(60, 450, (40, 2))
    one = landed(small, places, frame)["skin"]
    other = landed(large, places * factor, frame * factor)["skin"] / factor
    away = np.ones(40, bool)
    for sheets in small.sheets:
        t, n = sheets.opening.local(places)
        away &= (np.abs(n) > 12) | (np.abs(t - 0.5) > 0.7)
    assert np.abs(one - other)[away].max() < 0.35


def test_two_sheets_meet_when_an_eye_shuts(layers):
    frame = FACE.copy()
    for upper, lower in ((37, 41), (38, 40)):
        frame[upper] = FACE[lower]
    found = landed(layers, FACE, frame)
    gap = found["right_eye_lower"][[41, 40]] - found["right_eye_upper"][[37, 38]]
    assert np.abs(gap).max() < 0.5
    assert np.abs(found["left_eye_upper"][[43, 44]] - FACE[[43, 44]]).max() < 0.7


def test_crossed_lids_are_uncrossed(layers):
    frame = FACE.copy()
    frame[[37, 38]] += (0, 40)
    motion = layers.motion(frame[None])
    settled = FACE + motion.residual[0] + motion.shift[0]
    assert (settled[[41, 40], 1] - settled[[37, 38], 1] > -1e-6).all()


@pytest.mark.parametrize("missing", sorted(OPTIONAL_PARTS))
def test_a_part_may_be_missing(missing):
    present = ALL_PARTS - {missing}
    points = FACE.copy()
    points[PARTS[missing]] = (1e4, -1e4)
    layers = FaceLayers.of(points, SIZE, present)
    frame = expression(2, 8)
    frame[PARTS[missing]] = np.random.default_rng(0).normal(0, 1e4, (PARTS[missing].stop - PARTS[missing].start, 2))
    for places in layers.positions(frame[None]).values():
        assert np.isfinite(places).all()
    kept = [index for part in present - {"mouth", "right_eye", "left_eye"} for index in range(*PARTS[part].indices(68))]
    found = landed(layers, points, frame)["skin"]
    assert np.abs(found - frame)[kept].max() < 0.6


def test_a_face_of_a_jaw_alone():
    layers = FaceLayers.of(FACE, SIZE, frozenset({"jaw"}))
    assert [layer.name for layer in layers.layers()] == ["background", "skin"]
    frame = np.add(FACE, (9, -4))
    assert np.abs(landed(layers, FACE, frame)["skin"] - frame)[:17].max() < 0.5


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 1000))
def test_any_points_give_finite_layers(seed):
    rng = np.random.default_rng(seed)
    points = rng.choice([0.0, 50.0, 100.0, 1e-3], (68, 2)) + rng.normal(0, rng.choice([0, 1e-9, 30]), (68, 2))
    layers = FaceLayers.of(points, (100, 80))
    for places in layers.positions(points[None] + rng.normal(0, 5, (1, 68, 2))).values():
        assert np.isfinite(places).all()


def test_layers_have_fixed_topology_and_uv(layers):
    for layer in layers.layers():
        assert layer.triangles.min() == 0
        assert layer.triangles.max() == len(layer.rest) - 1
        if layer.texture in ("picture", "plate"):
            back = np.stack([layer.uv[:, 0] * SIZE[0], (1 - layer.uv[:, 1]) * SIZE[1]], axis=-1)
            assert np.allclose(back, layer.rest)


def test_a_turned_face_has_turned_axes():
    angle = np.radians(30)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    head = Head.of(FACE @ turn.T, ALL_PARTS)
    straight = Head.of(FACE, ALL_PARTS)
    assert np.allclose(head.across, turn @ straight.across)
    assert np.isclose(head.unit, straight.unit)
    matrix = straight.similarity(FACE @ turn.T)
    assert np.allclose(matrix[:, :2], turn)
    assert np.allclose(FACE @ matrix[:, :2].T + matrix[:, 2], FACE @ turn.T)
