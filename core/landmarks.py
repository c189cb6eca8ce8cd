# SPDX-License-Identifier: GPL-3.0-or-later
"""The 68-point scheme (iBUG/300-W order, 0-based), and sequences of such points.

Coordinates are pixels, x right, y down, (0, 0) the *corner* of the top-left pixel, and travel with their canvas
size (width, height). OpenCV puts (0, 0) on that pixel's centre: subtract HALF_PIXEL there, and only there.

"Right" and "left" are the character's own: its right eye is on the left of the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from .arrays import load_npz, require_rate, require_shape, require_size, save_npz
from .errors import ErrorCode, FaceShotError

COUNT = 68
HALF_PIXEL = 0.5

PARTS: Mapping[str, slice] = MappingProxyType(
    {
        "jaw": slice(0, 17),
        "right_brow": slice(17, 22),
        "left_brow": slice(22, 27),
        "nose": slice(27, 36),
        "right_eye": slice(36, 42),
        "left_eye": slice(42, 48),
        "mouth": slice(48, 68),
    }
)
ALL_PARTS = frozenset(PARTS)
OPTIONAL_PARTS = ALL_PARTS - {"jaw"}

# Name, points in drawing order, closed?
LINES: tuple[tuple[str, tuple[int, ...], bool], ...] = (
    ("jaw", tuple(range(17)), False),
    ("right_brow", tuple(range(17, 22)), False),
    ("left_brow", tuple(range(22, 27)), False),
    ("nose_bridge", tuple(range(27, 31)), False),
    ("nose_base", tuple(range(31, 36)), False),
    ("right_eye", tuple(range(36, 42)), True),
    ("left_eye", tuple(range(42, 48)), True),
    ("outer_lip", tuple(range(48, 60)), True),
    ("inner_lip", tuple(range(60, 68)), True),
)

# (upper, lower) pairs whose distance is the opening of an eye or of the mouth
EYE_PAIRS = {"right_eye": ((37, 41), (38, 40)), "left_eye": ((43, 47), (44, 46))}
MOUTH_PAIRS = ((61, 67), (62, 66), (63, 65))


def _mirror_map() -> np.ndarray:
    mirror = np.arange(COUNT)
    mirror[0:17] = np.arange(16, -1, -1)
    mirror[17:27] = np.arange(26, 16, -1)
    mirror[31:36] = np.arange(35, 30, -1)
    mirror[36:48] = [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    mirror[48:68] = [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
    return mirror


MIRROR = _mirror_map()
MIRROR.setflags(write=False)

# A plain face, eye-corner midpoints at (-0.5, 0) and (0.5, 0): the shape that `template` places. Right half and the
# midline; the left half is its mirror image.
_TEMPLATE_HALF = {
    0: (-1.05, 0.02), 1: (-1.04, 0.32), 2: (-0.99, 0.62), 3: (-0.92, 0.91), 4: (-0.81, 1.18),
    5: (-0.66, 1.42), 6: (-0.47, 1.61), 7: (-0.25, 1.73), 8: (0.0, 1.77),
    17: (-0.86, -0.30), 18: (-0.72, -0.42), 19: (-0.54, -0.46), 20: (-0.36, -0.43), 21: (-0.20, -0.36),
    27: (0.0, 0.0), 28: (0.0, 0.20), 29: (0.0, 0.40), 30: (0.0, 0.58),
    31: (-0.21, 0.72), 32: (-0.11, 0.76), 33: (0.0, 0.79),
    36: (-0.69, 0.0), 37: (-0.57, -0.08), 38: (-0.43, -0.08), 39: (-0.31, 0.0), 40: (-0.43, 0.06), 41: (-0.57, 0.06),
    48: (-0.42, 1.14), 49: (-0.27, 1.06), 50: (-0.10, 1.02), 51: (0.0, 1.04),
    57: (0.0, 1.32), 58: (-0.10, 1.31), 59: (-0.27, 1.25),
    60: (-0.36, 1.14), 61: (-0.10, 1.12), 62: (0.0, 1.13), 66: (0.0, 1.17), 67: (-0.10, 1.17),
}  # fmt: skip


def template() -> np.ndarray:
    """A plain symmetric face, (68, 2), in units of the distance between the eyes, y down."""
    points = np.full((COUNT, 2), np.nan)
    for index, (x, y) in _TEMPLATE_HALF.items():
        points[MIRROR[index]] = (-x, y)
        points[index] = (x, y)
    return points


def template_in_box(box: tuple[float, float, float, float]) -> np.ndarray:
    """`template` filling the box (x, y, width, height) in pixels; (68, 2). Raises USAGE for an empty box."""
    x, y, width, height = box
    if not (width > 0 and height > 0 and np.isfinite(box).all()):
        raise FaceShotError(
            ErrorCode.USAGE, f"The face box {box} is empty.", hint="Give it as x,y,width,height in pixels."
        )
    points = template()
    low, high = points.min(axis=0), points.max(axis=0)
    return (points - low) / (high - low) * (width, height) + (x, y)


def face_width(points: np.ndarray) -> np.ndarray:
    """|p16 - p0| of (..., 68, 2); (...)."""
    return np.linalg.norm(points[..., 16, :] - points[..., 0, :], axis=-1)


def eye_centres(points: np.ndarray) -> np.ndarray:
    """Midpoints of the eye corners, right then left, of (..., 68, D); (..., 2, D)."""
    right = (points[..., 36, :] + points[..., 39, :]) / 2
    left = (points[..., 42, :] + points[..., 45, :]) / 2
    return np.stack([right, left], axis=-2)


def inter_ocular(points: np.ndarray) -> np.ndarray:
    """Distance between the eye-corner midpoints of (..., 68, D); (...)."""
    centres = eye_centres(points)
    return np.linalg.norm(centres[..., 1, :] - centres[..., 0, :], axis=-1)


def check_parts(present: object) -> frozenset[str]:
    """`present` as a set of part names; raises USAGE for a name that is none, or for a face without a jaw."""
    parts = frozenset(str(name) for name in present)  # type: ignore[attr-defined]
    unknown = parts - ALL_PARTS
    if unknown:
        raise FaceShotError(
            ErrorCode.USAGE, f"No such part: {', '.join(sorted(unknown))}.", hint=f"Parts are {', '.join(PARTS)}."
        )
    if "jaw" not in parts:
        raise FaceShotError(
            ErrorCode.USAGE, "A character needs its jaw line.", hint="Its two ends span the face's coordinates."
        )
    return parts


@dataclass(frozen=True, kw_only=True, eq=False)
class LandmarkSequence:
    """68 points for each frame (`*.landmarks.npz`).

    points: (T, 68, 2) float64 px · size: canvas (width, height) px · fps · time: (T,) s · present: parts that exist ·
    iris: (T, 2, 2) px, right then left, or None · meta: JSON-able facts of where it came from.
    Raises USAGE when shapes do not fit.
    """

    points: np.ndarray
    size: tuple[int, int]
    fps: float
    time: np.ndarray
    present: frozenset[str] = ALL_PARTS
    iris: np.ndarray | None = None
    meta: dict = field(default_factory=dict)

    FORMAT = "faceshot.landmarks"
    VERSION = 1

    def __post_init__(self) -> None:
        count = len(self.points)
        if self.points.shape != (count, COUNT, 2) or self.time.shape != (count,):
            raise FaceShotError(ErrorCode.USAGE, f"Points {self.points.shape} and times {self.time.shape} do not fit.")
        if self.iris is not None and self.iris.shape != (count, 2, 2):
            raise FaceShotError(ErrorCode.USAGE, f"Irises {self.iris.shape} do not fit {count} frames.")
        check_parts(self.present)

    def __len__(self) -> int:
        return len(self.points)

    def save(self, path: Path) -> None:
        arrays = {
            "points": self.points.astype(np.float64),
            "size": np.array(self.size, np.int64),
            "fps": np.array(float(self.fps)),
            "time": self.time.astype(np.float64),
            "present": np.array(sorted(self.present)),
        }
        if self.iris is not None:
            arrays["iris"] = self.iris.astype(np.float64)
        save_npz(path, self.FORMAT, self.VERSION, arrays, self.meta)

    @classmethod
    def load(cls, path: Path) -> LandmarkSequence:
        """Raises INPUT_MISSING or INPUT_UNREADABLE."""
        arrays, meta = load_npz(path, cls.FORMAT, cls.VERSION)
        count = len(require_shape(path, arrays, "time", (None,)))
        try:
            present = check_parts(require_shape(path, arrays, "present", (None,), text=True))
        except FaceShotError as error:
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE, f"Cannot read {path}: {error.message}", hint=error.hint
            ) from error
        return cls(
            points=require_shape(path, arrays, "points", (count, COUNT, 2)).astype(np.float64),
            size=require_size(path, arrays),
            fps=require_rate(path, arrays),
            time=arrays["time"].astype(np.float64),
            present=present,
            iris=require_shape(path, arrays, "iris", (count, 2, 2)).astype(np.float64) if "iris" in arrays else None,
            meta=meta,
        )
