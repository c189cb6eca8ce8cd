# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored runs: which one a part joins, what is said of it, and how much room they take."""

import os
import time

import numpy as np
import pytest

from core.arrays import write_atomically
from core.errors import ErrorCode, FaceShotError
from core.render.mofa import latents as latents_module
from core.render.mofa.crop import Crop
from core.render.mofa.joins import basis, beside, spans
from core.render.mofa.latents import LatentStore
from core.render.mofa.shelf import MANIFEST, Run, Shelf

FACTS = {
    "steps": 3,
    "seed": 0,
    "window": 5,
    "stride": 2,
    "picture": "p",
    "weights": "w",
    "numbers": "float32",
    "code": "1",
}
CROP = Crop(0.0, 0.0, 64.0, 64.0, (64, 64), (64, 64))


def run_of(count: int = 15, moved: tuple[int, ...] = (), by: float = 3.0, **facts) -> Run:
    """A run of `count` frames with the picture; landmarks of the frames `moved` differ."""
    points = np.tile(np.linspace(5, 50, 68)[:, None], (count, 1, 2)) + np.arange(count)[:, None, None]
    points[list(moved)] += by
    return Run({**FACTS, **facts}, points, CROP)


def stored(shelf: Shelf, run: Run, *, steps: int = 3, used: float | None = None) -> Run:
    shelf.begin(run)
    store = LatentStore(shelf.place(run), run.shape, every=True)
    for step in range(1, steps + 1):
        store.keep(step, np.full(run.shape, step, np.float32))
    if used is not None:
        os.utime(shelf.place(run) / MANIFEST, (used, used))
    return run


@pytest.fixture
def shelf(tmp_path) -> Shelf:
    return Shelf(tmp_path / "mofa")


def test_a_stored_run_reads_back(shelf):
    run = stored(shelf, run_of())
    (found,) = shelf.runs()
    assert (found.run.key, found.run.shape, found.whole) == (run.key, (15, 4, 8, 8), True)
    assert found.latents.after(2).latents[0, 0, 0, 0] == 2
    part = Run(run.facts, run.points, run.crop, run.key, range(3, 5))
    stored(shelf, part, steps=1)
    assert {(one.run.free, one.done) for one in shelf.runs()} == {(None, True), (range(3, 5), False)}


def test_equal_landmarks_need_no_sampling(shelf):
    run = stored(shelf, run_of())
    found = basis(shelf, run_of(), range(4, 7))
    assert (found.run.key, found.caveat) == (run.key, "")
    assert "nothing is sampled" in found.words


def test_a_part_is_sampled_within_the_run_that_differs_least_elsewhere(shelf):
    stored(shelf, run_of(moved=(12, 13)))
    run = stored(shelf, run_of())
    wanted = run_of(moved=(5, 6))
    found = basis(shelf, wanted, range(4, 8))
    assert (found.run.base, found.run.free, found.caveat) == (run.key, range(4, 8), "")
    assert np.array_equal(found.run.points, wanted.points)
    assert "Frames 4-7: sampled in 4 of 6 windows" in found.words
    assert "Landmarks differ in frames 5-6." in found.words


def test_a_part_that_was_sampled_is_there_and_is_what_the_next_one_joins(shelf):
    stored(shelf, run_of())
    first = stored(shelf, basis(shelf, run_of(moved=(5, 6)), range(4, 8)).run)
    assert basis(shelf, run_of(moved=(5, 6)), range(4, 8)).run.key == first.key
    assert basis(shelf, run_of(moved=(5, 6)), range(5, 6)).run.key == first.key
    # a wider part was not sampled yet, though its landmarks are the same
    wider = basis(shelf, run_of(moved=(5, 6)), range(3, 8))
    assert (wider.run.base, wider.run.free) == (first.key, range(3, 8))
    assert "Landmarks are the same" in wider.words
    second = basis(shelf, run_of(moved=(5, 6, 12)), range(12, 13))
    assert second.run.base == first.key


def test_where_landmarks_differ_outside_as_well_it_is_said(shelf):
    run = stored(shelf, run_of())
    found = basis(shelf, run_of(moved=(5, 6, 8, 13)), range(5, 7))
    assert found.run.base == run.key
    assert found.caveat == "Landmarks of frames 8, 13 differ from the stored run as well; they stay as stored."
    assert np.array_equal(found.run.points[8], run.points[8])


def test_asked_again_it_is_there_though_landmarks_differ_outside(shelf):
    run = stored(shelf, run_of())
    outside = basis(shelf, run_of(moved=(9,)), range(5, 7))
    assert (outside.run.key, "nothing is sampled" in outside.words) == (run.key, True)
    assert "Landmarks of frame 9 differ" in outside.caveat
    made = stored(shelf, basis(shelf, run_of(moved=(5, 9)), range(5, 7)).run)
    again = basis(shelf, run_of(moved=(5, 9)), range(5, 7))
    assert (again.run.key, "nothing is sampled" in again.words) == (made.key, True)


def test_a_hair_s_breadth_is_no_difference(shelf):
    run = stored(shelf, run_of())
    found = basis(shelf, run_of(moved=tuple(range(1, 15)), by=0.1), range(5, 7))
    assert (found.run.base, found.caveat) == (run.key, "")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (run_of(moved=(5,), seed=3), "seed 0, not 3"),
        (run_of(moved=(5,), weights="v"), "other networks"),
        (run_of(moved=(5,), code="2"), "another version of FaceShot"),
        (run_of(moved=(5,), picture="q"), "nothing of this picture is stored"),
        (run_of(count=14, moved=(5,)), "the stored run has 14 frames, not 13"),
        (run_of(moved=(0, 5)), "the picture's own points"),
        (run_of(moved=tuple(range(1, 15))), "landmarks of 5 of the 5 frames beside it"),
    ],
)
def test_why_nothing_can_be_joined(shelf, wanted, words):
    stored(shelf, run_of())
    found = basis(shelf, wanted, range(5, 6))
    assert (found.run.key, found.run.free) == (wanted.key, None)
    assert "the whole clip is sampled, since" in found.words
    assert words in found.words


def test_what_is_not_whole_is_not_joined(shelf):
    assert "nothing of this shot is stored" in basis(shelf, run_of(), range(2, 3)).words
    assert "nothing of this shot is stored" in basis(Shelf(None), run_of(), range(2, 3)).words
    run = stored(shelf, run_of())
    (shelf.place(run) / "step-0001.npz").unlink()
    assert "not all steps" in basis(shelf, run_of(moved=(5,)), range(5, 6)).words
    # what is needed for the same landmarks is still there
    assert "nothing is sampled" in basis(shelf, run_of(), range(5, 6)).words
    (shelf.place(run) / MANIFEST).write_bytes(b"no manifest")
    assert "nothing of this shot is stored" in basis(shelf, run_of(), range(5, 6)).words


def test_frames_in_words_and_frames_beside():
    assert spans([1]) == "frame 1"
    assert spans([1, 3, 5, 7, 9, 10]) == "frames 1, 3, 5, 7 and more"
    assert beside(run_of(), range(5, 7)) == [3, 4, 7, 8]


def test_the_runs_not_used_for_longest_go_first(shelf):
    now = time.time()
    runs = [stored(shelf, run_of(seed=k), used=now - 1000 * k) for k in range(4)]
    each = sum(path.stat().st_size for path in shelf.place(runs[0]).iterdir())
    shelf.use(runs[3])
    shelf.trim(2.5 * each, {runs[2].key})
    assert {one.run.key for one in shelf.runs()} == {runs[2].key, runs[3].key}
    shelf.trim(0, set())
    assert shelf.runs() == []


def test_a_run_that_somebody_may_be_working_at_stays(shelf):
    going, left = run_of(seed=1), run_of(seed=2)
    stored(shelf, going, steps=1)
    stored(shelf, left, steps=1, used=time.time() - 7200)
    other = shelf.folder / "notes"
    other.mkdir()
    shelf.trim(0, set())
    assert [one.run.key for one in shelf.runs()] == [going.key]
    assert other.is_dir()


def test_what_a_killed_process_left_half_written_goes(shelf):
    run = stored(shelf, run_of())
    new, old = (shelf.place(run) / f".step-0001.npz.{name}.part" for name in ("new", "old"))
    for path in (new, old):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    shelf.begin(run)
    assert (new.exists(), old.exists()) == (True, False)


SHAPE = (2, 4, 8, 8)


def test_latents_that_were_damaged_are_passed_over(tmp_path):
    store = LatentStore(tmp_path, SHAPE, every=True)
    for step in (1, 2, 3):
        store.keep(step, np.full(SHAPE, step, np.float32), moved=np.arange(3.0))
    assert store.latest().step == 3
    assert np.array_equal(store.latest().beside["moved"], np.arange(3.0))
    file = tmp_path / "step-0003.npz"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1  # a bit within the numbers
    file.write_bytes(data)
    assert store.latest().step == 2
    (tmp_path / "step-0002.npz").write_bytes(b"")
    assert store.latest().step == 1


def test_only_the_last_steps_stay_where_not_all_are_wanted(tmp_path):
    store = LatentStore(tmp_path, SHAPE)
    for step in range(1, 6):
        store.keep(step, np.zeros(SHAPE, np.float32))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-0004.npz", "step-0005.npz"]


def test_a_full_disk_costs_earlier_steps_and_then_the_safety_never_the_shot(tmp_path, monkeypatch):
    words, full = [], {3: 1, 5: 2}

    def write(path, data):
        step = int(path.stem[-4:])
        if full.get(step):
            full[step] -= 1
            raise FaceShotError(ErrorCode.DISK_FULL, f"The disk is full; could not write {path}.")
        write_atomically(path, data)

    monkeypatch.setattr(latents_module, "write_atomically", write)
    store = LatentStore(tmp_path, SHAPE, every=True, warn=words.append)
    for step in (1, 2, 3):
        store.keep(step, np.full(SHAPE, step, np.float32))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-0002.npz", "step-0003.npz"]
    assert len(words) == 1
    assert "The disk is full" in words[0]
    assert "given up" in words[0]
    for step in (4, 5, 6):
        store.keep(step, np.full(SHAPE, step, np.float32))
    assert len(words) == 2
    assert "goes on" in words[1]
    assert LatentStore(tmp_path, SHAPE).latest().step == 4


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path):
    (tmp_path / "file").write_text("in the way")
    words = []
    store = LatentStore(tmp_path / "file" / "run", SHAPE, every=True, warn=words.append)
    for step in (1, 2):
        store.keep(step, np.zeros(SHAPE, np.float32))
    assert len(words) == 1
    assert "begin again" in words[0]
    assert store.latest() is None
