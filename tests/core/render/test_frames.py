# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from core.cache import FrameStore
from core.errors import ErrorCode, FaceShotError
from core.picture import read_picture
from core.progress import cancelled
from core.render import frames as frames_module
from core.render.frames import render_frames
from core.render.record import frame_name


@pytest.fixture
def job(make, face, sequence):
    """A picture, its character and eight frames that move."""
    picture, character = make()
    points = np.stack([np.add(face, (k, -0.5 * k)) for k in range(8)])
    return picture, character, sequence(points, picture.size)


@pytest.fixture
def store(tmp_path) -> FrameStore:
    return FrameStore(tmp_path / "cache")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def record(folder: Path) -> dict:
    return json.loads((folder / "render.json").read_text())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def test_frames_and_a_record_are_written(job, tmp_path):
    picture, character, landmarks = job
    told, saved = [], []
    out = tmp_path / "a folder with ümlauts"
    made = render_frames(
        picture,
        character,
        landmarks,
        out,
        progress=lambda stage, done, total: told.append((stage, done, total)),
        saved=saved.append,
    )
    assert (made.folder, made.count, made.from_cache) == (out, 8, 0)
    assert names(out) == [*(frame_name(k) for k in range(1, 9)), "render.json"]
    assert saved == [out / frame_name(k) for k in range(1, 9)]
    assert told == [("Rendering", k, 8) for k in range(9)]
    assert np.array_equal(read_picture(out / "000001.png").pixels, picture.pixels)
    facts = record(out)
    assert facts["complete"] is True
    assert facts["backend"]["name"] == "proxy"
    assert facts["backend"]["licence"]
    assert facts["count"] == 8
    assert len(facts["frames"]) == 8


def test_asking_again_costs_nothing_and_gives_the_same(job, tmp_path, store, monkeypatch):
    first = render_frames(*job, tmp_path / "a", store=store)
    monkeypatch.setattr(frames_module, "encode_png", lambda *_: pytest.fail("encoded again"))
    again = render_frames(*job, tmp_path / "a", store=store)
    elsewhere = render_frames(*job, tmp_path / "b", store=store)
    assert (first.from_cache, again.from_cache, elsewhere.from_cache) == (0, 8, 8)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_with_and_without_a_store_the_bytes_are_the_same(job, tmp_path, store):
    render_frames(*job, tmp_path / "a", store=store)
    render_frames(*job, tmp_path / "b", store=store)
    render_frames(*job, tmp_path / "c")
    assert contents(tmp_path / "a") == contents(tmp_path / "b") == contents(tmp_path / "c")


def test_only_the_edited_frames_are_made_anew(job, tmp_path, store, sequence):
    picture, character, landmarks = job
    render_frames(picture, character, landmarks, tmp_path / "a", store=store)
    points = landmarks.points.copy()
    points[2:4] += 0.5
    edited = sequence(points, picture.size)
    assert render_frames(picture, character, edited, tmp_path / "a", store=store).from_cache == 6


def test_what_decides_the_pixels_decides_the_key(job, tmp_path, store, make):
    picture, character, landmarks = job
    render_frames(picture, character, landmarks, tmp_path / "a", store=store)
    other, _ = make(channels=1)
    again = render_frames(other, character, landmarks, tmp_path / "b", store=store)
    nearest = render_frames(
        picture, character, landmarks, tmp_path / "c", store=store, settings={"sampling": "nearest"}
    )
    assert (again.from_cache, nearest.from_cache) == (0, 0)


def test_a_range_of_frames(job, tmp_path, store):
    made = render_frames(*job, tmp_path / "a", store=store, frames=range(3, 6))
    assert made.count == 3
    assert names(tmp_path / "a") == ["000003.png", "000004.png", "000005.png", "render.json"]
    assert render_frames(*job, tmp_path / "a", store=store).from_cache == 3
    assert set(record(tmp_path / "a")["frames"]) == {frame_name(k) for k in range(1, 9)}


def test_the_record_of_a_part_leaves_what_is_said_of_the_rest(job, tmp_path):
    out = tmp_path / "a"
    render_frames(*job, out, settings={"sampling": "linear"})
    for numbers, sampling in ((range(3, 5), "nearest"), (range(7, 8), "cubic"), (range(2, 6), "cubic")):
        render_frames(*job, out, frames=numbers, settings={"sampling": sampling})
    facts = record(out)
    assert (facts["complete"], facts["count"], facts["settings"]["sampling"]) == (True, 8, "linear")
    # the first part was done again within the last
    told = [(part["part"], part["settings"]["sampling"], part["count"]) for part in facts["parts"]]
    assert told == [([7, 7], "cubic", 1), ([2, 5], "cubic", 4)]
    render_frames(*job, out)
    assert "parts" not in record(out)


def test_parts_alone_say_which_they_are(job, tmp_path):
    out = tmp_path / "a"
    render_frames(*job, out, frames=range(1, 3))
    assert (record(out)["part"], record(out)["complete"]) == ([1, 2], True)
    render_frames(*job, out, frames=range(5, 6))
    assert [part["part"] for part in record(out)["parts"]] == [[5, 5]]


def test_a_part_does_not_finish_what_was_stopped(job, tmp_path):
    def stop(stage, done, total):
        if done == 4:
            raise cancelled()

    out = tmp_path / "a"
    with pytest.raises(FaceShotError):
        render_frames(*job, out, progress=stop)
    render_frames(*job, out, frames=range(1, 3))
    assert record(out)["complete"] is False
    render_frames(*job, out)
    assert record(out)["complete"] is True


@pytest.mark.parametrize("wrong", [range(3), range(7, 10), range(3, 3), range(1, 6, 2)])
def test_frames_that_are_not_there(job, tmp_path, wrong):
    with pytest.raises(FaceShotError) as caught:
        render_frames(*job, tmp_path / "a", frames=wrong)
    assert caught.value.code is ErrorCode.USAGE
    assert not (tmp_path / "a").exists()


def test_frames_of_a_longer_render_go(job, tmp_path, sequence):
    picture, character, landmarks = job
    out = tmp_path / "a"
    render_frames(picture, character, landmarks, out)
    (out / "000007.png").write_bytes(b"painted over")
    short = sequence(landmarks.points[:4], picture.size)
    render_frames(picture, character, short, out)
    assert names(out) == [*(frame_name(k) for k in range(1, 5)), "000007.png", "render.json"]
    assert (out / "000007.png").read_bytes() == b"painted over"


@pytest.mark.parametrize("painted", [1, 5])
def test_a_frame_that_somebody_changed_stays(job, tmp_path, painted, sequence):
    picture, character, landmarks = job
    out = tmp_path / "a"
    render_frames(picture, character, landmarks, out)
    (out / frame_name(painted)).write_bytes(b"painted over")
    other = sequence(landmarks.points + 1.5, picture.size)
    with pytest.raises(FaceShotError) as caught:
        render_frames(picture, character, other, out)
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert frame_name(painted) in caught.value.message
    assert caught.value.hint
    assert (out / frame_name(painted)).read_bytes() == b"painted over"


def test_a_foreign_frame_or_record_stays(job, tmp_path):
    out = tmp_path / "a"
    out.mkdir()
    (out / "000002.png").write_bytes(b"somebody's")
    with pytest.raises(FaceShotError) as caught:
        render_frames(*job, out)
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert (out / "000002.png").read_bytes() == b"somebody's"
    other = tmp_path / "b"
    other.mkdir()
    for foreign in (b"{}", b"not json", b"[1]", b'{"format": "faceshot.render", "version": 99}'):
        (other / "render.json").write_bytes(foreign)
        with pytest.raises(FaceShotError) as caught:
            render_frames(*job, other)
        assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
        assert (other / "render.json").read_bytes() == foreign


def test_other_files_in_the_folder_stay(job, tmp_path):
    out = tmp_path / "a"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    render_frames(*job, out)
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("after", [0, 1, 4, 8])
def test_cancelling_leaves_whole_frames_and_can_go_on(job, tmp_path, store, after):
    out = tmp_path / "a"

    def stop(stage: str, done: int, total: int | None) -> None:
        if done >= after:
            raise cancelled()

    with pytest.raises(FaceShotError) as caught:
        render_frames(*job, out, store=store, progress=stop)
    assert caught.value.code is ErrorCode.CANCELLED
    assert not list(out.glob(".*"))
    for frame in out.glob("*.png"):
        assert read_picture(frame).size == job[0].size
    assert record(out)["complete"] is False
    made = render_frames(*job, out, store=store)
    assert made.from_cache >= after
    assert record(out)["complete"] is True
    render_frames(*job, tmp_path / "b")
    assert contents(out) == contents(tmp_path / "b")


def test_a_render_that_was_killed_may_be_done_again_with_other_settings(job, tmp_path, sequence):
    """Frames on disk, a record that does not know their hashes: as after kill -9."""
    picture, character, landmarks = job
    out = tmp_path / "a"
    render_frames(picture, character, landmarks, out)
    facts = record(out)
    facts["complete"], facts["frames"] = False, dict.fromkeys(facts["frames"], "")
    (out / "render.json").write_text(json.dumps(facts))
    other = sequence(landmarks.points + 1.5, picture.size)
    assert render_frames(picture, character, other, out).count == 8


def test_damaged_cache_entries_are_made_again(job, tmp_path, store):
    render_frames(*job, tmp_path / "a", store=store)
    entries = [path for path in store.folder.rglob("*") if path.is_file()]
    entries[0].write_bytes(entries[0].read_bytes()[:100])
    entries[1].write_bytes(b"")
    made = render_frames(*job, tmp_path / "b", store=store)
    assert made.from_cache == 6
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_cache_that_cannot_be_written_is_left_aside(job, tmp_path):
    (tmp_path / "cache").write_text("a file")
    made = render_frames(*job, tmp_path / "a", store=FrameStore(tmp_path / "cache"))
    assert made.count == 8
    assert len(contents(tmp_path / "a")) == 8


@pytest.mark.skipif(sys.platform == "win32" or getattr(os, "geteuid", int)() == 0, reason="root may write anywhere")
def test_a_read_only_folder(job, tmp_path):
    out = tmp_path / "a"
    out.mkdir(mode=0o500)
    with pytest.raises(FaceShotError) as caught:
        render_frames(*job, out)
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE


def test_a_folder_that_is_a_file(job, tmp_path):
    (tmp_path / "a").write_text("mine")
    with pytest.raises(FaceShotError) as caught:
        render_frames(*job, tmp_path / "a")
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert (tmp_path / "a").read_text() == "mine"


def test_sizes_must_fit(job, tmp_path, make, sequence):
    picture, character, landmarks = job
    wrong = sequence(landmarks.points, (10, 10))
    with pytest.raises(FaceShotError) as caught:
        render_frames(picture, character, wrong, tmp_path / "a")
    assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(FaceShotError):
        render_frames(picture, character, sequence(np.zeros((0, 68, 2)), picture.size), tmp_path / "a")


def test_sixteen_bit_and_alpha_reach_the_file(make, face, sequence, tmp_path):
    picture, character = make(channels=4, depth=np.uint16)
    landmarks = sequence(np.stack([face, np.add(face, (3, 0))]), picture.size)
    render_frames(picture, character, landmarks, tmp_path / "a")
    assert np.array_equal(read_picture(tmp_path / "a" / "000001.png").pixels, picture.pixels)
    second = read_picture(tmp_path / "a" / "000002.png").pixels
    assert (second.dtype, second.shape) == (picture.pixels.dtype, picture.pixels.shape)
