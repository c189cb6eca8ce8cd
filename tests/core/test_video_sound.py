# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound file starts when the picture does and is as long."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from core.errors import ErrorCode, FaceShotError
from core.video import extract_sound, open_clip, probe
from tests.core.clip_maker import make_clip


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
