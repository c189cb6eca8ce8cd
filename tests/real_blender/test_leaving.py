# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's window is closed, or another file is opened, in the midst of a job: nothing is half or orphaned."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest


@pytest.fixture
def leave(tour, engine, short, shot):
    """leave(choice, how) runs the script; what it has seen."""

    def leave(choice: str, how: str) -> dict:
        seen = tour("leave_blender.py", tour.plane, short(2.0), choice, how, env=engine, blend=shot)
        assert seen["pressed"] == [["RUNNING_MODAL"]] * 2
        assert seen["words"].startswith("Tracking")
        return seen

    return leave


def is_running(pid: int) -> bool:
    """Of a process that has ended and that nobody has asked about: no."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith((".part", ".lock"))]


def test_quit_ends_the_jobs(leave):
    seen = leave("END", "quit")
    assert not is_running(seen["engine"])
    for folder in map(Path, seen["folders"]):
        assert not (folder / "result.json").exists()
        assert not leftovers(folder)


def test_quit_leaves_the_engine_to_finish(leave):
    seen = leave("FINISH", "quit")
    folders = [Path(folder) for folder in seen["folders"]]
    assert is_running(seen["engine"])
    assert not any((folder / "result.json").exists() for folder in folders)
    end = time.monotonic() + 150
    while is_running(seen["engine"]) and time.monotonic() < end:
        time.sleep(0.1)
    assert not is_running(seen["engine"])
    for folder in folders:
        made = json.loads((folder / "result.json").read_text())
        assert len(list((folder / made["frames"]).glob("*.png"))) == made["frame_count"]
        assert not leftovers(folder)


def test_another_file_while_jobs_finish(leave):
    seen = leave("FINISH", "other")
    assert seen["queued"] == 2
    assert seen["shown"] == []
    assert "which is not open, so it was put into no scene" in seen["told"]
    assert all((Path(folder) / "result.json").exists() for folder in seen["folders"])
    assert not is_running(seen["engine"])


def test_same_file_again_gets_its_results_in_one_undo_step_each(leave):
    seen = leave("FINISH", "reopen")
    assert len(seen["shown"]) == 1, seen  # of the second, which replaced the first
    assert seen["told"] == ""
    assert seen["undone"] == []
