# SPDX-License-Identifier: GPL-3.0-or-later
"""Face coordinates: what is left of 68 points without the place, size and tilt of the face.

Points are complex numbers x + iy here. In face coordinates the ends of the jaw line, points 0 and 16, lie at -0.5 and
0.5 in the reference pose: the unit is the face width, y points from the brows to the chin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import ErrorCode, FaceShotError

# The part of a face that hardly deforms. More points than the jaw's two ends: less tracker noise in roll and place.
_JAW_ENDS = (0, 1, 2, 14, 15, 16)
_NOSE_BRIDGE = (27, 28, 29, 30)
_EYE_CORNERS = {"right_eye": (36, 39), "left_eye": (42, 45)}
# Below this share of the points' extent, a jaw line has no direction
_MIN_WIDTH = 1e-6


def to_complex(points: np.ndarray) -> np.ndarray:
    """(..., 2) as x + iy; (...)."""
    return np.ascontiguousarray(points, np.float64).view(np.complex128)[..., 0]


def to_points(values: np.ndarray) -> np.ndarray:
    """The inverse of `to_complex`."""
    return np.ascontiguousarray(values, np.complex128)[..., None].view(np.float64)


@dataclass(frozen=True)
class FaceFrame:
    """The similarity between pixels and face coordinates: pixels = origin + axis * face."""

    origin: complex
    axis: complex

    @classmethod
    def of(cls, reference: np.ndarray, code: ErrorCode, whose: str) -> FaceFrame:
        """The frame spanned by the jaw line's ends of (68,). Raises `code` where they coincide."""
        first, last = complex(reference[0]), complex(reference[16])
        axis = last - first
        extent = max(np.ptp(reference.real), np.ptp(reference.imag))
        if not abs(axis) > _MIN_WIDTH * extent:
            raise FaceShotError(
                code,
                f"The two ends of {whose} jaw line (points 0 and 16) lie on one another.",
                hint="They span the face: place them at its sides, level with the eyes.",
            )
        return cls((first + last) / 2, axis)

    def normalise(self, points: np.ndarray) -> np.ndarray:
        return (points - self.origin) / self.axis

    def restore(self, points: np.ndarray) -> np.ndarray:
        return self.origin + self.axis * points


def rigid_points(present: frozenset[str]) -> list[int]:
    """The points that global motion is measured on, of the parts that there are."""
    chosen = list(_JAW_ENDS)
    if "nose" in present:
        chosen += _NOSE_BRIDGE
    for part, corners in _EYE_CORNERS.items():
        if part in present:
            chosen += corners
    return chosen


def global_motion(
    points: np.ndarray, reference: np.ndarray, present: frozenset[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The least-squares similarity of the rigid points, points = turn * reference + shift, and what it leaves.

    points (T, 68), reference (68,), both in face coordinates; returns turn (T,), shift (T,) and the points brought back
    to the reference pose, (T, 68).
    """
    rigid = rigid_points(present)
    still = reference[rigid]
    centre = still.mean()
    arms = (still - centre).conj()
    moved = points[:, rigid]
    centres = moved.mean(axis=1)
    # arms sum to zero, so that the moved points need no centring
    turn = moved @ arms / np.vdot(arms, arms).real
    if np.abs(turn).min() < 1e-6:
        raise FaceShotError(
            ErrorCode.NO_FACE, "In some frame all of the driver's points lie on one another.", hint="Leave it out."
        )
    shift = centres - turn * centre
    return turn, shift, (points - shift[:, None]) / turn[:, None]


def scaled_turn(turn: np.ndarray, rotation: float, zoom: float) -> np.ndarray:
    """`turn` with its angle times `rotation` and its size to the power of `zoom`; (T,)."""
    size = np.abs(turn)
    direction = turn / size
    if rotation != 1.0:
        direction = np.exp(1j * rotation * np.unwrap(np.angle(turn)))
    return direction * size**zoom if zoom else direction
