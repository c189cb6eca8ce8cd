# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: one sub-command for each verb, plain text for people, JSON lines for programs."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import IO, Any, NoReturn

from . import VERSION
from .arrays import unwritable
from .errors import ErrorCode, FaceShotError
from .failures import as_faceshot_error, report
from .progress import TimeLeft, cancelled
from .verbs import VERBS, Context, Verb
from .verbs.options import add_arguments, from_namespace


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
    """Where events go: JSON lines on stdout and in a file, or words on stderr."""

    def __init__(self, *, as_json: bool, json_file: Path | None) -> None:
        self._as_json = as_json
        self._file: IO[str] | None = None
        self._time_left = TimeLeft()
        self._shown = ("", -1.0)
        if json_file is not None:
            try:
                json_file.parent.mkdir(parents=True, exist_ok=True)
                self._file = json_file.open("w", encoding="utf-8")
            except OSError as error:
                raise unwritable(json_file, error) from error

    def event(self, kind: str, **facts: Any) -> None:
        line = json.dumps({"type": kind, **facts})
        if self._as_json:
            print(line, flush=True)
        if self._file:
            print(line, file=self._file, flush=True)

    def say(self, words: str) -> None:
        print(words, file=sys.stderr, flush=True)

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
        amount = f"{done}/{total}" if total is not None else f"{done}"
        words = f"{stage} {amount}" + (f", {left:.0f} s left" if left and done != total else "")
        if sys.stderr.isatty():
            print(f"\r\033[K{words}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif done == total and total:
            self.say(words)

    def close(self) -> None:
        if self._file:
            self._file.close()


def stopper() -> Callable[[], bool]:
    """True once SIGINT or SIGTERM came; the second one ends the process the hard way."""
    stop = {"asked": False}

    def ask(number: int, frame: FrameType | None) -> None:
        if stop["asked"]:
            raise KeyboardInterrupt
        stop["asked"] = True

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

    context = Context(progress=progress, warn=warn, saved=lambda path: output.event("saved", path=str(path)))
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
    output, arguments = None, None
    try:
        arguments = parser.parse_args(argv)
        if arguments.debug:
            logging.getLogger().setLevel("DEBUG")
        output = Output(as_json=arguments.json, json_file=arguments.json_file)
        started = time.monotonic()
        result, summary = work(arguments, output)
        output.event("result", status="done", seconds=round(time.monotonic() - started, 3), **result)
        if not arguments.json:
            print(summary)
        return 0
    except SystemExit as leaving:  # --help, --version
        return int(leaving.code or 0)
    except BaseException as error:
        failure = as_faceshot_error(error)
        if output:
            output.event("result", status="failed", error=failure.as_dict())
        elif "--json" in argv:
            print(json.dumps({"type": "result", "status": "failed", "error": failure.as_dict()}), flush=True)
        if arguments is not None and getattr(arguments, "debug", False):
            logging.getLogger(__name__).debug("failed", exc_info=error)
        print(f"Error: {failure}", file=sys.stderr, flush=True)
        if report(error) and not getattr(arguments, "debug", False):
            logging.getLogger(__name__).info("%s", report(error))
        return failure.code.exit_code
    finally:
        if output:
            output.close()
