# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo on machines that lack something."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from core.errors import ErrorCode, FaceShotError
from tools import demo


def test_without_any_blender_it_says_how_to_get_the_blend(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_python(environment) -> Path:
        raise FaceShotError(ErrorCode.ENGINE_MISSING, "No Python 3.11.")

    monkeypatch.setattr(demo.environments, "ensure", no_python)
    monkeypatch.setattr(demo.real_blender, "on_this_machine", lambda: None)
    why_not = demo._assemble(tmp_path, tmp_path / "toon.blend")
    assert why_not.startswith("not made: no Blender here.")
    assert "Python 3.11" in why_not


def test_without_a_face_network_it_stops_before_the_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(demo.environments, "ensure", lambda environment: tmp_path / "python")
    monkeypatch.setattr(demo, "ensure_model", lambda python: False)
    with pytest.raises(FaceShotError) as raised:
        demo.run(Namespace(output=str(tmp_path / "out"), picture=None, clip=None))
    assert raised.value.code is ErrorCode.MODEL_MISSING
    assert not (tmp_path / "out").exists()
