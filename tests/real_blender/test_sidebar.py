# SPDX-License-Identifier: GPL-3.0-or-later
"""A tour of the sidebar with a window: two jobs that queue, a refusal with its report, a file loaded under a job."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from core.video import open_clip, write_movie

SCRIPT = Path(__file__).with_name("scripts") / "tour_sidebar.py"


def test_tour_of_the_sidebar(blender, engine, material, tmp_path):
    """The pictures stay in FACESHOT_PICTURES, where that is set, for somebody to look at."""
    folder = Path(os.environ.get("FACESHOT_PICTURES") or tmp_path / "tour")
    folder.mkdir(parents=True, exist_ok=True)
    clip = tmp_path / "short.mp4"
    with open_clip(material[1]) as reader:
        write_movie(clip, (frame.rgb for frame in reader.frames(end=1.0)), fps=reader.info.fps)
    words = ["--python-exit-code", "3", "--python", SCRIPT, "--", folder, material[0], clip]
    done = blender.gui(words, env=engine, timeout=280)
    report = folder / "report.json"
    assert report.exists(), done.stdout + done.stderr
    seen = json.loads(report.read_text())
    assert not seen["error"], seen["error"]
    assert seen["ready"] == ["ready", True]
    assert seen["together"]
    assert seen["warm"]
    assert seen["sequences"]
    assert "No clip at" in seen["refused"]
    assert "FaceShot Report" in seen["texts"]
    assert seen["after load"] == [0, [], False]
    slowest = max((took, name) for name, took in seen["draw_ms"])
    pace = f"{seen['draws']} draws of Output in {seen['seconds']:.1f} s, longest gap of a timer {seen['gap']:.2f} s"
    sys.stdout.write(f"slowest draw {slowest}; while jobs ran: {pace}\n")
