# SPDX-License-Identifier: GPL-3.0-or-later
"""What this Blender says about the engine: where it is, with which folders it works, whether it may go online."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from . import ROOT_PACKAGE
from .engine_place import VARIABLE, EngineSetup, find_python
from .jobs import QUEUE, SHARED, release_engine

if TYPE_CHECKING:
    from .engine_client import EngineClient
    from .engine_making import EngineMaking
    from .preferences import FaceShotPreferences

ONLINE_HINT = "Allow Online Access in Preferences > System, or start Blender with --online-mode."
# The window comes first where both want the processor: about three quarters of it.
GIVE_WAY = "5"
ROOT = Path(__file__).resolve().parents[1]
_LOCK = ROOT / "requirements" / "engine.lock"


def preferences() -> FaceShotPreferences | None:
    """The extension's preferences, None while it is not enabled (as when a test calls its parts)."""
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    return addon.preferences if addon is not None else None


def default_engine() -> Path | None:
    """The folder in which the extension keeps the engine that it makes; nothing is created."""
    try:
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path="engine"))
    except ValueError:  # not running as an extension
        return None


def engine_setup() -> EngineSetup:
    """The engine to start now. Raises ENGINE_MISSING or ENGINE_OUTDATED."""
    settings = preferences()
    wish = bpy.path.abspath(settings.engine) if settings is not None and settings.engine else ""
    default = default_engine()
    python = find_python(preference=wish, default=default)
    if default is not None and python.is_relative_to(default):
        _require_fit(default)
    return EngineSetup(python=python, root=ROOT, folder=_users_folder(), variables=tuple(_variables().items()))


def engine_state() -> tuple[str, str]:
    """How the engine stands, and words for it: see `readiness.Readiness`. Starts its Python for a moment."""
    from ..core.errors import FaceShotError

    try:
        return "ready", str(engine_setup().python)
    except FaceShotError as error:
        settings, default = preferences(), default_engine()
        if (settings is not None and settings.engine) or os.environ.get(VARIABLE):
            return "misplaced", error.message
        with contextlib.suppress(ImportError):
            from ..core.engine_maker import check_engine

            if default is not None:
                state = check_engine(default, lock=_LOCK, extras=engine_extras())
                return state.status.value, state.words
        return "missing", error.message


def models_folder() -> Path | None:
    """The folder of networks that the preferences name; None for the default one."""
    settings = preferences()
    return Path(bpy.path.abspath(settings.models)) if settings is not None and settings.models else None


def cache_folder() -> Path | None:
    """The folder of the frame cache that the preferences name; None for the default one."""
    settings = preferences()
    return Path(bpy.path.abspath(settings.cache)) if settings is not None and settings.cache else None


def lets_finish() -> bool:
    """Whether the user wants jobs to be finished when their file is left or Blender is closed."""
    settings = preferences()
    QUEUE.lets_finish = settings is not None and settings.leaving == "FINISH"
    return QUEUE.lets_finish


def open_engine() -> EngineClient:
    """Start the engine. The caller closes it. Raises ENGINE_MISSING or ENGINE_OUTDATED."""
    from .engine_client import EngineClient

    return EngineClient(engine_setup())


def shared_engine() -> EngineClient:
    """The engine that jobs of this Blender share, started when there is none that fits.

    It stays warm for the next job until `jobs.release_engine`. Raises ENGINE_MISSING or ENGINE_OUTDATED.
    """
    from .engine_client import EngineClient

    setup = engine_setup()
    if SHARED:
        SHARED[0].poll()  # it may have died while nobody looked
        if SHARED[0].alive and SHARED[0].setup == setup:
            return SHARED[0]
        release_engine()
    SHARED.append(EngineClient(setup))
    return SHARED[0]


def plan_engine() -> EngineMaking:
    """The making of the engine in its default place, not begun yet.

    Raises OFFLINE where Blender may not go online, and ENGINE_MISSING where this FaceShot has no maker.
    """
    from ..core.errors import ErrorCode, FaceShotError
    from .engine_making import EngineMaking

    if not bpy.app.online_access:
        raise FaceShotError(
            ErrorCode.OFFLINE,
            "Making the engine downloads packages, and Blender is set to stay offline.",
            hint=ONLINE_HINT,
        )
    directory = Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path="engine", create=True))
    # Windows replaces no file that is in use: the running engine ends first
    return EngineMaking(directory, _LOCK, extras=engine_extras(), begin=release_engine)


def engine_extras() -> tuple[Path, ...]:
    """Further lists of packages that the user's engine is made from."""
    settings = preferences()
    if settings is None or not settings.with_diffusion:
        return ()
    return tuple(_LOCK.with_name(name) for name in ("diffusion.lock", "torch.txt"))


def _require_fit(directory: Path) -> None:
    """Look at the engine that we made: whole, and of this version? The platform's zip has no maker of any."""
    try:
        from ..core import engine_maker
    except ImportError:
        return
    from ..core.errors import ErrorCode, FaceShotError

    state = engine_maker.check_engine(directory, lock=_LOCK, extras=engine_extras())
    if state.status is engine_maker.EngineStatus.READY:
        return
    outdated = state.status is engine_maker.EngineStatus.OUTDATED
    raise FaceShotError(
        ErrorCode.ENGINE_OUTDATED if outdated else ErrorCode.ENGINE_MISSING,
        state.words,
        hint=f"{'Update' if outdated else 'Make'} it in Preferences > Add-ons > FaceShot.",
    )


def _variables() -> dict[str, str]:
    """What the engine is told through its environment."""
    told = {} if bpy.app.online_access else {"FACESHOT_OFFLINE": "1"}
    if not bpy.app.background:
        told["FACESHOT_NICE"] = GIVE_WAY
    settings = preferences()
    if settings is not None:
        if settings.offline:
            told["FACESHOT_OFFLINE"] = "1"
        for name, folder in (("FACESHOT_MODELS", settings.models), ("FACESHOT_CACHE", settings.cache)):
            if folder:
                told[name] = bpy.path.abspath(folder)
        if settings.device != "AUTO":
            told["FACESHOT_DEVICE"] = settings.device.lower()
        if settings.threads:
            told["FACESHOT_THREADS"] = str(settings.threads)
    return told


def _users_folder() -> Path:
    """A folder for the engine to work in: never the extension's own, which Windows would lock."""
    with contextlib.suppress(RuntimeError):  # a farm's user may have no home
        if Path.home().is_dir():
            return Path.home()
    return Path(tempfile.gettempdir())
