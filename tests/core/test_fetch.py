# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads that break, lie or are forbidden. Nothing here reaches beyond this machine."""

from __future__ import annotations

import functools
import hashlib
import io
import sys
import zipfile
from pathlib import Path

import pytest

from core import fetch as fetching
from core.errors import ErrorCode, FaceShotError
from core.fetch import WebFile, WheelFile, fetch, offline, pip_command
from core.models import MODELS, Model, ModelStore
from core.progress import cancelled
from tests.core.file_server import DATA, SHA, Server


def error_of(call, *arguments, **options) -> FaceShotError:
    with pytest.raises(FaceShotError) as caught:
        call(*arguments, **options)
    return caught.value


# Downloads from an address --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_offline_refuses_at_once(
    value: str, tmp_path: Path, toy: Model, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACESHOT_OFFLINE", value)
    assert offline()
    error = error_of(ModelStore(tmp_path).fetch, "toy")
    assert error.code is ErrorCode.OFFLINE
    assert "FACESHOT_OFFLINE" in error.message
    assert "models add" in error.hint
    assert server.ranges == []


def test_a_broken_download_goes_on_where_it_stopped(tmp_path: Path, source: WebFile, server: Server) -> None:
    server.spoil = ["cut", "refuse", ""]
    done = fetch(source, tmp_path, keep=tmp_path, title="toy")
    assert done.read_bytes() == DATA
    half = len(DATA) // 2
    assert server.ranges == [None, f"bytes={half}-", f"bytes={half}-"]


def test_half_a_download_of_an_earlier_run_is_used(tmp_path: Path, source: WebFile, server: Server) -> None:
    def stop(stage: str, done: int, total: int | None) -> None:
        if done > 200_000:
            raise cancelled()

    error = error_of(fetch, source, tmp_path, keep=tmp_path, title="toy", progress=stop)
    assert error.code is ErrorCode.CANCELLED
    fetch(source, tmp_path, keep=tmp_path, title="toy")
    assert server.ranges[0] is None
    assert int(str(server.ranges[1]).removeprefix("bytes=").removesuffix("-")) > 200_000


def test_a_server_without_ranges_starts_anew(tmp_path: Path, source: WebFile, server: Server) -> None:
    server.spoil = ["cut", "no-range"]
    assert fetch(source, tmp_path, keep=tmp_path, title="toy").read_bytes() == DATA


def test_a_spoiled_half_does_not_spoil_the_whole(tmp_path: Path, source: WebFile, server: Server) -> None:
    (tmp_path / f".{SHA[:16]}.part").write_bytes(b"?" * 1000)
    assert fetch(source, tmp_path, keep=tmp_path, title="toy").read_bytes() == DATA
    assert server.ranges == ["bytes=1000-", None]


def test_another_file_at_the_address_is_not_kept(tmp_path: Path, toy: Model, server: Server) -> None:
    server.spoil = ["wrong"] * 9
    error = error_of(ModelStore(tmp_path).fetch, "toy")
    assert error.code is ErrorCode.MODEL_DAMAGED
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_down_is_offline(tmp_path: Path, toy: Model, server: Server) -> None:
    server.spoil = ["refuse"] * 9
    error = error_of(ModelStore(tmp_path).fetch, "toy")
    assert error.code is ErrorCode.OFFLINE
    assert server.address in error.message
    assert "503" in error.message
    assert server.address in error.hint


def test_no_connection_is_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
    monkeypatch.delenv("FACESHOT_OFFLINE", raising=False)
    nowhere = WebFile(address="http://127.0.0.1:9/none", sha256=SHA, size=3)
    error = error_of(fetch, nowhere, tmp_path, keep=tmp_path, title="toy")
    assert error.code is ErrorCode.OFFLINE
    assert error.code.exit_code == 5


# The wheel ------------------------------------------------------------------------------------------------------------


def test_the_pip_call_names_one_file_and_trusts_nobody(tmp_path: Path) -> None:
    source = MODELS["mesh-468"].source
    assert isinstance(source, WheelFile)
    command = pip_command(source, tmp_path / "r.txt", tmp_path / "wheels")
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    for word in ("--no-deps", "--require-hashes", "--only-binary=:all:", "3.11", "manylinux_2_28_x86_64"):
        assert word in command


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WheelFile:
    """A package index of one wheel on this disk, set by the user's own pip settings."""
    name = "faceshot_test_wheel-1.0-py3-none-any.whl"
    folder = tmp_path / "index" / "faceshot-test-wheel"
    folder.mkdir(parents=True)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        info = "faceshot_test_wheel-1.0.dist-info"
        archive.writestr("pkg/a.bin", DATA)
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: faceshot-test-wheel\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    (folder / name).write_bytes(buffer.getvalue())
    (folder / "index.html").write_text(f'<a href="{name}">{name}</a>')
    for variable in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONSTRAINT"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    monkeypatch.setenv("PIP_INDEX_URL", (tmp_path / "index").as_uri())
    monkeypatch.delenv("FACESHOT_OFFLINE", raising=False)
    return WheelFile(
        requirement="faceshot-test-wheel==1.0", sha256=hashlib.sha256(buffer.getvalue()).hexdigest(),
        size=len(buffer.getvalue()), python="3.11", platform="manylinux_2_28_x86_64",
    )  # fmt: skip


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def test_a_wheel_comes_through_the_users_pip(index: WheelFile, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/an/extension")
    told: list[tuple] = []
    wheel = fetch(index, scratch, keep=scratch, title="toy", progress=lambda *step: told.append(step))
    assert wheel.suffix == ".whl"
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == index.sha256
    assert told[-1] == ("Fetching toy", index.size, index.size)


def test_a_changed_wheel_is_refused(index: WheelFile, scratch: Path) -> None:
    changed = WheelFile(**{**vars(index), "sha256": "0" * 64})
    assert error_of(fetch, changed, scratch, keep=scratch, title="toy").code is ErrorCode.MODEL_DAMAGED


def test_a_wheel_the_index_lacks_is_offline(index: WheelFile, scratch: Path) -> None:
    other = WheelFile(**{**vars(index), "requirement": "faceshot-no-such-wheel==9"})
    error = error_of(fetch, other, scratch, keep=scratch, title="toy")
    assert error.code is ErrorCode.OFFLINE
    assert "faceshot-no-such-wheel==9" in error.message
    assert "models add" in error.hint


def test_a_python_without_pip_is_said(index: WheelFile, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without = [sys.executable, "-c", "import sys; sys.exit('No module named pip')"]
    monkeypatch.setattr(fetching, "pip_command", lambda *arguments: without)
    error = error_of(fetch, index, scratch, keep=scratch, title="toy")
    assert error.code is ErrorCode.ENGINE_MISSING
    assert "models add" in error.hint


def test_stopping_ends_pip(index: WheelFile, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = []
    endless = [sys.executable, "-c", "import time; time.sleep(600)"]
    real = fetching.subprocess.Popen
    monkeypatch.setattr(fetching, "pip_command", lambda *arguments: endless)
    monkeypatch.setattr(
        fetching.subprocess, "Popen", lambda *a, **k: started.append(functools.partial(real, *a, **k)()) or started[0]
    )

    def stop(stage: str, done: int, total: int | None) -> None:
        raise cancelled()

    error = error_of(fetch, index, scratch, keep=scratch, title="toy", progress=stop)
    assert error.code is ErrorCode.CANCELLED
    assert started[0].poll() is not None
