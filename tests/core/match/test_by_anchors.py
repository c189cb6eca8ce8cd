# SPDX-License-Identifier: GPL-3.0-or-later
"""`match --anchor`: the template goes by places of the face."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.character import Character, file_hash
from core.cli import main
from core.errors import ErrorCode, FaceShotError
from core.landmarks import eye_centres
from core.match import match_face
from core.picture import Picture, encode_png
from core.verbs.options import named_place

PLACES = {"right_eye": (60.0, 60.0), "left_eye": (120.0, 60.0), "nose": None, "mouth_right": (65.0, 110.0)}


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "plain.png"
    path.write_bytes(encode_png(np.full((180, 180, 3), 200, np.uint8)))
    return path


@pytest.mark.parametrize("matcher", ["auto", "template"])
def test_face_lies_where_its_anchors_are(matcher: str) -> None:
    plain = Picture(pixels=np.full((180, 180, 3), 200, np.uint8), path=None)
    found = match_face(plain, matcher=matcher, anchors=PLACES)
    assert (found.matcher, found.sure, found.by_user) == ("template", False, True)
    assert found.why == "The likeliest face by 3 anchors."
    assert np.allclose(eye_centres(found.character.points), [PLACES["right_eye"], PLACES["left_eye"]])
    assert "nose" not in found.character.present


def test_command_line_says_what_it_put_right(picture: Path, capsys: pytest.CaptureFixture) -> None:
    card = picture.with_name("plain.character.json")
    places = ["--anchor", "right_eye=120,60", "--anchor", "left_eye=60,60", "--anchor", "nose=none"]
    assert main(["match", str(picture), "--matcher", "template", *places, "-o", str(card)]) == 0
    assert "put right for the eyes." in capsys.readouterr().out
    made = Character.load(card)
    assert np.allclose(eye_centres(made.points), [(60, 60), (120, 60)])
    assert made.picture_hash == file_hash(picture)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--anchor", "ear=1,2"], "No anchor is called 'ear'"),
        (["--anchor", "nose=1"], "NAME=X,Y"),
        (["--anchor", "nose=1,nan"], "finite"),
        (["--anchor", "nose=1,2,3"], "NAME=X,Y"),
        (["--anchor", "nose=5000,2"], "outside the picture"),
        (["--anchor", "nose=50,50", "--matcher", "network"], "does not go by anchors"),
        (["--anchor", "nose=none"], "No place of the face is known"),
    ],
)
def test_bad_anchors_are_answered_in_words(picture: Path, words: list[str], said: str, capsys) -> None:
    card = picture.with_name("plain.character.json")
    assert main(["match", str(picture), *words, "-o", str(card)]) == 2
    assert said in capsys.readouterr().err
    assert not card.exists()


def test_anchor_is_read_from_text_and_from_json() -> None:
    assert named_place("chin=3,4.5") == named_place(["chin", [3, 4.5]]) == ("chin", (3.0, 4.5))
    assert named_place(["nose", None]) == named_place("nose=None") == ("nose", None)


def test_template_alone_still_asks_for_a_place() -> None:
    plain = Picture(pixels=np.full((20, 20, 3), 9, np.uint8), path=None)
    with pytest.raises(FaceShotError) as raised:
        match_face(plain, matcher="template", anchors={})
    assert raised.value.code is ErrorCode.USAGE
