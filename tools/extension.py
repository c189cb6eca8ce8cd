# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py zip: stages what ships, has Blender's own builder pack and validate it, and makes the bytes repeatable."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path

from core.engine_maker import clean_environment
from core.errors import ErrorCode, FaceShotError

from . import environments, real_blender
from .run import ROOT

MANIFEST = "blender_manifest.toml"
TOP_FILES = (
    "__init__.py", MANIFEST, "LICENSE", "NOTICE",
    "requirements/engine.lock", "requirements/diffusion.lock", "requirements/torch.txt",
)  # fmt: skip
FOLDERS = ("core/", "faceshot_blender/")
MAKER = ("core/engine_maker.py", "core/base_python.py")  # the platform allows no pip at run time
EARLIEST = 315532800  # 1980-01-01, where a zip's calendar begins


def run(options: argparse.Namespace) -> int:
    output = Path(options.output).absolute()
    print(build(output, channel=options.channel))
    return 0


def build(output: Path, *, channel: str = "self-hosted") -> Path:
    """Builds and validates the zip of a channel in the folder `output`; the same checkout gives the same bytes."""
    output.mkdir(parents=True, exist_ok=True)
    builder = find_builder()
    folder = stage(ROOT / "build" / "stage" / channel, channel=channel)
    version = tomllib.loads((folder / MANIFEST).read_text("utf-8"))["version"]
    name = f"faceshot-{version}.zip" if channel == "self-hosted" else f"faceshot-{version}-{channel}.zip"
    raw = folder.with_suffix(".zip")
    _run(builder, "validate", str(folder))
    _run(builder, "build", "--source-dir", str(folder), "--output-filepath", str(raw))
    made = output / name
    partial = output / (name + ".part.zip")
    normalise(raw, partial, when=commit_time())
    _run(builder, "validate", str(partial))
    partial.replace(made)
    raw.unlink()
    return made


def shipped(channel: str = "self-hosted") -> list[str]:
    """The tracked files that ship in a channel, sorted, with forward slashes."""
    files = [
        name
        for name in tracked()
        if name in TOP_FILES or (name.startswith(FOLDERS) and not name.endswith((".pyc", ".md", ".part")))
    ]
    return sorted(name for name in files if channel == "self-hosted" or name not in MAKER)


def tracked() -> list[str]:
    """All tracked files. In a source archive without git: all that stand in the folders that ship."""
    done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], check=False, capture_output=True, text=True)
    if done.returncode == 0 and done.stdout:
        return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]
    found = [ROOT / name for name in TOP_FILES]
    found += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    return [path.relative_to(ROOT).as_posix() for path in found if path.is_file()]


def commit_time() -> int:
    """Seconds since 1970 that stand on every file of the zip: the commit's, or SOURCE_DATE_EPOCH."""
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdigit():
        return int(given)
    done = subprocess.run(
        ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"], check=False, capture_output=True, text=True
    )
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip().isdigit() else EARLIEST


def stage(folder: Path, *, channel: str) -> Path:
    """A folder with exactly the files that ship."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in shipped(channel):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    if channel == "platform":
        manifest = folder / MANIFEST
        manifest.write_text(without_network(manifest.read_text("utf-8")), "utf-8", newline="\n")
    return folder


def without_network(manifest: str) -> str:
    """The manifest of a zip that fetches nothing: the platform's channel has no engine maker."""
    kept = [line for line in manifest.splitlines(keepends=True) if not line.startswith("network =")]
    return "".join(kept)


def normalise(source: Path, target: Path, *, when: int) -> None:
    """Packs the same files anew: sorted, one time, one mode. Order, clock, time zone and umask leave no trace."""
    date = time.gmtime(max(when, EARLIEST))[:6]
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for name in sorted(entry.filename.replace("\\", "/") for entry in old.infolist() if not entry.is_dir()):
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, also when packed on Windows
            entry.external_attr = 0o100644 << 16
            new.writestr(entry, old.read(name))


def find_builder() -> list[str]:
    """The command of Blender's extension builder; makes .venv-blender when no Blender is at hand."""
    if not environments.is_ready(environments.BLENDER):
        found = real_blender.on_this_machine()
        if found is not None:
            return [*found.command, "--command", "extension"]
        environments.ensure(environments.BLENDER)
    folder = environments.BLENDER.directory
    scripts = sorted(folder.glob("**/bpy/*/scripts/addons_core/bl_pkg/cli/blender_ext.py"))
    if not scripts:
        raise FaceShotError(
            ErrorCode.BACKEND_MISSING,
            f"No extension builder in {folder}.",
            hint="Remove that folder and try again: it is made anew.",
        )
    return [sys.executable, "-I", "-B", str(scripts[-1])]


def _run(builder: list[str], *arguments: str) -> None:
    done = subprocess.run(
        [*builder, *arguments],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=clean_environment(),
        timeout=300,
    )
    if done.returncode != 0 or "FATAL_ERROR" in done.stdout or "Error:" in done.stdout:
        raise FaceShotError(
            ErrorCode.UNEXPECTED,
            f"Blender's extension builder refused ({arguments[0]}): {' '.join(done.stdout.split())}",
            hint="Mend what it names.",
        )
