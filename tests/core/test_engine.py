# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine as Blender meets it: a process that speaks JSON lines, whatever its libraries print."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from core.character import Character
from core.landmarks import LandmarkSequence, template_in_box

# The real engine with one more verb, which works for long, prints to stdout and obeys its progress callback.
SLOW = """
import sys, time
from core import engine, verbs
from core.errors import ErrorCode, FaceShotError
from core.verbs import Verb
from core.verbs.animate import AnimateVerb
from core.verbs.doctor import DoctorVerb
def slow(options, context):
    for step in range(1000):
        print("a library talks")
        context.progress("Working", step, 1000)
        time.sleep(0.02)
def stuck(options, context):
    time.sleep(60)
def leave(options, context):
    for step in range(10):
        print("a library talks", flush=True)
        print("and complains", file=sys.stderr, flush=True)
        context.progress("Working", step, 10)
        time.sleep(0.1)
def crash(options, context):
    raise ZeroDivisionError("oh no")
def greedy(options, context):
    raise MemoryError
def lost(options, context):
    raise FaceShotError(ErrorCode.DEVICE_LOST, "The card has failed.", hint="Start again.")
made = {"slow": slow, "stuck": stuck, "leave": leave, "crash": crash, "greedy": greedy, "lost": lost}
for name, run in made.items():
    verbs.VERBS[name] = Verb(name=name, help="", options=DoctorVerb, run=run)
sys.exit(engine.serve())
"""


class Client:
    def __init__(self, process: subprocess.Popen) -> None:
        self.process = process
        self.messages: queue.Queue = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(ValueError):  # closed by a test
            for line in self.process.stdout:
                self.messages.put(json.loads(line))

    def send(self, **message) -> None:
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def wait_for(self, kind: str, seconds: float = 30, **facts) -> dict:
        deadline = time.monotonic() + seconds
        while True:
            message = self.messages.get(timeout=max(0.01, deadline - time.monotonic()))
            if message["type"] == kind and facts.items() <= message.items():
                return message


def start(repo_root, tmp_path, *command: str) -> Client:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return Client(
        subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", *command],
            cwd=tmp_path,
            env=environment | {"PYTHONPATH": str(repo_root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
    )


@pytest.fixture(params=["module", "slow"])
def engine(request, repo_root, tmp_path):
    client = start(repo_root, tmp_path, *(("-m", "core", "serve") if request.param == "module" else ("-c", SLOW)))
    yield client
    client.process.kill()
    client.process.wait()


@pytest.fixture
def slow_engine(repo_root, tmp_path):
    client = start(repo_root, tmp_path, "-c", SLOW)
    yield client
    client.process.kill()
    client.process.wait()


def test_it_says_hello_and_works_and_ends_with_its_input(engine, tmp_path):
    hello = engine.wait_for("hello")
    assert hello["protocol"] == 1
    assert len(hello["lock"]) == 64
    points = template_in_box((100, 100, 200, 260))
    Character(points=points, size=(400, 500)).save(tmp_path / "c.character.json")
    LandmarkSequence(points=points[None], size=(400, 500), fps=25.0, time=np.zeros(1)).save(
        tmp_path / "d.landmarks.npz"
    )
    arguments = {
        "driver": str(tmp_path / "d.landmarks.npz"),
        "character": str(tmp_path / "c.character.json"),
        "output": str(tmp_path / "o.landmarks.npz"),
        "reference": "first",
    }
    engine.send(id="1", verb="retarget", arguments=arguments)
    assert engine.wait_for("accepted")["id"] == "1"
    assert engine.wait_for("result", id="1")["result"]["frame_count"] == 1
    engine.process.stdin.close()
    assert engine.process.wait(timeout=10) == 0


def test_errors_cross_with_code_message_and_hint(slow_engine):
    slow_engine.send(id="1", verb="juggle", arguments={})
    assert slow_engine.wait_for("error", id="1")["error"]["code"] == "usage"
    slow_engine.send(id="2", verb="crash", arguments={})
    error = slow_engine.wait_for("error", id="2")
    assert error["error"]["code"] == "unexpected"
    assert "oh no" in error["report"]
    slow_engine.send(id="3", verb="greedy", arguments={})
    assert slow_engine.wait_for("error", id="3")["error"]["exit_code"] == 6
    slow_engine.process.stdin.write("this is no JSON\n[1]\n")
    slow_engine.send(id="4", verb="animate", arguments=[])
    assert slow_engine.wait_for("error", id="4")["error"]["code"] == "usage"


def test_a_cancel_is_obeyed_and_the_engine_goes_on(slow_engine):
    slow_engine.send(id="1", verb="slow", arguments={})
    slow_engine.wait_for("progress", id="1")
    slow_engine.send(cancel="1")
    slow_engine.wait_for("cancelling", id="1")
    assert slow_engine.wait_for("error", id="1")["error"]["exit_code"] == 130
    slow_engine.send(id="2", verb="slow", arguments={})
    assert slow_engine.wait_for("progress", id="2")["total"] == 1000


def test_a_cancel_is_acknowledged_without_waiting_for_the_work(slow_engine, record_property):
    slow_engine.send(id="1", verb="stuck", arguments={})
    slow_engine.wait_for("accepted", id="1")
    sent = time.monotonic()
    slow_engine.send(cancel="1")
    # The work sleeps for a minute: an answer before that does not come from it.
    slow_engine.wait_for("cancelling", id="1", seconds=20)
    record_property("seconds to acknowledge a cancel", round(time.monotonic() - sent, 4))


def test_a_queued_request_can_be_cancelled(slow_engine):
    slow_engine.send(id="1", verb="slow", arguments={})
    slow_engine.send(id="2", verb="slow", arguments={})
    slow_engine.send(cancel="2")
    slow_engine.send(cancel="1")
    assert slow_engine.wait_for("error", id="1")["error"]["code"] == "cancelled"
    assert slow_engine.wait_for("error", id="2")["error"]["code"] == "cancelled"


def test_progress_has_time_left_and_heartbeats_go_on(slow_engine):
    slow_engine.send(id="1", verb="slow", arguments={})
    slow_engine.wait_for("progress", id="1")
    later = slow_engine.wait_for("progress", id="1")
    assert later["seconds_left"] > 0
    assert slow_engine.wait_for("heartbeat")["busy"] == "1"


def test_it_ends_when_its_client_is_gone_even_in_stuck_work(slow_engine):
    slow_engine.send(id="1", verb="stuck", arguments={})
    slow_engine.wait_for("accepted", id="1")
    slow_engine.process.stdin.close()
    assert slow_engine.process.wait(timeout=15) == 0


def test_a_lost_card_ends_it_and_a_new_one_may_find_it_well(slow_engine):
    slow_engine.send(id="1", verb="lost", arguments={})
    assert slow_engine.wait_for("error", id="1")["error"]["code"] == "device-lost"
    assert slow_engine.process.wait(20) == 0


def test_stop_ends_it(slow_engine):
    slow_engine.wait_for("hello")
    slow_engine.send(stop=True)
    assert slow_engine.process.wait(timeout=15) == 0


def test_told_to_finish_it_outlives_its_client_and_ends_by_itself(slow_engine, tmp_path):
    records = [{"path": str(tmp_path / f"{number}" / "result.json"), "content": {"n": number}} for number in (1, 2)]
    for number, record in enumerate(records):
        slow_engine.send(id=str(number), verb="leave", arguments={}, record=record)
    slow_engine.wait_for("progress", id="0")
    slow_engine.send(finish=True)
    slow_engine.wait_for("finishing")
    for stream in (slow_engine.process.stdin, slow_engine.process.stdout):
        stream.close()
    assert slow_engine.process.wait(timeout=30) == 0
    assert [json.loads((tmp_path / f"{n}" / "result.json").read_text()) for n in (1, 2)] == [{"n": 1}, {"n": 2}]


def test_a_failure_that_nobody_hears_is_written_down(slow_engine, tmp_path):
    """And what an earlier run has left goes; a file of somebody else's does not."""
    old, foreign, new = (tmp_path / name for name in ("old.json", "foreign.json", "new.json"))
    old.write_text(json.dumps({"format": "faceshot.failure", "error": {}}))
    foreign.write_text(json.dumps(["mine"]))
    for number, file in enumerate((old, foreign)):
        slow_engine.send(id=str(number), verb="leave", arguments={}, failure=str(file))
    slow_engine.send(id="3", verb="crash", arguments={}, failure=str(new))
    slow_engine.wait_for("progress", id="0")
    slow_engine.send(finish=True)
    slow_engine.wait_for("finishing")
    for stream in (slow_engine.process.stdin, slow_engine.process.stdout):
        stream.close()
    assert slow_engine.process.wait(timeout=30) == 0
    assert not old.exists()
    assert json.loads(foreign.read_text()) == ["mine"]
    told = json.loads(new.read_text())
    assert "oh no" in told["error"]["message"]
    assert "ZeroDivisionError" in told["report"]


def test_a_failure_that_is_heard_is_not_written_down(slow_engine, tmp_path):
    slow_engine.send(id="1", verb="crash", arguments={}, failure=str(tmp_path / "new.json"))
    slow_engine.wait_for("error", id="1")
    slow_engine.send(stop=True)
    assert slow_engine.process.wait(timeout=15) == 0
    assert not (tmp_path / "new.json").exists()


@pytest.mark.parametrize("how", ["stop", "terminate"])
def test_told_to_finish_it_can_be_stopped_all_the_same(slow_engine, how):
    slow_engine.send(id="1", verb="stuck", arguments={})
    slow_engine.wait_for("accepted", id="1")
    slow_engine.send(finish=True)
    if how == "stop":
        slow_engine.send(stop=True)
    else:
        slow_engine.wait_for("finishing")
        slow_engine.process.terminate()
    assert slow_engine.process.wait(timeout=15) == 0


def test_client_that_does_not_listen_is_as_good_as_gone(slow_engine):
    slow_engine.send(id="1", verb="slow", arguments={})
    slow_engine.wait_for("progress", id="1")
    slow_engine.process.stdout.close()
    assert slow_engine.process.wait(timeout=15) == 0


def test_record_that_cannot_be_written_fails_the_request(slow_engine, tmp_path):
    (tmp_path / "file").touch()
    record = {"path": str(tmp_path / "file" / "result.json"), "content": {}}
    slow_engine.send(id="1", verb="leave", arguments={}, record=record)
    assert slow_engine.wait_for("error", id="1")["error"]["code"] == "output-unwritable"


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="priorities as on Unix")
def test_it_gives_way_to_whoever_has_a_window(repo_root, tmp_path, monkeypatch):
    monkeypatch.setenv("FACESHOT_NICE", "5")
    client = start(repo_root, tmp_path, "-m", "core", "serve")
    try:
        client.wait_for("hello")
        nice = os.getpriority(os.PRIO_PROCESS, client.process.pid)
        assert nice == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)
    finally:
        client.process.kill()
        client.process.wait()
