# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs of this Blender: the first runs, the others wait for their turn. Light: imported on enabling."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .pace import Pace

if TYPE_CHECKING:
    from pathlib import Path

    from .again import Ticket
    from .engine_client import EngineClient
    from .job import Status, Stepper
    from .take import Take

WAITING = "Waiting for the job before it"


@dataclass(eq=False)
class Entry:
    """One job in the queue. words and fraction: what panels show of it.

    let_go: ends what wakes its operator (a timer of Blender's) when the job ends from outside · take: what it makes;
    None for a job that works for no scene · alone: it has no operator any more · asked_in: path and number of the file
    that asked, once that was left.
    """

    number: int
    title: str
    job: Stepper
    let_go: Callable[[], None] = lambda: None
    take: Take | None = None
    words: str = WAITING
    fraction: float = 0.0
    begun: bool = False
    alone: bool = False
    asked_in: tuple[str, int] | None = None
    pace: Pace = field(default_factory=Pace)

    @property
    def folder(self) -> Path | None:
        """Where it writes."""
        return self.take.folder if self.take is not None else None

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """What its result is for."""
        return (self.take.scene, self.take.plane) if self.take is not None else ()


@dataclass(frozen=True)
class Failure:
    """The last failure, until the next job begins or the user has dismissed it.

    done: no failure, but a result that is not in a scene · folder: of a finished result that can be imported · edit:
    the plane whose points want a hand.
    """

    title: str
    message: str
    remedy: str
    report: str
    done: bool = False
    folder: Path | None = None
    edit: str = ""


@dataclass
class Queue:
    """Jobs in the order in which they were asked for, driven through `step`.

    failure: what is shown now · further: what comes when that was dismissed · lets_finish: the user wants jobs to be
    finished when Blender is closed, as far as was known last.
    """

    entries: list[Entry] = field(default_factory=list)
    failure: Failure | None = None
    further: list[Failure] = field(default_factory=list)
    lets_finish: bool = False
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def first(self) -> Entry | None:
        return self.entries[0] if self.entries else None

    @property
    def folders(self) -> set[Path]:
        """Folders that jobs write to, or will."""
        return {entry.folder for entry in self.entries if entry.folder is not None}

    def join(self, title: str, job: Stepper, *, take: Take | None = None) -> Entry:
        """Put a job at the end of the queue."""
        if not self.entries:
            self.failure = None
            self.further.clear()
        entry = Entry(next(self._numbers), title, job, take=take)
        self.entries.append(entry)
        return entry

    def tell(self, failures: Iterable[Failure]) -> None:
        """Show them, one after the other."""
        self.further.extend(failures)
        if self.failure is None:
            self.dismiss()

    def dismiss(self) -> None:
        """Take the failure that is shown away; the next, if there is one, takes its place."""
        self.failure = self.further.pop(0) if self.further else None

    def step(self, entry: Entry) -> Status:
        """Begin the job if it is its turn, and take in its news. One that waits can be cancelled all the same."""
        if entry is self.first and not entry.begun:
            entry.begun = True
            entry.job.start()
        status = entry.job.step()
        if entry.begun:
            entry.words, entry.fraction = entry.pace.look(status)
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

    def end_all(self, *, of_scenes: bool = False) -> None:
        """End all jobs at once, or those that work for a scene; nothing of theirs is put into one."""
        # the last first: none of them gets its turn meanwhile
        for entry in reversed([entry for entry in self.entries if entry.take is not None or not of_scenes]):
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
