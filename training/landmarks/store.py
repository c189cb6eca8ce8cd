# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.store FOLDER`: draws on and on into shards, while another process learns from them."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.match.landmark_net import FLAGS

from .kinds import SHARES
from .scene import Sample, draw

PER_SHARD = 256
NEGATIVES = 0.15


@dataclass(frozen=True, eq=False)
class Shard:
    """images (N, S, S, 3) uint8 · points (N, 70, 2) px, the irises last · flags (N, 6) · face (N,) bool."""

    images: np.ndarray
    points: np.ndarray
    flags: np.ndarray
    face: np.ndarray

    def take(self, index: np.ndarray) -> Shard:
        return Shard(self.images[index], self.points[index], self.flags[index], self.face[index])


def joined(several: list[Shard]) -> Shard:
    """All drawings of shards whose pictures have one size."""
    return Shard(
        *(np.concatenate([getattr(one, name) for one in several]) for name in ("images", "points", "flags", "face"))
    )


def make(seed: int, number: int, count: int = PER_SHARD) -> Shard:
    """The shard of a number; the same drawings every time."""
    kinds, weights = list(SHARES), np.array(list(SHARES.values()))
    rng = np.random.default_rng((seed, number))
    names = rng.choice(kinds, count, p=weights / weights.sum()).astype(object)
    names[rng.random(count) < NEGATIVES] = "nothing"
    return packed([draw((seed, number, k), str(name)) for k, name in enumerate(names)])


def packed(samples: Sequence[Sample]) -> Shard:
    return Shard(
        images=np.stack([sample.image for sample in samples]),
        points=np.stack([np.concatenate([sample.points, sample.iris]) for sample in samples]).astype(np.float32),
        flags=np.array([[part in sample.present for part in FLAGS] for sample in samples]),
        face=np.array([sample.face for sample in samples]),
    )


def save(folder: Path, number: int, shard: Shard) -> None:
    target = folder / f"{number:06d}.npz"
    partial = target.with_suffix(".part")
    with partial.open("wb") as file:
        np.savez(file, images=shard.images, points=shard.points, flags=shard.flags, face=shard.face)
    partial.replace(target)


def load(path: Path) -> Shard:
    with np.load(path) as arrays:
        return Shard(**{name: arrays[name] for name in ("images", "points", "flags", "face")})


def shards(folder: Path) -> list[Path]:
    return sorted(folder.glob("??????.npz"))


def draw_on(folder: Path, maker: Callable[[int], Shard], *, minutes: float, keep: int) -> None:
    """Shards after those that are there, until the time is over; as many of the newest as `keep` stay."""
    folder.mkdir(parents=True, exist_ok=True)
    done = shards(folder)
    number = int(done[-1].stem) + 1 if done else 0
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        save(folder, number, maker(number))
        number += 1
        for old in shards(folder)[:-keep]:
            old.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=int, default=120, help="as many of the newest shards stay")
    parser.add_argument("--minutes", type=float, default=90)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    draw_on(options.folder, lambda number: make(options.seed, number), minutes=options.minutes, keep=options.keep)


if __name__ == "__main__":
    main()
