# SPDX-License-Identifier: GPL-3.0-or-later
"""Several characters one after the other, memory given back, and what a run says and leaves."""

import gc
import weakref

import numpy as np
import pytest
import torch

from core.calibration import Calibration
from core.errors import ErrorCode, FaceShotError
from core.estimate import UNKNOWN
from core.render.base import release_backends
from core.render.frames import render_frames
from core.render.mofa import backend, encoding, weights
from tests.core.render.mofa.scenes import frames_of, scene


@pytest.fixture
def loads(monkeypatch) -> list[str]:
    """What is loaded, by name of the loader."""
    counted = []
    for place, name in ((backend, "load"), (weights, "load_file"), (torch, "load")):
        plain = getattr(place, name)

        def count(*given, plain=plain, name=name, **named):
            counted.append(name)
            return plain(*given, **named)

        monkeypatch.setattr(place, name, count)
    return counted


def test_a_second_character_loads_nothing(small, tmp_path, loads):
    quick = {**small, "steps": 1}
    picture, character, landmarks = scene(count=1)
    render_frames(picture, character, landmarks, tmp_path / "a", backend="mofa", settings=quick)
    # the networks, and their files: three of tensors beside the control network's, one of pickled numbers
    assert sorted(set(loads)) == ["load", "load_file"]
    first = len(loads)
    other = scene(count=1, size=(280, 320))
    render_frames(*other, tmp_path / "b", backend="mofa", settings={**quick, "seed": 3})
    assert len(loads) == first
    assert frames_of(tmp_path / "b")[0].shape == (320, 280, 3)


def test_what_is_let_go_is_gone(small, tmp_path):
    render_frames(*scene(count=1), tmp_path, backend="mofa", settings={**small, "steps": 1})
    (networks,) = backend._HELD.values()
    watched = [weakref.ref(getattr(networks, name)) for name in ("unet", "control", "vae", "encoder", "motion")]
    watched += [weakref.ref(next(ref().parameters())) for ref in watched]
    del networks
    release_backends()
    gc.collect()
    assert [ref() for ref in watched] == [None] * 10


def test_a_run_says_what_is_to_come_and_the_next_one_knows(small, tmp_path):
    told: list[str] = []
    stages: list[str] = []
    for name, steps in (("a", 2), ("b", 3)):
        render_frames(
            *scene(), tmp_path / name, backend="mofa", settings={**small, "steps": steps}, note=told.append,
            progress=lambda stage, done, total: stages.append(stage) if stage == "Diffusing" and not done else None,
        )  # fmt: skip
    before, after = (words for words in told if words.startswith("3 frames at 256 x "))
    assert f"time {UNKNOWN}" in before
    assert ": about " in after
    assert "at once" in after
    (pace,) = Calibration.load().paces
    assert (pace.runs, pace.card.device, pace.window) == (2, "cpu", 3)
    assert set(pace.seconds) == {"load", "motion", "conditions", "step", "frame"}
    assert min(pace.seconds[stage] for stage in ("load", "motion", "step", "frame")) > 0


def test_memory_that_ends_in_the_decoder_is_met_with_smaller_calls(small, tmp_path, monkeypatch):
    plain, asked, words = encoding._decoded, [], []

    def hungry(vae, latents, tile):
        asked.append((len(latents), tile))
        if len(asked) < 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB")
        return plain(vae, latents, tile)

    monkeypatch.setattr(encoding, "_decoded", hungry)
    render_frames(*scene(count=6), tmp_path, backend="mofa", settings={**small, "steps": 1}, warn=words.append)
    assert len(frames_of(tmp_path)) == 6
    assert asked[0] == (7, 0)
    assert asked[2][0] <= 4
    assert sum("did not suffice" in word for word in words) == 2
    asked.clear()

    def starving(vae, latents, tile):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(encoding, "_decoded", starving)
    with pytest.raises(FaceShotError) as caught:
        render_frames(*scene(count=1), tmp_path / "b", backend="mofa", settings={**small, "steps": 1})
    assert caught.value.code is ErrorCode.OUT_OF_MEMORY


def test_networks_that_wait_in_main_memory_draw_the_same(small, tmp_path, monkeypatch):
    from core.render.mofa import fitting

    quick = {**small, "steps": 1}
    render_frames(*scene(count=2), tmp_path / "a", backend="mofa", settings=quick)
    monkeypatch.setattr(fitting, "memory_of", lambda device: 1.0)
    words: list[str] = []
    render_frames(*scene(count=2), tmp_path / "b", backend="mofa", settings=quick, note=words.append)
    assert any("networks one after the other" in word for word in words)
    for one, other in zip(frames_of(tmp_path / "a"), frames_of(tmp_path / "b"), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_networks_that_do_not_fit_are_loaded_beside_the_card(monkeypatch):
    cuda, half = torch.device("cuda"), torch.float16
    for gigabytes, place in ((6, "cpu"), (8, "cuda")):
        monkeypatch.setattr(backend, "memory_of", lambda device, free=gigabytes * 1e9: free)
        assert backend._landing(cuda, half).type == place
    assert backend._landing(cuda, torch.float32).type == "cpu"
