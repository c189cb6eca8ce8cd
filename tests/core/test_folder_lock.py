# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time in an output folder: who is refused, who takes over, what is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core import folder_lock
from core.errors import ErrorCode, FaceShotError
from core.folder_lock import LOCK, FolderLock, holder_of

# Holds the folder until its input closes.
HOLD = """
import sys
from pathlib import Path
from core.folder_lock import FolderLock
with FolderLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(repo_root):
    """other(folder) is another process that holds the folder."""
    running = []

    def start(folder: Path) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)],
            cwd=repo_root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def from_elsewhere(path: Path, *, silent: float) -> None:
    """Make the lock at `path` one of another machine that was silent for so long."""
    facts = json.loads(path.read_text()) | {"host": "farm-3", "machine": "farm-3 x", "token": "theirs", "pid": 1}
    path.write_text(json.dumps(facts))
    then = time.time() - silent
    os.utime(path, (then, then))


def lock_of_elsewhere(folder: Path, *, silent: float) -> Path:
    with FolderLock(folder):
        data = (folder / LOCK).read_bytes()
    folder.mkdir(exist_ok=True)
    (folder / LOCK).write_bytes(data)
    from_elsewhere(folder / LOCK, silent=silent)
    return folder / LOCK


def test_folder_is_held_and_let_go(tmp_path):
    folder = tmp_path / "a" / "ö b"
    with FolderLock(folder) as lock:
        lock.check()
        holder = holder_of(folder)
        assert (holder.pid, holder.words().startswith(f"process {os.getpid()} on ")) == (os.getpid(), True)
        (folder / "frame.png").touch()
    assert [path.name for path in folder.iterdir()] == ["frame.png"]
    assert holder_of(folder) is None


def test_folder_that_stays_empty_is_taken_away_again(tmp_path):
    with FolderLock(tmp_path / "a" / "b"):
        assert (tmp_path / "a" / "b").is_dir()
    assert not (tmp_path / "a").exists()
    (tmp_path / "mine").mkdir()
    with FolderLock(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine").is_dir()


def test_second_run_is_refused_with_the_name_of_the_first(tmp_path, other):
    process = other(tmp_path)
    with pytest.raises(FaceShotError) as refused, FolderLock(tmp_path):
        pass
    assert refused.value.code is ErrorCode.OUTPUT_UNWRITABLE
    assert f"process {process.pid} on" in refused.value.message
    assert str(tmp_path) in refused.value.message
    assert "another output folder" in refused.value.hint
    with pytest.raises(FaceShotError, match="is writing to"), FolderLock(tmp_path / "take", beside=[tmp_path]):
        pass
    assert not (tmp_path / "take").exists()
    process.communicate("")
    with FolderLock(tmp_path):
        assert holder_of(tmp_path).pid == os.getpid()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a dead owner is known by its silence alone")
def test_lock_of_a_killed_run_is_taken_over_at_once(tmp_path, other):
    process = other(tmp_path)
    process.send_signal(signal.SIGKILL)
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    assert (tmp_path / LOCK).exists()
    assert holder_of(tmp_path) is None  # although its parent has not asked for its end yet
    with FolderLock(tmp_path):
        assert holder_of(tmp_path).pid == os.getpid()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs to know when a process began")
def test_number_that_another_process_has_now_is_no_owner(tmp_path, other):
    path = tmp_path / LOCK
    with FolderLock(tmp_path):
        facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"process": "1", "token": "old"}))
    assert holder_of(tmp_path) is None
    with FolderLock(tmp_path):
        assert holder_of(tmp_path).process == facts["process"]


def test_silent_machine_loses_its_lock_and_a_living_one_does_not(tmp_path):
    lock_of_elsewhere(tmp_path, silent=20)
    assert holder_of(tmp_path).host == "farm-3"
    with pytest.raises(FaceShotError, match="process 1 on farm-3, since"), FolderLock(tmp_path):
        pass
    lock_of_elsewhere(tmp_path / "b", silent=100)
    with FolderLock(tmp_path / "b", watch=0.01):
        assert holder_of(tmp_path / "b").pid == os.getpid()


def test_machine_whose_clock_is_wrong_is_seen_to_be_alive(tmp_path):
    path = lock_of_elsewhere(tmp_path, silent=1000)
    ended = threading.Event()

    def beat():
        then = time.time() - 1000
        while not ended.wait(0.02):
            then += 1
            os.utime(path, (then, then))

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        with pytest.raises(FaceShotError, match="farm-3"), FolderLock(tmp_path, watch=1.0):
            pass
    finally:
        ended.set()
        thread.join()


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"format": "faceshot.lock", "pid": "x"}', b"\xff\xfe"])
def test_lock_that_cannot_be_read_counts_until_it_is_old(tmp_path, data):
    (tmp_path / LOCK).write_bytes(data)
    with pytest.raises(FaceShotError, match="is writing to"), FolderLock(tmp_path, watch=0.01):
        pass
    os.utime(tmp_path / LOCK, (1, 1))
    with FolderLock(tmp_path, watch=0.01):
        assert holder_of(tmp_path).pid == os.getpid()


def test_work_stops_in_a_folder_that_vanished_or_was_taken(tmp_path):
    told = []
    folder = tmp_path / "out"
    with FolderLock(folder) as lock:
        progress = lock.watched(lambda *step: told.append(step))
        progress("Rendering", 1, 2)
        (folder / LOCK).unlink()
        folder.rmdir()
        with pytest.raises(FaceShotError, match=r"out was removed or emptied while .* cache"):
            lock.check()
        with pytest.raises(FaceShotError, match="removed or emptied"):
            progress("Rendering", 2, 2)
    assert told == [("Rendering", 1, 2)]
    with FolderLock(folder) as lock:
        from_elsewhere(folder / LOCK, silent=0)
        with pytest.raises(FaceShotError, match="process 1 on farm-3"):
            lock.check()
    assert json.loads((folder / LOCK).read_text())["token"] == "theirs"  # theirs is left alone


def test_what_comes_of_a_lost_folder_is_told_as_that(tmp_path):
    missing = FaceShotError(ErrorCode.INPUT_MISSING, "No picture at 000003.png.")

    def run(error: BaseException, *, lose: bool) -> None:
        with FolderLock(tmp_path / "out"):
            if lose:
                (tmp_path / "out" / LOCK).unlink()
            raise error

    for error in (missing, OSError("gone")):
        with pytest.raises(FaceShotError, match="removed or emptied"):
            run(error, lose=True)
    with pytest.raises(FaceShotError, match="No picture"):
        run(missing, lose=False)
    with pytest.raises(KeyboardInterrupt):
        run(KeyboardInterrupt(), lose=True)


def test_lock_that_somebody_quicker_made_is_left_alone(tmp_path):
    path = tmp_path / LOCK
    lock_of_elsewhere(tmp_path, silent=1000)
    stale = folder_lock._read(path)
    path.unlink()
    with FolderLock(tmp_path) as lock:
        folder_lock._remove_stale(path, stale)
        lock.check()
        assert [each.name for each in tmp_path.iterdir()] == [LOCK]


def test_taking_over_that_was_killed_half_way_is_gone_on_with(tmp_path):
    path = lock_of_elsewhere(tmp_path, silent=1000)
    guard = path.with_name(f"{LOCK}.part")
    guard.touch()
    with pytest.raises(FaceShotError, match="farm-3"), FolderLock(tmp_path, watch=0.01):
        pass
    os.utime(guard, (1, 1))
    with FolderLock(tmp_path, watch=0.01):
        assert [each.name for each in tmp_path.iterdir()] == [LOCK]


def test_many_at_once_and_one_holds(tmp_path):
    lock_of_elsewhere(tmp_path, silent=1000)
    inside, most, refused = [], [], []
    together = threading.Barrier(8)

    def run():
        together.wait()
        try:
            with FolderLock(tmp_path, watch=0.05):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.3)
                inside.pop()
        except FaceShotError as error:
            refused.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert set(refused) == {ErrorCode.OUTPUT_UNWRITABLE}
    assert len(refused) + len(most) == 8


def test_heartbeat_touches_the_lock(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_lock, "BEAT_SECONDS", 0.02)
    with FolderLock(tmp_path):
        os.utime(tmp_path / LOCK, (1, 1))
        while (tmp_path / LOCK).stat().st_mtime < 2:
            time.sleep(0.01)


def test_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(FaceShotError) as refused, FolderLock(folder):
            pass
        assert refused.value.code is ErrorCode.OUTPUT_UNWRITABLE
