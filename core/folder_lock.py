# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time writes to an output folder: a lock file in it says who.

Made for shares as well: the file is created exclusively and nothing else is asked of the file system. Its owner
touches it every BEAT_SECONDS. A lock whose owner is dead is taken over.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .arrays import unwritable
from .errors import ErrorCode, FaceShotError
from .progress import Progress

LOCK = ".faceshot.lock"
FORMAT = "faceshot.lock"
BEAT_SECONDS = 2.0
# Silence after which an owner counts as dead whose process cannot be looked at: it runs on another machine.
STALE_SECONDS = 60.0
# Before such a lock is taken over it is watched for some beats: clocks of machines may disagree.
WATCH_SECONDS = 5.0
LOOK_SECONDS = 1.0
_MAX_BYTES = 1 << 16
_ATTEMPTS = 10


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who holds a lock. machine: tells machines and containers of one name apart · process: when the process began,
    as its system counts it ("" where it does not say) · started: seconds since 1970 · token: of this one run.
    """

    host: str
    pid: int
    machine: str
    process: str
    started: float
    token: str

    def words(self) -> str:
        """Who that is, for a person."""
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.started))
        return f"process {self.pid} on {self.host or 'a machine without a name'}, since {since}"


_UNKNOWN = Owner(host="another machine", pid=0, machine="", process="", started=0.0, token="")


class FolderLock:
    """Holds `folder`, which is made if need be, while the context lasts; it is removed again if it stays empty.

    beside: folders that nobody else may hold either, although they are not locked. Entering raises OUTPUT_UNWRITABLE,
    with words saying who holds it, or when the lock cannot be written; DISK_FULL.
    """

    def __init__(self, folder: Path, *, beside: Iterable[Path] = (), watch: float = WATCH_SECONDS) -> None:
        self.folder = Path(folder)
        self._path = self.folder / LOCK
        self._beside = tuple(beside)
        self._watch = watch
        self._me = Owner(
            host=platform.node(),
            pid=os.getpid(),
            machine=_machine(),
            process=_process_start(os.getpid()),
            started=time.time(),
            token=secrets.token_hex(8),
        )
        self._made: list[Path] = []
        self._ended = threading.Event()
        self._lost: FaceShotError | None = None
        self._looked = 0.0
        self._beater: threading.Thread | None = None

    def __enter__(self) -> FolderLock:
        self._made = _make(self.folder)
        try:
            for folder in self._beside:
                require_unheld(folder)
            self._take()
        except BaseException:
            self._remove_made()
            raise
        self._beater = threading.Thread(target=self._beat, daemon=True)
        self._beater.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, *where: object) -> None:
        self._ended.set()
        if self._beater is not None:
            self._beater.join(BEAT_SECONDS)
        self._let_go()
        if self._lost not in (None, error) and _may_come_of_it(error):
            raise self._lost from error

    def _let_go(self) -> None:
        if self._lost is None:
            self._look()
        owner = _read(self._path)
        if owner is not None and owner.token == self._me.token:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._remove_made()

    def check(self) -> None:
        """Raise OUTPUT_UNWRITABLE when the folder has vanished, or somebody else has it by now."""
        self._looked = time.monotonic()
        if self._lost is None:
            self._look()
        if self._lost is not None:
            raise self._lost

    def watched(self, progress: Progress) -> Progress:
        """The same, and once in a second `check`: work does not go on in a folder that is lost."""

        def tell(stage: str, done: int, total: int | None) -> None:
            if self._lost is not None or time.monotonic() - self._looked > LOOK_SECONDS:
                self.check()
            progress(stage, done, total)

        return tell

    def _take(self) -> None:
        for _ in range(_ATTEMPTS):
            if _create(self._path, self._me):
                return
            owner = require_stale(self._path, self._watch)
            _remove_stale(self._path, owner)
        raise _held(self.folder, _read(self._path) or _UNKNOWN)

    def _beat(self) -> None:
        while not self._ended.wait(BEAT_SECONDS):
            self._look()
            if self._lost is not None:
                return
            with contextlib.suppress(OSError):  # the share may come back
                os.utime(self._path)

    def _look(self) -> None:
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            self._lost = FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"The output folder {self.folder} was removed or emptied while it was being written to.",
                hint="See that the folder and its disk are there, then run it again: frames that were done are kept in "
                "the cache.",
            )
            return
        except OSError:
            return
        owner = _parse(data)
        if owner is not None and owner.token != self._me.token:
            self._lost = _held(self.folder, owner)

    def _remove_made(self) -> None:
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _may_come_of_it(error: BaseException | None) -> bool:
    """Whether the error may be there because the folder is lost, and says less: a file that is missing, say."""
    if isinstance(error, FaceShotError):
        return error.code is not ErrorCode.CANCELLED
    return isinstance(error, OSError)


def holder_of(folder: Path) -> Owner | None:
    """Who holds the folder and is alive, as far as can be told at once; None when it is free."""
    path = Path(folder) / LOCK
    owner = _read(path)
    if owner is None and not path.exists():
        return None
    owner = owner or _UNKNOWN
    return None if _is_stale(path, owner) else owner


def require_unheld(folder: Path) -> None:
    """Raise OUTPUT_UNWRITABLE, in words that say who, when somebody writes to the folder now."""
    owner = holder_of(folder)
    if owner is not None:
        raise _held(Path(folder), owner)


def require_stale(path: Path, watch: float) -> Owner | None:
    """Who left the lock at `path` and is dead; None when it has gone by itself, or cannot be read.

    Raises OUTPUT_UNWRITABLE when its owner may be alive.
    """
    owner = _read(path) or _read_again(path)
    known = owner or _UNKNOWN
    if not path.exists():
        return None
    if not _is_stale(path, known):
        raise _held(path.parent, known)
    if _is_alive(known) is None:
        before = _touched(path)
        time.sleep(watch)
        if _touched(path) != before:
            raise _held(path.parent, known)
    return owner


def _held(folder: Path, owner: Owner) -> FaceShotError:
    return FaceShotError(
        ErrorCode.OUTPUT_UNWRITABLE,
        f"Another run of FaceShot is writing to {folder}: {owner.words()}.",
        hint=f"Wait for it, or choose another output folder. If that process is not FaceShot, remove {LOCK} there.",
    )


def _make(folder: Path) -> list[Path]:
    """Make the folder; returns what was made, the outermost first. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
    missing = [path for path in (folder, *folder.parents) if not os.path.lexists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return missing[::-1]


def _create(path: Path, owner: Owner) -> bool:
    """Write the lock; False where there is one. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
    data = json.dumps({"format": FORMAT, **asdict(owner)}).encode()
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    except PermissionError as error:
        if sys.platform == "win32" and path.exists():  # being removed at this moment
            return False
        raise unwritable(path, error) from error
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        raise unwritable(path, error) from error
    return True


def _remove_stale(path: Path, owner: Owner | None) -> None:
    """Remove the lock of `owner`, one at a time: whoever comes second must not remove the new lock of the first."""
    guard = path.with_name(f"{LOCK}.part")
    try:
        os.close(os.open(guard, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except OSError:
        if _silence(guard) > STALE_SECONDS:  # its maker died within a moment
            with contextlib.suppress(OSError):
                guard.unlink()
        time.sleep(0.05)
        return
    try:
        # one that cannot be read may be new and not yet written
        if _read(path) == owner and (owner is not None or _silence(path) > STALE_SECONDS):
            with contextlib.suppress(OSError):
                path.unlink()
    finally:
        with contextlib.suppress(OSError):
            guard.unlink()


def _read(path: Path) -> Owner | None:
    try:
        with path.open("rb") as file:
            return _parse(file.read(_MAX_BYTES))
    except OSError:
        return None


def _read_again(path: Path) -> Owner | None:
    """The lock of somebody who may be writing it just now."""
    for _ in range(10):
        time.sleep(0.05)
        if (owner := _read(path)) is not None or not path.exists():
            return owner
    return None


def _parse(data: bytes) -> Owner | None:
    try:
        facts = json.loads(data)
        if facts.pop("format") != FORMAT:
            return None
        return Owner(
            host=str(facts["host"]),
            pid=int(facts["pid"]),
            machine=str(facts["machine"]),
            process=str(facts["process"]),
            started=float(facts["started"]),
            token=str(facts["token"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _is_stale(path: Path, owner: Owner) -> bool:
    alive = _is_alive(owner)
    if alive is None:
        return _silence(path) > STALE_SECONDS
    return not alive


def _touched(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _silence(path: Path) -> float:
    """Seconds since the lock was touched, by the clock that stamps files in this folder."""
    now = time.time()
    with contextlib.suppress(OSError), tempfile.TemporaryFile(dir=path.parent) as probe:
        now = os.fstat(probe.fileno()).st_mtime
    touched = _touched(path)
    return now - touched if touched else 0.0


def _is_alive(owner: Owner) -> bool | None:
    """Whether the owner's process runs; None where that cannot be known."""
    if owner.machine != _machine() or owner.pid <= 0:
        return None
    if owner.process:
        return _process_start(owner.pid) == owner.process
    if os.name == "nt":  # a signal 0 would be a Ctrl-C there
        return None
    try:
        os.kill(owner.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return None  # perhaps another process with its number


def _machine() -> str:
    """Names this machine since it was started, and the container if this is one: a pid means one process there."""
    facts = [platform.node()]
    readers: tuple[Callable[[], str], ...] = (
        lambda: Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(),
        lambda: str(Path("/proc/self/ns/pid").readlink()),
    )
    for reader in readers:
        with contextlib.suppress(OSError, ValueError):
            facts.append(reader())
    return " ".join(facts)


def _process_start(pid: int) -> str:
    """When the process began, in the kernel's ticks; "" when there is none, it is a dead one, or nothing says so."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return "" if words[0] in "ZX" else words[19]
    except (OSError, IndexError):
        return ""
