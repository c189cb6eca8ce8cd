# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading clips: times, ranges, orientation, bad input, sequences."""

from __future__ import annotations

import io
import itertools
import os
import threading
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.video import open_clip, probe
from core.video.upright import nearest, rotation_of, turned, turned_size
from tests.core.clip_maker import SIZE, make_clip, number_of, numbered

KINDS = {
    "h264.mp4": {"options": {"g": "20"}},
    "opengop.mkv": {"options": {"x264-params": "open-gop=1:keyint=20:bframes=3"}},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "keyint=20:log-level=none"}},
    "mpeg4.avi": {"codec": "mpeg4", "options": {"g": "15", "bf": "2"}},
    "mpeg2.ts": {"codec": "mpeg2video", "options": {"g": "15", "bf": "2"}},
    "mpeg2.mpg": {"codec": "mpeg2video", "options": {"g": "15", "bf": "2"}},
    "vp9.webm": {"codec": "libvpx-vp9", "options": {"g": "20", "cpu-used": "8", "deadline": "realtime"}},
    "prores.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le"},
    "h264.ts": {"options": {"g": "25"}},
    "fragments.mp4": {"options": {"g": "15"}, "container": {"movflags": "frag_keyframe+empty_moov"}},
    "a.gif": {"codec": "gif", "pix_fmt": "rgb8"},
}
COUNT = 80


def read(path: Path, **range_) -> tuple[list[float], list[int], list[str]]:
    with open_clip(path) as clip:
        frames = list(clip.frames(**range_))
        assert [frame.index for frame in frames] == list(range(len(frames)))
        assert all(frame.rgb.dtype == np.uint8 and frame.rgb.flags.c_contiguous for frame in frames)
        assert all(frame.rgb.shape[1::-1] == clip.info.size for frame in frames)
        return [frame.time for frame in frames], [number_of(frame.rgb) for frame in frames], clip.warnings


def refused(path: Path, code: ErrorCode = ErrorCode.INPUT_UNREADABLE) -> FaceShotError:
    with pytest.raises(FaceShotError) as caught:
        open_clip(path)
    assert caught.value.code is code
    assert str(path) in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.fixture(scope="module", params=sorted(KINDS))
def clip_of_each_kind(request, tmp_path_factory) -> Path:
    return make_clip(tmp_path_factory.mktemp("kinds") / request.param, pictures=COUNT, **KINDS[request.param])


# --- times and ranges


def test_whole_clip(clip_of_each_kind):
    info = probe(clip_of_each_kind)
    assert (info.size, info.rate, info.frame_count) == (SIZE, 25, COUNT)
    assert info.duration == pytest.approx(COUNT / 25, abs=1e-3)
    times, numbers, warnings = read(clip_of_each_kind)
    assert numbers == list(range(COUNT))
    assert times == pytest.approx([k / 25 for k in range(COUNT)], abs=1e-3)
    assert warnings == []


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.floats(0, COUNT / 25 - 0.01), st.floats(0.001, 0.5))
def test_a_range_gives_the_frames_on_screen_in_it(clip_of_each_kind, start, length):
    times, numbers, _ = read(clip_of_each_kind, start=start, end=start + length)
    shown = [k for k in range(COUNT) if start - 0.0395 <= k / 25 <= start + length - 0.0015]
    assert numbers[: len(shown)] == shown[: len(numbers)]
    assert abs(len(numbers) - len(shown)) <= 1  # a bound within a millisecond of a frame may fall either way
    assert times == pytest.approx([k / 25 for k in numbers], abs=1e-3)
    assert times[0] <= start + 0.0015


def test_variable_rate_and_a_late_start(tmp_path):
    times = [0, 0.04, 0.05, 0.2, 0.21, 0.5, 0.9, 0.94, 1.0]
    for name in ("v.mp4", "v.mkv"):
        path = make_clip(tmp_path / name, pictures=9, times=[5 + t for t in times])
        assert read(path)[0] == pytest.approx(times, abs=1e-3)
        assert read(path)[1:] == (list(range(9)), [])
        assert probe(path).duration >= 1.0
        assert read(path, start=0.3, end=0.91)[1] == [4, 5, 6]


def test_one_frame(tmp_path):
    for name, codec in (("1.mp4", "libx264"), ("1.avi", "mpeg4"), ("1.ts", "libx264"), ("1.webm", "libvpx-vp9")):
        path = make_clip(tmp_path / name, pictures=[numbered(5)], codec=codec)
        assert probe(path).frame_count == 1
        assert 0 < probe(path).duration < 0.1
        assert read(path) == ([0.0], [5], [])


def test_a_recording_without_duration(tmp_path):
    """As browsers record: the muxer could not go back and write the duration."""

    class Pipe(io.RawIOBase):
        data = b""

        def writable(self) -> bool:
            return True

        def write(self, more) -> int:
            self.data += bytes(more)
            return len(more)

    pipe = Pipe()
    make_clip(tmp_path / "whole.webm", pictures=30, codec="libvpx-vp9")
    with av.open(str(tmp_path / "whole.webm")) as source, av.open(pipe, "w", format="webm") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    (tmp_path / "live.webm").write_bytes(pipe.data)
    assert probe(tmp_path / "live.webm").duration == pytest.approx(1.2, abs=0.002)
    assert read(tmp_path / "live.webm", start=0.5)[1:] == (list(range(12, 30)), [])


@pytest.mark.parametrize(("start", "end"), [(-1, None), (2, 1), (1, 1), (float("nan"), None), (99, None)])
def test_ranges_that_do_not_fit(tmp_path, start, end):
    with open_clip(make_clip(tmp_path / "a.mp4")) as clip, pytest.raises(FaceShotError) as caught:
        clip.frames(start, end)
    assert caught.value.code is ErrorCode.USAGE


def test_readings_side_by_side_and_nothing_stays_open(tmp_path):
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("open files are counted through /proc")
    path = make_clip(tmp_path / "a.mp4", sound=(0, 1))
    opened = lambda: len(list(folder.iterdir()))  # noqa: E731
    before, threads = opened(), threading.active_count()
    with open_clip(path) as clip:
        one, two = clip.frames(), clip.frames(start=0.2)
        assert [number_of(next(one).rgb), number_of(next(two).rgb), number_of(next(one).rgb)] == [0, 5, 1]
        assert opened() > before
    assert opened() == before
    for bad in (b"", b"text", path.read_bytes()[:500]):
        (tmp_path / "bad.mp4").write_bytes(bad)
        refused(tmp_path / "bad.mp4")
    assert (opened(), threading.active_count()) == (before, threads)


# --- upright, square


def corners(rgb: np.ndarray) -> list[str]:
    """Names of the colours in the four quarters: top left, top right, bottom left, bottom right."""
    height, width = rgb.shape[:2]
    quarters = [rgb[y * height // 4, x * width // 4].astype(int) for y in (1, 3) for x in (1, 3)]
    return ["rgb"[int(np.argmax(q))] if q.max() > 150 else "-" for q in quarters]


MARKED = np.full((64, 128, 3), 60, np.uint8)
MARKED[:32, :64], MARKED[:32, 64:] = (250, 30, 30), (30, 250, 30)


@pytest.mark.parametrize(("clockwise", "want"), [(0, "rg--"), (90, "-r-g"), (180, "--gr"), (270, "g-r-")], ids=str)
@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv"])
def test_rotation_flag(tmp_path, clockwise, want, suffix):
    path = make_clip(tmp_path / f"r.{suffix}", pictures=[MARKED] * 2, rotate=-clockwise)
    info = probe(path)
    assert info.rotation == clockwise
    assert info.size == ((128, 64) if clockwise in (0, 180) else (64, 128))
    with open_clip(path) as clip:
        frame = next(clip.frames())
    assert frame.rgb.shape == (info.size[1], info.size[0], 3)
    assert "".join(corners(frame.rgb)) == want


def test_mirrored_recordings(tmp_path):
    flip = [-65536, 0, 0, 0, 65536, 0, 128 << 16, 0, 1 << 30]
    path = make_clip(tmp_path / "selfie.mp4", pictures=[MARKED] * 2, matrix=flip)
    with open_clip(path) as clip:
        assert "".join(corners(next(clip.frames()).rgb)) == "gr--"
        assert clip.info.rotation == 0


@given(
    st.sampled_from([(a, b, c, d) for a, d in ((1, 1), (1, -1), (-1, 1), (-1, -1)) for b, c in ((0, 0),)]), st.data()
)
def test_turning_moves_each_pixel_where_the_matrix_says(matrix, data):
    if data.draw(st.booleans()):
        matrix = (0, matrix[0], matrix[3], 0)
    a, b, c, d = matrix
    width, height = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    pixels = np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3)
    shown = turned(pixels, matrix)
    assert shown.shape[1::-1] == turned_size((width, height), matrix)
    y, x = np.mgrid[0:height, 0:width]
    to_x, to_y = a * x + c * y, b * x + d * y
    np.testing.assert_array_equal(shown[to_y - to_y.min(), to_x - to_x.min()], pixels)
    assert nearest(*(value * 65536 + 900 for value in matrix)) == matrix
    assert rotation_of(matrix) in (0, 90, 180, 270)


def test_pixels_that_are_not_square(tmp_path):
    path = make_clip(tmp_path / "a.mp4", pictures=3, aspect=Fraction(4, 3), rotate=90)
    assert probe(path).size == (64, 171)
    assert read(make_clip(tmp_path / "b.mkv", pictures=3, aspect=Fraction(8, 9)))[1] == [0, 1, 2]
    assert probe(tmp_path / "b.mkv").size == (114, 64)


# --- files that are damaged or no clips


def heavy(count: int) -> list[np.ndarray]:
    """Numbered frames with noise, so that the file is picture data and not tables."""
    noise = np.random.default_rng(0).integers(-20, 20, (count, SIZE[1], SIZE[0], 3))
    return [(numbered(k) + noise[k]).clip(0, 255).astype(np.uint8) for k in range(count)]


@pytest.mark.parametrize("part", [0.3, 0.7])
@pytest.mark.parametrize("name", ["faststart.mp4", "a.mkv", "a.webm", "a.avi", "a.flv"])
def test_a_truncated_file_gives_what_is_there_and_a_warning(tmp_path, name, part):
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(name.split(".")[1], "libx264")
    options = {"movflags": "+faststart"} if name.endswith("mp4") else {}
    coding = {"g": "30"} | ({"qmin": "4", "qmax": "4"} if codec == "mpeg4" else {})
    path = make_clip(tmp_path / name, pictures=heavy(120), codec=codec, container=options, options=coding)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    times, numbers, warnings = read(path)
    assert 0.5 * part * 120 < len(numbers) < 110
    # the last frame before the cut may be a later one, which was stored first
    assert numbers[:-1] == list(range(len(numbers) - 1))
    assert "cut short" in warnings[0]
    assert path.name in warnings[0]
    assert probe(path).duration == pytest.approx(times[-1] + 0.04, abs=0.25)


def test_a_start_behind_the_cut(tmp_path):
    path = make_clip(tmp_path / "a.mp4", pictures=heavy(120), container={"movflags": "+faststart"})
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with open_clip(path) as clip, pytest.raises(FaceShotError) as caught:
        next(clip.frames(start=4.5))
    assert caught.value.code is ErrorCode.USAGE


def test_damage_in_the_middle_does_not_end_the_clip(tmp_path):
    path = make_clip(tmp_path / "a.mp4", pictures=120, codec="mpeg4", options={"g": "5"})
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 300] = os.urandom(300)
    path.write_bytes(data)
    times, numbers, _ = read(path)
    assert numbers[:20] == list(range(20))
    assert numbers[-1] == 119
    assert all(a < b for a, b in itertools.pairwise(times))


def test_missing(tmp_path):
    for name in ("no.mp4", "no.png", "no.####.png", "no"):
        refused(tmp_path / name, ErrorCode.INPUT_MISSING)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello world\n" * 50,
        b"\0" * 5000,
        b"ffconcat version 1.0\nfile other.mp4\n",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    ],
    ids=["empty", "text", "zeros", "concat", "playlist", "sdp"],
)
@pytest.mark.parametrize("suffix", ["mp4", "m3u8", "txt"])
def test_what_is_no_video_says_so(tmp_path, data, suffix):
    make_clip(tmp_path / "other.mp4", pictures=3)
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(data)
    refused(path)


def test_sound_only_and_undecodable(tmp_path):
    path = make_clip(tmp_path / "a.mp4", pictures=3)
    data = path.read_bytes()
    start, end = data.find(b"mdat") + 4, data.find(b"moov") - 4
    path.write_bytes(data[:start] + bytes(end - start) + data[end:])
    assert "no frame" in refused(path).message
    with av.open(str(tmp_path / "s.wav"), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    assert "no picture track" in refused(tmp_path / "s.wav").message


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_scrambled_files_never_surprise(tmp_path_factory, seed):
    folder = tmp_path_factory.getbasetemp()
    whole = folder / "scramble.mp4"
    if not whole.exists():
        make_clip(whole, pictures=30, sound=(0, 1), container={"movflags": "+faststart"})
    rng = np.random.default_rng(seed)
    data = np.frombuffer(whole.read_bytes(), np.uint8).copy()
    at = rng.integers(8, len(data), 20)
    data[at] = rng.integers(0, 256, 20)
    path = folder / "scrambled.mp4"
    path.write_bytes(data.tobytes())
    try:
        times = read(path)[0]
    except FaceShotError as error:
        code, times = error.code, []
    else:
        code = None
    assert code in (None, ErrorCode.INPUT_UNREADABLE)
    assert times == sorted(set(times))


def test_names_of_any_script(tmp_path):
    folder = tmp_path / "Größe 図 50% #1"
    folder.mkdir()
    assert read(make_clip(folder / "täke: é.mp4", pictures=4))[1] == [0, 1, 2, 3]


# --- picture sequences


@pytest.fixture
def sequence(tmp_path) -> Path:
    folder = tmp_path / "séq 1"
    folder.mkdir()
    for number in (9, 10, 11, 13):
        done, data = cv2.imencode(".png", numbered(number))
        assert done
        (folder / f"shot_v2.{number}.png").write_bytes(data.tobytes())
    (folder / ".hidden.12.png").write_bytes(b"")
    return folder


@pytest.mark.parametrize("name", ["", "shot_v2.10.png", "shot_v2.####.png", "shot_v2.%04d.png", "shot_v2.%d.png"])
def test_sequence_by_folder_member_and_pattern(sequence, name):
    path = sequence / name
    with open_clip(path, fps=23.976) as clip:
        frames = list(clip.frames())
        assert clip.info.rate == Fraction(24000, 1001)
        assert (clip.info.is_sequence, clip.info.size, clip.info.has_audio) == (True, SIZE, False)
        assert clip.info.frame_count == 4
        assert clip.info.duration == pytest.approx(5 * 1001 / 24000)
        assert len(clip.warnings) == 1
        assert "gaps" in clip.warnings[0]
    assert [number_of(frame.rgb) for frame in frames] == [9, 10, 11, 13]
    # the gap stays one: number 13 is shown four frames after number 9
    assert [frame.time for frame in frames] == pytest.approx([k * 1001 / 24000 for k in (0, 1, 2, 4)])


def test_range_of_a_sequence(sequence):
    assert read(sequence, start=1 / 24, end=3 / 24)[1] == [10, 11]
    assert read(sequence, start=3.5 / 24)[1] == [11, 13]


def test_sequence_with_a_damaged_picture(sequence):
    (sequence / "shot_v2.11.png").write_bytes(b"junk")
    _, numbers, warnings = read(sequence)
    assert numbers == [9, 10, 13]
    assert any("shot_v2.11.png" in warning and "left out" in warning for warning in warnings)


def test_folder_with_several_things(sequence):
    for number in (1, 2):
        (sequence / f"other.{number}.png").write_bytes((sequence / "shot_v2.9.png").read_bytes())
    (sequence / "notes.txt").write_text("x")
    _, numbers, warnings = read(sequence)
    assert numbers == [9, 10, 11, 13]
    assert any("other pictures" in warning for warning in warnings)


def test_pictures_of_several_sizes(sequence):
    cv2.imwrite(str(sequence / "shot_v2.11.png"), numbered(11, (256, 128)))
    _, numbers, warnings = read(sequence)
    assert numbers == [9, 10, 11, 13]
    assert any("size" in warning for warning in warnings)


def test_a_single_picture_and_folders_without_any(tmp_path):
    cv2.imwrite(str(tmp_path / "still.png"), numbered(77))
    assert read(tmp_path / "still.png") == ([0.0], [77], [])
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty")
    (tmp_path / "text.png").write_text("hello")
    refused(tmp_path / "text.png")


def test_rates_that_are_none(sequence):
    for fps in (0, -1, float("nan"), float("inf"), 1e6):
        with pytest.raises(FaceShotError) as caught:
            open_clip(sequence, fps=fps)
        assert caught.value.code is ErrorCode.USAGE


# --- the real thing

REAL = {  # name: (size, rate, frames, duration as the container's header has it, sound)
    "lp_d0": ((512, 512), 25, 78, 3.12, False),
    "lp_d3": ((512, 512), 30, 354, 11.8, True),
    "lp_d6": ((480, 480), 30, 1008, 33.6, True),
    "lp_d10": ((512, 512), 30, 448, 14.9333, True),
    "lp_d11": ((512, 512), 25, 225, 9.0, True),
    "lp_d12": ((512, 512), 25, 183, 7.32, True),
    "lp_d18": ((480, 480), 30, 216, 7.2, True),
    "lp_d20": ((480, 480), 25, 175, 7.0, True),
    "ravdess_surprised": ((720, 720), Fraction(2997, 100), 122, 4.0707, False),
}


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_clips(shared_data, name):
    size, rate, count, duration, sound = REAL[name]
    with open_clip(shared_data / "clips" / f"{name}.mp4") as clip:
        info = clip.info
        assert (info.size, info.rate, info.frame_count, info.has_audio) == (size, rate, count, sound)
        assert info.duration == pytest.approx(duration, abs=1e-3)
        first = next(clip.frames())
        last = list(clip.frames(start=info.duration - 0.5))
        assert first.time == 0
        assert last[-1].time == pytest.approx((count - 1) / rate, abs=1e-3)
        assert first.rgb.std() > 10
        assert last[-1].rgb.std() > 10
        assert clip.warnings == []
