# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of an output folder are ours, so that nobody's own work is ever written over.

A folder for results is often one that holds other things: the picture, the clip, a card corrected by hand, somebody's
`sound.wav`. A file may be written when it is not there yet, or when we wrote it and nobody has changed it since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .arrays import unwritable, write_atomically
from .errors import ErrorCode, FaceShotError

LEDGER = ".faceshot.json"
FORMAT = "faceshot.folder"
VERSION = 1
_MAX_BYTES = 1 << 20
_FRAME = re.compile(r"\d{6}\.png|.*[#%].*", re.DOTALL)


@dataclass
class Ledger:
    """The files of `folder` that are ours: name -> SHA-256, "" while it is being made.

    A name is claimed before its file is written, so that a run that was killed may be repeated.
    """

    folder: Path
    files: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """The ledger of a folder; empty where there is none, or none that can be read: then nothing in it is ours."""
        folder = Path(folder)
        path = folder / LEDGER
        try:
            if path.stat().st_size > _MAX_BYTES:
                return cls(folder)
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT or data["version"] != VERSION:
                return cls(folder)
            return cls(folder, {str(name): str(digest) for name, digest in data["files"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return cls(folder)

    def is_ours(self, name: str) -> bool:
        """Whether a file that is there was written by us and not changed since."""
        known = self.files.get(name)
        return known is not None and known in ("", _digest(self.folder / name))

    def require_free(self, names: Iterable[str]) -> None:
        """Raise OUTPUT_UNWRITABLE where a file of somebody else, or one that was changed, would be written over."""
        for name in names:
            path = self.folder / name
            if not os.path.lexists(path) or self.is_ours(name):
                continue
            changed = name in self.files and path.is_file()
            why = "was changed since it was made" if changed else "was not made by FaceShot for this folder"
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"{path} is there already and {why}; it would be written over.",
                hint="Choose another output folder, or move the file away.",
            )

    def claim(self, names: Iterable[str]) -> None:
        """Write down that these are about to be made. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
        self.files.update(dict.fromkeys(names, ""))
        self._write()

    def settle(self, names: Iterable[str]) -> None:
        """Write down the files as they are now; those that are not there are struck out."""
        for name in names:
            digest = _digest(self.folder / name)
            if digest is None:
                self.files.pop(name, None)
            else:
                self.files[name] = digest
        self._write()

    def remove(self, name: str) -> None:
        """Remove a file of an earlier run, if it is ours. Raises OUTPUT_UNWRITABLE."""
        path = self.folder / name
        if os.path.lexists(path) and self.is_ours(name):
            try:
                path.unlink()
            except OSError as error:
                raise unwritable(path, error) from error

    def _write(self) -> None:
        data = {"format": FORMAT, "version": VERSION, "files": dict(sorted(self.files.items()))}
        write_atomically(self.folder / LEDGER, json.dumps(data, indent=1).encode())


def require_writable(folder: Path) -> None:
    """Raise OUTPUT_UNWRITABLE or DISK_FULL if no file could be written in `folder`; long work asks this first.

    Nothing is made, not even the folder.
    """
    existing = Path(folder)
    try:
        while not os.path.lexists(existing) and existing != existing.parent:
            existing = existing.parent
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        raise unwritable(Path(folder), error) from error


def require_apart(outputs: Iterable[Path], inputs: Mapping[str, Path]) -> None:
    """Raise OUTPUT_UNWRITABLE where an output is one of the inputs, by whatever name. inputs: what it is -> path."""
    for output in outputs:
        for what, path in inputs.items():
            if _same(output, path):
                raise FaceShotError(
                    ErrorCode.OUTPUT_UNWRITABLE,
                    f"{output} is the {what} itself; it would be written over.",
                    hint="Choose another output.",
                )


def require_outside(folder: Path, inputs: Mapping[str, Path]) -> None:
    """Raise OUTPUT_UNWRITABLE where an input is a frame in `folder`, a pattern of them, or the folder itself.

    Frames of an earlier render are replaced and removed.
    """
    for what, path in inputs.items():
        if _same(folder, path) or (_FRAME.fullmatch(path.name) and _same(folder, path.parent)):
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"The {what} {path} lies in {folder}, where the frames are to be written.",
                hint="Choose another output folder.",
            )


def require_replaceable(path: Path, suffix: str) -> None:
    """Raise OUTPUT_UNWRITABLE if `path` is there and is something else than our `suffix` file: a typing error must not
    cost anybody a clip. suffix: ".motion.npz", ".landmarks.npz" or ".character.json".
    """
    if not os.path.lexists(path):
        require_writable(path.parent)
        return
    if path.is_dir():
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE, f"{path} is a folder.", hint=f"Give the name of a {suffix} file to write."
        )
    if not (_is_archive_of_ours(path) if suffix.endswith(".npz") else _is_card(path)):
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE,
            f"{path} is there already and is no {suffix} file; it would be written over.",
            hint="Choose another name, or move the file away.",
        )
    require_writable(path.parent)


def remove_leftovers(folder: Path, *, before: float) -> None:
    """Remove the temporary files (`.NAME.….part`) that killed runs left in `folder`.

    before: seconds since 1970; what was written to later may belong to a run that still goes on.
    """
    with contextlib.suppress(OSError):
        for path in Path(folder).glob(".*.part"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()


def _is_archive_of_ours(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {"format.npy", "version.npy", "meta.npy"} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _is_card(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return b'"faceshot.character"' in file.read(_MAX_BYTES)
    except OSError:
        return False


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return one.resolve() == other.resolve()


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
