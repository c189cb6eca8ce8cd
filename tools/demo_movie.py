# SPDX-License-Identifier: GPL-3.0-or-later
"""The cast side by side with its actor: `python -m tools.demo_movie OUT.mp4 RESULT_DIR ...`

The folders are what `animate` has made of one clip. Beside OUT.mp4 comes OUT.actor.mp4, the actor's part alone:
square, upright and frame by frame in time with the characters.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.errors import FaceShotError
from core.motion import FaceMotion
from core.picture import Picture, read_picture
from core.render.record import frame_name
from core.video import VideoFrame, open_clip, write_movie

from .demo_stage import GROUND, SHEET, stage

SIDE = 480  # of a picture, px, as long as the movie stays within LONGEST
LONGEST = 1920
_ROUND = 0.04  # radius of a picture's corners, in its width


@dataclass(frozen=True)
class Take:
    """What `animate` has left in a folder."""

    folder: Path
    record: dict[str, Any]

    @classmethod
    def load(cls, folder: Path) -> Take:
        return cls(folder, json.loads((folder / "result.json").read_text(encoding="utf-8")))

    @property
    def count(self) -> int:
        return int(self.record["frame_count"])

    def frames(self) -> Iterator[np.ndarray]:
        """(H, W, 3) uint8 each, on a plain sheet where the picture is transparent."""
        for number in range(1, self.count + 1):
            yield on_sheet(read_picture(self.folder / self.record["frames"] / frame_name(number)))


def on_sheet(picture: Picture) -> np.ndarray:
    """The picture as (H, W, 3) uint8, over SHEET where it is transparent."""
    if not picture.has_alpha:
        return picture.rgb8()
    scale = 1 / np.iinfo(picture.pixels.dtype).max
    alpha = picture.pixels[..., -1:] * np.float32(scale)
    colours = picture.pixels[..., :-1] * np.float32(255 * scale)
    return np.rint(colours * alpha + np.array(SHEET, np.float32) * (1 - alpha)).astype(np.uint8)


def square(image: np.ndarray, side: int, *, middle: float) -> np.ndarray:
    """The largest square of (H, W, 3) around `middle` of its longer way (0 to 1), `side` px wide."""
    height, width = image.shape[:2]
    inside = min(height, width)
    start = round(float(np.clip(middle * max(height, width) - inside / 2, 0, max(height, width) - inside)))
    cut = image[:, start : start + inside] if width >= height else image[start : start + inside]
    return cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA if inside > side else cv2.INTER_CUBIC)


def in_time(frames: Iterable[VideoFrame], count: int, *, fps: float, start: float) -> Iterator[np.ndarray]:
    """`count` pictures at a constant rate: at each instant the frame that is nearest in time."""
    coming = iter(frames)
    now = next(coming)
    following = next(coming, None)
    for number in range(count):
        at = start + number / fps
        while following is not None and abs(following.time - at) <= abs(now.time - at):
            now, following = following, next(coming, None)
        yield now.rgb


def together(pictures: Sequence[np.ndarray], canvas: np.ndarray, soft: np.ndarray) -> np.ndarray:
    """One frame: the ground with the square pictures in their places. soft: see `_rounded`."""
    made, side = canvas.copy(), len(soft)
    corners = np.nonzero(soft < 1)
    inside = soft[corners][:, None]
    for (x, y), picture in zip(stage(len(pictures)).places, pictures, strict=True):
        left, top = round((x - 0.5) * side), round((y - 0.5) * side)
        place = made[top : top + side, left : left + side]
        ground = place[corners] * (1 - inside)
        place[...] = picture
        place[corners] = np.rint(picture[corners] * inside + ground)
    return made


def show(output: Path, folders: Sequence[Path]) -> tuple[Path, Path]:
    """Make the movie of all and that of the actor: (movie, actor). Raises what reading and writing raise."""
    takes = [Take.load(folder) for folder in folders]
    first = takes[0].record
    fps, start, count = float(first["fps"]), float(first["start"]), min(take.count for take in takes)
    sound = takes[0].folder / first["sound"] if first["sound"] else None
    plan = stage(len(takes) + 1)
    side = _even(min(SIDE, LONGEST / max(plan.width, plan.height)))
    canvas = np.full((_even(plan.height * side), _even(plan.width * side), 3), GROUND, np.uint8)
    soft = _rounded(side)
    actor = output.with_name(f"{output.stem}.actor.mp4")
    middle = _middle(takes[0])
    with open_clip(Path(first["clip"])) as clip:
        frames = in_time(clip.frames(start=start or None), count, fps=fps, start=start)
        write_movie(actor, (square(frame, side, middle=middle) for frame in frames), fps=fps, sound=sound)
    with open_clip(actor) as clip:
        performed = in_time(clip.frames(), count, fps=fps, start=0.0)
        played = [(square(frame, side, middle=0.5) for frame in take.frames()) for take in takes]
        rows = zip(performed, *played, strict=False)
        write_movie(
            output, (together(row, canvas, soft) for row in itertools.islice(rows, count)), fps=fps, sound=sound
        )
    return output, actor


def _middle(take: Take) -> float:
    """Where the actor's face is along the longer way of the clip, 0 to 1."""
    motion = FaceMotion.load(take.folder / take.record["motion"])
    width, height = motion.size
    axis = 0 if width >= height else 1
    return float(np.median(motion.landmarks()[motion.valid.astype(bool)][..., axis]) / motion.size[axis])


def _even(side: float) -> int:
    return 2 * round(side / 2)


def _rounded(side: int) -> np.ndarray:
    """(side, side): 1 inside of rounded corners, 0 outside, soft for a pixel between."""
    radius = _ROUND * side
    away = np.maximum(np.abs(np.arange(side) + 0.5 - side / 2) - (side / 2 - radius), 0)
    return np.clip(radius + 0.5 - np.hypot(away[:, None], away[None]), 0, 1)


def main(arguments: list[str]) -> int:
    if len(arguments) < 2:
        sys.stderr.write("usage: python -m tools.demo_movie OUT.mp4 RESULT_DIR ...\n")
        return 2
    try:
        made = show(Path(arguments[0]), [Path(folder) for folder in arguments[1:]])
    except FaceShotError as error:
        sys.stderr.write(f"{error}\n")
        return error.code.exit_code
    sys.stdout.write("\n".join(map(str, made)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
