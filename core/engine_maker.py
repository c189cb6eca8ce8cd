# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes and checks the engine's Python environment. Standard library only: Blender and build.py both run it.

An environment is an ordinary virtual environment plus a stamp, written last: what has no stamp was never finished.
A marker, written first, tells an unfinished environment of ours from a folder of the user's, which is never touched.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .base_python import BasePython, clean_environment, find_base_python, probe_python, quiet
from .errors import ErrorCode, FaceShotError
from .progress import Progress, silent
from .progress import cancelled as stopped

log = logging.getLogger(__name__)

__all__ = [
    "BasePython",
    "EngineState",
    "EngineStatus",
    "check_engine",
    "download_mb",
    "engine_python",
    "explain",
    "find_base_python",
    "lock_hash",
    "make_engine",
]

STAMP = "faceshot-environment.json"
MARKER = "faceshot-unfinished"
DOWNLOAD_MB = 140  # the engine without torch, measured on Linux; other systems differ by tens
INSTALLED_MB = 600
# The builds of PyPI: on Linux with the CUDA libraries, elsewhere for the CPU or Metal.
TORCH_DOWNLOAD_MB = 2800 if sys.platform.startswith("linux") else 260
TORCH_INSTALLED_MB = 5600 if sys.platform.startswith("linux") else 900


def download_mb(*, torch: bool = False) -> int:
    """About how much making an engine downloads: shown before anything is fetched."""
    return DOWNLOAD_MB + (TORCH_DOWNLOAD_MB if torch else 0)


def lock_hash(lock: Path) -> str:
    """The sha256 of a lock file, line ends aside, so that a Windows checkout has the same one."""
    try:
        return hashlib.sha256(lock.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
    except OSError as error:
        hint = "Reinstall FaceShot: its list of packages is not where it belongs."
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"Cannot read {lock}: {error.strerror}.", hint=hint) from error


def engine_python(directory: Path) -> Path:
    """The interpreter inside an environment, whether it is there or not."""
    return directory / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class EngineStatus(Enum):
    READY = "ready"
    MISSING = "missing"
    OUTDATED = "outdated"
    BROKEN = "broken"


@dataclass(frozen=True)
class EngineState:
    """What stands in a folder: `words` are for the artist, `python` is set only when the engine can be started."""

    status: EngineStatus
    words: str
    python: Path | None = None
    has_torch: bool = False


def extras_hash(extras: Sequence[Path]) -> str | None:
    """One hash for the requirements on top of the lock; None without any."""
    return hashlib.sha256("".join(map(lock_hash, extras)).encode()).hexdigest() if extras else None


def check_engine(directory: Path, *, lock: Path, extras: Sequence[Path] = ()) -> EngineState:
    """Says whether the environment in `directory` is whole and made from this lock file, and from all of `extras`.
    Takes some 50 ms.

    An outdated engine can still be started (`python` is set): it is the protocol's matter whether it will do.
    """
    stamp = _read_stamp(directory)
    if stamp is None:
        unfinished = (directory / MARKER).exists()
        words = f"The engine in {directory} was not finished." if unfinished else f"There is no engine in {directory}."
        return EngineState(EngineStatus.MISSING, words)
    python = engine_python(directory)
    version = _version_of(python)
    if version is None:
        base = stamp.get("base", "its Python")
        return EngineState(EngineStatus.BROKEN, f"The engine no longer starts: {base} was removed or replaced.")
    has_torch = bool(stamp.get("torch"))
    wanted_extras = extras_hash(extras)
    if version != stamp.get("python"):
        words = f"The engine was made with Python {stamp.get('python')}, and now runs with {version}."
        return EngineState(EngineStatus.BROKEN, words)
    if stamp.get("lock") != lock_hash(lock) or (wanted_extras is not None and stamp.get("torch") != wanted_extras):
        words = "The engine was made for another version of FaceShot, or lacks a part."
        return EngineState(EngineStatus.OUTDATED, words, python, has_torch)
    return EngineState(EngineStatus.READY, f"Ready (Python {version}).", python, has_torch)


def _read_stamp(directory: Path) -> dict | None:
    try:
        stamp = json.loads((directory / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return stamp if isinstance(stamp, dict) else None


def _version_of(python: Path) -> str | None:
    found = probe_python(python)
    return None if found is None else ".".join(map(str, found.version))


# ---- making ----------------------------------------------------------------------------------------------------------


def make_engine(
    directory: Path,
    *,
    lock: Path,
    base_python: Path | None = None,
    extras: Sequence[Path] = (),
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
    needed_mb: int | None = None,
) -> Path:
    """Makes (or makes anew) the environment in `directory` from a hash-locked requirements file.

    Parameters: `extras` further requirements, installed by calls of their own, one after the other: those that end in
    .lock with hashes; torch without, since its builds differ by machine; `base_python` the Python to make it from, else
    the one `find_base_python` finds;
    `cancelled` is asked ten times a second, also while packages download; `needed_mb` the room it takes on disk.

    Returns the environment's interpreter. Raises FaceShotError; nothing half-made is left then.
    """
    wanted = lock_hash(lock)
    wanted_extras = extras_hash(extras)
    base = base_python if base_python is not None else find_base_python().path
    directory = Path(directory).absolute()
    if needed_mb is None:
        needed_mb = INSTALLED_MB + (TORCH_INSTALLED_MB if extras else 0)
    with _claimed(directory):
        _empty(directory)
        _require_room(directory, needed_mb)
        try:
            run = _Runner(progress, cancelled)
            run("Making the environment", [str(base), "-I", "-m", "venv", str(directory)])
            python = engine_python(directory)
            pip = [str(python), "-I", "-u", "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
            pip += ["--disable-pip-version-check", "--only-binary", ":all:"]
            run("Downloading packages", [*pip, "--require-hashes", "-r", str(lock)], total=_count(lock))
            for extra in extras:
                hashes = ["--require-hashes"] if extra.suffix == ".lock" else []
                run(f"Downloading {extra.stem}", [*pip, *hashes, "-r", str(extra)])
            stamp = {"lock": wanted, "torch": wanted_extras, "python": _version_of(python), "base": str(base)}
            partial = directory / (STAMP + ".part")
            partial.write_text(json.dumps(stamp, indent=1) + "\n", "utf-8")
            partial.replace(directory / STAMP)
        except BaseException as error:
            with contextlib.suppress(OSError):
                _empty(directory)
                (directory / MARKER).unlink()
                directory.rmdir()
            if isinstance(error, OSError):
                raise explain([str(error)]) from error
            raise
        (directory / MARKER).unlink(missing_ok=True)
    return python


def _count(lock: Path) -> int:
    return sum(1 for line in lock.read_text("utf-8").splitlines() if line[:1].isalnum())


@contextlib.contextmanager
def _claimed(directory: Path) -> Iterator[None]:
    """Holds the folder against a second maker; leaves the marker while work goes on, and refuses a foreign folder."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        ours = (directory / STAMP).exists() or (directory / MARKER).exists()
        if not ours and any(directory.iterdir()):
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"{directory} is not empty, and was not made by FaceShot.",
                hint="Choose a new folder, or move this one away.",
            )
        marker = (directory / MARKER).open("a+")
    except OSError as error:
        raise explain([f"{error}"]) from error
    with marker:
        if not _lock(marker.fileno()):
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"Another program is making {directory} right now.",
                hint="Wait until it is done.",
            )
        yield


def _lock(handle: int) -> bool:
    """Takes the lock that the system gives back when this process ends, however it ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _empty(directory: Path) -> None:
    """Removes all but the marker. The stamp goes first: from then on the engine is unfinished."""
    (directory / STAMP).unlink(missing_ok=True)
    for entry in directory.iterdir():
        if entry.name == MARKER:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _require_room(directory: Path, needed_mb: int) -> None:
    free = shutil.disk_usage(directory).free // 2**20
    if free < needed_mb:
        raise FaceShotError(
            ErrorCode.DISK_FULL,
            f"{directory} needs about {needed_mb} MB, and its disk has {free} MB free.",
            hint="Make room, or choose another disk.",
        )


class _Runner:
    """Runs one child after the other, listening to it and to the caller's wish to stop."""

    def __init__(self, progress: Progress, wants_stop: Callable[[], bool]) -> None:
        self.progress = progress
        self.wants_stop = wants_stop

    def __call__(self, stage: str, command: list[str], *, total: int | None = None) -> None:
        self.progress(stage, 0, total)
        log.debug("running %s", command)
        # Its words go to a file, not a pipe: a grandchild that lives on cannot keep us waiting.
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            output = Path(folder, "output.txt")
            with output.open("wb") as sink:
                child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    env=clean_environment(),
                    start_new_session=os.name != "nt",
                    **quiet(),
                )
            try:
                while child.poll() is None:
                    if self.wants_stop():
                        raise stopped()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        child.wait(timeout=0.1)
                    self._tell(stage, output.read_bytes(), total)
            except BaseException:
                _kill(child)
                raise
            if child.returncode:
                raise explain(output.read_text("utf-8", errors="replace").splitlines())

    def _tell(self, stage: str, words: bytes, total: int | None) -> None:
        if b"\nInstalling collected packages" in words:
            self.progress(stage.replace("Downloading", "Installing"), 0, None)
        else:
            done = words.count(b"Collecting ")
            self.progress(stage, done if total is None else min(done, total), total)


def _kill(child: subprocess.Popen) -> None:
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


# ---- what went wrong, in words ---------------------------------------------------------------------------------------

_NETWORK = ErrorCode.OFFLINE
_CAUSES: tuple[tuple[tuple[str, ...], ErrorCode, str, str], ...] = (
    (
        ("no space left", "errno 28", "winerror 112", "disk quota"),
        ErrorCode.DISK_FULL,
        "The disk is full.",
        "Make room (the packages also pass through the temporary folder), and try again.",
    ),
    (
        ("do not match the hashes", "hashes are required"),
        ErrorCode.UNEXPECTED,
        "A downloaded package is not the one that this version was tested with, so it was not installed.",
        "Try again without a package mirror or proxy in between.",
    ),
    (
        ("certificate_verify_failed", "sslerror", "ssl: "),
        _NETWORK,
        "The package index's certificate was not accepted.",
        "Behind a company proxy: set PIP_CERT to its certificate. Also check the computer's clock.",
    ),
    (
        (
            "name resolution",
            "failed to establish a new connection",
            "newconnectionerror",
            "getaddrinfo failed",
            "connecttimeout",
            "max retries exceeded",
            "read timed out",
            "proxyerror",
            "connection broken",
            "network is unreachable",
        ),
        _NETWORK,
        "The package index cannot be reached.",
        "Connect to the network (behind a proxy: set HTTPS_PROXY) and try again.",
    ),
    (
        ("no matching distribution",),
        ErrorCode.ENGINE_MISSING,
        "One of the packages is not made for this computer or this Python.",
        "Use 64-bit Python 3.11 to 3.13 on Linux, macOS or Windows.",
    ),
    (
        ("ensurepip is not", "no module named ensurepip", "no module named venv", "no module named 'ensurepip'"),
        ErrorCode.ENGINE_MISSING,
        "This Python cannot make environments: its venv module is not installed.",
        "On Debian and Ubuntu: sudo apt install python3-venv",
    ),
    (
        ("permission denied", "access is denied", "read-only file system", "winerror 5]", "winerror 32]", "errno 13]"),
        ErrorCode.OUTPUT_UNWRITABLE,
        "The folder cannot be written to, or a program still uses it.",
        "Stop a running engine, or choose another folder.",
    ),
)


def explain(output: list[str]) -> FaceShotError:
    """The error that stands behind the words of pip, venv or the system, as one line with what to do.

    >>> explain(["ERROR: Could not install packages: [Errno 28] No space left on device"]).code.name
    'DISK_FULL'
    """
    text = "\n".join(output).lower()
    last = next((line.strip() for line in reversed(output) if "error" in line.lower()), "")
    last = last or next((line.strip() for line in reversed(output) if line.strip()), "no word of why")
    log.info("an environment could not be made:\n%s", "\n".join(output[-40:]))
    for signs, code, message, hint in _CAUSES:
        if any(sign in text for sign in signs):
            return FaceShotError(code, message, hint=hint)
    return FaceShotError(ErrorCode.UNEXPECTED, f"The environment could not be made: {last}", hint="Try again.")
