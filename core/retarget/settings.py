# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of `retarget`: what they mean, their bounds, and their JSON form."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ..errors import ErrorCode, FaceShotError

PART_GAINS = ("jaw", "brows", "nose", "eyes", "mouth", "gaze")
POSE_GAINS = ("rotation", "translation", "zoom", "parallax")
GAINS = PART_GAINS + POSE_GAINS
MAX_GAIN = dict.fromkeys(GAINS, 2.0) | {"parallax": 1.0}
REFERENCES = ("auto", "neutral", "first")
CALIBRATIONS = ("reference", "clip")
MAX_SHUT = 0.8


@dataclass(frozen=True, kw_only=True)
class RetargetSettings:
    """How a driver moves a character. Raises USAGE for a value out of bounds.

    reference: the driver's pose that the character's picture shows. "neutral": the neutral, frontal face of a
    FaceMotion; "first": the driver's first frame; a number: that frame, from 0; "auto": neutral for a FaceMotion,
    first for a sequence of points. With "first" or a number the character is taken to face the camera as the driver
    does there.

    jaw, brows, nose, eyes, mouth, gaze: gain of a part's own motion, 0 (frozen) to 2 (exaggerated), 1 as acted.
    rotation, translation, zoom: gain of the head's roll, of its way across the picture in face widths, and of its
    size (0 keeps the picture's; 1 lets the face grow as the actor leans in). parallax: 0 to 1, how much of yaw
    and pitch shows; only a FaceMotion has depth.

    calibration: what counts as the driver's open eye: that of the "reference", or a robust maximum over the "clip"
    (for a reference frame in a blink). shut: the share of that opening at which the driver's eyes already count as
    closed, 0 to 0.8, since a tracker's closed lids keep a gap; "auto": as the clip's own blinks show it, for a
    FaceMotion that names its tracker in `meta` (`TRACKED_LIDS` where it has none) and for any with calibration by the
    "clip"; else 0. Above, lids follow as tracked: only near closed do they close faster.

    stay: the face may go over the edge of its picture only a little, however far the actor goes; a character's limit
    of the shift takes its place. Off, the way is the actor's own.

    rest: x, y (px) of the middle between the ends of the driver's jaw line and its scale (px per unit) for which the
    character stays in its place, and gaze_rest: x, y per eye, right first, in eye widths from the middle of the
    corners, for which its irises do. None: taken from the reference frame, or with "neutral" the median of the valid
    frames. The values used are recorded in the result's `meta`: with them, one frame alone is retargeted like its clip.

    >>> RetargetSettings().with_gains({"mouth": 1.2}).mouth
    1.2
    """

    reference: str | int = "auto"
    jaw: float = 1.0
    brows: float = 1.0
    nose: float = 1.0
    eyes: float = 1.0
    mouth: float = 1.0
    gaze: float = 1.0
    rotation: float = 1.0
    translation: float = 1.0
    zoom: float = 0.0
    parallax: float = 1.0
    calibration: str = "reference"
    shut: str | float = "auto"
    stay: bool = False
    rest: tuple[float, float, float] | None = None
    gaze_rest: tuple[float, float, float, float] | None = None

    def __post_init__(self) -> None:
        reference = self.reference
        if isinstance(reference, bool) or not (
            reference in REFERENCES or (isinstance(reference, int) and reference >= 0)
        ):
            raise _usage(f"The reference {reference!r} is none.", "Use neutral, first, or a frame's number from 0.")
        for name in GAINS:
            _check_number(f"The gain {name}", getattr(self, name), 0.0, MAX_GAIN[name])
        if self.calibration not in CALIBRATIONS:
            raise _usage(f"The calibration {self.calibration!r} is none.", f"Use {' or '.join(CALIBRATIONS)}.")
        if not isinstance(self.stay, bool):
            raise _usage(f"The setting stay is {self.stay!r}.", "Use true or false.")
        if self.shut != "auto":
            _check_number("The setting shut", self.shut, 0.0, MAX_SHUT)
        _check_tuple("rest", self.rest, 3)
        _check_tuple("gaze_rest", self.gaze_rest, 4)
        if self.rest is not None and not self.rest[2] > 0:
            raise _usage(f"The rest scale {self.rest[2]} is not positive.", "")

    def with_gains(self, gains: Mapping[str, float]) -> RetargetSettings:
        """The same with some gains changed, by the names in `GAINS`."""
        unknown = set(gains) - set(GAINS)
        if unknown:
            raise _usage(f"No such gain: {', '.join(sorted(unknown))}.", f"Gains are {', '.join(GAINS)}.")
        changes: dict[str, Any] = dict(gains)
        return replace(self, **changes)

    @classmethod
    def from_options(
        cls, *, reference: str = "auto", gains: Mapping[str, float] | None = None, stay: bool = True
    ) -> RetargetSettings:
        """Settings from what a person writes: frames are counted from 1, as files of frames are. Raises USAGE.

        >>> RetargetSettings.from_options(reference="1", gains={"mouth": 1.2}).reference
        0
        """
        chosen: str | int = reference
        if reference not in REFERENCES:
            if not (reference.isascii() and reference.isdecimal() and int(reference) > 0):
                raise _usage(f"The reference {reference!r} is none.", "Use neutral, first, or a frame's number from 1.")
            chosen = int(reference) - 1
        return cls(reference=chosen, stay=stay).with_gains(gains or {})

    def as_dict(self) -> dict[str, Any]:
        """JSON-able, the same for equal settings; `from_dict` is the way back."""
        values = asdict(self)
        for name, value in values.items():
            if isinstance(value, tuple):
                values[name] = [float(number) for number in value]
            elif name in GAINS or (name == "shut" and value != "auto"):
                values[name] = float(value)
        return values

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> RetargetSettings:
        """Settings from JSON; absent names take their defaults. Raises USAGE for names or values that are none."""
        unknown = set(data) - {entry.name for entry in fields(cls)}
        if unknown:
            raise _usage(f"No such retarget setting: {', '.join(sorted(map(str, unknown)))}.", "")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in data.items()
        }
        return cls(**values)


def parse_gains(texts: Iterable[str]) -> dict[str, float]:
    """Gains as written on a command line. Raises USAGE.

    >>> parse_gains(["mouth=1.2", "zoom=1"])
    {'mouth': 1.2, 'zoom': 1.0}
    """
    gains = {}
    for text in texts:
        name, equals, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            equals = ""
        if not equals or name.strip() not in GAINS:
            raise _usage(f"{text!r} is no gain.", f"Write NAME=NUMBER; names are {', '.join(GAINS)}.")
        gains[name.strip()] = value
    return gains


def _check_number(what: str, value: object, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise _usage(f"{what} is {value!r}.", f"Use a number from {low:g} to {high:g}.")


def _check_tuple(name: str, value: object, count: int) -> None:
    if value is None:
        return
    numbers = isinstance(value, tuple) and all(
        isinstance(number, (int, float)) and not isinstance(number, bool) and math.isfinite(number) for number in value
    )
    if not numbers or len(value) != count:  # type: ignore[arg-type]
        raise _usage(f"The setting {name} is {value!r}.", f"Use {count} numbers.")


def _usage(message: str, hint: str) -> FaceShotError:
    return FaceShotError(ErrorCode.USAGE, message, hint=hint)
