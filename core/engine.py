# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m core serve`: the process that does heavy work for Blender.

JSON lines on stdin and stdout, no socket (docs/protocol.md). Requests are done one after the other; a cancel is
acknowledged at once by the reading thread and obeyed at the work's next progress call. The engine ends when stdin
closes, so a Blender that dies leaves no orphan; unless it was told to finish what it was asked for.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import logging
import os
import platform
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from . import VERSION
from .arrays import write_atomically
from .errors import ErrorCode, FaceShotError
from .failures import as_faceshot_error, report
from .progress import TimeLeft, cancelled
from .verbs import Context, verb_named
from .verbs.options import from_request

PROTOCOL = 1
HEARTBEAT_SECONDS = 1.0
PROGRESS_SECONDS = 0.1
# How long work may go on after stdin closed before the process ends under it; every write is atomic.
GRACE_SECONDS = 3.0
# What a file is that says why a job failed which nobody waited for.
FAILURE = "faceshot.failure"

logger = logging.getLogger(__name__)


def lock_hash(root: Path | None = None) -> str:
    """SHA-256 of the engine's lock file beside this code; "" where it is missing."""
    lock = (root or Path(__file__).resolve().parents[1]) / "requirements" / "engine.lock"
    # Line ends differ between checkouts of one commit.
    return hashlib.sha256(lock.read_bytes().replace(b"\r\n", b"\n")).hexdigest() if lock.is_file() else ""


class Engine:
    """Reads requests from `source`, writes messages to `sink`; `run()` returns when `source` is at its end.

    alone: called when nobody listens any more and the work is to be finished.
    """

    def __init__(self, source: IO[str], sink: IO[str], *, alone: Callable[[], None] = lambda: None) -> None:
        self._source, self._sink = source, sink
        self._writing = threading.Lock()
        self._requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._cancelled: set[str] = set()
        self._busy: str | None = None
        self._closed = threading.Event()
        self._finishing = False
        self._unheard = False
        self._alone = alone

    def send(self, kind: str, **facts: Any) -> None:
        line = json.dumps({"type": kind, **facts})
        with self._writing:
            if self._unheard:
                return
            try:
                self._sink.write(line + "\n")
                self._sink.flush()
            except (OSError, ValueError):
                self._unheard = True
                # what the client said last, "finish" perhaps, is still to be read
                ending = threading.Timer(HEARTBEAT_SECONDS, self.let_go)
                ending.daemon = True
                ending.start()

    def run(self) -> None:
        self.send(
            "hello",
            protocol=PROTOCOL,
            version=VERSION,
            lock=lock_hash(),
            python=platform.python_version(),
            pid=os.getpid(),
        )
        for work in (self._read, self._beat):
            threading.Thread(target=work, daemon=True).start()
        while (request := self._requests.get()) is not None:
            if self._closed.is_set():
                break
            self._serve(request)

    def let_go(self) -> None:
        """The client is gone: end, after what was asked for if it is to be finished."""
        if self._finishing:
            self._requests.put(None)
        else:
            self.stop()

    def stop(self) -> None:
        """End: at once when idle, else at the work's next progress call, after GRACE_SECONDS whatever it does."""
        if not self._closed.is_set():
            self._closed.set()
            # Work that does not come up for air must not outlive its client.
            grace = threading.Timer(GRACE_SECONDS, os._exit, (0,))
            grace.daemon = True
            grace.start()
        self._requests.put(None)

    def _read(self) -> None:
        try:
            for line in self._source:
                if line.strip() and not self._take(line):
                    self._finishing = False
                    break
        finally:
            self.let_go()

    def _take(self, line: str) -> bool:
        """Handle one line of input; False ends the engine."""
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            error = FaceShotError(ErrorCode.USAGE, "A request is one JSON object on one line.")
            self.send("error", id=None, error=error.as_dict(), report="")
        elif message.get("stop"):
            return False
        elif message.get("finish"):
            self._finishing = True
            self.send("finishing")
            self._unheard = True
            self._alone()
        elif "cancel" in message:
            self._cancelled.add(str(message["cancel"]))
            self.send("cancelling", id=str(message["cancel"]))
        else:
            self._requests.put(message)
        return True

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS):
            self.send("heartbeat", busy=self._busy)

    def _serve(self, request: dict[str, Any]) -> None:
        if request.get("release"):
            _release()
            self.send("released")
            return
        identity = str(request.get("id", ""))
        self._busy = identity
        self.send("accepted", id=identity)
        unheard = Path(str(request["failure"])) if request.get("failure") else None
        try:
            if unheard is not None:
                _forget_failure(unheard)
            verb = verb_named(str(request.get("verb", "")))
            arguments = request.get("arguments") or {}
            if not isinstance(arguments, dict):
                raise FaceShotError(ErrorCode.USAGE, "The arguments of a request are an object.")
            result = verb.run(from_request(verb.options, arguments), self._context(identity))
            _leave_record(request.get("record"))
            self.send("result", id=identity, result=result)
        except BaseException as error:
            if report(error):
                logger.error("%s", report(error))
            failed = as_faceshot_error(error)
            told = {"error": failed.as_dict(), "report": report(error)}
            self.send("error", id=identity, **told)
            if self._unheard and unheard is not None and failed.code is not ErrorCode.CANCELLED:
                with contextlib.suppress(FaceShotError, OSError):
                    write_atomically(unheard, json.dumps({"format": FAILURE, **told}, indent=1).encode())
            if failed.code is ErrorCode.DEVICE_LOST and not self._finishing:
                # a card that has failed does nothing more for this process; a new one may find it well
                self.stop()
        finally:
            self._busy = None
            self._cancelled.discard(identity)

    def _context(self, identity: str) -> Context:
        time_left = TimeLeft()
        shown = ("", 0.0)

        def progress(stage: str, done: int, total: int | None) -> None:
            nonlocal shown
            if identity in self._cancelled or self._closed.is_set():
                raise cancelled()
            left, now = time_left.seconds(stage, done, total), time.monotonic()
            if stage == shown[0] and done != total and now - shown[1] < PROGRESS_SECONDS:
                return
            shown = (stage, now)
            self.send("progress", id=identity, stage=stage, done=done, total=total, seconds_left=left)

        return Context(
            progress=progress,
            note=lambda message: self.send("note", id=identity, message=message),
            warn=lambda message: self.send("warning", id=identity, message=message),
            saved=lambda path: self.send("saved", id=identity, path=str(path)),
        )


def _give_way() -> None:
    """Be as nice to other processes as FACESHOT_NICE says (1 to 19): those with a window should stay quick."""
    wish = os.environ.get("FACESHOT_NICE", "")
    if not (wish.isdecimal() and hasattr(os, "nice")):
        return
    with contextlib.suppress(OSError):
        os.nice(int(wish))
        # Linux shares the processor among sessions first, and the engine has one of its own
        Path("/proc/self/autogroup").write_text(wish, encoding="ascii")


def _forget_failure(path: Path) -> None:
    """Remove what an earlier run has left there; a file of somebody else's stays."""
    with contextlib.suppress(OSError, ValueError):
        data = json.loads(path.read_bytes())
        if isinstance(data, dict) and data.get("format") == FAILURE:
            path.unlink()


def _leave_record(record: Any) -> None:
    """Write the file that the request wants to find once it is done: {"path", "content": an object}, or none."""
    if record:
        write_atomically(Path(record["path"]), json.dumps(record["content"], indent=1).encode())


def _release() -> None:
    """Have whatever is kept warm let go, if the renderers were used at all."""
    renderers = sys.modules.get(f"{__package__}.render.base")
    if renderers is not None:
        renderers.release_backends()
    gc.collect()


def _speak_to_nobody(protocol: int) -> None:
    """Close what the client reads. What libraries print must not fail for want of a reader."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2, protocol):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _stop_on_sigterm(engine: Engine) -> None:
    """From a thread of its own: the main thread may be in a library's code for long, where no handler is called."""
    signal.signal(signal.SIGTERM, lambda number, frame: engine.stop())
    if sys.platform == "win32":
        return
    source, sink = os.pipe()
    os.set_blocking(sink, False)
    signal.set_wakeup_fd(sink, warn_on_full_buffer=False)

    def wait() -> None:
        while signal.SIGTERM not in os.read(source, 64):
            pass
        engine.stop()

    threading.Thread(target=wait, daemon=True).start()


def serve() -> int:
    """Run the engine on this process's own stdin and stdout; returns the exit code."""
    level = os.environ.get("FACESHOT_LOG", "warning").upper()
    logging.basicConfig(stream=sys.stderr, level=level if level in logging.getLevelNamesMapping() else "WARNING")
    _give_way()
    # The protocol gets a descriptor of its own: whatever a library prints goes to stderr and can't break a line.
    protocol = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    source = os.fdopen(os.dup(0), "r", encoding="utf-8", errors="replace")
    engine = Engine(source, protocol, alone=lambda: _speak_to_nobody(protocol.fileno()))
    # Ctrl-C in a terminal reaches Blender and the engine alike: Blender says what is to happen.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _stop_on_sigterm(engine)
    engine.run()
    # The reading thread may be waiting for a line that never comes, and nothing of ours is left to do.
    os._exit(0)
