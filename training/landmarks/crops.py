# SPDX-License-Identifier: GPL-3.0-or-later
"""From drawings to batches: crops tight around the face and wide ones, turned, shifted, mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.landmarks import COUNT
from core.match.crops import MARGIN, crop_matrix, warp, window
from core.match.landmark_net import MIRROR_ALL, MIRROR_FLAGS

from .store import Shard

TIGHT = 0.6


@dataclass(frozen=True, eq=False)
class Batch:
    """images (N, 3, S, S) float32 -1..1 · points (N, 70, 2) in 0..1 of the crop · flags (N, 6) · width (N,) face width
    in crops · whole (N,): 1 the whole face is in view, 0 it is not, nan hard to say."""

    images: np.ndarray
    points: np.ndarray
    flags: np.ndarray
    width: np.ndarray
    whole: np.ndarray


def _choose(rng: np.random.Generator, points: np.ndarray, size: int, face: bool) -> tuple[np.ndarray, float, float]:
    """Middle, side and turn of a random crop."""
    middle, side = window(points[:COUNT]) if face else (rng.random(2) * size, size * rng.uniform(0.15, 0.7))
    eyes = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
    roll = float(np.arctan2(eyes[1], eyes[0])) if face else 0.0
    if rng.random() < TIGHT:
        turn = roll + rng.normal(0, 0.14) if rng.random() < 0.7 else rng.normal(0, 0.3)
        return middle + rng.normal(0, 0.07, 2) * side, MARGIN * side * np.exp(rng.normal(0, 0.12)), turn
    # a part of a face is no face: nostrils are not eyes
    ratio = rng.uniform(1.5, 4.5) if rng.random() < 0.74 else rng.uniform(0.25, 1.2)
    span = side * ratio
    room = 0.5 * span - 0.4 * side if rng.random() < 0.75 else 0.8 * span
    return middle + rng.uniform(-1, 1, 2) * abs(room), span, rng.normal(0, 0.1)


def batch(shard: Shard, index: np.ndarray, rng: np.random.Generator, out: int) -> Batch:
    images, points = np.empty((len(index), out, out, 3), np.uint8), np.empty((len(index), COUNT + 2, 2), np.float32)
    flags, whole = shard.flags[index].astype(np.float32), np.zeros(len(index), np.float32)
    for row, k in enumerate(index):
        face = bool(shard.face[k])
        matrix = crop_matrix(*_choose(rng, shard.points[k], shard.images.shape[1], face), out)
        images[row] = warp(shard.images[k], matrix, out)
        points[row] = (shard.points[k] @ matrix[:, :2].T + matrix[:, 2]) / out
        if rng.random() < 0.5:
            images[row] = images[row, :, ::-1]
            points[row] = (points[row] * (-1, 1) + (1, 0))[MIRROR_ALL]
            flags[row] = flags[row, MIRROR_FLAGS]
        if face:
            inside = ((points[row] > 0) & (points[row] < 1)).all(axis=1).mean()
            size = window(points[row, :COUNT])[1]
            good, bad = inside > 0.985 and size > 0.2, inside < 0.6 or size < 0.12
            whole[row] = 1.0 if good else 0.0 if bad else np.nan
    if rng.random() < 0.1:  # channels in another order: no colour is to be relied on
        images = images[..., rng.permutation(3)]
    return Batch(
        images=np.ascontiguousarray(images.transpose(0, 3, 1, 2)).astype(np.float32) / 127.5 - 1,
        points=points,
        flags=flags,
        width=np.linalg.norm(points[:, 16] - points[:, 0], axis=1),
        whole=whole,
    )
