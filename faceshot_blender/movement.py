# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks or motion from a file, played by a plane's character: what the engine renders, and the take it becomes."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..core.character import Character
from ..core.errors import ErrorCode, FaceShotError
from ..core.landmarks import LandmarkSequence
from ..core.retarget import retarget
from ..core.timing import resample
from ..core.verbs.steps import load_driver
from .incoming import MOVEMENTS
from .results import RESULT
from .scene.assemble import scene_fps
from .scene.cards import card_of, changes_since, picture_hash
from .scene.plane import check_picture, find_plane, picture_of
from .take import Take, free_folder, take_of

FRAMES = "proxy"


@dataclass(frozen=True)
class Rendering:
    """A take whose frames the engine is asked for with `render`, and its record once they are there."""

    take: Take
    record: dict[str, Any]

    def file(self) -> dict[str, Any]:
        """The record as the engine writes it once the frames are there: a finished take, as `animate` leaves it."""
        return {"path": str(self.take.folder / RESULT), "content": self.record}


def plan_rendering(
    scene: bpy.types.Scene,
    plane: str,
    movement: Path,
    *,
    folder: Path | None = None,
    start: int | None = None,
    taken: Collection[Path] = (),
) -> Rendering:
    """Carry the movement over to the character of `plane` at the scene's frame rate, and say what is to be rendered.

    Landmarks that were made for this character are taken as they are. A sound.wav beside the movement is used.
    Raises FaceShotError, INPUT_MISSING when the plane has no card.
    """
    found = find_plane(scene, plane)
    check_picture(found)
    character = card_of(found.plane)
    if character is None:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"The plane {plane!r} has no character's points, so {movement.name} cannot move it.",
            hint="Have them found, place them by hand, or load its card.",
        )
    warnings = changes_since(found, character, {picture_hash(found.image)} - {""})
    character = character.resized(tuple(found.image.size))
    landmarks = resample(_for_character(movement, character), scene_fps(scene))
    stem = next(movement.name[: -len(end)] for end in MOVEMENTS if movement.name.lower().endswith(end))
    folder = free_folder(folder, plane, Path(f"{stem}.npz"), taken=taken)
    picture = picture_of(found, folder)
    names = {"character": f"{picture.stem}.character.json", "landmarks": f"{picture.stem}.landmarks.npz"}
    character.save(folder / names["character"])
    landmarks.save(folder / names["landmarks"])
    sound = movement.with_name("sound.wav")
    record = {
        "verb": "render",
        "picture": str(picture),
        "clip": "",
        "fps": scene_fps(scene),
        "frame_count": len(landmarks),
        "size": list(character.size),
        "frames": FRAMES,
        "sound": str(sound) if sound.is_file() else None,
        "motion": str(movement),
        **names,
    }
    arguments = {
        "picture": str(picture),
        "landmarks": str(folder / names["landmarks"]),
        "character": str(folder / names["character"]),
        "output": str(folder / FRAMES),
        "backend": FRAMES,
    }
    take = take_of(scene, found, folder, arguments, start=start)
    return Rendering(dataclasses.replace(take, warnings=warnings), record)


def _for_character(movement: Path, character: Character) -> LandmarkSequence:
    driver = load_driver(movement)
    if isinstance(driver, LandmarkSequence) and "retarget" in driver.meta and tuple(driver.size) == character.size:
        return driver
    return retarget(driver, character)
