# SPDX-License-Identifier: GPL-3.0-or-later
"""Between scene frames and the clip's time: what the playhead, the preview range or a strip mean for the clip.

The take's first frame, at its start frame of the scene, shows the clip where its range begins. So each scene frame has
its time in the clip. No Blender in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ClipTime:
    """scene_fps: the scene's · start: scene frame of the take's first frame · begins: s in the clip that it shows."""

    scene_fps: float
    start: int
    begins: float = 0.0

    def seconds(self, frame: float) -> float:
        """The clip's time, in s, that scene frame `frame` shows; negative before the clip's first instant.

        >>> ClipTime(scene_fps=24, start=101, begins=0.5).seconds(113)
        1.0
        """
        return self.begins + (frame - self.start) / self.scene_fps

    def part(self, first: int, last: int, *, duration: float) -> tuple[float, float, int] | None:
        """The part of the clip that scene frames `first` to `last`, both shown, need: (begin, end, start frame).

        begin and end in s, end excluded; start frame: where that part begins in the scene. duration: the clip's, 0
        when it is not known. None where the clip has nothing there.

        >>> ClipTime(scene_fps=24, start=101).part(113, 124, duration=9.0)
        (0.5, 1.0, 113)
        >>> ClipTime(scene_fps=24, start=101).part(89, 112, duration=9.0)
        (0.0, 0.5, 101)
        """
        zero = self.start - self.begins * self.scene_fps
        # the first frame that is not before the clip, with room for rounding
        first = max(first, math.ceil(zero - 1e-6))
        begin, end = max(0.0, self.seconds(first)), self.seconds(last + 1)
        if duration > 0:
            end = min(end, duration)
        return (round(begin, 6), round(end, 6), first) if end > begin + 1e-6 else None


def frame_at(seconds: float, fps: float) -> int:
    """The clip's frame that is shown at `seconds`, counted from 1.

    >>> frame_at(0.0, 25.0), frame_at(0.99, 25.0), frame_at(1.0, 25.0)
    (1, 25, 26)
    """
    return int(seconds * fps + 1e-4) + 1
