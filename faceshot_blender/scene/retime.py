# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames made for one frame rate in a scene of another: which of them is shown when.

Time runs from the take's start. Scene frame x, counted from 0 there, is the instant x / scene fps; file k of the take,
counted from 0, shows the instant k / fps. Each scene frame shows the file that is nearest to its instant, so picture
and sound are never further apart than half a frame of the slower rate, at the end as at the start: there is one
rounding, from the take's start, and none is added up. Blender places sound at frame / fps without rounding.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

# Rates closer than this are the same number, stored with less precision: an hour at 60 frames/s is half a frame off.
_SAME = 2e-6
_EXACT = 1e-6


@dataclass(frozen=True)
class Retime:
    """count files, the first of them number `number` of its take, counted from 0; ratio: files per scene frame.

    >>> half = Retime.of(4, fps=12, scene_fps=24)
    >>> half.length, [half.shown(x) for x in range(half.length)]
    (8, [0, 1, 1, 2, 2, 3, 3, 3])
    >>> part = Retime.of(3, fps=60, scene_fps=24, number=4)
    >>> part.first, [part.shown(x) for x in range(part.length)]
    (2, [1])
    """

    count: int
    ratio: float
    number: int = 0

    @classmethod
    def of(cls, count: int, *, fps: float, scene_fps: float, number: int = 0) -> Retime:
        ratio = fps / scene_fps
        return cls(count, 1.0 if abs(ratio - 1) < _SAME else ratio, number)

    @property
    def first(self) -> int:
        """Scene frames from the take's start to the first one that shows one of these files."""
        return max(0, math.ceil((self.number - 0.5) / self.ratio - _EXACT))

    @property
    def length(self) -> int:
        """Scene frames that show these files. A file is not held for longer than half its time after its instant."""
        end = self.number + self.count
        lasting = math.floor(end / self.ratio + 0.5)
        in_time = math.floor((end - 0.5) / self.ratio + _EXACT) + 1
        return max(1, min(lasting, in_time) - self.first)

    def shown(self, x: int) -> int:
        """Which of these files is shown at the x-th scene frame from `first` on; outside the ends are held."""
        x = min(max(x, 0), self.length - 1) + self.first
        return min(max(math.floor(x * self.ratio + 0.5) - self.number, 0), self.count - 1)

    def offset_expression(self, *, start: int) -> str:
        """For a driver of an image user's offset: what to add to the frames since `start`, which shows the first file.

        A simple expression, so it runs where scripts may not. Before its start Blender asks for the file numbered 0
        and shows pink: there the first file is asked for.
        """
        before = f"(frame < {start})"
        if self.ratio == 1:
            return f"{self.number} + {before}"
        x = f"(min(max(frame, {start}), {start + self.length - 1}) - {start})"
        file = f"floor(({x} + {self.first}) * {self.ratio!r} + 0.5)"
        return f"min(max({file}, {self.number}), {self.number + self.count - 1}) - {x} + {before}"
