# SPDX-License-Identifier: GPL-3.0-or-later
"""How long work tells its caller where it stands, and how the caller stops it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from .errors import ErrorCode, FaceShotError

Item = TypeVar("Item")


class Progress(Protocol):
    """Called by long work between its steps. `total` is None while unknown.

    May raise FaceShotError(CANCELLED): work that calls it must leave nothing half-written behind then.
    """

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """A Progress that nobody listens to."""


def cancelled() -> FaceShotError:
    return FaceShotError(ErrorCode.CANCELLED, "Cancelled.", hint="Frames that were done are kept in the cache.")


def counted(items: Iterable[Item], stage: str, total: int | None, progress: Progress) -> Iterator[Item]:
    """The same items, with `progress` told before the first and after each."""
    progress(stage, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        progress(stage, done, total)


# A count this high is of bytes. Before this part is done nobody can say how long the rest takes.
_BYTES, _TOLD = 1_000_000, 0.01


def step_words(stage: str, done: int, total: int | None, seconds_left: float | None) -> str:
    """Where a stage stands, in one line for a person.

    >>> step_words("Tracking", 30, 122, 3.4)
    'Tracking 30/122, 3 s left'
    >>> step_words("Fetching", 12_000_000, 36_000_000, 200.0)
    'Fetching 12/36 MB, 3 min left'
    """
    begun = bool(total) and done != total and done >= _TOLD * (total or 0)
    unit = ""
    if total and total >= _BYTES:
        done, total, unit = round(done / 1e6), round(total / 1e6), " MB"
    amount = f" {done}/{total}{unit}" if total else f" {done}" if done else ""
    if not seconds_left or not begun:
        return f"{stage}{amount}"
    left = f"{seconds_left / 60:.0f} min" if seconds_left >= 100 else f"{seconds_left:.0f} s"
    return f"{stage}{amount}, {left} left"


@dataclass
class TimeLeft:
    """Estimates the seconds left of a stage from its own pace; starts anew with another stage or when `done` falls.

    `clock` is seconds, monotonic. None until the stage has made a step.
    """

    clock: Callable[[], float] = time.monotonic
    _stage: str | None = field(default=None, init=False)
    _start: tuple[float, int] = field(default=(0.0, 0), init=False)
    _last: int = field(default=0, init=False)

    def seconds(self, stage: str, done: int, total: int | None) -> float | None:
        now = self.clock()
        if stage != self._stage or done < self._last:
            self._stage, self._start = stage, (now, done)
        self._last = done
        started, first = self._start
        if total is None or done <= first:
            return None
        return (now - started) / (done - first) * max(0, total - done)
