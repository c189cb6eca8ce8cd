# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that end half-way: killed, terminated, cancelled. The next run finishes what was begun, to the same bytes."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.core.verbs.conftest import FRAMES, leftovers, load_result, results
from tests.core.verbs.processes import SLOW_MOVIE, SLOW_RENDERING, SLOW_TRACKING, Engine, Running, command_line

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals as on Unix")

# stage -> the brake that makes it last
STAGES = {"Tracking": SLOW_TRACKING, "Rendering": SLOW_RENDERING, "Writing the movie": SLOW_MOVIE}


@pytest.fixture
def own_cache(variables, tmp_path) -> dict[str, str]:
    """So that nothing comes from the frames of other tests."""
    return {**variables, "FACESHOT_CACHE": str(tmp_path / "cache")}


@pytest.fixture
def started(material, own_cache, tmp_path):
    """Starts `animate --json` into tmp_path/out, slowed down in a stage, and waits until that stage is under way."""
    runs = []

    def start(stage: str) -> Running:
        command = command_line(
            "animate", material.picture, material.clip, "-o", tmp_path / "out", "--json", prelude=STAGES[stage]
        )
        running = Running(command, variables=own_cache, cwd=tmp_path)
        runs.append(running)
        running.wait_for_step(stage)
        return running

    yield start
    for running in runs:
        running.process.kill()
        running.process.wait()


def frames(folder: Path) -> set[str]:
    return {name for name in results(folder) if name.endswith(".png")}


def finish(user, material, own_cache, tmp_path, undisturbed) -> int:
    """Run it again, to the end; how many frames came from the cache."""
    time.sleep(0.02)  # a file system's clock ticks coarsely
    done = user("animate", material.picture, material.clip, "-o", tmp_path / "out", "--json", more=own_cache)
    assert done.code == 0, done.err
    assert results(tmp_path / "out") == undisturbed
    assert not leftovers(tmp_path / "out")
    assert load_result(tmp_path / "out")["frame_count"] == FRAMES
    return done.result["from_cache"]


@pytest.mark.parametrize("stage", STAGES)
def test_killed(started, user, material, own_cache, undisturbed, tmp_path, stage):
    out = tmp_path / "out"
    assert started(stage).end(signal.SIGKILL).code == -signal.SIGKILL
    assert not (out / "result.json").exists()
    made = frames(out)
    assert {name: undisturbed[name] for name in made} == {name: results(out)[name] for name in made}, "whole or not"
    expected = {"Tracking": range(1), "Rendering": range(1, FRAMES), "Writing the movie": range(FRAMES, FRAMES + 1)}
    assert len(made) in expected[stage]
    from_cache = finish(user, material, own_cache, tmp_path, undisturbed)
    assert len(made) <= from_cache <= len(made) + 4, "and those that were being written"


@pytest.mark.parametrize(
    ("stage", "number"),
    [
        ("Tracking", signal.SIGINT),
        ("Rendering", signal.SIGTERM),
        ("Rendering", signal.SIGINT),
        ("Writing the movie", signal.SIGTERM),
    ],
)
def test_told_to_stop(started, user, material, own_cache, undisturbed, tmp_path, stage, number):
    out = tmp_path / "out"
    ended = started(stage).end(number)
    assert ended.code == 130, ended.err
    ended.assert_plain_words()
    assert ended.error["code"] == "cancelled"
    assert not leftovers(out)
    assert not (out / "result.json").exists()
    made = len(frames(out))
    assert made < FRAMES or stage == "Writing the movie"
    assert finish(user, material, own_cache, tmp_path, undisturbed) >= made


def test_work_that_does_not_listen_is_broken_off(material, own_cache, tmp_path):
    """One frame that takes for ever: after some seconds the run ends all the same, and cleans up."""
    endless = """
import time
import core.cli, core.render.proxy as proxy
core.cli.PATIENCE_SECONDS = 0.5
def frame(self, points, iris=None):
    while True:
        time.sleep(0.05)
proxy.ProxyCanvas.frame = frame
"""
    command = command_line(
        "animate", material.picture, material.clip, "-o", tmp_path / "out", "--json", prelude=endless
    )
    running = Running(command, variables=own_cache, cwd=tmp_path)
    running.wait_for("progress", stage="Rendering")
    ended = running.end(signal.SIGTERM)
    assert ended.code == 130, ended.err
    ended.assert_plain_words()
    assert not leftovers(tmp_path / "out")


# ---- the engine ----------------------------------------------------------------------------------------------------


@pytest.fixture
def engines(own_cache, tmp_path):
    """Starts engines with a cache of their own, slowed down in a stage."""
    started = []

    def start(stage: str = "") -> Engine:
        engine = Engine(variables=own_cache, cwd=tmp_path, prelude=STAGES.get(stage, ""))
        started.append(engine)
        engine.wait_for("hello")
        return engine

    yield start
    for engine in started:
        engine.close()


@pytest.mark.parametrize("stage", ["Tracking", "Rendering"])
def test_a_killed_engine(engines, material, undisturbed, tmp_path, stage):
    out = tmp_path / "out"
    asked = {"picture": material.picture, "clip": material.clip, "output": out}
    engine = engines(stage)
    engine.ask("animate", **asked)
    engine.wait_for_step(stage)
    engine.end(signal.SIGKILL)
    made = len(frames(out))
    assert not (out / "result.json").exists()
    time.sleep(0.02)
    again = engines().answer("animate", **asked)
    assert again.get("frame_count") == FRAMES, again
    assert made <= again["from_cache"] <= made + 4
    assert results(out) == undisturbed
    assert not leftovers(out)


@pytest.mark.parametrize("stage", STAGES)
def test_a_cancelled_request(engines, material, undisturbed, tmp_path, stage):
    """The engine says so, leaves nothing half-written, and does the same request to its end when asked again."""
    out = tmp_path / "out"
    asked = {"picture": material.picture, "clip": material.clip, "output": out}
    engine = engines(stage)
    first = engine.ask("animate", **asked)
    engine.wait_for_step(stage)
    engine.send(cancel=first)
    assert engine.wait_for("cancelling")["id"] == first
    error = engine.wait_for("error", "result", id=first)["error"]
    assert (error["code"], error["exit_code"]) == ("cancelled", 130)
    assert not leftovers(out)
    assert not (out / "result.json").exists()
    made = len(frames(out))
    time.sleep(0.02)
    again = engine.answer("animate", **asked)
    assert again.get("frame_count") == FRAMES, again
    assert again["from_cache"] >= made
    assert results(out) == undisturbed


@pytest.mark.parametrize("how", ["closed", "terminated"])
def test_an_engine_whose_client_is_gone(engines, material, tmp_path, how):
    out = tmp_path / "out"
    engine = engines("Rendering")
    engine.ask("animate", picture=material.picture, clip=material.clip, output=out)
    engine.wait_for_step("Rendering")
    if how == "closed":
        engine.process.stdin.close()
    else:
        engine.process.send_signal(signal.SIGINT)  # Ctrl-C is for Blender to hear
        engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(30) == 0
    assert not leftovers(out)
    assert len(frames(out)) < FRAMES
    assert not (out / "result.json").exists()
