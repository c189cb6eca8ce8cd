# SPDX-License-Identifier: GPL-3.0-or-later
"""Points by diffusion features, through Blender with the real engine: small random networks of the published layout.

Random networks see nothing: what is asked for is that points arrive, shown as little sure, for the animator to go on.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

NEEDED = "import torch, diffusers, transformers, cv2"
WRITE = """
import sys
from pathlib import Path
from demo.make import make_character
from tests.core.match.features.small_networks import write

folder = Path(sys.argv[1])
write(folder / "networks")
for name in ("toon", "cat"):
    make_character(name, folder / name, size=192)
"""


@pytest.fixture
def folder(part, repo_root, monkeypatch, tmp_path) -> Path:
    """With networks, a gallery of one face, and a picture that has no card beside it."""
    place = Path(os.environ.get("FACESHOT_ENGINE") or repo_root / ".venv")
    python = place if place.is_file() else place / "bin" / "python"
    if not python.is_file() or subprocess.run([python, "-c", NEEDED], check=False, capture_output=True).returncode:
        pytest.skip(f"needs an engine with torch; {python} is none: FACESHOT_ENGINE may name one")
    subprocess.run([python, "-c", WRITE, tmp_path], check=True, cwd=repo_root, capture_output=True, text=True)
    said = {"ENGINE": python, "FEATURES": tmp_path / "networks", "GALLERY": tmp_path / "gallery", "DEVICE": "cpu"}
    for name, value in said.items():
        monkeypatch.setenv(f"FACESHOT_{name}", str(value))
    build = [python, "-m", "core", "gallery", "build", tmp_path / "toon"]
    subprocess.run(build, check=True, cwd=repo_root, capture_output=True, text=True)
    (tmp_path / "cat" / "cat.character.json").unlink()
    part("faceshot_blender.jobs").release_engine()
    yield tmp_path
    part("faceshot_blender.jobs").release_engine()


def test_points_arrive_little_sure_and_the_tool_takes_over(empty, part, folder):
    assert empty.ops.faceshot.make_plane(filepath=str(folder / "cat" / "cat.png")) == {"FINISHED"}
    plane = empty.context.scene.faceshot_choices.plane
    points = part("faceshot_blender.scene.points")
    assert points.character_of(plane) is None
    assert empty.ops.faceshot.find_points(plane=plane.name, matcher="features") == {"FINISHED"}
    found = points.character_of(plane)
    assert set(found.placed) == {"matched"}
    assert found.is_guess
    assert found.confidence.max() <= part("core.character").UNSURE
    assert empty.ops.faceshot.edit_points(plane=plane.name) == {"FINISHED"}
    assert empty.ops.faceshot.move_points(plane=plane.name, what="8", offset=(4, 0)) == {"FINISHED"}
    after = points.character_of(plane)
    assert after.placed[8] == "hand"
    assert after.confidence[8] == 1
    assert not after.is_guess
