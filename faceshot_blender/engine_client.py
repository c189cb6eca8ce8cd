# SPDX-License-Identifier: GPL-3.0-or-later
"""The other end of `python -m core serve`: starts the engine, speaks with it, notices when it is gone.

JSON lines over pipes. Two threads read what the engine says, so nothing here waits for it; `poll()` hands it on.
Standard library only: no Blender in it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ..core.errors import ErrorCode, FaceShotError
from .engine_place import HOW_TO_MAKE, EngineSetup

log = logging.getLogger(__name__)

PROTOCOL = 1
# A line of the protocol is some kilobytes at most; what is longer is noise and must not fill the memory.
MAX_LINE = 1 << 20
MAX_LINES = 5000  # taken in by one poll()
TAIL_LINES = 200
STOP_SECONDS = 5.0


@dataclass(frozen=True)
class Patience:
    """Seconds of silence after which the engine is given up: while it starts, and after that (it beats each second)."""

    start: float = 120.0
    silence: float = 30.0


@dataclass
class Request:
    """One request and what the engine has said about it so far. `finished` once result or error is set."""

    id: str
    verb: str
    stage: str = ""
    done: int = 0
    total: int | None = None
    seconds_left: float | None = None
    warnings: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    cancelling: bool = False
    result: dict[str, Any] | None = None
    error: FaceShotError | None = None
    report: str = ""

    @property
    def finished(self) -> bool:
        return self.result is not None or self.error is not None


class EngineClient:
    """A running engine. Create it, call `poll()` often, `close()` at the end (or use it as a context manager).

    Raises ENGINE_MISSING when the interpreter cannot be started. `poll()` raises nothing: once the engine is lost,
    `failure` says why, and every request that was not finished has failed with it.
    """

    def __init__(
        self,
        setup: EngineSetup,
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.setup = setup
        self.ready = False
        self.failure: FaceShotError | None = None
        self.hello: dict[str, Any] = {}
        self._patience = patience or Patience()
        self._clock = clock
        self._requests: dict[str, Request] = {}
        self._ids = itertools.count(1)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._heard = clock()
        self._process = self._start()
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._threads = [
            threading.Thread(target=self._read_protocol, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_log, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> EngineClient:
        return self

    def __exit__(self, *what: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether it can still be asked for something."""
        return self.failure is None and self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log_tail(self) -> str:
        """The last lines the engine wrote to its log: for the report of a failure."""
        return "\n".join(self._tail)

    def request(
        self, verb: str, arguments: dict[str, Any], *, record: dict[str, Any] | None = None, failure: Path | None = None
    ) -> Request:
        """Ask for a verb; look at the returned request after each `poll()`. Paths must be absolute.

        record: a file that the engine writes once it is done · failure: a file that it writes if it fails and nobody
        listens any more (docs/protocol.md).
        """
        request = Request(str(next(self._ids)), verb)
        self._requests[request.id] = request
        if self.failure is not None:
            request.error = self.failure
        else:
            more = ({"record": record} if record else {}) | ({"failure": str(failure)} if failure else {})
            self._send({"id": request.id, "verb": verb, "arguments": arguments, **more})
        return request

    def cancel(self, request: Request) -> None:
        """Ask the engine to stop that request; it then fails with CANCELLED."""
        if not request.finished:
            self._send({"cancel": request.id})

    def release(self) -> None:
        """Ask the engine to give back the memory that its networks take."""
        self._send({"release": True})

    def poll(self) -> None:
        """Take in what the engine has said since the last call. Never waits for it."""
        for _ in range(MAX_LINES):
            if self.failure is not None:
                return
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                break
            if line is None:
                self._fail(self._ended())
                return
            self._take(line)
        limit = self._patience.silence if self.ready else self._patience.start
        if self.failure is None and self._clock() - self._heard > limit:
            self._kill()
            what = "has stopped answering" if self.ready else "does not start"
            self._fail(
                FaceShotError(
                    ErrorCode.ENGINE_LOST,
                    f"The engine {what}: silent for {limit:.0f} seconds.",
                    hint="Try again: frames that were done are kept. If it happens again, restart the computer.",
                )
            )

    def close(self) -> None:
        """End the engine: first politely, after STOP_SECONDS by force. It is always reaped. Harmless when repeated."""
        if self._process.poll() is None:
            self._send({"stop": True})
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError, ValueError):
                if stream is not None:
                    stream.close()
        if self.failure is None:
            self._fail(FaceShotError(ErrorCode.ENGINE_LOST, "The engine was stopped.", hint="Start the job again."))

    def leave(self) -> None:
        """Leave the engine to itself: it finishes all that it was asked for, then it ends. Harmless when repeated."""
        self._send({"finish": True})
        with contextlib.suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        for thread in self._threads:  # it closes its end as soon as it has heard
            thread.join(STOP_SECONDS)
        if self.failure is None:
            self._fail(FaceShotError(ErrorCode.ENGINE_LOST, "The engine goes on alone.", hint="Start the job again."))
        self._process.returncode = self._process.poll() or 0  # nobody waits for it any more: no warning about that

    def _start(self) -> subprocess.Popen[bytes]:
        # A group of its own: a Ctrl-C in the terminal is Blender's to handle, and the engine is stopped in good order.
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
        try:
            return subprocess.Popen(
                self.setup.command("serve"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.setup.environment(),
                cwd=self.setup.folder,
                **apart,
            )
        except (OSError, ValueError) as error:
            raise FaceShotError(
                ErrorCode.ENGINE_MISSING,
                f"The engine's Python {self.setup.python} cannot be started ({error}).",
                hint=HOW_TO_MAKE,
            ) from error

    def _read_protocol(self, stream: IO[bytes]) -> None:
        for line in _lines_of(stream):
            self._heard = self._clock()
            self._lines.put(line)
        self._lines.put(None)

    def _read_log(self, stream: IO[bytes]) -> None:
        for line in _lines_of(stream):
            words = line.decode(errors="replace").rstrip()
            self._tail.append(words)
            log.info("engine: %s", words)

    def _send(self, message: dict[str, Any]) -> None:
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message).encode("ascii") + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            log.debug("the engine no longer listens")  # poll() finds out why

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            log.debug("not a message of the engine: %r", line[:200])
            return
        kind = message.get("type")
        if kind == "hello" and not self.ready:
            self._check_hello(message)
            return
        request = self._requests.get(str(message.get("id")))
        if request is not None and not request.finished:
            try:
                _note(request, kind, message)
            except (TypeError, ValueError, AttributeError, KeyError):
                log.debug("not a sound message of the engine: %r", line[:200])
            if request.finished:
                del self._requests[request.id]

    def _check_hello(self, hello: dict[str, Any]) -> None:
        self.hello = hello
        wrong = ""
        lock, wanted = hello.get("lock"), self.setup.lock_hash()
        if hello.get("protocol") != PROTOCOL:
            wrong = f"it speaks protocol {hello.get('protocol')}, this FaceShot speaks {PROTOCOL}"
        elif hello.get("version") != self.setup.version:
            wrong = f"its version is {hello.get('version')}, this FaceShot's is {self.setup.version}"
        elif lock and wanted and lock != wanted:
            wrong = "its packages are those of another version"
        if not wrong:
            self.ready = True
            return
        self._kill()
        self._fail(
            FaceShotError(
                ErrorCode.ENGINE_OUTDATED,
                f"The engine does not fit this FaceShot: {wrong}.",
                hint="Update it in Preferences > Add-ons > FaceShot, or make it again with `python3 build.py engine`.",
            )
        )

    def _ended(self) -> FaceShotError:
        """Why the engine's end of the pipe was closed."""
        try:
            status = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            status = self._process.wait()
        self._threads[1].join(1.0)
        last = next((words for words in reversed(self._tail) if words.strip()), "")
        said = f" Its last words: {last}" if last else ""
        if not self.ready:
            return FaceShotError(
                ErrorCode.ENGINE_MISSING,
                f"The engine {self.setup.python} does not start ({exit_words(status)}).{said}",
                hint=HOW_TO_MAKE,
            )
        hint = "Run it again: frames that were done are kept and not made anew."
        if status == -9:
            hint = f"The system may have run out of memory: close other programs, or use a smaller picture. {hint}"
        return FaceShotError(
            ErrorCode.ENGINE_LOST,
            f"The engine ended in the middle of its work ({exit_words(status)}).{said}",
            hint=hint,
        )

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _fail(self, failure: FaceShotError) -> None:
        self.failure = failure
        for request in self._requests.values():
            request.error = failure
            request.report = self.log_tail
        self._requests.clear()


def exit_words(status: int) -> str:
    """An exit status in words.

    >>> exit_words(3), exit_words(-9)
    ('exit status 3', 'ended by signal 9, SIGKILL')
    """
    if status >= 0:
        return f"exit status {status}" if status < 256 else f"exit status {status:#x}"
    try:
        return f"ended by signal {-status}, {signal.Signals(-status).name}"
    except ValueError:
        return f"ended by signal {-status}"


def _lines_of(stream: IO[bytes]) -> Any:
    """The lines of `stream` up to its end, each cut at MAX_LINE; a stream closed under us is at its end."""
    with contextlib.suppress(OSError, ValueError):
        while line := stream.readline(MAX_LINE):
            yield line


def _note(request: Request, kind: Any, message: dict[str, Any]) -> None:
    """Write down in `request` what the message says."""
    if kind == "progress":
        total, left = message.get("total"), message.get("seconds_left")
        request.stage, request.done = str(message["stage"]), int(message["done"])
        request.total = None if total is None else int(total)
        request.seconds_left = None if left is None else float(left)
    elif kind == "warning":
        request.warnings.append(str(message["message"]))
    elif kind == "saved":
        request.saved.append(str(message["path"]))
    elif kind == "cancelling":
        request.cancelling = True
    elif kind == "result":
        if not isinstance(message["result"], dict):
            raise TypeError("a result is an object")
        request.result = message["result"]
    elif kind == "error":
        request.report = str(message.get("report", ""))
        request.error = FaceShotError.from_dict(message["error"])
