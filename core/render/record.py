# SPDX-License-Identifier: GPL-3.0-or-later
"""render.json: which frames in a folder are ours, and what made them. Decides what may be replaced."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..arrays import unwritable, write_atomically
from ..errors import ErrorCode, FaceShotError

log = logging.getLogger(__name__)

RECORD = "render.json"
FORMAT = "faceshot.render"
VERSION = 1
_MAX_BYTES = 64 << 20
_OWN = ("format", "version", "complete", "frames")


def frame_name(number: int) -> str:
    """The file of frame `number`, counted from 1.

    >>> frame_name(12)
    '000012.png'
    """
    return f"{number:06d}.png"


@dataclass
class Record:
    """The frames of `folder` that are ours, name -> SHA-256 of the file, "" while it is being made.

    A file that is listed and still has its hash is ours and may be replaced; so may one that was being made when
    a render was stopped. Anything else is somebody's work and stays. facts: what made them; those of renders of single
    parts afterwards stand in its list "parts".
    """

    folder: Path
    frames: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path) -> Record:
        """The record of a folder, empty when there is none. Raises OUTPUT_UNWRITABLE for a foreign render.json."""
        path = folder / RECORD
        try:
            if path.stat().st_size > _MAX_BYTES:
                raise ValueError("too large")
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT or data["version"] != VERSION:
                raise ValueError("another format")
            facts = {name: value for name, value in data.items() if name not in _OWN}
            return cls(folder, {str(name): str(digest) for name, digest in data["frames"].items()}, facts)
        except (FileNotFoundError, NotADirectoryError):
            return cls(folder)
        except OSError as error:
            raise unwritable(path, error) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"{path} is not ours; it would be overwritten.",
                hint="Choose another output folder.",
            ) from error

    def begin(self, numbers: range, *, part: bool = False) -> None:
        """Claim the names of the frames to be made that are free or ours, and write that down before the first.

        part: the frames that are there beside them stay, and so does what is said of them.
        """
        if not part:
            self.facts = {}
        for number in numbers:
            name = frame_name(number)
            if name in self.frames or not (self.folder / name).exists():
                self.frames.setdefault(name, "")
        self.write(complete=False)

    def place(self, number: int, data: bytes) -> str:
        """Write the frame's file; its hash. Safe from several threads. Raises OUTPUT_UNWRITABLE for a file that is
        not ours, or was changed since."""
        path = self.folder / frame_name(number)
        digest = hashlib.sha256(data).hexdigest()
        found = _digest(path)
        if found == digest:
            return digest
        if found is not None and self.frames.get(path.name) not in ("", found):
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"{path} is not a frame of an earlier render, or was changed since; it would be overwritten.",
                hint="Choose another output folder, or move the file away.",
            )
        write_atomically(path, data)
        return digest

    def note(self, number: int, digest: str) -> None:
        """Frame `number` is there."""
        self.frames[frame_name(number)] = digest

    def remove_beyond(self, last: int) -> None:
        """Remove our frames with higher numbers: what an earlier, longer render left. Changed ones stay."""
        for name in [name for name in self.frames if _number(name) > last]:
            path = self.folder / name
            found = _digest(path)
            if found is not None and self.frames[name] in ("", found):
                try:
                    path.unlink()
                except OSError as error:
                    raise unwritable(path, error) from error
            elif found is not None:
                log.warning("%s was changed since it was rendered; it stays.", path)
            del self.frames[name]

    def end(self, numbers: range, facts: dict[str, Any], *, part: bool = False) -> None:
        """The frames are there, made as `facts` say. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
        of_part = {"part": [numbers.start, numbers.stop - 1]} if part else {}
        if part and self.facts:
            earlier = [one for one in self.facts.get("parts", []) if not _within(one, numbers)]
            self.facts["parts"] = [*earlier, {**of_part, **facts}]
        else:
            self.facts = {**of_part, **facts}
        self.write(complete=all(self.frames.values()))

    def write(self, *, complete: bool) -> None:
        """Write render.json. Raises OUTPUT_UNWRITABLE or DISK_FULL."""
        data = {
            "format": FORMAT,
            "version": VERSION,
            "complete": complete,
            **self.facts,
            "frames": dict(sorted(self.frames.items())),
        }
        write_atomically(self.folder / RECORD, json.dumps(data, indent=1).encode())


def _within(one: Any, numbers: range) -> bool:
    """Was this part done again since, as a whole?"""
    try:
        first, last = one["part"]
        return numbers.start <= first and last < numbers.stop
    except (TypeError, ValueError, KeyError):
        return True


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unwritable(path, error) from error


def _number(name: str) -> int:
    stem = name.removesuffix(".png")
    return int(stem) if stem.isdigit() else 0
