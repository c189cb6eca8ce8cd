# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds a Python that an environment can be made from. Standard library only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import ErrorCode, FaceShotError

VERSIONS = ((3, 11), (3, 13))  # what the lock files are made for, both ends included


def clean_environment() -> dict[str, str]:
    """Ours, without what would bend another Python: Blender's and a virtual environment's variables."""
    gone = {"VIRTUAL_ENV", "__PYVENV_LAUNCHER__"}
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") and name not in gone}


def quiet() -> dict:
    """No console window flashes up on Windows."""
    return {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)} if os.name == "nt" else {}


@dataclass(frozen=True)
class BasePython:
    path: Path
    version: tuple[int, int, int]
    has_venv: bool = True


_PROBE = """
import importlib.util, json, struct, sys, sysconfig
print(json.dumps({
    "path": getattr(sys, "_base_executable", None) or sys.executable,
    "version": list(sys.version_info[:3]),
    "cpython": sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED"),
    "bits": struct.calcsize("P") * 8,
    "venv": all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")),
}))
"""


def probe_python(command: str | Path) -> BasePython | None:
    """What stands behind a command; None when it does not run, as a version manager's empty shim does not."""
    try:
        done = subprocess.run(
            [str(command), "-I", "-c", _PROBE],
            check=False,
            capture_output=True,
            text=True,
            timeout=30,
            env=clean_environment(),
            **quiet(),
        )
        found = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    if not found or not found["cpython"] or found["bits"] != 64:
        return None
    major, minor, micro = found["version"]
    return BasePython(Path(found["path"]), (major, minor, micro), bool(found["venv"]))


def find_base_python(
    *, versions: tuple[tuple[int, int], tuple[int, int]] = VERSIONS, candidates: list[str] | None = None
) -> BasePython:
    """The first Python that can make an environment, of a version within `versions` (both ends included).

    The running one comes first, but inside Blender last: an engine made from Blender's own Python dies with that
    Blender's folder. Raises ENGINE_MISSING, with what to install, when there is none.
    """
    without_venv: BasePython | None = None
    for command in dict.fromkeys(_candidates(versions) if candidates is None else candidates):
        found = probe_python(command)
        if found is None or not versions[0] <= found.version[:2] <= versions[1]:
            continue
        if found.has_venv:
            return found
        without_venv = without_venv or found
    low, high = (f"{major}.{minor}" for major, minor in versions)
    wanted = f"Python {low}" if low == high else f"Python {low} to {high}"
    if without_venv is not None:
        name = "python{}.{}-venv".format(*without_venv.version[:2])
        raise FaceShotError(
            ErrorCode.ENGINE_MISSING,
            f"{without_venv.path} cannot make environments: its venv module is not installed.",
            hint=f"On Debian and Ubuntu: sudo apt install {name}",
        )
    raise FaceShotError(
        ErrorCode.ENGINE_MISSING,
        f"No {wanted} (64 bit) found.",
        hint="Install it from python.org or with the system's packages, and try again.",
    )


def _candidates(versions: tuple[tuple[int, int], tuple[int, int]]) -> Iterator[str]:
    in_blender = "bpy" in sys.modules
    if not in_blender:
        yield sys.executable
    names = [f"python3.{minor}" for minor in range(versions[1][1], versions[0][1] - 1, -1)]
    names += ["python3", "python"]
    # A program started from the desktop does not get the shell's PATH.
    folders = os.environ.get("PATH", "").split(os.pathsep)
    if sys.platform == "darwin":
        folders += ["/opt/homebrew/bin", "/usr/local/bin"]
        folders += [f"/Library/Frameworks/Python.framework/Versions/{name[6:]}/bin" for name in names[:-2]]
    if os.name == "nt":
        programs = Path(os.environ.get("LOCALAPPDATA", ""), "Programs", "Python")
        folders += [str(programs / name.replace(".", "").capitalize()) for name in names[:-2]]
    for name in names:
        for folder in folders:
            # Apple's /usr/bin/python3 opens a window that offers its developer tools.
            if folder and not (sys.platform == "darwin" and folder == "/usr/bin"):
                path = shutil.which(name, path=folder)
                if path:
                    yield path
    if in_blender:
        yield sys.executable
