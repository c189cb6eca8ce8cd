# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: one sub-command for each verb, plain text for people, JSON lines for programs."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

from . import VERSION
from .arrays import unwritable
from .errors import ErrorCode, FaceShotError
from .failures import as_faceshot_error, report
from .progress import TimeLeft, cancelled, step_words
from .verbs import VERBS, Context, Verb
from .verbs.options import add_arguments, from_namespace

logger = logging.getLogger(__name__)

# How long work that was asked to stop may go on to where it looks
PATIENCE_SECONDS = 5.0


class Parser(argparse.ArgumentParser):
    """argparse that raises our own error instead of leaving the process."""

    def error(self, message: str) -> NoReturn:
        raise FaceShotError(ErrorCode.USAGE, f"{self.prog}: {message}.", hint=f"See {self.prog} --help.")


def common_options() -> Parser:
    """What every verb's parser has, to be given as `parents`."""
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", help="print one JSON object per line; the last is the result")
    common.add_argument("--json-file", type=Path, metavar="PATH", help="write the JSON lines to a file, too")
    common.add_argument("--debug", action="store_true", help="show tracebacks and all log lines")
    return common


def build_parser(program: str = "python -m core") -> argparse.ArgumentParser:
    common = common_options()
    parser = Parser(prog=program, description="FaceShot: bring a still character to life.")
    parser.add_argument("--version", action="version", version=f"FaceShot {VERSION}")
    verbs: argparse._SubParsersAction[Any] = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for verb in VERBS.values():
        add_arguments(verbs.add_parser(verb.name, help=verb.help, parents=[common]), verb.options)
    verbs.add_parser("serve", help="engine process for Blender: JSON lines on stdin and stdout")
    return parser


class Output:
    """Where events go: JSON lines on stdout and in a file, or words on stderr.

    A sink that fails is not used again, and its first failure is raised: CANCELLED when the reader of stdout has gone,
    else DISK_FULL or OUTPUT_UNWRITABLE. What cannot be said on stderr is dropped.
    """

    def __init__(self, *, as_json: bool, json_file: Path | None) -> None:
        self._as_json = as_json
        self._path = json_file
        self._file: IO[str] | None = None
        self._time_left = TimeLeft()
        self._shown = ("", -1.0)
        self._unsaid = ("", "")
        if json_file is not None:
            self._file = _open_lines(json_file)

    def event(self, kind: str, **facts: Any) -> None:
        line = json.dumps({"type": kind, **facts})
        if self._file and self._path:
            try:
                print(line, file=self._file, flush=True)
            except OSError as error:
                self.close()
                raise unwritable(self._path, error) from error
        if self._as_json:
            self.print(line)

    def print(self, words: str) -> None:
        """Words on stdout."""
        try:
            print(words, flush=True)
        except OSError as error:
            self._as_json = False
            _give_up(sys.stdout)
            if isinstance(error, BrokenPipeError):
                raise FaceShotError(ErrorCode.CANCELLED, "Nobody reads the output any more; stopped.") from error
            raise unwritable(Path("the output"), error) from error

    def say(self, words: str) -> None:
        """Words on stderr, after those of a finished stage."""
        self.end_stage()
        _complain(words)

    def end_stage(self) -> None:
        stage, words = self._unsaid
        if stage:
            self._unsaid = ("", "")
            _complain(words)

    def progress(self, stage: str, done: int, total: int | None) -> None:
        left = self._time_left.seconds(stage, done, total)
        now = time.monotonic()
        ends = done in (0, total)
        if stage == self._shown[0] and not ends and now - self._shown[1] < 0.2:
            return
        self._shown = (stage, now)
        self.event("progress", stage=stage, done=done, total=total, seconds_left=left)
        if not self._as_json:
            self._draw(stage, done, total, left)

    def _draw(self, stage: str, done: int, total: int | None, left: float | None) -> None:
        words = step_words(stage, done, total, left)
        if sys.stderr.isatty():
            _complain(f"\r\033[K{words}", end="\n" if done == total else "")
            return
        # In a log a stage is one line, at its end. Where more frames came than were promised, it ends later.
        if self._unsaid[0] not in ("", stage):
            self.end_stage()
        if done == total and total:
            self._unsaid = (stage, words)

    def close(self) -> None:
        self.end_stage()
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def _open_lines(path: Path) -> IO[str]:
    """A file for JSON lines; one that holds something else is not overwritten. Raises OUTPUT_UNWRITABLE."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            with path.open("rb") as old:
                if old.read(1) not in (b"", b"{"):
                    raise FaceShotError(
                        ErrorCode.OUTPUT_UNWRITABLE,
                        f"{path} is there already and holds no JSON lines; it would be written over.",
                        hint="Choose another name for --json-file.",
                    )
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise unwritable(path, error) from error


def _complain(words: str, end: str = "\n") -> None:
    try:
        print(words, end=end, file=sys.stderr, flush=True)
    except (OSError, ValueError):  # full, or closed: the work goes on unheard
        _give_up(sys.stderr)


def _give_up(stream: Any) -> None:
    """Let what is still buffered for a stream that cannot be written to go nowhere, or Python complains at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


class _Patience:
    """Repeats a signal after PATIENCE_SECONDS, unless the run has ended by then."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def start(self, number: int) -> None:
        self._timer = threading.Timer(PATIENCE_SECONDS, signal.raise_signal, (number,))
        self._timer.daemon = True
        self._timer.start()

    def cancel(self) -> None:
        if self._timer:
            self._timer.cancel()


_patience = _Patience()


def stopper() -> Callable[[], bool]:
    """True once SIGINT or SIGTERM came. A second one, or PATIENCE_SECONDS without an end, breaks off where it is."""
    stop = {"asked": False}

    def ask(number: int, frame: FrameType | None) -> None:
        if stop["asked"]:
            raise KeyboardInterrupt
        stop["asked"] = True
        _patience.start(number)

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), ask)
    return lambda: stop["asked"]


def _run(verb: Verb, arguments: argparse.Namespace, output: Output) -> dict[str, Any]:
    asked_to_stop = stopper()

    def progress(stage: str, done: int, total: int | None) -> None:
        if asked_to_stop():
            raise cancelled()
        output.progress(stage, done, total)

    def warn(message: str) -> None:
        output.event("warning", message=message)
        output.say(f"Warning: {message}")

    def note(message: str) -> None:
        output.event("note", message=message)
        output.say(message)

    context = Context(progress=progress, note=note, warn=warn, saved=lambda path: output.event("saved", path=str(path)))
    return verb.run(from_namespace(verb.options, arguments), context)


def main(argv: list[str], *, program: str = "python -m core") -> int:
    """Run one verb; returns the exit code (errors.py). Prints; never raises for a failure of the verb."""

    def work(arguments: argparse.Namespace, output: Output) -> tuple[dict[str, Any], str]:
        verb = VERBS[arguments.verb]
        result = _run(verb, arguments, output)
        return result, verb.summary(result)

    return run_command(argv, build_parser(program), work)


def run_command(
    argv: list[str],
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace, Output], tuple[dict[str, Any], str]],
) -> int:
    """Parse `argv` (see `common_options`), do the work, which returns its result and words for a person, and report.

    Returns the exit code.
    """
    level = os.environ.get("FACESHOT_LOG", "warning").upper()
    logging.basicConfig(stream=sys.stderr, level=level if level in logging.getLevelNamesMapping() else "WARNING")
    for stream in (sys.stdout, sys.stderr):  # a name that the terminal cannot show is no reason to fail
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
    output, arguments = None, None
    try:
        arguments = parser.parse_args(argv)
        if arguments.debug:
            logging.getLogger().setLevel("DEBUG")
        output = Output(as_json=arguments.json, json_file=arguments.json_file)
        started = time.monotonic()
        result, summary = work(arguments, output)
        seconds = round(time.monotonic() - started, 3)
        try:
            output.end_stage()
            output.event("result", **{"status": "done", "seconds": seconds, **result})
            if not arguments.json:
                output.print(summary)
        except FaceShotError as error:
            if error.code is not ErrorCode.CANCELLED:  # done it is, whether anybody still listens or not
                raise
        return 0
    except SystemExit as leaving:  # --help, --version
        return int(leaving.code or 0)
    except BaseException as error:
        failure = as_faceshot_error(error)
        output = output or Output(as_json="--json" in argv, json_file=None)
        _report(error, failure, output, debug=getattr(arguments, "debug", False))
        return failure.code.exit_code
    finally:
        _patience.cancel()
        if output:
            output.close()


def _report(error: BaseException, failure: FaceShotError, output: Output, *, debug: bool) -> None:
    """The last words of a run that failed: on stderr for a person, and the last of the JSON lines."""
    output.say(f"Error: {failure}")
    with contextlib.suppress(FaceShotError):  # a sink that fails now was perhaps the reason
        output.event("result", status="failed", error=failure.as_dict())
    if debug:
        logger.debug("failed", exc_info=error)
    elif report(error):
        logger.info("%s", report(error))
