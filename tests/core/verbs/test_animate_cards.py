# SPDX-License-Identifier: GPL-3.0-or-later
"""Character cards that are of another picture, damaged, or full of nonsense."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.character import Character
from core.picture import encode_png, read_picture
from tests.core.verbs.conftest import SIDE, hashes


@pytest.fixture(scope="module")
def card(material) -> dict:
    return json.loads(material.card.read_text())


def moved(card: dict, by: tuple[float, float], scale: float = 1.0) -> dict:
    return {**card, "points": (np.array(card["points"]) * scale + by).tolist()}


# how a card is changed, exit code, code, words
SPOILT = {
    "no card": (lambda c: None, 3, "input-missing", "No character card"),
    "empty": (lambda c: "", 3, "input-unreadable", "Cannot read"),
    "cut short": (lambda c: json.dumps(c)[:900], 3, "input-unreadable", "Cannot read"),
    "no text": (lambda c: b"\xff\xfe\x00{", 3, "input-unreadable", "no character card"),
    "a list": (lambda c: [c], 3, "input-unreadable", "no character card"),
    "a thousand brackets": (lambda c: "[" * 100_000, 3, "input-unreadable", "Cannot read"),
    "of a newer version": (lambda c: {**c, "version": 99}, 3, "input-unreadable", "version is 99"),
    "67 points": (lambda c: {**c, "points": c["points"][:67]}, 3, "input-unreadable", "68 finite points"),
    "a point that is none": (
        lambda c: json.dumps({**c, "points": [["@", 1], *c["points"][1:]]}).replace('"@"', "NaN"),
        3, "input-unreadable", "68 finite points",
    ),
    "an infinite limit": (lambda c: json.dumps({**c, "limits": {"yaw": 7}}).replace("7}", "1e999}"), 3,
        "input-unreadable", "not finite"),
    "a part that nobody has": (lambda c: {**c, "present": ["tail"]}, 3, "input-unreadable", "tail"),
    "no parts": (lambda c: {**c, "present": []}, 3, "input-unreadable", "jaw line"),
    "of another size": (lambda c: {**c, "size": [512, 300]}, 3, "input-unreadable", "512 x 300"),
    "all points outside": (lambda c: moved(c, (SIDE * 3, 0)), 4, "character-unsure", "68 of the character's 68"),
    "most points outside": (lambda c: moved(c, (0, 130)), 4, "character-unsure", "lie outside its picture"),
    "points beyond the moon": (lambda c: moved(c, (0, 0), 1e300), 4, "character-unsure", "lie outside"),
    "all points in one place": (
        lambda c: {**c, "points": [[100, 100]] * 68}, 4, "character-unsure", "no room for a face"),
    "all points on a line": (
        lambda c: {**c, "points": [[50 + k, 100] for k in range(68)]}, 4, "character-unsure", "no room for a face"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILT)
def test_a_card_that_is_refused(animate, card, tmp_path, case):
    spoil, exit_code, code, words = SPOILT[case]
    path, content = tmp_path / "x.character.json", spoil(card)
    if content is not None:
        text = content if isinstance(content, str | bytes) else json.dumps(content)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    before = hashes(tmp_path)
    error = animate(character=path)
    assert (error["exit_code"], error["code"]) == (exit_code, code), error
    assert words in error["message"], error
    assert error["hint"]
    assert hashes(tmp_path) == before


@pytest.mark.parametrize("by", [(-110, 0), (100, 0), (0, -110), (0, 80)])
def test_a_face_that_leaves_its_picture_in_part(animate, card, tmp_path, by):
    """A portrait that is cut at an eye or at the mouth is a portrait."""
    path = tmp_path / "x.character.json"
    path.write_text(json.dumps(moved(card, by)))
    assert animate(character=path, end=0.2)["frame_count"] == 5


def test_a_card_of_another_picture(animate, engine, material, tmp_path):
    """Named, it is used and the artist is told: a retouched picture is another one, too. Lying there, it is left."""
    retouched = tmp_path / "hero.png"
    retouched.write_bytes(encode_png(255 - read_picture(material.picture).pixels))
    made = animate(picture=retouched, character=material.card, end=0.1)
    assert made["matcher"] == "card", made
    assert made["warnings"] == engine.warnings == ["toon.character.json was made for another picture than hero.png."]
    shutil.copy(material.card, tmp_path / "hero.character.json")
    card = (tmp_path / "hero.character.json").read_bytes()
    made = animate(picture=retouched, matcher="template", box=[40, 40, 170, 190], output=tmp_path / "a", end=0.1)
    assert made["matcher"] == "template", made
    error = animate(picture=retouched, output=tmp_path / "b", end=0.1)
    assert error.get("code") == "character-unsure" or error["matcher"] in ("detector", "network")
    assert any("left aside" in warning for warning in engine.warnings)
    assert (tmp_path / "hero.character.json").read_bytes() == card


def test_a_copy_of_the_picture_has_its_card(animate, engine, material, card, tmp_path):
    copy = tmp_path / "another name.png"
    shutil.copy(material.picture, copy)
    shutil.copy(material.card, tmp_path / "toon.character.json")
    made = animate(picture=copy, output=tmp_path / "out", end=0.1, no_movie=True)
    assert made["matcher"] == "card", made
    assert not engine.warnings
    written = Character.load(tmp_path / "out" / "another name.character.json")
    np.testing.assert_array_equal(written.points, card["points"])


def test_doubtful_points_are_told(animate, material, card, tmp_path):
    eyes = [*card["points"][:36], *card["points"][42:48], *card["points"][42:48], *card["points"][48:]]
    path = tmp_path / "x.character.json"
    path.write_text(json.dumps({**card, "points": eyes}))
    made = animate(character=path, end=0.1, no_movie=True)
    assert made["warnings"] == ["Right eye and left eye lie on one spot."]


def test_match_does_not_write_over_handwork(user, material, tmp_path):
    card = tmp_path / "a.character.json"
    match = ("match", material.picture, "--matcher", "template", "--box", "40,40,170,190", "-o", card)
    assert user(*match).code == 0
    assert user(*match).code == 0, "a guess may be made again"
    guess = Character.load(card)
    by_hand = ("hand", *guess.placed[1:])
    Character(points=guess.points, size=guess.size, placed=by_hand).save(card)
    before = card.read_bytes()
    done = user(*match)
    assert done.code == 3
    assert "placed by hand" in done.err
    assert card.read_bytes() == before


numbers = st.one_of(st.floats(-300, 600), st.floats(allow_nan=False, allow_infinity=False), st.integers(-5, 300))


@pytest.mark.long
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    points=st.lists(st.tuples(numbers, numbers), min_size=1, max_size=68),
    at=st.integers(0, 67),
    present=st.sets(st.sampled_from(["right_brow", "left_brow", "nose", "right_eye", "left_eye", "mouth"])),
)
def test_any_points_end_well(animate, card, tmp_path, points, at, present):
    """Some points anywhere, parts missing: frames, or an error that has a code of its own."""
    placed = [list(point) for point in card["points"]]
    placed[at : at + len(points)] = [list(point) for point in points][: 68 - at]
    path = tmp_path / "x.character.json"
    path.write_text(json.dumps({**card, "points": placed, "present": ["jaw", *present]}))
    answer = animate(character=path, end=0.1, no_movie=True, output=tmp_path / "out")
    assert "frame_count" in answer or answer["code"] in ("character-unsure", "input-unreadable", "usage"), answer
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
