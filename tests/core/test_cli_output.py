# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line does when nobody listens, when there is no room for its words, and what it says of stages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# The real command line with a verb that works for a while and, once stopped, says so in a file.
BUSY = """
import sys, time
from pathlib import Path
from core import cli, verbs
from core.verbs import Verb
from core.verbs.doctor import DoctorVerb
def busy(options, context):
    try:
        for stage, last in (("Chopping", 3), ("Cooking", 5)):
            for step in range(last + 1):
                context.progress(stage, step, min(max(step, 2), last)); time.sleep(float(sys.argv[1]))
        context.warn("It is hot.")
    finally:
        Path(sys.argv[2]).write_text(f"{stage} {step}")
    return {"verb": "busy"}
verbs.VERBS["busy"] = Verb(name="busy", help="", options=DoctorVerb, run=busy, summary=lambda made: "Served.")
sys.exit(cli.main(["busy", *sys.argv[3:]]))
"""


@pytest.fixture
def busy(repo_root, tmp_path):
    def start(*arguments, seconds: float = 0.0, **settings) -> subprocess.Popen:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return subprocess.Popen(
            [sys.executable, "-c", BUSY, str(seconds), str(tmp_path / "end"), *map(str, arguments)],
            cwd=repo_root,
            env=kept,
            stderr=subprocess.PIPE,
            **settings,
        )

    return start


def ended(process: subprocess.Popen) -> tuple[int, str]:
    _, errors = process.communicate(timeout=60)
    assert b"Traceback" not in errors, errors
    assert b"Exception ignored" not in errors, errors
    return process.returncode, errors.decode()


def test_stages_are_a_line_each_in_a_log(busy):
    code, words = ended(busy(stdout=subprocess.DEVNULL))
    assert code == 0
    assert words.splitlines() == ["Chopping 3/3", "Cooking 5/5", "Warning: It is hot."]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes as on Unix")
def test_work_stops_when_its_reader_has_gone(busy, tmp_path):
    process = busy("--json", seconds=0.2, stdout=subprocess.PIPE)
    process.stdout.readline()
    process.stdout.close()
    code, words = ended(process)
    assert code == 130
    assert "Nobody reads" in words
    assert (tmp_path / "end").read_text() != "Cooking 5", "it did not go on"


@pytest.mark.skipif(sys.platform == "win32", reason="pipes as on Unix")
def test_what_is_done_is_done_though_nobody_hears_it(busy, tmp_path):
    process = busy(seconds=0.05, stdout=subprocess.PIPE)
    process.stdout.close()
    code, _ = ended(process)
    assert code == 0
    assert (tmp_path / "end").read_text() == "Cooking 5"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("where", ["stdout", "file", "stdout, in words"])
def test_no_room_for_the_output(busy, where):
    arguments = ["--json-file", "/dev/full"] if where == "file" else ["--json"] if where == "stdout" else []
    with Path("/dev/full").open("wb") as full:
        code, words = ended(busy(*arguments, stdout=subprocess.DEVNULL if where == "file" else full))
    assert code == 3
    assert words.count("The disk is full") == 1


def test_no_words_at_all_can_be_said(busy, repo_root, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    with Path("/dev/full").open("wb") as full:
        process = busy(stdout=subprocess.PIPE)
        process.communicate(timeout=60)
        buffered = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        quiet = subprocess.run(
            process.args, check=False, cwd=repo_root, env=buffered, stdout=subprocess.PIPE, stderr=full, timeout=60
        )
    assert quiet.returncode == 0
    assert quiet.stdout.decode().strip() == "Served."


def test_the_file_of_lines_is_none_of_the_users(busy, tmp_path):
    picture, lines = tmp_path / "hero.png", tmp_path / "log" / "lines.jsonl"
    picture.write_bytes(b"\x89PNG")
    code, words = ended(busy("--json-file", picture, stdout=subprocess.DEVNULL))
    assert code == 3
    assert "holds no JSON lines" in words
    assert picture.read_bytes() == b"\x89PNG"
    for _ in range(2):
        assert ended(busy("--json-file", lines, stdout=subprocess.DEVNULL))[0] == 0
    messages = [json.loads(line) for line in lines.read_text().splitlines()]
    assert messages[-1]["status"] == "done"
    assert sum(message["type"] == "result" for message in messages) == 1


def test_names_beyond_the_terminal_are_spelt_out(busy, repo_root, tmp_path):
    folder = tmp_path / "Süß ☺"
    done = subprocess.run(
        [sys.executable, "-m", "core", "render", str(folder / "a.png"), "b.npz", "-o", str(folder)],
        check=False,
        cwd=repo_root,
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        timeout=60,
    )
    assert done.returncode == 3
    assert b"S\\xfc\\xdf \\u263a" in done.stderr
    assert b"Traceback" not in done.stderr
