# SPDX-License-Identifier: GPL-3.0-or-later
"""The four steps, each a verb of its own: track, match, retarget, render.

Heavy modules are imported where they are used: Blender reads this file, too.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..cache import FrameStore
from ..character import Character, card_beside
from ..errors import ErrorCode, FaceShotError
from ..folder_lock import FolderLock
from ..landmarks import LandmarkSequence
from ..ledger import require_apart, require_outside, require_replaceable, require_writable
from ..motion import FaceMotion
from ..placing.anchors import ANCHORS
from ..progress import Progress, silent
from ..retarget import RetargetSettings, retarget
from ..timing import check_hold
from .context import Context, Verb
from .estimating import crop_size, estimated
from .estimating import summary as estimate_summary
from .options import box, flag, frame_range, named_number, named_place, named_text, number, option, path, text, whole

if TYPE_CHECKING:
    from ..match import Matched

TRACKERS = ("mesh",)
MATCHERS = ("auto", "detector", "network", "features", "template")
BACKENDS = ("proxy", "mofa")
SAMPLINGS = ("auto", "linear", "cubic", "nearest")
BACKGROUNDS = ("auto", "still", "soft")


@dataclass(frozen=True, kw_only=True)
class DriverOptions:
    """How a clip is read; shared by `track` and `animate`."""

    tracker: str = option("what reads the face", kind=text, default="mesh", choices=TRACKERS)
    model: str = option("networks of the tracker: auto, mesh-468 or mesh-478", kind=text, default="auto")
    start: float | None = option("first second of the clip to use", kind=number, default=None)
    end: float | None = option("last second of the clip to use", kind=number, default=None)
    face: int | None = option("which face, 1 is the largest", kind=whole, default=None)
    smooth: float = option("steadiness, 0 (as tracked) to 1", kind=number, default=0.0)


@dataclass(frozen=True, kw_only=True)
class MatchOptions:
    """How a face is found on a picture; shared by `match` and `animate`."""

    matcher: str = option("what finds the 68 points", kind=text, default="auto", choices=MATCHERS)
    box: tuple[float, float, float, float] | None = option(
        "where the face is, in pixels of the picture", kind=box, default=None, metavar="X,Y,WIDTH,HEIGHT"
    )
    anchor: tuple[tuple[str, tuple[float, float] | None], ...] = option(
        "where a place of the face is, such as right_eye=310,420, or that it lacks it: nose=none; the template goes by "
        f"these. Asked for are, in this order, {', '.join(ANCHORS)}",
        kind=named_place,
        default=(),
        repeated=True,
        metavar="NAME=X,Y",
    )


@dataclass(frozen=True, kw_only=True)
class RetargetOptions:
    """How motion is carried over; shared by `retarget` and `animate`."""

    reference: str = option(
        "the driver's rest pose: auto, neutral (its own), first, or a frame number from 1", kind=text, default="auto"
    )
    gain: tuple[tuple[str, float], ...] = option(
        "strength of a part or of the pose, such as mouth=1.2", kind=named_number, default=(), repeated=True
    )

    leave_picture: bool = option("let the face leave its picture as far as the actor goes", kind=flag, default=False)

    def settings(self) -> RetargetSettings:
        """Raises USAGE."""
        return RetargetSettings.from_options(
            reference=self.reference, gains=dict(self.gain), stay=not self.leave_picture
        )


@dataclass(frozen=True, kw_only=True)
class LookOptions:
    """What frames look like; shared by `render` and `animate`."""

    backend: str = option(
        f"what makes the frames: {', '.join(BACKENDS)}, or another one that is installed", kind=text, default="proxy"
    )
    sampling: str = option(
        "how pixels are read between their centres: auto (as suits the picture), linear (soft), cubic (crisp lines) or "
        "nearest (hard pixels)",
        kind=text,
        default="auto",
        choices=SAMPLINGS,
    )
    background: str = option(
        "what the ground behind the head does: auto (still where it is clear), still, or soft (it bends with the head)",
        kind=text,
        default="auto",
        choices=BACKGROUNDS,
    )
    setting: tuple[tuple[str, str], ...] = option(
        "what another backend than the proxy knows, such as steps=25 or seed=7",
        kind=named_text,
        default=(),
        repeated=True,
    )
    hold: int = option("frames that each drawing is held: 1, 2 (on twos), 3 (on threes) ...", kind=whole, default=1)
    no_cache: bool = option("make every frame anew", kind=flag, default=False)
    estimate: bool = option(
        "say what time and memory the whole shot takes with the backend mofa, and make nothing",
        kind=flag,
        default=False,
    )

    def look(self) -> dict[str, Any]:
        """The arguments of `render_frames` that follow. Raises USAGE."""
        check_hold(self.hold)
        own = {"sampling": self.sampling, "background": self.background} if self.backend == "proxy" else {}
        return {
            "backend": self.backend,
            "settings": {**own, **dict(self.setting)},
            "hold": self.hold,
            "store": None if self.no_cache else FrameStore(),
        }


@dataclass(frozen=True, kw_only=True)
class TrackVerb(DriverOptions):
    clip: Path = option("video, or a numbered image sequence", kind=path, positional=True)
    output: Path = option("the .motion.npz to write", kind=path, flags=("-o",))


@dataclass(frozen=True, kw_only=True)
class MatchVerb(MatchOptions):
    picture: Path = option("picture of the character", kind=path, positional=True)
    output: Path = option("the .character.json to write", kind=path, flags=("-o",))
    guess: bool = option("where nobody is sure, write the best guess instead of failing", kind=flag, default=False)


@dataclass(frozen=True, kw_only=True)
class RetargetVerb(RetargetOptions):
    driver: Path = option("a .motion.npz, or a .landmarks.npz of the actor", kind=path, positional=True)
    character: Path = option("the .character.json", kind=path, positional=True)
    output: Path = option("the .landmarks.npz to write", kind=path, flags=("-o",))


@dataclass(frozen=True, kw_only=True)
class RenderVerb(LookOptions):
    picture: Path = option("picture of the character", kind=path, positional=True)
    landmarks: Path = option("the .landmarks.npz of its motion", kind=path, positional=True)
    character: Path | None = option("its .character.json; default: beside the picture", kind=path, default=None)
    output: Path = option("folder for the frames", kind=path, flags=("-o",))
    frames: range | None = option("only these, counted from 1", kind=frame_range, default=None, metavar="A-B")


def check_driver(options: DriverOptions) -> None:
    """Raise USAGE for what is wrong whatever the clip is."""
    if not 0 <= options.smooth <= 1:
        raise FaceShotError(
            ErrorCode.USAGE, f"smooth: {options.smooth:g} is too much or too little.", hint="Use 0 (as tracked) to 1."
        )
    if options.face is not None and options.face < 1:
        raise FaceShotError(
            ErrorCode.USAGE, f"face: {options.face} is no face.", hint="Faces count from 1, the largest."
        )
    start = options.start or 0.0
    if start < 0:
        raise FaceShotError(ErrorCode.USAGE, f"start: {start:g} s is before the clip.", hint="The clip starts at 0.")
    if options.end is not None and options.end <= start:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"The range from {start:g} s to {options.end:g} s is empty.",
            hint="The end must lie after the start.",
        )


def track(clip: Path, options: DriverOptions, context: Context) -> FaceMotion:
    from ..track import track_clip

    check_driver(options)
    motion = track_clip(
        clip,
        tracker=options.tracker,
        model=options.model,
        start=options.start,
        end=options.end,
        face=options.face,
        smooth=options.smooth,
        progress=context.progress,
    )
    for warning in motion.meta.get("warnings", ()):
        context.warn(str(warning))
    lost = int((~motion.valid).sum())
    if lost:
        context.warn(f"No face in {lost} of {len(motion)} frames of {clip.name}; their motion is bridged.")
    return motion


def match(picture: Path, options: MatchOptions, *, guess: bool = False, progress: Progress = silent) -> Matched:
    from ..match import match_face
    from ..picture import read_picture

    return match_face(
        read_picture(picture),
        matcher=options.matcher,
        box=options.box,
        anchors=dict(options.anchor),
        guess=guess,
        progress=progress,
    )


def load_driver(file: Path) -> FaceMotion | LandmarkSequence:
    """A motion or a landmark file, by what it says it is. Raises INPUT_MISSING or INPUT_UNREADABLE."""
    try:
        return FaceMotion.load(file)
    except FaceShotError as error:
        if error.code is ErrorCode.INPUT_MISSING or not zipfile.is_zipfile(file):
            raise
        try:
            return LandmarkSequence.load(file)
        except FaceShotError:
            raise error from None


def _track(options: TrackVerb, context: Context) -> dict[str, Any]:
    require_apart([options.output], {"clip": options.clip})
    require_replaceable(options.output, ".motion.npz")
    motion = track(options.clip, options, context)
    motion.save(options.output)
    context.saved(options.output)
    return {
        "verb": "track",
        "motion": str(options.output),
        "frame_count": len(motion),
        "tracked": int(motion.valid.sum()),
        "fps": motion.fps,
        "tracker": motion.meta.get("tracker", options.tracker),
    }


def _match(options: MatchVerb, context: Context) -> dict[str, Any]:
    require_apart([options.output], {"picture": options.picture})
    require_replaceable(options.output, ".character.json")
    _require_no_handwork(options.output)
    matched = match(options.picture, options, guess=options.guess, progress=context.progress)
    matched.character.save(options.output)
    context.saved(options.output)
    return {
        "verb": "match",
        "character": str(options.output),
        "matcher": matched.matcher,
        "sure": matched.sure,
        "why": matched.why,
        "confidence": matched.confidence,
    }


def _match_summary(made: dict[str, Any]) -> str:
    sure = "" if made["sure"] else ", not sure"
    words = f"{made['why']}\nPlaced by: {made['matcher']}{sure} (confidence {made['confidence']:.2f})"
    return f"{words}\nCharacter card: {made['character']}"


def _require_no_handwork(card: Path) -> None:
    """Raise OUTPUT_UNWRITABLE for a card that was corrected by hand, or that cannot be read and may have been."""
    if not card.exists():
        return
    try:
        why = "has points that were placed by hand" if "hand" in Character.load(card).placed else ""
    except FaceShotError:
        why = "cannot be read"
    if why:
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE,
            f"{card} is there already and {why}; it would be written over.",
            hint="Choose another name, or move the file away.",
        )


def _retarget(options: RetargetVerb, context: Context) -> dict[str, Any]:
    require_apart([options.output], {"driver": options.driver, "character": options.character})
    require_replaceable(options.output, ".landmarks.npz")
    landmarks = retarget(load_driver(options.driver), Character.load(options.character), options.settings())
    landmarks.save(options.output)
    context.saved(options.output)
    return {"verb": "retarget", "landmarks": str(options.output), "frame_count": len(landmarks)}


def _render(options: RenderVerb, context: Context) -> dict[str, Any]:
    from ..picture import read_picture
    from ..render.frames import render_frames

    look = options.look()
    require_writable(options.output)
    require_outside(options.output, {"picture": options.picture})
    picture = read_picture(options.picture)
    character = Character.load(options.character or card_beside(options.picture))
    character.require_on_picture()
    if options.estimate:
        landmarks, settings = LandmarkSequence.load(options.landmarks), look["settings"]
        size = crop_size(picture, character, landmarks, settings) if options.backend == "mofa" else None
        return estimated("render", options.backend, settings, len(landmarks), size)
    with FolderLock(options.output, beside=[options.output.parent]) as lock:
        rendered = render_frames(
            picture,
            character,
            LandmarkSequence.load(options.landmarks),
            options.output,
            frames=options.frames,
            **look,
            progress=lock.watched(context.progress),
            saved=context.saved,
            note=context.note,
            warn=context.warn,
        )
        lock.check()
    return {
        "verb": "render",
        "frames": str(rendered.folder),
        "frame_count": rendered.count,
        "from_cache": rendered.from_cache,
        "seconds": rendered.seconds,
        "sampling": rendered.sampling,
        "hold": options.hold,
    }


TRACK = Verb(
    name="track",
    help="read the actor's face from a clip",
    options=TrackVerb,
    run=_track,
    summary=lambda made: f"Tracked {made['tracked']} of {made['frame_count']} frames: {made['motion']}",
)
MATCH = Verb(
    name="match",
    help="find the 68 landmarks on a picture",
    options=MatchVerb,
    run=_match,
    summary=_match_summary,
)
RETARGET = Verb(
    name="retarget",
    help="carry the actor's motion over to a character",
    options=RetargetVerb,
    run=_retarget,
    summary=lambda made: f"{made['frame_count']} frames of landmarks: {made['landmarks']}",
)
RENDER = Verb(
    name="render",
    help="make frames from a picture and its moving landmarks",
    options=RenderVerb,
    run=_render,
    summary=lambda made: (
        estimate_summary(made)
        if "estimate" in made
        else f"{made['frame_count']} frames ({made['from_cache']} from the cache): {made['frames']}"
    ),
)
