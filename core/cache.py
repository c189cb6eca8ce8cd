# SPDX-License-Identifier: GPL-3.0-or-later
"""The frame store: finished frames kept under a hash of what made them, so that asking again costs nothing.

An entry is one file: a magic word, the SHA-256 of the data, the data. It appears by rename, so it is there whole or
not at all; it is checked on every read, and a damaged one is dropped and made again. Any number of processes may
use one folder: two that make the same frame write the same bytes.

The store is scratch. Results are *copied* out of it and never hard-linked: a link would share its bytes with the
store and with every other take that holds the same frame, and a frame painted over in place would change them all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import write_atomically

log = logging.getLogger(__name__)

_MAGIC = b"FSF1"
_HEADER = len(_MAGIC) + hashlib.sha256().digest_size
# A temporary file this old belongs to a process that died, not to one that is writing.
_STALE_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class StoreReport:
    """What `FrameStore.verify` found: sound entries and their bytes, damaged entries and left-over files removed."""

    entries: int
    bytes: int
    damaged: int
    leftovers: int


def default_folder() -> Path:
    """$FACESHOT_CACHE, else `faceshot` in the user's cache folder of this system."""
    chosen = os.environ.get("FACESHOT_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        return base / "faceshot" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "faceshot"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "faceshot"


def content_key(**parts: Any) -> str:
    """SHA-256 over named parts: arrays (dtype, shape and bytes), bytes, or anything JSON-able; hexadecimal.

    The order of the names does not matter, their values do.

    >>> content_key(a=1, b=np.zeros(2)) == content_key(b=np.zeros(2), a=1)
    True
    >>> content_key(a=np.zeros(2)) == content_key(a=np.zeros((2, 1)))
    False
    """
    whole = hashlib.sha256()
    for name in sorted(parts):
        value = parts[name]
        if isinstance(value, np.ndarray):
            part = hashlib.sha256(np.ascontiguousarray(value).data)
            kind = f"array {value.dtype.str} {value.shape}"
        elif isinstance(value, bytes):
            part, kind = hashlib.sha256(value), "bytes"
        else:
            part, kind = hashlib.sha256(json.dumps(value, sort_keys=True).encode()), "json"
        # Fixed-length digests and a separator that JSON escapes: no two different sets run into the same bytes.
        whole.update(json.dumps([name, kind]).encode() + b"\n" + part.digest())
    return whole.hexdigest()


class FrameStore:
    """Frames by key in `folder` (default: `default_folder()`). Made on first write.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = FrameStore(Path(folder))
    ...     store.put(content_key(frame=1), b"pixels")
    ...     store.get(content_key(frame=1)), store.get(content_key(frame=2))
    (b'pixels', None)
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (Path(folder) if folder is not None else default_folder()) / "frames"

    def path(self, key: str) -> Path:
        """Where the entry of `key` is or would be."""
        if not _is_key(key):
            raise ValueError(f"{key!r} is no key")
        return self.folder / key[:2] / key

    def put(self, key: str, data: bytes) -> None:
        """Store `data`. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
        write_atomically(self.path(key), b"".join((_MAGIC, hashlib.sha256(data).digest(), data)))

    def get(self, key: str) -> bytes | None:
        """The data of `key`, verified; None where there is none, or where it was damaged (it is dropped then)."""
        path = self.path(key)
        try:
            entry = path.read_bytes()
        except OSError:
            return None
        data = _checked(entry)
        if data is None:
            log.warning("Dropped a damaged frame from the cache: %s", path)
            with contextlib.suppress(OSError):
                path.unlink()
        return data

    def __contains__(self, key: str) -> bool:
        """Is there an entry? Not verified: `get` does that."""
        return self.path(key).is_file()

    def copy_to(self, key: str, destination: Path) -> bool:
        """Write the data of `key` to `destination`, atomically; False where there is none.

        Raises OUTPUT_UNWRITABLE or DISK_FULL.
        """
        data = self.get(key)
        if data is None:
            return False
        write_atomically(Path(destination), data)
        return True

    def verify(self) -> StoreReport:
        """Read every entry; remove the damaged ones, and what killed processes left half-written."""
        entries = total = damaged = leftovers = 0
        for path in self._files():
            if path.suffix == ".part":
                leftovers += _remove_stale(path)
                continue
            data = self.get(path.name) if _is_key(path.name) else None
            if data is not None:
                entries += 1
                total += len(data)
            elif _is_key(path.name):
                damaged += 1
        return StoreReport(entries=entries, bytes=total, damaged=damaged, leftovers=leftovers)

    def clear(self) -> StoreReport:
        """Remove every entry, and what killed processes left; nothing else that lies in the folder.

        Returns what was removed. Harmless while others use the folder: they make their frames anew.
        """
        entries = total = leftovers = 0
        for path in self._files():
            if path.suffix == ".part":
                leftovers += _remove_stale(path)
            elif _is_key(path.name):
                with contextlib.suppress(OSError):
                    size = path.stat().st_size
                    path.unlink()
                    entries, total = entries + 1, total + size
        for shelf in self.folder.glob("??"):
            with contextlib.suppress(OSError):  # not empty
                shelf.rmdir()
        return StoreReport(entries=entries, bytes=total, damaged=0, leftovers=leftovers)

    def _files(self) -> Iterator[Path]:
        if not self.folder.is_dir():
            return
        for shelf in sorted(self.folder.iterdir()):
            if shelf.is_dir():
                yield from sorted(path for path in shelf.iterdir() if path.is_file())


def _checked(entry: bytes) -> bytes | None:
    if len(entry) < _HEADER or not entry.startswith(_MAGIC):
        return None
    data = entry[_HEADER:]
    return data if hashlib.sha256(data).digest() == entry[len(_MAGIC) : _HEADER] else None


def _is_key(name: str) -> bool:
    return len(name) == 64 and set(name) <= set("0123456789abcdef")


def _remove_stale(path: Path) -> int:
    try:
        if time.time() - path.stat().st_mtime < _STALE_SECONDS:
            return 0
        path.unlink()
    except OSError:
        return 0
    return 1
