# SPDX-License-Identifier: GPL-3.0-or-later
"""The checkout's Python environments: made when first needed, made anew when their lock file changes."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.engine_maker import (
    EngineStatus,
    check_engine,
    download_mb,
    engine_python,
    find_base_python,
    make_engine,
)

from .run import ROOT

REQUIREMENTS = ROOT / "requirements"


@dataclass(frozen=True)
class Environment:
    """A folder of the checkout, what it is made from and about how much that takes."""

    folder: str
    lock: str
    versions: tuple[tuple[int, int], tuple[int, int]]
    download_mb: int
    installed_mb: int
    extras: tuple[Path, ...] = ()

    @property
    def directory(self) -> Path:
        return ROOT / self.folder

    @property
    def lock_path(self) -> Path:
        return REQUIREMENTS / self.lock

    @property
    def python(self) -> Path:
        return engine_python(self.directory)


# The diffusion renderer's needs, on top of the engine's.
DIFFUSION = (REQUIREMENTS / "diffusion.lock", REQUIREMENTS / "torch.txt")
ENGINE = Environment(".venv", "checkout.lock", ((3, 11), (3, 13)), 500, 2200, DIFFUSION)
BLENDER = Environment(".venv-blender", "blender.lock", ((3, 11), (3, 11)), 400, 1200)
# Only for `build.py test --all`: both ends of what the module offers for this Python.
OTHER_BLENDERS = tuple(
    Environment(f".venv-blender-{version}", f"blender-{version}.lock", ((3, 11), (3, 11)), 400, 1200)
    for version in ("4.2", "5.0")
)
LINT = Environment(".venv-lint", "lint.lock", ((3, 11), (3, 13)), 60, 300)
ALL = (ENGINE, BLENDER, *OTHER_BLENDERS, LINT)


def is_ready(environment: Environment) -> bool:
    state = check_engine(environment.directory, lock=environment.lock_path, extras=environment.extras)
    return state.status is EngineStatus.READY


def ensure(environment: Environment) -> Path:
    """The environment's interpreter; makes the environment when it is not there, not whole or out of date."""
    if not is_ready(environment):
        # The Python first: nothing is removed when there is none to build with.
        base = find_base_python(versions=environment.versions)
        say(
            f"Making {environment.folder} with Python {base.version[0]}.{base.version[1]}: downloads about "
            f"{environment.download_mb} MB, once."
        )
        with Ticker() as ticker:
            make_engine(
                environment.directory,
                lock=environment.lock_path,
                extras=environment.extras,
                base_python=base.path,
                progress=ticker,
                needed_mb=environment.installed_mb,
            )
    return environment.python


def say(words: str) -> None:
    """A line for the human, beside a verb's output."""
    print(words, file=sys.stderr, flush=True)


class Ticker:
    """A Progress for a terminal: rewrites one line there; in a log, one line for each stage."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.live = sys.stderr.isatty()
        self.clock = clock
        self.stage = ""
        self.start = clock()
        self.width = 0

    def __enter__(self) -> Ticker:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.live and self.width:
            print(file=sys.stderr)

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if self.live:
            count = f" {done} of {total}" if total else ""
            line = f"  {stage}{count}, {self.clock() - self.start:.0f} s"
            print("\r" + line.ljust(self.width), end="", file=sys.stderr, flush=True)
            self.width = len(line)
        elif stage != self.stage:
            say(f"  {stage}")
        self.stage = stage


def run(options: argparse.Namespace) -> int:
    """build.py engine DIR: the environment that the extension can be pointed at."""
    directory = Path(options.directory).absolute()
    lock, extras = REQUIREMENTS / "engine.lock", DIFFUSION if options.torch else ()
    state = check_engine(directory, lock=lock, extras=extras)
    if state.status is not EngineStatus.READY:
        say(f"{state.words} Making it: downloads about {download_mb(torch=options.torch)} MB.")
        with Ticker() as ticker:
            make_engine(directory, lock=lock, extras=extras, progress=ticker)
    print(engine_python(directory))
    return 0
