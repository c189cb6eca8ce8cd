# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the shape prior that ships: core/data/face_prior.npz.

    python -m training.face_prior --clips DIR [--without NAME ...] [--cache DIR] [-o FILE]

It learns from the points of our own drawings (the kinds of training/landmarks that are for training) and from those of
tracked clips, DIR, as training.basis does. Points of parts that a drawing lacks are unknown, not guessed.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import save_npz
from core.landmarks import ALL_PARTS, PARTS
from core.placing.prior import FILE, FORMAT, MIRROR_ALL, POINTS, VERSION
from core.track.topology import IBUG_68, IRISES

from .clips import performances

SEED = 31
DRAWINGS = 700  # of each kind
FRAMES = 60  # of each clip, spread over it
MODES = 30
ROUNDS = 8


@dataclass(frozen=True, eq=False)
class Faces:
    """points (N, 70, 2), any similarity, right way round · known (N, 70)."""

    points: np.ndarray
    known: np.ndarray

    def with_mirrored(self) -> Faces:
        flipped = self.points[:, MIRROR_ALL] * (-1.0, 1.0)
        return Faces(np.concatenate([self.points, flipped]), np.concatenate([self.known, self.known[:, MIRROR_ALL]]))


def drawings(count: int = DRAWINGS, *, seed: int = SEED, kinds: Sequence[str] = ()) -> Faces:
    """So many faces of each kind (default: all that are for training)."""
    from .landmarks.kinds import TRAINING
    from .landmarks.scene import draw

    samples = [draw((seed, number), kind, size=64) for kind in (kinds or TRAINING) for number in range(count)]
    points = np.stack([np.concatenate([sample.points, sample.iris]) for sample in samples])
    return Faces(points, np.stack([known_points(sample.present) for sample in samples]))


def known_points(present: frozenset[str]) -> np.ndarray:
    """(70,) which points belong to parts that are there."""
    known = np.ones(POINTS, bool)
    for part in ALL_PARTS - present:
        known[PARTS[part]] = False
        if part.endswith("eye"):
            known[POINTS - 2 + (part == "left_eye")] = False
    return known


def tracked(clips: Path, *, without: Sequence[str], cache: Path | None, count: int = FRAMES) -> Iterator[np.ndarray]:
    """So many frames of each clip, (count, 70, 2)."""
    for clip in performances(clips, cache=cache):
        if clip.name not in without:
            chosen = np.linspace(0, len(clip.mesh) - 1, count).round().astype(int)
            yield clip.mesh[chosen][:, [*IBUG_68, *IRISES], :2]


def aligned(faces: Faces) -> np.ndarray:
    """All faces moved, turned and scaled onto their common mean, (N, 140): the Procrustes mean of what is known."""
    z = faces.points[..., 0] + 1j * faces.points[..., 1]
    share = faces.known / faces.known.sum(axis=1, keepdims=True)
    right, left = (z[:, [a, b]].mean(axis=1, keepdims=True) for a, b in ((36, 39), (42, 45)))
    shape = (z - (right + left) / 2) / (left - right)
    for _ in range(ROUNDS):
        mean = (shape * faces.known).sum(axis=0) / faces.known.sum(axis=0)
        right, left = mean[[36, 39]].mean(), mean[[42, 45]].mean()
        mean = (mean - (right + left) / 2) / (left - right)
        centre, goal = (share * z).sum(axis=1, keepdims=True), (share * mean).sum(axis=1, keepdims=True)
        turn = (share * np.conj(z - centre) * (mean - goal)).sum(axis=1) / (share * abs(z - centre) ** 2).sum(axis=1)
        shape = turn[:, None] * (z - centre) + goal
    return np.concatenate([shape.real, shape.imag], axis=1)


def gaussian(values: np.ndarray, known: np.ndarray, *, rounds: int = ROUNDS) -> tuple[np.ndarray, np.ndarray]:
    """The mean (D,) and covariance (D, D) of values (N, D) of which some are not known (N, D): by expectation and
    maximisation, pattern by pattern of what is known."""
    mean = np.where(known, values, 0).sum(axis=0) / known.sum(axis=0)
    covariance = 0.02 * np.eye(values.shape[1])
    patterns, which = np.unique(known, axis=0, return_inverse=True)
    for _ in range(rounds):
        filled, doubt = values.copy(), np.zeros_like(covariance)
        for number, pattern in enumerate(patterns):
            rows, there, gone = (
                np.flatnonzero(which.ravel() == number),
                np.flatnonzero(pattern),
                np.flatnonzero(~pattern),
            )
            if not len(gone):
                continue
            cross = covariance[np.ix_(there, gone)]
            gain = np.linalg.solve(covariance[np.ix_(there, there)] + 1e-9 * np.eye(len(there)), cross)
            filled[np.ix_(rows, gone)] = mean[gone] + (values[np.ix_(rows, there)] - mean[there]) @ gain
            doubt[np.ix_(gone, gone)] += len(rows) * (covariance[np.ix_(gone, gone)] - cross.T @ gain)
        mean = filled.mean(axis=0)
        covariance = ((filled - mean).T @ (filled - mean) + doubt) / len(values)
    return mean, (covariance + covariance.T) / 2


def learned(faces: Faces, *, modes: int = MODES) -> dict[str, np.ndarray]:
    """What the file holds: mean (140,), modes (M, 140) times their deviation, own (140,): what is beside them."""
    faces = faces.with_mirrored()
    mean, covariance = gaussian(aligned(faces), np.tile(faces.known, (1, 2)))
    strength, directions = np.linalg.eigh(covariance)
    leading = (directions[:, -modes:] * np.sqrt(strength[-modes:])).T[::-1]
    own = np.sqrt(np.maximum(np.diag(covariance) - (leading**2).sum(axis=0), 1e-8))
    return {name: array.astype(np.float32) for name, array in (("mean", mean), ("modes", leading), ("own", own))}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="training.face_prior", description="Learn the prior of a face's shape.")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--without", nargs="*", default=["ravdess_surprised"], help="clips that are for testing only")
    parser.add_argument("--cache", type=Path, help="keeps what was tracked")
    parser.add_argument("-o", "--output", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    drawn = drawings()
    seen = np.concatenate(list(tracked(options.clips, without=options.without, cache=options.cache)))
    faces = Faces(
        np.concatenate([drawn.points, seen]), np.concatenate([drawn.known, np.ones((len(seen), POINTS), bool)])
    )
    meta = {"drawings": len(drawn.points), "frames": len(seen), "seed": SEED, "modes": MODES}
    save_npz(options.output, FORMAT, VERSION, learned(faces), meta)
    sys.stdout.write(f"{options.output}: {len(drawn.points)} drawings, {len(seen)} frames\n")
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    sys.exit(main(sys.argv[1:]))
