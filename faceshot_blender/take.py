# SPDX-License-Identifier: GPL-3.0-or-later
"""One take: what is asked of the engine for a plane and a clip, and how its result gets into the scene.

Both the commands and the operators are built on these. While a take is being made only names and ids are kept: the
user may change the scene meanwhile, and everything is looked up again at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.arrays import unwritable
from ..core.errors import ErrorCode, FaceShotError
from .results import RESULT, AnimateResult
from .scene.assemble import Assembled, assemble, scene_fps
from .scene.paths import absolute, safe_name
from .scene.plane import check_picture, find_plane, picture_of

FOLDER = "//faceshot"


@dataclass(frozen=True, kw_only=True)
class Take:
    """A take on a plane: what to look up again at its end, and the engine's arguments for `animate`."""

    scene: str
    scene_id: int
    plane: str
    plane_id: int
    start: int
    folder: Path
    arguments: dict[str, Any]


def plan_take(
    scene: bpy.types.Scene,
    plane: str,
    clip: Path,
    *,
    folder: Path | None = None,
    start: int | None = None,
    options: Mapping[str, Any] | None = None,
    taken: Collection[Path] = (),
) -> Take:
    """Check everything that can be checked at once, and say what the engine is to do.

    folder: for everything that is made, by default `//faceshot/<plane>/<clip>/` · start: the scene frame that shows
    the take's first frame, by default the scene's first · options: further ones of `animate` · taken: folders that
    other jobs write to. The frame rate is the scene's. A picture that is no file is written into the folder.
    Raises FaceShotError.
    """
    found = find_plane(scene, plane)
    check_picture(found)
    require_clip(clip)
    folder = folder or default_folder(plane, clip, taken=taken)
    if folder in taken:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"Another job writes to {folder} already.",
            hint="Choose another output folder, or wait for that job.",
        )
    require_writable(folder)
    arguments = {
        "fps": scene_fps(scene),
        **(options or {}),
        "picture": str(picture_of(found, folder)),
        "clip": str(clip),
        "output": str(folder),
    }
    return Take(
        scene=scene.name,
        scene_id=scene.session_uid,
        plane=found.plane.name,
        plane_id=found.plane.session_uid,
        start=scene.frame_start if start is None else start,
        folder=folder,
        arguments=arguments,
    )


def finish_take(take: Take) -> Assembled:
    """Put the finished take into the scene that asked for it. Raises INPUT_MISSING when scene or plane are gone."""
    result = AnimateResult.load(take.folder)
    scene = _again(bpy.data.scenes, take.scene, take.scene_id)
    if scene is None:
        raise _gone("scene", take.scene, take.folder)
    plane = _again(scene.objects, take.plane, take.plane_id)
    if plane is None:
        raise _gone("plane", take.plane, take.folder)
    return assemble(scene, result, plane=plane.name, start=take.start)


def default_folder(plane: str, clip: Path, *, taken: Collection[Path] = ()) -> Path:
    """`faceshot/<plane>/<clip>/` beside the blend file; numbered when there is a finished take there, or it is taken.

    One that was begun and not finished is gone on with. Raises USAGE while the blend is unsaved.
    """
    if not bpy.data.filepath:
        raise FaceShotError(
            ErrorCode.USAGE,
            "The blend file is not saved yet, so there is no folder for the results.",
            hint="Save it first, or choose an output folder (-o DIR).",
        )
    base = absolute(FOLDER) / safe_name(plane)
    name = safe_name(clip.stem)
    folder, number = base / name, 1
    while folder in taken or (folder / RESULT).exists():
        number += 1
        folder = base / f"{name}-{number}"
    return folder


def require_clip(clip: Path) -> None:
    """Raise INPUT_MISSING unless `clip` is there: a movie file, or a folder or first file of an image sequence."""
    if not clip.exists():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No clip at {clip}.", hint="Check the path.")


def require_writable(folder: Path) -> None:
    """Raise OUTPUT_UNWRITABLE or DISK_FULL unless files can be written in `folder`, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def _again(blocks: Any, name: str, uid: int) -> Any:
    """The data-block of that id, wherever it is called now; failing that (after a reload) the one of that name."""
    return next((block for block in blocks if block.session_uid == uid), None) or blocks.get(name)


def _gone(kind: str, name: str, folder: Path) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_MISSING,
        f"The {kind} {name!r} is gone; the frames are in {folder}.",
        hint="Bring it back with Undo, then import the result folder.",
    )
