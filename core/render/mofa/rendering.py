# SPDX-License-Identifier: GPL-3.0-or-later
"""One shot on its way from landmarks to frames: sampled, kept, decoded."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from ...cache import content_key
from ...character import Character
from ...costs import Task
from ...errors import ErrorCode, FaceShotError
from ...landmarks import LandmarkSequence
from ...picture import Picture
from ..base import Work
from .crop import Crop, colours
from .device import free, is_out_of_memory
from .encoding import DECODED, decoded
from .fitting import Fitting
from .joins import Joins, seen, windows_of
from .latents import LatentStore
from .noise import draw
from .sampling import Held, Sampler, Sampling, sample
from .settings import MofaSettings
from .shelf import Run, Shelf, Stored, code_version
from .shot import Composer, prepare
from .weights import Networks
from .windows import touching

log = logging.getLogger(__name__)

SAMPLING = "Diffusing"
# Frames that two calls of the decoder share: no seam where they meet.
_OVERLAP = 2
# Settings that do not change the latents.
_FREE = ("weights", "device", "together", "tuning", "keep")
# The share of the disk's free room that latents may take.
_ROOM = 0.5


def run_of(
    picture: Picture,
    character: Character,
    landmarks: LandmarkSequence,
    chosen: MofaSettings,
    *,
    weights: str,
    numbers: str,
) -> Run:
    """The run of a whole shot. weights: what tells one set of networks from another · numbers: their type."""
    points = np.concatenate([character.points[None], landmarks.points]).astype(np.float64)
    points = points[0] + chosen.strength * (points - points[0])
    facts = {name: value for name, value in dataclasses.asdict(chosen).items() if name not in _FREE}
    facts |= {
        "weights": weights,
        "numbers": numbers,
        "code": code_version(),
        "picture": content_key(pixels=picture.pixels),
    }
    return Run(facts, points, Crop.around(points, picture.size, side=chosen.size))


def shelf_of(work: Work) -> Shelf:
    return Shelf(None if work.scratch is None else work.scratch / "mofa")


class Rendering:
    """Makes the frames of a run. Its networks are on `device`, or will be when their turn comes."""

    def __init__(
        self,
        picture: Picture,
        character: Character,
        landmarks: LandmarkSequence,
        run: Run,
        chosen: MofaSettings,
        networks: Networks,
        device: torch.device,
        work: Work,
        loaded: float = 0.0,
    ) -> None:
        """loaded: seconds that the networks took to load just now; 0: they were warm."""
        self.picture, self.character, self.landmarks = picture, character, landmarks
        self.run, self.chosen, self.networks, self.device, self.work = run, chosen, networks, device, work
        self.crop = run.crop
        self.points = run.crop.points(run.points)
        self.published = chosen.noise == "published"
        found = windows_of(run)
        self.windows = len(found) if run.free is None else len(touching(found, run.free))
        self.shelf = shelf_of(work)
        self.base = self._base()
        self.joins = None if run.free is None else Joins.of(run, run.free, self._sigmas())
        self.fitting = self._fitting(loaded)

    def frames(self, wanted: Sequence[int]) -> Iterator[np.ndarray]:
        """The pixels of the wanted frames, numbered as the landmarks are. The picture itself is number -1."""
        latents = torch.from_numpy(self._latents())
        composer = Composer(self.picture, self.character, self.landmarks, self.crop)
        self.fitting.place("decoding")
        found = self._decoded(latents, {frame + 1 for frame in wanted})
        if len(wanted) == self.run.count - 1:  # of a part, the decoder makes more frames than come out
            found = self.fitting.laps("frame", found)
        for number, frame in found:
            yield composer.frame(number - 1, frame.permute(1, 2, 0).cpu().numpy())
        self.fitting.note()
        if self.joins is not None and (about := self._about_joins(latents, self.joins)):
            self.work.note(about)

    def _decoded(self, latents: torch.Tensor, wanted: set[int]) -> Iterator[tuple[int, torch.Tensor]]:
        return decoded(
            self.networks.vae,
            latents,
            chunk=DECODED if self.published else self.fitting.plan.decoded,
            tile=0 if self.published else self.fitting.plan.tile,
            overlap=0 if self.published else _OVERLAP,
            wanted=wanted,
            less=self._fewer,
        )

    def _fewer(self) -> tuple[int, int] | None:
        """How to go on decoding where the memory does not suffice."""
        found = self.fitting.decode_smaller()
        return (self.fitting.plan.decoded, self.fitting.plan.tile) if found else None

    def _about_joins(self, latents: torch.Tensor, joins: Joins) -> str:
        changed = latents.clone()
        for frame, away in joins.moved.items():
            changed[frame] += away
        held = dict(self._decoded(latents, set(joins.moved)))
        levels = {
            number: 255 * float((frame - held[number]).abs().mean())
            for number, frame in self._decoded(changed, set(joins.moved))
        }
        return joins.words(latents, levels)

    def _sigmas(self) -> list[float]:
        return Sampler.levels(self.networks.scheduler, self.chosen.steps).sigmas.tolist()

    def _base(self) -> Stored | None:
        """The run that holds the frames that are not sampled."""
        if not self.run.base:
            return None
        found = next((stored for stored in self.shelf.runs() if stored.run.key == self.run.base), None)
        if found is None or not found.whole:
            raise _vanished()
        self.shelf.use(found.run)
        return found

    def _latents(self) -> np.ndarray:
        store = LatentStore(self.shelf.place(self.run), self.run.shape, warn=self.work.warn)
        kept = store.latest()
        if kept is not None and kept.step == self.chosen.steps:
            self.shelf.use(self.run)
            if self.joins is not None:
                self.joins.take(kept.beside)
            return kept.latents
        self._make_room(store)
        left = self.chosen.steps - (0 if kept is None else kept.step)
        self.fitting.tell(left)
        while True:
            try:
                return self._sampled(store)
            except Exception as error:
                if not is_out_of_memory(error) or not self.fitting.sample_smaller():
                    raise
            # only now does nothing hold the failed attempt's tensors any more
            free(self.device)

    def _make_room(self, store: LatentStore) -> None:
        """Decide how much of the run is kept, and let go of older runs for it."""
        if store.folder is None:
            return
        limit, needed = self.chosen.keep * 1e9, self.chosen.steps * store.step_bytes
        self.shelf.trim(limit - needed if needed <= limit else 0, {self.run.key, self.run.base})
        store.every = needed <= min(limit, _ROOM * self.shelf.room())
        if not store.every:
            self.work.note(
                f"The latents of all steps would take {needed / 1e9:.2g} GB, more than there is room for "
                f"(keep={self.chosen.keep:g}): only the last ones are kept, and no part can be sampled by itself later."
            )
        try:
            self.shelf.begin(self.run)
        except FaceShotError as error:
            self.work.warn(f"{error.message} The work goes on, but if it is stopped it will begin again.")
            store.folder = None

    def _fitting(self, loaded: float) -> Fitting:
        task = Task(
            frames=self.run.count - 1,
            size=self.crop.size,
            steps=self.chosen.steps,
            window=self.chosen.window,
            stride=self.chosen.stride,
            part=0 if self.run.free is None else self.windows,
        )
        return Fitting(task, self.networks, self.device, self.work, together=self.chosen.together, loaded=loaded)

    def _sampled(self, store: LatentStore) -> np.ndarray:
        chosen, networks, plan = self.chosen, self.networks, self.fitting.plan
        how = Sampling(
            steps=chosen.steps,
            guidance=(chosen.guidance_from, chosen.guidance_to),
            window=chosen.window,
            stride=chosen.stride,
            order=chosen.order,
            together=plan.together,
        )
        noise = draw(chosen.noise, chosen.seed, self.crop.size, store.shape)
        kept = store.latest()
        done, latents = (0, noise.frames.numpy()) if kept is None else (kept.step, kept.latents)
        if kept is not None and self.joins is not None:
            self.joins.take(kept.beside)
        items = 2 * self.windows
        counted = _Counter(self.work, done * items, how.steps * items)
        sampler = Sampler.of(
            networks.unet, networks.control, how,
            device=self.device, offload=plan.offload, held=plan.held, tick=counted,
        )  # fmt: skip
        picture = self.crop.take(colours(self.picture))
        self.fitting.place("preparing")
        with contextlib.ExitStack() as stack:
            looked_at = seen(self.run, self.run.free)
            with self.fitting.timed("motion", len(looked_at)):
                shot = stack.enter_context(
                    prepare(networks, picture, self.points, chosen, noise=noise.picture, frames=looked_at)
                )
            self.fitting.place("sampling")
            begun = torch.from_numpy(np.ascontiguousarray(latents))
            steps = sample(sampler, shot, begun, networks.scheduler, start=done, held=self._held())
            for step, found in self.fitting.laps("step", steps, items):
                latents = found.numpy()
                store.keep(step, latents, **({} if self.joins is None else self.joins.arrays()))
                self.shelf.use(self.run)
        return latents

    def _held(self) -> Held | None:
        base, joins, part = self.base, self.joins, self.run.free
        if base is None or joins is None or part is None:
            return None
        stored = base.latents

        def after(step: int) -> torch.Tensor:
            kept = stored.after(step)
            if kept is None:
                raise _vanished()
            return torch.from_numpy(kept.latents)

        return Held(part, after, joins.told)


def _vanished() -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_MISSING,
        "The stored run that these frames are to join is gone, or damaged.",
        hint="Run it again: what is left decides anew.",
    )


class _Counter:
    """Items that went through the networks, told as progress; raises what a cancelled progress raises."""

    def __init__(self, work: Work, done: int, total: int) -> None:
        self.work, self.done, self.total = work, done, total
        work.progress(SAMPLING, done, total)

    def __call__(self, items: int) -> None:
        self.done += items
        self.work.progress(SAMPLING, min(self.done, self.total), self.total)
