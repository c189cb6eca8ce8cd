# SPDX-License-Identifier: GPL-3.0-or-later
"""`animate`: from a picture and a clip to frames, a movie and the files in between."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..arrays import write_atomically
from ..character import Character, card_beside, file_hash, find_card
from ..errors import ErrorCode, FaceShotError
from ..folder_lock import FolderLock
from ..landmarks import LandmarkSequence
from ..ledger import Ledger, remove_leftovers, require_apart, require_outside, require_writable
from ..motion import FaceMotion
from ..placing.summary import doubts
from ..progress import counted
from ..retarget import retarget
from ..timing import rational_fps, resample
from .context import Context, Verb
from .estimating import estimated, frames_of_clip
from .estimating import summary as estimate_summary
from .options import flag, number, option, path
from .steps import (
    DriverOptions,
    LookOptions,
    MatchOptions,
    RetargetOptions,
    check_driver,
    match,
    track,
)

if TYPE_CHECKING:
    from ..picture import Picture
    from ..render.frames import RenderResult

RESULT = "result.json"
SOUND = "sound.wav"
# Takes the tracker's trembling away and leaves blinks and lips where they were
LIGHT = 0.4


@dataclass(frozen=True, kw_only=True)
class AnimateVerb(RetargetOptions, MatchOptions, DriverOptions, LookOptions):
    picture: Path = option("picture of the character", kind=path, positional=True)
    clip: Path = option("clip of the actor", kind=path, positional=True)
    output: Path = option("folder for everything that is made", kind=path, flags=("-o",))
    character: Path | None = option(
        "its .character.json; default: the one beside the picture, else the matcher", kind=path, default=None
    )
    motion: Path | None = option(
        "what the actor does in this clip, as `track` or an earlier `animate` has written it: nothing is tracked again",
        kind=path,
        default=None,
    )
    fps: float | None = option("frame rate of the result; default: the clip's", kind=number, default=None)
    smooth: float = option("steadiness, 0 (as tracked) to 1", kind=number, default=LIGHT)
    no_movie: bool = option("leave out the preview movie", kind=flag, default=False)


@dataclass(frozen=True)
class Found:
    """A character, how it came about ("card" or the matcher's name), its card's file where it has one, and why it was
    taken."""

    character: Character
    matcher: str
    card: Path | None = None
    why: str = ""


def find_character(options: AnimateVerb, context: Context) -> Found:
    """The character's points.

    A card that was named must fit the picture; one that lies in its folder is used when it was made for these very
    pixels, as those of a copy under another name.
    """
    if options.character is not None:
        character = Character.load(options.character)
        if character.picture_hash and character.picture_hash != file_hash(options.picture):
            context.warn(f"{options.character.name} was made for another picture than {options.picture.name}.")
        return Found(character, "card", options.character)
    if options.box is None and not options.anchor and options.matcher == "auto":
        beside = card_beside(options.picture)
        if beside.is_file():
            Character.load(beside)  # raises: it was to be used
        card = find_card(options.picture, file_hash(options.picture))
        if beside.is_file() and card != beside:
            context.warn(f"{beside.name} is not of this picture; it was left aside.")
        if card is not None:
            return Found(Character.load(card), "card", card)
    matched = match(options.picture, options, progress=context.progress)
    if not matched.sure and options.matcher == "auto":
        context.warn(matched.why)
    return Found(matched.character, matched.matcher, why=matched.why)


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """The output folder and the names in it."""

    path: Path
    frames: str
    card: str
    motion: str
    landmarks: str
    movie: str

    @classmethod
    def of(cls, options: AnimateVerb) -> _Folder:
        stem = options.picture.stem
        return cls(
            path=options.output,
            frames=options.backend,
            card=f"{stem}.character.json",
            motion=f"{options.clip.stem}.motion.npz",
            landmarks=f"{stem}.landmarks.npz",
            movie=f"{stem}.mp4",
        )

    def prepared(self, options: AnimateVerb, found: Found) -> tuple[Ledger, list[str]]:
        """The ledger, and the files to be made, none of which is anybody's own. Nothing is made yet."""
        require_writable(self.path)
        ledger = Ledger.open(self.path)
        names = [self.card, self.motion, self.landmarks, SOUND, self.movie, RESULT]
        if found.card is not None and _is_file(self.path / self.card, found.card):
            names.remove(self.card)  # it is where it belongs
        if options.no_movie:
            names.remove(self.movie)
        inputs = {"picture": options.picture, "clip": options.clip}
        if options.motion is not None:
            inputs["motion"] = options.motion
        require_apart([self.path / name for name in names], inputs)
        require_outside(self.path / self.frames, inputs)
        ledger.require_free(names)
        _require_own_frames(self.path / self.frames)
        return ledger, names


def _animate(options: AnimateVerb, context: Context) -> dict[str, Any]:
    from ..picture import read_picture
    from ..render.base import load_backend

    warnings: list[str] = []

    def warn(message: str) -> None:
        warnings.append(message)
        context.warn(message)

    listening = dataclasses.replace(context, warn=warn)
    # What fails at once comes before what takes minutes, and nothing is written before there is something to write.
    if options.fps is not None and not 1 <= options.fps <= 240:
        raise FaceShotError(
            ErrorCode.USAGE, f"fps: {options.fps:g} is no frame rate.", hint="Give frames a second, from 1 to 240."
        )
    check_driver(options)
    look = options.look()
    if options.estimate:
        count = frames_of_clip(options.clip, start=options.start, end=options.end, fps=options.fps)
        return estimated("animate", options.backend, look["settings"], count)
    load_backend(options.backend).settings(look["settings"])  # raises
    options.settings()  # raises
    picture = read_picture(options.picture)
    context.progress("Matching", 0, 1)
    found = find_character(options, listening)
    character = found.character
    _check_size(character, picture, options.picture)
    character.require_on_picture()
    if found.matcher == "card" and character.is_guess:
        warn("The character's points are a guess that nobody has put right.")
    for doubt in doubts(character):
        warn(doubt)
    folder = _Folder.of(options)
    with FolderLock(folder.path, beside=[folder.path / folder.frames]) as lock:
        listening = dataclasses.replace(listening, progress=lock.watched(context.progress))
        result = _make(options, picture, found, folder, listening, warnings)
        lock.check()
    return result


def _make(
    options: AnimateVerb, picture: Picture, found: Found, folder: _Folder, context: Context, warnings: list[str]
) -> dict[str, Any]:
    """Everything in the folder, which is ours alone meanwhile; the result, with the warnings that were given."""
    began = time.time()
    character, settings = found.character, options.settings()
    ledger, names = folder.prepared(options, found)
    context.progress("Matching", 1, 1)

    motion = _motion(options, context)
    fps = motion.fps if options.fps is None else float(rational_fps(options.fps))
    landmarks = resample(retarget(motion, character, settings), fps)

    with _writing(ledger, names):
        if folder.card in names:
            character.save(folder.path / folder.card)
        motion.save(folder.path / folder.motion)
        landmarks.save(folder.path / folder.landmarks)
        for name in (folder.card, folder.motion, folder.landmarks):
            context.saved(folder.path / name)
        rendered = _render(options, picture, character, landmarks, folder, context)
        # Where in the clip the first frame is; the motion counts from the start of its range.
        start = max(0.0, float(motion.meta.get("start", 0.0)) + float(motion.time[0]))
        sound, movie = _movie_and_sound(options, folder, len(landmarks), fps=fps, start=start, context=context)
        if sound is None:
            ledger.remove(SOUND)  # of another clip
        result = {
            "verb": "animate",
            "picture": str(options.picture),
            "clip": str(options.clip),
            "output": str(folder.path),
            "fps": fps,
            "frame_count": len(landmarks),
            "size": list(picture.size),
            "frames": folder.frames,
            "movie": movie.name if movie else None,
            "sound": sound.name if sound else None,
            "character": folder.card,
            "motion": folder.motion,
            "landmarks": folder.landmarks,
            "start": start,
            "tracker": motion.meta.get("tracker", options.tracker),
            "model": motion.meta.get("model", ""),
            "matcher": found.matcher,
            "why": found.why,
            "sampling": rendered.sampling,
            "hold": options.hold,
            "smooth": float(motion.meta.get("smooth", options.smooth)),
            "from_cache": rendered.from_cache,
            "warnings": warnings,
        }
        write_atomically(folder.path / RESULT, json.dumps(result, indent=1).encode())
    for place in (folder.path, folder.path / folder.frames):
        remove_leftovers(place, before=began)
    return result


def _motion(options: AnimateVerb, context: Context) -> FaceMotion:
    """What the actor does: tracked, or as it was tracked before. Raises USAGE for the motion of another clip."""
    if options.motion is None:
        return track(options.clip, options, context)
    if (options.start, options.end, options.face) != (None, None, None):
        raise FaceShotError(
            ErrorCode.USAGE,
            "motion: which part of the clip and which face was chosen as it was tracked.",
            hint="Leave out start, end and face, or the motion.",
        )
    motion = FaceMotion.load(options.motion)
    made_of = str(motion.meta.get("source_hash", ""))
    if made_of and options.clip.is_file() and made_of != file_hash(options.clip):
        raise FaceShotError(
            ErrorCode.USAGE,
            f"motion: {options.motion.name} is not of {options.clip.name}.",
            hint="Name the clip that it was tracked from, or leave it out.",
        )
    return motion


def _check_size(character: Character, picture: Picture, path: Path) -> None:
    if tuple(character.size) != tuple(picture.size):
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"The character's points are of a picture of {character.size[0]} x {character.size[1]} pixels, "
            f"{path.name} has {picture.size[0]} x {picture.size[1]}.",
            hint="Match this picture again.",
        )


def _require_own_frames(folder: Path) -> None:
    """Raise OUTPUT_UNWRITABLE where the first frame would be refused: sooner than after minutes of tracking."""
    from ..render.record import Record, frame_name

    require_writable(folder)
    record, first = Record.open(folder), frame_name(1)
    if (folder / first).exists() and first not in record.frames:
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE,
            f"{folder} holds pictures that were not made here ({first}); they would be written over.",
            hint="Choose another output folder, or move them away.",
        )


def _is_file(path: Path, other: Path) -> bool:
    return path.exists() and path.samefile(other)


@contextlib.contextmanager
def _writing(ledger: Ledger, names: list[str]) -> Iterator[None]:
    """The names are ours while the block runs. The record of an earlier result goes first: it would be wrong if this
    run ended here, and comes last."""
    ledger.claim(names)
    ledger.remove(RESULT)
    try:
        yield
    finally:
        with contextlib.suppress(FaceShotError):
            ledger.settle(names)


def _render(
    options: AnimateVerb,
    picture: Picture,
    character: Character,
    landmarks: LandmarkSequence,
    folder: _Folder,
    context: Context,
) -> RenderResult:
    from ..render.frames import render_frames

    return render_frames(
        picture,
        character,
        landmarks,
        folder.path / folder.frames,
        **options.look(),
        progress=context.progress,
        saved=context.saved,
        note=context.note,
        warn=context.warn,
    )


def _movie_and_sound(
    options: AnimateVerb, folder: _Folder, count: int, *, fps: float, start: float, context: Context
) -> tuple[Path | None, Path | None]:
    """(sound, movie), each None where there is none."""
    from ..picture import read_picture
    from ..video import extract_sound, write_movie

    sound = extract_sound(options.clip, folder.path / SOUND, start=start, end=start + count / fps)
    if sound is not None:
        context.saved(sound)
    if options.no_movie:
        return sound, None
    frames = folder.path / folder.frames
    pictures = (read_picture(frames / f"{number:06d}.png").rgb8() for number in range(1, count + 1))
    movie = folder.path / folder.movie
    write_movie(movie, counted(pictures, "Writing the movie", count, context.progress), fps=fps, sound=sound)
    context.saved(movie)
    return sound, movie


def _summary(made: dict[str, Any]) -> str:
    if "estimate" in made:
        return estimate_summary(made)
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
