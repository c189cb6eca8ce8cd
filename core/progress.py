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
