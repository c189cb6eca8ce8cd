# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside .venv for build.py bench: calls benchmarks.NAME.run() and prints its figures.

`run` takes any of the keywords `clips` (Path or None) and returns a list of dicts with name, value, unit and, where
there is something to compare with, baseline and ratio (baseline / value: how many times better, where less is better).
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.errors import FaceShotError

COLUMNS = ("name", "value", "unit", "baseline", "ratio")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("name")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clips", type=Path)
    options = parser.parse_args(arguments)
    benchmark = importlib.import_module(f"benchmarks.{options.name}")
    try:
        figures = benchmark.run(**_accepted(benchmark.run, {"clips": options.clips}))
    except FaceShotError as error:
        print(f"bench: {error}", file=sys.stderr)
        return error.code.exit_code
    if options.json:
        for figure in figures:
            print(json.dumps(figure, default=float))
    else:
        print(table(figures))
    return 0


def _accepted(function: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    known = inspect.signature(function).parameters
    return {name: value for name, value in given.items() if name in known and value is not None}


def table(figures: Iterable[Mapping[str, Any]]) -> str:
    """The figures in columns, as text."""
    rows = [COLUMNS, *(tuple(_cell(figure.get(column)) for column in COLUMNS) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(w) if i in (0, 2) else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
