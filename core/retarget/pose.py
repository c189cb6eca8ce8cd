# SPDX-License-Identifier: GPL-3.0-or-later
"""The head of a FaceMotion: how it stands in each frame relative to the reference, in the driver's face coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ErrorCode
from ..landmarks import COUNT, PARTS
from ..motion import FaceMotion, euler_angles, rotation_matrices
from .frame import FaceFrame, to_complex
from .parts import nose_ratio

_MIDLINE = {"nose": [27, 28, 29, 30, 33], "mouth": [51, 57, 62, 66]}
# What comes nearest to the edge of a face that turns away
_FAR_FEATURES = {"right_eye": [36, 37, 41], "left_eye": [45, 44, 46], "mouth": [48, 54], "nose": [31, 35]}
_MIN_REACH, _MAX_REACH = np.deg2rad(6.0), np.deg2rad(40.0)
# The share of the far cheek's width that stays, and what counts as a cheek at least, in face widths
_CHEEK_LEFT, _MIN_CHEEK = 0.3, 0.02
# A cheek that is this share of the other one is seen well enough to turn to the front
_WHOLE_CHEEK = 0.8
# A jaw point that lies no further outside of the features than this, in face widths, goes along with them in part
_HIDDEN_CHEEK = 0.05
_TURNED = np.deg2rad(12.0), np.deg2rad(24.0)
_FAR_JAW = (
    (range(8), (("right_eye", [36]), ("nose", [30, 31]), ("mouth", [48]))),
    (range(9, 17), (("left_eye", [45]), ("nose", [30, 35]), ("mouth", [54]))),
)
_MAX_STANDING = np.deg2rad(45.0)
# A face whose chin is nearer to its eyes than this share of its width has no height to compare with
_MIN_HEIGHT = 0.1


@dataclass(frozen=True)
class HeadMotion:
    """A driver's faces without its pose, and its pose.

    frame: of the reference; faces (T, 68) and reference (68,) in its face coordinates, depth (T, 68) and
    reference_depth (68,) in face widths from the jaw line's ends, away from the viewer; angles (T, 3): pitch, yaw, roll
    from the reference, roll unwrapped; shift (T,): way of the jaw ends' middle in face coordinates; zoom (T,);
    rest: its place (px) and scale (px per unit) in the reference.
    """

    faces: np.ndarray
    reference: np.ndarray
    depth: np.ndarray
    reference_depth: np.ndarray
    angles: np.ndarray
    shift: np.ndarray
    zoom: np.ndarray
    rest: tuple[float, float, float]


def head_motion(motion: FaceMotion, frame: int | None, rest: tuple[float, float, float] | None) -> HeadMotion:
    """The head relative to frame `frame`, or to the model's neutral, frontal face where it is None."""
    shapes = motion.shapes()
    turns = rotation_matrices(motion.rotation)
    neutral = motion.identity if frame is None else shapes[frame]
    if frame is not None:
        # as the camera saw the reference frame: the picture is taken to show the same pose
        shapes, neutral = shapes @ turns[frame].T, neutral @ turns[frame].T
        turns = turns @ turns[frame].T
    pivot = (neutral[0] + neutral[16]) / 2
    face = FaceFrame.of(to_complex(neutral[:, :2]), ErrorCode.NO_FACE, "the driver's")
    place = motion.translation + motion.scale[:, None] * (turns[:, :2] @ pivot)
    if rest is None:
        rest = _rest(place, motion, frame)
    width = abs(face.axis)
    tilt = _in_plane(face.axis / width)
    angles = euler_angles(tilt.T @ turns @ tilt)
    # whole turns are the driver's: its roll is unwrapped
    roll = motion.rotation[:, 2] - (0.0 if frame is None else motion.rotation[frame, 2])
    angles[:, 2] += 2 * np.pi * np.round((roll - angles[:, 2]) / (2 * np.pi))
    return HeadMotion(
        faces=face.normalise(to_complex(shapes[..., :2])),
        reference=face.normalise(to_complex(neutral[:, :2])),
        depth=(shapes[..., 2] - pivot[2]) / width,
        reference_depth=(neutral[:, 2] - pivot[2]) / width,
        angles=angles,
        shift=(to_complex(place) - complex(rest[0], rest[1])) / (rest[2] * face.axis),
        zoom=motion.scale / rest[2],
        rest=rest,
    )


def _rest(place: np.ndarray, motion: FaceMotion, frame: int | None) -> tuple[float, float, float]:
    if frame is not None:
        return float(place[frame, 0]), float(place[frame, 1]), float(motion.scale[frame])
    valid = motion.valid.astype(bool)
    chosen = valid if valid.any() else ~valid
    x, y = np.median(place[chosen], axis=0)
    return float(x), float(y), float(np.median(motion.scale[chosen]))


def _in_plane(direction: complex) -> np.ndarray:
    return np.array([[direction.real, -direction.imag, 0.0], [direction.imag, direction.real, 0.0], [0.0, 0.0, 1.0]])


def carried_depth(head: HeadMotion, character: np.ndarray, width: np.ndarray, standing: float = 0.0) -> np.ndarray:
    """The driver's depth on the character (68,), (T, 68) in face widths.

    A smooth head through the driver's face gives the depth at the character's own places, heights compared as shares
    of the faces' heights. The driver's face is first turned by `standing` (rad), as the character's stands in its
    picture: there the far cheek is behind and the near one before. What stands out from it goes along with its part:
    within the part in proportion to `width` (68,), the character's part to the driver's, and a nose as far as it is
    long.
    """
    face, reference = _standing_face(head, standing)
    terms = _terms(face)
    head_shape, *_ = np.linalg.lstsq(terms, reference, rcond=None)
    relief = reference - terms @ head_shape + (head.depth - head.reference_depth)
    for part, points in PARTS.items():
        if part == "nose":
            relief[:, points] *= nose_ratio(character, head.reference)
        elif part != "jaw":
            middle = relief[:, points].mean(axis=1, keepdims=True)
            relief[:, points] = middle + (relief[:, points] - middle) * width[points]
    return _terms(character) @ head_shape + relief


def _standing_face(head: HeadMotion, yaw: float) -> tuple[np.ndarray, np.ndarray]:
    """The reference (68,) and its depth (68,) turned by `yaw`, again in face coordinates."""
    if yaw == 0.0:
        return head.reference, head.reference_depth
    solid = np.stack([head.reference.real, head.reference.imag, head.reference_depth], axis=-1)
    solid = solid @ rotation_matrices(np.array([[0.0, yaw, 0.0]]))[0].T
    face = solid[:, 0] + 1j * solid[:, 1]
    ends = face[[0, 16]]
    axis = ends[1] - ends[0]
    return (face - ends.mean()) / axis, (solid[:, 2] - solid[[0, 16], 2].mean()) / abs(axis)


def standing_yaw(head: HeadMotion, character: np.ndarray, present: frozenset[str]) -> float:
    """How far the character (68,) is turned already in its picture, in rad: where its midline lies for its depth."""
    middle = [8]
    for part, points in _MIDLINE.items():
        if part in present:
            middle += points
    depth = head.reference_depth[middle]
    # with the jaw line's ends one apart, what lies at depth z is seen at z times the tangent
    yaw = np.arctan(character[middle].real @ depth / max(depth @ depth, 1e-6))
    return float(np.clip(yaw, -_MAX_STANDING, _MAX_STANDING))


def yaw_reach(character: np.ndarray, depth: np.ndarray, present: frozenset[str]) -> tuple[float, float]:
    """How far the character (68,) with its depth (68,) can turn to either side from its picture, in rad (< 0, > 0).

    The far cheek is squeezed between eyes, mouth and the edge of the face: as long as a share of its width is left
    the turn is shown; a picture from the front does not know what comes into sight beyond. Nor can a cheek that is
    hidden in the picture come to light: the less of it is seen, the less the face turns back.
    """
    features = [index for part, indices in _FAR_FEATURES.items() if part in present for index in indices]
    reach = [-_MAX_REACH, _MAX_REACH]
    if not features:
        return reach[0], reach[1]
    angles = np.linspace(0.0, _MAX_REACH, 81)
    widths: list[float] = []
    for side, jaw in enumerate((range(9), range(16, 7, -1))):
        sign = 2 * side - 1
        edge = list(jaw)
        order = np.argsort(character[edge].imag)
        heights = character[edge].imag[order]
        x, z = (np.interp(character[features].imag, heights, each[edge][order]) for each in (character.real, depth))
        # turned to a side, what is near moves there: the cheek of that side is the far one
        turn = np.stack([np.cos(angles), -sign * np.sin(angles)], axis=-1)
        cheeks = sign * (np.stack([x - character[features].real, z - depth[features]], axis=-1) @ turn.T)
        far = sign * character[features].real > 0
        narrow = cheeks[far] < _CHEEK_LEFT * np.maximum(cheeks[far][:, :1], _MIN_CHEEK)
        if narrow.any():
            reach[1 - side] = -sign * max(float(angles[narrow.any(axis=0).argmax()]), _MIN_REACH)
        widths.append(float(np.maximum(cheeks[far][:, 0], 0.0).min()) if far.any() else 0.0)
    for side, (own, other) in enumerate((widths, widths[::-1])):
        seen = min(own / max(_WHOLE_CHEEK * other, 1e-6), 1.0)
        back = _MIN_REACH + seen * (_MAX_REACH - _MIN_REACH)
        reach[side] = min(reach[side], back) if side else max(reach[side], -back)
    return reach[0], reach[1]


def hidden_jaw(character: np.ndarray, present: frozenset[str], standing: float) -> np.ndarray:
    """How jaw points that the picture hides move: (17, 68), rows are shares of the displacements of all points.

    In a face that is turned away the far jaw lies behind eye, nose and mouth: these are the outline that is drawn
    there, and what they do the points behind them do. Identity for a face that is turned by less than 12 degrees
    (standing, in rad).
    """
    shares = np.eye(17, COUNT)
    turned_away = float(np.clip((abs(standing) - _TURNED[0]) / (_TURNED[1] - _TURNED[0]), 0.0, 1.0))
    # with yaw above 0 what is near, at negative depth, is on the side of lower x, and that cheek is the far one
    sign = -1.0 if standing > 0 else 1.0
    points, groups = _FAR_JAW[sign > 0]
    if turned_away > 0.0:
        outline = [max(group, key=lambda k: sign * character[k].real) for part, group in groups if part in present]
        if not outline:
            return shares
        outline.sort(key=lambda k: character[k].imag)
        y, x = character[outline].imag, sign * character[outline].real
        for jaw in points:
            height = character[jaw].imag
            cheek = sign * character[jaw].real - np.interp(height, y, x)
            below = np.clip((height - y[-1]) / max(character[8].imag - y[-1], 1e-6), 0.0, 1.0)
            hidden = turned_away * (1.0 - below) * np.clip(1.0 - cheek / _HIDDEN_CHEEK, 0.0, 1.0)
            if hidden > 0.0:
                shares[jaw] *= 1.0 - hidden
                for index, row in zip(outline, np.eye(len(outline)), strict=True):
                    shares[jaw, index] += hidden * np.interp(height, y, row)
    return shares


def _terms(face: np.ndarray) -> np.ndarray:
    """The terms of a surface of second degree at each point, (68, 6)."""
    height = max(abs(face[8].imag), _MIN_HEIGHT)
    x, y = face.real, face.imag / height
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)


def turned(points: np.ndarray, depth: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Points (T, 68) and their depth (T, 68) turned by (pitch, yaw, roll) (T, 3) about the origin; (T, 68)."""
    rows = rotation_matrices(angles)[:, :2]
    (xx, xy, xz), (yx, yy, yz) = (rows[:, axis].T[..., None] for axis in range(2))
    result = np.empty_like(points)
    result.real = xx * points.real + xy * points.imag + xz * depth
    result.imag = yx * points.real + yy * points.imag + yz * depth
    return result
