# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion backend: a picture and moving landmarks in, frames of a landmark-driven video model out."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from ... import costs
from ...character import Character
from ...landmarks import LandmarkSequence
from ...picture import Picture
from ..base import IDLE, Work
from .device import choose_device, choose_type, device_errors, free, limit_threads, memory_of
from .joins import basis
from .rendering import Rendering, run_of, shelf_of
from .settings import MofaSettings
from .shelf import Run
from .tuning import tune
from .weights import MofaFiles, Networks, find, load

LOADING = "Loading the networks"
_BLOCK = 1 << 16
_SAMPLED = 64
# What the backend adds to the settings that a user gives.
_OURS = ("weights_id", "run")

# The networks of the last run, warm for the next; none or one.
_HELD: dict[tuple, Networks] = {}


class MofaBackend:
    """MOFA-Video's landmark adapter over Stable Video Diffusion, around the head of the picture."""

    name = "mofa"
    version = "1"
    licence = (
        "GPL-3.0-or-later (code); Stable Video Diffusion 1.1: Stability AI Community Licence; "
        "landmark adapter and motion network: see their publishers' pages (weights, not shipped)"
    )
    capabilities = frozenset({"alpha", "16-bit", "grey", "deterministic", "weights"})

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Known: see MofaSettings. What the weights are becomes part of them. Raises USAGE, MODEL_MISSING."""
        chosen = _chosen(given)
        return {**dataclasses.asdict(chosen), "weights_id": fingerprint(find(chosen.folder()))}

    def context(self, frame: int, count: int) -> range:
        return range(count)

    def joined(
        self,
        picture: Picture,
        character: Character,
        landmarks: LandmarkSequence,
        settings: Mapping[str, Any],
        work: Work,
    ) -> dict[str, Any]:
        """The settings for frames that join those of a stored run: `run` tells which one they come from."""
        assert work.part is not None
        chosen = _chosen(settings)
        dtype = choose_type(chosen.precision, choose_device(chosen.device, lambda words: None))
        whole = run_of(picture, character, landmarks, chosen, weights=str(settings["weights_id"]), numbers=str(dtype))
        # the picture is sampled as frame 0
        found = basis(shelf_of(work), whole, range(work.part.start + 1, work.part.stop + 1))
        work.note(found.words)
        if found.caveat:
            work.warn(found.caveat)
        if found.run.key == whole.key:
            return dict(settings)
        self._runs[found.run.key] = found.run
        return {**settings, "run": found.run.key}

    def render(
        self,
        picture: Picture,
        character: Character,
        landmarks: LandmarkSequence,
        frames: Sequence[int],
        settings: Mapping[str, Any],
        work: Work = IDLE,
    ) -> Iterator[np.ndarray]:
        frames = list(frames)
        if not frames:
            return
        chosen = _chosen(settings)
        device = choose_device(chosen.device, work.warn)
        limit_threads()
        with torch.inference_mode(), device_errors(device):
            networks, loaded = _networks(find(chosen.folder()), device, chosen, work)
            tune(networks, chosen.tunings(), device, work.warn)
            weights, numbers = str(settings.get("weights_id", "")), str(networks.unet.dtype)
            run = self._runs.get(str(settings.get("run", ""))) or run_of(
                picture, character, landmarks, chosen, weights=weights, numbers=numbers
            )
            rendering = Rendering(picture, character, landmarks, run, chosen, networks, device, work, loaded)
            yield from rendering.frames(frames)


def _chosen(given: Mapping[str, Any]) -> MofaSettings:
    return MofaSettings.of({name: value for name, value in given.items() if name not in _OURS})


def release() -> None:
    """Let go of the networks; their device is free for others."""
    # where they were meant to be: some may wait in main memory
    had = [torch.device(key[1]) for key in _HELD]
    _HELD.clear()
    for device in had:
        free(device)


def fingerprint(files: MofaFiles) -> str:
    """What tells one set of weights from another: sizes, and blocks spread over each file; not all of 6 GB."""
    whole = hashlib.sha256()
    for path in files.all():
        size = path.stat().st_size
        whole.update(f"{path.name}:{size};".encode())
        with path.open("rb") as file:
            for k in range(min(_SAMPLED, -(-size // _BLOCK))):
                file.seek(
                    max(0, (size - _BLOCK) * k // max(_SAMPLED - 1, 1)) if size > _SAMPLED * _BLOCK else k * _BLOCK
                )
                whole.update(file.read(_BLOCK))
    return whole.hexdigest()[:16]


def _networks(files: MofaFiles, device: torch.device, chosen: MofaSettings, work: Work) -> tuple[Networks, float]:
    """The networks, and the seconds that it took to load them; 0: they were warm."""
    dtype = choose_type(chosen.precision, device)
    key = (files, str(device), dtype)
    started = time.monotonic()
    if key in _HELD:
        return _HELD[key], 0.0
    release()
    work.progress(LOADING, 0, None)
    _HELD[key] = load(files, device=_landing(device, dtype), dtype=dtype)
    return _HELD[key], time.monotonic() - started


def _landing(device: torch.device, dtype: torch.dtype) -> torch.device:
    """Where networks are loaded to: the main memory where all of them would not fit the device."""
    return device if costs.weights(dtype.itemsize) <= costs.USABLE * memory_of(device) else torch.device("cpu")
