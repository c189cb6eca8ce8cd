# SPDX-License-Identifier: GPL-3.0-or-later
"""The file is left, or Blender, while jobs run: they end, or go on, as the user has chosen. Never half of a result."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest


@pytest.fixture
def begin(window, shot):
    """begin() presses Animate and pauses in the midst of it; go_on() lets the engine work on."""
    wait = shot.parent / "wait"
    wait.touch()

    def begin(**options):
        operator = window.press(**options)
        assert operator.outcome == {"RUNNING_MODAL"}, operator.said
        window.pump(lambda: window.queue.first.job.status.done == 2)
        return operator

    begin.go_on = wait.unlink
    return begin


@pytest.fixture
def take(shot) -> Path:
    return shot.parent / "faceshot" / "Held" / "somebody"


def load(empty, window, path: Path | None = None) -> None:
    """Another file, as a window loads it: the operators are taken away with the old one."""
    if path is None:
        empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    else:
        empty.ops.wm.open_mainfile(filepath=str(path))
    window.leave()


def is_running(pid: int) -> bool:
    """A process that has ended and that nobody has asked about counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def until(true, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_job_ends_with_its_file(empty, window, begin, take, part):
    begin()
    engine = part("faceshot_blender.jobs").SHARED[0]
    load(empty, window)
    assert not window.queue.entries
    assert engine.alive, "the engine stays warm"
    begin.go_on()
    window.pump()
    assert not (take / "result.json").exists()
    assert not empty.data.objects
    assert window.queue.failure is None


def test_job_finishes_and_waits_to_be_imported(empty, window, begin, take, shot, let_finish, dump):
    let_finish()
    begin()
    window.press(folder="//second")
    load(empty, window)
    assert len(window.queue.entries) == 2
    before = dump()
    begin.go_on()
    window.pump()
    assert dump() == before
    assert (take / "result.json").is_file()
    assert (shot.parent / "second" / "result.json").is_file()
    told = window.queue.failure
    assert told.done
    assert told.message.startswith("Done. It was asked for in shot.blend, which is not open")
    assert (told.folder, told.report) == (shot.parent / "second", "")
    assert "File > Import > FaceShot Result" in told.remedy
    assert empty.ops.faceshot.import_result(filepath=str(take)) == {"FINISHED"}
    assert [image.source for image in empty.data.images if image.source == "SEQUENCE"]


def test_job_of_a_file_that_is_open_again_is_applied(empty, window, begin, take, shot, let_finish):
    let_finish()
    begin()
    load(empty, window)
    load(empty, window, shot)
    begin.go_on()
    window.pump()
    assert window.queue.failure is None
    assert empty.data.objects["Held"].material_slots[0].link == "OBJECT"


def test_plane_renamed_in_the_saved_file_is_known_by_its_mark(empty, window, begin, shot, picture, part, let_finish):
    let_finish()
    begin()
    empty.data.objects["Held"].name = "Heldin"
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.ops.wm.save_mainfile()
    load(empty, window)
    load(empty, window, shot)
    begin.go_on()
    window.pump()
    shown = {name: empty.data.objects[name].material_slots[0].link for name in ("Held", "Heldin")}
    assert shown == {"Held": "DATA", "Heldin": "OBJECT"}


def test_job_of_a_file_that_was_never_saved(empty, window, begin, shot, take, let_finish, tmp_path, monkeypatch):
    let_finish()
    load(empty, window)
    part_scene = empty.context.scene
    assert part_scene
    empty.ops.faceshot.make_plane(filepath=str(next(tmp_path.glob("*.png"))))
    plane = empty.context.view_layer.objects.active.name
    refused = window.press(plane=plane, clip=str(tmp_path / "somebody.mp4"))
    assert refused.outcome == {"CANCELLED"}
    assert "not saved yet" in window.queue.failure.message
    begin(plane=plane, clip=str(tmp_path / "somebody.mp4"), folder=str(tmp_path / "out"))
    load(empty, window)
    begin.go_on()
    window.pump()
    assert "asked for in a file that was not saved" in window.queue.failure.message
    assert (tmp_path / "out" / "result.json").is_file()


def test_file_that_cannot_be_loaded_leaves_the_job_where_it_was(empty, window, begin, shot, let_finish):
    let_finish()
    begin()
    broken = shot.parent / "broken.blend"
    broken.write_bytes(b"BLENDER nothing")
    with pytest.raises(RuntimeError):
        empty.ops.wm.open_mainfile(filepath=str(broken))
    begin.go_on()
    window.pump()
    assert empty.data.objects["Held"].material_slots[0].link == "OBJECT"


def test_closed_window_leaves_the_job_alone(empty, window, begin):
    begin()
    window.leave()
    assert window.queue.first.alone
    begin.go_on()
    window.pump()
    assert empty.data.objects["Held"].material_slots[0].link == "OBJECT"


def test_failure_after_the_file_was_left_is_told(empty, window, begin, part, let_finish):
    let_finish()
    begin()
    load(empty, window)
    os.kill(part("faceshot_blender.jobs").SHARED[0].pid, 9)
    window.pump()
    assert "The engine ended in the middle of its work" in window.queue.failure.message
    assert not window.queue.failure.done


def test_blender_goes_and_the_jobs_end(extension, window, begin, take, part):
    begin()
    engine = part("faceshot_blender.jobs").SHARED[0]
    window.leave()
    extension.unregister()
    try:
        assert not is_running(engine.pid)
        assert not (take / "result.json").exists()
        assert not window.queue.entries
        assert not [thread for thread in engine._threads if thread in threading.enumerate()]
    finally:
        extension.register()


def test_blender_goes_and_the_engine_finishes_all(extension, window, begin, take, shot, part, let_finish):
    let_finish()
    begin()
    window.press(folder="//second")
    engine = part("faceshot_blender.jobs").SHARED[0]
    window.leave()
    extension.unregister()
    try:
        assert not window.queue.entries
        assert not [thread for thread in engine._threads if thread in threading.enumerate()]
        assert is_running(engine.pid)
        assert not (take / "result.json").exists()
        begin.go_on()
        until(lambda: not is_running(engine.pid))
        for folder in (take, shot.parent / "second"):
            assert json.loads((folder / "result.json").read_text())["frame_count"] == 12
    finally:
        extension.register()


def reopen(empty, extension, window, shot) -> None:
    """Blender goes, comes again, and the file is opened."""
    window.leave()
    extension.unregister()
    extension.register()
    empty.ops.wm.open_mainfile(filepath=str(shot))


def test_what_became_of_a_job_is_said_when_its_file_is_open_again(
    empty, extension, window, begin, take, shot, part, let_finish, draw
):
    let_finish()
    begin()
    window.press(folder="//second")
    engine = part("faceshot_blender.jobs").SHARED[0]
    reopen(empty, extension, window, shot)
    assert window.queue.failure is None, "they still run"
    begin.go_on()
    until(lambda: not is_running(engine.pid))
    error = {"code": "no-face", "exit_code": 4, "message": "No face in it.", "hint": "Try another."}
    (take / "faceshot-failure.json").write_text(
        json.dumps({"format": "faceshot.failure", "error": error, "report": "Traceback ..."})
    )
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert window.queue.failure is None, "it is the other file's"
    empty.ops.wm.open_mainfile(filepath=str(shot))
    failed = window.queue.failure
    assert (failed.title, failed.message, failed.done) == ("Held, somebody", "No face in it.", False)
    assert "Traceback ..." in failed.report
    empty.ops.faceshot.dismiss_report()
    done = window.queue.failure
    assert done.done
    assert done.message == f"Done while this file was closed. It is in {shot.parent / 'second'}."
    assert empty.ops.faceshot.import_result(filepath=str(done.folder), plane="Held") == {"FINISHED"}
    empty.ops.faceshot.dismiss_report()
    assert window.queue.failure is None
    empty.ops.wm.open_mainfile(filepath=str(shot))
    assert window.queue.failure is None, "it is said once"


def test_a_job_that_was_killed_after_blender_went_is_said_to_be_unfinished(
    empty, extension, window, begin, shot, part, let_finish, monkeypatch
):
    let_finish()
    begin()
    engine = part("faceshot_blender.jobs").SHARED[0]
    reopen(empty, extension, window, shot)
    os.kill(engine.pid, 9)
    until(lambda: not is_running(engine.pid))
    monkeypatch.setattr(part("faceshot_blender.left_behind"), "_BETWEEN", 0.0)
    empty.ops.wm.open_mainfile(filepath=str(shot))
    assert "is not finished" in window.queue.failure.message
    assert "Animate again" in window.queue.failure.remedy


def test_cancelled_job_is_not_finished_alone(extension, window, begin, take, part, let_finish):
    let_finish()
    begin()
    engine = part("faceshot_blender.jobs").SHARED[0]
    window.queue.cancel()
    extension.unregister()
    try:
        assert not is_running(engine.pid)
        assert not (take / "result.json").exists()
    finally:
        extension.register()


def test_job_that_works_for_no_scene_goes_on_in_any_case(empty, window, part, fake_engine, monkeypatch):
    job, host = part("faceshot_blender.job"), part("faceshot_blender.host")
    setup = fake_engine("good")
    monkeypatch.setattr(host, "engine_setup", lambda: setup)
    entry = window.queue.join("Fetch Face Network", job.Job("echo", {}, host.shared_engine, keep_engine=True))
    window.queue.step(entry)
    load(empty, window)
    assert window.queue.entries == [entry]
    window.pump()
    assert window.queue.failure is None
    assert entry.job.result


def test_what_should_not_happen_is_told_with_its_traceback(empty, window, begin, part, monkeypatch):
    begin()
    monkeypatch.setattr(part("faceshot_blender.take"), "assemble", lambda *_, **__: 1 / 0)
    operator = window.running[0]
    begin.go_on()
    window.pump()
    assert operator.outcome == {"CANCELLED"}
    assert "should not (ZeroDivisionError" in window.queue.failure.message
    assert "Traceback" in window.queue.failure.report
    assert window.queue.failure.folder is not None, "it can be imported all the same"
