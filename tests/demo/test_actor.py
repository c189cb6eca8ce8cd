# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in actor: a photograph that moves as it is told, and a clip that is made once."""

from __future__ import annotations

import json
import wave

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from core.landmarks import inter_ocular
from core.video import open_clip
from demo import photo
from demo.actor import LENGTH, make_actor, performance, pose, write_sound
from demo.puppet import COEFFICIENTS, SIZE, Mouth, Pose, Puppet, fields, moved_points

PHOTOGRAPH = {"smile_right": 1.0, "smile_left": 1.0}
REST = {"lips_closed": 1.0}


@pytest.fixture(scope="module")
def puppet() -> Puppet:
    return Puppet(data.astronaut())


def region(frame: np.ndarray, puppet: Puppet, x: tuple[float, float], y: tuple[float, float]) -> np.ndarray:
    """A part of a frame given in photograph pixels."""
    left, right = ((np.array(x) - puppet.origin[0]) * puppet.zoom).astype(int)
    top, bottom = ((np.array(y) - puppet.origin[1]) * puppet.zoom).astype(int)
    return frame[top:bottom, left:right].astype(float)


def test_the_resting_puppet_is_the_photograph(puppet: Puppet) -> None:
    frame = puppet.frame(Pose(coefficients=PHOTOGRAPH)).astype(int)
    difference = np.abs(frame - puppet.picture)
    assert difference.mean() < 0.1
    outside = difference.copy()
    outside[puppet.box] = 0
    assert outside.max() <= 1


def test_the_photograph_is_only_enlarged_but_for_the_brows(puppet: Puppet) -> None:
    small = cv2.resize(puppet.picture, (256, 256), interpolation=cv2.INTER_AREA).astype(int)
    original = data.astronaut()[:256, 96:352].astype(int)
    assert np.abs(small - original).mean() < 4


def test_lids_cover_the_eyes(puppet: Puppet) -> None:
    opened = puppet.frame(Pose(coefficients=PHOTOGRAPH))
    shut = puppet.frame(Pose(coefficients=PHOTOGRAPH, blink=1.0))
    for x, y in (((200, 206), (99, 103)), ((244, 250), (102, 105))):
        assert region(shut, puppet, x, y).mean() > region(opened, puppet, x, y).mean() + 40
        assert region(shut, puppet, x, y).min() > 70  # no iris shows


def test_the_jaw_opens_a_dark_mouth_and_lips_close_over_the_teeth(puppet: Puppet) -> None:
    middle = ((220, 228), (149, 156))
    opened = region(puppet.frame(Pose(coefficients={"jaw_open": 1.0})), puppet, *middle)
    assert opened.mean() < 75
    teeth = ((216, 230), (144.5, 148.5))
    shown = region(puppet.frame(Pose(coefficients=PHOTOGRAPH)), puppet, *teeth)
    closed = region(puppet.frame(Pose(coefficients=REST)), puppet, *teeth)
    assert shown.min(axis=-1).mean() > 150
    assert closed.min(axis=-1).mean() < shown.min(axis=-1).mean() - 40


def test_coefficients_do_what_they_are_called() -> None:
    rest = moved_points({})
    unit = inter_ocular(rest)
    jaw, right = moved_points({"jaw_open": 1}), moved_points({"smile_right": 1})
    pucker, brow, frown = (moved_points({name: 1}) for name in ("pucker", "inner_brow_up", "brow_down"))
    assert (jaw - rest)[8, 1] > 0.2 * unit
    assert abs((jaw - rest)[51, 1]) < 0.05 * unit
    assert (right - rest)[48, 1] < -0.1 * unit
    assert abs((right - rest)[54, 1]) < 0.02 * unit
    width = np.linalg.norm(rest[54] - rest[48])
    assert np.linalg.norm(pucker[54] - pucker[48]) < 0.8 * width
    assert ((brow - rest)[[21, 22], 1] < -0.12 * unit).all()
    assert ((frown - rest)[[18, 19, 24, 25], 1] > 0.06 * unit).all()
    for moved in (brow, frown):
        assert np.abs(moved - rest)[36:].max() < 0.06 * unit


def test_the_photograph_is_where_no_coefficient_moves_it() -> None:
    np.testing.assert_allclose(moved_points(PHOTOGRAPH), photo.POINTS, atol=1e-9)


def test_the_sheets_agree_beyond_the_mouth() -> None:
    y, x = np.mgrid[0:256:2.0, 96:352:2.0]
    upper, lower = fields(x, y)
    mouth = Mouth()
    outside = (x <= mouth.left) | (x >= mouth.right)
    np.testing.assert_allclose(upper[:, outside], lower[:, outside], atol=1e-6)


@pytest.mark.parametrize("name", [*COEFFICIENTS, "everything"])
def test_nothing_folds(name: str) -> None:
    """Each sheet, where it is seen, keeps its orientation under the strongest pose."""
    y, x = np.mgrid[10:246:1.0, 106:342:1.0]
    clip = performance(np.linspace(0, LENGTH, 126))
    if name == "everything":
        chosen = [pose(clip, frame).coefficients for frame in range(0, 126, 2)]
    else:
        chosen = [{name: 1.0}, {**PHOTOGRAPH, name: 1.0}]
    mouth = Mouth()
    seen = [y < mouth.upper(x) - 1, y > mouth.lower(x) + 1]
    sheets = fields(x, y)
    for coefficients in chosen:
        weights = np.array([coefficients.get(key, 0.0) for key in COEFFICIENTS])
        weights[1:3] -= 1
        for sheet, where in zip(sheets, seen, strict=True):
            by = np.einsum("k,kyxd->yxd", weights, sheet)
            xx, xy = np.gradient(x + by[..., 0], axis=1), np.gradient(x + by[..., 0], axis=0)
            yx, yy = np.gradient(y + by[..., 1], axis=1), np.gradient(y + by[..., 1], axis=0)
            determinant = xx * yy - xy * yx
            assert determinant[where].min() > 0.02, coefficients


@given(time=st.lists(st.floats(-1, LENGTH + 1), min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_performance_stays_in_its_limits(time: list[float]) -> None:
    for name, curve in performance(np.array(time)).items():
        assert np.isfinite(curve).all()
        if name in ("pitch", "yaw", "roll"):
            assert np.abs(curve).max() < 0.12
        else:
            assert curve.min() >= 0
            assert curve.max() <= 1


def test_a_performance_begins_at_rest_and_uses_all_there_is() -> None:
    curves = performance(np.linspace(0, LENGTH, 501))
    for name in ("jaw_open", "pucker", "inner_brow_up", "brow_down", "smile_right", "smile_left", "blink"):
        assert curves[name].max() > 0.99
        assert np.abs(np.diff(curves[name])).max() < 0.25  # in a hundredth of a second


def test_the_clip_is_made_once_and_again_when_it_is_not_the_same(tmp_path) -> None:
    clip = make_actor(tmp_path, fps=12, seconds=0.5)
    assert {curve.shape for curve in clip.truth.values()} == {(6,)}
    made = clip.path.stat().st_mtime_ns
    with open_clip(clip.path) as reader:
        assert reader.info.size == (SIZE, SIZE)
        assert reader.info.has_audio
        assert len(list(reader.frames())) == 6
    make_actor(tmp_path, fps=12, seconds=0.5)
    assert clip.path.stat().st_mtime_ns == made
    clip.path.write_bytes(b"damaged")
    make_actor(tmp_path, fps=12, seconds=0.5)
    assert clip.path.stat().st_size > 1000
    before = json.loads((tmp_path / "actor.json").read_text())
    make_actor(tmp_path, fps=24, seconds=0.25)
    assert json.loads((tmp_path / "actor.json").read_text())["key"] != before["key"]


def test_the_voice_is_heard_when_the_mouth_is_open(tmp_path) -> None:
    path = tmp_path / "voice.wav"
    write_sound(path, LENGTH)
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 48000)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    assert len(samples) == LENGTH * 48000
    assert np.abs(samples).max() < 32767
    loud = np.sqrt((samples.reshape(250, -1) ** 2).mean(axis=1))
    curves = performance((np.arange(250) + 0.5) / 50)
    open_mouth, silent = curves["jaw_open"] > 0.5, (curves["jaw_open"] < 0.01) & (curves["pucker"] < 0.01)
    assert loud[open_mouth].min() > 10 * loud[silent].max()
