# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands as a farm runs them: the built zip, a fresh home, real Blender, the real engine, a real clip."""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.picture import read_picture

SCRIPTS = Path(__file__).with_name("scripts")
PLANE = "Käte mit Hut"


def look(blender, blend: Path, folder: Path, *frames: int) -> dict:
    folder.mkdir()
    words = ["-b", blend, "--python-exit-code", "3", "--python", SCRIPTS / "look_at.py", "--", folder, *frames]
    done = blender.run(words, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "facts.json").read_text())


def result_of(done) -> dict:
    """The last JSON line; Blender prints lines of its own between ours."""
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stdout + done.stderr
    assert lines[-1]["type"] == "result"
    return lines[-1]


def unlike(first: Path, second: Path) -> float:
    """Mean difference of two pictures of one size, in 8-bit steps."""
    a, b = read_picture(first).rgb8().astype(float), read_picture(second).rgb8().astype(float)
    return float(np.abs(a - b).mean())


def test_plane_and_clip_to_a_new_blend(blender, engine, material, shot, tmp_path):
    clip, before = material[1], shot.read_bytes()
    target = tmp_path / "Abgabe é" / "shot 010 v2.blend"
    report = tmp_path / "report.jsonl"
    words = ["--plane", PLANE, "--clip", clip, "--save", target, "--end", "1.5", "--json", "--json-file", report]
    done = blender.run(["-b", shot, "--command", "faceshot", "animate", *words], env=engine, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = result_of(done)
    assert [json.loads(line) for line in report.read_text().splitlines()][-1] == result
    assert result["frame_count"] == 36
    assert (result["plane"], result["frame_start"], result["frame_end"]) == (PLANE, 101, 136)
    assert shot.read_bytes() == before
    folder = shot.parent / "faceshot" / PLANE / clip.stem
    assert sorted(path.name for path in (folder / "proxy").glob("*.png")) == [f"{k:06d}.png" for k in range(1, 37)]
    assert "Traceback" not in done.stderr

    facts = look(blender, target, tmp_path / "seen", 101, 110, 125, 136)
    assert all(
        image["there"] and image["stored"].startswith("//")
        for image in (*facts["images"].values(), *facts["sounds"].values())
    ), facts
    scene, edit = facts["scenes"]["Scene"], facts["scenes"]["Scene Edit"]
    assert (scene["fps"], edit["fps"]) == (24, 24)
    assert [(s["type"], s["start"]) for s in scene["strips"]] == [("SOUND", 101)]
    assert {s["type"]: (s["start"], s["end"]) for s in edit["strips"]}["IMAGE"] == (101, 137)
    for place in ("shot", "edit"):
        for frame in (101, 110, 125, 136):
            shown = tmp_path / "seen" / f"{place}-{frame}.png"
            own = unlike(shown, folder / "proxy" / f"{frame - 100:06d}.png")
            assert own < 2.5, (place, frame)
            other = unlike(shown, folder / "proxy" / f"{1 if frame > 115 else 36:06d}.png")
            assert own < 0.7 * other, "it is this very frame, not another"


def test_files_alone(blender, engine, material, tmp_path):
    picture, clip = material
    words = [picture, clip, "-o", tmp_path / "out ü", "--end", "0.4", "--save", tmp_path / "neu"]
    done = blender.run(["-b", "--command", "faceshot", "--", "animate", *words], env=engine, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Saved: " in done.stdout
    facts = look(blender, tmp_path / "neu.blend", tmp_path / "seen", 5)
    assert facts["images"]
    assert all(image["there"] for image in facts["images"].values())
    assert unlike(tmp_path / "seen" / "shot-5.png", tmp_path / "out ü" / "proxy" / "000005.png") < 2.5


def test_failures_end_with_their_code(blender, engine, material, shot, tmp_path):
    clip = material[1]
    text = tmp_path / "text.mp4"
    text.write_text("I am no video")
    (tmp_path / "a file").write_text("in the way")
    target = tmp_path / "x.blend"
    plane = ["--plane", PLANE, "--clip"]
    for code, words in (
        (2, ["dance"]),
        (2, ["animate", *plane, clip]),
        (3, ["animate", *plane, tmp_path / "gone.mp4", "--save", target]),
        (3, ["animate", *plane, text, "--save", target]),
        (3, ["animate", *plane, clip, "--save", shot]),
        (3, ["animate", *plane, clip, "--save", target, "-o", tmp_path / "a file" / "below"]),
        (3, ["animate", *plane, clip, "--save", "/proc/x.blend"]),
        (3, ["animate", *plane, clip, "--save", target, "-o", "/proc/out"]),
        (3, ["animate", "--plane", "Nobody", "--clip", clip, "--save", target]),
        (3, ["assemble", tmp_path, "--save", target]),
    ):
        done = blender.run(["-b", shot, "--command", "faceshot", *words], env=engine)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        assert "Error: " in done.stderr
        assert "Traceback" not in done.stderr
        assert not target.exists()
    done = blender.run(
        ["-b", shot, "--command", "faceshot", "animate", *plane, clip, "--save", target, "--json"],
        env={**engine, "FACESHOT_ENGINE": "/nowhere"},
    )
    assert done.returncode == 5
    assert result_of(done)["error"]["code"] == "engine-missing"


def test_from_the_zip_alone(blender, material, tmp_path):
    """What a user does who has nothing but Blender and the zip: make the engine, fetch the network, animate."""
    certificates = ssl.get_default_verify_paths().cafile
    # empty: nothing of this machine's is to help
    env = {"FACESHOT_CACHE": str(tmp_path / "cache"), "FACESHOT_MODELS": "", "FACESHOT_ENGINE": ""}
    if certificates:
        # a machine's own certificates are not those of the tree that a Debian Blender lives in
        shutil.copy(certificates, tmp_path / "certificates.crt")
        env |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE"), str(tmp_path / "certificates.crt"))
    command = ["--command", "faceshot"]
    done = blender.run(["-b", *command, "engine", "make", "--json"], env=env)
    assert done.returncode == 5
    assert "--online-mode" in done.stderr, "nothing is fetched unasked"
    for words in (["engine", "make"], ["models", "fetch", "mesh-468"]):
        done = blender.run(["-b", "--online-mode", *command, *words, "--json"], env=env, timeout=600)
        error = result_of(done).get("error", {})
        if error.get("code") in ("offline", "engine-missing"):
            pytest.skip(f"no engine can be made here: {error['message']}")
        assert done.returncode == 0, done.stdout + done.stderr
    words = [*material, "-o", tmp_path / "out", "--save", tmp_path / "new.blend", "--end", "0.4", "--json"]
    done = blender.run(["-b", *command, "animate", *words], env=env, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert result_of(done)["model"] == "mesh-468"
    assert (tmp_path / "new.blend").exists()


# ---- killed half-way ---------------------------------------------------------------------------------------------


def processes(marker: str) -> Iterator[tuple[int, list[str]]]:
    """(pid, command line) of everything that was started with `marker` in its environment."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if marker.encode() in (entry / "environ").read_bytes():
                    words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
                    yield int(entry.name), words
            except OSError:
                continue


def find(marker: str, *, engine: bool) -> int | None:
    for pid, words in processes(marker):
        is_engine = "core" in words and "serve" in words
        if is_engine == engine and (is_engine or words[0].rpartition("/")[2] == "blender"):
            return pid
    return None


@pytest.fixture
def long_run(blender, engine, material, shot, tmp_path):
    """long_run(strike): animates and calls strike(pid of Blender, pid of the engine) once some frames are there."""

    def run(strike):
        target = tmp_path / "x.blend"
        words = ["-b", shot, "--command", "faceshot", "animate", "--plane", PLANE, "--clip", material[1], "--end", "4"]
        box = []
        thread = threading.Thread(
            target=lambda: box.append(blender.run([*words, "--save", target, "--json"], env=engine, timeout=200))
        )
        thread.start()
        cache = engine["FACESHOT_CACHE"]
        end = time.monotonic() + 150
        while time.monotonic() < end and thread.is_alive():
            if len(list(shot.parent.glob("faceshot/*/*/proxy/*.png"))) >= 5:
                break
            time.sleep(0.02)
        pids = find(cache, engine=False), find(cache, engine=True)
        assert all(pids), pids
        strike(*pids)
        thread.join(60)
        assert box, "Blender did not end"
        gone = time.monotonic() + 10
        while list(processes(cache)) and time.monotonic() < gone:
            time.sleep(0.1)
        assert not list(processes(cache)), "something was left running"
        assert not target.exists()
        # what is there is whole
        for path in shot.parent.glob("faceshot/*/*/proxy/*.png"):
            assert read_picture(path).size
        assert not list(shot.parent.glob("faceshot/**/result.json"))
        return box[0], words, target

    return run


def finish(blender, engine, words, target) -> dict:
    done = blender.run([*words, "--save", target, "--json"], env=engine, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    result = result_of(done)
    assert result["from_cache"] >= 3, "frames that were done are not made again"
    assert target.exists()
    return result


def test_engine_killed(blender, engine, long_run, shot):
    done, words, target = long_run(lambda blender, engine: os.kill(engine, signal.SIGKILL))
    assert done.returncode == 1
    error = result_of(done)["error"]
    assert error["code"] == "engine-lost"
    assert "SIGKILL" in error["message"]
    assert "Run it again" in error["hint"]
    result = finish(blender, engine, words, target)
    assert len(list(shot.parent.glob("faceshot/*/*"))) == 1, "the take that was begun is gone on with"
    assert result["warnings"] is not None


def test_blender_killed(blender, engine, long_run, shot):
    _, words, target = long_run(lambda blender, engine: os.kill(blender, signal.SIGKILL))
    assert not [path for path in shot.parent.rglob("*") if path.name.endswith((".part", "@"))]
    finish(blender, engine, words, target)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_blender_told_to_stop(long_run, shot, name):
    done, _, _ = long_run(lambda blender, engine: os.kill(blender, getattr(signal, name)))
    assert done.returncode == 130
    assert result_of(done)["error"]["code"] == "cancelled"
    assert not [path for path in shot.parent.rglob("*") if path.name.endswith((".part", "@"))]
