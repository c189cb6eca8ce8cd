# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line as a user and a farm meet it: a process, its output and its exit code."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from core.character import Character
from core.landmarks import LandmarkSequence, template_in_box


@pytest.fixture
def faceshot(repo_root, tmp_path):
    def run(*arguments, **settings):
        return subprocess.run(
            [sys.executable, "-m", "core", *map(str, arguments)],
            check=False,
            cwd=repo_root,
            capture_output=True,
            text=True,
            timeout=120,
            **settings,
        )

    return run


@pytest.fixture
def card_and_driver(tmp_path):
    points = template_in_box((100, 100, 200, 260))
    card, driver = tmp_path / "käse mit loch.character.json", tmp_path / "driver.landmarks.npz"
    Character(points=points, size=(400, 500)).save(card)
    moving = np.stack([points + np.array([k, 0]) for k in range(5)])
    LandmarkSequence(points=moving, size=(400, 500), fps=25.0, time=np.arange(5) / 25).save(driver)
    return card, driver


def test_a_verb_prints_what_it_made(faceshot, card_and_driver, tmp_path):
    card, driver = card_and_driver
    out = tmp_path / "out put.landmarks.npz"
    done = faceshot("retarget", driver, card, "-o", out, "--reference", "first")
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout
    assert len(LandmarkSequence.load(out)) == 5


def test_json_lines_end_with_the_result(faceshot, card_and_driver, tmp_path):
    card, driver = card_and_driver
    lines = tmp_path / "log" / "lines.jsonl"
    out = tmp_path / "o.landmarks.npz"
    done = faceshot("retarget", driver, card, "-o", out, "--reference", "first", "--json", "--json-file", lines)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert messages[-1]["type"] == "result"
    assert messages[-1]["status"] == "done"
    assert messages[-1]["frame_count"] == 5
    assert [json.loads(line) for line in lines.read_text().splitlines()] == messages


@pytest.mark.parametrize(
    ("arguments", "code", "slug", "words"),
    [
        (["juggle"], 2, "usage", "juggle"),
        (["track"], 2, "usage", "CLIP"),
        (["retarget", "no.npz", "no.json", "-o", "x.npz"], 3, "input-missing", "no.npz"),
        (["render", "no.png", "no.npz", "-o", "x"], 3, "input-missing", "no.png"),
        (["animate", "no.png", "no.mp4", "-o", "x"], 3, "input-missing", "no.png"),
        (["track", "no.mp4", "-o", "x.npz", "--smooth", "7"], 2, "usage", "smooth"),
        (["models", "fetch"], 2, "usage", "what"),
        (["models", "fetch", "mesh-9000"], 2, "usage", "mesh-9000"),
    ],
)
def test_a_failure_has_its_code_and_words(faceshot, arguments, code, slug, words):
    done = faceshot(*arguments, "--json")
    assert done.returncode == code, done.stderr
    failure = json.loads(done.stdout.splitlines()[-1])
    assert failure["status"] == "failed"
    assert failure["error"]["code"] == slug
    assert words in failure["error"]["message"] + failure["error"]["hint"]
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unwritable_output_is_said(faceshot, card_and_driver, tmp_path):
    card, driver = card_and_driver
    (tmp_path / "file").write_text("no folder")
    done = faceshot("retarget", driver, card, "-o", tmp_path / "file" / "x.npz", "--reference", "first")
    assert done.returncode == 3
    assert "Cannot write" in done.stderr


def test_doctor_shows_every_variable_and_needs_no_model(faceshot, tmp_path):
    done = faceshot("doctor")
    assert done.returncode == 0, done.stderr
    for name in ("ENGINE", "CACHE", "MODELS", "DEVICE", "THREADS", "OFFLINE", "LOG"):
        assert f"FACESHOT_{name}" in done.stdout


def test_a_terminated_run_says_cancelled(repo_root, tmp_path):
    # Without a clip at hand, a verb that waits: reading a driver from a pipe that nobody writes to.
    script = (
        "import os, signal, sys, time\n"
        "from core import cli, verbs\n"
        "from core.verbs import Verb\n"
        "from core.verbs.doctor import DoctorVerb\n"
        "def wait(options, context):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    for step in range(100):\n"
        "        context.progress('Waiting', step, 100); time.sleep(0.05)\n"
        "verbs.VERBS['wait'] = Verb(name='wait', help='', options=DoctorVerb, run=wait)\n"
        "sys.exit(cli.main(['wait', '--json']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=repo_root, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 130, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["error"]["code"] == "cancelled"
