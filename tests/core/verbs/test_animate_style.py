# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture is made of survives the whole way; drawings are held; the motion is steadied as said."""

from __future__ import annotations

import numpy as np
import pytest

from core.arrays import write_atomically
from core.character import Character, file_hash
from core.motion import FaceMotion
from core.picture import encode_png, read_picture
from core.video import probe
from demo.cast import CAST
from tests.core.verbs.conftest import FRAMES, load_result


def frame(folder, number):
    return read_picture(folder / "proxy" / f"{number:06d}.png").pixels


@pytest.fixture
def deep_cat(tmp_path):
    """The cat as a 16-bit picture with alpha, of more levels than 8 bits have, its card beside it."""
    cat = CAST["cat"](192)
    pixels = cat.pixels.astype(np.uint16) * 257
    seen = cat.pixels[..., 3] > 0
    pixels[..., :3][seen] ^= np.random.default_rng(3).integers(0, 256, (seen.sum(), 3)).astype(np.uint16)
    picture = tmp_path / "cat.png"
    write_atomically(picture, encode_png(pixels))
    Character(
        points=cat.points, size=cat.size, present=cat.present, iris=cat.iris, picture_hash=file_hash(picture)
    ).save(tmp_path / "cat.character.json")
    return picture, pixels


def test_16_bit_alpha_in_16_bit_alpha_out(animate, deep_cat, tmp_path):
    picture, pixels = deep_cat
    made = animate(picture=picture, end=0.2)
    assert made["frame_count"] == 5, made
    assert made["matcher"] == "card"
    drawn = frame(tmp_path / "out", 3)
    assert (drawn.shape, drawn.dtype) == (pixels.shape, np.uint16)
    assert not np.array_equal(drawn, pixels)
    assert len(np.unique(drawn[..., :3])) > 2000
    assert (drawn[:8, :8, 3] == 0).all()
    assert drawn[..., 3].max() == 65535
    still = animate(picture=picture, end=0.2, gain=dict.fromkeys(("jaw", "nose", "eyes", "mouth", "gaze", "rotation",
                    "translation", "parallax", "zoom", "brows"), 0), output=tmp_path / "still")  # fmt: skip
    assert still["frame_count"] == 5
    assert np.array_equal(frame(tmp_path / "still", 3), pixels)


def test_drawings_are_held_and_the_sound_is_not(animate, tmp_path):
    plain = animate(output=tmp_path / "plain")
    made = animate(output=tmp_path / "twos", hold=2)
    assert (made["hold"], plain["hold"]) == (2, 1)
    assert made["frame_count"] == plain["frame_count"] == FRAMES
    for number in range(1, FRAMES + 1):
        shown = number - (number - 1) % 2
        assert np.array_equal(frame(tmp_path / "twos", number), frame(tmp_path / "plain", shown))
    assert (tmp_path / "twos" / "sound.wav").read_bytes() == (tmp_path / "plain" / "sound.wav").read_bytes()
    assert probe(tmp_path / "twos" / "toon.mp4").frame_count == FRAMES
    assert load_result(tmp_path / "twos")["hold"] == 2


def test_sampling_is_chosen_and_told(animate, tmp_path):
    assert animate(end=0.2, output=tmp_path / "auto")["sampling"] == "cubic"
    assert animate(end=0.2, output=tmp_path / "soft", sampling="linear")["sampling"] == "linear"
    assert not np.array_equal(frame(tmp_path / "auto", 4), frame(tmp_path / "soft", 4))


@pytest.mark.parametrize(("name", "value"), [("hold", 0), ("hold", 13), ("sampling", "sharp")])
def test_styles_that_are_none_are_refused_at_once(animate, tmp_path, name, value):
    answer = animate(**{name: value})
    assert answer["code"] == "usage"
    assert name in answer["message"]
    assert not (tmp_path / "out").exists()


def test_motion_is_steadied_lightly_in_animate_and_not_in_track(animate, user, material, tmp_path):
    animate(output=tmp_path / "light")
    animate(output=tmp_path / "raw", smooth=0)
    assert user("track", material.clip, "-o", tmp_path / "tracked.motion.npz").code == 0
    light, raw = (FaceMotion.load(tmp_path / name / "small.motion.npz") for name in ("light", "raw"))
    tracked = FaceMotion.load(tmp_path / "tracked.motion.npz")
    np.testing.assert_array_equal(tracked.landmarks(), raw.landmarks())
    jerk = [np.abs(np.diff(motion.landmarks(), 3, axis=0)).mean() for motion in (light, raw)]
    assert jerk[0] < 0.8 * jerk[1]
    assert np.abs(light.landmarks() - raw.landmarks()).mean() < 1.0
