# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.character import MAX_CARD_BYTES, PLACED, Character, card_beside, file_hash, find_card
from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, COUNT, OPTIONAL_PARTS, template_in_box

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def characters(draw: st.DrawFn) -> Character:
    return Character(
        points=draw(hnp.arrays(np.float64, (COUNT, 2), elements=FINITE)),
        size=draw(st.tuples(st.integers(1, 10**6), st.integers(1, 10**6))),
        present=frozenset({"jaw"} | draw(st.sets(st.sampled_from(sorted(OPTIONAL_PARTS))))),
        iris=draw(st.none() | hnp.arrays(np.float64, (2, 2), elements=FINITE)),
        confidence=draw(hnp.arrays(np.float64, COUNT, elements=st.floats(0, 1))),
        placed=tuple(draw(st.lists(st.sampled_from(PLACED), min_size=COUNT, max_size=COUNT))),
        picture=draw(st.text(max_size=30)),
        picture_hash=draw(st.text(alphabet="0123456789abcdef", max_size=64)),
        limits=draw(st.dictionaries(st.text(max_size=8), FINITE, max_size=3)),
    )


def some() -> Character:
    return Character(points=template_in_box((10, 20, 100, 120)), size=(200, 300), picture="a.png", limits={"yaw": 20.0})


@settings(max_examples=50, deadline=None)
@given(characters())
def test_a_card_gives_back_the_character_exactly(character: Character) -> None:
    text = character.to_json()
    read = Character.from_json(text)
    for name in ("points", "confidence", "iris"):
        ours, theirs = getattr(character, name), getattr(read, name)
        assert (ours is None) == (theirs is None)
        assert ours is None or ours.tobytes() == theirs.tobytes()
    for name in ("size", "present", "placed", "picture", "picture_hash", "limits"):
        assert getattr(read, name) == getattr(character, name), name
    # one form: what is saved again is the same text
    assert read.to_json() == text
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def test_a_file_gives_back_the_character(tmp_path: Path) -> None:
    path = tmp_path / "folder with ümlaut" / "a.character.json"
    some().save(path)
    assert Character.load(path).to_json() == some().to_json()


def test_defaults_are_a_whole_face_placed_by_hand() -> None:
    character = Character(points=np.zeros((COUNT, 2)), size=(1, 1))
    assert character.present == ALL_PARTS
    assert set(character.placed) == {"hand"}
    assert (character.confidence == 1).all()
    assert character.iris is None
    other = Character(points=np.zeros((COUNT, 2)), size=(1, 1))
    assert other.limits is not character.limits
    assert other.confidence is not character.confidence


@pytest.mark.parametrize(
    "change",
    [
        {"points": np.zeros((67, 2))},
        {"points": np.zeros((COUNT, 3))},
        {"points": np.full((COUNT, 2), np.nan)},
        {"points": np.full((COUNT, 2), np.inf)},
        {"confidence": np.ones(5)},
        {"confidence": np.full(COUNT, np.nan)},
        {"placed": ("hand",)},
        {"placed": ("guessed",) * COUNT},
        {"iris": np.zeros(2)},
        {"iris": np.full((2, 2), np.nan)},
        {"size": (0, 5)},
        {"size": (5, -5)},
        {"present": frozenset({"nose"})},
        {"present": frozenset({"jaw", "ears"})},
    ],
)
def test_a_character_that_does_not_fit_is_not_made(change: dict) -> None:
    with pytest.raises(FaceShotError) as caught:
        replace(some(), **change)
    assert caught.value.code is ErrorCode.USAGE


@pytest.mark.parametrize(
    "change",
    [
        {"format": "faceshot.other"},
        {"format": None},
        {"version": 2},
        {"version": "1"},
        {"version": None},
        {"points": [[0, 0]] * 67},
        {"points": [[0, 0, 0]] * COUNT},
        {"points": [[0, 0]] * 67 + [[0]]},
        {"points": [["a", "b"]] * COUNT},
        {"points": None},
        {"points": {}},
        {"size": [640]},
        {"size": [640, 480, 3]},
        {"size": ["a", "b"]},
        {"size": [0, 0]},
        {"size": None},
        {"present": ["ears"]},
        {"present": None},
        {"present": 5},
        {"iris": [[0, 0]]},
        {"confidence": []},
        {"confidence": None},
        {"placed": ["hand"]},
        {"placed": ["guessed"] * COUNT},
        {"placed": 3},
        {"limits": {"yaw": "wide"}},
        {"limits": []},
        {"limits": {"yaw": None}},
    ],
)
def test_a_card_that_does_not_fit_is_refused(change: dict) -> None:
    card = json.loads(some().to_json()) | change
    with pytest.raises(FaceShotError) as caught:
        Character.from_json(json.dumps(card), source="a.character.json")
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    assert "a.character.json" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["points", "size", "present", "confidence", "placed", "version"])
def test_a_card_that_lacks_something_is_refused(name: str) -> None:
    card = json.loads(some().to_json())
    del card[name]
    with pytest.raises(FaceShotError) as caught:
        Character.from_json(json.dumps(card))
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE


def test_numbers_that_are_none_are_refused() -> None:
    text = some().to_json()
    for word in ("NaN", "Infinity", "-Infinity", "1e999"):
        for name in ('"yaw": 20.0', '"size": [\n  200'):
            assert name in text
            wrong = text.replace(name, name.replace("20.0", word).replace("200", word))
            with pytest.raises(FaceShotError) as caught:
                Character.from_json(wrong)
            assert caught.value.code is ErrorCode.INPUT_UNREADABLE


@pytest.mark.parametrize("text", ["", "{", "[]", "5", "null", '"text"', "{}", "[" * 100000, "\ufeff{}"])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(FaceShotError) as caught:
        Character.from_json(text)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_card_is_read_or_refused_in_words(data: st.DataObject) -> None:
    text = some().to_json()
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 40)))
    broken = text[:start] + data.draw(st.text(max_size=10)) + text[end:]
    assert read_or_refused(broken)


def read_or_refused(text: str) -> bool:
    try:
        return Character.from_json(text).points.shape == (COUNT, 2)
    except FaceShotError as error:
        return error.code is ErrorCode.INPUT_UNREADABLE


def test_files_that_are_no_cards_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.character.json"
    for content in (b"\xff\xfe\x00", b"\x89PNG", b" " * (MAX_CARD_BYTES + 1)):
        path.write_bytes(content)
        with pytest.raises(FaceShotError) as caught:
            Character.load(path)
        assert caught.value.code is ErrorCode.INPUT_UNREADABLE
    for missing in (tmp_path / "none.json", tmp_path):
        with pytest.raises(FaceShotError) as caught:
            Character.load(missing)
        assert caught.value.code is ErrorCode.INPUT_MISSING


def test_the_hash_is_of_the_files_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"pixels" * 100000)
    assert file_hash(path) == hashlib.sha256(b"pixels" * 100000).hexdigest()
    with pytest.raises(FaceShotError) as caught:
        file_hash(tmp_path / "none.png")
    assert caught.value.code is ErrorCode.INPUT_MISSING


def test_the_card_of_a_copy_is_found_by_its_bytes(tmp_path: Path) -> None:
    picture, copy, other = (tmp_path / name for name in ("a.png", "a copy.png", "other.png"))
    for path, content in ((picture, b"pixels"), (copy, b"pixels"), (other, b"others")):
        path.write_bytes(content)
    digest = file_hash(picture)
    assert find_card(copy, digest) is None
    assert find_card(tmp_path / "nowhere" / "a.png", digest) is None
    (tmp_path / "0.character.json").write_text("{" + digest)
    replace(some(), picture_hash=digest).save(card_beside(picture))
    assert find_card(picture, digest) == find_card(copy, digest) == card_beside(picture)
    assert find_card(other, file_hash(other)) is None
    replace(some(), picture_hash=file_hash(other), picture=digest).save(card_beside(other))
    assert find_card(copy, digest) == card_beside(picture), "the hash of its picture counts, not a word in it"
    replace(some(), picture_hash=digest).save(card_beside(copy))
    assert find_card(copy, digest) == card_beside(copy), "its own one first"
    assert find_card(copy, "") is None


@settings(max_examples=50, deadline=None)
@given(characters(), st.floats(0.05, 8))
def test_a_picture_made_larger_or_smaller_has_the_same_shape(character: Character, scale: float) -> None:
    character = replace(character, points=np.clip(character.points, -1e5, 1e5), iris=None)
    width, height = character.size
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    assert character.has_shape(size)
    there = character.resized(size)
    assert there.size == size
    np.testing.assert_allclose(there.resized(character.size).points, character.points, rtol=1e-9, atol=1e-6)
    assert character.resized(character.size) is character


def test_a_cropped_picture_has_another_shape() -> None:
    character = replace(some(), iris=np.array([[50.0, 60], [80, 60]]))
    assert not character.has_shape((200, 280))
    assert not character.has_shape((300, 200))
    larger = character.resized((400, 600))
    assert larger.points[0] == pytest.approx(character.points[0] * 2)
    assert larger.iris is not None
    assert larger.iris[0] == pytest.approx([100, 120])
