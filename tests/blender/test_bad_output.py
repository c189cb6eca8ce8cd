# SPDX-License-Identifier: GPL-3.0-or-later
"""Where results cannot go: read-only or full places, folders that vanish, a second Blender. Words and a remedy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def mount(tmp_path):
    """mount(name, options) is a small file system of its own below tmp_path."""
    mounted = []

    def mount(name: str, options: str) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    if sys.platform != "linux" or shutil.which("mount") is None:
        pytest.skip("a full or read-only disk cannot be made here")
    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def refused(window, operator, *words: str) -> None:
    assert operator.outcome == {"CANCELLED"}
    failure = window.queue.failure
    for word in words:
        assert word in failure.message, failure.message
    assert failure.remedy
    level, said = operator.said[-1]
    assert (level, said) == ("ERROR", f"{failure.message} {failure.remedy}")
    assert "Traceback" not in failure.report


def test_read_only_share(window, shot, mount, dump):
    share = mount("share", "ro")
    before = dump()
    operator = window.press(folder=str(share / "take"))
    refused(window, operator, f"Cannot write {share / 'take'} (Read-only file system)")
    assert "another output folder" in window.queue.failure.remedy
    assert not window.queue.entries
    assert dump() == before


def test_blend_on_a_read_only_share(empty, window, shot, mount, dump, tmp_path):
    share = mount("share", "size=8m")
    empty.ops.wm.save_as_mainfile(filepath=str(share / "shot.blend"))
    subprocess.run(["mount", "-o", "remount,ro", str(share)], check=True)
    before = dump()
    clip = str(tmp_path / "somebody.mp4")
    refused(window, window.press(clip=clip), f"Cannot write {share / 'faceshot' / 'Held' / 'somebody'}")
    assert dump() == before
    done = window.press(clip=clip, folder=str(tmp_path / "elsewhere"))
    window.pump()
    assert done.outcome == {"FINISHED"}, done.said


def test_unsaved_blend(empty, part, window, shot, picture, dump, tmp_path):
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    assert not empty.context.scene.faceshot_choices.clip  # Blender notes that it was read
    before = dump()
    clip = str(tmp_path / "somebody.mp4")
    refused(window, window.press(plane="Held", clip=clip), "not saved yet")
    assert "Save it first, or choose an output folder" in window.queue.failure.remedy
    assert dump() == before
    done = window.press(plane="Held", clip=clip, folder=str(tmp_path / "out"))
    window.pump()
    assert done.outcome == {"FINISHED"}, done.said


def test_full_disk_for_a_picture_that_is_no_file(empty, part, window, shot, mount, dump, tmp_path):
    import numpy as np

    image = empty.data.images.new("Painted", 256, 256)
    noise = np.random.default_rng(0).random(256 * 256 * 4, np.float32)
    image.pixels.foreach_set(noise)
    node = part("faceshot_blender.scene.plane").find_plane(empty.context.scene, "Held").node
    node.image = image
    disk = mount("disk", "size=64k")
    before = dump()
    refused(window, window.press(folder=str(disk / "take")), f"The disk is full; could not write {disk / 'take'}")
    assert "Free some space" in window.queue.failure.remedy
    assert dump() == before
    assert not [path for path in disk.rglob("*") if path.is_file()]


def test_engine_that_meets_a_full_disk(empty, part, window, shot, fake_engine, monkeypatch, dump):
    setup = fake_engine("refuses", FAKE_CODE="disk-full", FAKE_MESSAGE="The disk is full; could not write /x/1.png.")
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    before = dump()
    operator = window.press()
    window.pump()
    refused(window, operator, "The disk is full; could not write /x/1.png.")
    assert dump() == before


def test_folder_that_vanishes_before_the_result_is_used(empty, part, window, shot, dump):
    job_module = part("faceshot_blender.job")
    before = dump()
    operator = window.press()
    folder = window.queue.first.folder
    window.pump(lambda: window.queue.first.job.status.state is job_module.State.RUNNING)
    entry = window.queue.first
    while not entry.job.status.state.ended:
        entry.job.step()
    shutil.rmtree(folder)
    window.pump()
    refused(window, operator, f"There is no finished result in {folder}")
    assert dump() == before


@pytest.mark.parametrize("gone", ["proxy/000007.png", "sound.wav", "proxy"])
def test_file_that_vanishes_before_the_result_is_used(empty, part, window, shot, dump, gone):
    before = dump()
    operator = window.press()
    entry = window.queue.first
    while not entry.job.status.state.ended:
        window.queue.step(entry)
    path = entry.folder / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    window.pump()
    refused(window, operator, str(entry.folder))
    assert "Animate again" in window.queue.failure.remedy
    assert dump() == before


HOLD = "import sys; from pathlib import Path; from core.folder_lock import FolderLock as L\n"
HOLD += "with L(Path(sys.argv[1])): print(flush=True); sys.stdin.read()\n"


@pytest.fixture
def second_blender(repo_root_of_tests):
    """second_blender(folder) has another process write to that folder; its pid."""
    running = []

    def start(folder: Path) -> int:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(folder)],
            cwd=repo_root_of_tests,
            env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        running.append(process)
        process.stdout.readline()
        return process.pid

    yield start
    for process in running:
        process.communicate()


@pytest.fixture
def repo_root_of_tests() -> Path:
    return Path(__file__).resolve().parents[2]


def test_second_blender_on_the_same_folder(window, shot, second_blender, dump, tmp_path):
    pid = second_blender(tmp_path / "out")
    before = dump()
    refused(window, window.press(folder="//out"), f"is writing to {tmp_path / 'out'}: process {pid} on ")
    assert "Wait for it, or choose another output folder" in window.queue.failure.remedy
    assert dump() == before


def test_second_blender_on_the_same_blend_gets_its_own_folder(window, shot, second_blender, tmp_path):
    base = tmp_path / "faceshot" / "Held"
    second_blender(base / "somebody")
    done = window.press()
    window.pump()
    assert done.outcome == {"FINISHED"}, done.said
    assert json.loads((base / "somebody-2" / "result.json").read_text())["frame_count"] == 12


def test_lock_of_a_dead_blender_is_no_hindrance(part, window, shot, tmp_path):
    lock = part("core.folder_lock")
    folder = tmp_path / "faceshot" / "Held" / "somebody"
    with lock.FolderLock(folder):
        facts = json.loads((folder / lock.LOCK).read_text())
    folder.mkdir(parents=True)
    (folder / lock.LOCK).write_text(json.dumps(facts | {"pid": 2**22 - 1, "process": "1"}))
    done = window.press()
    window.pump()
    assert done.outcome == {"FINISHED"}, done.said
    assert (folder / "result.json").is_file()
