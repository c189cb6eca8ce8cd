# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting from a FaceMotion: expression and pose are separate inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.landmarks import (
    COUNT,
    EYE_PAIRS,
    MOUTH_PAIRS,
    PARTS,
    LandmarkSequence,
    eye_centres,
    face_width,
    inter_ocular,
    template,
)
from core.motion import FaceMotion
from core.retarget import DEFAULT_LIMITS, LIDS_OF_MODEL, TRACKED_LIDS, RetargetSettings, retarget

TIGHT = 1e-9
FRAMES = 15
EXAMPLES = 30
SEED = st.integers(0, 2**32 - 1)
FREE = {"yaw": 1e6, "pitch": 1e6}


def head() -> np.ndarray:
    """The plain face with depth, (68, 3): an ellipsoid, and a nose that stands out of it."""
    points = template()
    depth = 0.55 * points[:, 0] ** 2 + 0.12 * (points[:, 1] - 0.5) ** 2
    depth[30] -= 0.35
    depth[[29, 31, 32, 33, 34, 35]] -= 0.18
    return np.column_stack([points, depth])


def random_motion(seed: int, frames: int = FRAMES) -> FaceMotion:
    rng = np.random.default_rng(seed)
    identity = head() + rng.normal(size=(COUNT, 3)) * 0.01
    basis = np.zeros((3, COUNT, 3))
    basis[0, [55, 56, 57, 58, 59, 65, 66, 67], 1] = 0.4
    basis[0, 4:13, 1] = 0.3
    basis[1, [48, 60], 0], basis[1, [54, 64], 0] = -0.12, 0.12
    for pairs in EYE_PAIRS.values():
        for upper, lower in pairs:
            basis[2, upper] = 0.8 * (identity[lower] - identity[upper])
    expression = rng.uniform(0, 1, (frames, 3))
    residual = rng.normal(size=(frames, COUNT, 3)) * 0.003
    wander = np.cumsum(rng.normal(size=(frames, 3)) * 0.08, axis=0) + rng.uniform(-0.2, 0.2, 3)
    motion = FaceMotion(
        fps=25.0,
        time=np.arange(frames) / 25,
        valid=np.ones(frames, bool),
        confidence=np.ones(frames),
        size=(1280, 720),
        rotation=np.clip(wander, -0.6, 0.6),
        translation=rng.uniform(200, 600, (frames, 2)),
        scale=rng.uniform(80, 160, frames),
        names=("jaw", "smile", "blink"),
        expression=expression,
        identity=identity,
        basis=basis,
        basis_id="test",
        residual=residual,
    )
    landmarks = motion.landmarks()
    iris = eye_centres(landmarks) + rng.normal(size=(frames, 2, 2)) * 0.02 * motion.scale[:, None, None]
    return replace(motion, iris=iris)


def without_pose(motion: FaceMotion) -> FaceMotion:
    frames = len(motion)
    return replace(
        motion,
        rotation=np.zeros((frames, 3)),
        translation=np.tile([320.0, 240.0], (frames, 1)),
        scale=np.full(frames, 120.0),
    )


def posed(motion: FaceMotion, angles_deg: list[tuple[float, float, float]]) -> FaceMotion:
    """The neutral face in these poses: (pitch, yaw, roll) in degrees."""
    frames = len(angles_deg)
    still = without_pose(motion.frames(np.zeros(frames, int)))
    return replace(
        still,
        time=np.arange(frames) / 25,
        rotation=np.deg2rad(np.array(angles_deg, np.float64)),
        expression=np.zeros((frames, 3)),
        residual=np.zeros((frames, COUNT, 3)),
    )


def some_character(seed: int, **more: object) -> Character:
    rng = np.random.default_rng([seed, 1])
    points = template() * rng.uniform([0.9, 0.6], [1.1, 1.2]) + rng.normal(size=(COUNT, 2)) * 0.01
    for part in ("right_eye", "left_eye", "mouth"):
        where = PARTS[part]
        points[where] = points[where].mean(axis=0) + (points[where] - points[where].mean(axis=0)) * rng.uniform(
            0.6, 1.6
        )
    return Character(points=points * 130 + [400, 200], size=(800, 600), **more)


def largest(difference: np.ndarray) -> float:
    return float(np.linalg.norm(difference, axis=-1).max())


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.sampled_from(["first", 3]))
def test_without_pose_it_is_the_plain_path_on_the_frontal_landmarks(seed: int, reference: str | int) -> None:
    motion, character = without_pose(random_motion(seed)), some_character(seed)
    chosen = RetargetSettings(reference=reference, mouth=1.3, zoom=0.5)
    plain = LandmarkSequence(points=motion.shapes()[..., :2], size=(1, 1), fps=25.0, time=motion.time)
    ours, theirs = retarget(motion, character, chosen), retarget(plain, character, chosen)
    assert largest(ours.points - theirs.points) <= TIGHT * face_width(character.points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_without_pose_neutral_is_the_plain_path_from_the_models_face(seed: int) -> None:
    motion, character = without_pose(random_motion(seed)), some_character(seed)
    shapes = np.concatenate([motion.identity[None], motion.shapes()])[..., :2]
    plain = LandmarkSequence(points=shapes, size=(1, 1), fps=25.0, time=np.arange(len(shapes)) / 25)
    ours, theirs = retarget(motion, character), retarget(plain, character)
    assert largest(ours.points - theirs.points[1:]) <= TIGHT * face_width(character.points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_the_neutral_face_is_the_character(seed: int) -> None:
    character = some_character(seed)
    still = posed(random_motion(seed), [(0, 0, 0)] * 3)
    result = retarget(still, character, RetargetSettings(reference="neutral"))
    assert largest(result.points - character.points) <= TIGHT * face_width(character.points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.integers(0, FRAMES - 1))
def test_the_reference_frame_is_the_character(seed: int, number: int) -> None:
    character = some_character(seed, iris=np.array([[330.0, 200.0], [470.0, 200.0]]))
    result = retarget(random_motion(seed), character, RetargetSettings(reference=number))
    assert largest(result.points[number] - character.points) <= TIGHT * face_width(character.points)
    assert result.iris is not None
    assert largest(result.iris[number] - character.iris) <= TIGHT * face_width(character.points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.integers(0, FRAMES - 1))
def test_an_actor_as_its_own_character_moves_as_itself(seed: int, number: int) -> None:
    """Depth, pose and expression together give back what the camera saw, whatever frame is the picture."""
    motion = random_motion(seed)
    seen = motion.landmarks()
    own = Character(points=seen[number], size=motion.size, limits=FREE)
    result = retarget(motion, own, RetargetSettings(reference=number, zoom=1)).points
    there = np.ones(COUNT, bool)
    # lids and lips that pass one another in the noise only meet on the character
    there[[*range(36, 48), *range(48, 68)]] = False
    width = face_width(seen[number])
    assert largest((result - seen)[:, there]) <= TIGHT * width
    assert largest(result - seen) <= 0.05 * width


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_place_and_size_of_the_actor_in_its_clip_do_not_matter(seed: int) -> None:
    motion, character = random_motion(seed), some_character(seed)
    rng = np.random.default_rng(seed)
    size, offset = float(20 ** rng.uniform(-1, 1)), rng.uniform(-1e4, 1e4, 2)
    moved = replace(
        motion,
        scale=motion.scale * size,
        translation=motion.translation * size + offset,
        iris=motion.iris * size + offset,
    )
    ours, theirs = retarget(motion, character), retarget(moved, character)
    assert largest(ours.points - theirs.points) <= 1e-8 * face_width(character.points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.integers(0, FRAMES - 1))
def test_a_rolled_camera_does_not_matter_from_a_frame(seed: int, number: int) -> None:
    motion, character = random_motion(seed), some_character(seed, limits=FREE)
    angle = float(np.random.default_rng(seed).uniform(-3, 3))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    rolled = replace(
        motion,
        rotation=motion.rotation + np.array([0.0, 0.0, angle]),
        translation=motion.translation @ turn.T,
        iris=None,
    )
    chosen = RetargetSettings(reference=number)
    ours, theirs = retarget(motion, character, chosen), retarget(rolled, character, chosen)
    assert largest(ours.points - theirs.points) <= 1e-8 * face_width(character.points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_roll_turns_the_character_as_a_whole(seed: int) -> None:
    character = some_character(seed)
    angles = np.array([0.0, 10.0, -25.0, 170.0, 200.0])
    motion = posed(random_motion(seed), [(0, 0, angle) for angle in angles])
    result = retarget(motion, character, RetargetSettings(translation=0)).points
    pivot = (character.points[0] + character.points[16]) / 2
    for frame, angle in enumerate(np.deg2rad(angles)):
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        wanted = pivot + (character.points - pivot) @ turn.T
        assert largest(result[frame] - wanted) <= TIGHT * face_width(character.points)
    half = retarget(motion, character, RetargetSettings(translation=0, rotation=0.5)).points
    chord = np.unwrap(np.arctan2(*(half[:, 16] - half[:, 0]).T[::-1]))
    assert np.allclose(np.rad2deg(chord - chord[0]), angles / 2, atol=1e-9)


def test_yaw_slides_the_nose_the_way_it_points_and_pitch_lowers_it() -> None:
    """Positive yaw turns the nose to the left of the picture, positive pitch down; ends of the jaw line hardly move."""
    character = some_character(0)
    motion = posed(random_motion(0), [(0, 0, 0), (0, 15, 0), (0, -15, 0), (15, 0, 0), (-15, 0, 0)])
    way = retarget(motion, character, RetargetSettings(translation=0)).points - character.points
    width = face_width(character.points)
    assert way[1, 30, 0] < -0.05 * width
    assert way[2, 30, 0] > 0.05 * width
    assert way[3, 30, 1] > 0.05 * width
    assert way[4, 30, 1] < -0.05 * width
    assert np.abs(way[:, [0, 16]]).max() < 0.05 * width


def test_parallax_has_a_strength() -> None:
    character = some_character(1)
    motion = posed(random_motion(1), [(0, 0, 0), (10, 12, 0)])
    width = face_width(character.points)
    none = retarget(motion, character, RetargetSettings(parallax=0, translation=0)).points
    assert largest(none - character.points) <= 1e-4 * width
    sizes = [
        largest(
            retarget(motion, character, RetargetSettings(parallax=strength, translation=0)).points[1] - character.points
        )
        for strength in (0.25, 0.5, 1.0)
    ]
    assert sizes[0] < sizes[1] < sizes[2]


def test_strong_turns_are_limited_smoothly_and_characters_may_say_how() -> None:
    angles = np.linspace(0, 80, 81)
    motion = posed(random_motion(2), [(0, angle, 0) for angle in angles])
    plain = some_character(2)
    chosen = RetargetSettings(translation=0)
    nose = retarget(motion, plain, chosen).points[:, 30, 0]
    free = retarget(motion, replace(plain, limits=FREE), chosen).points[:, 30, 0]
    felt = int(0.6 * DEFAULT_LIMITS["yaw"])
    assert np.allclose(nose[:felt], free[:felt])
    assert not np.allclose(nose[-1], free[-1], atol=1.0)
    assert np.abs(np.diff(nose)).max() <= 1.05 * np.abs(np.diff(nose[:felt])).max()
    stiff = retarget(motion, replace(plain, limits={"yaw": 5.0}), chosen).points[:, 30, 0]
    assert np.ptp(stiff) < 0.3 * np.ptp(nose)


def test_a_face_turned_in_its_picture_turns_less_further_that_way_and_more_back() -> None:
    motion = posed(random_motion(10), [(0, 0, 0), (0, 25, 0), (0, -25, 0)])
    seen = posed(random_motion(10), [(0, 20, 0)]).landmarks()[0]
    turned = Character(points=seen, size=(800, 600))
    chosen = RetargetSettings(translation=0)
    held = retarget(motion, turned, chosen).points[:, 30, 0] - seen[30, 0]
    free = retarget(motion, replace(turned, limits=FREE), chosen).points[:, 30, 0] - seen[30, 0]
    assert abs(held[0]) <= TIGHT * face_width(seen)
    assert 0 < held[1] / free[1] < 0.7
    assert held[2] / free[2] > 0.9


def test_a_nose_of_one_point_stays_one_in_a_turn() -> None:
    character = some_character(3)
    points = character.points.copy()
    points[PARTS["nose"]] = points[30]
    motion = posed(random_motion(3), [(0, 0, 0), (10, 20, 5)])
    result = retarget(motion, replace(character, points=points)).points
    assert np.ptp(result[:, PARTS["nose"]], axis=1).max() <= 1e-6 * face_width(points)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED, st.floats(0.0, 2.0))
def test_zoom_grows_the_character_by_its_gain(seed: int, gain: float) -> None:
    character = some_character(seed)
    motion = posed(random_motion(seed), [(0, 0, 0)] * 3)
    motion = replace(motion, scale=np.array([100.0, 150.0, 60.0]))
    chosen = RetargetSettings(zoom=gain, rest=(320.0, 240.0, 100.0))
    widths = face_width(retarget(motion, character, chosen).points) / face_width(character.points)
    assert np.allclose(widths, np.array([1.0, 1.5, 0.6]) ** gain)


@settings(max_examples=EXAMPLES, deadline=None)
@given(SEED)
def test_a_frame_alone_is_as_in_its_clip(seed: int) -> None:
    motion, character = random_motion(seed), some_character(seed, iris=np.array([[330.0, 200.0], [470.0, 200.0]]))
    whole = retarget(motion, character)
    settled = RetargetSettings(rest=tuple(whole.meta["rest"]), gaze_rest=tuple(whole.meta["gaze_rest"]))
    for frame in (0, 7, FRAMES - 1):
        alone = retarget(motion.frames(slice(frame, frame + 1)), character, settled)
        assert largest(alone.points[0] - whole.points[frame]) <= TIGHT * face_width(character.points)
        assert alone.iris is not None
        assert whole.iris is not None
        assert largest(alone.iris[0] - whole.iris[frame]) <= TIGHT * face_width(character.points)


def test_rest_is_the_median_of_valid_frames() -> None:
    motion, character = random_motion(4), some_character(4)
    spoiled = motion.translation.copy()
    spoiled[:5] = 1e5
    valid = np.ones(FRAMES, bool)
    valid[:5] = False
    result = retarget(replace(motion, translation=spoiled, valid=valid, iris=None), character)
    assert np.abs(result.meta["rest"][:2]).max() < 1000
    assert retarget(replace(motion, valid=~np.ones(FRAMES, bool)), character).meta["rest"][2] > 0


def blinking(lids_left: float) -> FaceMotion:
    """A face whose eyes close, evenly, to this share of their opening at rest."""
    motion = without_pose(random_motion(5))
    blink = np.zeros((FRAMES, 3))
    blink[:, 2] = np.linspace(0, (1 - lids_left) / 0.8, FRAMES)
    return replace(motion, expression=blink, residual=np.zeros((FRAMES, COUNT, 3)), iris=None)


def lid_gaps(driver: FaceMotion, chosen: RetargetSettings | None = None) -> np.ndarray:
    pairs = np.array([*EYE_PAIRS["right_eye"], *EYE_PAIRS["left_eye"]])
    points = retarget(driver, some_character(5), chosen).points
    return np.linalg.norm(points[:, pairs[:, 1]] - points[:, pairs[:, 0]], axis=-1)


@pytest.mark.parametrize(
    ("model", "lids_left"),
    [("mesh-478", 0.05), ("mesh-478", 0.9 * TRACKED_LIDS.closed), ("mesh-468", 0.5), ("mesh-468", 0.7)],
)
def test_tracked_eyes_count_as_closed_with_a_gap(model: str, lids_left: float) -> None:
    """A tracker's closed lids keep a gap: closed all the same, and open ones are not changed."""
    motion = blinking(lids_left)
    untold = lid_gaps(motion)
    told = lid_gaps(replace(motion, meta={"tracker": "mesh", "model": model}))
    assert untold[-1].min() > 0.4 * lids_left * untold[0].min()
    assert told[-1].max() <= 0.05 * told[0].min()
    assert np.allclose(told[0], untold[0])
    assert (np.diff(told, axis=0) <= 1e-9).all()


def test_closed_eyes_are_measured_over_the_clip_on_request() -> None:
    measured = lid_gaps(blinking(0.27), RetargetSettings(calibration="clip"))
    assert measured[-1].max() <= 0.05 * measured[0].min()


@pytest.mark.parametrize("lids", [TRACKED_LIDS, *LIDS_OF_MODEL.values()])
def test_eyes_that_hardly_move_do_not_blink(lids: object) -> None:
    """Without a blink in the clip, lids at nine tenths stay within a fifth of where they are."""
    model = next((name for name, known in LIDS_OF_MODEL.items() if known is lids), "mesh-478")
    told = lid_gaps(replace(blinking(0.9), meta={"tracker": "mesh", "model": model}))
    assert (told[-1] >= 0.8 * told[0]).all()


def test_driver_is_not_changed_and_the_result_is_the_same_each_time() -> None:
    motion, character = random_motion(6), some_character(6, iris=np.array([[330.0, 200.0], [470.0, 200.0]]))
    before = {name: array.copy() for name, array, _ in motion._shapes()}
    first, second = (retarget(motion, character, RetargetSettings(calibration="clip")) for _ in range(2))
    for name, array, _ in motion._shapes():
        assert (array == before[name]).all(), name
    assert first.points.tobytes() == second.points.tobytes()
    assert first.meta == second.meta


@pytest.mark.parametrize("name", ["rotation", "translation", "scale", "expression", "identity", "residual", "iris"])
def test_refuses_values_that_are_not_finite(name: str) -> None:
    motion = random_motion(7)
    array = getattr(motion, name).copy()
    array.flat[-1] = np.nan
    with pytest.raises(FaceShotError, match=name) as caught:
        retarget(replace(motion, **{name: array}), some_character(7))
    assert caught.value.code is ErrorCode.USAGE


def test_refuses_a_scale_of_zero() -> None:
    motion = random_motion(8)
    with pytest.raises(FaceShotError, match="scale"):
        retarget(replace(motion, scale=np.zeros(FRAMES)), some_character(8))


def test_mouth_pairs_are_opened_by_the_jaw() -> None:
    """Twice the jaw coefficient is twice the opening, in proportion of the character."""
    motion = without_pose(random_motion(9, 3))
    expression = np.array([[0.0, 0, 0], [0.4, 0, 0], [0.8, 0, 0]])
    motion = replace(motion, expression=expression, residual=np.zeros((3, COUNT, 3)), iris=None)
    pairs = np.array(MOUTH_PAIRS)
    points = retarget(motion, some_character(9)).points
    gap = np.linalg.norm(points[:, pairs[:, 1]] - points[:, pairs[:, 0]], axis=-1)
    assert np.allclose(gap[2] - gap[1], gap[1] - gap[0], rtol=0.05)
    assert (gap[1] > gap[0] + 0.05 * inter_ocular(points[0])).all()
