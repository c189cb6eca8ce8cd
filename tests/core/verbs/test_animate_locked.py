# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs and one output folder; a run that was killed in it; a folder that vanishes under a run."""

from __future__ import annotations

import shutil
import signal
import sys

import pytest

from core.folder_lock import LOCK
from tests.core.verbs.conftest import leftovers, results
from tests.core.verbs.processes import SLOW_RENDERING, SLOW_TRACKING, Engine, Running, command_line


@pytest.fixture
def start(material, variables, tmp_path):
    """start(brake, stage) is an `animate` into tmp_path/out that is in the midst of that stage."""
    runs = []

    def start(brake: str, stage: str) -> Running:
        command = command_line(
            "animate", material.picture, material.clip, "-o", tmp_path / "out", "--json", "--no-cache", prelude=brake
        )
        running = Running(command, variables=variables, cwd=tmp_path)
        runs.append(running)
        running.wait_for_step(stage)
        return running

    yield start
    for running in runs:
        running.process.kill()
        running.process.wait()


def test_second_run_is_refused_and_the_first_goes_on(start, user, material, undisturbed, tmp_path):
    first, out = start(SLOW_TRACKING, "Tracking"), tmp_path / "out"
    refusal = user("animate", material.picture, material.clip, "-o", out, "--json")
    assert first.process.poll() is None
    assert refusal.code == 3
    refusal.assert_plain_words()
    assert f"is writing to {out}: process {first.process.pid} on " in refusal.error["message"]
    assert "another output folder" in refusal.error["hint"]
    first.wait_for("result", status="done")
    assert results(out) == undisturbed
    assert not leftovers(out)
    assert not (out / LOCK).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a dead owner is known by its silence alone")
def test_killed_run_leaves_a_lock_that_the_next_takes_over(start, user, material, undisturbed, tmp_path):
    out = tmp_path / "out"
    start(SLOW_RENDERING, "Rendering").end(signal.SIGKILL)
    assert (out / LOCK).exists()
    done = user("animate", material.picture, material.clip, "-o", out, "--json")
    assert done.code == 0, done.err
    assert results(out) == undisturbed
    assert not (out / LOCK).exists()


def test_folder_that_vanishes_under_a_run_is_told(start, tmp_path):
    running = start(SLOW_RENDERING, "Rendering")
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    message = running.wait_for("result")
    assert message["status"] == "failed"
    assert message["error"]["code"] == "output-unwritable"
    assert "was removed or emptied" in message["error"]["message"]
    assert running.process.wait(60) == 3
    assert not (tmp_path / "out" / "result.json").exists()


def test_engine_that_is_left_alone_finishes_what_it_was_asked_for(material, variables, undisturbed, tmp_path):
    engine = Engine(variables=variables, cwd=tmp_path, prelude=SLOW_TRACKING)
    try:
        for name in ("a", "b"):
            asked = {"picture": material.picture, "clip": material.clip, "output": tmp_path / name}
            engine.ask("animate", **asked)
        engine.wait_for_step("Tracking")
        engine.send(finish=True)
        for stream in (engine.process.stdin, engine.process.stdout, engine.process.stderr):
            stream.close()
        assert engine.process.wait(120) == 0
    finally:
        engine.close()
    assert results(tmp_path / "a") == results(tmp_path / "b") == undisturbed
