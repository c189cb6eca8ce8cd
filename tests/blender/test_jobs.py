# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that queue, the engine that they share, and what is left when they are ended from outside."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest


@pytest.fixture
def jobs(part):
    """The module, with an empty queue and no engine before and after."""
    module = part("faceshot_blender.jobs")
    module.QUEUE.end_all()
    module.release_engine()
    yield module
    module.QUEUE.end_all()
    module.release_engine()


@pytest.fixture
def new_job(part, jobs, fake_engine, monkeypatch):
    """new_job(**arguments) is a job on the shared engine; new_job.setup says which engine it is."""
    host, job = part("faceshot_blender.host"), part("faceshot_blender.job")
    chosen = {"setup": fake_engine("good")}
    monkeypatch.setattr(host, "engine_setup", lambda: chosen["setup"])

    def make(**arguments):
        return job.Job("echo", arguments, host.shared_engine, keep_engine=True)

    make.chosen = chosen
    return make


def drive(queue, *entries, seconds=30.0):
    """Step as the operators' timers do, until the entries have ended; each leaves when it has. Yields their states."""
    end = time.monotonic() + seconds
    waiting = list(entries)
    while waiting:
        assert time.monotonic() < end, [entry.words for entry in waiting]
        for entry in list(waiting):
            status = queue.step(entry)
            if status.state.ended:
                waiting.remove(entry)
                queue.leave(entry)
            yield {each.title: (each.begun, each.words) for each in entries}
        time.sleep(0.005)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_two_jobs_take_turns_on_one_engine(jobs, new_job):
    queue = jobs.QUEUE
    first, second = queue.join("first", new_job(steps=20)), queue.join("second", new_job(steps=3))
    seen = list(drive(queue, first, second))
    together = [state for state in seen if state["second"] == (False, jobs.WAITING)]
    assert any(words.startswith("Tracking") for _, words in (state["first"] for state in together))
    assert first.job.result
    assert second.job.result
    assert not queue.entries
    pid = jobs.SHARED[0].pid
    third = queue.join("third", new_job())
    list(drive(queue, third))
    assert jobs.SHARED[0].pid == pid  # warm
    assert jobs.release_engine()
    assert not is_running(pid)
    assert not jobs.release_engine()


def test_waiting_job_is_cancelled_alone(jobs, new_job):
    queue = jobs.QUEUE
    first, second = queue.join("first", new_job(steps=20)), queue.join("second", new_job())
    assert queue.cancel(second.number)
    assert not queue.cancel(99)
    list(drive(queue, first, second))
    assert first.job.result
    assert second.job.error.code.slug == "cancelled"
    assert not second.begun


def test_next_job_gets_a_new_engine_when_the_shared_one_died(jobs, new_job, fake_engine):
    queue = jobs.QUEUE
    new_job.chosen["setup"] = fake_engine("dies")
    first = queue.join("first", new_job())
    list(drive(queue, first))
    assert first.job.error.code.slug == "engine-lost"
    new_job.chosen["setup"] = fake_engine("good")
    second = queue.join("second", new_job())
    list(drive(queue, second))
    assert second.job.result


def test_end_all_leaves_the_engine_free_or_ends_it(jobs, new_job, fake_engine):
    queue = jobs.QUEUE
    let_go = []
    entry = queue.join("long", new_job(steps=1000))
    entry.let_go = lambda: let_go.append(True)
    waiting = queue.join("waiting", new_job())
    steps = drive(queue, entry)
    while not next(steps)["long"][1].startswith("Tracking"):
        pass
    pid = jobs.SHARED[0].pid
    queue.end_all()
    assert (let_go, queue.entries, waiting.begun) == ([True], [], False)
    assert jobs.SHARED[0].alive
    after = queue.join("after", new_job())
    list(drive(queue, after))
    assert after.job.result
    assert jobs.SHARED[0].pid == pid

    new_job.chosen["setup"] = fake_engine("stubborn")
    entry = queue.join("long", new_job(steps=1000))
    steps = drive(queue, entry)
    while not next(steps)["long"][1].startswith("Tracking"):
        pass
    pid = jobs.SHARED[0].pid
    queue.end_all()
    assert not is_running(pid)


def test_failure_is_kept_until_the_next_job(jobs, part, new_job):
    errors = part("core.errors")
    error = errors.FaceShotError(errors.ErrorCode.MODEL_MISSING, "No network.", hint="Type this.")
    job = new_job(clip="/a/b.mp4")
    job.report = "Traceback ..."
    failure = part("faceshot_blender.failures").failure_of(error, "Held, clip", job)
    assert failure.message == "No network."
    assert "Fetch Face Network" in failure.remedy
    for words in ("Held, clip: model-missing", "clip: /a/b.mp4", "Traceback ...", "Blender "):
        assert words in failure.report
    jobs.QUEUE.failure = failure
    jobs.QUEUE.leave(jobs.QUEUE.join("next", new_job()))
    assert jobs.QUEUE.failure is None


def test_disabling_ends_job_engine_and_threads(extension, jobs, new_job):
    import threading

    entry = jobs.QUEUE.join("long", new_job(steps=1000))
    for _ in drive(jobs.QUEUE, entry):
        if entry.words.startswith("Tracking"):
            break
    pid, threads = jobs.SHARED[0].pid, list(jobs.SHARED[0]._threads)
    extension.unregister()
    try:
        assert not jobs.QUEUE.entries
        assert not jobs.SHARED
        assert not is_running(pid)
        assert not [thread for thread in threads if thread in threading.enumerate()]
    finally:
        extension.register()


def test_second_take_of_a_clip_gets_its_own_folder(empty, part, jobs, picture, tmp_path):
    take = part("faceshot_blender.take")
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    clip = tmp_path / "somebody.mp4"
    clip.write_bytes(b"a clip")
    first = take.plan_take(empty.context.scene, "Held", clip)
    second = take.plan_take(empty.context.scene, "Held", clip, taken={first.folder})
    assert second.folder == Path(f"{first.folder}-2")
    with pytest.raises(part("core.errors").FaceShotError, match="Another job writes"):
        take.plan_take(empty.context.scene, "Held", clip, folder=first.folder, taken={first.folder})
