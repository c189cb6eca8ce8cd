# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames made for one frame rate in a scene of another: which of them is shown when.

Time runs from the take's start. Scene frame x, counted from 0, is the instant x / scene fps; file k, counted from 0,
shows the instant k / fps of the frames. Each scene frame shows the file that is nearest to its instant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Rates closer than this are the same: over two minutes at 60 frames/s it makes a seventh of a frame.
_SAME = 2e-5


@dataclass(frozen=True)
class Retime:
    """count files in a scene; ratio: files per scene frame.

    >>> half = Retime.of(4, fps=12, scene_fps=24)
    >>> half.length, [half.shown(x) for x in range(half.length)]
    (8, [0, 1, 1, 2, 2, 3, 3, 3])
    """

    count: int
    ratio: float

    @classmethod
    def of(cls, count: int, *, fps: float, scene_fps: float) -> Retime:
        ratio = fps / scene_fps
        return cls(count, 1.0 if abs(ratio - 1) < _SAME else ratio)

    @property
    def length(self) -> int:
        """Scene frames that the files last."""
        return max(1, math.floor(self.count / self.ratio + 0.5))

    def shown(self, x: int) -> int:
        """The file at scene frame `x`; before and after the take its ends are held."""
        x = min(max(x, 0), self.length - 1)
        return min(self.count - 1, math.floor(x * self.ratio + 0.5))

    def offset_expression(self, *, start: int, first: int) -> str:
        """For a driver of an image user's offset: what to add to the frames since `start`, `first` files left out.

        A simple expression, so it runs where scripts may not. Before its start Blender asks for the file numbered 0
        and shows pink: there the first file is asked for.
        """
        before = f"(frame < {start})"
        if self.ratio == 1:
            return f"{first} + {before}"
        x = f"(min(max(frame, {start}), {start + self.length - 1}) - {start})"
        return f"{first} + min({self.count - 1}, floor({x} * {self.ratio!r} + 0.5)) - {x} + {before}"
