# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets to look at: a row of the actor's frames, below it a row for each character doing the same.

The moments are picked from the clip's own curves: the mouth at its widest, a blink, the head furthest to each side,
up and down, a smile, pursed lips, raised and lowered brows. Tracked motions are kept in the output folder.

    python -m benchmarks.sheet --clips DIR -o OUT            every clip on its own first frame
    python -m benchmarks.sheet --clips DIR --clip NAME --on cat --on PICTURE.png -o OUT

A character is a name of `demo.cast` or a picture with its .character.json beside it (else the matcher finds its face).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.character import Character, file_hash
from core.errors import ErrorCode, FaceShotError
from core.match import match_picture
from core.motion import FaceMotion
from core.picture import Picture, read_picture
from core.render.proxy import ProxyCanvas
from core.retarget import RetargetSettings, retarget
from core.signals import signals
from core.track import track_clip
from core.verbs.animate import LIGHT
from core.video import open_clip
from demo.cast import CAST

CELL = 224
ITSELF = "itself"
_LABEL = 22
_CHECKS = 14  # px of the checkerboard under what is transparent
_GROWN = 0.75  # of the face's width, around its points
_APART = 3  # frames; closer ones show the same
_DRAWN_SIZE = 768


@dataclass(frozen=True)
class Moment:
    """A frame worth a look, and why."""

    frame: int
    label: str


@dataclass(frozen=True, eq=False)
class Actor:
    """A clip's motion, its moments and the frames there, the whole of them (H, W, 3)."""

    name: str
    motion: FaceMotion
    moments: tuple[Moment, ...]
    frames: dict[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class Role:
    """A picture and its face."""

    name: str
    picture: Picture
    character: Character


def moments(motion: FaceMotion) -> tuple[Moment, ...]:
    """What to look at in a clip: rest, then the extremes of its curves, in that order, each frame once."""
    curves = signals(motion.shapes()[..., :2])
    pitch, yaw = motion.rotation[:, 0], motion.rotation[:, 1]
    wanted = {
        "mouth open": curves["mouth_open"],
        "blink": curves["blink_right"] + curves["blink_left"],
        "yaw -": -yaw,
        "yaw +": yaw,
        "pitch -": -pitch,
        "pitch +": pitch,
        "smile": curves["smile_right"] + curves["smile_left"],
        "pucker": curves["pucker"],
        "brows up": curves["brow_up"],
        "brows down": curves["brow_down_right"] + curves["brow_down_left"],
    }
    usable = motion.valid.astype(bool).copy()
    usable = usable if usable.any() else np.ones(len(motion), bool)
    found = [Moment(int(np.flatnonzero(usable)[0]), "first")]
    for label, curve in wanted.items():
        free = usable.copy()
        for moment in found:
            free[max(0, moment.frame - _APART) : moment.frame + _APART + 1] = False
        if free.any():
            found.append(Moment(int(np.argmax(np.where(free, curve, -np.inf))), label))
    return tuple(found)


def read_actor(clip: Path, cache: Path, *, model: str = "auto", smooth: float = LIGHT) -> Actor:
    """Track a clip, or take its motion from the folder `cache`, and read the frames that are worth a look."""
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / f"{clip.stem}.{file_hash(clip)[:8]}.{model}.{smooth:g}.motion.npz"
    if kept.exists():
        motion = FaceMotion.load(kept)
    else:
        motion = track_clip(clip, model=model, smooth=smooth)
        motion.save(kept)
    chosen = moments(motion)
    wanted = {moment.frame for moment in chosen} | {0}
    frames = {}
    with open_clip(clip) as reader:
        for number, frame in enumerate(reader.frames()):
            if number in wanted:
                frames[number] = frame.rgb
            if number >= max(wanted):
                break
    return Actor(clip.stem, motion, chosen, frames)


def read_role(name: str) -> Role:
    """A member of the cast by name, or a picture by path."""
    if name in CAST:
        drawing = CAST[name](_DRAWN_SIZE)
        character = Character(points=drawing.points, size=drawing.size, present=drawing.present, iris=drawing.iris)
        return Role(name, Picture(pixels=drawing.pixels), character)
    path = Path(name)
    picture = read_picture(path)
    card = path.with_name(f"{path.stem}.character.json")
    character = Character.load(card) if card.exists() else match_picture(picture)
    return Role(path.stem, picture, character)


def itself(actor: Actor) -> tuple[Role, RetargetSettings]:
    """The clip's first frame as a picture, and how the clip moves it."""
    motion = actor.motion
    character = Character(
        points=motion.landmarks()[0],
        size=(actor.frames[0].shape[1], actor.frames[0].shape[0]),
        iris=None if motion.iris is None else motion.iris[0],
    )
    return Role(ITSELF, Picture(pixels=actor.frames[0]), character), RetargetSettings(reference="first", zoom=1.0)


def drawn(actor: Actor, role: Role, settings: RetargetSettings | None = None) -> list[np.ndarray]:
    """The role at the actor's moments: whole pictures, RGB over a checkerboard."""
    landmarks = retarget(actor.motion, role.character, settings or RetargetSettings(stay=True))
    canvas = ProxyCanvas(role.picture, role.character, sampling="auto")
    made = []
    for moment in actor.moments:
        iris = None if landmarks.iris is None else landmarks.iris[moment.frame]
        made.append(_over_checks(canvas.frame(landmarks.points[moment.frame], iris)))
    return made


def sheet(actor: Actor, roles: Sequence[tuple[Role, RetargetSettings | None]], *, cell: int = CELL) -> np.ndarray:
    """The contact sheet, RGB: labels, the actor, a row for each role. Pictures are cropped around the face."""
    labels = [f"{moment.label} {moment.frame + 1}" for moment in actor.moments]
    width = cell * len(labels)
    head = np.full((_LABEL, width, 3), 24, np.uint8)
    for column, text in enumerate(labels):
        cv2.putText(head, text, (column * cell + 5, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (230,) * 3, 1, cv2.LINE_AA)
    points = actor.motion.landmarks()[[moment.frame for moment in actor.moments]]
    rows = [head, _row([actor.frames[moment.frame] for moment in actor.moments], _crop(points), actor.name, cell)]
    for role, settings in roles:
        same = role.name == ITSELF
        crop = _crop(points if same else role.character.points[None])
        rows.append(_row(drawn(actor, role, settings), crop, role.name, cell))
    return np.vstack(rows)


def _crop(points: np.ndarray) -> tuple[np.ndarray, float]:
    """The middle (2,) and the half side px of a square around faces (T, 68, 2)."""
    low, high = points.min(axis=(0, 1)), points.max(axis=(0, 1))
    return (low + high) / 2 - (0, 0.08 * (high - low).max()), float((high - low).max() * (0.5 + _GROWN / 2.2))


def _row(images: Sequence[np.ndarray], crop: tuple[np.ndarray, float], name: str, cell: int) -> np.ndarray:
    (x, y), half = crop
    height, width = images[0].shape[:2]
    side = 2 * min(half, max(height, width) / 2)
    left = float(np.clip(x - side / 2, min(0, width - side), max(0, width - side)))
    top = float(np.clip(y - side / 2, min(0, height - side), max(0, height - side)))
    scale = cell / side
    matrix = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    cells = []
    for image in images:
        # what would alias is blurred first
        soft = cv2.GaussianBlur(image, (0, 0), 0.4 / scale) if scale < 0.7 else image
        cells.append(cv2.warpAffine(soft, matrix, (cell, cell), flags=cv2.INTER_CUBIC, borderValue=(24, 24, 24)))
    row = np.hstack(cells)
    cv2.putText(row, name, (5, cell - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(row, name, (5, cell - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
    return row


def _over_checks(pixels: np.ndarray) -> np.ndarray:
    """Any picture as RGB8, a checkerboard under what is transparent."""
    shown = Picture(pixels=pixels)
    if not shown.has_alpha:
        return shown.rgb8()
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width] // (_CHECKS * max(width, height) // 512 or 1)
    ground = np.where((x + y) % 2 == 0, 208.0, 236.0)[..., None]
    full = np.iinfo(pixels.dtype).max
    alpha = pixels[..., -1:].astype(np.float64) / full
    colours = np.broadcast_to(pixels[..., :-1] * (255 / full), (height, width, 3))
    return np.rint(colours * alpha + ground * (1 - alpha)).astype(np.uint8)


def run(
    *,
    clips: Path | None = None,
    clip: Sequence[str] = (),
    on: Sequence[str] = (),
    output: Path = Path("build/sheets"),
    model: str = "auto",
    moment: Sequence[str] = (),
    cell: int = CELL,
) -> list[dict[str, Any]]:
    """Write OUTPUT/CLIP.png for each clip of the folder `clips` (or those named), and say how many moments each has."""
    paths = sorted(path for path in Path(clips or ".").glob("*") if path.suffix.lower() in (".mp4", ".mov", ".mkv"))
    if clip:
        paths = [path for path in paths if any(name in path.stem for name in clip)]
    if not paths:
        raise FaceShotError(ErrorCode.USAGE, f"No clips in {clips or 'a folder'}.", hint="Give one with --clips DIR.")
    output.mkdir(parents=True, exist_ok=True)
    roles = [(read_role(name), None) for name in on]
    figures = []
    for path in paths:
        actor = read_actor(path, output / "motion", model=model)
        if moment:
            actor = replace(actor, moments=tuple(each for each in actor.moments if each.label in moment))
        image = sheet(actor, roles or [itself(actor)], cell=cell)
        target = output / f"{path.stem}{'' if on else '-itself'}.png"
        cv2.imwrite(str(target), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        figures.append({"name": str(target), "value": len(actor.moments), "unit": "moments"})
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.sheet", description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, required=True, help="a folder of clips")
    parser.add_argument("--clip", action="append", default=[], help="only clips whose name has this in it")
    parser.add_argument("--on", action="append", default=[], help="a character: a cast name, or a picture")
    parser.add_argument("-o", "--output", type=Path, default=Path("build/sheets"))
    parser.add_argument("--model", default="auto")
    parser.add_argument("--moment", action="append", default=[], help='only these, such as "mouth open"; else all')
    parser.add_argument("--cell", type=int, default=CELL, help="width and height of a frame, px")
    try:
        for figure in run(**vars(parser.parse_args(arguments))):
            print(figure["name"])
    except FaceShotError as error:
        print(error, file=sys.stderr)
        return error.code.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
