# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, COUNT, MIRROR, OPTIONAL_PARTS, PARTS, template
from core.placing import edit
from core.placing.edit import (
    GUESSED,
    LIMIT,
    group,
    midline,
    mirrored_side,
    moved,
    part_box,
    points_of,
    reflection,
    scaled_about,
    transformed,
    turned_about,
    with_irises,
    with_part,
    without_irises,
    without_part,
)

SWAP = np.append(MIRROR, [69, 68])
LONELY = np.flatnonzero(np.arange(70) == SWAP)
ANY = st.floats(allow_nan=False, allow_infinity=False)
ANGLES = st.floats(-np.pi, np.pi)
OFFSETS = st.tuples(st.floats(-300, 300), st.floats(-300, 300))
INDICES = st.sets(st.integers(0, 69), min_size=1, max_size=30)


@st.composite
def faces(draw: st.DrawFn, *, symmetric: bool = False) -> Character:
    """A plausible face, turned and placed anywhere, with irises or without."""
    points = template() * draw(st.floats(5, 400))
    if not symmetric:
        seed = draw(st.integers(0, 2**32 - 1))
        points += np.random.default_rng(seed).normal(0, 0.04 * np.ptp(points), points.shape)
    turn = turned_about(np.zeros(2), draw(ANGLES))
    points = points @ turn[:, :2].T + draw(OFFSETS)
    character = Character(
        points=points,
        size=(640, 480),
        present=frozenset({"jaw"} | draw(st.sets(st.sampled_from(sorted(OPTIONAL_PARTS))))),
        confidence=np.full(COUNT, 0.5),
        placed=("matched",) * COUNT,
    )
    return with_irises(character) if draw(st.booleans()) else character


@st.composite
def wild_faces(draw: st.DrawFn) -> Character:
    """All points equal, two parts on one pixel, points far outside: whatever a card may hold."""
    points = draw(
        hnp.arrays(np.float64, (COUNT, 2), elements=ANY)
        | st.tuples(ANY, ANY).map(lambda place: np.tile(np.array(place), (COUNT, 1)))
        | st.floats(-1e6, 1e6).map(lambda x: np.stack([np.linspace(0, x, COUNT), np.full(COUNT, x)], axis=-1))
    )
    return Character(
        points=points,
        size=(64, 48),
        present=frozenset({"jaw"} | draw(st.sets(st.sampled_from(sorted(OPTIONAL_PARTS))))),
        iris=draw(st.none() | hnp.arrays(np.float64, (2, 2), elements=ANY)),
        confidence=draw(hnp.arrays(np.float64, COUNT, elements=st.floats(0, 1))),
    )


def asymmetry(character: Character) -> float:
    """How far the points are from being their own mirror image, px."""
    over = reflection(*midline(character))
    points = points_of(character)
    image = points[SWAP] @ over[:, :2].T + over[:, 2]
    return float(np.nanmax(np.abs(image - points)))


@settings(max_examples=60, deadline=None)
@given(faces(), INDICES, OFFSETS)
def test_a_move_back_undoes_a_move(character: Character, indices: set[int], offset: tuple[float, float]) -> None:
    there = moved(character, indices, offset)
    back = moved(there, indices, -np.array(offset))
    np.testing.assert_allclose(points_of(back), points_of(character), atol=1e-9)
    stays = sorted(set(range(70)) - indices)
    np.testing.assert_array_equal(points_of(there)[stays], points_of(character)[stays])


@settings(max_examples=60, deadline=None)
@given(faces(), st.sampled_from([*PARTS, "irises", "face"]), ANGLES, st.floats(0.2, 5), OFFSETS)
def test_the_inverse_undoes_a_transform(
    character: Character, what: str, angle: float, factor: float, offset: tuple[float, float]
) -> None:
    box = part_box(character, what)
    whole = np.eye(3)
    for matrix in (turned_about(box.centre, angle), scaled_about(box.centre, (factor, 1.0), box.axes)):
        whole = np.vstack([matrix, [0, 0, 1]]) @ whole
    whole[:2, 2] += offset
    there = transformed(character, group(what), whole[:2])
    back = transformed(there, group(what), np.linalg.inv(whole)[:2])
    np.testing.assert_allclose(points_of(back), points_of(character), atol=1e-7)


@settings(max_examples=60, deadline=None)
@given(ANGLES, OFFSETS, hnp.arrays(np.float64, (5, 2), elements=st.floats(-500, 500)))
def test_mirroring_twice_changes_nothing(angle: float, point: tuple[float, float], points: np.ndarray) -> None:
    over = reflection(np.array(point), np.array([np.cos(angle), np.sin(angle)]))
    once = points @ over[:, :2].T + over[:, 2]
    np.testing.assert_allclose(once @ over[:, :2].T + over[:, 2], points, atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(faces(symmetric=True), INDICES, OFFSETS, ANGLES, st.floats(0.5, 2))
def test_mirror_editing_keeps_a_symmetric_face_symmetric(
    character: Character, indices: set[int], offset: tuple[float, float], angle: float, factor: float
) -> None:
    one_side = {index for index in indices if SWAP[index] not in indices} or {36}
    lonely = {index for index in indices if SWAP[index] == index} or {8}
    matrix = scaled_about(np.array([100.0, 50.0]), factor)
    matrix[:, :2] = turned_about(np.zeros(2), angle)[:, :2] @ matrix[:, :2]
    for chosen in (one_side, lonely):
        assert asymmetry(moved(character, chosen, offset, mirror=True)) < 1e-6
        assert asymmetry(transformed(character, chosen, matrix, mirror=True)) < 1e-5


@settings(max_examples=60, deadline=None)
@given(faces(), st.integers(0, 69), OFFSETS)
def test_the_counterpart_does_the_reflected_move(character: Character, index: int, offset: tuple[float, float]) -> None:
    character = with_irises(character)
    _, direction = midline(character)
    change = points_of(moved(character, [index], offset, mirror=True)) - points_of(character)
    along, across = direction, np.array([direction[1], -direction[0]])
    if SWAP[index] == index:
        np.testing.assert_allclose(change[index], (offset @ along) * along, atol=1e-9)
        return
    np.testing.assert_allclose(change[index], offset, atol=1e-9)
    assert change[SWAP[index]] @ along == pytest.approx(change[index] @ along, abs=1e-8)
    assert change[SWAP[index]] @ across == pytest.approx(-(change[index] @ across), abs=1e-8)
    assert not change[np.setdiff1d(np.arange(70), [index, SWAP[index]])].any()


def test_what_is_grabbed_goes_along_with_mirror_on() -> None:
    """Mouth, nose and face hold both of each pair: they follow the pointer."""
    character = Character(points=template() * 100 + 200, size=(400, 400))
    for what in ("mouth", "nose", "jaw", "face"):
        change = points_of(moved(character, group(what), (7, 3), mirror=True)) - points_of(character)
        np.testing.assert_allclose(
            change[[index for index in group(what) if index < COUNT]],
            [(7, 3)] * sum(index < COUNT for index in group(what)),
        )


@settings(max_examples=60, deadline=None)
@given(faces(symmetric=True), ANGLES)
def test_the_midline_is_the_faces_own(character: Character, angle: float) -> None:
    point, direction = midline(character)
    assert np.hypot(*direction) == pytest.approx(1)
    chin = character.points[8] - character.points[27]
    assert chin @ direction == pytest.approx(np.hypot(*chin), rel=1e-6), "from brow to chin"
    assert abs(np.cross(np.append(character.points[8] - point, 0), np.append(direction, 0))[2]) < 1e-6
    turn = turned_about(np.array([10.0, -20.0]), angle)
    turned = transformed(character, range(COUNT), turn)
    np.testing.assert_allclose(midline(turned)[1], turn[:, :2] @ direction, atol=1e-6)


def test_a_part_that_is_not_there_has_no_say_in_the_midline() -> None:
    points = template() * 100 + 200
    points[PARTS["mouth"]] += (300, -200)
    character = Character(points=points, size=(400, 400), present=ALL_PARTS - {"mouth"})
    np.testing.assert_allclose(midline(character)[1], [0, 1], atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(faces(), st.sampled_from(["right", "left"]))
def test_a_half_that_was_copied_over_is_symmetric_and_stays_so(character: Character, side: str) -> None:
    once = mirrored_side(character, side)
    assert asymmetry(once) < 1e-6
    twice = mirrored_side(once, side)
    np.testing.assert_allclose(points_of(twice), points_of(once), atol=1e-7)
    kept = [36, 17, 0] if side == "right" else [45, 26, 16]
    np.testing.assert_array_equal(once.points[kept], character.points[kept])
    assert {once.placed[index] for index in kept} == {"matched"}
    assert {once.placed[MIRROR[index]] for index in kept} <= {"hand"}
    other = "left" if side == "right" else "right"
    for part in ("eye", "brow"):
        assert (f"{other}_{part}" in once.present) == (f"{side}_{part}" in character.present)
    with pytest.raises(FaceShotError):
        mirrored_side(character, "top")


@settings(max_examples=60, deadline=None)
@given(faces(), st.sampled_from([*PARTS, "face"]))
def test_a_box_stands_as_the_face_does_and_holds_its_part(character: Character, what: str) -> None:
    box = part_box(character, what)
    np.testing.assert_allclose(box.axes @ box.axes.T, np.eye(2), atol=1e-9)
    assert np.linalg.det(box.axes) == pytest.approx(1)
    np.testing.assert_allclose(box.axes[1], midline(character)[1])
    shown = [PARTS[part] for part in character.present] if what == "face" else [PARTS[what]]
    points = np.concatenate([character.points[part] for part in shown])
    inside = np.abs((points - box.centre) @ box.axes.T) - box.half
    assert inside.max() == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(box.corners.mean(axis=0), box.centre, atol=1e-9)
    assert len(box.corners) == 4


def test_what_was_touched_was_placed_by_hand() -> None:
    character = Character(
        points=template() * 100 + 200, size=(400, 400), confidence=np.zeros(COUNT), placed=("matched",) * COUNT
    )
    changed = moved(character, [36], (1, 1), mirror=True)
    hand = [index for index, how in enumerate(changed.placed) if how == "hand"]
    assert hand == [36, 45]
    assert np.flatnonzero(changed.confidence).tolist() == hand
    assert set(character.placed) == {"matched"}, "the one before is as it was"
    for nothing in (
        moved(character, [36], (0, 0)),
        moved(character, [], (3, 3)),
        moved(character, [68, 99, -1], (3, 3)),
    ):
        assert nothing is character


def test_groups() -> None:
    assert group("face").tolist() == list(range(70))
    assert group("irises").tolist() == [68, 69]
    assert group("left_eye").tolist() == [42, 43, 44, 45, 46, 47, 69]
    assert sorted(np.concatenate([group(part) for part in PARTS])) == list(range(70))
    with pytest.raises(FaceShotError) as caught:
        group("ears")
    assert caught.value.code is ErrorCode.USAGE


@settings(max_examples=20, deadline=None)
@given(faces(), st.sampled_from(sorted(OPTIONAL_PARTS)))
def test_a_part_taken_out_comes_back_as_it_was(character: Character, part: str) -> None:
    whole = replace(character, present=ALL_PARTS)
    without = without_part(whole, part)
    assert without.present == ALL_PARTS - {part}
    back = with_part(without, part)
    assert back.present == ALL_PARTS
    if np.abs(whole.points - back.points).max() > 0:  # a face so crooked that the part was asked back into place
        assert {back.placed[index] for index in range(*PARTS[part].indices(COUNT))} == {"template"}
    assert with_part(back, part) is back


def test_a_part_comes_back_to_where_the_face_has_gone() -> None:
    character = Character(points=template() * 100 + 200, size=(800, 800))
    gone = without_part(character, "nose")
    indices = np.setdiff1d(np.arange(COUNT), group("nose"))
    turn = turned_about(np.array([0.0, 0.0]), 0.6)
    turn[:, 2] += (150, 40)
    back = with_part(transformed(gone, indices, turn), "nose")
    expected = character.points @ turn[:, :2].T + turn[:, 2]
    np.testing.assert_allclose(back.points, expected, atol=8)
    nose = PARTS["nose"]
    assert set(back.placed[nose]) == {"template"}
    assert set(back.confidence[nose]) == {GUESSED}
    assert with_part(gone, "nose").points[30] == pytest.approx(character.points[30]), "nothing moved: it is as it was"
    assert with_part(character, "irises") is character
    with pytest.raises(FaceShotError):
        with_part(character, "ears")


def test_a_face_keeps_its_jaw() -> None:
    with pytest.raises(FaceShotError) as caught:
        without_part(Character(points=template(), size=(4, 4)), "jaw")
    assert caught.value.code is ErrorCode.USAGE


def test_irises_come_to_the_eyes_and_go() -> None:
    character = with_irises(Character(points=template() * 100 + 200, size=(400, 400)))
    np.testing.assert_allclose(character.iris, [(150, 200), (250, 200)])
    assert with_irises(character) is character
    box = part_box(character, "irises")
    np.testing.assert_allclose(box.half, [50, 0], atol=1e-9)
    change = moved(character, group("right_eye"), (3, 4))
    np.testing.assert_allclose(change.iris, [(153, 204), (250, 200)])
    assert without_irises(character).iris is None
    assert moved(without_irises(character), group("irises"), (5, 5)).iris is None


@settings(max_examples=60, deadline=None)
@given(wild_faces(), st.data())
def test_nothing_is_ever_raised_and_no_number_is_lost(character: Character, data: st.DataObject) -> None:
    what = data.draw(st.sampled_from([*PARTS, "irises", "face"]))
    wild = st.floats() | st.floats(-1e3, 1e3)
    matrix = data.draw(hnp.arrays(np.float64, (2, 3), elements=wild))
    mirror = data.draw(st.booleans())
    box = part_box(character, what)
    assert np.isfinite(box.centre).all()
    assert np.isfinite(box.half).all()
    assert np.isfinite(np.concatenate(midline(character))).all()
    part = data.draw(st.sampled_from(sorted(OPTIONAL_PARTS)))
    edits = [
        transformed(character, group(what), matrix, mirror=mirror),
        moved(character, group(what), matrix[:, 2], mirror=mirror),
        mirrored_side(character, data.draw(st.sampled_from(["right", "left"]))),
        with_part(without_part(character, part), part),
        with_irises(character),
    ]
    for changed in edits:
        touched = (points_of(changed) != points_of(character)) & np.isfinite(points_of(changed))
        assert np.abs(points_of(changed)[touched]).max(initial=0) <= LIMIT
        Character.from_json(changed.to_json())


def test_the_halves_are_all_there_is() -> None:
    right, left = edit._side("right"), edit._side("left")
    assert sorted([*right, *left, *LONELY]) == list(range(70))
