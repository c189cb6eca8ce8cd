# SPDX-License-Identifier: GPL-3.0-or-later
"""The diffusion backend: a picture and moving landmarks in, frames of a landmark-driven video model out."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...cache import content_key
from ...character import Character
from ...landmarks import LandmarkSequence
from ...picture import Picture
from ..base import IDLE, Work
from .crop import Crop, colours
from .device import choose_device, choose_type, device_errors, free, is_out_of_memory, limit_threads, memory_of
from .encoding import decoded
from .latents import LatentStore
from .noise import draw
from .plan import Measured, Plan, choose, flop, smaller_ones
from .sampling import Sampler, Sampling, sample
from .settings import MofaSettings
from .shot import Composer, prepare
from .weights import MofaFiles, Networks, find, load
from .windows import windows

log = logging.getLogger(__name__)

LOADING, SAMPLING = "Loading the networks", "Diffusing"
# Frames that two calls of the decoder share: no seam where they meet.
_OVERLAP = 2
_LATENT = 8
_BLOCK = 1 << 16
_SAMPLED = 64

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

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Known: see MofaSettings. What the weights are becomes part of them. Raises USAGE, MODEL_MISSING."""
        chosen = MofaSettings.of({name: value for name, value in given.items() if name != "weights_id"})
        return {**dataclasses.asdict(chosen), "weights_id": fingerprint(find(chosen.folder()))}

    def context(self, frame: int, count: int) -> range:
        return range(count)

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
        chosen = MofaSettings.of({name: value for name, value in settings.items() if name != "weights_id"})
        device = choose_device(chosen.device, work.warn)
        limit_threads()
        with torch.inference_mode(), device_errors(device):
            networks = _networks(find(chosen.folder()), device, chosen, work)
            run = _Run(
                picture, character, landmarks, chosen, networks, device, work, str(settings.get("weights_id", ""))
            )
            yield from run.frames(frames)


def release() -> None:
    """Let go of the networks; their device is free for others."""
    had = [next(iter(networks.unet.parameters())).device for networks in _HELD.values()]
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


def _networks(files: MofaFiles, device: torch.device, chosen: MofaSettings, work: Work) -> Networks:
    dtype = choose_type(chosen.precision, device)
    key = (files, str(device), dtype)
    if key not in _HELD:
        release()
        work.progress(LOADING, 0, None)
        _HELD[key] = load(files, device=device, dtype=dtype)
    return _HELD[key]


class _Run:
    """One shot on its way to frames."""

    def __init__(
        self,
        picture: Picture,
        character: Character,
        landmarks: LandmarkSequence,
        chosen: MofaSettings,
        networks: Networks,
        device: torch.device,
        work: Work,
        weights: str,
    ) -> None:
        self.picture, self.character, self.landmarks = picture, character, landmarks
        self.chosen, self.networks, self.device, self.work = chosen, networks, device, work
        points = np.concatenate([character.points[None], landmarks.points])
        points = points[0] + chosen.strength * (points - points[0])
        self.crop = Crop.around(points, picture.size, side=chosen.size)
        self.points = self.crop.points(points)
        self.count = len(points)
        decided = {
            name: value
            for name, value in dataclasses.asdict(chosen).items()
            if name not in ("weights", "device", "together")
        }
        self.key = content_key(
            settings=decided,
            weights=weights,
            picture=picture.pixels,
            points=np.asarray(points, np.float64),
            dtype=str(networks.unet.dtype),
        )

    def frames(self, wanted: Sequence[int]) -> Iterator[np.ndarray]:
        """The pixels of the wanted frames, numbered as the landmarks are. The picture itself is number -1."""
        latents = self._latents()
        composer = Composer(self.picture, self.character, self.landmarks, self.crop)
        found = decoded(
            self.networks.vae,
            torch.from_numpy(latents),
            overlap=_OVERLAP,
            less=self._fewer,
            wanted={frame + 1 for frame in wanted},
        )
        for number, frame in found:
            yield composer.frame(number - 1, frame.permute(1, 2, 0).cpu().numpy())

    def _latents(self) -> np.ndarray:
        width, height = (side // _LATENT for side in self.crop.size)
        folder = None if self.work.scratch is None else self.work.scratch / "mofa" / self.key
        store = LatentStore(folder, (self.count, 4, height, width))
        held = store.latest()
        if held is not None and held[0] == self.chosen.steps:
            return held[1]
        plan = self._plan()
        for attempt in smaller_ones(plan):
            try:
                return self._sampled(store, attempt)
            except Exception as error:
                if not is_out_of_memory(error) or attempt.smaller() is None:
                    raise
                free(self.device)
                smaller = attempt.smaller()
                assert smaller is not None
                self.work.warn(f"The memory of {self.device} did not suffice; going on with {smaller.words()}.")
        raise AssertionError("the last plan ends the loop")

    def _plan(self) -> Plan:
        chosen = self.chosen
        items = 2 * len(windows(self.count, size=chosen.window, stride=chosen.stride))
        measured = Measured.of(str(self.device), self._measured_file())
        plan = choose(measured, memory_of(self.device), self.crop.size, window=chosen.window, items=items)
        if chosen.together:
            plan = Plan(min(chosen.together, items))
        seconds = flop(self.count, self.crop.size, steps=chosen.steps, window=chosen.window, stride=chosen.stride)
        log.info(
            "%d frames at %dx%d on %s: %s, about %.0f s", self.count, *self.crop.size, self.device, plan.words(),
            seconds / measured.speed,
        )  # fmt: skip
        return plan

    def _measured_file(self) -> Path | None:
        return None if self.work.scratch is None else self.work.scratch / "mofa" / "measured.json"

    def _sampled(self, store: LatentStore, plan: Plan) -> np.ndarray:
        chosen, networks = self.chosen, self.networks
        how = Sampling(
            steps=chosen.steps,
            guidance=(chosen.guidance_from, chosen.guidance_to),
            window=chosen.window,
            stride=chosen.stride,
            order=chosen.order,
            together=plan.together,
        )
        items = 2 * len(windows(self.count, size=how.window, stride=how.stride))
        held = store.latest()
        noise = draw("own", chosen.seed, self.crop.size, store.shape)
        done, latents = held or (0, noise.frames.numpy())
        counted = _Counter(self.work, done * items, how.steps * items)
        for network in (networks.unet, networks.control):
            network.to("cpu" if plan.offload else self.device)
        sampler = Sampler.of(
            networks.unet, networks.control, how, device=self.device, offload=plan.offload, tick=counted
        )
        picture = self.crop.take(colours(self.picture))
        with prepare(networks, picture, self.points, chosen, noise=noise.picture) as shot:
            started = time.monotonic()
            begun = torch.from_numpy(np.ascontiguousarray(latents))
            for step, found in sample(sampler, shot, begun, networks.scheduler, start=done):
                latents = found.numpy()
                store.keep(step, latents)
            self._note_speed(time.monotonic() - started, how, how.steps - done)
        return latents

    def _fewer(self, chunk: int) -> int:
        """How many frames to decode at once where the memory does not suffice for `chunk`."""
        free(self.device)
        if chunk > 1:
            self.work.warn(f"The memory of {self.device} did not suffice; decoding {chunk // 2} frames at once.")
        return chunk // 2

    def _note_speed(self, seconds: float, how: Sampling, steps: int) -> None:
        file = self._measured_file()
        if file is None or steps < 1 or self.networks.control.config.widths[0] != 320:
            return
        done = flop(self.count, self.crop.size, steps=steps, window=how.window, stride=how.stride)
        known = Measured.of(str(self.device), file)
        Measured(done / max(seconds, 1e-3), known.item).keep(str(self.device), file)


class _Counter:
    """Items that went through the networks, told as progress; raises what a cancelled progress raises."""

    def __init__(self, work: Work, done: int, total: int) -> None:
        self.work, self.done, self.total = work, done, total
        work.progress(SAMPLING, done, total)

    def __call__(self, items: int) -> None:
        self.done += items
        self.work.progress(SAMPLING, min(self.done, self.total), self.total)
