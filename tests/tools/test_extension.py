# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's zip: what is in it, and that the same checkout gives the same bytes."""

from __future__ import annotations

import os
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import VERSION
from tools import environments, extension

# The platform's list for add-ons.
TAGS = {
    *("3D View", "Add Curve", "Add Mesh", "Animation", "Bake", "Camera", "Compositing", "Development", "Game Engine"),
    *("Geometry Nodes", "Grease Pencil", "Import-Export", "Lighting", "Material", "Modeling", "Mesh", "Node"),
    *("Object", "Paint", "Pipeline", "Physics", "Render", "Rigging", "Scene", "Sculpt", "Sequencer", "System"),
    *("Text Editor", "Tracking", "User Interface"),
}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One zip of each channel."""
    if not environments.is_ready(environments.BLENDER):
        pytest.skip("needs .venv-blender for Blender's extension builder: run `python3 build.py test`")
    folder = tmp_path_factory.mktemp("zips")
    return {channel: extension.build(folder, channel=channel) for channel in ("self-hosted", "platform")}


def manifest(path: Path) -> dict:
    with zipfile.ZipFile(path) as packed:
        return tomllib.loads(packed.read("blender_manifest.toml").decode())


def test_manifest_keeps_the_platforms_rules(repo_root: Path) -> None:
    known = tomllib.loads((repo_root / "blender_manifest.toml").read_text("utf-8"))
    assert known["version"] == VERSION
    assert (known["id"], known["blender_version_min"]) == ("faceshot", "4.2.0")
    assert known["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(known["tags"]) <= TAGS
    for words in (known["tagline"], *known["permissions"].values()):
        assert len(words) <= 64
        assert words[-1].isalnum()


def test_names_say_version_and_channel(packed: dict[str, Path]) -> None:
    names = {channel: path.name for channel, path in packed.items()}
    assert names == {"self-hosted": f"faceshot-{VERSION}.zip", "platform": f"faceshot-{VERSION}-platform.zip"}


def test_zip_holds_what_ships_and_nothing_else(packed: dict[str, Path]) -> None:
    names = zipfile.ZipFile(packed["self-hosted"]).namelist()
    assert names == sorted(names) == extension.shipped()
    assert set(extension.TOP_FILES) <= set(names)
    assert {"core/engine_maker.py", "core/landmarks.py"} <= set(names)
    tops = {name.partition("/")[0] for name in names}
    assert tops <= {
        "__init__.py",
        "blender_manifest.toml",
        "LICENSE",
        "NOTICE",
        "core",
        "faceshot_blender",
        "requirements",
    }
    assert not [name for name in names if "__pycache__" in name or "test" in name or name.endswith((".whl", ".tflite"))]


def test_platform_channel_has_no_maker_and_asks_for_no_network(packed: dict[str, Path]) -> None:
    ours, platforms = (set(zipfile.ZipFile(packed[channel]).namelist()) for channel in ("self-hosted", "platform"))
    assert ours - platforms == {"core/engine_maker.py", "core/base_python.py"}
    assert platforms <= ours
    assert set(manifest(packed["self-hosted"])["permissions"]) == {"files", "network"}
    assert set(manifest(packed["platform"])["permissions"]) == {"files"}


def test_nothing_else_of_the_core_needs_the_maker(repo_root: Path) -> None:
    """Whoever imports it says what happens without it."""
    users = [
        name
        for name in extension.shipped("platform")
        if name.endswith(".py") and "engine_maker" in (repo_root / name).read_text("utf-8")
    ]
    assert [name for name in users if "ImportError" not in (repo_root / name).read_text("utf-8")] == []


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_same_checkout_same_bytes(
    packed: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, umask: None
) -> None:
    """Under another umask and time zone, and with the files laid down in another order."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    in_order = extension.shipped
    monkeypatch.setattr(extension, "shipped", lambda channel="self-hosted": in_order(channel)[::-1])
    again = extension.build(tmp_path)
    assert again.read_bytes() == packed["self-hosted"].read_bytes()


def test_order_times_and_modes_leave_no_trace(tmp_path: Path) -> None:
    for name, order, mode in (("a.zip", (0, 1, 2), 0o600), ("b.zip", (2, 0, 1), 0o755)):
        with zipfile.ZipFile(tmp_path / name, "w") as made:
            for number in order:
                entry = zipfile.ZipInfo(f"core/{number}.py", (2000 + number + mode % 9, 1, 1, 0, 0, 0))
                entry.external_attr = mode << 16
                made.writestr(entry, f"text {number}" * 100)
        extension.normalise(tmp_path / name, tmp_path / f"normal-{name}", when=10**9)
    assert (tmp_path / "normal-a.zip").read_bytes() == (tmp_path / "normal-b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "normal-a.zip") as made:
        assert made.read("core/1.py") == b"text 1" * 100
        assert {entry.date_time for entry in made.infolist()} == {(2001, 9, 9, 1, 46, 40)}


def test_commit_time_can_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert extension.commit_time() >= extension.EARLIEST
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert extension.commit_time() == 1700000000


def test_without_git_the_same_files_ship(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*extension.TOP_FILES, "core/a.py", "core/__pycache__/a.pyc", "faceshot_blender/b.py", "tests/c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.setattr(extension, "ROOT", tmp_path)
    assert extension.shipped() == sorted([*extension.TOP_FILES, "core/a.py", "faceshot_blender/b.py"])
