# SPDX-License-Identifier: GPL-3.0-or-later
"""With a window, on a virtual screen: the operators' modal side."""

from __future__ import annotations

import json
from pathlib import Path

from core.video import open_clip, write_movie

SCRIPT = Path(__file__).with_name("scripts") / "press_animate.py"


def test_animate_runs_beside_the_window_and_is_one_undo_step(blender, engine, material, shot, tmp_path):
    report = tmp_path / "report.json"
    clip = tmp_path / "short.mp4"
    with open_clip(material[1]) as reader:
        write_movie(clip, (frame.rgb for frame in reader.frames(end=1.0)), fps=reader.info.fps)
    words = [shot, "--python-exit-code", "3", "--python", SCRIPT, "--", report, "Käte mit Hut", clip]
    done = blender.gui(words, env=engine, timeout=200)
    assert report.exists(), done.stdout + done.stderr
    seen = json.loads(report.read_text())
    assert not seen["error"], seen["error"]
    assert seen["invoked"] == ["RUNNING_MODAL"]
    assert any(word.startswith("Tracking") for word in seen["words"]), seen
    assert seen["before"].count("SEQUENCE") == 0
    assert seen["after"].count("SEQUENCE") == 1, (seen, done.stdout)
    assert seen["undone"] == seen["before"]
    assert seen["redone"] == seen["after"]
