# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth curves through the points of each part, to be drawn: corners of eyes and lips stay corners."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..landmarks import COUNT

# Part, points in order. A closed line is two that meet in its corners.
_STROKES: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("jaw", tuple(range(17))),
    ("right_brow", tuple(range(17, 22))),
    ("left_brow", tuple(range(22, 27))),
    ("nose", tuple(range(27, 31))),
    ("nose", tuple(range(31, 36))),
    ("right_eye", (36, 37, 38, 39)),
    ("right_eye", (39, 40, 41, 36)),
    ("left_eye", (42, 43, 44, 45)),
    ("left_eye", (45, 46, 47, 42)),
    ("mouth", tuple(range(48, 55))),
    ("mouth", (54, 55, 56, 57, 58, 59, 48)),
    ("mouth", (60, 61, 62, 63, 64)),
    ("mouth", (64, 65, 66, 67, 60)),
)
_BETWEEN = 8  # pieces between two points


@dataclass(frozen=True, eq=False)
class Curves:
    """weights: (S, 68); `weights @ points` are the curves' samples, linear in the points · parts: of each sample ·
    pairs: (P, 2) samples that a straight piece joins."""

    weights: np.ndarray
    parts: tuple[str, ...]
    pairs: np.ndarray

    def of(self, present: frozenset[str]) -> np.ndarray:
        """(S,) whether a sample is of a part that is there."""
        return np.array([part in present for part in self.parts])


@lru_cache(maxsize=1)
def part_curves() -> Curves:
    """Catmull-Rom curves: through the points, with the direction there that their neighbours have.

    >>> from core.landmarks import template
    >>> curves = part_curves()
    >>> samples = curves.weights @ template()
    >>> bool(abs(samples[0] - template()[0]).max() < 1e-12)
    True
    """
    rows: list[np.ndarray] = []
    parts: list[str] = []
    pairs: list[np.ndarray] = []
    for part, indices in _STROKES:
        first = len(parts)
        rows.append(_stroke(indices))
        count = len(rows[-1])
        parts += [part] * count
        pairs.append(first + np.stack([np.arange(count - 1), np.arange(1, count)], axis=-1))
    weights, joined = np.concatenate(rows), np.concatenate(pairs)
    weights.setflags(write=False)
    return Curves(weights, tuple(parts), joined)


def _stroke(indices: tuple[int, ...]) -> np.ndarray:
    """(S, 68) weights of an open curve through those points; its ends go on as their neighbours would."""
    points = np.zeros((len(indices), COUNT))
    points[np.arange(len(indices)), indices] = 1
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    share = np.arange(_BETWEEN)[:, None] / _BETWEEN
    basis = np.concatenate(
        [
            (-share + 2 * share**2 - share**3) / 2,
            (2 - 5 * share**2 + 3 * share**3) / 2,
            (share + 4 * share**2 - 3 * share**3) / 2,
            (share**3 - share**2) / 2,
        ],
        axis=1,
    )
    pieces = [basis @ padded[number : number + 4] for number in range(len(indices) - 1)]
    return np.concatenate([*pieces, points[-1:]])
