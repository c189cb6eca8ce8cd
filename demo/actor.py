# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's stand-in actor: a public-domain photograph that performs known coefficients, as a movie with sound."""

from __future__ import annotations

import hashlib
import json
import tempfile
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import write_atomically
from core.character import file_hash

from . import photo
from .puppet import SIZE, Pose, Puppet

LENGTH = 5.0  # s that the performance was written for; other lengths play it slower or faster
SAMPLE_RATE = 48000

# What is performed: (time, value) of each turning point; between them the value eases in and out
_KEYS: Mapping[str, list[tuple[float, float]]] = {
    "jaw_open": [
        (0.55, 0), (0.68, 0.55), (0.80, 0.15), (0.93, 0.7), (1.06, 0.15), (1.18, 0.5), (1.36, 0), (2.32, 0), (2.60, 1),
        (2.90, 0.85), (3.12, 0), (4.06, 0), (4.22, 0.5), (4.36, 0.15), (4.50, 0.45), (4.64, 0.15), (4.76, 0.3),
        (4.92, 0),
    ],
    "smile_right": [
        (0.00, 0.7), (0.20, 0.7), (0.46, 0.15), (0.70, 0.15), (0.94, 0.7), (1.24, 0.6), (1.42, 0), (2.14, 0),
        (2.32, 0.3), (3.04, 0.3), (3.20, 0), (3.66, 0), (3.86, 0.95), (4.60, 0.9), (4.90, 1),
    ],
    "smile_left": [
        (0.00, 0.7), (0.36, 0.75), (0.60, 0.3), (0.90, 0.3), (1.08, 0.7), (1.26, 0.6), (1.44, 0), (2.14, 0),
        (2.36, 0.3), (3.08, 0.3), (3.20, 0), (3.74, 0), (4.02, 0.95), (4.60, 0.9), (4.90, 1),
    ],
    "pucker": [(1.36, 0), (1.52, 1), (2.12, 1), (2.28, 0), (3.12, 0), (3.26, 0.9), (3.62, 0.9), (3.78, 0)],
    "inner_brow_up": [
        (0.00, 0.4), (0.36, 0.4), (0.56, 0.8), (1.16, 0.7), (1.32, 0), (2.20, 0), (2.46, 1), (2.98, 1), (3.14, 0),
        (4.00, 0), (4.20, 0.7), (4.74, 0.7), (4.90, 0.5),
    ],
    "brow_down": [(1.30, 0), (1.46, 0.9), (2.06, 0.9), (2.22, 0), (3.12, 0), (3.28, 1), (3.84, 1), (4.02, 0)],
}  # fmt: skip
_BLINKS = (0.52, 1.36, 2.28, 3.16, 4.06)  # when the lids are shut
_BLINK_DOWN, _BLINK_SHUT, _BLINK_UP = 0.10, 0.05, 0.16


@dataclass(frozen=True, eq=False)
class ActorClip:
    """path: the movie · truth: what was performed, name to (T,) · fps: frames per second."""

    path: Path
    truth: dict[str, np.ndarray]
    fps: float


def performance(time: np.ndarray) -> dict[str, np.ndarray]:
    """The coefficients at `time` (T,) s of LENGTH, name to (T,): 0 at rest, 1 fully; head angles in rad.

    >>> curves = performance(np.linspace(0, LENGTH, 126))
    >>> float(curves["pucker"].max()), float(curves["blink"].min())
    (1.0, 0.0)
    """
    curves = {name: _eased(time, keys) for name, keys in _KEYS.items()}
    blink = np.zeros(len(time))
    for shut in _BLINKS:
        down = _smooth((time - (shut - _BLINK_SHUT / 2 - _BLINK_DOWN)) / _BLINK_DOWN)
        up = _smooth((time - (shut + _BLINK_SHUT / 2)) / _BLINK_UP)
        blink = np.maximum(blink, down - up)
    curves["blink"] = blink
    turn = 2 * np.pi * time / LENGTH
    curves["roll"] = 0.030 * np.sin(2 * turn + 0.4) + 0.018 * np.sin(5 * turn)
    curves["yaw"] = 0.055 * np.sin(turn + 1.0) + 0.02 * np.sin(4 * turn)
    curves["pitch"] = 0.018 * np.sin(3 * turn)
    return curves


def make_actor(folder: Path, *, fps: float = 25, seconds: float = LENGTH) -> ActorClip:
    """The clip in `folder`/actor.mp4, made unless it is there already and made of the same.

    640 x 640, with sound. Raises what `core.video.write_movie` raises.
    """
    from skimage import data

    from core.video import write_movie

    folder = Path(folder)
    path, record = folder / "actor.mp4", folder / "actor.json"
    count = round(fps * seconds)
    truth = performance(np.arange(count) / count * LENGTH)
    picture = data.astronaut()
    key = _key(picture, fps, seconds)
    if not _made_already(path, record, key):
        with tempfile.TemporaryDirectory() as scratch:
            sound = Path(scratch) / "voice.wav"
            write_sound(sound, seconds)
            write_movie(path, _frames(Puppet(picture), truth), fps=fps, sound=sound)
        write_atomically(record, json.dumps({"key": key, "sha256": file_hash(path)}).encode())
    return ActorClip(path, truth, fps)


def pose(truth: Mapping[str, np.ndarray], frame: int) -> Pose:
    """What the puppet does in one frame of the performance."""
    now = {name: float(curve[frame]) for name, curve in truth.items()}
    smile = (now["smile_right"] + now["smile_left"]) / 2
    coefficients = {name: now[name] for name in _KEYS}
    parted = max(now["jaw_open"] * 6, 1.6 * (smile - 0.45))
    coefficients["lips_closed"] = float(_smooth(np.array(1 - parted)))
    coefficients["cheek_raise"] = smile
    return Pose(
        coefficients=coefficients,
        blink=now["blink"],
        pitch=now["pitch"],
        yaw=now["yaw"],
        roll=now["roll"],
        shift=(40 * now["yaw"], 30 * now["pitch"]),
    )


def write_sound(path: Path, seconds: float) -> None:
    """A wordless voice in time with the mouth, as a 48 kHz mono WAV: loud while the jaw is open, dull when puckered."""
    count = round(seconds * SAMPLE_RATE)
    time = np.arange(count) / SAMPLE_RATE
    curves = performance(time / seconds * LENGTH)
    loudness = np.clip(curves["jaw_open"], 0, 1) ** 0.7 + 0.35 * curves["pucker"]
    pitch = 196 * 2 ** (0.25 * curves["inner_brow_up"] + 0.2 * curves["smile_left"] - 0.2 * curves["brow_down"])
    phase = 2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE + 0.03 * np.sin(2 * np.pi * 5.5 * time)
    bright = 1.6 - 0.9 * curves["jaw_open"] + 1.5 * curves["pucker"]
    voice = sum(np.sin(k * phase) * k**-bright for k in range(1, 9))
    samples = 0.16 * loudness * np.asarray(voice)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def _frames(puppet: Puppet, truth: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
    for frame in range(len(truth["blink"])):
        yield puppet.frame(pose(truth, frame))


def _smooth(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _eased(time: np.ndarray, keys: list[tuple[float, float]]) -> np.ndarray:
    at, value = np.array([key[0] for key in keys]), np.array([key[1] for key in keys])
    before = np.clip(np.searchsorted(at, time, side="right") - 1, 0, len(at) - 2)
    part = _smooth((time - at[before]) / (at[before + 1] - at[before]))
    return value[before] + (value[before + 1] - value[before]) * part


def _key(picture: np.ndarray, fps: float, seconds: float) -> str:
    """Changes with whatever the movie is made of: code, photograph, settings."""
    made_of = hashlib.sha256(f"{SIZE} {fps} {seconds}".encode())
    made_of.update(picture.tobytes())
    for module in (Path(__file__), Path(photo.__file__), Path(__file__).with_name("puppet.py")):
        made_of.update(module.read_bytes())
    return made_of.hexdigest()


def _made_already(path: Path, record: Path, key: str) -> bool:
    try:
        made = json.loads(record.read_text(encoding="utf-8"))
        return bool(made["key"] == key and path.is_file() and made["sha256"] == file_hash(path))
    except (OSError, ValueError, KeyError, TypeError):
        return False
