# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py samples DIR: every character of the cast as a picture with its card, and a sheet with the points drawn."""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import ErrorCode, FaceShotError

from . import environments
from .demo_stage import EVERYONE
from .environments import ENGINE, say
from .models import checkout_environment
from .run import ROOT

_AT_ONCE = max(1, min(8, os.cpu_count() or 1))


def run(options: argparse.Namespace) -> int:
    names = chosen(options.character)
    folder = Path(options.directory).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    python = str(environments.ensure(ENGINE))
    size = f"--size={options.size}"
    say(f"Drawing {len(names)} characters of {options.size} px, {_AT_ONCE} at a time")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = [
            pool.submit(_child, [python, str(ROOT / "demo" / "make.py"), str(folder), name, size]) for name in names
        ]
        for name, job in zip(names, jobs, strict=True):
            job.result()
            say(f"  {name}")
    _child([python, "-m", "demo.contact", str(folder)])
    print(f"\n{folder}: NAME.png and NAME.character.json of {len(names)}; contact.png shows all with their points.")
    print("They are dedicated to the public domain (CC0 1.0).")
    return 0


def chosen(names: Sequence[str] | None) -> list[str]:
    """Who is to be drawn. Raises USAGE."""
    unknown = [name for name in names or () if name not in EVERYONE]
    if unknown:
        raise FaceShotError(
            ErrorCode.USAGE, f"No character {unknown[0]!r} in the cast.", hint=f"Choose from {', '.join(EVERYONE)}."
        )
    return list(dict.fromkeys(names or EVERYONE))


def _child(command: Sequence[str]) -> None:
    done = subprocess.run(
        list(command),
        check=False,
        cwd=ROOT,
        # one thread each: there are as many of them as processors
        env={**checkout_environment(), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise FaceShotError(
            ErrorCode.UNEXPECTED, f"{' '.join(command[1:4])} failed: {words[-1] if words else 'no word of why'}"
        )
