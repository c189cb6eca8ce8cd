# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a real Blender, and ending what it started."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tools import debian_blender, real_blender

pytestmark = pytest.mark.skipif(os.name == "nt", reason="uses shell scripts as stand-ins")


def stand_in(folder: Path, text: str) -> Path:
    script = folder / "blender"
    script.write_text(f"#!/bin/sh\n{text}\n")
    script.chmod(0o755)
    return script


@pytest.mark.parametrize(
    ("words", "version"),
    [
        ("Blender 4.3.2", (4, 3, 2)),
        ("WARN noise\nBlender 4.5.15 LTS\n\tbuild date", (4, 5, 15)),
        ("Blender 5.0", (5, 0, 0)),
        ("blender: command not found", None),
        ("", None),
    ],
)
def test_version_is_read_from_what_it_prints(words: str, version: tuple[int, int, int] | None) -> None:
    assert real_blender.parse_version(words) == version


def test_blender_bin_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER_BIN", str(stand_in(tmp_path, 'echo "Blender 4.5.1 LTS"')))
    found = real_blender.find()
    assert found is not None
    assert (found.version, found.root) == ((4, 5, 1), None)


def test_path_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, 'echo "Blender 5.2.2"')
    monkeypatch.delenv("BLENDER_BIN", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    found = real_blender.on_this_machine()
    assert found is not None
    assert found.version == (5, 2, 2)


@pytest.mark.parametrize("text", ['echo "Blender 3.4.1"', 'echo "Blender 4.5.0"; exit 1', "exit 127", "echo hello"])
def test_too_old_or_broken_is_none_and_no_other_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("BLENDER_BIN", str(stand_in(tmp_path, text)))
    assert real_blender.find(build=True) is None


def test_it_runs_in_its_own_home_without_the_users_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLENDER_USER_RESOURCES", "/home/somebody/blender")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/somebody/.config")
    script = stand_in(tmp_path, 'echo "$HOME|$BLENDER_USER_RESOURCES$XDG_CONFIG_HOME|$GIVEN|$1"; exit 7')
    blender = real_blender.RealBlender((4, 5, 0), (str(script),))
    done = blender.run(["-b"], home=tmp_path / "home", env={"GIVEN": "yes"})
    assert (done.stdout.strip(), done.returncode) == (f"{tmp_path / 'home'}||yes|-b", 7)
    assert (tmp_path / "home").is_dir()


def test_out_of_time_ends_the_childrens_children_too(tmp_path: Path) -> None:
    script = stand_in(
        tmp_path, f'echo started; (sleep 30; touch "{tmp_path}/late") & echo $! > "{tmp_path}/pid"; sleep 30'
    )
    with pytest.raises(subprocess.TimeoutExpired) as raised:
        real_blender.run_group([str(script)], timeout=1, env=dict(os.environ), cwd=tmp_path)
    assert raised.value.output == "started\n"
    pid = int((tmp_path / "pid").read_text())
    assert _ends(pid)


def _ends(pid: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_an_unfinished_tree_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REAL_BLENDER_DIR", str(tmp_path))
    monkeypatch.setattr(debian_blender, "is_root", lambda: True)
    (tmp_path / "trixie" / "root").mkdir(parents=True)
    assert debian_blender.ready("trixie") is None
    (tmp_path / "trixie" / "ready").touch()
    assert debian_blender.ready("trixie") == tmp_path / "trixie" / "root"


def test_building_one_says_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REAL_BLENDER_DIR", str(tmp_path))
    monkeypatch.setattr(debian_blender, "is_root", lambda: False)
    assert debian_blender.build("trixie") is None
    assert "needs root" in capsys.readouterr().err
