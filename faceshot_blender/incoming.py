# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file or folder that is to be imported is, and what can be played of it. No Blender in it."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import ErrorCode, FaceShotError
from .results import RESULT, AnimateResult

RENDER, RENDER_FORMAT = "render.json", "faceshot.render"
CARD = ".character.json"
MOVEMENTS = (".landmarks.npz", ".motion.npz")
_MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class CardFile:
    """A character card: `*.character.json`."""

    path: Path


@dataclass(frozen=True)
class MovementFile:
    """Landmarks or motion that no frames were made from yet: `*.landmarks.npz`, `*.motion.npz`."""

    path: Path


def look_at(path: Path) -> AnimateResult | CardFile | MovementFile:
    """What is at `path`. A file that a result names counts as that result.

    Raises INPUT_MISSING or INPUT_UNREADABLE, in words that say what can be imported.
    """
    if path.is_dir():
        return _folder(path)
    if not path.is_file():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"There is nothing at {path}.", hint="Check the path.")
    name = path.name.lower()
    if name in (RESULT, RENDER):
        return _folder(path.parent, name)
    if name.endswith(CARD):
        return CardFile(path)
    if name.endswith(MOVEMENTS):
        return _result_naming(path) or MovementFile(path)
    raise FaceShotError(
        ErrorCode.INPUT_UNREADABLE,
        f"{path.name} is not a result of FaceShot.",
        hint=f"Import {RESULT}, {RENDER}, *{CARD}, *.landmarks.npz or *.motion.npz.",
    )


def distinct(found: Iterable[AnimateResult | CardFile | MovementFile]) -> list[AnimateResult | CardFile | MovementFile]:
    """Each once, cards first: of several files that were dropped together some may name the same result."""
    once = {
        (type(each), each.folder / each.backend if isinstance(each, AnimateResult) else each.path): each
        for each in found
    }
    return sorted(once.values(), key=lambda each: not isinstance(each, CardFile))


def _folder(folder: Path, name: str = "") -> AnimateResult:
    if name != RENDER and (folder / RESULT).is_file():
        return AnimateResult.load(folder)
    if (folder / RENDER).is_file():
        return load_frames(folder)
    raise FaceShotError(
        ErrorCode.INPUT_MISSING,
        f"There is no result of FaceShot in {folder}.",
        hint=f"Choose a folder with {RESULT} or {RENDER}.",
    )


def load_frames(folder: Path) -> AnimateResult:
    """The frames that a `render` has left in `folder`, with card and sound of the take that it lies in, if any.

    Raises INPUT_MISSING or INPUT_UNREADABLE.
    """
    record = _read(folder / RENDER)
    try:
        if record.get("format") != RENDER_FORMAT:
            raise ValueError("it is no record of a render")
        names = sorted(name for name, digest in record["frames"].items() if digest)
        numbers = [int(name.removesuffix(".png")) for name in names]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(folder / RENDER, error) from error
    _require_all(folder, names, numbers)
    files = tuple(folder / name for name in names)
    notes = () if record.get("complete", True) else (f"The render of {folder} was not finished: it ends early.",)
    take = _take_of(folder)
    try:
        fps, size, picture = record["landmarks"]["fps"], record["size"], record["picture"]["path"]
    except (KeyError, TypeError) as error:
        if take is not None:  # it was stopped before it was finished
            return dataclasses.replace(take, files=files, backend=folder.name, notes=notes)
        raise _unreadable(folder / RENDER, "it is not complete") from error
    data = {"fps": fps, "size": size, "picture": picture, "clip": "", "frames": folder.name, "frame_count": 1}
    made = AnimateResult.from_dict(folder.parent, data, files=files)
    if take is not None:  # its card and sound; the rate and the size of these frames are their own
        made = dataclasses.replace(take, files=files, fps=made.fps, size=made.size)
    return dataclasses.replace(made, backend=folder.name, notes=notes)


def folders_in(take: Path) -> list[str]:
    """Names of the folders of frames in a take's folder; empty where it cannot be read."""
    try:
        names = {entry.name for entry in take.iterdir() if (entry / RENDER).is_file()}
        made = _read(take / RESULT).get("frames") if (take / RESULT).is_file() else None
    except (OSError, FaceShotError):
        return []
    return sorted(names | ({made} if isinstance(made, str) and (take / made).is_dir() else set()))


def _require_all(folder: Path, names: list[str], numbers: list[int]) -> None:
    """Raise INPUT_MISSING unless there are frames, without a gap, and their files are there."""
    if not numbers:
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No frame in {folder} is done yet.", hint="Render it again.")
    gap = next((before for before, after in itertools.pairwise(numbers) if after != before + 1), None)
    absent = next((name for name in names if not _has_content(folder / name)), None)
    if gap is not None or absent is not None:
        name = absent or f"{(gap or 0) + 1:06d}.png"
        raise FaceShotError(
            ErrorCode.INPUT_MISSING, f"The frame {name} is missing in {folder}.", hint="Render the folder again."
        )


def _has_content(path: Path) -> bool:
    """Whether there is more than the empty file that a copy that broke off leaves."""
    return path.is_file() and path.stat().st_size > 0


def _take_of(frames: Path) -> AnimateResult | None:
    """The finished take whose folder holds this folder of frames."""
    try:
        return AnimateResult.load(frames.parent)
    except FaceShotError:
        return None


def _result_naming(path: Path) -> AnimateResult | None:
    """The finished take beside `path` that was made through this very file."""
    record = path.parent / RESULT
    if not record.is_file():
        return None
    data = _read(record)
    return AnimateResult.load(path.parent) if path.name in (data.get("landmarks"), data.get("motion")) else None


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise ValueError("it is no record")
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error
    return data


def _unreadable(path: Path, why: object) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_UNREADABLE, f"Cannot read {path}: {why}.", hint="It may be of another version of FaceShot."
    )
