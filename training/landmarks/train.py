# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.train SHARDS STATE`: learns from the newest shards; --resume goes on from STATE."""

from __future__ import annotations

import argparse
import copy
import json
import math
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from core.landmarks import COUNT, PARTS
from core.match.landmark_net import FLAGS, INPUT

from . import store
from .crops import Batch, batch
from .network import POINTS, LandmarkNetwork

FLAG_WEIGHT, FACE_WEIGHT, ERROR_WEIGHT = 0.35, 0.25, 0.06
ABSENT = 0.1  # weight of the points of missing parts
SCALE = 0.04  # of the loss, in face widths
AVERAGE = 0.98  # every AVERAGE_EVERY steps: over about 200
AVERAGE_EVERY = 4
# Small pictures first, they are quick: (until this share of the time, input px)
SIZES = ((0.14, 64), (0.72, 96), (1.0, INPUT))
SIZES_AGAIN = ((0.4, 96), (1.0, INPUT))  # of a restart
MAP_WEIGHT, MAP_UNTIL = 0.1, 0.48  # maps are told where to peak, at first


def point_weights(flags: torch.Tensor) -> torch.Tensor:
    """(N, 70): 1 for points of parts that are there; irises follow their eye, and count less."""
    weights = torch.ones(len(flags), POINTS)
    for column, part in enumerate(FLAGS):
        there = ABSENT + (1 - ABSENT) * flags[:, column : column + 1]
        weights[:, PARTS[part]] = there
        if part == "nose":  # the bridge can be told from the other parts
            weights[:, 27:31] = 0.5 + 0.5 * there
        if part.endswith("eye"):
            at = COUNT + int(part == "left_eye")
            weights[:, at : at + 1] = 0.7 * there
    return weights


def map_loss(logits: torch.Tensor, points: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the maps (N, 70, M * M) against soft spots at the points."""
    cells = math.isqrt(logits.shape[2])
    middle = (torch.arange(cells) + 0.5) / cells
    spot = torch.exp(-0.5 * ((points[..., None] - middle) * cells / 0.9) ** 2)
    target = (spot[:, :, 1, :, None] * spot[:, :, 0, None, :]).flatten(2)
    target = target / target.sum(dim=2, keepdim=True).clamp(min=1e-4)
    entropy = -(target * F.log_softmax(logits, dim=2)).sum(dim=2)
    return (weights * entropy).sum() / weights.sum().clamp(min=1)


def loss_of(
    network: LandmarkNetwork, data: Batch, *, half: bool, maps: float = 0.0, error_weight: float = ERROR_WEIGHT
) -> tuple[torch.Tensor, dict[str, float]]:
    images = torch.from_numpy(data.images).contiguous(memory_format=torch.channels_last)
    points, flags = torch.from_numpy(data.points), torch.from_numpy(data.flags)
    width, whole = torch.from_numpy(data.width), torch.from_numpy(data.whole)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        found, error, logits = network(images)
    seen = (whole != 0).float()
    inside = ((points > -0.02) & (points < 1.02)).all(dim=2).float()
    weights = point_weights(flags) * inside * seen[:, None]
    gap = (found - points).norm(dim=2)
    relative = gap / width.clamp(min=0.05)[:, None]
    place = (weights * torch.log1p(relative / SCALE)).sum() / weights.sum().clamp(min=1)
    # a Laplace law of the distance: its scale is the error to expect
    spread = error.clamp(-7, 2)
    honest = (weights * (spread + (gap.detach() + 1e-4) * torch.exp(-spread))).sum() / weights.sum().clamp(min=1)
    flag = F.binary_cross_entropy_with_logits(logits[:, :6], flags, reduction="none")
    flag = (flag * seen[:, None]).sum() / (6 * seen.sum()).clamp(min=1)
    known = ~torch.isnan(whole)
    face = F.binary_cross_entropy_with_logits(logits[known, 6], whole[known])
    total = place + error_weight * honest + FLAG_WEIGHT * flag + FACE_WEIGHT * face
    if maps:
        total = total + maps * map_loss(network.logits, points, weights)
    shown = (weights == 1).float()
    nme = float((relative.detach() * shown).sum() / shown.sum().clamp(min=1))
    right = float((((logits[:, :6] > 0).float() == flags).float() * seen[:, None]).sum() / (6 * seen.sum()))
    return total, {
        "loss": float(total.detach()),
        "nme": nme,
        "flags": right,
        "face": float(face.detach()),
        "honest": float(honest.detach()),
    }


class Trainer:
    """Network, average, optimiser and counters; saved and loaded as one file."""

    def __init__(self, rate: float) -> None:
        torch.manual_seed(1)
        self.network = LandmarkNetwork().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimiser = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=0.02)
        self.steps, self.samples, self.seconds = 0, 0, 0.0

    def step(self, data: Batch, rate: float, *, half: bool, maps: float = 0.0) -> dict[str, float]:
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.network.train()
        total, figures = loss_of(self.network, data, half=half, maps=maps)
        self.optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self.optimiser.step()
        self.steps, self.samples = self.steps + 1, self.samples + len(data.images)
        if self.steps % AVERAGE_EVERY:
            return figures
        keep = min(AVERAGE, (self.steps + 1) / (self.steps + 40))
        with torch.no_grad():
            for mean, now in zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True):
                if mean.dtype.is_floating_point:
                    mean.lerp_(now, 1 - keep)
        return figures

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "steps": self.steps,
                "samples": self.samples,
                "seconds": self.seconds,
            },
            partial,
        )
        partial.replace(path)

    def load(self, path: Path) -> None:
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.steps, self.samples, self.seconds = state["steps"], state["samples"], state["seconds"]


class Feed:
    """Batches from the shards of one or more folders; half of the drawings are of the newest, so that what is new is
    seen soon."""

    def __init__(self, folders: list[Path], seed: int, *, shares: list[float] | None = None, held: int = 5) -> None:
        """shares: of the drawings, for each folder; one without shards yet gives its share to the others."""
        self.folders, self.held = folders, held
        self.shares = np.array(shares or [1.0] * len(folders))
        self.rng = np.random.default_rng(seed)
        self.open: list[list[store.Shard]] = [[] for _ in folders]
        self.seen: list[set[Path]] = [set() for _ in folders]
        self.left = [0] * len(folders)

    def _more(self, which: int) -> None:
        """Opens the newest shard that was not seen, now and then any other."""
        found = store.shards(self.folders[which])
        if not found:
            return
        fresh = [path for path in found if path not in self.seen[which]]
        path = fresh[-1] if fresh and self.rng.random() < 0.8 else found[int(self.rng.integers(len(found)))]
        try:
            shard = store.load(path)
        except FileNotFoundError:  # the drawing process has thrown it away just now
            return
        self.seen[which].add(path)
        self.open[which] = [*self.open[which], shard][-self.held :]
        self.left[which] = len(shard.face)

    def _ready(self) -> np.ndarray:
        for which in range(len(self.folders)):
            if self.left[which] <= 0:
                self._more(which)
        return np.array([bool(shards) for shards in self.open])

    def next(self, size: int, out: int = INPUT) -> Batch:
        """Random drawings of the last few shards of each folder."""
        while not (ready := self._ready()).any():
            time.sleep(2)
        shares = self.shares * ready
        rows: list[store.Shard] = []
        for which, count in enumerate(self.rng.multinomial(size, shares / shares.sum())):
            if not count:
                continue
            self.left[which] -= int(count)
            last = int(self.rng.binomial(count, 0.5)) if len(self.open[which]) > 1 else int(count)
            other = self.open[which][int(self.rng.integers(len(self.open[which])))]
            for shard, part in ((self.open[which][-1], last), (other, int(count) - last)):
                rows.append(shard.take(self.rng.choice(len(shard.face), part, replace=False)))
        return batch(store.joined(rows), np.arange(size), self.rng, out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("state", type=Path)
    parser.add_argument("--also", type=Path, action="append", default=[], help="another folder of shards")
    parser.add_argument("--also-share", type=float, default=0.25, help="of the drawings, from each such folder")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument(
        "--restart", action="store_true", help="with --resume: a schedule of its own, at the large sizes"
    )
    parser.add_argument("--until", required=True, help="HH:MM, local time: the rate falls to zero by then")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="bfloat16 where the processor is faster with it")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    trainer = Trainer(options.rate)
    if options.resume and options.state.is_file():
        trainer.load(options.state)
    folders = [options.shards, *options.also]
    shares = [1 - options.also_share * len(options.also)] + [options.also_share] * len(options.also)
    feed = Feed(folders, options.seed + trainer.steps, shares=shares)
    now = time.localtime()
    hours, minutes = (int(part) for part in options.until.split(":"))
    wait = ((hours - now.tm_hour) * 3600 + (minutes - now.tm_min) * 60 - now.tm_sec) % 86400
    start = saved = told = time.monotonic()
    before, sums = trainer.seconds, []
    earlier = 0.0 if options.restart else before
    planned, steps_before = earlier + wait, trainer.steps if options.restart else 0
    sizes = SIZES_AGAIN if options.restart else SIZES
    while (spent := time.monotonic() - start) < wait:
        share = (earlier + spent) / planned
        warm = min(1.0, (trainer.steps - steps_before + 1) / 200)
        rate = options.rate * warm * max(0.01, 0.5 * (1 + math.cos(math.pi * share)))
        out = next(size for until, size in sizes if share <= until or until == 1)
        maps = MAP_WEIGHT if share < MAP_UNTIL and not options.restart else 0.0
        sums.append(trainer.step(feed.next(options.batch, out), rate, half=options.half, maps=maps))
        trainer.seconds = before + time.monotonic() - start
        if time.monotonic() - told > 20:
            means = {name: round(float(np.mean([one[name] for one in sums])), 4) for name in sums[0]}
            speed = round(len(sums) * options.batch / (time.monotonic() - told), 1)
            print(
                json.dumps(
                    {
                        "clock": time.strftime("%H:%M:%S"),
                        "steps": trainer.steps,
                        "samples": trainer.samples,
                        "per_second": speed,
                        "rate": round(rate, 6),
                        "input": out,
                        **means,
                    }
                ),
                flush=True,
            )
            sums, told = [], time.monotonic()
        if time.monotonic() - saved > 60:
            trainer.save(options.state)
            saved = time.monotonic()
    trainer.save(options.state)


if __name__ == "__main__":
    main()
