# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces from a few clicks: the places that were clicked, the sides, the parts, and what is said about bad input."""

from __future__ import annotations

import contextlib
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.landmarks import COUNT, PARTS, eye_centres, face_width, template_in_box
from core.placing.anchors import ANCHORS, KINDS, MOST, NAMES, face_from_anchors, next_anchor, read_anchors
from demo.cast import CAST

SIZE = (800, 600)
EMOJI = {
    "right_eye": (300.0, 250.0),
    "left_eye": (500.0, 250.0),
    "mouth_right": (310.0, 400.0),
    "mouth_left": (490.0, 400.0),
    "chin": (400.0, 520.0),
}
DRAWN = ("anime", "bear", "boy", "cat", "child", "elf", "emoji", "oldman", "robot", "toon")
SIDES = {"right": "left", "left": "right"}


def renamed(name: str, groups: tuple[str, ...]) -> str:
    words = name.split("_")
    return "_".join(SIDES.get(word, word) for word in words) if set(words) & set(groups) else name


def lacking(present: frozenset[str]) -> list[str]:
    return [name for name in ANCHORS if KINDS[name].lacks and not present & set(KINDS[name].lacks)]


def asked(points: np.ndarray, present: frozenset[str], *, most: int = MOST) -> dict[str, tuple[float, float]]:
    """The anchors that are asked for of a face with those parts, exactly clicked."""
    placed: dict[str, tuple[float, float]] = {}
    while len(placed) < most and (name := next_anchor(placed, lacking(present))) is not None:
        x, y = points[list(KINDS[name].points)].mean(axis=0)
        placed[name] = (float(x), float(y))
    return placed


@pytest.fixture(scope="module")
def drawings() -> list:
    return [CAST[name](128) for name in DRAWN]


def error(points: np.ndarray, drawing) -> float:
    """In % of the face's width, over the parts that it has."""
    there = np.concatenate([np.arange(COUNT)[PARTS[part]] for part in sorted(drawing.present)])
    off = np.linalg.norm(points - drawing.points, axis=1)[there].mean()
    return float(100 * off / face_width(drawing.points))


def test_cast_is_placed_with_seven_clicks(drawings) -> None:
    errors: dict[str, list[float]] = {"box": [], "3": [], "5": [], "7": []}
    for drawing in drawings:
        low, high = drawing.points.min(axis=0), drawing.points.max(axis=0)
        errors["box"].append(error(template_in_box((*low, *(high - low))), drawing))
        for most in (3, 5, 7):
            anchors = asked(drawing.points, drawing.present, most=most)
            made = face_from_anchors(anchors, drawing.size, skipped=lacking(drawing.present))
            assert made.present == drawing.present
            errors[str(most)].append(error(made.points, drawing))
    means = [np.mean(of) for of in errors.values()]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 4.5
    assert max(errors["7"]) < 10


def test_dot_eyed_emoji_is_good_with_seven_clicks_and_a_drag() -> None:
    drawing = CAST["emoji"](256)
    anchors = asked(drawing.points, drawing.present)
    assert len(anchors) == MOST
    anchors["right_eye_edge"] = tuple(drawing.points[36])
    assert error(face_from_anchors(anchors, drawing.size, skipped=["nose", "right_brow"]).points, drawing) < 3


def test_what_was_mixed_up_is_put_right(drawings) -> None:
    for drawing in drawings:
        anchors = asked(drawing.points, drawing.present)
        straight = face_from_anchors(anchors, drawing.size, skipped=lacking(drawing.present))
        groups = [group for group in ("eye", "mouth", "brow", "head") if any(group in name for name in anchors)]
        for chosen in [(), *itertools.combinations(groups, 1), tuple(groups)]:
            mixed = {renamed(name, chosen): place for name, place in anchors.items()}
            skipped = [name for name in lacking(drawing.present) if name not in mixed]
            reading = read_anchors(mixed, drawing.size, skipped=skipped)
            assert reading.swapped == chosen
            assert bool(reading.words) == bool(chosen)
            assert np.allclose(reading.character.points, straight.points)


def test_two_eyes_the_wrong_way_round_are_put_right() -> None:
    wrong = {"right_eye": EMOJI["left_eye"], "left_eye": EMOJI["right_eye"]}
    reading = read_anchors(wrong, SIZE)
    assert reading.swapped == ("eye",)
    assert "on the left as you see it" in reading.words
    right, left = eye_centres(reading.character.points)
    assert right[0] < left[0]
    assert reading.character.points[8, 1] > 300


def test_head_upside_down_stays_so() -> None:
    turned = {name: (800 - x, 600 - y) for name, (x, y) in EMOJI.items()}
    reading = read_anchors(turned, SIZE)
    assert reading.swapped == ()
    upright = face_from_anchors(EMOJI, SIZE)
    assert np.allclose(reading.character.points, np.array(SIZE) - upright.points)


@settings(max_examples=60, deadline=None)
@given(
    names=st.sets(st.sampled_from(ANCHORS), min_size=1),
    places=st.lists(st.tuples(st.floats(0, 800), st.floats(0, 600)), min_size=10, max_size=10),
    skipped=st.sets(st.sampled_from(ANCHORS)),
)
def test_any_clicks_make_a_face_or_clear_words(names, places, skipped) -> None:
    anchors = dict(zip(sorted(names), places, strict=False))
    alone = min((np.hypot(*np.subtract(a, b)) for a, b in itertools.combinations(anchors.values(), 2)), default=1e9)
    if alone < 20:
        with pytest.raises(FaceShotError, match="one spot") if alone < 1 else contextlib.suppress(FaceShotError):
            read_anchors(anchors, SIZE, skipped=skipped - names)
        return
    reading = read_anchors(anchors, SIZE, skipped=skipped - names)
    made = reading.character
    assert np.isfinite(made.points).all()
    assert ((made.confidence >= 0) & (made.confidence <= 1)).all()
    for name, place in anchors.items():
        other = renamed(name, reading.swapped)
        assert np.allclose(made.points[list(KINDS[other].points)].mean(axis=0), place, atol=1e-3)


@pytest.mark.parametrize("name", ANCHORS)
def test_one_click_gives_a_face_that_the_picture_has_room_for(name: str) -> None:
    made = face_from_anchors({name: (400.0, 330.0)}, SIZE)
    assert np.allclose(made.points[list(KINDS[name].points)].mean(axis=0), (400, 330))
    assert made.points.min() >= 0
    assert (made.points <= SIZE).all()
    assert face_width(made.points) > 100


@pytest.mark.parametrize(
    ("edge", "grows"), [((330.0, 250.0), 0), ((270.0, 250.0), 0), ((300.0, 210.0), 1), ((300.0, 290.0), 1)]
)
def test_edge_of_an_eye_says_how_large_both_are(edge, grows: int) -> None:
    plain = face_from_anchors(EMOJI, SIZE).points
    small, large = (
        face_from_anchors(
            {**EMOJI, "right_eye_edge": tuple(300 * np.array([1, 250 / 300]) + scale * np.subtract(edge, (300, 250)))},
            SIZE,
        ).points
        for scale in (0.5, 1.5)
    )
    for eye in (slice(36, 42), slice(42, 48)):
        assert np.ptp(large[eye, grows]) > np.ptp(small[eye, grows]) * 1.2
        assert np.allclose(eye_centres(large), eye_centres(plain))
    if grows == 0:
        assert np.ptp(large[36:42, 0]) == pytest.approx(2 * 1.5 * 30, rel=0.02)


def test_skipping_says_what_is_missing() -> None:
    made = face_from_anchors(EMOJI, SIZE, skipped=["nose", "right_brow", "mouth_bottom"])
    assert made.present == {"jaw", "right_eye", "left_eye", "mouth"}
    assert made.iris is not None
    one_eyed = face_from_anchors(
        {name: EMOJI[name] for name in EMOJI if name != "left_eye"}, SIZE, skipped=["left_eye"]
    )
    assert "left_eye" not in one_eyed.present
    assert one_eyed.iris is None
    assert face_from_anchors(EMOJI, SIZE, skipped=[]).present == set(PARTS)


def test_right_ones_are_asked_for() -> None:
    assert [next_anchor(ANCHORS[:count]) for count in range(8)] == [*ANCHORS[:7], None]
    assert next_anchor(ANCHORS[:6], ["right_brow"]) == "head_right"
    assert next_anchor([*ANCHORS[:4], "chin"], ["mouth_bottom", *ANCHORS[6:8]]) == "mouth_top"
    assert next_anchor(ANCHORS[:2], ["nose", "mouth_right"]) == "chin"
    assert next_anchor([], ANCHORS) is None


@pytest.mark.parametrize(
    ("anchors", "skipped", "words"),
    [
        ({}, [], "No place of the face"),
        ({"right_eye": (10, 10)}, ["right_eye"], "placed and skipped"),
        ({"ear": (10, 10)}, [], "No anchor is called 'ear'"),
        ({"right_eye": (10, 10)}, ["wart"], "No anchor is called 'wart'"),
        ({"right_eye": (10, float("nan")), "left_eye": (30, 10)}, [], "right_eye is at no place"),
        ({"right_eye": (10, float("inf"))}, [], "at no place"),
        ({"right_eye": (10, 10), "left_eye": (1200, 10)}, [], "left_eye at 1200,10 lies outside the picture"),
        ({"right_eye": (10, -1)}, [], "outside the picture"),
        ({"chin": (10, 900)}, [], "outside the picture"),
        (dict.fromkeys(EMOJI, (50, 50)), [], "All anchors lie on one spot"),
        ({**EMOJI, "nose": EMOJI["chin"]}, [], "chin and nose lie on one spot"),
        ({"chin": (50, 50), "right_eye_edge": (60, 60)}, [], "right_eye_edge says how large"),
    ],
)
def test_bad_input_is_answered_in_words(anchors, skipped, words: str) -> None:
    with pytest.raises(FaceShotError) as raised:
        face_from_anchors(anchors, SIZE, skipped=skipped)
    assert raised.value.code is ErrorCode.USAGE
    assert words in str(raised.value)


def test_head_may_reach_over_the_edge() -> None:
    made = face_from_anchors({**EMOJI, "chin": (400.0, 650.0)}, SIZE)
    assert np.allclose(made.points[8], (400, 650))


def test_names_are_all_there() -> None:
    assert set(ANCHORS) < set(NAMES)
    assert all(KINDS[kind.other].other == name for name, kind in KINDS.items() if kind.other)
