# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting from a plain sequence of points: eyes, mouths, missing parts, limits, irises, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, EYE_PAIRS, PARTS, face_width, template
from core.retarget import RetargetSettings, retarget
from tests.core.retarget_faces import (
    EXAMPLES,
    PAIRS,
    SEED,
    TIGHT,
    character,
    largest,
    openings,
    out,
    random_case,
    sequence,
)

# Big eyes, small mouths, missing parts


def test_big_eyes_close_fully_where_small_ones_do() -> None:
    driver = np.repeat(template()[None], 11, axis=0)
    closing = np.linspace(0, 1, 11)[:, None]
    face = template()
    for pairs in EYE_PAIRS.values():
        for upper, lower in pairs:
            driver[:, upper] += closing * (driver[:, lower] - driver[:, upper])
            face[upper, 1] -= 0.25
            face[lower, 1] += 0.25
    gaps = openings(out(driver, face))[:, :4]
    assert gaps[-1].max() <= 1e-9
    assert np.allclose(gaps, gaps[0] * (1 - closing), atol=1e-9)


def test_exaggerated_closing_stops_when_lids_meet() -> None:
    driver = np.repeat(template()[None], 11, axis=0)
    closing = np.linspace(0, 1, 11)[:, None]
    for pairs in EYE_PAIRS.values():
        for upper, lower in pairs:
            driver[:, upper] += closing * (driver[:, lower] - driver[:, upper])
    result = out(driver, template(), RetargetSettings(eyes=2))
    pairs = np.array(PAIRS[:4])
    assert ((result[:, pairs[:, 1]] - result[:, pairs[:, 0]])[..., 1] >= -1e-12).all()
    assert openings(result)[5:, :4].max() <= 1e-9


def test_shut_closes_lids_that_a_tracker_leaves_ajar() -> None:
    driver = np.repeat(template()[None], 11, axis=0)
    closing = np.linspace(0, 0.8, 11)[:, None]
    for pairs in EYE_PAIRS.values():
        for upper, lower in pairs:
            driver[:, upper] += closing * (driver[:, lower] - driver[:, upper])
    left = openings(out(driver, template()))[-1, :4]
    gone = openings(out(driver, template(), RetargetSettings(shut=0.2)))
    assert left.min() > 0.02
    assert gone[-1, :4].max() <= 1e-9
    assert np.allclose(gone[0], openings(template()))


def test_clip_calibration_opens_the_eyes_of_a_clip_that_begins_in_a_blink() -> None:
    driver = np.repeat(template()[None], 40, axis=0)
    closing = np.concatenate([np.linspace(1, 0, 10), np.zeros(30)])[:, None]
    for pairs in EYE_PAIRS.values():
        for upper, lower in pairs:
            driver[:, upper] += closing * (driver[:, lower] - driver[:, upper])
    result = out(driver, template(), RetargetSettings(calibration="clip"))
    assert openings(result[0])[:4].max() <= 1e-9
    assert np.allclose(result[-1], template(), atol=1e-9)


def test_a_flat_mouth_opens_along_its_line() -> None:
    face = template()
    face[PARTS["mouth"], 1] = face[48, 1]
    driver = np.repeat(template()[None], 2, axis=0)
    driver[1, [55, 56, 57, 58, 59, 65, 66, 67], 1] += 0.3
    result = out(driver, face)[1]
    assert (openings(result)[4:] > 0.2).all()
    upper, lower = [49, 50, 51, 52, 53], [59, 58, 57, 56, 55]
    assert (result[lower, 1] - result[upper, 1] >= -1e-12).all()


def test_thin_lips_do_not_turn_inside_out() -> None:
    face = template()
    face[PARTS["mouth"], 1] = face[48, 1]
    driver = np.repeat(template()[None], 2, axis=0)
    driver[0, [55, 56, 57, 58, 59, 65, 66, 67], 1] += 0.3
    driver[1, [50, 51, 52], 1] += 0.02
    result = out(driver, face)[1]
    for outer, inner, sign in (((50, 51, 52), (61, 62, 63), 1), ((58, 57, 56), (67, 66, 65), -1)):
        assert (sign * (result[list(inner), 1] - result[list(outer), 1]) >= -1e-12).all()


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.sets(st.sampled_from(sorted(ALL_PARTS - {"jaw"}))))
def test_missing_parts_are_carried_unmoved(seed: int, missing: set[str]) -> None:
    driver, face = random_case(seed)
    present = ALL_PARTS - missing
    chosen = RetargetSettings(rotation=0, translation=0)
    result = retarget(sequence(driver), character(face, present=present), chosen)
    assert result.present == present
    assert np.isfinite(result.points).all()
    for part in missing:
        assert largest(result.points[:, PARTS[part]] - face[PARTS[part]]) <= TIGHT * face_width(face)
    swapped = retarget(sequence(driver, present=present), character(face), chosen)
    for part in missing:
        assert largest(swapped.points[:, PARTS[part]] - face[PARTS[part]]) <= TIGHT * face_width(face)


@settings(max_examples=20, deadline=None)
@given(SEED, st.sampled_from(sorted(ALL_PARTS - {"jaw"})))
def test_what_lies_in_a_missing_part_does_not_matter(seed: int, part: str) -> None:
    driver, face = random_case(seed)
    other = face.copy()
    other[PARTS[part]] += 17.0 * face_width(face)
    present = ALL_PARTS - {part}
    there = [line for line in range(68) if not PARTS[part].start <= line < PARTS[part].stop]
    first, second = (retarget(sequence(driver), character(shape, present=present)).points for shape in (face, other))
    assert largest((first - second)[:, there]) <= TIGHT * face_width(face)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_one_point_parts_stay_points(seed: int) -> None:
    driver, face = random_case(seed)
    for part in ALL_PARTS - {"jaw"}:
        face[PARTS[part]] = face[PARTS[part]].mean(axis=0)
    result = out(driver, face)
    assert np.isfinite(result).all()
    for part in ALL_PARTS - {"jaw"}:
        assert np.ptp(result[:, PARTS[part]], axis=1).max() <= 1e-6 * face_width(face), part


# Limits, irises, meta


def test_limits_are_kept_and_felt_late() -> None:
    driver = np.repeat(template()[None], 21, axis=0)
    drop = np.linspace(0, 0.8, 21)[:, None]
    driver[:, [55, 56, 57, 58, 59, 65, 66, 67], 1] += drop
    free = openings(out(driver, template()))[:, 4:] / face_width(template())
    result = retarget(sequence(driver), character(template(), limits={"mouth_open": 0.2, "unheard_of": 3.0}))
    held = openings(result.points)[:, 4:] / face_width(template())
    assert free.max() > 0.3
    assert held.max() <= 0.2 + 1e-9
    small = free < 0.1
    assert np.allclose(held[small], free[small], atol=1e-9)
    assert (np.diff(held, axis=0) >= -1e-12).all()


def test_roll_and_shift_have_limits() -> None:
    angles = np.linspace(0, 1.2, 13)
    still = template()[:, 0] + 1j * template()[:, 1]
    moved = np.exp(1j * angles)[:, None] * still + np.linspace(0, 3, 13)[:, None]
    driver = np.stack([moved.real, moved.imag], axis=-1)
    limited = character(template(), limits={"roll": 20.0, "shift": 0.5})
    result = retarget(sequence(driver), limited).points
    chord = result[:, 16] - result[:, 0]
    assert np.rad2deg(np.arctan2(chord[:, 1], chord[:, 0])).max() <= 20 + 1e-9
    way = (result[:, 0] + result[:, 16]) / 2 - (template()[0] + template()[16]) / 2
    assert np.linalg.norm(way, axis=-1).max() <= 0.5 * face_width(template()) + 1e-9


def test_irises_look_where_the_drivers_look() -> None:
    driver = np.repeat(template()[None], 3, axis=0) * 100
    iris = np.repeat(np.array([[[-0.5, 0.0], [0.5, 0.0]]]), 3, axis=0) * 100
    width = np.linalg.norm(driver[0, 39] - driver[0, 36])
    iris[1, :, 0] += 0.2 * width
    iris[2, :, 0] += 5 * width
    face = template() * 300 + 50
    ours = np.array([[-0.5, 0.0], [0.5, 0.0]]) * 300 + 50
    result = retarget(sequence(driver, iris=iris), character(face, iris=ours))
    assert result.iris is not None
    eye = np.linalg.norm(face[39] - face[36])
    assert np.allclose(result.iris[0], ours)
    assert np.allclose(result.iris[1], ours + np.array([0.2 * eye, 0]))
    # never out of the eye
    assert (np.abs(result.iris[2, :, 0] - ours[:, 0]) < 0.5 * eye).all()
    frozen = retarget(sequence(driver, iris=iris), character(face, iris=ours), RetargetSettings(gaze=0))
    assert np.allclose(frozen.iris, ours)
    assert retarget(sequence(driver), character(face, iris=ours)).iris is None
    assert retarget(sequence(driver, iris=iris), character(face)).iris is None


def test_result_has_the_characters_canvas_and_the_drivers_times() -> None:
    driver = sequence(np.repeat(template()[None], 3, axis=0))
    result = retarget(driver, character(template()), RetargetSettings(mouth=1.5))
    assert result.size == (512, 512)
    assert result.fps == driver.fps
    assert (result.time == driver.time).all()
    assert result.meta["reference"] == 0
    assert RetargetSettings.from_dict(result.meta["retarget"]) == RetargetSettings(mouth=1.5)


# Refusals


def refused(driver: np.ndarray, face: np.ndarray, chosen: RetargetSettings | None = None) -> ErrorCode:
    with pytest.raises(FaceShotError) as caught:
        out(driver, face, chosen)
    assert caught.value.hint or caught.value.message
    return caught.value.code


def test_refuses_what_has_no_face_frame() -> None:
    good = template()[None]
    flat = template()
    flat[16] = flat[0]
    assert refused(good, flat) is ErrorCode.CHARACTER_UNSURE
    assert refused(flat[None], template()) is ErrorCode.NO_FACE
    assert refused(np.concatenate([good, np.zeros((1, 68, 2))]), template()) is ErrorCode.NO_FACE


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_refuses_values_that_are_not_finite(value: float) -> None:
    driver = np.repeat(template()[None], 3, axis=0)
    driver[2, 30, 0] = value
    assert refused(driver, template()) is ErrorCode.USAGE
    iris = np.full((1, 2, 2), value)
    with pytest.raises(FaceShotError, match="iris"):
        retarget(sequence(template()[None], iris=iris), character(template()))


def test_refuses_references_that_are_not_there() -> None:
    driver = template()[None]
    assert refused(driver, template(), RetargetSettings(reference=1)) is ErrorCode.USAGE
    assert refused(driver, template(), RetargetSettings(reference="neutral")) is ErrorCode.USAGE
    assert refused(driver[:0], template()) is ErrorCode.USAGE
