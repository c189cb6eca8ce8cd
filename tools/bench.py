# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py bench NAME: runs benchmarks/NAME.py in .venv."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from core.errors import ErrorCode, FaceShotError

from . import environments
from .models import checkout_environment, ensure_model
from .run import ROOT


def names() -> list[str]:
    """The benchmarks that there are."""
    return sorted(path.stem for path in (ROOT / "benchmarks").glob("[a-z]*.py"))


def run(options: argparse.Namespace) -> int:
    if options.name not in names():
        hint = f"There are: {', '.join(names()) or 'none'}."
        raise FaceShotError(ErrorCode.USAGE, f"No benchmark {options.name!r}.", hint=hint)
    python = environments.ensure(environments.ENGINE)
    ensure_model(python)
    command = [str(python), "-m", "tools.bench_worker", options.name]
    command += ["--json"] if options.json else []
    command += ["--clips", str(Path(options.clips).absolute())] if options.clips else []
    return subprocess.run(command, check=False, cwd=ROOT, env=checkout_environment()).returncode
