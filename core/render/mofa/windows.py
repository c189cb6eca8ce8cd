# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot of any length in windows of as many frames as the networks know, each beginning with the first frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

WINDOW, STRIDE = 25, 12


def windows(count: int, *, size: int = WINDOW, stride: int = STRIDE) -> list[tuple[tuple[int, ...], int]]:
    """The windows of `count` frames: their frames, and how often each counts in the mean.

    Frame 0 and `size` - 1 frames in a row, each window `stride` frames on; one more ends at the last frame. Where that
    one repeats the window before, the published code runs it again: here it counts twice, at no cost.

    >>> windows(8, size=5, stride=2)
    [((0, 1, 2, 3, 4), 1), ((0, 3, 4, 5, 6), 1), ((0, 4, 5, 6, 7), 1)]
    >>> windows(5, size=5, stride=2), windows(3, size=5)
    ([((0, 1, 2, 3, 4), 2)], [((0, 1, 2), 1)])
    """
    if count < 1 or size < 2 or stride < 1:
        raise ValueError(f"no windows of {size} frames every {stride} over {count}")
    if count < size:
        return [(tuple(range(count)), 1)]
    begins = [1 + k * stride for k in range((count - size) // stride + 1)] + [count - size + 1]
    return [((0, *range(begin, begin + size - 1)), often) for begin, often in Counter(begins).items()]


def shares(found: Sequence[tuple[tuple[int, ...], int]], count: int) -> list[np.ndarray]:
    """How much of each frame's mean each window gives: (frames of the window,) each; frame 0 is the first window's."""
    total = np.zeros(count)
    for frames, often in found:
        total[list(frames)] += often
    made = [often / total[list(frames)] for frames, often in found]
    for k, share in enumerate(made):
        share[0] = float(k == 0)
    return made


def touching(found: Sequence[tuple[tuple[int, ...], int]], frames: range) -> list[int]:
    """Which of the windows decide any of `frames`, by their place in `found`.

    >>> touching(windows(8, size=5, stride=2), range(1, 3)), touching(windows(8, size=5, stride=2), range(7, 8))
    ([0], [2])
    """
    wanted = set(frames)
    # frame 0 is in every window and is decided by the first
    return [k for k, (seen, _) in enumerate(found) if wanted.intersection(seen if k == 0 else seen[1:])]


def guidance(size: int, least: float, most: float) -> np.ndarray:
    """The strength of the guidance at each position of a window: a straight line; (size,)."""
    return np.linspace(least, most, size)
