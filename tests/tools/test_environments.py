# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments are made when needed, and only then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.base_python import BasePython
from core.engine_maker import EngineState, EngineStatus
from core.errors import ErrorCode, FaceShotError
from tools import environments
from tools.environments import ALL, ENGINE, Ticker


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Records what is made, instead of making it."""
    folders: list[Path] = []
    monkeypatch.setattr(environments, "make_engine", lambda directory, **options: folders.append(directory))
    monkeypatch.setattr(environments, "find_base_python", lambda **options: BasePython(Path("/p"), (3, 11, 0)))
    return folders


def stands(monkeypatch: pytest.MonkeyPatch, status: EngineStatus) -> None:
    monkeypatch.setattr(environments, "check_engine", lambda directory, **options: EngineState(status, ""))


def test_ready_environment_is_left_alone(monkeypatch: pytest.MonkeyPatch, made: list[Path]) -> None:
    stands(monkeypatch, EngineStatus.READY)
    assert environments.ensure(ENGINE) == ENGINE.python
    assert made == []


@pytest.mark.parametrize("status", [EngineStatus.MISSING, EngineStatus.OUTDATED, EngineStatus.BROKEN])
def test_any_other_is_made_anew(monkeypatch: pytest.MonkeyPatch, made: list[Path], status: EngineStatus) -> None:
    stands(monkeypatch, status)
    environments.ensure(ENGINE)
    assert made == [ENGINE.directory]


def test_nothing_is_touched_when_there_is_no_python(monkeypatch: pytest.MonkeyPatch, made: list[Path]) -> None:
    def none(**options):
        raise FaceShotError(ErrorCode.ENGINE_MISSING, "No Python.")

    stands(monkeypatch, EngineStatus.BROKEN)
    monkeypatch.setattr(environments, "find_base_python", none)
    with pytest.raises(FaceShotError, match=r"No Python\."):
        environments.ensure(ENGINE)
    assert made == []


@pytest.mark.parametrize("environment", ALL, ids=lambda environment: environment.folder)
def test_all_packages_are_pinned_with_hashes(environment: environments.Environment) -> None:
    lines = environment.lock_path.read_text("utf-8").splitlines()
    packages = [line for line in lines if line[:1].isalnum()]
    assert len(packages) > 3
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert not any(line.startswith("torch") for line in packages)
    assert sum("--hash=sha256:" in line for line in lines) >= len(packages)


def test_folders_are_of_the_checkout(repo_root: Path) -> None:
    assert {environment.directory.parent for environment in ALL} == {repo_root}
    assert replace(ENGINE, folder="x").directory == repo_root / "x"


def test_ticker_writes_one_line_for_each_stage_into_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with Ticker() as ticker:
        for done in range(5):
            ticker("Downloading", done, 5)
        ticker("Installing", 0, None)
    assert capsys.readouterr().err == "  Downloading\n  Installing\n"
