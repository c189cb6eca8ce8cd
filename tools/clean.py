# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py clean: removes what building and testing left in the checkout, and nothing else."""

from __future__ import annotations

import argparse
import shutil

from .environments import ALL
from .run import ROOT

LEFTOVERS = ("build", "dist", "out", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis")
CODE = ("core", "tools", "tests", "benchmarks", "demo", "faceshot_blender")


def run(options: argparse.Namespace) -> int:
    folders = [ROOT / name for name in LEFTOVERS]
    folders += [ROOT / "__pycache__", *(cache for name in CODE for cache in (ROOT / name).rglob("__pycache__"))]
    if options.environments:
        folders += [environment.directory for environment in ALL]
    for folder in folders:
        if folder.is_dir():
            shutil.rmtree(folder)
            print(f"removed {folder.relative_to(ROOT)}")
    return 0
