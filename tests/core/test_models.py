# SPDX-License-Identifier: GPL-3.0-or-later
"""The model store, and downloads that break, lie or are forbidden. Nothing here reaches beyond this machine."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import fetch as fetching
from core import models
from core.errors import ErrorCode, FaceShotError
from core.fetch import WebFile, WheelFile, fetch, offline, pip_command
from core.models import MODELS, Model, ModelFile, ModelStore, default_folder
from core.progress import cancelled

DATA = bytes(range(256)) * 2048  # half a megabyte
SHA = hashlib.sha256(DATA).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves DATA at /file; `spoil` breaks the next answers: "cut", "wrong", "refuse", "no-range"."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.spoil: list[str] = []
        self.ranges: list[str | None] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file"

    def handle_error(self, request, client_address) -> None:
        """A client that hangs up is part of the tests."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        how = self.server.spoil.pop(0) if self.server.spoil else ""
        if how == "refuse":
            self.send_error(503)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and how != "no-range" else 0
        body = DATA[start:]
        if how == "wrong":
            body = bytes(len(body))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if how == "cut" else body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(fetching.time, "sleep", lambda seconds: None)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("FACESHOT_OFFLINE", raising=False)
    with Server() as served:
        thread = threading.Thread(target=served.serve_forever, daemon=True)
        thread.start()
        yield served
        served.shutdown()
        thread.join()


@pytest.fixture
def source(server: Server) -> WebFile:
    return WebFile(address=server.address, sha256=SHA, size=len(DATA))


@pytest.fixture
def toy(source: WebFile, monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model of one file, which the server has."""
    model = Model(
        name="toy", title="Toy", files={"toy.bin": ModelFile(sha256=SHA, size=len(DATA))},
        licence="CC0-1.0", licence_url="https://example.org", origin="a test", source=source,
    )  # fmt: skip
    monkeypatch.setattr(models, "MODELS", {**MODELS, "toy": model})
    return model


def wheel_model(monkeypatch: pytest.MonkeyPatch) -> Model:
    """A model of two files in a wheel."""
    model = Model(
        name="packed", title="Packed",
        files={
            "a.bin": ModelFile(sha256=SHA, size=len(DATA), inside="pkg/a.bin"),
            "b.bin": ModelFile(sha256=hashlib.sha256(b"b").hexdigest(), size=1, inside="pkg/b.bin"),
        },
        licence="CC0-1.0", licence_url="https://example.org", origin="a test",
        source=WheelFile(requirement="pkg==1", sha256="0" * 64, size=9, python="3.11", platform="any"),
    )  # fmt: skip
    monkeypatch.setattr(models, "MODELS", {"packed": model})
    return model


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(f"pkg/{name}.bin", data)
    return buffer.getvalue()


def error_of(call, *arguments, **options) -> FaceShotError:
    with pytest.raises(FaceShotError) as caught:
        call(*arguments, **options)
    return caught.value


# The store ------------------------------------------------------------------------------------------------------------


def test_every_model_says_whose_it_is() -> None:
    for model in MODELS.values():
        assert model.licence == "Apache-2.0"
        assert model.licence_url.startswith("https://")
        assert model.size == sum(file.size for file in model.files.values()) > 1e6
        assert all(len(file.sha256) == 64 for file in model.files.values())


@pytest.mark.parametrize(
    ("platform", "environment", "ends"),
    [
        ("linux", {}, ".local/share/faceshot/models"),
        ("linux", {"XDG_DATA_HOME": "/data"}, "/data/faceshot/models"),
        ("darwin", {}, "Library/Application Support/faceshot/models"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/faceshot/models"),
        ("win32", {"FACESHOT_MODELS": "/farm"}, "/farm"),
    ],
)
def test_the_default_folder(platform: str, environment: dict, ends: str) -> None:
    assert default_folder(environment, platform).as_posix().endswith(ends)


def test_a_missing_model_names_its_remedy(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "nowhere")
    for call in (lambda: store.locate("mesh-468"), store.preferred):
        error = error_of(call)
        assert error.code is ErrorCode.MODEL_MISSING
        assert "models fetch mesh-468" in error.hint
    assert [status.state for status in store.status()] == ["missing", "missing"]
    assert not (tmp_path / "nowhere").exists()
    assert error_of(store.locate, "mesh-9").code is ErrorCode.USAGE


def test_a_fetched_model_is_located_with_its_licence(tmp_path: Path, toy: Model, server: Server) -> None:
    store = ModelStore(tmp_path)
    told: list[tuple] = []
    folder = store.fetch("toy", lambda *step: told.append(step))
    assert folder == store.locate("toy") == tmp_path / "toy"
    assert (folder / "toy.bin").read_bytes() == DATA
    assert "CC0-1.0" in (folder / "LICENCE.txt").read_text()
    assert told[-1] == ("Fetching toy", len(DATA), len(DATA))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy"]  # nothing else is left
    store.fetch("toy")
    assert len(server.ranges) == 1  # it was there
    assert {status.model.name: status.state for status in store.verify()}["toy"] == "present"


def test_damage_is_noticed_and_mended(tmp_path: Path, toy: Model) -> None:
    store = ModelStore(tmp_path)
    file = store.fetch("toy") / "toy.bin"
    file.write_bytes(DATA[:-1] + b"!")
    error = error_of(store.locate, "toy")
    assert error.code is ErrorCode.MODEL_DAMAGED
    assert str(file) in error.message
    assert [status.state for status in store.status() if status.model.name == "toy"] == ["damaged"]
    assert error_of(store.verify).code is ErrorCode.MODEL_DAMAGED
    store.fetch("toy")
    assert store.locate("toy")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy"]


def test_a_file_that_is_gone_is_missing_and_fetched_again(tmp_path: Path, toy: Model) -> None:
    store = ModelStore(tmp_path)
    (store.fetch("toy") / "toy.bin").unlink()
    assert error_of(store.locate, "toy").code is ErrorCode.MODEL_MISSING
    assert (store.fetch("toy") / "toy.bin").read_bytes() == DATA


def test_the_better_mesh_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: WebFile) -> None:
    plain = {"f": ModelFile(sha256=SHA, size=len(DATA))}
    both = {
        name: Model(name=name, title=name, files=plain, licence="x", licence_url="x", origin="x", source=source)
        for name in ("mesh-468", "mesh-478")
    }
    monkeypatch.setattr(models, "MODELS", both)
    store = ModelStore(tmp_path)
    store.fetch("mesh-468")
    assert store.preferred() == "mesh-468"
    store.fetch("mesh-478")
    assert store.preferred() == "mesh-478"
    assert {status.model.name: status.used for status in store.status()} == {"mesh-468": False, "mesh-478": True}
    (tmp_path / "mesh-478" / "f").write_bytes(b"junk")
    assert error_of(store.preferred).code is ErrorCode.MODEL_DAMAGED  # said, not silently replaced by the other


def test_the_published_bundle_can_be_added(tmp_path: Path, shared_data: Path) -> None:
    bundle = shared_data / "face_landmarker_v2_with_blendshapes.task"
    store = ModelStore(tmp_path / "models with spaces")
    assert store.add(bundle) == "mesh-478"
    assert (store.locate("mesh-478") / "face_landmarker.task").read_bytes() == bundle.read_bytes()


def test_adding_a_wheel_unpacks_only_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel_model(monkeypatch)
    wheel = tmp_path / "any name.whl"
    wheel.write_bytes(zipped(a=DATA, b=b"b", c=b"more"))
    store = ModelStore(tmp_path / "store")
    assert store.add(wheel) == "packed"
    assert sorted(path.name for path in (tmp_path / "store" / "packed").iterdir()) == ["LICENCE.txt", "a.bin", "b.bin"]


@pytest.mark.parametrize(
    "content",
    [b"", b"text", DATA, zipped(a=DATA), zipped(a=DATA[::-1], b=b"b"), zipped(a=DATA, b=b"b")[:-40]],
    ids=["empty", "text", "other", "half", "changed", "cut"],
)
def test_adding_anything_else_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    wheel_model(monkeypatch)
    file = tmp_path / "x.whl"
    file.write_bytes(content)
    error = error_of(ModelStore(tmp_path / "store").add, file)
    assert error.code is ErrorCode.INPUT_UNREADABLE
    assert "x.whl" in error.message
    assert not list((tmp_path / "store").glob("*")) or not (tmp_path / "store").exists()
    assert error_of(ModelStore(tmp_path).add, tmp_path / "none").code is ErrorCode.INPUT_MISSING


def test_a_store_that_cannot_be_made_is_said(tmp_path: Path, toy: Model) -> None:
    (tmp_path / "file").write_text("in the way")
    assert error_of(ModelStore(tmp_path / "file" / "models").fetch, "toy").code is ErrorCode.OUTPUT_UNWRITABLE


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
