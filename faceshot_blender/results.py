# SPDX-License-Identifier: GPL-3.0-or-later
"""What `animate` left in a folder, read back: its `result.json` and the files named there. No Blender in it."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.errors import ErrorCode, FaceShotError

RESULT = "result.json"


@dataclass(frozen=True, kw_only=True)
class AnimateResult:
    """Frames and sound of one take. Frame k, counted from 1, shows the time (k - 1) / fps; the sound starts with it."""

    folder: Path
    picture: Path
    clip: Path
    fps: float
    size: tuple[int, int]
    files: tuple[Path, ...]
    sound: Path | None
    character: Path | None
    backend: str
    motion: Path | None = None
    notes: tuple[str, ...] = ()  # what its user should know

    @classmethod
    def load(cls, folder: Path) -> AnimateResult:
        """Read the folder's record and look that its files are there. Raises INPUT_MISSING or INPUT_UNREADABLE."""
        path = folder / RESULT
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(data, dict):
                raise ValueError("it is no record of a result")
        except OSError as error:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING,
                f"There is no finished result in {folder} ({error.strerror or error}).",
                hint="Name the output folder of `animate`; if it was stopped, run it again: it goes on where it was.",
            ) from error
        except (ValueError, RecursionError) as error:
            raise _unreadable(path, error) from error
        return cls.from_dict(folder, data)

    @classmethod
    def from_dict(cls, folder: Path, data: dict[str, Any], *, files: tuple[Path, ...] = ()) -> AnimateResult:
        """The same from the record's content; `files` when the frames are known already."""
        try:
            width, height = (int(number) for number in data["size"])
            fps, count = float(data["fps"]), int(data["frame_count"])
            if not (math.isfinite(fps) and fps > 0 and count > 0 and width > 0 and height > 0):
                raise ValueError("its numbers make no sense")
            frames, sound, character = str(data["frames"]), data.get("sound"), data.get("character")
            picture, clip = Path(str(data["picture"])), Path(str(data["clip"]))
            motion = data.get("motion")
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _unreadable(folder / RESULT, error) from error
        return cls(
            folder=folder,
            picture=picture,
            clip=clip,
            fps=fps,
            size=(width, height),
            files=files or _frame_files(folder / frames, count),
            sound=_present(folder / str(sound)) if sound else None,
            character=_present(folder / str(character)) if character else None,
            backend=Path(frames).name,
            motion=folder / str(motion) if motion else None,
        )


def _frame_files(folder: Path, count: int) -> tuple[Path, ...]:
    try:
        # an empty file is what a copy that broke off leaves
        names = {entry.name for entry in os.scandir(folder) if entry.stat().st_size}
    except OSError as error:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"Cannot read the frames' folder {folder} ({error.strerror or error}).",
            hint="Animate again: frames that were done come out of the cache.",
        ) from error
    wanted = [f"{number:06d}.png" for number in range(1, count + 1)]
    missing = [name for name in wanted if name not in names]
    if missing:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"{len(missing)} of {count} frames are missing in {folder}, the first is {missing[0]}.",
            hint="Animate again: frames that were done come out of the cache.",
        )
    return tuple(folder / name for name in wanted)


def _present(path: Path) -> Path:
    if not path.is_file():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"The result's file {path} is missing.", hint="Animate again.")
    return path


def _unreadable(path: Path, error: Exception) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_UNREADABLE,
        f"Cannot read {path}: {error}.",
        hint="It may be of another version of FaceShot: animate again.",
    )
