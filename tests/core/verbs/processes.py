# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line and the engine as processes, for tests that play their user."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPO_ROOT = Path(__file__).resolve().parents[3]
SECONDS = 240  # for a run on a busy machine

# The real command line, but with something before it: {prelude}.
CLI_WITH = "import sys\n{prelude}\nfrom core.cli import main\nsys.exit(main(sys.argv[1:]))\n"
ENGINE_WITH = "import sys\n{prelude}\nfrom core.engine import serve\nsys.exit(serve())\n"

# A brake: work takes long enough to be stopped in the midst of it, and is else as it is.
SLOW_RENDERING = """
import time
import core.render.frames as frames
encode = frames.encode_png
frames.encode_png = lambda *pixels, **options: (time.sleep(0.15), encode(*pixels, **options))[1]
"""
SLOW_TRACKING = """
import time
from core.track.follow import Follower
step = Follower.step
Follower.step = lambda self, rgb: (time.sleep(0.15), step(self, rgb))[1]
"""
SLOW_MOVIE = """
import time
import core.video.write as write
frame = write._frame
write._frame = lambda *arguments: (time.sleep(0.15), frame(*arguments))[1]
"""


@dataclass(frozen=True)
class Run:
    """A finished process."""

    code: int
    out: str
    err: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def result(self) -> dict[str, Any]:
        return self.messages[-1]

    @property
    def error(self) -> dict[str, Any]:
        assert self.result["status"] == "failed", self.result
        return self.result["error"]

    def assert_plain_words(self) -> None:
        """One line of an error, no traceback, nothing else that looks like one."""
        lines = [line for line in self.err.splitlines() if line.startswith("Error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert "should not" not in self.err


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(REPO_ROOT), "PYTHONDONTWRITEBYTECODE": "1", **changes}


def command_line(*arguments: Any, prelude: str = "") -> list[str]:
    start = ["-c", CLI_WITH.format(prelude=prelude)] if prelude else ["-m", "core"]
    return [sys.executable, "-s", "-P", *start, *map(str, arguments)]


def run(*arguments: Any, variables: dict[str, str], prelude: str = "", **settings: Any) -> Run:
    done = subprocess.run(
        command_line(*arguments, prelude=prelude),
        check=False,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        timeout=SECONDS,
        env=environment(**variables),
        **settings,
    )
    return Run(done.returncode, done.stdout, done.stderr)


class Running:
    """A process that writes JSON lines: a command line with --json, or the engine."""

    def __init__(self, command: list[str], *, variables: dict[str, str], cwd: Path) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment(**variables),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors: list[str] = []
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._read, self._listen)]
        for thread in self._threads:
            thread.start()

    def _read(self) -> None:
        assert self.process.stdout
        with contextlib.suppress(ValueError):  # closed by a test
            for line in self.process.stdout:
                self._messages.put(json.loads(line))
        self._messages.put(None)

    def _listen(self) -> None:
        assert self.process.stderr
        with contextlib.suppress(ValueError):
            self.errors.extend(self.process.stderr)

    def send(self, **message: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def next(self) -> dict[str, Any]:
        message = self._messages.get(timeout=SECONDS)
        assert message is not None, "".join(self.errors)
        return message

    def wait_for(self, *kinds: str, **facts: Any) -> dict[str, Any]:
        """The next message of one of these kinds with these facts."""
        while True:
            message = self.next()
            if message["type"] in kinds and facts.items() <= message.items():
                return message

    def wait_for_step(self, stage: str) -> None:
        """Until a stage is under way: begun, not at its end."""
        while True:
            message = self.next()
            if message["type"] == "progress" and message["stage"] == stage and message["done"]:
                assert message["done"] < message["total"], "over before it could be stopped"
                return

    def end(self, number: int) -> Run:
        """Send a signal and wait for the end; what was not read yet is in `out`."""
        self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        for thread in self._threads:
            thread.join(SECONDS)
        rest = []
        while (message := self._messages.get(timeout=1)) is not None:
            rest.append(json.dumps(message))
        return Run(code, "\n".join(rest), "".join(self.errors))


class Engine(Running):
    """`python -m core serve`."""

    def __init__(self, *, variables: dict[str, str], cwd: Path, prelude: str = "") -> None:
        start = ["-c", ENGINE_WITH.format(prelude=prelude)] if prelude else ["-m", "core", "serve"]
        super().__init__([sys.executable, "-s", "-P", "-B", *start], variables=variables, cwd=cwd)
        self._count = 0
        self.warnings: list[str] = []
        self.saved: list[str] = []

    def ask(self, verb: str, **arguments: Any) -> str:
        """Send a request; its id."""
        self._count += 1
        plain = {name: str(value) if isinstance(value, Path) else value for name, value in arguments.items()}
        self.send(id=str(self._count), verb=verb, arguments=plain)
        return str(self._count)

    def answer(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """The result or the error (with its "report") of a request; `warnings` and `saved` are of the last one."""
        asked = self.ask(verb, **arguments)
        self.warnings, self.saved = [], []
        while True:
            message = self.next()
            if message.get("id") != asked:
                continue
            if message["type"] == "warning":
                self.warnings.append(message["message"])
            if message["type"] == "saved":
                self.saved.append(message["path"])
            if message["type"] == "result":
                return message["result"]
            if message["type"] == "error":
                return {**message["error"], "report": message["report"]}

    def close(self) -> None:
        self.process.kill()
        self.process.wait(SECONDS)


def wait_until(true: Any, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
