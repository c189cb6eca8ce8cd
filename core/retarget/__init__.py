# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting: an actor's performance on a character's 68 points, in the character's own proportions.

The scheme of FaceShot (global motion of the face, relative motion of its parts, motion of the points within a part),
formulated so that it is continuous: what the driver does not move stays, a small change of the driver is a small
change of the result, and neither the size nor the tilt nor the place of either face matters. NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..landmarks import COUNT, PARTS, LandmarkSequence
from ..motion import FaceMotion
from . import apertures, gaze, pose
from .frame import FaceFrame, global_motion, scaled_turn, to_complex, to_points
from .parts import Scales, displaced, proportions
from .settings import GAINS, PART_GAINS, POSE_GAINS, RetargetSettings, parse_gains

__all__ = [
    "DEFAULT_LIMITS",
    "GAINS",
    "LIMITS",
    "PART_GAINS",
    "POSE_GAINS",
    "TRACKED_LIDS",
    "RetargetSettings",
    "parse_gains",
    "retarget",
]

# Limits that a character may have in `Character.limits`: largest yaw, pitch and roll in degrees, way across the picture
# and opening of an eye and of the mouth in face widths. They are felt from 60 % on and approached smoothly; yaw counts
# from straight ahead, as far as the picture shows how the character stands. Other names are ignored.
LIMITS = ("yaw", "pitch", "roll", "shift", "eye_open", "mouth_open")
# Where a character says nothing else; yaw moreover keeps a part of the far cheek (`pose.yaw_reach`)
DEFAULT_LIMITS: Mapping[str, float] = MappingProxyType({"yaw": 30.0, "pitch": 18.0})
# How far a face may go over the edge of its picture, in face widths
_OFF_PICTURE = 0.1
_JAW = PARTS["jaw"]
# A ball or a box speaks within its outline: how much of the jaw's own motion is left to it
_DISC_JAW = 0.35
# What trackers of face meshes leave of closed eyes on real clips: the network of 478 points 3 to 25 % of the open eye,
# that of 468 points half of it and more.
TRACKED_LIDS = apertures.Lids(seen=0.45, closed=0.3)
LIDS_OF_MODEL: Mapping[str, apertures.Lids] = MappingProxyType({"mesh-468": apertures.Lids(seen=0.75, closed=0.5)})
_EXACT_LIDS = apertures.Lids(seen=0.45, closed=0.0)

_GAIN_OF_PART = {
    "jaw": "jaw", "right_brow": "brows", "left_brow": "brows", "nose": "nose", "right_eye": "eyes", "left_eye": "eyes",
    "mouth": "mouth",
}  # fmt: skip


@dataclass(frozen=True)
class _Driver:
    """A driver in its own face coordinates: faces (T, 68) without pose, reference (68,), gaze (T, 2) or None."""

    faces: np.ndarray
    reference: np.ndarray
    present: frozenset[str]
    head: pose.HeadMotion | None
    gaze: np.ndarray | None
    gaze_rest: np.ndarray | None


def retarget(
    driver: FaceMotion | LandmarkSequence, character: Character, settings: RetargetSettings | None = None
) -> LandmarkSequence:
    """The character's 68 points (px of its picture) for each frame of the driver.

    In the reference pose (`RetargetSettings.reference`) the result is the character itself. From a FaceMotion,
    expression and pose are separate: the expression is that of the face without its pose, roll, way and zoom move
    the character as a whole, and yaw and pitch move its points by the depth of the driver's face. A sequence of points
    has no depth: all that is no similarity counts as expression. Parts that either lacks are carried along unmoved.
    Irises are given when both have them. The limits that are kept are named in `LIMITS`.

    The result has the character's size and parts and the driver's times; its `meta` holds settings, reference and rest.

    Raises USAGE (a reference that is none, values that are not finite), CHARACTER_UNSURE or NO_FACE (the jaw line's
    ends coincide).

    >>> around = np.linspace(0.0, 6.0, COUNT)
    >>> points = 50 + 40 * np.stack([np.cos(around), np.sin(around)], axis=-1)
    >>> still = LandmarkSequence(points=points[None], size=(100, 110), fps=25.0, time=np.zeros(1))
    >>> character = Character(points=points * 3, size=(300, 330))
    >>> bool(np.allclose(retarget(still, character).points[0], character.points))
    True
    """
    settings = settings or RetargetSettings()
    number = _reference(driver, settings)
    _check_finite(driver)
    own = FaceFrame.of(to_complex(character.points), ErrorCode.CHARACTER_UNSURE, "the character's")
    rest = own.normalise(to_complex(character.points))
    source = _read(driver, number, settings, with_gaze=character.iris is not None)
    present = character.present & source.present
    turn, shift, faces = global_motion(source.faces, source.reference, source.present)
    reference = source.reference
    if settings.calibration == "clip":
        reference = apertures.with_open_eyes(reference, faces)
    shut = _shut(driver, reference, faces, settings)
    scales = proportions(rest, reference, present)
    moved = _local(faces, reference, rest, present, scales, shut, character, settings)
    iris = None
    if character.iris is not None and source.gaze is not None:
        iris = gaze.apply_gaze(
            moved, rest, own.normalise(to_complex(character.iris)), source.gaze, reference, settings.gaze
        )
        moved = np.concatenate([moved, iris], axis=1)
    placed, way = _globally(moved, turn, shift, source, rest, scales, present, character, settings)
    points = to_points(own.restore(placed + _limited_way(way, own, character, stay=settings.stay)[:, None]))
    return LandmarkSequence(
        points=points[:, :COUNT],
        size=character.size,
        fps=driver.fps,
        time=driver.time,
        present=character.present,
        iris=None if iris is None else points[:, COUNT:],
        meta=_meta(number, source, shut, settings, driver),
    )


def _reference(driver: FaceMotion | LandmarkSequence, settings: RetargetSettings) -> int | None:
    """The reference frame's number; None is the model's neutral face."""
    if len(driver) == 0:
        raise FaceShotError(ErrorCode.USAGE, "The driver has no frames.", hint="Choose a longer range.")
    reference = settings.reference
    if reference == "auto":
        reference = "neutral" if isinstance(driver, FaceMotion) else "first"
    if reference == "neutral":
        if not isinstance(driver, FaceMotion):
            raise FaceShotError(
                ErrorCode.USAGE,
                "A sequence of points has no neutral face.",
                hint="Use the reference first, or a frame's number.",
            )
        return None
    if reference == "first":
        return 0
    number = int(reference)
    if number >= len(driver):
        raise FaceShotError(
            ErrorCode.USAGE,
            f"Frame {number + 1} was to be the reference; the driver has {len(driver)}, counted from 1.",
            hint="Choose one of them, or neutral, or first.",
        )
    return number


def _check_finite(driver: FaceMotion | LandmarkSequence) -> None:
    names = (
        ("points", "iris")
        if isinstance(driver, LandmarkSequence)
        else ("rotation", "translation", "scale", "expression", "identity", "basis", "residual", "iris")
    )
    for name in names:
        array = getattr(driver, name)
        if array is not None and not np.isfinite(array).all():
            raise FaceShotError(ErrorCode.USAGE, f"The driver's {name} holds values that are not finite.")
    if isinstance(driver, FaceMotion) and not (driver.scale > 0).all():
        raise FaceShotError(ErrorCode.USAGE, "The driver's scale is not positive in every frame.")


def _read(
    driver: FaceMotion | LandmarkSequence, number: int | None, settings: RetargetSettings, *, with_gaze: bool
) -> _Driver:
    if isinstance(driver, FaceMotion):
        head = pose.head_motion(driver, number, settings.rest)
        faces, reference, present = head.faces, head.reference, frozenset(PARTS)
        seen = driver.landmarks() if with_gaze and driver.iris is not None else None
    else:
        points = to_complex(driver.points)
        face = FaceFrame.of(points[number], ErrorCode.NO_FACE, "the driver's")
        head, faces, present, seen = None, face.normalise(points), driver.present, driver.points
        reference = faces[number]
    source = _Driver(faces, reference, present, head, None, None)
    if not with_gaze or driver.iris is None or seen is None:
        return source
    looked = gaze.measure_gaze(to_complex(seen), to_complex(driver.iris))
    if settings.gaze_rest is not None:
        at_rest = to_complex(np.array(settings.gaze_rest).reshape(2, 2))
    elif number is not None:
        at_rest = looked[number]
    else:
        valid = driver.valid.astype(bool) if isinstance(driver, FaceMotion) else np.ones(len(driver), bool)
        chosen = looked[valid] if valid.any() else looked
        at_rest = np.median(chosen.real, axis=0) + 1j * np.median(chosen.imag, axis=0)
    return replace(source, gaze=looked - at_rest, gaze_rest=at_rest)


def _local(
    faces: np.ndarray,
    reference: np.ndarray,
    rest: np.ndarray,
    present: frozenset[str],
    scales: Scales,
    shut: np.ndarray,
    character: Character,
    settings: RetargetSettings,
) -> np.ndarray:
    """The character's expression in its face coordinates, (T, 68)."""
    gains = np.zeros(COUNT)
    for part in present:
        gains[PARTS[part]] = getattr(settings, _GAIN_OF_PART[part])
    if "nose" not in character.present:
        gains[_JAW] *= _DISC_JAW
    moved = rest + gains * displaced(faces, reference, rest, scales)
    limit = np.full(len(apertures.UPPER), np.inf)
    limit[: apertures.EYE_COUNT] = character.limits.get("eye_open", np.inf)
    limit[apertures.EYE_COUNT :] = character.limits.get("mouth_open", np.inf)
    upper = apertures.UPPER
    gaps = apertures.Gaps(gains[upper], scales.x[upper], scales.y[upper], shut, limit)
    apertures.apply_apertures(moved, rest, faces, reference, gaps)
    return moved


def _shut(
    driver: FaceMotion | LandmarkSequence, reference: np.ndarray, faces: np.ndarray, settings: RetargetSettings
) -> np.ndarray:
    """The share of the open eye at which each of the four lid pairs counts as closed."""
    if not isinstance(settings.shut, str):
        return np.full(apertures.EYE_COUNT, float(settings.shut))
    tracked = isinstance(driver, FaceMotion) and bool(driver.meta.get("tracker"))
    if tracked:
        lids = LIDS_OF_MODEL.get(str(driver.meta.get("model")), TRACKED_LIDS)
    elif settings.calibration == "clip":
        lids = _EXACT_LIDS
    else:
        return np.zeros(apertures.EYE_COUNT)
    return apertures.shut_share(reference, faces, lids)


def _globally(
    moved: np.ndarray,
    turn: np.ndarray,
    shift: np.ndarray,
    source: _Driver,
    rest: np.ndarray,
    scales: Scales,
    present: frozenset[str],
    character: Character,
    settings: RetargetSettings,
) -> tuple[np.ndarray, np.ndarray]:
    """The expression (T, N) turned and zoomed as the driver's head, and its way (T,); face coordinates of the
    character."""
    limits = {**DEFAULT_LIMITS, **character.limits}
    if source.head is None:
        angle = limits.get("roll")
        if angle is not None:
            roll = np.unwrap(np.angle(turn)) * settings.rotation
            spin = np.exp(1j * apertures.soft_limit(roll, np.deg2rad(angle)))
            factor = spin * scaled_turn(turn, 0.0, settings.zoom)
        else:
            factor = scaled_turn(turn, settings.rotation, settings.zoom)
        return factor[:, None] * moved, settings.translation * shift
    head = source.head
    posed = scaled_turn(turn, settings.rotation, settings.zoom)[:, None] * moved
    posed = posed + settings.translation * shift[:, None]
    standing_yaw = pose.standing_yaw(head, rest, present)
    # beyond how the driver itself stands in its reference
    turned_by = standing_yaw - pose.standing_yaw(head, head.reference, present)
    depth = pose.carried_depth(head, rest, scales.x, turned_by)
    if moved.shape[1] > COUNT:
        # an iris lies as deep as its eye
        eyes = depth[:, [36, 39, 42, 45]].reshape(len(depth), 2, 2).mean(axis=2)
        depth = np.concatenate([depth, eyes], axis=1)
    strength = np.array([settings.parallax, settings.parallax, settings.rotation])
    angles = head.angles * strength
    # a face that is turned in its picture can turn less further that way, and more back
    standing = {"yaw": standing_yaw}
    for axis, name in enumerate(("pitch", "yaw", "roll")):
        if name in limits:
            start, limit = standing.get(name, 0.0), np.deg2rad(limits[name])
            total = apertures.soft_limit(np.append(angles[:, axis] + start, start), limit)
            angles[:, axis] = total[:-1] - total[-1]
    if "yaw" not in character.limits:
        at_rest = pose.carried_depth(replace(head, depth=head.reference_depth[None]), rest, scales.x, turned_by)[0]
        low, high = pose.yaw_reach(rest, at_rest, present)
        yaw = angles[:, 1]
        angles[:, 1] = np.where(yaw < 0, apertures.soft_limit(yaw, -low), apertures.soft_limit(yaw, high))
    flat = posed[:, _JAW].copy()
    posed = pose.turned(posed, depth, angles)
    if "nose" not in character.present:
        # A ball, a box, a disc: its outline stays as it turns, and the features wander over it.
        posed[:, _JAW] = pose.turned(flat, np.zeros(flat.shape), angles * (0.0, 0.0, 1.0))
    hidden = pose.hidden_jaw(rest, present, turned_by)
    if (hidden != np.eye(17, COUNT)).any():
        posed[:, _JAW] = rest[_JAW] + (posed[:, :COUNT] - rest) @ hidden.T
    if settings.zoom:
        posed = posed * (head.zoom**settings.zoom)[:, None]
    return posed, settings.translation * head.shift


def _limited_way(way: np.ndarray, own: FaceFrame, character: Character, *, stay: bool) -> np.ndarray:
    """The way (T,) within the character's limit; without one and with `stay`, the face leaves its picture only a
    little."""
    limit = character.limits.get("shift")
    if limit is not None:
        length = np.abs(way)
        return way * np.where(length > 0, apertures.soft_limit(length, limit) / np.where(length > 0, length, 1.0), 1.0)
    if not stay:
        return way
    width = abs(own.axis)
    moved = to_points(way * own.axis)  # px of the picture
    face = np.concatenate([character.points[PARTS[part]] for part in sorted(character.present)])
    low = -np.maximum(face.min(axis=0), 0.0)
    high = np.maximum(character.size - face.max(axis=0), 0.0)
    over = np.maximum(moved - high, 0.0) - np.maximum(low - moved, 0.0)
    slack = _OFF_PICTURE * width
    return to_complex(moved - over + slack * np.tanh(over / slack)) / own.axis


def _meta(
    number: int | None,
    source: _Driver,
    shut: np.ndarray,
    settings: RetargetSettings,
    driver: FaceMotion | LandmarkSequence,
) -> dict[str, Any]:
    return {
        "reference": "neutral" if number is None else number,
        "rest": None if source.head is None else list(source.head.rest),
        "gaze_rest": None if source.gaze_rest is None else to_points(source.gaze_rest).ravel().tolist(),
        "shut": shut.reshape(2, 2)[:, 0].tolist(),
        "retarget": settings.as_dict(),
        "driver": dict(driver.meta),
    }
