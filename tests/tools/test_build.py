# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py's command line: any Python can read it, and failures are one line with a code."""

from __future__ import annotations

import ast
import errno
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from core.errors import ErrorCode, FaceShotError
from tools import clean, run


def build(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "build.py", *words], check=False, capture_output=True, text=True, cwd=root, timeout=60
    )


def test_an_old_python_can_read_it_and_says_what_to_do(repo_root: Path) -> None:
    ast.parse((repo_root / "build.py").read_text("utf-8"), feature_version=(3, 7))
    code = "import runpy, sys; sys.version_info = (3, 8, 10, 'final', 0); runpy.run_path('build.py')"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=repo_root)
    assert done.returncode == 1
    assert done.stderr.startswith("build.py needs Python 3.11 or newer; this is 3.8.")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("verb", run.MODULES)
def test_each_verb_has_help(repo_root: Path, verb: str) -> None:
    done = build(repo_root, verb, "--help")
    assert done.returncode == 0
    assert f"build.py {verb}" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("bench", "nosuch"), 2, "No benchmark 'nosuch'."),
        (("demo", "--clip", "/no/such.mp4"), 3, "No clip at"),
        (("demo", "--character", "unicorn"), 2, "No character 'unicorn'"),
        (("test", "/no/such"), 2, "No tests at"),
        (("test", "docs"), 2, "No tests there."),
        (("engine", "core"), 3, "not made by FaceShot"),
    ],
)
def test_a_mistake_is_one_line_and_a_code(repo_root: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = build(repo_root, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/full/x"), ErrorCode.DISK_FULL),
        (PermissionError(errno.EACCES, "Permission denied", "/locked/x"), ErrorCode.OUTPUT_UNWRITABLE),
        (FaceShotError(ErrorCode.NO_FACE, "No face."), ErrorCode.NO_FACE),
        (KeyboardInterrupt(), ErrorCode.CANCELLED),
    ],
)
def test_failures_of_any_verb_become_codes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: BaseException, code: ErrorCode
) -> None:
    def fail(options: Namespace) -> int:
        raise fault

    monkeypatch.setattr(clean, "run", fail)
    assert run.verb(Namespace(verb="clean")) == code.exit_code
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(options: Namespace) -> int:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(clean, "run", fail)
    with pytest.raises(OSError, match="Bad file"):
        run.verb(Namespace(verb="clean"))


def test_clean_removes_only_what_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("build/stage", "out/demo", "core/__pycache__", "core/keep", ".venv/lib", "mine"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(clean, "ROOT", tmp_path)
    clean.run(Namespace(environments=False))
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert left == [".venv", ".venv/lib", "core", "core/keep", "mine"]
