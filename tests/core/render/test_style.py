# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawings held on twos and threes, and the sampling that suits a picture."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.cache import FrameStore
from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.picture import Picture, read_picture
from core.render import frames as frames_module
from core.render.frames import held, render_frames
from core.render.record import frame_name
from core.render.sampling import suited_sampling
from demo.cast import CAST


@pytest.fixture
def job(make, face, sequence):
    picture, character = make()
    points = np.stack([np.add(face, (k, -0.5 * k)) for k in range(7)])
    return picture, character, sequence(points, picture.size)


def contents(folder):
    return [(folder / frame_name(number)).read_bytes() for number in range(1, 8)]


@pytest.mark.parametrize("hold", [1, 2, 3])
def test_a_held_frame_shows_its_first_and_is_made_once(job, tmp_path, monkeypatch, hold):
    made = []
    encode = frames_module.encode_png
    monkeypatch.setattr(frames_module, "encode_png", lambda *given, **more: made.append(1) or encode(*given, **more))
    told, saved = [], []
    render_frames(*job, tmp_path / "plain")
    plain = contents(tmp_path / "plain")
    made.clear()
    done = render_frames(
        *job, tmp_path / "held", hold=hold, progress=lambda _, k, total: told.append((k, total)), saved=saved.append
    )
    assert contents(tmp_path / "held") == [plain[k - k % hold] for k in range(7)]
    assert len(made) == -(-7 // hold)
    assert done.count == 7
    assert told == [(k, 7) for k in range(8)]
    assert len(set(saved)) == 7
    assert json.loads((tmp_path / "held" / "render.json").read_text())["hold"] == hold


def test_held_frames_come_from_the_store_of_the_plain_ones(job, tmp_path):
    store = FrameStore(tmp_path / "cache")
    render_frames(*job, tmp_path / "plain", store=store)
    assert render_frames(*job, tmp_path / "held", store=store, hold=2).from_cache == 7


def test_a_range_is_held_as_within_the_whole(job, tmp_path):
    render_frames(*job, tmp_path / "whole", hold=3)
    render_frames(*job, tmp_path / "part", hold=3, frames=range(5, 8))
    for number in range(5, 8):
        name = frame_name(number)
        assert (tmp_path / "part" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_frames_at_rest_are_made_once(make, face, sequence, tmp_path, monkeypatch):
    picture, character = make()
    made = []
    encode = frames_module.encode_png
    monkeypatch.setattr(frames_module, "encode_png", lambda *given, **more: made.append(1) or encode(*given, **more))
    render_frames(picture, character, sequence(np.stack([face] * 9), picture.size), tmp_path / "still")
    assert len(made) == 1


@pytest.mark.parametrize("hold", [0, -2, 13, 2.0, True])
def test_a_hold_that_is_none_is_refused(hold):
    with pytest.raises(FaceShotError) as caught:
        held(range(1, 4), hold)
    assert caught.value.code is ErrorCode.USAGE


@pytest.mark.parametrize(
    ("name", "sampling"),
    [*((name, "cubic") for name in ("anime", "boy", "cat", "child", "elf", "emoji", "toon")), ("oldman", "linear")],
)
def test_drawings_are_crisp_and_paintings_soft(name, sampling):
    assert suited_sampling(Picture(pixels=CAST[name](320).pixels)) == sampling


def test_photographs_are_soft(shared_data):
    for path in sorted((shared_data / "pictures").glob("*.jpg")):
        assert suited_sampling(read_picture(path)) == "linear", path.name


def test_pixel_art_keeps_its_pixels_and_depth_does_not_matter():
    random = np.random.default_rng(0)
    blocks = np.kron(random.integers(0, 6, (16, 16, 3)) // 5 * 255, np.ones((8, 8, 1), int)).astype(np.uint8)
    assert suited_sampling(Picture(pixels=blocks)) == "nearest"
    assert suited_sampling(Picture(pixels=blocks.astype(np.uint16) * 257)) == "nearest"
    drawing = CAST["boy"](256).pixels
    assert suited_sampling(Picture(pixels=drawing.astype(np.uint16) * 257)) == "cubic"


def test_what_is_transparent_does_not_count():
    pixels = np.zeros((64, 64, 4), np.uint8)
    assert suited_sampling(Picture(pixels=pixels)) == "linear"
    ramp = np.add.outer(np.arange(64), 2 * np.arange(64)).astype(np.uint8)
    pixels[..., :3] = ramp[..., None]
    pixels[8:56, 8:56, 3] = 255
    pixels[..., :3][pixels[..., 3] == 0] = np.random.default_rng(1).integers(0, 255, (64 * 64 - 48 * 48, 3))
    assert suited_sampling(Picture(pixels=pixels)) == "linear"


def test_lines_stay_crisper_under_auto(sequence, tmp_path):
    """Moved by half a pixel, a drawing keeps more of its contrast than with linear sampling."""
    boy = CAST["boy"](256)
    character = Character(points=boy.points, size=boy.size, present=boy.present)
    moved = sequence(boy.points[None] + 0.5, boy.size)
    contrast = {}
    for sampling in ("auto", "linear"):
        made = render_frames(
            Picture(pixels=boy.pixels), character, moved, tmp_path / sampling, settings={"sampling": sampling}
        )
        image = read_picture(tmp_path / sampling / "000001.png").pixels.astype(float)
        contrast[sampling] = np.square(np.diff(image[60:200, 70:190], axis=1)).mean()
        assert made.sampling == {"auto": "cubic", "linear": "linear"}[sampling]
    assert contrast["auto"] > 1.15 * contrast["linear"]
