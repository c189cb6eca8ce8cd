# SPDX-License-Identifier: GPL-3.0-or-later
"""`gallery`: a gallery built by command from drawn characters, extended by photographs, listed, verified, refused; and
`--matcher features`, which goes by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.cli import main
from core.errors import ErrorCode, FaceShotError
from core.match import match_face
from core.match.features import installed
from core.models import ModelStore
from core.picture import Picture, read_picture
from core.progress import cancelled
from core.verbs import VERBS, Context
from core.verbs.options import from_request
from demo.make import main as make
from tests.core.match.features.conftest import ASTRONAUT, CHELSEA, DRAWN, laid, photograph
from tests.core.match.features.patches import PatchExtractor

Command = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without networks, whose gallery is empty."""
    monkeypatch.setenv("FACESHOT_GALLERY", str(tmp_path / "gallery"))
    monkeypatch.setenv("FACESHOT_FEATURES", str(tmp_path / "no-networks"))
    return tmp_path


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> PatchExtractor:
    """Networks that are here: those of the tests."""
    extractor = PatchExtractor()
    monkeypatch.setattr(installed, "require_installed", lambda store=None: None)
    monkeypatch.setattr(installed, "load_extractor", lambda **settings: extractor)
    monkeypatch.setattr(installed, "has_accelerator", lambda: False)
    monkeypatch.setattr(installed, "weights_here", lambda store=None: None)
    return extractor


@pytest.fixture
def gallery(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `gallery` as a command: its last JSON line; `code` is the exit code to expect."""

    def run(*words: object, code: int = 0) -> dict[str, Any]:
        assert main(["gallery", *map(str, words), "--json"]) == code
        result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return result if code == 0 else result["error"]

    return run


@pytest.fixture
def drawings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with three drawn characters, made by the command that draws them."""
    assert make([str(tmp_path / "cast"), *DRAWN, "--size", "256"]) == 0
    capsys.readouterr()
    return tmp_path / "cast"


def test_a_gallery_from_drawings_and_two_photographs(
    gallery: Command, drawings: Path, networks: PatchExtractor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = gallery("build", drawings, "--domain", "drawn", "--licence", "CC0-1.0")
    assert [item["id"] for item in made["items"]] == sorted(DRAWN)
    assert {item["features"] for item in made["items"]} == {"made"}
    for name, places in (("astronaut", ASTRONAUT), ("chelsea", CHELSEA)):
        picture = photograph(name, tmp_path / "photos", laid(places))
        made = gallery("add", picture, "--domain", "photo", "--licence", "public domain", "--source", "scikit-image")
    assert len(gallery("list")["items"]) == 5
    assert gallery("verify")["notes"] == []
    assert main(["gallery", "list"]) == 0
    words = capsys.readouterr().out
    assert "5 faces" in words
    assert "chelsea" in words
    assert "scikit-image" in words
    networks.__init__(seed=3)  # type: ignore[misc]
    with pytest.raises(FaceShotError, match="another extractor"):
        match_face(read_picture(drawings / "toon.png"), matcher="features")
    networks.maps = 0
    gallery("build")
    assert networks.maps == 5
    matched = match_face(read_picture(drawings / "toon.png"), matcher="features", guess=True)
    assert matched.matcher == "features"
    assert set(matched.character.placed) == {"matched"}


def test_without_networks_faces_are_kept_and_features_said_to_lack(gallery: Command, drawings: Path) -> None:
    made = gallery("build", drawings)
    assert {item["features"] for item in made["items"]} == {"missing"}
    assert {item["domain"] for item in made["items"]} == {"cast"}
    assert len(gallery("verify")["notes"]) == 3  # licences
    error = gallery("build", code=ErrorCode.MODEL_MISSING.exit_code)
    assert "models fetch features" in error["hint"]
    assert "RAIL" in error["hint"]
    assert "GB" in error["hint"]


def test_what_cannot_be_done_is_said(gallery: Command, drawings: Path, tmp_path: Path) -> None:
    toon = drawings / "toon.png"
    for words, code, said in (
        (("list",), ErrorCode.INPUT_MISSING, "No gallery"),
        (("build",), ErrorCode.INPUT_MISSING, "No gallery"),
        (("build", tmp_path / "none.png"), ErrorCode.INPUT_MISSING, "Cannot open"),
        (("add", toon, drawings / "cat.png"), ErrorCode.USAGE, "one picture"),
        (("add", drawings), ErrorCode.USAGE, "one picture"),
        (("list", toon), ErrorCode.USAGE, "takes no pictures"),
        (("build", toon, "--name", "x"), ErrorCode.USAGE, "for one picture"),
        (("burn",), ErrorCode.USAGE, "burn"),
    ):
        error = gallery(*words, code=code.exit_code)
        assert error["code"] == code.slug
        assert said in error["message"]
    gallery("add", toon)
    assert "already" in gallery("add", toon, code=2)["message"]
    assert len(gallery("add", toon, "--replace")["items"]) == 1
    assert len(gallery("add", toon, "--name", "toon-2", "--card", drawings / "toon.character.json")["items"]) == 2
    image = tmp_path / "gallery" / "images" / "toon.png"
    image.write_bytes(image.read_bytes()[:500])
    assert "was changed" in gallery("verify", code=3)["message"]


def test_an_engine_may_be_asked_for_it(drawings: Path) -> None:
    verb = VERBS["gallery"]
    request = {
        "action": "build",
        "sources": [str(drawings / "toon.png"), str(drawings / "cat.png")],
        "licence": "CC0-1.0",
    }
    made = verb.run(from_request(verb.options, request), Context())
    assert [item["id"] for item in made["items"]] == ["toon", "cat"]
    assert "2 faces" in verb.summary(made)


def test_the_features_say_what_they_lack_and_auto_does_without(drawings: Path, tmp_path: Path) -> None:
    picture = read_picture(drawings / "toon.png")
    with pytest.raises(FaceShotError, match=r"models fetch features.*OpenCLIP") as caught:
        match_face(picture, matcher="features")
    assert caught.value.code is ErrorCode.MODEL_MISSING
    bare = Picture(pixels=np.full((300, 300, 3), 90, np.uint8))
    with pytest.raises(FaceShotError) as unsure:  # as ever: features that are not there are not missed
        match_face(bare, matcher="auto", store=ModelStore(tmp_path / "none"))
    assert "fetch features" not in str(unsure.value)


def test_auto_hears_the_features_where_all_is_there(
    gallery: Command, drawings: Path, networks: PatchExtractor, tmp_path: Path
) -> None:
    gallery("build", drawings)
    networks.maps = 0
    bare = Picture(pixels=np.full((300, 300, 3), 90, np.uint8))
    matched = match_face(bare, guess=True, store=ModelStore(tmp_path / "none"))
    assert networks.maps > 0
    assert not matched.sure
    assert "feature matcher" in matched.why
    networks.maps = 0
    (tmp_path / "gallery" / "images" / "toon.png").unlink()
    matched = match_face(bare, guess=True, store=ModelStore(tmp_path / "none"))
    assert not matched.sure
    assert networks.maps == 0
    assert "feature matcher cannot be asked" in matched.why


def test_a_match_by_features_says_how_far_it_is_and_can_be_stopped(
    gallery: Command, drawings: Path, networks: PatchExtractor, tmp_path: Path
) -> None:
    gallery("build", drawings)
    told: list[str] = []

    def progress(stage: str, done: int, total: int | None) -> None:
        told.append(stage)
        if done == 2:
            raise cancelled()

    verb = VERBS["match"]
    request = {
        "picture": str(drawings / "cat.png"),
        "output": str(tmp_path / "a.character.json"),
        "matcher": "features",
    }
    with pytest.raises(FaceShotError) as caught:
        verb.run(from_request(verb.options, request), Context(progress=progress))
    assert caught.value.code is ErrorCode.CANCELLED
    assert "Seeing the picture" in told
    assert not (tmp_path / "a.character.json").exists()
