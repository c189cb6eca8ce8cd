# SPDX-License-Identifier: GPL-3.0-or-later
"""`render` as a command: frames on disk, one JSON object at the end."""

import json
import subprocess
import sys

import numpy as np

from core.character import Character
from core.landmarks import LandmarkSequence, template
from core.picture import encode_png


def test_a_picture_and_landmarks_become_frames(repo_root, tmp_path):
    points, size = template() * 60 + (150, 100), (300, 200)
    (tmp_path / "p.png").write_bytes(encode_png(np.full((200, 300, 3), 90, np.uint8)))
    Character(points=points, size=size).save(tmp_path / "p.character.json")
    moved = np.stack([points, points + 2])
    LandmarkSequence(points=moved, size=size, fps=24.0, time=np.arange(2) / 24).save(tmp_path / "p.landmarks.npz")
    files = [str(tmp_path / name) for name in ("p.png", "p.landmarks.npz")]
    done = subprocess.run(
        [sys.executable, "-m", "core", "render", *files, "-o", str(tmp_path / "out"), "--no-cache", "--json"],
        cwd=repo_root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["type"], last["status"], last["verb"], last["frame_count"]) == ("result", "done", "render", 2)
    assert last["seconds"] > 0
    assert sorted(path.name for path in (tmp_path / "out").glob("0*.png")) == ["000001.png", "000002.png"]
