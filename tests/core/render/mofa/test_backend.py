# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion backend from end to end, with small networks in folders of the published layout."""

import json

import numpy as np
import pytest
import torch

from core.cache import FrameStore
from core.errors import ErrorCode, FaceShotError
from core.render.base import BACKENDS, Work, load_backend, release_backends
from core.render.frames import render_frames
from core.render.mofa import backend as module
from core.render.mofa.sampling import Sampler
from tests.core.render.mofa.scenes import frames_of, scene


def test_it_renders_a_folder_of_frames_with_progress(small, tmp_path):
    picture, character, landmarks = scene()
    stages: list[tuple[str, int, int | None]] = []
    made = render_frames(
        picture, character, landmarks, tmp_path / "mofa", backend="mofa", settings=small,
        progress=lambda *told: stages.append(told), store=FrameStore(tmp_path / "cache"),
    )  # fmt: skip
    assert made.count == 3
    frames = frames_of(tmp_path / "mofa")
    assert all(frame.shape == picture.pixels.shape for frame in frames)
    assert any((frame != picture.pixels).any() for frame in frames)
    # far from the head nothing is touched
    assert all(np.array_equal(frame[:, :10], picture.pixels[:, :10]) for frame in frames)
    diffused = [done for stage, done, _ in stages if stage == "Diffusing"]
    # 4 frames with the picture in windows of 3: two windows, two halves, two steps
    assert diffused[0] == 0
    assert diffused[-1] == 8
    assert diffused == sorted(diffused)
    record = json.loads((tmp_path / "mofa" / "render.json").read_text())
    assert record["settings"]["weights_id"]
    assert "Stability" in record["backend"]["licence"]


@pytest.mark.parametrize(
    ("channels", "dtype"),
    [
        (4, np.uint16),
        *(pytest.param(*kind, marks=pytest.mark.long) for kind in ((4, np.uint8), (1, np.uint16), (2, np.uint8))),
    ],
)
def test_depth_channels_and_alpha_survive(small, tmp_path, channels, dtype):
    picture, character, landmarks = scene(count=2, channels=channels, dtype=dtype)
    render_frames(picture, character, landmarks, tmp_path, backend="mofa", settings={**small, "steps": 1})
    for frame in frames_of(tmp_path):
        assert (frame.shape, frame.dtype) == (picture.pixels.shape, picture.pixels.dtype)
        if channels in (2, 4):
            assert not frame[:, :20, -1].any()
            assert frame[:, 120:, -1].all()


def test_a_range_gives_the_frames_of_the_whole(small, tmp_path):
    picture, character, landmarks = scene()
    arguments = {"backend": "mofa", "settings": small}
    render_frames(picture, character, landmarks, tmp_path / "whole", **arguments)
    render_frames(picture, character, landmarks, tmp_path / "part", frames=range(2, 3), **arguments)
    whole, part = frames_of(tmp_path / "whole"), frames_of(tmp_path / "part")
    assert [np.array_equal(one, other) for one, other in zip(part, whole[1:2], strict=True)] == [True]


@pytest.mark.long
def test_what_goes_through_at_once_changes_nothing_but_rounding(small, tmp_path):
    picture, character, landmarks = scene()
    for together in (1, 4):
        settings = {**small, "together": together}
        render_frames(picture, character, landmarks, tmp_path / str(together), backend="mofa", settings=settings)
    one, four = frames_of(tmp_path / "1"), frames_of(tmp_path / "4")
    assert max(np.abs(a.astype(int) - b).max() for a, b in zip(one, four, strict=True)) <= 1


class StopError(Exception):
    pass


@pytest.mark.long
def test_stopped_in_a_step_it_goes_on_with_that_step(small, tmp_path, monkeypatch):
    picture, character, landmarks = scene()
    arguments = {"backend": "mofa", "settings": {**small, "together": 2}}

    def stop(stage, done, total):
        if stage == "Diffusing" and done >= 6:  # in the second step
            raise StopError

    store = FrameStore(tmp_path / "cache")
    with pytest.raises(StopError):
        render_frames(picture, character, landmarks, tmp_path / "a", progress=stop, store=store, **arguments)
    begun: list[int] = []
    render_frames(
        picture, character, landmarks, tmp_path / "a", store=store,
        progress=lambda stage, done, total: begun.append(done) if stage == "Diffusing" else None, **arguments,
    )  # fmt: skip
    assert begun[0] == 4
    render_frames(picture, character, landmarks, tmp_path / "b", **arguments)
    assert all(np.array_equal(a, b) for a, b in zip(frames_of(tmp_path / "a"), frames_of(tmp_path / "b"), strict=True))


@pytest.mark.long
def test_memory_that_does_not_suffice_is_met_with_a_smaller_plan(small, tmp_path, monkeypatch):
    picture, character, landmarks = scene()
    plain = Sampler._run
    limit, asked, words = 1, [], []

    def hungry(self, shot, scaled, timestep, items):
        asked.append(len(items))
        if len(items) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB")
        return plain(self, shot, scaled, timestep, items)

    monkeypatch.setattr(Sampler, "_run", hungry)
    arguments = {"backend": "mofa", "settings": {**small, "together": 4}, "warn": words.append}
    render_frames(picture, character, landmarks, tmp_path / "a", **arguments)
    assert asked[:3] == [4, 2, 1]
    assert len(words) == 2
    assert "did not suffice" in words[0]
    limit = 0
    with pytest.raises(FaceShotError) as caught:
        render_frames(picture, character, landmarks, tmp_path / "b", **arguments)
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY
    assert caught.value.code.exit_code == 6


def test_a_device_that_fails_says_so(small, tmp_path, monkeypatch):
    def fail(*_):
        raise RuntimeError("CUDA error: an illegal memory access was encountered\nlots of advice")

    monkeypatch.setattr(Sampler, "_run", fail)
    with pytest.raises(FaceShotError) as caught:
        render_frames(*scene(count=2), tmp_path, backend="mofa", settings=small)
    assert caught.value.code is ErrorCode.DEVICE_LOST
    assert "advice" not in caught.value.message


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stepps": 3}, "stepps"),
        ({"steps": 0}, "steps goes from 1"),
        ({"steps": "three"}, "whole number"),
        ({"steps": 2.5}, "whole number"),
        ({"parts": "eyes+tail"}, "Parts are"),
        ({"order": "new"}, "fixed, legacy"),
        ({"stride": 25}, "stride goes from"),
    ],
)
def test_settings_that_make_no_sense_are_named(small, given, words):
    with pytest.raises(FaceShotError) as caught:
        load_backend("mofa").settings(given)
    assert caught.value.code is ErrorCode.USAGE
    assert words in str(caught.value)


def test_without_weights_it_says_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setenv("FACESHOT_MOFA", str(tmp_path / "nowhere"))
    with pytest.raises(FaceShotError) as caught:
        load_backend("mofa").settings({})
    assert caught.value.code is ErrorCode.MODEL_MISSING
    assert "nowhere" in caught.value.message


def test_the_networks_stay_warm_until_they_are_released(small):
    assert "mofa" in BACKENDS
    picture, character, landmarks = scene(count=2)
    for _ in range(2):
        settings = load_backend("mofa").settings({**small, "steps": 1})
        list(load_backend("mofa").render(picture, character, landmarks, [0], settings, Work()))
    held = list(module._HELD.values())
    assert len(held) == 1
    release_backends()
    assert not module._HELD
