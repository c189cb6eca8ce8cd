# SPDX-License-Identifier: GPL-3.0-or-later
"""With a window: what the user does to the file while its job runs; the result still comes to the plane that asked."""

from __future__ import annotations

import json
from pathlib import Path

from core.video import open_clip, write_movie

SCRIPT = Path(__file__).with_name("scripts") / "change_meanwhile.py"


def test_result_finds_its_plane_after_undo_swapped_names_and_save_as(blender, engine, material, shot, tmp_path):
    report, clip = tmp_path / "report.json", tmp_path / "clip.mp4"
    with open_clip(material[1]) as reader:
        write_movie(clip, (frame.rgb for frame in reader.frames(end=2.0)), fps=reader.info.fps)
    words = [shot, "--python-exit-code", "3", "--python", SCRIPT, "--", report, "Käte mit Hut", clip]
    done = blender.gui(words, env=engine, timeout=280)
    assert report.exists(), done.stdout + done.stderr
    seen = json.loads(report.read_text())
    assert not seen["error"], seen["error"]
    assert seen["pressed"] == ["RUNNING_MODAL"]
    assert (seen["begun"], seen["undone"], seen["still"]) == (True, True, True)
    assert seen["links"] == [["OBJECT"], ["DATA"]], done.stdout + done.stderr
    assert seen["links undone"] == [["DATA"], ["DATA"]]
