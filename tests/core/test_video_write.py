# SPDX-License-Identifier: GPL-3.0-or-later
"""Movies that are written can be read again, or nothing is left."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.video import exact_rate, extract_sound, open_clip, probe, write_movie
from core.video.temporary import replacing
from tests.core.clip_maker import make_clip, number_of, numbered
from tests.core.test_video_sound import heard


def test_frames_times_colours_and_tags(tmp_path):
    path = tmp_path / "new" / "möwie 1.mp4"
    assert write_movie(path, (numbered(k) for k in range(30)), fps=29.97) == path
    with open_clip(path) as clip:
        frames = list(clip.frames())
        assert clip.info.rate == Fraction(30000, 1001)
        assert clip.info.codec in ("h264", "mpeg4")
        assert clip.info.duration == pytest.approx(30 * 1001 / 30000, abs=1e-4)
    assert [number_of(frame.rgb) for frame in frames] == list(range(30))
    assert frames[29].time == pytest.approx(29 * 1001 / 30000, abs=1e-4)
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert context.pix_fmt == "yuv420p"
    data = path.read_bytes()
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    assert [other for other in path.parent.iterdir() if other != path] == []


def test_colours_come_back(tmp_path):
    colours = np.array([(0, 0, 0), (255, 255, 255), (200, 150, 120), (220, 30, 30), (30, 160, 60), (40, 60, 200)])
    pixels = np.repeat(np.repeat(colours.astype(np.uint8)[None], 16, axis=1), 32, axis=0)
    write_movie(tmp_path / "a.mp4", [pixels] * 3, fps=24, quality=4)
    with open_clip(tmp_path / "a.mp4") as clip:
        frame = next(clip.frames()).rgb
    assert np.abs(frame[16, 8::16].astype(int) - colours).max() <= 3


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70))
def test_any_size(tmp_path_factory, width, height):
    path = tmp_path_factory.getbasetemp() / "size.mp4"
    picture = np.full((height, width, 3), (90, 120, 150), np.uint8)
    write_movie(path, [picture] * 2, fps=25)
    with open_clip(path) as clip:
        frames = list(clip.frames())
    assert len(frames) == 2
    shape = frames[0].rgb.shape
    assert shape[0] in (height, height + 1, 16)
    assert shape[1] in (width, width + 1, 16)
    assert np.abs(frames[0].rgb.astype(int) - (90, 120, 150)).max() <= 4  # the edge goes on, no black line


@given(st.integers(1, 240), st.sampled_from([3, 4, 5, 9]))
def test_broadcast_rates_from_their_rounded_numbers(whole, digits):
    exact = Fraction(whole * 1000, 1001)
    if whole >= 24:
        assert exact_rate(round(float(exact), digits)) == exact
    assert exact_rate(float(whole)) == whole
    assert exact_rate(exact) == exact


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (23.98, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (12.5, Fraction(25, 2)),
        (1, 1),
        (0.5, Fraction(1, 2)),
    ],
)
def test_exact_rate(fps, rate):
    assert exact_rate(fps) == rate


@pytest.mark.parametrize("fps", [0, -1, float("nan"), float("inf")])
def test_rates_that_are_none(tmp_path, fps):
    with pytest.raises(FaceShotError) as caught:
        write_movie(tmp_path / "a.mp4", [numbered(1)], fps=fps)
    assert caught.value.code is ErrorCode.USAGE


def test_sound_stays_in_time(tmp_path):
    clip = make_clip(tmp_path / "c.mkv", pictures=100, sound=(0.5, 4))
    sound = extract_sound(clip, tmp_path / "s.wav")
    write_movie(tmp_path / "m.mp4", (numbered(k) for k in range(75)), fps=25, sound=sound)
    assert probe(tmp_path / "m.mp4").duration == pytest.approx(3)
    length, begins = heard(extract_sound(tmp_path / "m.mp4", tmp_path / "t.wav"))
    assert length == pytest.approx(3)
    assert begins == pytest.approx(np.arange(5, 30) / 10, abs=0.001)
    with av.open(str(tmp_path / "m.mp4")) as container:
        audio = container.streams.audio[0]
        assert audio.codec_context.name == "aac"
        assert float(audio.duration * audio.time_base) == pytest.approx(3, abs=0.05)


def cancelled() -> Iterator[np.ndarray]:
    yield from (numbered(k) for k in range(3))
    raise FaceShotError(ErrorCode.CANCELLED, "Cancelled.")


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([], ErrorCode.USAGE),
        ([numbered(1), numbered(1)[:-2]], ErrorCode.USAGE),
        ([numbered(1)[..., 0]], ErrorCode.USAGE),
        ([numbered(1).astype(np.float32)], ErrorCode.USAGE),
        (cancelled(), ErrorCode.CANCELLED),
    ],
    ids=["none", "mixed", "grey", "float", "cancelled"],
)
def test_nothing_is_left_behind(tmp_path, frames, code):
    (tmp_path / "a.mp4").write_bytes(b"what was there")
    with pytest.raises(FaceShotError) as caught:
        write_movie(tmp_path / "a.mp4", frames, fps=25)
    assert caught.value.code is code
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"what was there"


def test_unwritable(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a.mp4", tmp_path / "folder"):
        with pytest.raises(FaceShotError) as caught:
            write_movie(path, [numbered(1)], fps=25)
        assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), av.FFmpegError(errno.ENOSPC, "No space left on device")], ids=["os", "av"]
)
def test_a_full_disk_says_so(tmp_path, error):
    def fail() -> None:
        with replacing(tmp_path / "a.mp4") as temporary:
            temporary.write_bytes(b"half")
            raise error

    with pytest.raises(FaceShotError) as caught:
        fail()
    assert caught.value.code is ErrorCode.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_bad_sound(tmp_path):
    (tmp_path / "text.wav").write_text("hello" * 100)
    for name, code in (("no.wav", ErrorCode.INPUT_MISSING), ("text.wav", ErrorCode.INPUT_UNREADABLE)):
        with pytest.raises(FaceShotError) as caught:
            write_movie(tmp_path / "a.mp4", [numbered(1)] * 3, fps=25, sound=tmp_path / name)
        assert caught.value.code is code
    assert [path.name for path in tmp_path.iterdir()] == ["text.wav"]


def test_the_same_frames_give_the_same_bytes(tmp_path):
    for name in ("a.mp4", "b.mp4"):
        write_movie(tmp_path / name, [numbered(k) for k in range(10)], fps=25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
