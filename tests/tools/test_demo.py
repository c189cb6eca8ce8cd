# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo on machines that lack something."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from demo.cast import CAST
from tools import demo
from tools.demo_stage import EVERYONE, SHOWN, stage


def asked(**options) -> Namespace:
    return Namespace(**{"output": None, "picture": None, "clip": None, "character": None, "box": None, **options})


def test_without_any_blender_it_says_how_to_get_the_blend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_python(environment) -> Path:
        raise FaceShotError(ErrorCode.ENGINE_MISSING, "No Python 3.11.")

    monkeypatch.setattr(demo.environments, "ensure", no_python)
    monkeypatch.setattr(demo.real_blender, "on_this_machine", lambda: None)
    why_not = demo._assemble([tmp_path], tmp_path / "toon.blend")
    assert why_not.startswith("not made: no Blender here.")
    assert "Python 3.11" in why_not


def test_without_a_face_network_it_stops_before_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo.environments, "ensure", lambda environment: tmp_path / "python")
    monkeypatch.setattr(demo, "ensure_model", lambda python: False)
    with pytest.raises(FaceShotError) as raised:
        demo.run(asked(output=str(tmp_path / "out")))
    assert raised.value.code is ErrorCode.MODEL_MISSING
    assert not (tmp_path / "out").exists()


def test_the_names_are_those_of_the_cast() -> None:
    assert set(EVERYONE) == set(CAST)
    assert set(SHOWN) < set(CAST)
    assert len(set(SHOWN)) == len(SHOWN) >= 4


def test_who_is_shown() -> None:
    assert demo._characters(asked()) == list(SHOWN)
    assert demo._characters(asked(character=["cat", "boy", "cat"])) == ["cat", "boy"]
    assert demo._characters(asked(character=["cat", "all"])) == list(EVERYONE)


@pytest.mark.parametrize(
    "options",
    [{"character": ["unicorn"]}, {"character": ["cat"], "picture": "a.png"}, {"box": "1,2,3,4"}],
    ids=["no such character", "a picture too", "a box without a picture"],
)
def test_what_does_not_go_together_is_said(options: dict) -> None:
    with pytest.raises(FaceShotError) as raised:
        demo._characters(asked(**options))
    assert raised.value.code is ErrorCode.USAGE
    assert raised.value.hint


def test_a_folder_is_named_after_what_was_given() -> None:
    assert demo._name(asked(), None, None) == "demo"
    assert demo._name(asked(), None, Path("take 3.mp4")) == "take 3"
    assert demo._name(asked(), Path("hero.png"), Path("take.mp4")) == "hero-take"
    assert demo._name(asked(character=["cat"]), None, None) == "cat"


def test_the_cast_is_tracked_once_and_each_is_a_result(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The first is animated from the clip, the others from its motion."""
    ran: list[list[str]] = []

    def child(command, **_) -> int:
        ran.append([str(word) for word in command])
        if "animate" in command:
            folder = Path(command[command.index("-o") + 1])
            folder.mkdir(parents=True)
            (folder / "result.json").write_text(
                '{"motion": "actor.motion.npz", "frames": "proxy", "frame_count": 5, "fps": 25.0}', "utf-8"
            )
        return 0

    monkeypatch.setattr(demo.environments, "ensure", lambda environment: tmp_path / "python")
    monkeypatch.setattr(demo, "ensure_model", lambda python: True)
    monkeypatch.setattr(demo, "_child", child)
    monkeypatch.setattr(demo, "_assemble", lambda folders, blend, actor: "")
    assert demo.run(asked(output=str(tmp_path / "out"))) == 0
    animated = [command for command in ran if "animate" in command]
    assert Path(animated[0][4]).stem == SHOWN[0]
    assert sorted(Path(command[4]).stem for command in animated) == sorted(SHOWN)
    motion = f"--motion={tmp_path / 'out' / SHOWN[0] / 'actor.motion.npz'}"
    assert [motion in command for command in animated] == [False] + [True] * (len(SHOWN) - 1)
    movie = next(command for command in ran if "tools.demo_movie" in command)
    assert [Path(folder).name for folder in movie[4:]] == list(SHOWN)


@given(st.integers(1, 16))
def test_everybody_has_a_place_of_their_own(count: int) -> None:
    plan = stage(count)
    assert len(plan.places) == count
    for number, (x, y) in enumerate(plan.places):
        assert 0.5 < x < plan.width - 0.5
        assert 0.5 < y < plan.height - 0.5
        assert all(max(abs(x - right), abs(y - down)) > 1 for right, down in plan.places[:number])
    assert sum(x for x, _ in plan.places) == pytest.approx(count * plan.width / 2)
