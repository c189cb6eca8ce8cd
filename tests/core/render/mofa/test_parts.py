# SPDX-License-Identifier: GPL-3.0-or-later
"""A part of a shot sampled anew while the other frames are held: what it costs, what it gives, what is said."""

import dataclasses
import json
import os
import shutil

import numpy as np
import pytest
import torch

from core.cache import FrameStore
from core.landmarks import LandmarkSequence
from core.render.frames import render_frames
from core.render.mofa.joins import Joins
from core.render.mofa.noise import start_noise
from core.render.mofa.sampling import Held, sample
from core.render.mofa.shelf import Run
from core.render.mofa.windows import touching, windows
from tests.core.render.mofa.golden_arrays import close
from tests.core.render.mofa.scenes import frames_of, scene
from tests.core.render.mofa.test_sampling import pipeline
from tests.core.render.mofa.test_shelf import CROP

PART = range(6, 8)  # of 9 frames; the windows see 1-4, 3-6, 5-8 and 6-9


def rms(values) -> float:
    return float(np.sqrt(np.mean(np.square(np.asarray(values, np.float64)))))


def test_unchanged_frames_come_out_as_in_the_whole_run(golden):
    sampler, shot, _, config, _ = pipeline(golden, order="fixed", together=3)
    noise = start_noise(3, range(8), (4, 16, 24))
    whole = dict(sample(sampler, shot, noise, config))
    found, free = windows(8, size=5, stride=2), range(5, 7)
    joins = Joins.of(
        Run({"window": 5, "stride": 2}, np.zeros((8, 68, 2)), CROP), free, sampler.levels(config, 3).sigmas.tolist()
    )
    counted = []
    sampler.tick = counted.append
    held = Held(free, whole.__getitem__, joins.told)
    part = dict(sample(sampler, shot, noise, config, held=held))
    assert sum(counted) == 3 * 2 * len(touching(found, free)) == 12
    for step, latents in part.items():
        close(latents, whole[step].numpy(), 1e-4)
        assert torch.equal(latents[:5], whole[step][:5])
    # frame 4 is seen by a window that is not run
    assert (joins.edges, joins.others) == ((7,), (4,))
    assert joins.words(part[3], {7: 0.0}) == (
        "At the joins a full run would change nothing in frame 7. "
        "Not measured, since other windows see it, too: frame 4."
    )
    assert rms(joins.moved[7]) <= 1e-4 * rms(whole[3])


def test_what_would_change_beside_a_part_is_told(golden):
    """As near to what a full run does change as tells an artist whether to run it."""
    sampler, shot, _, config, _ = pipeline(golden, order="fixed", together=2)
    noise = start_noise(3, range(8), (4, 16, 24))
    whole = dict(sample(sampler, shot, noise, config))
    free, run = range(4, 5), Run({"window": 5, "stride": 2}, np.zeros((8, 68, 2)), CROP)

    def moved(frames):
        more = torch.tensor([1.6 if frame in free else 1.0 for frame in frames])
        return shot.motion(frames) * more.view(-1, 1, 1, 1)

    changed = dataclasses.replace(shot, motion=moved)
    sampler._conditions.clear()
    joins = Joins.of(run, free, sampler.levels(config, 3).sigmas.tolist())
    assert joins.edges == (3, 5)
    part = dict(sample(sampler, changed, noise, config, held=Held(free, whole.__getitem__, joins.told)))
    sampler._conditions.clear()
    full = dict(sample(sampler, changed, noise, config))
    for edge, away in joins.moved.items():
        wanted = rms(full[3][edge] - whole[3][edge])
        assert wanted > 1e-3 * rms(whole[3])
        assert 0.3 * wanted < rms(away) < 3 * wanted
    # and within the part the result is much nearer to the full run than the old frames were
    assert rms(part[3][4] - full[3][4]) < 0.2 * rms(whole[3][4] - full[3][4])


class Listener:
    """Hears what a render says."""

    def __init__(self) -> None:
        self.items: list[tuple[int, int | None]] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def progress(self, stage, done, total):
        if stage == "Diffusing":
            self.items.append((done, total))

    def arguments(self) -> dict:
        return {"progress": self.progress, "note": self.notes.append, "warn": self.warnings.append}


@pytest.fixture
def mended():
    """A shot of nine frames, and the same with a mouth that was mended in two of them."""
    picture, character, landmarks = scene(count=9)
    points = landmarks.points.copy()
    points[5:7, 48:68] += (6, 9)
    other = LandmarkSequence(points=points, size=landmarks.size, fps=landmarks.fps, time=landmarks.time)
    return (picture, character, landmarks), (picture, character, other)


@pytest.fixture(scope="module")
def shelved(tmp_path_factory):
    """Where the first shot is kept from test to test."""
    return tmp_path_factory.mktemp("shelved")


@pytest.fixture
def folder(small, mended, shelved, tmp_path):
    """The frames of the first shot, its latents and a cache beside them."""
    small |= {"together": 4, "window": 5, "stride": 2}
    if not (shelved / "out").exists():
        render_frames(*mended[0], shelved / "out", backend="mofa", settings=small, store=FrameStore(shelved / "cache"))
    shutil.copytree(shelved, tmp_path / "work")
    return tmp_path / "work"


def again(shot, folder, small, **changes):
    heard = Listener()
    arguments = {"backend": "mofa", "settings": small, "store": FrameStore(folder / "cache"), **changes}
    made = render_frames(*shot, folder / "out", **heard.arguments(), **arguments)
    return made, heard


def test_a_mended_part_is_sampled_alone_and_joins_the_frames_that_stay(small, mended, folder):
    before = frames_of(folder / "out")
    _, heard = again(mended[1], folder, small, frames=PART)
    after = frames_of(folder / "out")
    changed = [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]
    assert changed == [number in PART for number in range(1, 10)]
    # three windows, two halves, two steps
    assert heard.items[-1] == (12, 12)
    assert heard.warnings == []
    assert "Frames 6-7: sampled in 3 of 4 windows, all others held" in heard.notes[0]
    assert "Landmarks differ in frames 6-7." in heard.notes[0]
    assert "At the joins a full run would change about" in heard.notes[-1]
    assert all(f"frame {edge} (" in heard.notes[-1] for edge in (5, 8))
    record = json.loads((folder / "out" / "render.json").read_text())
    assert (record["complete"], record["count"], "run" in record["settings"]) == (True, 9, False)
    (part,) = record["parts"]
    assert (part["part"], len(part["settings"]["run"])) == ([6, 7], 64)

    # the same again costs nothing; a full run does not take the part's frames for its own
    made, heard = again(mended[1], folder, small, frames=PART)
    assert (made.from_cache, heard.items) == (2, [])
    assert "nothing is sampled" in heard.notes[0]
    made, heard = again(mended[1], folder, small)
    assert (made.from_cache, heard.items[-1]) == (0, (16, 16))
    full = frames_of(folder / "out")
    for number in PART:
        near, far = (rms(full[number - 1].astype(float) - one[number - 1]) for one in (after, before))
        assert near < 0.5 * far


def test_a_part_whose_landmarks_are_unchanged_is_only_decoded(small, mended, folder):
    before = frames_of(folder / "out")
    shutil.rmtree(folder / "cache" / "frames")
    (folder / "out" / "000006.png").unlink()
    made, heard = again(mended[0], folder, small, frames=PART)
    assert (made.from_cache, heard.items) == (0, [])
    assert all(np.array_equal(one, other) for one, other in zip(frames_of(folder / "out"), before, strict=True))


@pytest.mark.long
def test_where_nothing_fits_the_whole_clip_is_sampled_and_it_says_why(small, mended, folder):
    _, heard = again(mended[1], folder, {**small, "seed": 5, "steps": 1}, frames=PART)
    assert heard.items[-1] == (8, 8)  # all windows, one step
    assert "the stored run has steps 2, not 1, seed 0, not 5" in heard.notes[0]
    _, heard = again(mended[0], folder, {**small, "steps": 1}, frames=PART, store=None)
    assert heard.items[-1] == (8, 8)
    assert "nothing of this shot is stored" in heard.notes[0]


class StopError(Exception):
    pass


def test_a_part_that_was_stopped_goes_on_and_tells_of_all_its_joins(small, mended, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "plain")
    _, wanted = again(mended[1], tmp_path / "plain", small, frames=PART)

    def stop(stage, done, total):
        if stage == "Diffusing" and done >= 8:  # in the second step
            raise StopError

    with pytest.raises(StopError):
        render_frames(
            *mended[1], folder / "out", frames=PART, backend="mofa", settings=small, progress=stop,
            store=FrameStore(folder / "cache"),
        )  # fmt: skip
    _, heard = again(mended[1], folder, small, frames=PART)
    assert heard.items[0][0] == 6
    assert heard.notes[-1] == wanted.notes[-1]
    both = zip(frames_of(folder / "out"), frames_of(tmp_path / "plain" / "out"), strict=True)
    assert all(np.array_equal(one, other) for one, other in both)


def test_too_little_room_keeps_the_last_steps_and_says_so(small, mended, tmp_path):
    _, heard = again(mended[0], tmp_path, {**small, "steps": 3, "window": 10, "keep": 0})
    (run,) = (tmp_path / "cache" / "mofa").glob("*/run.npz")
    assert sorted(path.name for path in run.parent.glob("step-*")) == ["step-0002.npz", "step-0003.npz"]
    assert any("only the last ones are kept" in note for note in heard.notes)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_cache_costs_nothing_but_safety(small, mended, tmp_path):
    (tmp_path / "cache").mkdir(mode=0o500)
    _, heard = again(mended[0], tmp_path, {**small, "steps": 1, "window": 10})
    assert len(frames_of(tmp_path / "out")) == 9
    assert any("begin again" in words for words in heard.warnings)
