# SPDX-License-Identifier: GPL-3.0-or-later
"""`animate` opens no network connection: seen from within Python, and from the kernel's side."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.core.verbs.processes import command_line, environment

GUARD = """
import os
def guard(event, arguments):
    if event.split(".")[0] in ("socket", "urllib", "http", "ftplib", "smtplib") and event != "socket.__new__":
        os.write(2, f"NETWORK {event} {arguments}\\n".encode())
        os._exit(99)
sys.addaudithook(guard)
"""


def test_python_connects_to_nothing(user, material):
    done = user("animate", material.picture, material.clip, "-o", "out", "--end", 0.2, prelude=GUARD)
    assert done.code == 0, done.err
    assert "NETWORK" not in done.err


def test_the_guard_sees_what_it_is_to_see(user):
    reaching = GUARD + "import socket\nsocket.create_connection(('127.0.0.1', 9), timeout=1)\n"
    done = user("doctor", prelude=reaching)
    assert done.code == 99
    assert "NETWORK socket" in done.err


def test_no_library_connects_to_anything(material, variables, tmp_path):
    """FFmpeg and the networks' runtime are no Python: the kernel is asked what they do."""
    if shutil.which("strace") is None:
        pytest.skip("no strace here")
    log = tmp_path / "calls.txt"
    command = command_line("animate", material.picture, material.clip, "-o", tmp_path / "out", "--end", "0.1")
    done = subprocess.run(
        ["strace", "-f", "-e", "trace=socket,connect,sendto,bind", "-o", str(log), *command],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(**variables),
        timeout=240,
    )
    if not log.exists() or "ptrace" in done.stderr:
        pytest.skip(f"tracing is not allowed here: {done.stderr.strip()[:200]}")
    assert done.returncode == 0, done.stderr
    assert not re.findall(r".*AF_INET6?.*", log.read_text())
