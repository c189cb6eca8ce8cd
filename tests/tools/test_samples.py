# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py samples: who is drawn, and what it leaves."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path

import pytest

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from tools import samples
from tools.demo_stage import EVERYONE


def test_everyone_is_drawn_unless_some_are_named() -> None:
    assert samples.chosen(None) == list(EVERYONE)
    assert samples.chosen(["cat", "boy", "cat"]) == ["cat", "boy"]
    with pytest.raises(FaceShotError, match="unicorn") as raised:
        samples.chosen(["cat", "unicorn"])
    assert raised.value.code is ErrorCode.USAGE


def test_it_leaves_pictures_cards_and_a_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(samples.environments, "ensure", lambda environment: sys.executable)
    folder = tmp_path / "new" / "cast"
    assert samples.run(Namespace(directory=str(folder), character=["emoji", "child"], size=128)) == 0
    assert {path.name for path in folder.iterdir()} == {
        "emoji.png", "emoji.character.json", "child.png", "child.character.json", "contact.png",
    }  # fmt: skip
    assert Character.load(folder / "child.character.json").size == (128, 128)
    assert "CC0" in capsys.readouterr().out


def test_what_goes_wrong_is_said() -> None:
    with pytest.raises(FaceShotError, match="no such size"):
        samples._child([sys.executable, "-c", "import sys; sys.exit('no such size')"])
