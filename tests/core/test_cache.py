# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cache import FrameStore, content_key, default_folder
from core.errors import ErrorCode, FaceShotError

KEY = content_key(frame=1)


@pytest.fixture
def store(tmp_path: Path) -> FrameStore:
    return FrameStore(tmp_path / "cache")


def test_what_was_put_comes_back(store):
    assert store.get(KEY) is None
    assert KEY not in store
    store.put(KEY, b"pixels")
    assert store.get(KEY) == b"pixels"
    assert KEY in store


@given(data=st.binary(max_size=200))
def test_any_bytes_come_back(tmp_path_factory, data):
    store = FrameStore(tmp_path_factory.mktemp("cache"))
    store.put(KEY, data)
    assert store.get(KEY) == data


@given(data=st.binary(min_size=1, max_size=60), cut=st.floats(0, 1), flip=st.integers(0, 10_000))
def test_a_damaged_entry_is_dropped_and_can_be_made_again(tmp_path_factory, data, cut, flip):
    store = FrameStore(tmp_path_factory.mktemp("cache"))
    store.put(KEY, data)
    whole = store.path(KEY).read_bytes()
    shorter = whole[: int(cut * (len(whole) - 1))]
    changed = bytearray(whole)
    changed[flip % len(whole)] ^= 1 + flip % 255
    for damaged in (shorter, bytes(changed)):
        store.path(KEY).write_bytes(damaged)
        assert store.get(KEY) is None
        assert not store.path(KEY).exists()
        store.put(KEY, data)
        assert store.get(KEY) == data


def test_a_copy_shares_nothing_with_the_store(store, tmp_path):
    store.put(KEY, b"pixels")
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    assert store.copy_to(KEY, first)
    assert store.copy_to(KEY, second)
    with first.open("r+b") as file:
        file.write(b"PAINT!")
    assert second.read_bytes() == b"pixels"
    assert store.get(KEY) == b"pixels"
    assert not store.copy_to(content_key(frame=2), tmp_path / "c.png")
    assert not (tmp_path / "c.png").exists()


def test_verify_counts_and_cleans(store):
    for frame in range(5):
        store.put(content_key(frame=frame), b"x" * 10)
    store.path(content_key(frame=0)).write_bytes(b"FSF1 half an ent")
    old, fresh = store.folder / "aa" / ".left.part", store.folder / "aa" / ".busy.part"
    old.parent.mkdir(exist_ok=True)
    for path in (old, fresh):
        path.write_bytes(b"half")
    long_ago = time.time() - 100_000
    os.utime(old, (long_ago, long_ago))
    report = store.verify()
    assert (report.entries, report.bytes, report.damaged, report.leftovers) == (4, 40, 1, 1)
    assert fresh.exists()
    assert not old.exists()
    assert store.verify().damaged == 0


def test_verify_leaves_what_is_not_an_entry(store):
    store.put(KEY, b"x")
    stranger = store.folder / "aa" / "notes.txt"
    stranger.parent.mkdir(exist_ok=True)
    stranger.write_text("mine")
    assert store.verify().entries == 1
    assert stranger.read_text() == "mine"


def test_verify_of_a_store_that_is_not_there(store):
    assert store.verify().entries == 0


def test_an_unwritable_store_says_so(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(FaceShotError) as caught:
        FrameStore(tmp_path / "cache").put(KEY, b"x")
    assert caught.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert FrameStore(tmp_path / "cache").get(KEY) is None


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_no_descriptor_is_left_open(store):
    def open_files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = open_files()
    for frame in range(50):
        store.put(content_key(frame=frame), b"x")
        store.get(content_key(frame=frame))
        store.path(content_key(frame=frame)).write_bytes(b"bad")
        store.get(content_key(frame=frame))
    assert open_files() == before


def _write_many(folder: str, rounds: int) -> None:
    store = FrameStore(Path(folder))
    for _ in range(rounds):
        for frame in range(20):
            data = store.get(content_key(frame=frame))
            if data is not None and data != bytes([frame]) * 5000:
                raise AssertionError("a reader saw something that nobody wrote")
            store.put(content_key(frame=frame), bytes([frame]) * 5000)


def test_several_processes_share_a_store(tmp_path):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(str(tmp_path), 8)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    report = FrameStore(tmp_path).verify()
    assert (report.entries, report.damaged) == (20, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_killed_writer_leaves_nothing_that_is_read(tmp_path):
    context = multiprocessing.get_context("spawn")
    writer = context.Process(target=_write_many, args=(str(tmp_path), 10_000))
    writer.start()
    store = FrameStore(tmp_path)
    until = time.monotonic() + 30
    while content_key(frame=3) not in store and time.monotonic() < until:
        time.sleep(0.01)
    writer.kill()
    writer.join(30)
    assert writer.exitcode == -9
    for frame in range(20):
        assert store.get(content_key(frame=frame)) in (None, bytes([frame]) * 5000)
    assert store.verify().damaged == 0


def test_keys_tell_apart_what_differs():
    points = np.arange(6.0).reshape(3, 2)
    keys = {
        content_key(points=points),
        content_key(points=points + 1e-9),
        content_key(points=points.astype(np.float32)),
        content_key(points=points.reshape(2, 3)),
        content_key(points=points.tolist()),
        content_key(other=points),
        content_key(points=points.tobytes()),
        content_key(points=points, other=None),
        content_key(),
    }
    assert len(keys) == 9
    assert content_key(points=points) == content_key(points=np.asfortranarray(points))
    assert content_key(points=points[::-1]) != content_key(points=points)


@pytest.mark.parametrize("bad", ["", "a" * 63, "../" + "a" * 61, "A" * 64])
def test_what_is_no_key_is_refused(store, bad):
    with pytest.raises(ValueError, match="no key"):
        store.get(bad)


def test_the_default_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("FACESHOT_CACHE", str(tmp_path / "chosen"))
    assert default_folder() == tmp_path / "chosen"
    monkeypatch.delenv("FACESHOT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert "faceshot" in default_folder().parts


def test_clear_removes_entries_and_nothing_else(tmp_path):
    store = FrameStore(tmp_path)
    keys = [content_key(frame=number) for number in range(4)]
    for key in keys:
        store.put(key, b"pixels")
    size = sum(store.path(key).stat().st_size for key in keys)
    mine = store.path(keys[0]).with_name("note.txt")
    mine.write_text("mine")
    fresh = store.path(keys[1]).with_name("somebody.part")
    fresh.write_bytes(b"being written")
    removed = store.clear()
    assert (removed.entries, removed.bytes, removed.damaged, removed.leftovers) == (4, size, 0, 0)
    assert sorted(path for path in store.folder.rglob("*") if path.is_file()) == sorted([mine, fresh])
    assert all(store.get(key) is None for key in keys)
    store.put(keys[0], b"again")
    assert store.get(keys[0]) == b"again"
    assert FrameStore(tmp_path / "none").clear().entries == 0
