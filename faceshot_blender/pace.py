# SPDX-License-Identifier: GPL-3.0-or-later
"""What a progress bar shows between two pieces of news: it goes on at the pace that the engine has told. No Blender."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .job import Status

# How many steps further than the last news the bar may go.
_STEPS_AHEAD = 2.0


@dataclass
class Pace:
    """Within a stage the fraction only grows. clock: seconds, monotonic."""

    clock: Callable[[], float] = time.monotonic
    _last: Status | None = field(default=None, init=False)
    _at: float = field(default=0.0, init=False)
    _shown: float = field(default=0.0, init=False)

    def look(self, status: Status) -> tuple[str, float]:
        """Words and fraction to show now, with `status` the last news."""
        now = self.clock()
        news = (status.stage, status.done, status.seconds_left)
        if self._last is None or news != (self._last.stage, self._last.done, self._last.seconds_left):
            if self._last is None or status.stage != self._last.stage or status.done < self._last.done:
                self._shown = 0.0
            self._last, self._at = status, now
        gone, left = now - self._at, status.seconds_left
        fraction = status.fraction
        if status.state.value == "running" and status.total and left:
            ahead = min((1.0 - fraction) * gone / left, _STEPS_AHEAD / status.total)
            fraction = min(fraction + ahead, 1.0)
            status = dataclasses.replace(status, seconds_left=max(left - gone, 0.0))
        self._shown = max(self._shown, fraction)
        return status.words(), self._shown
