# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting from a plain sequence of points: what must hold for every driver and every character."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode
from core.landmarks import PARTS, face_width, template
from core.retarget import PART_GAINS, RetargetSettings
from core.retarget.apertures import MIN_GAP, measure
from core.retarget.frame import FaceFrame, to_complex
from tests.core.retarget_faces import (
    EXAMPLES,
    FRAMES,
    PAIRS,
    SEED,
    TIGHT,
    aperture_ratio,
    human_shape,
    largest,
    levelled,
    openings,
    out,
    random_case,
    random_performance,
    random_shape,
    random_similarity,
)


@pytest.fixture(scope="module")
def golden(repo_root: Path) -> dict[str, np.ndarray]:
    path = repo_root.parent / "shared" / "golden" / "retarget.npz"
    if not path.is_file():
        pytest.skip(f"no recorded inputs at {path}: they are not in the repository")
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files if name.startswith(("drive/", "ref/", "out/"))}


def golden_cases(golden: dict[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for motion, driver in golden.items():
        for shape, face in golden.items():
            if motion.startswith("drive/") and shape.startswith("ref/"):
                yield f"{motion} {shape}", driver, face


# The properties, each for one driver (T, 68, 2) and one character (68, 2)


def first_frame_is_the_character(driver: np.ndarray, face: np.ndarray) -> None:
    assert largest(out(driver, face)[0] - face) <= TIGHT * face_width(face)


def still_driver_still_character(driver: np.ndarray, face: np.ndarray) -> None:
    still = np.repeat(driver[:1], 4, axis=0)
    assert largest(out(still, face) - face) <= TIGHT * face_width(face)


def similarity_of_driver_is_ignored(driver: np.ndarray, face: np.ndarray, rng: np.random.Generator) -> None:
    moved = random_similarity(rng)(driver / face_width(driver[0]))
    assert largest(out(moved, face) - out(driver, face)) <= TIGHT * face_width(face)


def similarity_of_character_is_kept(driver: np.ndarray, face: np.ndarray, rng: np.random.Generator) -> None:
    similarity, unit = random_similarity(rng), face_width(face)
    moved = similarity(face / unit)
    assert largest(out(driver, moved) - similarity(out(driver, face) / unit)) <= TIGHT * face_width(moved)


def rigid_driver_rigid_character(driver: np.ndarray, face: np.ndarray, rng: np.random.Generator) -> None:
    """The driver's first frame turned and shifted: the character turns by the same angle, shifts by as many widths."""
    angles, shifts = rng.uniform(-np.pi, np.pi, 5), rng.uniform(-1, 1, 5) + 1j * rng.uniform(-1, 1, 5)
    still, ours = driver[0, :, 0] + 1j * driver[0, :, 1], face[:, 0] + 1j * face[:, 1]
    pivot, width = (still[0] + still[16]) / 2, still[16] - still[0]
    moved = pivot + np.exp(1j * angles)[:, None] * (still - pivot) + (shifts * width)[:, None]
    moved[0] = still
    result = out(np.stack([moved.real, moved.imag], axis=-1), face)
    pivot, width = (ours[0] + ours[16]) / 2, ours[16] - ours[0]
    wanted = pivot + np.exp(1j * angles)[:, None] * (ours - pivot) + (shifts * width)[:, None]
    assert largest(result[1:] - np.stack([wanted.real, wanted.imag], axis=-1)[1:]) <= TIGHT * face_width(face)


def zoom_is_no_expression(driver: np.ndarray, face: np.ndarray) -> None:
    """Whatever the zoom gain, a driver that only grows keeps the character's shape."""
    still = driver[0]
    pivot = (still[0] + still[16]) / 2
    growth = np.array([1.0, 1.1, 1.3, 0.7])[:, None, None]
    moved = pivot + growth * (still - pivot)
    width = face_width(face)
    assert largest(out(moved, face) - face) <= TIGHT * width
    ours = (face[0] + face[16]) / 2
    assert largest(out(moved, face, RetargetSettings(zoom=1)) - (ours + growth * (face - ours))) <= TIGHT * width


def noise_gain(driver: np.ndarray, face: np.ndarray, rng: np.random.Generator, frames: slice) -> float:
    """How much longer the response is than the noise, both in face widths, for noise in some of the frames."""
    width = face_width(driver[0])
    noise = np.zeros(driver.shape)
    noise[frames] = rng.normal(size=noise[frames].shape) * 5e-6 * width
    response = largest(out(driver + noise, face) - out(driver, face)) / face_width(face)
    return float(response / (largest(noise) / width))


def jump_ratio(driver: np.ndarray, face: np.ndarray) -> float:
    ours = largest(np.diff(out(driver, face), axis=0)) / face_width(face)
    theirs = largest(np.diff(driver, axis=0)) / face_width(driver[0])
    return float(ours / max(theirs, 1e-9))


def lids_and_lips_meet(driver: np.ndarray, face: np.ndarray) -> None:
    """Wherever a pair of the driver's that is open at first is closed, the character's closes."""
    shut = driver.copy()
    pairs = np.array(PAIRS)
    middles = shut[1::2][:, pairs].mean(axis=2, keepdims=True)
    shut[1::2, pairs] = middles
    # across the lips: a pair that leans along them is less open than it is long
    first = FaceFrame.of(to_complex(shut[0]), ErrorCode.NO_FACE, "the driver's").normalise(to_complex(shut[0]))
    theirs = measure(first, first).across
    ours = openings(out(shut, face))[1::2] / face_width(face)
    assert ours[:, theirs >= MIN_GAP].max(initial=0.0) <= 1e-6


def gains_are_linear(driver: np.ndarray, face: np.ndarray, gain: float) -> None:
    """A part's own motion, seen without the head's: frozen at 0, proportional between."""
    head = {"rotation": 0.0, "translation": 0.0}
    full = out(driver, face, RetargetSettings(**head))
    tolerance = TIGHT * face_width(face)
    frozen = RetargetSettings(**head, **dict.fromkeys(PART_GAINS, 0.0))
    assert largest(out(driver, face, frozen) - face) <= tolerance
    for name, parts in {"jaw": ("jaw",), "brows": ("right_brow", "left_brow"), "nose": ("nose",),
                        "eyes": ("right_eye", "left_eye"), "mouth": ("mouth",)}.items():  # fmt: skip
        partly = out(driver, face, RetargetSettings(**head, **{name: gain}))
        wanted = full.copy()
        for part in parts:
            wanted[:, PARTS[part]] = face[PARTS[part]] + gain * (full[:, PARTS[part]] - face[PARTS[part]])
        assert largest(partly - wanted) <= tolerance


def check_all(driver: np.ndarray, face: np.ndarray, rng: np.random.Generator) -> None:
    first_frame_is_the_character(driver, face)
    still_driver_still_character(driver, face)
    similarity_of_driver_is_ignored(driver, face, rng)
    similarity_of_character_is_kept(driver, face, rng)
    rigid_driver_rigid_character(driver, face, rng)
    zoom_is_no_expression(driver, face)
    for noisy in (slice(0, 1), slice(1, None)):
        assert noise_gain(driver, face, rng, noisy) <= max(5.0, 1.2 * aperture_ratio(driver, face))
    assert np.isfinite(out(driver, face)).all()
    lids_and_lips_meet(driver, face)
    gains_are_linear(driver, face, float(rng.uniform(0, 1)))


def test_properties_on_recorded_inputs(golden: dict[str, np.ndarray]) -> None:
    rng = np.random.default_rng(5)
    count = 0
    for _, driver, face in golden_cases(golden):
        check_all(driver, face, rng)
        assert noise_gain(driver, face, rng, slice(None)) <= 5.0
        count += 1
    assert count == 14 * 7


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_properties_on_random_inputs(seed: int) -> None:
    check_all(*random_case(seed), np.random.default_rng(seed))


def test_jumps_are_the_drivers_on_recorded_inputs(golden: dict[str, np.ndarray]) -> None:
    for name, driver, face in golden_cases(golden):
        if name.startswith("drive/still_noise"):
            continue  # all its jumps are noise: the bound of noise holds there
        assert jump_ratio(driver, face) <= max(1.5, aperture_ratio(driver, face)) + 1e-6, name


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_jumps_are_the_drivers_on_random_inputs(seed: int) -> None:
    driver, face = random_case(seed)
    assert jump_ratio(driver, face) <= max(2.0, 1.2 * aperture_ratio(driver, face))


# Against the published method's record, where that is well posed


@pytest.mark.parametrize(("motion", "share"), [("brow", 0.02), ("blink", 0.02)])
def test_agrees_with_the_published_output_where_it_is_well_posed(
    golden: dict[str, np.ndarray], motion: str, share: float
) -> None:
    driver, face = golden[f"drive/{motion}"], golden["ref/human"]
    theirs = golden[f"out/{motion}/human"]
    moving = np.linalg.norm(theirs - theirs[0], axis=-1).max(axis=0) > 1.0
    assert moving.any()
    difference = (out(driver, face) - theirs)[:, moving]
    assert np.linalg.norm(difference, axis=-1).mean() <= share * face_width(face)


# The jaw line


def backwards(points: np.ndarray) -> int:
    """Frames in which jaw points run backwards along the chord by over 1 % of it."""
    chord = points[:, 16] - points[:, 0]
    along = np.einsum("tpd,td->tp", points[:, :17], chord) / (chord**2).sum(axis=1)[:, None]
    return int((np.diff(along, axis=1) < -0.01).any(axis=1).sum())


def test_jaw_keeps_its_order_on_recorded_inputs(golden: dict[str, np.ndarray]) -> None:
    for name, driver, face in golden_cases(golden):
        assert backwards(out(driver, face)) <= backwards(driver), name


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.floats(0.0, 0.006))
def test_jaw_keeps_its_order_in_noise(seed: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    driver = np.repeat(human_shape(rng)[None], FRAMES, axis=0)
    sway = np.linspace(-0.15, 0.15, FRAMES)[:, None]
    driver[:, 1:16, 0] += sway * np.sin(np.linspace(0, np.pi, 15))
    driver += rng.normal(size=driver.shape) * noise * face_width(driver[0])
    angle = np.linspace(0, np.pi, 17)
    face = template()
    face[:17] = np.stack([-np.cos(angle), rng.uniform(0.4, 1.2) * np.sin(angle)], axis=-1) * rng.uniform(0.95, 1.4)
    assert backwards(out(driver, face)) <= backwards(driver)


# One's own performance


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_an_actor_as_its_own_character_moves_as_itself(seed: int) -> None:
    """With zoom, a character that looks as the driver's first frame does what the driver does, to rounding."""
    driver = random_performance(np.random.default_rng(seed))
    pairs = np.array(PAIRS)
    plain = np.ones(68, bool)
    # where lids or lips pass through one another, the character's only meet
    plain[pairs.ravel()] = False
    plain[[49, 50, 51, 52, 53, 55, 56, 57, 58, 59]] = False
    difference = out(driver, driver[0], RetargetSettings(zoom=1)) - driver
    assert largest(difference[:, plain]) <= TIGHT * face_width(driver[0])
    assert np.median(np.linalg.norm(difference, axis=-1)) <= TIGHT * face_width(driver[0])


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.integers(0, FRAMES - 1))
def test_any_frame_can_be_the_reference(seed: int, number: int) -> None:
    driver, face = random_case(seed)
    result = out(driver, face, RetargetSettings(reference=number))
    assert largest(result[number] - face) <= TIGHT * face_width(face)


# Continuity


@settings(max_examples=20, deadline=None)
@given(SEED)
def test_output_follows_the_driver_without_steps(seed: int) -> None:
    """From one performance to another in 200 steps: no step of the output is much longer than the driver's."""
    rng = np.random.default_rng(seed)
    face, start = random_shape(rng), human_shape(rng)
    # both in the place, size and tilt of the first: what changes is the expression
    ends = [levelled(random_performance(rng, 4)[3]) * face_width(start) for _ in range(2)]
    start = levelled(start) * face_width(start)
    mix = np.linspace(0, 1, 201)[:, None, None]
    driver = np.concatenate([start[None], ends[0] + (ends[1] - ends[0]) * mix])
    result = out(driver, face)[1:] / face_width(face)
    steps = np.linalg.norm(np.diff(result, axis=0), axis=-1).max(axis=1)
    given_step = largest(ends[1] - ends[0]) / 200 / face_width(start)
    assert steps.max() <= 3 * max(5.0, 1.2 * aperture_ratio(driver, face)) * given_step
