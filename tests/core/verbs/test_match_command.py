# SPDX-License-Identifier: GPL-3.0-or-later
"""`match` as its user meets it: which matcher, how sure and why; what happens where there is no face."""

from __future__ import annotations

import numpy as np
import pytest

from core.character import Character
from core.picture import encode_png
from tests.core.verbs.conftest import hashes

WALL = np.full((200, 300, 3), (120, 130, 140), np.uint8)


@pytest.fixture
def match(engine, tmp_path):
    """match(pixels, ...) asks the engine for a picture of these pixels; the card is tmp_path/found.character.json."""

    def ask(pixels: np.ndarray, **arguments):
        picture = tmp_path / "picture.png"
        picture.write_bytes(encode_png(pixels))
        return engine.answer("match", picture=picture, output=tmp_path / "found.character.json", **arguments)

    return ask


def test_it_says_which_matcher_how_sure_and_why(user, material, tmp_path):
    card = tmp_path / "x.character.json"
    done = user("match", material.picture, "-o", card)
    assert done.code == 0, done.err
    said = done.out + done.err
    assert "confidence" in said
    assert "network" in said
    assert str(card) in said
    result = user("match", material.picture, "-o", tmp_path / "y.character.json", "--json").result
    assert result["matcher"] in ("detector", "network")
    assert result["sure"] is True
    assert 0.5 < result["confidence"] <= 1
    assert result["why"].endswith(".")


def test_no_face_is_an_error_that_says_what_to_do(match, tmp_path):
    error = match(WALL)
    assert (error["code"], error["exit_code"]) == ("character-unsure", 4)
    assert "landmark network sees no face" in error["message"]
    for tool in ("--box", "--anchor", "card", "--guess"):
        assert tool in error["hint"]
    assert not (tmp_path / "found.character.json").exists()


def test_a_guess_is_a_card_to_begin_with(match, tmp_path):
    made = match(WALL, guess=True)
    assert made["sure"] is False
    assert made["matcher"] == "template"
    assert "plain face in the middle" in made["why"]
    character = Character.load(tmp_path / "found.character.json")
    assert character.is_guess
    assert character.size == (300, 200)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((1, 1, 3), np.uint8), ((1, 400, 3), np.uint8), ((2, 2, 1), np.uint16)],
    ids=["one pixel", "one row", "four grey pixels of 16 bit"],
)
def test_next_to_no_pixels(match, tmp_path, shape, dtype):
    for guess in (False, True):
        error = match(np.zeros(shape, dtype), guess=guess)
        assert error["code"] == "character-unsure"
        assert f"{shape[1]} x {shape[0]} px" in error["message"]
        assert error["hint"]
    assert [path.name for path in tmp_path.iterdir()] == ["picture.png"]


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((90, 120, 4), np.uint8),
        np.full((90, 120, 1), 40000, np.uint16),
        np.full((90, 120, 2), 9, np.uint8),
        np.full((16, 6000, 3), 77, np.uint8),
    ],
    ids=["all transparent", "grey of 16 bit", "grey with alpha", "a strip"],
)
def test_pictures_without_a_face_of_every_kind(match, pixels):
    assert match(pixels)["code"] == "character-unsure"
    assert match(pixels, guess=True)["sure"] is False


def test_a_picture_that_is_too_large_is_told_before_it_is_read(match, tmp_path):
    error = match(np.zeros((1, 20000, 1), np.uint8), guess=True)
    assert error["code"] == "input-unreadable"
    assert "20000 x 1 px is too large" in error["message"]
    assert "16384" in error["hint"]


def test_animate_ends_where_nobody_is_sure_and_names_the_ways_on(animate, engine, tmp_path):
    picture = tmp_path / "wall.png"
    picture.write_bytes(encode_png(WALL))
    before = hashes(tmp_path)
    error = animate(picture=picture)
    assert (error["code"], error["exit_code"]) == ("character-unsure", 4)
    for tool in ("--box", "--anchor", "card"):
        assert tool in error["hint"]
    assert hashes(tmp_path) == before


def test_animate_with_a_guess_that_nobody_has_put_right_warns(animate, engine, material, tmp_path):
    """The user has seen it and says go."""
    picture = tmp_path / "wall.png"
    picture.write_bytes(encode_png(WALL))
    assert engine.answer("match", picture=picture, output=tmp_path / "wall.character.json", guess=True)["sure"] is False
    made = animate(picture=picture, end=0.1, no_movie=True)
    assert made["matcher"] == "card", made
    assert any("guess" in warning for warning in made["warnings"])
