# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip that was tracked before: its motion is used as it is, for as many characters as are wanted."""

from __future__ import annotations

from tests.core.verbs.conftest import FRAMES, hashes, load_result


def test_the_same_frames_without_tracking(user, animate, material, tmp_path):
    first = animate(output=tmp_path / "first")
    motion = tmp_path / "first" / first["motion"]
    done = user("animate", material.picture, material.clip, "-o", "again", "--motion", motion, "--json", "--no-movie")
    assert done.code == 0, done.err
    assert "Tracking" not in done.out
    again = load_result(tmp_path / "again")
    assert again["frame_count"] == FRAMES
    assert again["smooth"] == first["smooth"]
    first_frames, frames = (
        {name: digest for name, digest in hashes(tmp_path / place / "proxy").items() if name.endswith(".png")}
        for place in ("first", "again")
    )
    assert frames == first_frames


def test_the_motion_of_another_clip_is_refused(animate, material, tmp_path):
    first = animate(output=tmp_path / "first", end=0.2, no_movie=True)
    other = tmp_path / "other.mp4"
    other.write_bytes(material.clip.read_bytes() + bytes(8))
    answer = animate(output=tmp_path / "again", clip=other, motion=tmp_path / "first" / first["motion"])
    assert answer["code"] == "usage"
    assert "is not of other.mp4" in answer["message"]
    assert not (tmp_path / "again" / "result.json").exists()


def test_a_range_was_chosen_with_the_motion(animate, tmp_path):
    first = animate(output=tmp_path / "first", end=0.2, no_movie=True)
    answer = animate(output=tmp_path / "again", motion=tmp_path / "first" / first["motion"], end=0.1)
    assert answer["code"] == "usage"
    assert answer["hint"]
