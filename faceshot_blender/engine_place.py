# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the engine's Python is, and how it is started. Standard library only: no Blender in it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..core import VERSION
from ..core.errors import ErrorCode, FaceShotError

VARIABLE = "FACESHOT_ENGINE"
HOW_TO_MAKE = (
    "Make it in Preferences > Add-ons > FaceShot, or point there (or with FACESHOT_ENGINE) at one made by "
    "`python3 build.py engine DIR`."
)
# Would change which Python starts, or what it finds.
_FOREIGN = ("VIRTUAL_ENV", "__PYVENV_LAUNCHER__")


@dataclass(frozen=True)
class EngineSetup:
    """Everything that starting the engine takes.

    python: its interpreter · root: the extension's folder, that holds `core` · folder: where it works, one of the
    user's · variables: further environment variables.
    """

    python: Path
    root: Path
    folder: Path
    variables: tuple[tuple[str, str], ...] = ()

    def command(self, *words: str) -> list[str]:
        """`core` run with `words`. No -I: it would hide the extension's folder."""
        return [str(self.python), "-s", "-P", "-B", "-m", "core", *words]

    def environment(self) -> dict[str, str]:
        """This process's environment without its own Python settings."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith("PYTHON") and name not in _FOREIGN
        }
        return kept | {"PYTHONPATH": str(self.root)} | dict(self.variables)

    def lock_hash(self) -> str:
        """SHA-256 of the lock file that the engine is to be made from; empty where it is missing."""
        try:
            data = (self.root / "requirements" / "engine.lock").read_bytes()
        except OSError:
            return ""
        return hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()

    @property
    def version(self) -> str:
        return VERSION


def find_python(*, preference: str, default: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """The engine's interpreter: the user's preference, then FACESHOT_ENGINE, then the default place.

    Each may name an interpreter or an environment's folder. Raises ENGINE_MISSING: a place that was named and holds no
    interpreter is an error, not a reason to take the next one.
    """
    for said, where in (("the preferences", preference), (VARIABLE, environment.get(VARIABLE, ""))):
        if where.strip():
            python = interpreter_of(Path(where.strip()).expanduser())
            if python is None:
                raise FaceShotError(
                    ErrorCode.ENGINE_MISSING,
                    f"There is no engine at {where.strip()}, where {said} point{'s' if said == VARIABLE else ''}.",
                    hint=HOW_TO_MAKE,
                )
            return python
    python = interpreter_of(default) if default is not None else None
    if python is None:
        raise FaceShotError(ErrorCode.ENGINE_MISSING, "FaceShot's engine is not installed yet.", hint=HOW_TO_MAKE)
    return python


def interpreter_of(place: Path) -> Path | None:
    """`place` itself if it is a file, the interpreter inside if it is an environment's folder, else None."""
    inside = Path("Scripts/python.exe") if sys.platform == "win32" else Path("bin/python")
    try:
        if place.is_file():
            return place.absolute()
        return (place / inside).absolute() if (place / inside).is_file() else None
    except OSError:
        return None
