# SPDX-License-Identifier: GPL-3.0-or-later
"""One take: what is asked of the engine for a plane and a clip, and how its result gets into the scene.

Both the commands and the operators are built on these. While a take is being made only names and ids are kept: the
user may change the scene meanwhile, and everything is looked up again at the end.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.errors import ErrorCode, FaceShotError
from ..core.folder_lock import holder_of, require_unheld
from ..core.ledger import require_writable
from .again import Ticket, find_again, ticket_of
from .results import RESULT, AnimateResult
from .scene.assemble import Assembled, assemble, scene_fps
from .scene.cards import card_file
from .scene.paths import absolute, safe_name, session_folder
from .scene.plane import PlaneImage, check_picture, find_plane, picture_of

FOLDER = "//faceshot"
FAILURE = "faceshot-failure.json"


@dataclass(frozen=True, kw_only=True)
class Take:
    """A take on a plane: what to look up again at its end, and the engine's arguments for it.

    warnings: what its user should know of it beforehand.
    """

    scene: Ticket
    plane: Ticket
    start: int
    folder: Path
    arguments: dict[str, Any]
    fit: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def failure(self) -> Path:
        """Where the words of a failure are written that nobody waits for."""
        return self.folder / FAILURE


def plan_take(
    scene: bpy.types.Scene,
    plane: str,
    clip: Path,
    *,
    folder: Path | None = None,
    start: int | None = None,
    options: Mapping[str, Any] | None = None,
    taken: Collection[Path] = (),
    fit: bool = False,
) -> Take:
    """Check everything that can be checked at once, and say what the engine is to do.

    folder: for everything that is made, by default `//faceshot/<plane>/<clip>/` · start: the scene frame that shows
    the take's first frame, by default the scene's first · options: further ones of `animate` · taken: folders that
    other jobs write to · fit: let the scene last as long as the take in the end. The frame rate is the scene's. A
    picture that is no file is written into the folder. Raises FaceShotError.
    """
    found = find_plane(scene, plane)
    check_picture(found)
    require_clip(clip)
    folder = free_folder(folder, plane, clip, taken=taken)
    picture = picture_of(found, folder)
    card: Path | None = None
    warnings: tuple[str, ...] = ()
    if not {"character", "box", "matcher"} & set(options or {}):
        card, warnings = card_file(found, picture, session_folder())
    arguments = {
        "fps": scene_fps(scene),
        **({"character": str(card)} if card else {}),
        **(options or {}),
        "picture": str(picture),
        "clip": str(clip),
        "output": str(folder),
    }
    take = take_of(scene, found, folder, arguments, start=start)
    return dataclasses.replace(take, fit=fit, warnings=warnings)


def take_of(
    scene: bpy.types.Scene, found: PlaneImage, folder: Path, arguments: dict[str, Any], *, start: int | None
) -> Take:
    """The take for that plane; from now on scene and plane are found again."""
    return Take(
        scene=ticket_of(scene, "scenes"),
        plane=ticket_of(found.plane, "objects"),
        start=scene.frame_start if start is None else start,
        folder=folder,
        arguments=arguments,
    )


def finish_take(take: Take) -> Assembled:
    """Put the finished take into the scene that asked for it. Raises INPUT_MISSING when scene or plane are gone."""
    result = AnimateResult.load(take.folder)
    scene = find_again(take.scene, bpy.data.scenes)
    if scene is None:
        raise _gone(f"The scene {take.scene.name!r} is gone", take.folder)
    plane = find_again(take.plane, scene.objects)
    if plane is None:
        elsewhere = find_again(take.plane, bpy.data.objects)
        scenes = elsewhere.users_scene if elsewhere is not None else ()
        if scenes:
            names = " and ".join(repr(each.name) for each in scenes)
            what = f"The plane {elsewhere.name!r} is no longer in the scene {scene.name!r} but in {names}"
        else:
            what = f"The plane {take.plane.name!r} is gone"
        raise _gone(what, take.folder)
    return assemble(scene, result, plane=plane.name, start=take.start, fit=take.fit)


def bring(take: Take, warnings: Collection[str]) -> list[tuple[str, str]]:
    """`finish_take`, and what is to be reported: (level, words)."""
    made = finish_take(take)
    told = [("WARNING", warning) for warning in (*take.warnings, *warnings, *made.warnings)]
    return [*told, ("INFO", f"{made.plane}: frames {made.start} to {made.end}, in {take.folder}")]


def free_folder(folder: Path | None, plane: str, clip: Path, *, taken: Collection[Path]) -> Path:
    """The folder for a take, the default one where none is given, that nobody writes to and files can be made in.

    Raises USAGE, OUTPUT_UNWRITABLE or DISK_FULL. Nothing is made.
    """
    folder = folder or default_folder(plane, clip, taken=taken)
    if folder in taken:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"Another job writes to {folder} already.",
            hint="Choose another output folder, or wait for that job.",
        )
    require_unheld(folder)
    require_writable(folder)
    return folder


def default_folder(plane: str, clip: Path, *, taken: Collection[Path] = ()) -> Path:
    """`faceshot/<plane>/<clip>/` beside the blend file; numbered when there is a finished take there, or it is taken,
    in another Blender as well.

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
    while folder in taken or (folder / RESULT).exists() or holder_of(folder) is not None:
        number += 1
        folder = base / f"{name}-{number}"
    return folder


def require_clip(clip: Path) -> None:
    """Raise INPUT_MISSING unless `clip` is there: a movie file, or a folder or first file of an image sequence."""
    if not clip.exists():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No clip at {clip}.", hint="Check the path.")


def _gone(what: str, folder: Path) -> FaceShotError:
    return FaceShotError(
        ErrorCode.INPUT_MISSING,
        f"{what}; the finished frames are in {folder}.",
        hint="Bring it back with Undo, or choose another plane; then File > Import > FaceShot Result, and that folder.",
    )
