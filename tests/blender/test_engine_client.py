# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's client and the job stepper against an engine that misbehaves in all ways."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest


@pytest.fixture
def client_module(part):
    return part("faceshot_blender.engine_client")


@pytest.fixture
def job_module(part):
    return part("faceshot_blender.job")


@pytest.fixture
def engine(fake_engine, client_module):
    """engine(mode, ...) starts one; all are ended, and were reaped, afterwards."""
    started = []

    def start(mode="good", **options):
        started.append(client_module.EngineClient(fake_engine(mode), **options))
        return started[-1]

    yield start
    for client in started:
        client.close()
        assert not Path(f"/proc/{client.pid}").exists(), "the engine was not reaped"
        assert not any(thread.is_alive() for thread in client._threads)


def until(client, is_so, seconds=10.0):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it took too long"
        client.poll()
        time.sleep(0.005)


def failure(client, seconds=10.0):
    until(client, lambda: client.failure is not None, seconds)
    return client.failure


def test_request_to_result(engine, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    client = engine()
    until(client, lambda: client.ready)
    request = client.request("animate", {"picture": "/ä b.png"})
    until(client, lambda: request.finished)
    assert request.error is None
    assert request.result["arguments"] == {"picture": "/ä b.png"}
    assert request.result["python"] == {"PYTHONPATH": str(client.setup.root)}
    assert request.result["folder"] == str(client.setup.folder)
    assert (request.warnings, request.saved) == (["Dark."], ["/x/1.png"])
    assert (request.stage, request.total) == ("Tracking", 5)


def test_two_requests_one_after_the_other(engine):
    client = engine()
    until(client, lambda: client.ready)
    first, second = client.request("animate", {"n": 1}), client.request("animate", {"n": 2})
    until(client, lambda: second.finished)
    assert first.finished
    assert (first.result["arguments"], second.result["arguments"]) == ({"n": 1}, {"n": 2})


@pytest.mark.parametrize("mode", ["garbage", "noise first"])
def test_noise_on_the_line_is_skipped(engine, mode):
    client = engine(mode)
    until(client, lambda: client.ready)
    request = client.request("animate", {"n": 1})
    until(client, lambda: request.finished)
    assert request.result["arguments"] == {"n": 1}


def test_the_engines_refusal_arrives_whole(engine):
    client = engine("refuses")
    until(client, lambda: client.ready)
    request = client.request("animate", {})
    until(client, lambda: request.finished)
    assert request.error.code.exit_code == 4
    assert str(request.error) == "No face. Try another."
    assert request.report == "Traceback ..."
    assert client.alive


@pytest.mark.parametrize(
    ("mode", "words"),
    [("dies", "signal 6, SIGABRT.*corrupted double-linked"), ("leaves", "exit status 3")],
)
def test_engine_that_ends_half_way_is_told(engine, mode, words):
    client = engine(mode)
    until(client, lambda: client.ready)
    request = client.request("animate", {})
    until(client, lambda: request.finished)
    assert request.error.code.slug == "engine-lost"
    with pytest.raises(type(request.error), match=words):
        raise request.error
    assert "Run it again" in request.error.hint
    assert not client.alive
    assert client.request("animate", {}).error is client.failure
    if mode == "dies":
        assert "glibc" in request.report


def test_engine_killed_from_outside(engine):
    client = engine()
    until(client, lambda: client.ready)
    request = client.request("animate", {"steps": 1000})
    until(client, lambda: request.done > 3)
    os.kill(client.pid, signal.SIGKILL)
    until(client, lambda: request.finished)
    assert "SIGKILL" in str(request.error)
    assert "memory" in request.error.hint


def test_stopped_engine_is_found_out_and_ended(engine, client_module):
    client = engine(patience=client_module.Patience(start=10, silence=0.5))
    until(client, lambda: client.ready)
    request = client.request("animate", {"steps": 1000})
    until(client, lambda: request.done > 3)
    os.kill(client.pid, signal.SIGSTOP)
    until(client, lambda: request.finished)
    assert request.error.code.slug == "engine-lost"
    assert "stopped answering" in str(request.error)


def test_engine_that_never_says_hello(engine, client_module):
    error = failure(engine("mute", patience=client_module.Patience(start=0.5)))
    assert "does not start" in str(error)


@pytest.mark.parametrize(
    ("mode", "words"),
    [("new protocol", "protocol 2"), ("other version", "version is 9.9"), ("other lock", "packages are those of")],
)
def test_engine_that_does_not_fit(engine, mode, words):
    error = failure(engine(mode))
    assert error.code.slug == "engine-outdated"
    assert words in str(error)
    assert "Update it" in error.hint


def test_engine_without_its_packages(engine):
    error = failure(engine("incomplete"))
    assert error.code.slug == "engine-missing"
    assert "No module named" in str(error)


def test_no_such_interpreter(fake_engine, client_module, part):
    fits = fake_engine()
    broken = type(fits)(Path("/no/such/python"), fits.root, fits.folder, fits.variables)
    with pytest.raises(part("core.errors").FaceShotError, match="/no/such/python cannot be started"):
        client_module.EngineClient(broken)


def test_deaf_engine_is_ended_by_force(fake_engine, client_module, monkeypatch):
    monkeypatch.setattr(client_module, "STOP_SECONDS", 0.3)
    client = client_module.EngineClient(fake_engine("deaf"))
    until(client, lambda: client.ready)
    client.close()
    client.close()
    assert not Path(f"/proc/{client.pid}").exists()
    assert not client.alive


def test_engine_ends_when_its_client_is_gone(engine):
    client = engine()
    until(client, lambda: client.ready)
    client._process.stdin.close()
    until(client, lambda: not client.alive)


# ---- the job -----------------------------------------------------------------------------------------------------


def test_job_to_its_result(engine, job_module):
    seen = []
    job = job_module.Job("animate", {"n": 1}, engine)
    result = job_module.run_to_end(job, watch=lambda status: seen.append(status.state.value), pause=0.002)
    assert result["arguments"] == {"n": 1}
    assert job.status.warnings == ("Dark.",)
    assert list(dict.fromkeys(seen)) == ["starting", "running", "done"]


def test_job_cancelled_while_it_runs(engine, job_module):
    client = engine()
    job = job_module.Job("animate", {"steps": 1000}, lambda: client)
    job.start()
    until(client, lambda: job.step().done > 3)
    job.cancel()
    started = time.monotonic()
    until(client, lambda: job._request.cancelling or job.step().state.ended)
    assert time.monotonic() - started < 5
    until(client, lambda: job.step().state.ended)
    assert job.status.state is job_module.State.CANCELLED
    assert job.error.code.exit_code == 130
    assert client.alive, "the engine stays for the next job"


def test_job_cancelled_before_the_engine_is_ready(engine, job_module):
    job = job_module.Job("animate", {}, lambda: engine("mute"))
    job.start()
    job.step()
    job.cancel()
    assert job.step().state is job_module.State.CANCELLED


def test_engine_that_does_not_stop_is_ended(engine, job_module, monkeypatch):
    monkeypatch.setattr(job_module, "CANCEL_SECONDS", 0.3)
    client = engine("stubborn")
    job = job_module.Job("animate", {"steps": 10000}, lambda: client)
    job.start()
    until(client, lambda: job.step().done > 3)
    job.cancel()
    until(client, lambda: job.step().state.ended)
    assert job.status.state is job_module.State.CANCELLED
    assert not client.alive


def test_job_whose_engine_dies(engine, job_module, part):
    job = job_module.Job("animate", {}, lambda: engine("dies"))
    with pytest.raises(part("core.errors").FaceShotError, match="in the middle of its work"):
        job_module.run_to_end(job, pause=0.002)
    assert job.status.state is job_module.State.FAILED
    assert "glibc" in job.report


def test_job_without_an_engine(job_module, part):
    errors = part("core.errors")

    def no_engine():
        raise errors.FaceShotError(errors.ErrorCode.ENGINE_MISSING, "None.")

    job = job_module.Job("animate", {}, no_engine)
    with pytest.raises(errors.FaceShotError, match="None"):
        job_module.run_to_end(job)


def test_stop_is_obeyed(engine, job_module, part):
    calls = iter([False] * 20 + [True] * 10000)
    job = job_module.Job("animate", {"steps": 1000}, engine)
    with pytest.raises(part("core.errors").FaceShotError, match="Cancelled"):
        job_module.run_to_end(job, stop=lambda: next(calls), pause=0.01)


# ---- where the engine is -----------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path):
    def make(name):
        python = tmp_path / name / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        python.parent.mkdir(parents=True)
        python.touch()
        return python

    return make


def test_order_of_places(part, place, tmp_path):
    find = part("faceshot_blender.engine_place").find_python
    wish, variable, default = place("wish"), place("variable"), place("default")
    environment = {"FACESHOT_ENGINE": str(variable)}
    assert find(preference=str(tmp_path / "wish"), default=tmp_path / "default", environment=environment) == wish
    assert find(preference=" ", default=tmp_path / "default", environment=environment) == variable
    assert find(preference="", default=tmp_path / "default", environment={}) == default


def test_no_engine_says_how_to_get_one(part, place, tmp_path):
    find = part("faceshot_blender.engine_place").find_python
    place("default")
    error = part("core.errors").FaceShotError
    with pytest.raises(error, match="no engine at /gone, where FACESHOT_ENGINE points"):
        find(preference="", default=tmp_path / "default", environment={"FACESHOT_ENGINE": "/gone"})
    with pytest.raises(error, match=r"not installed yet.*Preferences"):
        find(preference="", default=tmp_path / "nothing", environment={})
