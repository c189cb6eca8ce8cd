# SPDX-License-Identifier: GPL-3.0-or-later
"""The movie of the cast: each in its place, in time with the actor."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cv2")
pytest.importorskip("av")

from core.motion import FaceMotion
from core.picture import Picture, encode_png
from core.render.record import frame_name
from core.video import VideoFrame, open_clip, probe, write_movie
from tools.demo_movie import in_time, main, on_sheet, square
from tools.demo_stage import GROUND, SHEET, stage

COUNT, FPS = 6, 25
RED, GREEN, BLUE = (200, 30, 30), (30, 200, 30), (30, 30, 200)


def plain(colour: tuple[int, ...], width: int, height: int) -> np.ndarray:
    return np.full((height, width, len(colour)), colour, np.uint8)


def test_frames_of_any_rate_come_at_a_constant_one() -> None:
    frames = [
        VideoFrame(index=k, time=time, rgb=np.full((1, 1, 3), k, np.uint8))
        for k, time in enumerate((0.0, 0.1, 0.15, 0.4))
    ]
    shown = [int(rgb[0, 0, 0]) for rgb in in_time(frames, 6, fps=10, start=0.0)]
    assert shown == [0, 1, 2, 3, 3, 3]
    assert [int(rgb[0, 0, 0]) for rgb in in_time(frames, 2, fps=10, start=0.1)] == [1, 2]


def test_a_square_is_cut_around_the_face() -> None:
    wide = np.hstack([plain(RED, 40, 40), plain(GREEN, 40, 40), plain(BLUE, 40, 40)])
    for middle, colour in ((0.0, RED), (0.5, GREEN), (1.0, BLUE)):
        assert (square(wide, 10, middle=middle) == colour).all()
        assert (square(wide.transpose(1, 0, 2), 80, middle=middle) == colour).all()


def test_what_is_transparent_lies_on_a_sheet() -> None:
    pixels = plain((*RED, 0), 2, 1)
    pixels[0, 1, 3] = 255
    assert on_sheet(Picture(pixels=pixels)).tolist() == [[list(SHEET), list(RED)]]
    grey = np.array([[[0, 0], [65535, 65535]]], np.uint16)
    assert on_sheet(Picture(pixels=grey)).tolist() == [[list(SHEET), [255, 255, 255]]]


@pytest.fixture
def results(tmp_path: Path) -> list[Path]:
    """Two characters of one colour each, and a wide clip that is red."""
    clip = tmp_path / "clip.mp4"
    write_movie(clip, [plain(RED, 96, 48)] * COUNT, fps=FPS)
    from core.expression import compose, load_basis

    rest = np.zeros((COUNT, len(load_basis().authored)))
    motion = compose(rest, size=(96, 48), scale=10.0, translation=(48.0, 24.0))
    folders = [tmp_path / name for name in ("one", "two")]
    for folder, colour in zip(folders, (GREEN, (*BLUE, 255)), strict=True):
        (folder / "proxy").mkdir(parents=True)
        for number in range(1, COUNT + 1):
            (folder / "proxy" / frame_name(number)).write_bytes(encode_png(plain(colour, 64, 64)))
        motion.save(folder / "clip.motion.npz")
        record = {"clip": str(clip), "fps": FPS, "frame_count": COUNT, "start": 0.0, "sound": None}
        record |= {"frames": "proxy", "motion": "clip.motion.npz"}
        (folder / "result.json").write_text(json.dumps(record), "utf-8")
    assert isinstance(FaceMotion.load(folders[0] / "clip.motion.npz"), FaceMotion)
    return folders


def test_each_is_in_its_place(results: list[Path], tmp_path: Path) -> None:
    movie = tmp_path / "cast.mp4"
    assert main([str(movie), *map(str, results)]) == 0
    info = probe(movie)
    assert (info.fps, info.frame_count) == (FPS, COUNT)
    assert info.size[0] % 2 == info.size[1] % 2 == 0
    plan = stage(3)
    side = info.size[0] / plan.width
    with open_clip(movie) as clip:
        frames = [frame.rgb for frame in clip.frames()]
    for (x, y), colour in zip(plan.places, (RED, GREEN, BLUE), strict=True):
        assert np.abs(frames[-1][int(y * side), int(x * side)].astype(int) - colour).max() < 12
    assert np.abs(frames[0][3, 3].astype(int) - GROUND).max() < 12
    actor = probe(tmp_path / "cast.actor.mp4")
    assert actor.size[0] == actor.size[1]
    assert actor.frame_count == COUNT


def test_without_results_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["out.mp4"]) == 2
    assert "RESULT_DIR" in capsys.readouterr().err
