# SPDX-License-Identifier: GPL-3.0-or-later
"""`animate`: from a picture and a clip to frames, a movie and the files in between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..arrays import write_atomically
from ..cache import FrameStore
from ..character import Character, file_hash
from ..errors import ErrorCode, FaceShotError
from ..retarget import retarget
from ..timing import resample
from .context import Context, Verb
from .options import flag, number, option, path, text
from .steps import BACKENDS, DriverOptions, MatchOptions, RetargetOptions, card_beside, match, track

RESULT = "result.json"


@dataclass(frozen=True, kw_only=True)
class AnimateVerb(RetargetOptions, MatchOptions, DriverOptions):
    picture: Path = option("picture of the character", kind=path, positional=True)
    clip: Path = option("clip of the actor", kind=path, positional=True)
    output: Path = option("folder for everything that is made", kind=path, flags=("-o",))
    character: Path | None = option(
        "its .character.json; default: the one beside the picture, else the matcher", kind=path, default=None
    )
    fps: float | None = option("frame rate of the result; default: the clip's", kind=number, default=None)
    backend: str = option("what makes the frames", kind=text, default="proxy", choices=BACKENDS)
    no_movie: bool = option("leave out the preview movie", kind=flag, default=False)
    no_cache: bool = option("make every frame anew", kind=flag, default=False)


def find_character(options: AnimateVerb, context: Context) -> tuple[Character, str]:
    """The character's points, and how they came about ("card" or the matcher's name).

    A card that was named must fit the picture; one that lies beside it is used when it was made for these very pixels.
    """
    if options.character is not None:
        character = Character.load(options.character)
        if character.picture_hash and character.picture_hash != file_hash(options.picture):
            context.warn(f"{options.character.name} was made for another picture than {options.picture.name}.")
        return character, "card"
    beside = card_beside(options.picture)
    if options.box is None and options.matcher == "auto" and beside.is_file():
        character = Character.load(beside)
        if character.picture_hash == file_hash(options.picture):
            return character, "card"
        context.warn(f"{beside.name} is not of this picture; it was left aside.")
    character = match(options.picture, options)
    return character, character.placed[30]


def _animate(options: AnimateVerb, context: Context) -> dict[str, Any]:
    from ..picture import read_picture
    from ..render.frames import render_frames
    from ..video import extract_sound, write_movie

    warnings: list[str] = []

    def warn(message: str) -> None:
        warnings.append(message)
        context.warn(message)

    listening = Context(progress=context.progress, warn=warn, saved=context.saved)
    if options.fps is not None and not 1 <= options.fps <= 240:
        raise FaceShotError(ErrorCode.USAGE, f"fps: {options.fps:g} is not within 1 to 240.")
    settings = options.settings()
    # What fails at once comes before what takes minutes.
    picture = read_picture(options.picture)
    context.progress("Matching", 0, 1)
    character, matcher = find_character(options, listening)
    if tuple(character.size) != tuple(picture.size):
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"The character's points are of a picture of {character.size[0]} x {character.size[1]} pixels, "
            f"{options.picture.name} has {picture.size[0]} x {picture.size[1]}.",
            hint="Match this picture again.",
        )
    folder = options.output
    stem = options.picture.stem
    files = {
        "character": f"{stem}.character.json",
        "motion": f"{options.clip.stem}.motion.npz",
        "landmarks": f"{stem}.landmarks.npz",
    }
    character.save(folder / files["character"])
    context.progress("Matching", 1, 1)

    motion = track(options.clip, options, listening)
    motion.save(folder / files["motion"])
    fps = options.fps or motion.fps
    landmarks = resample(retarget(motion, character, settings), fps)
    landmarks.save(folder / files["landmarks"])

    rendered = render_frames(
        picture,
        character,
        landmarks,
        folder / options.backend,
        backend=options.backend,
        store=None if options.no_cache else FrameStore(),
        progress=context.progress,
        saved=context.saved,
    )
    start = float(motion.time[0])
    sound = extract_sound(options.clip, folder / "sound.wav", start=start, end=start + len(landmarks) / fps)
    movie = None
    if not options.no_movie:
        movie = folder / f"{stem}.mp4"
        _write_preview(movie, rendered.folder, len(landmarks), fps=fps, sound=sound, context=context, write=write_movie)
    result = {
        "verb": "animate",
        "picture": str(options.picture),
        "clip": str(options.clip),
        "output": str(folder),
        "fps": fps,
        "frame_count": len(landmarks),
        "size": list(picture.size),
        "frames": options.backend,
        "movie": movie.name if movie else None,
        "sound": sound.name if sound else None,
        **files,
        "start": start,
        "tracker": motion.meta.get("tracker", options.tracker),
        "model": motion.meta.get("model", ""),
        "matcher": matcher,
        "from_cache": rendered.from_cache,
        "warnings": warnings,
    }
    write_atomically(folder / RESULT, json.dumps(result, indent=1).encode())
    return result


def _write_preview(
    movie: Path, frames: Path, count: int, *, fps: float, sound: Path | None, context: Context, write: Any
) -> None:
    from ..picture import read_picture
    from ..progress import counted

    names = (frames / f"{number:06d}.png" for number in range(1, count + 1))
    pictures = (read_picture(name).rgb8() for name in names)
    write(movie, counted(pictures, "Writing the movie", count, context.progress), fps=fps, sound=sound)
    context.saved(movie)


def _summary(made: dict[str, Any]) -> str:
    folder = Path(made["output"])
    lines = [f"{made['frame_count']} frames at {made['fps']:g} frames/s: {folder / made['frames']}"]
    if made["movie"]:
        lines.append(f"Movie: {folder / made['movie']}")
    return "\n".join(lines)


ANIMATE = Verb(
    name="animate",
    help="bring a picture to life with a clip: all steps in a row",
    options=AnimateVerb,
    run=_animate,
    summary=_summary,
)
