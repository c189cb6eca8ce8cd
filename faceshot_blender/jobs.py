# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of this Blender: the first runs, the others wait for their turn. Light: imported on enabling."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .engine_client import EngineClient
    from .job import Status, Stepper

WAITING = "Waiting for the job before it"


@dataclass(eq=False)
class Entry:
    """One job in the queue. words and fraction: what panels show of it.

    let_go: ends what drives it (a timer of Blender's) when the job ends from outside · folder: where it writes.
    """

    number: int
    title: str
    job: Stepper
    let_go: Callable[[], None] = lambda: None
    folder: Path | None = None
    words: str = WAITING
    fraction: float = 0.0
    begun: bool = False


@dataclass(frozen=True)
class Failure:
    """The last failure, until the next job begins or the user has dismissed it."""

    title: str
    message: str
    remedy: str
    report: str


@dataclass
class Queue:
    """Jobs in the order in which they were asked for. Each is driven by its own operator, through `step`."""

    entries: list[Entry] = field(default_factory=list)
    failure: Failure | None = None
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def first(self) -> Entry | None:
        return self.entries[0] if self.entries else None

    @property
    def folders(self) -> set[Path]:
        """Folders that jobs write to, or will."""
        return {entry.folder for entry in self.entries if entry.folder is not None}

    def join(self, title: str, job: Stepper, *, folder: Path | None = None) -> Entry:
        """Put a job at the end of the queue."""
        if not self.entries:
            self.failure = None
        entry = Entry(next(self._numbers), title, job, folder=folder)
        self.entries.append(entry)
        return entry

    def step(self, entry: Entry) -> Status:
        """Begin the job if it is its turn, and take in its news. One that waits can be cancelled all the same."""
        if entry is self.first and not entry.begun:
            entry.begun = True
            entry.job.start()
        status = entry.job.step()
        entry.words = status.words() if entry.begun else WAITING
        entry.fraction = status.fraction
        return status

    def cancel(self, number: int = 0) -> bool:
        """Ask the job of that number to stop, 0 the one that runs; False where there is none."""
        entry = next((entry for entry in self.entries if number in (0, entry.number)), None)
        if entry is not None:
            entry.job.cancel()
        return entry is not None

    def leave(self, entry: Entry) -> None:
        """Take a job out, ended or not, and close it. Harmless when repeated."""
        if entry in self.entries:
            self.entries.remove(entry)
            try:
                entry.let_go()
            finally:
                entry.job.close()

    def end_all(self) -> None:
        """End all jobs at once; nothing of theirs is put into a scene."""
        # the last first: none of them gets its turn meanwhile
        for entry in reversed(list(self.entries)):
            with contextlib.suppress(Exception):
                self.leave(entry)


QUEUE = Queue()
# The engine that the jobs share, kept warm between them: none or one.
SHARED: list[EngineClient] = []


def release_engine() -> bool:
    """End the shared engine, and with it give back its memory; False where none was running."""
    had = bool(SHARED)
    while SHARED:
        SHARED.pop().close()
    return had
