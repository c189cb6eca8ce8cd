# SPDX-License-Identifier: GPL-3.0-or-later
"""With the real engine: points put right on a plane are those that its frames are made with, whichever way one asks."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

DRAW = """
import sys
from pathlib import Path
from core.character import Character
from core.picture import encode_png
from demo.toon import draw_toon

toon = draw_toon(size=256)
path = Path(sys.argv[1])
path.write_bytes(encode_png(toon.pixels))
Character(points=toon.points, size=(256, 256), iris=toon.iris).save(path.with_name("guess.character.json"))
"""


@pytest.fixture
def engine(part, repo_root, monkeypatch, tmp_path):
    """The real engine, its networks, and a frame cache of its own."""
    python = Path(os.environ.get("FACESHOT_ENGINE") or repo_root / ".venv" / "bin" / "python")
    models = Path(os.environ.get("FACESHOT_MODELS") or repo_root / "build" / "models")
    if not python.is_file():
        pytest.skip(f"needs an engine; {python} is none: FACESHOT_ENGINE may name one")
    if not any((models / name).is_dir() for name in ("mesh-468", "mesh-478")):
        pytest.skip(f"no face network in {models}: `python -m core models fetch mesh-468`")
    for name, value in (("ENGINE", python), ("MODELS", models), ("CACHE", tmp_path / "cache")):
        monkeypatch.setenv(f"FACESHOT_{name}", str(value))
    part("faceshot_blender.jobs").release_engine()
    yield python
    part("faceshot_blender.jobs").release_engine()


@pytest.fixture
def toon(empty, part, engine, repo_root, tmp_path):
    """A saved blend with the plane "Toon", chosen, with a card that was loaded."""
    picture = tmp_path / "toon.png"
    subprocess.run([engine, "-c", DRAW, picture], cwd=repo_root, check=True, timeout=120)
    assert empty.ops.faceshot.make_plane(filepath=str(picture)) == {"FINISHED"}
    guess = str(picture.with_name("guess.character.json"))
    assert empty.ops.faceshot.import_result(filepath=guess, plane="toon") == {"FINISHED"}
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return empty.context.scene.faceshot_choices.plane


@pytest.fixture
def corrected(empty, part, toon):
    """Its character after a correction: no nose, the mouth lower, the left half as the right one."""
    before = part("faceshot_blender.scene.points").character_of(toon)
    assert empty.ops.faceshot.toggle_part(part="nose") == {"FINISHED"}
    assert empty.ops.faceshot.mirror_points(side="RIGHT") == {"FINISHED"}
    assert empty.ops.faceshot.move_points(plane="toon", what="mouth", offset=(0, 6)) == {"FINISHED"}
    character = part("faceshot_blender.scene.points").character_of(toon)
    assert character.points[57, 1] == pytest.approx(before.points[57, 1] + 6, abs=0.5)
    return character


def same(part, folder, character):
    written = part("core.character").Character.load(folder / "toon.character.json")
    np.testing.assert_array_equal(written.points, character.points)
    assert written.present == character.present


def test_points_put_right_are_animated(empty, part, toon, corrected, shared_data, tmp_path):
    clip = shared_data / "clips" / "lp_d10.mp4"
    choices = empty.context.scene.faceshot_choices
    choices.use_range, choices.range_start, choices.range_end = True, 0.0, 0.3
    folder = tmp_path / "by operator"
    assert empty.ops.faceshot.animate(plane="toon", clip=str(clip), folder=str(folder)) == {"FINISHED"}
    same(part, folder, corrected)
    points = part("faceshot_blender.scene.points")
    assert points.character_of(toon).to_json() == corrected.to_json(), "as they were"
    # corrected once more, beside the frames that are shown: the next take has it
    assert empty.ops.faceshot.toggle_part(part="right_brow") == {"FINISHED"}
    now = points.character_of(toon)
    motion = next((tmp_path / "by operator").glob("*.motion.npz"))
    assert empty.ops.faceshot.render_motion(plane="toon", filepath=str(motion)) == {"FINISHED"}
    same(part, tmp_path / "faceshot" / "toon" / "lp_d10", now)
    empty.ops.wm.save_mainfile()
    folder, saved = tmp_path / "by command", tmp_path / "out.blend"
    words = ["animate", "--plane", "toon", "--clip", str(clip), "--save", str(saved), "-o", str(folder)]
    assert part("faceshot_blender.commands").main(["--", *words, "--motion", str(motion), "--no-movie"]) == 0
    same(part, folder, now)
    empty.ops.wm.open_mainfile(filepath=str(saved))
    assert points.character_of(empty.data.objects["toon"]).to_json() == now.to_json()


@pytest.mark.parametrize("wrong", ["off the picture", "one spot"])
def test_points_that_make_no_face_are_told_and_kept(empty, part, toon, shared_data, tmp_path, wrong):
    change = {"offset": (900, 0)} if wrong == "off the picture" else {"scale": 0.0001}
    assert empty.ops.faceshot.move_points(plane="toon", what="face", **change) == {"FINISHED"}
    before = toon["faceshot_character"]
    clip = shared_data / "clips" / "lp_d10.mp4"
    words = "lie outside its picture" if wrong == "off the picture" else "no room for a face"
    with pytest.raises(RuntimeError, match=words):
        empty.ops.faceshot.animate(plane="toon", clip=str(clip), folder=str(tmp_path / "out"))
    assert toon["faceshot_character"] == before
    assert empty.ops.faceshot.forget_points(plane="toon") == {"FINISHED"}


def test_a_face_that_was_clicked_is_looked_at_closer(empty, part, toon):
    points, landmarks = part("faceshot_blender.scene.points"), part("core.landmarks")
    drawn = points.character_of(toon)
    eyes = landmarks.eye_centres(drawn.points)
    at = {"right_eye": eyes[0], "left_eye": eyes[1], "mouth_right": drawn.points[48], "mouth_left": drawn.points[54]}
    places = " ".join(f"{name}={x:.2f},{y:.2f}" for name, (x, y) in at.items())

    def error():
        character = points.character_of(toon)
        assert np.abs(landmarks.eye_centres(character.points) - eyes).max() < 0.01
        return float(np.linalg.norm(character.points - drawn.points, axis=1).mean())

    assert empty.ops.faceshot.place_anchors(plane="toon", places=places) == {"FINISHED"}
    clicked = error()
    assert empty.ops.faceshot.find_points(plane="toon", places=places, replace=True) == {"FINISHED"}
    assert error() < 0.9 * clicked
