# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges and rates: the frames asked for, as long as the clip is, with the sound at the same instant."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from core.landmarks import LandmarkSequence
from core.motion import FaceMotion
from core.video import extract_sound, probe
from tests.core.clip_maker import make_clip
from tests.core.verbs.conftest import FPS, FRAMES


def samples(path: Path) -> tuple[np.ndarray, int]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


@pytest.mark.parametrize(
    ("start", "end", "count", "first"),
    [
        (None, 99, FRAMES, 0.0),
        (0.2, None, 7, 0.2),
        (0.21, None, 7, 0.2),  # the frame on screen
        (0.07, 0.30, 7, 0.04),
        (0.2, 0.24, 1, 0.2),
        (None, 0.1, 3, 0.0),
        (0.47, 99, 1, 0.44),
    ],
)
def test_a_range_of_the_clip(animate, material, tmp_path, start, end, count, first):
    out = tmp_path / "out"
    made = animate(start=start, end=end)
    assert made["frame_count"] == count, made
    assert made["start"] == pytest.approx(first, abs=1e-3)
    assert probe(out / "toon.mp4").frame_count == count
    whole, rate = samples(extract_sound(material.clip, tmp_path / "whole.wav"))
    heard, _ = samples(out / "sound.wav")
    at = round(first * rate)
    assert len(heard) == pytest.approx(count / FPS * rate, abs=2)
    length = min(len(heard), len(whole) - at)
    assert np.array_equal(heard[:length], whole[at : at + length]), "the sound of these frames"
    assert count < 3 or np.abs(heard.astype(int)).max() > 0


def test_frames_of_a_range_are_those_of_the_clip(animate, material, tmp_path):
    """The motion from 0.2 s on is tracked from the sixth frame on."""
    animate(output=tmp_path / "whole")
    animate(output=tmp_path / "part", start=0.2)
    whole, part = (FaceMotion.load(tmp_path / name / "small.motion.npz") for name in ("whole", "part"))
    assert np.abs(part.landmarks() - whole.landmarks()[5:]).mean() < 0.5


def test_60_frames_a_second_to_24(animate, material, tmp_path):
    pictures = [picture for picture in material.frames for _ in range(3)]
    clip = make_clip(tmp_path / "fast.mp4", pictures=pictures, rate=60)
    made = animate(clip=clip, fps=24)
    assert (made["frame_count"], made["fps"]) == (14, 24), made  # 0.6 s
    movie = probe(tmp_path / "out" / "toon.mp4")
    assert (movie.rate, movie.frame_count) == (Fraction(24), 14)
    landmarks = LandmarkSequence.load(tmp_path / "out" / made["landmarks"])
    assert np.allclose(np.diff(landmarks.time), 1 / 24)


def test_a_named_rate_is_the_exact_one(animate, tmp_path):
    made = animate(fps=23.976, end=0.2)
    assert made["fps"] == pytest.approx(24000 / 1001, abs=1e-12)
    assert probe(tmp_path / "out" / "toon.mp4").rate == Fraction(24000, 1001)


def test_a_variable_rate_becomes_constant(animate, material, tmp_path):
    """Slow at first, fast at the end: every moment of the face stays where it was in time."""
    times = np.concatenate([np.arange(6) * 0.1, 0.5 + np.arange(1, 7) * 0.02])
    still, other = material.frames[0], np.ascontiguousarray(material.frames[0][:, ::-1])
    pictures = [still] * 6 + [other] * 6  # it turns to its mirror image between 0.5 and 0.52 s
    clip = make_clip(tmp_path / "phone.mp4", pictures=pictures, times=list(times))
    made = animate(clip=clip, fps=25)
    length = made["frame_count"] / 25
    assert abs(length - probe(clip).duration) <= 0.1, "the last frame's own length is anybody's guess"
    tracked = FaceMotion.load(tmp_path / "out" / made["motion"])
    assert np.allclose(tracked.time, times, atol=1e-3)
    landmarks = LandmarkSequence.load(tmp_path / "out" / made["landmarks"])
    assert np.allclose(landmarks.time, np.arange(len(landmarks)) / 25, atol=1e-3)
    turned = np.linalg.norm(landmarks.points - landmarks.points[0], axis=-1).mean(axis=1)
    assert turned[:13].max() < 0.5 * turned[13:].min(), "until 0.48 s as before, from 0.52 s on the other"
