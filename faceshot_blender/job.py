# SPDX-License-Identifier: GPL-3.0-or-later
"""A job for the engine, done step by step: a timer in the window drives it, or a plain loop. No Blender in it."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ..core.errors import ErrorCode, FaceShotError
from ..core.progress import cancelled, step_words
from .engine_client import EngineClient, Request

# How long a cancelled engine may take to come to its next safe point; and when the job is closed in its midst.
CANCEL_SECONDS = 20.0
CLOSE_SECONDS = 1.0


class State(enum.Enum):
    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class Status:
    """Where a job stands. `total` and `seconds_left` are None while unknown; the counts only grow."""

    state: State
    stage: str = ""
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None
    warnings: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()

    @property
    def fraction(self) -> float:
        """The part of the stage that is done, 0..1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    def words(self) -> str:
        """One line for a person.

        >>> Status(State.RUNNING, "Tracking", 30, 122, 3.4).words()
        'Tracking 30/122, 3 s left'
        """
        if self.state is not State.RUNNING or not self.stage:
            return self.state.value.capitalize()
        return step_words(self.stage, self.done, self.total, self.seconds_left)


class Job:
    """One request to the engine from start to end.

    `open_engine` gives a running (or just starting) engine when the job begins. Call `start()`, then `step()` until the
    status has ended, then `close()`; `result` or `error` and `report` hold the outcome. keep_engine: the engine is
    shared with other jobs and is not ended with this one, unless it does not let go of it · record, failure: files that
    the engine is to write once it is done, or has failed unheard, see docs/protocol.md.
    """

    def __init__(
        self,
        verb: str,
        arguments: dict[str, Any],
        open_engine: Callable[[], EngineClient],
        *,
        keep_engine: bool = False,
        record: dict[str, Any] | None = None,
        failure: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.verb = verb
        self.arguments = arguments
        self.result: dict[str, Any] | None = None
        self.error: FaceShotError | None = None
        self.report = ""
        self._open_engine = open_engine
        self._keep_engine = keep_engine
        self._record, self._failure = record, failure
        self._clock = clock
        self._state = State.WAITING
        self._engine: EngineClient | None = None
        self._request: Request | None = None
        self._cancelled_at: float | None = None

    @property
    def status(self) -> Status:
        request = self._request
        if request is None:
            return Status(self._state, "Starting the engine" if self._state is State.STARTING else "")
        return Status(
            self._state,
            request.stage,
            request.done,
            request.total,
            request.seconds_left,
            tuple(request.warnings),
            tuple(request.saved),
        )

    def start(self) -> None:
        """Open the engine. An engine that cannot be opened fails the job; nothing is raised."""
        if self._state is not State.WAITING:
            return
        self._state = State.STARTING
        try:
            self._engine = self._open_engine()
        except FaceShotError as error:
            self._fail(error)

    def step(self) -> Status:
        """Take in the news and go on; quick, never waits. Returns the status."""
        if not self._state.ended and self._engine is not None:
            self._engine.poll()
            if self._engine.failure is not None and self._request is None:
                self._fail(self._engine.failure, report=self._engine.log_tail)
            elif self._request is None and self._engine.ready:
                self._ask()
                self._state = State.RUNNING
            self._follow_request()
        return self.status

    def cancel(self) -> None:
        """Ask for the end; the job goes on stepping until the engine has come to a safe point."""
        if self._state.ended or self._cancelled_at is not None:
            return
        self._cancelled_at = self._clock()
        if self._request is None or self._engine is None:
            self._fail(cancelled())
            return
        self._state = State.CANCELLING
        self._engine.cancel(self._request)

    def leave_to_engine(self) -> EngineClient | None:
        """Ask for it, begun or not, and follow it no longer; None where no engine would finish it."""
        self.start()
        if self._engine is None or self._state.ended or self._cancelled_at is not None or not self._engine.alive:
            return None
        if self._request is None:
            self._ask()
        engine, self._engine = self._engine, None
        return engine

    def _ask(self) -> None:
        assert self._engine is not None
        self._request = self._engine.request(self.verb, self.arguments, record=self._record, failure=self._failure)

    @property
    def log_tail(self) -> str:
        """The engine's last words, for a report."""
        return self._engine.log_tail if self._engine is not None else ""

    def close(self) -> None:
        """End the engine; one that is kept only if it does not stop working on this job soon."""
        if self._engine is not None and not (self._keep_engine and self._has_let_go(self._engine)):
            self._engine.close()

    def _has_let_go(self, engine: EngineClient) -> bool:
        request = self._request
        if request is None:
            return True
        engine.cancel(request)
        end = time.monotonic() + CLOSE_SECONDS
        while not request.finished and time.monotonic() < end:
            engine.poll()
            time.sleep(0.01)
        return request.finished

    def _follow_request(self) -> None:
        request = self._request
        if request is None or self._state.ended or self._engine is None:
            return
        if request.result is not None:
            self.result = request.result
            self._state = State.DONE
        elif request.error is not None:
            # an engine that was ended because it did not stop in time counts as cancelled, too
            error = cancelled() if self._cancelled_at is not None else request.error
            self._fail(error, report=request.report)
        elif self._cancelled_at is not None and self._clock() - self._cancelled_at > CANCEL_SECONDS:
            self._engine.close()
            self._fail(cancelled())

    def _fail(self, error: FaceShotError, *, report: str = "") -> None:
        self.error = error
        self.report = report
        self._state = State.CANCELLED if error.code is ErrorCode.CANCELLED else State.FAILED


class Stepper(Protocol):
    """What can be driven step by step: a Job, or the making of an engine."""

    result: dict[str, Any] | None
    error: FaceShotError | None
    report: str

    @property
    def status(self) -> Status: ...

    def start(self) -> None: ...

    def step(self) -> Status: ...

    def cancel(self) -> None: ...

    def leave_to_engine(self) -> EngineClient | None: ...

    def close(self) -> None: ...


def run_to_end(
    job: Stepper,
    *,
    watch: Callable[[Status], None] = lambda status: None,
    stop: Callable[[], bool] = lambda: False,
    pause: float = 0.05,
) -> dict[str, Any]:
    """Start the job and step until it has ended, telling `watch` each status; returns its result or raises its error.

    `stop` is asked before each step; once it says True the job is cancelled.
    """
    job.start()
    while True:
        if stop():
            job.cancel()
        status = job.step()
        watch(status)
        if status.state.ended:
            break
        time.sleep(pause)
    if job.error is not None:
        raise job.error
    assert job.result is not None
    return job.result
