# SPDX-License-Identifier: GPL-3.0-or-later
"""How a benchmark's figures are printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tools import bench_worker

FIGURES = [
    {"name": "retarget, 50 frames", "value": 1.23456789, "unit": "ms", "baseline": 1300, "ratio": 1053.0},
    {"name": "peak", "value": 12, "unit": "MB"},
]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> dict:
    """A benchmark named "trial"; what it was called with."""
    called: dict = {}
    module = ModuleType("benchmarks.trial")

    def run(*, clips: Path | None = None) -> list[dict]:
        called["clips"] = clips
        return FIGURES

    module.run = run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "benchmarks.trial", module)
    return called


def test_json_has_one_object_for_each_figure(benchmark: dict, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_worker.main(["trial", "--json", "--clips", "/clips"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == FIGURES
    assert benchmark["clips"] == Path("/clips")


def test_table_is_aligned(benchmark: dict, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench_worker.main(["trial"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "value", "unit", "baseline", "ratio"]
    assert lines[1].split()[-4:] == ["1.235", "ms", "1300", "1053"]
    assert lines[0].index("unit") == lines[1].index("ms") == lines[2].index("MB")
    assert benchmark["clips"] is None
