# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick look at how a character would move: one small frame of its face, while its points are being placed.

The face alone is cut out and made small, one soft sheet moves it, and the picture stays in memory from look to look: a
frame in a fraction of a second, of the same renderer that makes the real ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..expression import compose
from ..landmarks import LandmarkSequence, face_width
from ..motion import FaceMotion
from ..picture import Picture, read_picture, to_8_bit
from ..retarget import RetargetSettings, retarget
from .proxy import ProxyCanvas

LONGEST = 384  # px of the frame's longer side
MARGIN = 0.3  # of the face's larger side, shown around its points
SEAM = 0.06  # of the frame's longer side, where it is cut out of the picture
_KEPT = 2048  # px of a picture that stays in memory

# Faces that show what points are worth: each moves other ones.
POSES: Mapping[str, Mapping[str, float]] = {
    "rest": {},
    "blink": {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0},
    "open": {"jawOpen": 0.8},
    "smile": {"mouthSmileLeft": 0.9, "mouthSmileRight": 0.9, "cheekSquintLeft": 0.5, "cheekSquintRight": 0.5},
    "pucker": {"mouthPucker": 0.9},
    "surprise": {
        "jawOpen": 0.5, "browInnerUp": 0.9, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8, "eyeWideLeft": 0.7,
        "eyeWideRight": 0.7,
    },
    "angry": {"browDownLeft": 1.0, "browDownRight": 1.0, "noseSneerLeft": 0.5, "noseSneerRight": 0.5},
    "look": {"eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Glimpse:
    """pixels (h, w, C) uint8 of the part of the picture that `box` (x, y, width, height) px tells."""

    pixels: np.ndarray
    box: tuple[float, float, float, float]


def glimpse(picture: Picture, character: Character, moved: LandmarkSequence, *, longest: int = LONGEST) -> Glimpse:
    """The face as its first frame of `moved` shows it; character and moved in px of the picture, of whatever size that
    is in memory.

    Raises CHARACTER_UNSURE for points that are no face on the picture.
    """
    character.require_on_picture()
    box = _around(character)
    at = np.array(picture.size) / character.size  # px of the picture in memory per px of the real one
    low = np.floor(np.array(box[:2]) * at).astype(int)
    high = np.minimum(np.ceil((np.array(box[:2]) + box[2:]) * at).astype(int), picture.size)
    part = to_8_bit(picture.pixels[low[1] : high[1], low[0] : high[0]])
    scale = min(1.0, longest / max(part.shape[:2]))
    size = (max(round(part.shape[1] * scale), 1), max(round(part.shape[0] * scale), 1))
    if scale < 1:
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    corner, step = low / at, (high - low) / at / size
    small = Picture(pixels=np.ascontiguousarray(part))

    def carried(points: np.ndarray) -> np.ndarray:
        return (points - corner) / step

    own = replace(
        character,
        points=carried(character.points),
        iris=None if character.iris is None else carried(character.iris),
        size=size,
        limits={},
    )
    iris = None if moved.iris is None else carried(moved.iris[:1])
    canvas = ProxyCanvas(small, own, background="soft")
    frame = next(iter(canvas.frames(carried(moved.points[:1]), iris)))
    cut = np.array([low > 0, high < picture.size])  # left and top, right and bottom: where the picture goes on
    frame = _joined(frame, small.pixels, cut)
    return Glimpse(frame, (*corner.tolist(), *((high - low) / at).tolist()))


def posed(character: Character, pose: str | Mapping[str, float]) -> LandmarkSequence:
    """The character with a face of POSES, or of ARKit coefficients; one frame. Raises USAGE for a name that is none."""
    if isinstance(pose, str):
        if pose not in POSES:
            raise FaceShotError(ErrorCode.USAGE, f"No pose is called {pose!r}.", hint=f"There is {', '.join(POSES)}.")
        pose = POSES[pose]
    curves = {name: np.array([0.0, value]) for name, value in pose.items()} or {"jawOpen": np.zeros(2)}
    actor = compose(curves, size=(400, 400), scale=100.0, translation=(200.0, 160.0))
    return _frame(retarget(actor, character, RetargetSettings(reference="first")), 1)


def acted(character: Character, motion: FaceMotion, frame: int, settings: RetargetSettings) -> LandmarkSequence:
    """The character as in a frame (0-based) of an actor's motion; one frame. Raises USAGE where there is none."""
    if not 0 <= frame < len(motion):
        raise FaceShotError(
            ErrorCode.USAGE, f"The motion has no frame {frame + 1}.", hint=f"It has 1 to {len(motion)}."
        )
    return _frame(retarget(motion, character, settings), frame)


@lru_cache(maxsize=1)
def kept_picture(path: Path, changed: int) -> Picture:
    """The picture of the file, made smaller where it is large; read once while `changed`, its time, is the same.

    Raises what read_picture raises.
    """
    picture = read_picture(path)
    scale = _KEPT / max(picture.size)
    if scale >= 1:
        return picture
    size = tuple(max(round(side * scale), 1) for side in picture.size)
    pixels = cv2.resize(to_8_bit(picture.pixels), size, interpolation=cv2.INTER_AREA)
    return Picture(pixels=pixels.reshape(size[1], size[0], -1), path=path)


def _frame(sequence: LandmarkSequence, number: int) -> LandmarkSequence:
    chosen = slice(number, number + 1)
    return replace(
        sequence,
        points=sequence.points[chosen],
        time=sequence.time[chosen],
        iris=None if sequence.iris is None else sequence.iris[chosen],
    )


def _joined(frame: np.ndarray, still: np.ndarray, cut: np.ndarray) -> np.ndarray:
    """`frame`, turning into `still` toward the sides that are `cut` (2, 2): no seam to the picture around it."""
    width = max(SEAM * max(frame.shape[:2]), 1.0)
    shares = []
    for side, length in ((0, frame.shape[1]), (1, frame.shape[0])):
        near, far = np.arange(length) / width, np.arange(length)[::-1] / width
        shares.append(np.minimum(near if cut[0, side] else 1.0, far if cut[1, side] else 1.0) * np.ones(length))
    share = np.clip(np.minimum(shares[0][None], shares[1][:, None]), 0, 1)[:, :, None]
    return np.rint(share * frame + (1 - share) * still).astype(np.uint8)


def _around(character: Character) -> tuple[float, float, float, float]:
    """The part of the picture that is shown: around the points, with room for what moves."""
    low, high = character.points.min(axis=0), character.points.max(axis=0)
    room = MARGIN * max(float((high - low).max()), float(face_width(character.points)))
    low, high = low - room, high + room
    # whole steps, so that a point that is dragged a little changes nothing but the face
    step = 2.0 ** math.floor(math.log2(max(room / 4, 1.0)))
    low = np.clip(np.floor(low / step) * step, 0, np.array(character.size) - 1)
    high = np.clip(np.ceil(high / step) * step, low + 1, character.size)
    return (*low.tolist(), *(high - low).tolist())
