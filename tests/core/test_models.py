# SPDX-License-Identifier: GPL-3.0-or-later
"""The model store: what is there, whole, whose, and preferred."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from core import models
from core.errors import ErrorCode, FaceShotError
from core.fetch import WebFile, WheelFile
from core.models import MODELS, Model, ModelFile, ModelStore, default_folder
from tests.core.file_server import DATA, SHA, Server


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
    assert {status.model.name: status.state for status in store.status()} == dict.fromkeys(
        ("mesh-468", "mesh-478", "mofa", "features"), "missing"
    )
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
    assert [status.model.name for status in store.status() if status.used] == ["mesh-478"]
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


def test_a_folder_is_not_added_but_named(tmp_path: Path) -> None:
    error = error_of(ModelStore(tmp_path / "store").add, tmp_path)
    assert error.code is ErrorCode.INPUT_UNREADABLE
    assert "FACESHOT_MOFA" in error.hint


def test_what_will_be_loaded_is_said_first(tmp_path: Path, toy: Model, server: Server) -> None:
    told: list[str] = []

    def note(words: str) -> None:
        assert server.ranges == []
        told.append(words)

    store = ModelStore(tmp_path)
    store.fetch("toy", note=note)
    store.fetch("toy", note=note)
    assert len(told) == 1  # the second time nothing is loaded
    for words in ("Toy", "CC0-1.0", "https://example.org", "0.5 MB", str(tmp_path)):
        assert words in told[0]


def test_the_networks_of_the_diffusion_look_are_no_face_networks(tmp_path: Path) -> None:
    error = error_of(ModelStore(tmp_path).locate, "mofa")
    assert error.code is ErrorCode.USAGE
    assert "mesh-468" in error.hint


def test_a_store_that_cannot_be_made_is_said(tmp_path: Path, toy: Model) -> None:
    (tmp_path / "file").write_text("in the way")
    assert error_of(ModelStore(tmp_path / "file" / "models").fetch, "toy").code is ErrorCode.OUTPUT_UNWRITABLE
