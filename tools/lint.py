# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py lint: ruff, mypy in two runs, and the test of import directions."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from pathlib import Path

from . import environments
from .run import ROOT

STAGED = "faceshot"  # any name does: Blender gives the extension one that we do not know
ENGINE_SIDE = ("core", "tools", "build.py", "benchmarks", "demo", "training")


def run(options: argparse.Namespace) -> int:
    del options
    python = str(environments.ensure(environments.LINT))
    staged = stage_extension(ROOT / "build" / "typecheck")
    config = ["--config-file", str(ROOT / "pyproject.toml")]
    engine_side = [name for name in ENGINE_SIDE if any((ROOT / name).glob("**/*.py")) or (ROOT / name).is_file()]
    # The core has had its run: here it only lends its types.
    light = [python, "-m", "mypy", *config, "--follow-imports=silent"]
    steps = [
        ("ruff check", [python, "-m", "ruff", "check", "."], ROOT),
        ("ruff format", [python, "-m", "ruff", "format", "--check", "."], ROOT),
        ("mypy, engine's side", [python, "-m", "mypy", *config, *engine_side], ROOT),
        ("mypy, extension", [*light, f"{STAGED}/__init__.py", f"{STAGED}/faceshot_blender"], staged.parent),
        ("import directions", [python, "-m", "pytest", "-q", "tests/core/test_imports.py"], ROOT),
    ]
    failed = [title for title, command, folder in steps if not _passes(title, command, folder)]
    print(f"lint: failed: {', '.join(failed)}" if failed else "lint: all clean", flush=True)
    return 1 if failed else 0


def _passes(title: str, command: list[str], folder: Path) -> bool:
    print(f"== {title}", flush=True)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, check=False, cwd=folder, env=environment, stdin=subprocess.DEVNULL).returncode == 0


def stage_extension(parent: Path) -> Path:
    """A package folder as Blender sees it: `..core` does not resolve from a checkout of another name."""
    shutil.rmtree(parent, ignore_errors=True)
    package = parent / STAGED
    package.mkdir(parents=True)
    for name in ("__init__.py", "core", "faceshot_blender"):
        source, target = ROOT / name, package / name
        try:
            target.symlink_to(source, target_is_directory=source.is_dir())
        except OSError:  # Windows without the right to make links
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
    return package
