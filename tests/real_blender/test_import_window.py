# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing with a window: by the menu and the file browser, by drop, by drag; into the sequencer; saved and opened."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def take(engine, material, repo_root, tmp_path) -> Path:
    """A take with sound, made by the command line, in a folder whose name is not plain."""
    from demo.make import make_toon

    folder = tmp_path / "Übergabe vom Studio"
    folder.mkdir()
    make_toon(folder)
    words = ["animate", folder / "toon.png", material[1], "-o", folder / "take", "--end", "1", "--fps", "24"]
    command = [sys.executable, "-m", "core", *map(str, words)]
    env = {**os.environ, **engine}
    done = subprocess.run(command, cwd=repo_root, env=env, check=False, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return folder / "take"


def test_import_with_the_mouse(tour, take, engine, tmp_path):
    seen = tour("tour_import.py", take, tmp_path / "cut ß.blend", env=engine)
    kinds = {name: sorted({strip[0] for strip in found}) for name, found in seen["by menu"].items()}
    assert kinds == {"Scene": ["SOUND"], "Scene Edit": ["IMAGE", "SOUND"]}
    assert not any(seen["undone"][0].values())
    assert seen["redone"] == seen["by menu"]
    assert seen["handler"] == ["faceshot.import_result", ".json;.npz"]
    assert seen["dragged"], "a record dragged from the file browser is imported"
    assert seen["chosen"]
    assert seen["kept"]
    assert seen["files"] >= 3
    assert not seen["missing"]
