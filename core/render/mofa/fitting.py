# SPDX-License-Identifier: GPL-3.0-or-later
"""How a shot is fitted to its card: a plan and an estimate said beforehand, smaller plans where memory runs short, and
what the run has shown, noted for the next estimate."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from ...calibration import Calibration, Pace
from ...costs import USABLE, Memory, Plan, Task, memory, smaller_decoding, smaller_sampling
from ...estimate import Estimate, on_card
from ..base import Work
from .device import card_of, free, memory_of, most_taken, settle, start_counting
from .weights import Networks

Item = TypeVar("Item")
# Which networks are on the device in a stage, where there is not room for all. The sampler brings and takes its own.
_ALONE: Mapping[str, tuple[str, ...]] = {
    "preparing": ("control", "vae", "encoder", "motion"),
    "sampling": (),
    "decoding": ("vae",),
}
_NETWORKS = ("unet", "control", "vae", "encoder", "motion")
# What a card is taken to need at most, in shares of what was computed, after memory ran out once.
_MOST_GROWN = 2.0


class Fitting:
    """One shot on its card. `plan` changes where the memory does not suffice."""

    def __init__(
        self,
        task: Task,
        networks: Networks,
        device: torch.device,
        work: Work,
        *,
        together: int = 0,
        loaded: float = 0.0,
        file: Path | None = None,
    ) -> None:
        """together: items at once that were asked for, 0: as fits · loaded: seconds that the networks took to load just
        now, 0: they were warm · file: of the calibration, None: the user's."""
        self.task, self.networks, self.device, self.work = task, networks, device, work
        self.card = card_of(device, networks.unet.dtype, width=networks.control.config.widths[0])
        self._file = file
        self._laps: dict[str, list[float]] = {"load": [loaded]} if loaded else {}
        self._grown = 0.0
        parts = [getattr(networks, name) for name in _NETWORKS]
        self._weights = sum(bytes_of(part) for part in parts)
        there = sum(bytes_of(part) for part in parts if next(part.parameters()).device.type == device.type)
        self._free = memory_of(device) + there
        self._calibration = Calibration.load(file)
        self.estimate: Estimate = on_card(
            task, self.card, self._calibration, free=self._free, together=together, weights=self._weights
        )
        assert self.estimate.plan is not None
        self.plan: Plan = self.estimate.plan
        self._room = self._free / self._calibration.grown(self.card)
        start_counting(device)

    def tell(self, steps: int | None = None) -> None:
        """Say what is to come. steps: that are left to do, where some were done by an earlier run."""
        task = self.task if steps is None else dataclasses.replace(self.task, steps=max(1, steps))
        found = on_card(
            task, self.card, self._calibration, free=self._free, together=self.plan.together, weights=self._weights
        )
        width, height = task.size
        self.work.note(
            f"{task.frames} frames at {width} x {height} px on {self.card.name}: {found.words()} ({self.plan.words()})."
        )

    def place(self, stage: str) -> None:
        """Have the networks where `stage` ("preparing", "sampling" or "decoding") needs them."""
        alone = self.plan.offload or (stage == "decoding" and self.plan.apart)
        here = _ALONE[stage] if alone else _NETWORKS
        for name in sorted(_NETWORKS, key=lambda name: name in here):  # room is made before it is taken
            network: nn.Module = getattr(self.networks, name)
            place = self.device if name in here else torch.device("cpu")
            if next(network.parameters()).device.type != place.type:
                network.to(place)
        if alone:
            free(self.device)

    def sample_smaller(self) -> bool:
        """Go over to the next smaller plan of sampling and say so; False where there is none."""
        return self._go_on(smaller_sampling(self.task, self.plan), "sampling")

    def decode_smaller(self) -> bool:
        """Go over to the next smaller way to decode and say so; False where there is none."""
        if not self._go_on(smaller_decoding(self.task, self.plan), "decoding"):
            return False
        self.place("decoding")
        return True

    def _go_on(self, smaller: Plan | None, stage: str) -> bool:
        # what was computed to fit did not: the next run is to know
        needed = getattr(self._memory(self.plan), stage)
        if needed <= USABLE * self._room:
            self._grown = min(_MOST_GROWN, max(self._grown, self._free / needed))
        if smaller is None:
            return False
        free(self.device)
        self.plan = smaller
        self.work.warn(f"The memory of {self.card.name} did not suffice; going on with {smaller.words()}.")
        return True

    def _memory(self, plan: Plan) -> Memory:
        return memory(self.task, plan, value=self.card.value, width=self.card.width, weights=self._weights)

    @contextlib.contextmanager
    def timed(self, stage: str, units: int) -> Iterator[None]:
        """Note the seconds of `units` of a stage; nothing where it fails."""
        settle(self.device)
        started = time.monotonic()
        yield
        settle(self.device)
        self._laps.setdefault(stage, []).append((time.monotonic() - started) / max(units, 1))

    def laps(self, stage: str, made: Iterable[Item], units: int = 1) -> Iterator[Item]:
        """The same items, with the seconds noted that each took to come, not what was done with it."""
        found = iter(made)
        while True:
            settle(self.device)
            started = time.monotonic()
            item = next(found, None)
            if item is None:
                return
            settle(self.device)
            self._laps.setdefault(stage, []).append((time.monotonic() - started) / max(units, 1))
            yield item

    def note(self) -> None:
        """Keep what the run has shown."""
        seconds = {}
        for stage, laps in self._laps.items():
            first, rest = laps[0], laps[1:]
            seconds[stage] = sum(rest) / len(rest) if stage == "step" and rest else sum(laps) / len(laps)
            if stage == "step" and rest:
                # the first step makes what windows look at, and warms the card up
                seconds["conditions"] = max(0.0, first - seconds[stage]) * 2
        computed = self._memory(self.plan).most
        grown = max(self._grown, most_taken(self.device) / computed)
        pace = Pace(card=self.card, size=self.task.size, window=self.task.seen, seconds=seconds, grown=grown)
        Calibration.load(self._file).noted(pace).save(self._file)


def bytes_of(network: nn.Module) -> int:
    """Bytes of a network's parameters."""
    return sum(value.numel() * value.element_size() for value in network.parameters())
