# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments are whole or not there; a user's folder is never touched; failures say what to do."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.base_python import find_base_python, probe_python
from core.engine_maker import (
    MARKER,
    STAMP,
    EngineStatus,
    check_engine,
    engine_python,
    explain,
    lock_hash,
    make_engine,
)
from core.errors import ErrorCode, FaceShotError

posix = pytest.mark.skipif(os.name == "nt", reason="uses shell scripts as stand-ins")


def tiny_wheel(folder: Path, name: str) -> Path:
    """A wheel with one empty module: what is installed needs no network."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return path


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """good.lock, wrong.lock (its hash is another file's) and torch.txt."""
    folder = tmp_path_factory.mktemp("packages")
    wheel, torch = tiny_wheel(folder, "tinylight"), tiny_wheel(folder, "tinytorch")
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "good.lock").write_text(f"tinylight @ {wheel.as_uri()} \\\n    --hash=sha256:{digest}\n")
    (folder / "wrong.lock").write_text(f"tinylight @ {wheel.as_uri()} \\\n    --hash=sha256:{'0' * 64}\n")
    (folder / "torch.txt").write_text(f"tinytorch @ {torch.as_uri()}\n")
    return folder


@pytest.fixture(scope="module")
def engine(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("engines") / "my engine ä"
    stages: list[str] = []
    python = make_engine(
        directory,
        lock=material / "good.lock",
        extras=(material / "torch.txt",),
        base_python=Path(sys.executable),
        progress=lambda stage, done, total: stages.append(stage),
        needed_mb=1,
    )
    assert python == engine_python(directory)
    assert list(dict.fromkeys(stages))[:2] == ["Making the environment", "Downloading packages"]
    return directory


def test_made_engine_is_ready_and_holds_the_packages(engine: Path, material: Path) -> None:
    state = check_engine(engine, lock=material / "good.lock", extras=(material / "torch.txt",))
    assert (state.status, state.python, state.has_torch) == (EngineStatus.READY, engine_python(engine), True)
    subprocess.run([str(state.python), "-I", "-c", "import tinylight, tinytorch"], check=True)
    assert not (engine / MARKER).exists()


def test_other_lock_is_outdated_and_can_still_be_started(engine: Path, material: Path) -> None:
    state = check_engine(engine, lock=material / "wrong.lock")
    assert (state.status, state.python) == (EngineStatus.OUTDATED, engine_python(engine))


@pytest.fixture
def stamped(tmp_path: Path, material: Path) -> Path:
    """An engine whose interpreter is the running one, by a link."""
    directory = tmp_path / "engine"
    python = engine_python(directory)
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    version = "{}.{}.{}".format(*sys.version_info[:3])
    stamp = {"lock": lock_hash(material / "good.lock"), "torch": None, "python": version, "base": "/gone/python3"}
    (directory / STAMP).write_text(json.dumps(stamp))
    return directory


@posix
def test_base_python_gone_is_broken(stamped: Path, material: Path) -> None:
    assert check_engine(stamped, lock=material / "good.lock").status is EngineStatus.READY
    engine_python(stamped).unlink()
    engine_python(stamped).symlink_to("/gone/python3")
    state = check_engine(stamped, lock=material / "good.lock")
    assert (state.status, state.python) == (EngineStatus.BROKEN, None)
    assert "/gone/python3" in state.words


@posix
def test_base_python_replaced_by_another_version_is_broken(stamped: Path, material: Path) -> None:
    stamp = json.loads((stamped / STAMP).read_text())
    (stamped / STAMP).write_text(json.dumps(stamp | {"python": "3.11.0rc1"}))
    assert check_engine(stamped, lock=material / "good.lock").status is EngineStatus.BROKEN


@posix
def test_engine_without_torch_is_outdated_where_torch_is_asked_for(stamped: Path, material: Path) -> None:
    state = check_engine(stamped, lock=material / "good.lock", extras=(material / "torch.txt",))
    assert state.status is EngineStatus.OUTDATED


@pytest.mark.parametrize("stamp", [None, "", "[]", "{", "\0"])
def test_no_or_damaged_stamp_is_missing(tmp_path: Path, material: Path, stamp: str | None) -> None:
    if stamp is not None:
        (tmp_path / STAMP).write_text(stamp)
    assert check_engine(tmp_path, lock=material / "good.lock").status is EngineStatus.MISSING


def test_unfinished_engine_is_missing_and_says_so(tmp_path: Path, material: Path) -> None:
    (tmp_path / MARKER).touch()
    state = check_engine(tmp_path, lock=material / "good.lock")
    assert state.status is EngineStatus.MISSING
    assert "not finished" in state.words


def test_line_ends_do_not_change_the_hash(tmp_path: Path) -> None:
    (tmp_path / "unix").write_bytes(b"a==1\nb==2\n")
    (tmp_path / "windows").write_bytes(b"a==1\r\nb==2\r\n")
    assert lock_hash(tmp_path / "unix") == lock_hash(tmp_path / "windows")


def make(directory: Path, material: Path, **options) -> FaceShotError:
    """Makes an engine that must fail."""
    options = {"lock": material / "good.lock", "base_python": Path(sys.executable), "needed_mb": 1} | options
    with pytest.raises(FaceShotError) as raised:
        make_engine(directory, **options)
    return raised.value


def test_wrong_hash_is_refused_and_leaves_nothing(tmp_path: Path, material: Path) -> None:
    error = make(tmp_path / "engine", material, lock=material / "wrong.lock")
    assert "not the one that this version was tested with" in error.message
    assert not (tmp_path / "engine").exists()


def test_cancel_ends_the_child_and_leaves_nothing(tmp_path: Path, material: Path) -> None:
    asked = iter([False, True])
    error = make(tmp_path / "engine", material, cancelled=lambda: next(asked))
    assert error.code is ErrorCode.CANCELLED
    assert not (tmp_path / "engine").exists()


def test_foreign_folder_is_not_touched(tmp_path: Path, material: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    error = make(tmp_path, material)
    assert "not made by FaceShot" in error.message
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_folder_below_a_file_is_refused_in_words(tmp_path: Path, material: Path) -> None:
    (tmp_path / "file").touch()
    assert make(tmp_path / "file" / "engine", material).code is not ErrorCode.CANCELLED


def test_too_little_room_is_said_before_anything_is_done(tmp_path: Path, material: Path) -> None:
    assert make(tmp_path / "engine", material, needed_mb=10**12).code is ErrorCode.DISK_FULL


def test_missing_lock_file_is_said(tmp_path: Path, material: Path) -> None:
    error = make(tmp_path / "engine", material, lock=tmp_path / "no.lock")
    assert error.code is ErrorCode.INPUT_MISSING
    assert not (tmp_path / "engine").exists()


@posix
def test_unfinished_engine_is_made_anew_and_a_second_maker_waits_outside(tmp_path: Path, material: Path) -> None:
    """The base Python is a stand-in that tries to make the same engine, and then fails."""
    directory = tmp_path / "engine"
    directory.mkdir()
    (directory / MARKER).touch()
    (directory / "left over").touch()
    seen: list[str] = []

    def look(stage: str, done: int, total: int | None) -> None:
        if not seen:
            seen.extend(path.name for path in directory.iterdir())
            seen.append(make(directory, material).message)

    error = make(directory, material, base_python=Path("/bin/false"), progress=look)
    assert error.code is ErrorCode.UNEXPECTED
    assert seen[0] == MARKER
    assert "right now" in seen[1]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "DISK_FULL"),
        ("OSError: [WinError 112] There is not enough space on the disk", "DISK_FULL"),
        ("Retrying after connection broken by 'NewConnectionError: [Errno -3] Temporary failure'", "OFFLINE"),
        ("urllib3 ... getaddrinfo failed", "OFFLINE"),
        ("HTTPSConnectionPool(host='x', port=443): Max retries exceeded with url: /simple/", "OFFLINE"),
        ("SSLError(SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "OFFLINE"),
        ("ERROR: No matching distribution found for av==18.1.0", "ENGINE_MISSING"),
        ("The virtual environment was not created successfully because ensurepip is not\navailable.", "ENGINE_MISSING"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "UNEXPECTED"),
        ("PermissionError: [Errno 13] Permission denied: '/opt/engine'", "OUTPUT_UNWRITABLE"),
        ("[WinError 32] The process cannot access the file", "OUTPUT_UNWRITABLE"),
        ("", "UNEXPECTED"),
    ],
)
def test_words_of_pip_become_one_line_with_what_to_do(words: str, code: str) -> None:
    error = explain(words.splitlines())
    assert error.code.name == code
    assert error.hint
    assert "\n" not in str(error)


# ---- the base Python -------------------------------------------------------------------------------------------------


def stand_in(folder: Path, name: str, *, code: int = 0, **facts) -> str:
    """A command that answers the probe as another Python would."""
    known = {"path": str(folder / name), "version": [3, 12, 1], "cpython": True, "bits": 64, "venv": True}
    script = folder / name
    script.write_text(f"#!/bin/sh\necho '{json.dumps(known | facts)}'\nexit {code}\n")
    script.chmod(0o755)
    return str(script)


def test_running_python_is_found() -> None:
    found = probe_python(sys.executable)
    assert found is not None
    assert found.version == sys.version_info[:3]


@posix
def test_unfit_candidates_are_passed_over(tmp_path: Path) -> None:
    candidates = [
        str(tmp_path / "not there"),
        stand_in(tmp_path, "shim", code=127),
        stand_in(tmp_path, "old", version=[3, 10, 9]),
        stand_in(tmp_path, "new", version=[3, 14, 0]),
        stand_in(tmp_path, "pypy", cpython=False),
        stand_in(tmp_path, "narrow", bits=32),
        stand_in(tmp_path, "bare", venv=False),
        stand_in(tmp_path, "good"),
        stand_in(tmp_path, "later", version=[3, 13, 0]),
    ]
    assert find_base_python(candidates=candidates).path == tmp_path / "good"


@posix
def test_python_without_venv_says_which_package(tmp_path: Path) -> None:
    with pytest.raises(FaceShotError, match=r"apt install python3\.12-venv"):
        find_base_python(candidates=[stand_in(tmp_path, "bare", venv=False)])


@posix
def test_no_python_says_which_versions(tmp_path: Path) -> None:
    with pytest.raises(FaceShotError, match=r"No Python 3\.11 to 3\.13"):
        find_base_python(candidates=[stand_in(tmp_path, "old", version=[3, 10, 9])])
    with pytest.raises(FaceShotError, match=r"No Python 3\.11 \(64 bit\)"):
        find_base_python(versions=((3, 11), (3, 11)), candidates=[])


@posix
def test_inside_blender_the_system_python_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "python3.13", version=[3, 13, 0])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_base_python().path != tmp_path / "python3.13"
    monkeypatch.setitem(sys.modules, "bpy", sys)
    assert find_base_python().path == tmp_path / "python3.13"
