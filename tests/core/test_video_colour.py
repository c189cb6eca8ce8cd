# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours of clips: matrices, ranges, depth, HDR. The formulas here are the test's own, the other way round."""

from __future__ import annotations

import numpy as np
import pytest

from core.video import open_clip
from tests.core.clip_maker import make_clip

COLOURS = np.array(
    [
        (0, 0, 0),
        (60, 60, 60),
        (118, 118, 118),
        (200, 200, 200),
        (255, 255, 255),
        (200, 150, 120),
        (90, 50, 40),
        (220, 30, 30),
        (30, 160, 60),
        (40, 60, 200),
    ]
)
BAR = 16
TO_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
QUIET = {"x265-params": "crf=5:log-level=none"}


def card(colours: np.ndarray) -> np.ndarray:
    """(64, W, 3): one bar for each colour."""
    return np.ascontiguousarray(np.broadcast_to(np.repeat(colours, BAR, axis=0)[None], (64, BAR * len(colours), 3)))


def shown(path) -> tuple[np.ndarray, bool]:
    """(N, 3) the bars as they come out, and whether the clip is HDR."""
    with open_clip(path) as clip:
        frames = [frame.rgb for frame in clip.frames()]
        assert len(frames) == 3
        return frames[0][32, BAR // 2 :: BAR].astype(int), clip.info.hdr


def light(colours: np.ndarray) -> np.ndarray:
    """sRGB 0..255 -> linear, then to BT.2020 primaries."""
    s = colours / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4) @ TO_2020.T


def pq(nits: np.ndarray) -> np.ndarray:
    y = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def hlg(nits: np.ndarray) -> np.ndarray:
    """Light of a 1000 nits display -> signal."""
    display = nits / 1000
    luminance = (display @ [0.2627, 0.678, 0.0593])[:, None]
    scene = display / np.maximum(luminance, 1e-9) ** (0.2 / 1.2)
    upper = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)


def hdr_clip(path, signal: np.ndarray, transfer: int):
    pixels = np.round(np.clip(signal, 0, 1) * 65535).astype(np.uint16)
    prores = path.suffix == ".mov"
    return make_clip(
        path,
        pictures=[card(pixels)] * 3,
        from_format="rgb48le",
        codec="prores_ks" if prores else "libx265",
        pix_fmt="yuv422p10le" if prores else "yuv420p10le",
        options={} if prores else QUIET,
        tags={"color_primaries": 9, "color_trc": transfer, "colorspace": 9, "color_range": 1},
    )


@pytest.mark.parametrize(
    "how",
    [
        {"tags": {"colorspace": 6, "color_range": 1}},
        {"tags": {"colorspace": 1, "color_range": 1}},
        {"tags": {"colorspace": 1, "color_range": 2}},
        {"tags": {"colorspace": 6, "color_range": 2}, "codec": "mjpeg", "pix_fmt": "yuvj420p", "options": {}},
        {},
        {"tags": {"colorspace": 1, "color_range": 1}, "codec": "libx265", "pix_fmt": "yuv420p10le", "options": QUIET},
        {"codec": "prores_ks", "pix_fmt": "yuva444p10le", "options": {}},
        {"codec": "png", "pix_fmt": "rgb24", "options": {}},
    ],
    ids=["601", "709", "709 full", "jpeg", "untagged SD", "10 bit", "ProRes 4444", "RGB"],
)
def test_colours_of_ordinary_video(tmp_path, how):
    pictures = [card(COLOURS.astype(np.uint8))] * 3
    colours, hdr = shown(make_clip(tmp_path / "a.mov", pictures=pictures, **({"options": {"crf": "4"}} | how)))
    assert not hdr
    assert np.abs(colours - COLOURS).max() <= (6 if how.get("codec") == "mjpeg" else 3)


def test_untagged_high_definition_is_bt709(tmp_path):
    colours = np.array([(200, 40, 60), (40, 160, 60)])
    pixels = np.repeat(card(colours.astype(np.uint8)), 40, axis=1)
    path = make_clip(tmp_path / "a.mp4", pictures=[pixels] * 3, tags={"colorspace": 1}, options={"crf": "4"})
    with open_clip(path) as clip:
        tagged = next(clip.frames()).rgb
    untagged = make_clip(tmp_path / "b.mp4", pictures=[pixels] * 3, options={"crf": "4"})
    with open_clip(untagged) as clip:
        guessed = next(clip.frames()).rgb
    assert np.abs(tagged[32, [300, 900]].astype(int) - colours).max() <= 3
    # written by BT.601 without saying so: read by BT.709 its colours are a little off, as in every player
    assert 5 < np.abs(guessed[32, [300, 900]].astype(int) - colours).max() < 40


@pytest.mark.parametrize("suffix", ["mp4", "mov"])
@pytest.mark.parametrize(("transfer", "encode"), [(16, pq), (18, hlg)], ids=["PQ", "HLG"])
def test_hdr_looks_like_the_ordinary_picture(tmp_path, transfer, encode, suffix):
    """White paper at 203 cd/m2: greys and skin up to the middle as they were, what is brighter a little lower, nothing
    clipped, no hue moved."""
    path = hdr_clip(tmp_path / f"h.{suffix}", encode(light(COLOURS) * 203), transfer)
    colours, hdr = shown(path)
    assert hdr
    dark = COLOURS.max(axis=1) <= 160
    assert np.abs(colours - COLOURS)[dark].max() <= 3
    assert np.abs(colours[2] - 118).max() <= 2
    assert np.all(colours[4] == pytest.approx(218, abs=3))
    assert np.all(np.diff(colours[:5, 1]) > 20)
    skin = colours[5] / colours[5].max()
    assert skin == pytest.approx(COLOURS[5] / COLOURS[5].max(), abs=0.02)


def test_highlights_of_hdr_keep_their_order(tmp_path):
    nits = np.array([203, 400, 600, 1000, 4000])[:, None] * np.ones(3)
    grey = shown(hdr_clip(tmp_path / "h.mp4", pq(nits), 16))[0][:, 1]
    assert np.all(np.diff(grey[:4]) > 5)
    assert grey[2] < 252
    assert grey[3] >= 254
    assert grey[4] == 255


def test_wide_gamut_without_hdr(tmp_path):
    linear = np.clip(light(COLOURS), 0, 1)
    signal = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    colours, hdr = shown(hdr_clip(tmp_path / "w.mp4", signal, 14))
    assert not hdr
    assert np.abs(colours - COLOURS).max() <= 3


def test_transparent_video_is_over_mid_grey(tmp_path):
    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[:, :32] = (200, 40, 40, 255)
    path = make_clip(tmp_path / "a.mov", pictures=[rgba] * 3, codec="png", pix_fmt="rgba", from_format="rgba")
    with open_clip(path) as clip:
        frame = next(clip.frames()).rgb
    assert frame[32, 16].tolist() == [200, 40, 40]
    assert frame[32, 48].tolist() == [128, 128, 128]
