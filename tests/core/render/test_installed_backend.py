# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody else's backend, as the documentation shows it, installed and used."""

import re
import sys

import numpy as np
import pytest

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.landmarks import LandmarkSequence, template
from core.picture import Picture, read_picture
from core.render.base import load_backend
from core.render.frames import render_frames


@pytest.fixture
def installed(repo_root, tmp_path, monkeypatch):
    """The example of docs/backends.md where a package manager would put it."""
    words = (repo_root / "docs" / "backends.md").read_text(encoding="utf-8")
    code, project = re.findall(r"```(?:python|toml)\n(.*?)```", words, re.DOTALL)
    module, target = re.search(r'negative = "(\w+):(\w+)"', project).groups()
    (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
    info = tmp_path / "faceshot_negative-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faceshot-negative\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[faceshot.backends]\nnegative = {module}:{target}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop(module, None)


def test_the_example_of_the_documentation_renders(installed, tmp_path):
    assert "core" not in (installed / "negative.py").read_text()
    points, size = template() * 60 + (150, 100), (300, 200)
    wide = points.copy()
    wide[66, 1] += 30
    pixels = np.full((200, 300, 3), 40, np.uint8)
    landmarks = LandmarkSequence(points=np.stack([points, wide]), size=size, fps=24.0, time=np.arange(2) / 24)
    render_frames(
        Picture(pixels=pixels), Character(points=points, size=size), landmarks, tmp_path / "out",
        backend="negative", settings={"strength": "2"},
    )  # fmt: skip
    first, second = (read_picture(tmp_path / "out" / f"00000{k}.png").pixels for k in (1, 2))
    assert second.min() > first.max() >= 40


def test_one_that_is_not_there_and_one_that_does_not_load_are_named(installed):
    with pytest.raises(FaceShotError) as caught:
        load_backend("watercolour")
    assert caught.value.code is ErrorCode.BACKEND_MISSING
    assert "proxy, mofa, negative" in caught.value.hint
    (installed / "negative.py").write_text("raise RuntimeError('half installed')")
    with pytest.raises(FaceShotError) as caught:
        load_backend("negative")
    assert caught.value.code is ErrorCode.BACKEND_MISSING
    assert "half installed" in caught.value.message
