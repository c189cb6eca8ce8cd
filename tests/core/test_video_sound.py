# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound file starts when the picture does and is as long."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.errors import ErrorCode, FaceShotError
from core.video import extract_sound, open_clip, probe
from core.video.sound import _placed
from tests.core.clip_maker import make_clip, number_of, numbered


def heard(path: Path) -> tuple[float, np.ndarray]:
    """Length in s, and the times in s at which clicks begin."""
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        assert file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())[:, 0]
    loud = np.flatnonzero(np.abs(samples.astype(int)) > 3000)
    begins = loud[np.diff(loud, prepend=-rate) > 0.02 * rate]
    return len(samples) / rate, begins / rate


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts"])
@pytest.mark.parametrize(
    ("video_from", "sound"),
    [(0, (0, 4)), (0, (1.02, 3)), (2, (0, 8)), (2, (2.5, 4))],
    ids=["together", "sound later", "picture later", "picture first"],
)
@pytest.mark.parametrize("range_", [{}, {"start": 1.03, "end": 2.5}, {"start": 2.513}], ids=["all", "part", "end"])
def test_a_click_is_heard_when_it_happened(tmp_path, suffix, video_from, sound, range_):
    times = [video_from + k / 25 for k in range(100)]
    path = make_clip(tmp_path / f"a.{suffix}", pictures=100, times=times, sound=sound)
    start, end = range_.get("start", 0.0), range_.get("end", probe(path).duration)
    made = extract_sound(path, tmp_path / "new folder" / "s ö.wav", **range_)
    assert made == tmp_path / "new folder" / "s ö.wav"
    length, begins = heard(made)
    assert length == pytest.approx(end - start, abs=1e-4)
    tenths = np.arange(0, 90) / 10
    wanted = tenths[(tenths >= sound[0]) & (tenths < sound[1])] - video_from - start
    wanted = wanted[(wanted >= 0) & (wanted < length)]
    # at an edge of the range a click may be cut
    begins = begins[(begins > 0.008) & (begins < length - 0.008)]
    wanted = wanted[(wanted > 0.008) & (wanted < length - 0.008)]
    assert begins == pytest.approx(wanted, abs=0.0015)  # MP4's edit lists count in milliseconds
    assert [name for name in made.parent.iterdir() if name != made] == []


def test_no_sound(tmp_path):
    assert extract_sound(make_clip(tmp_path / "a.mp4", pictures=5), tmp_path / "s.wav") is None
    assert not (tmp_path / "s.wav").exists()


def test_errors(tmp_path):
    path = make_clip(tmp_path / "a.mp4", pictures=25, sound=(0, 1))
    (tmp_path / "file").write_text("x")
    for target, range_, code in (
        (tmp_path / "file" / "s.wav", {}, ErrorCode.OUTPUT_UNWRITABLE),
        (tmp_path / "s.wav", {"start": 5.0}, ErrorCode.USAGE),
    ):
        with pytest.raises(FaceShotError) as caught:
            extract_sound(path, target, **range_)
        assert caught.value.code is code
    with pytest.raises(FaceShotError) as caught:
        extract_sound(tmp_path / "no.mp4", tmp_path / "s.wav")
    assert caught.value.code is ErrorCode.INPUT_MISSING
    assert not (tmp_path / "s.wav").exists()


def test_sound_of_a_truncated_clip_is_as_long_as_its_picture(tmp_path):
    path = make_clip(tmp_path / "a.mkv", pictures=120, sound=(0, 4.8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with open_clip(path) as clip:
        length, _ = heard(extract_sound(clip, tmp_path / "s.wav"))
        assert length == pytest.approx(clip.info.duration, abs=1e-4)
        assert 1 < length < 4


@pytest.mark.parametrize("name", ["lp_d3", "lp_d6", "lp_d10", "lp_d11", "lp_d12", "lp_d18", "lp_d20"])
def test_real_clips(shared_data, tmp_path, name):
    with open_clip(shared_data / "clips" / f"{name}.mp4") as clip:
        made = extract_sound(clip, tmp_path / "s.wav")
        with wave.open(str(made)) as file:
            assert file.getframerate() == 44100
            assert file.getnframes() == round(clip.info.duration * 44100)
            loudness = np.frombuffer(file.readframes(44100 * 5), "<i2").astype(float).std()
    assert (loudness > 50) == (name not in ("lp_d3", "lp_d18"))  # those have a track of silence


@pytest.mark.parametrize("start", [0.0, 1.237])
def test_two_minutes_of_variable_rate_end_together(tmp_path, start):
    """As a phone films: 12 to 60 frames/s by turns. The picture and the click of the same moment stay together."""
    random = np.random.default_rng(7)
    times = np.cumsum(np.repeat(random.choice([1 / 12, 1 / 24, 1 / 30, 1 / 60], 60), 50))
    times = np.round((times - times[0]) * 90000) / 90000
    pictures = [numbered(k % 256) for k in range(len(times))]
    path = make_clip(tmp_path / "a.mp4", pictures=pictures, times=list(times), sound=(0, times[-1] + 1))
    assert times[-1] > 100
    with open_clip(path) as clip:
        seen = {round(frame.time, 4): number_of(frame.rgb) for frame in clip.frames(times[-1] - 5)}
        fps = 24000 / 1001
        count = round((clip.info.duration - start) * fps)
        length, begins = heard(extract_sound(clip, tmp_path / "s.wav", start=start, end=start + count / fps))
    assert length == pytest.approx(count / fps, abs=1e-4)
    for k in range(len(times) - 50, len(times)):
        assert seen[min(seen, key=lambda time, k=k: abs(time - times[k]))] == k % 256
    late = begins[(begins > length - 5) & (begins < length - 0.2)]
    assert len(late) > 40
    assert late == pytest.approx(np.rint((late + start) * 10) / 10 - start, abs=0.0015), "half a frame would be 0.02 s"


@pytest.mark.parametrize("per_second", [47960, 48000, 48035])
@pytest.mark.parametrize("jitter", [0.0, 0.0005, 0.01])
def test_a_sound_clock_that_runs_off_is_followed(per_second, jitter):
    """Chunks that say when they are, of a recorder that takes `per_second` samples and calls it 48000."""
    random = np.random.default_rng(3)
    rate, block = 48000, 1024
    blocks = round(120 * per_second / block)
    true = 1 + np.arange(blocks) * block / per_second
    told = true + random.uniform(-jitter, jitter, blocks)
    chunks = ((Fraction(time), np.full((block, 1), k + 1, np.int16)) for k, time in enumerate(told))
    placed = list(_placed(chunks, Fraction(0), rate))
    where = np.array([at for at, _ in placed])
    assert np.array_equal(where[1:], where[:-1] + [len(samples) for _, samples in placed[:-1]]), "no holes, no overlap"
    late = np.abs(where / rate - true)[2000:]
    assert late.max() <= 0.002 + jitter / 2
    if per_second == rate and jitter < 0.001:
        assert {len(samples) for _, samples in placed} == {block}, "nothing is stretched without need"
