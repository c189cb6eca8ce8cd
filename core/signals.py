# SPDX-License-Identifier: GPL-3.0-or-later
"""What 68 points say about an expression, as curves: to compare a performance with its copy, or with known truth."""

from __future__ import annotations

import numpy as np

from .errors import ErrorCode, FaceShotError
from .landmarks import COUNT, EYE_PAIRS, MOUTH_PAIRS, eye_centres, inter_ocular

NAMES = (
    "jaw_open",
    "mouth_open",
    "smile_right",
    "smile_left",
    "pucker",
    "mouth_shift",
    "inner_brow_up",
    "brow_up",
    "brow_up_right",
    "brow_up_left",
    "brow_down_right",
    "brow_down_left",
    "blink_right",
    "blink_left",
)


def signals(points: np.ndarray) -> dict[str, np.ndarray]:
    """Expression curves of points (T, 68, 2), any canvas; NAMES to (T,) float64.

    Position, size and in-plane rotation are taken out here (the eyes' line is the ruler); yaw and pitch are for the
    caller to remove, best by `FaceMotion.shapes()[..., :2]`. Units: 1 = distance of the eye-corner midpoints, but for
    blinks, whose unit is the eye's own width. All grow with what they are named after; their zero means nothing, so
    compare differences or correlations. "Right" and "left" are the face's own. Raises USAGE for another shape, or
    where a face has no distance between its eyes.

    >>> faces = np.zeros((2, 68, 2))
    >>> faces[:, 36:48, 0] = np.repeat([-0.5, 0.5], 6)  # eyes one apart
    >>> faces[1, 48] = (-0.1, -0.1)  # in the second face its right mouth corner goes out and up
    >>> curves = signals(faces)
    >>> (np.diff(curves["smile_right"]).round(3), np.diff(curves["smile_left"]).round(3))
    (array([0.141]), array([0.]))
    """
    face = _levelled(points)
    x, y = face[..., 0], face[..., 1]
    nose_x, nose_y = x[:, 33], y[:, 33]
    brow_right, brow_left = y[:, 17:22], y[:, 22:27]
    return {
        "jaw_open": y[:, 8] - nose_y,
        "mouth_open": np.mean([y[:, low] - y[:, high] for high, low in MOUTH_PAIRS], axis=0),
        "smile_right": ((nose_x - x[:, 48]) - (y[:, 48] - nose_y)) / np.sqrt(2),
        "smile_left": ((x[:, 54] - nose_x) - (y[:, 54] - nose_y)) / np.sqrt(2),
        "pucker": -np.linalg.norm(face[:, 54] - face[:, 48], axis=1),
        "mouth_shift": (x[:, 48] + x[:, 54]) / 2 - nose_x,
        "inner_brow_up": -(brow_right[:, 3:].mean(axis=1) + brow_left[:, :2].mean(axis=1)) / 2,
        "brow_up": -(brow_right.mean(axis=1) + brow_left.mean(axis=1)) / 2,
        "brow_up_right": -brow_right[:, :3].mean(axis=1),
        "brow_up_left": -brow_left[:, 2:].mean(axis=1),
        "brow_down_right": brow_right[:, 2:].mean(axis=1),
        "brow_down_left": brow_left[:, :3].mean(axis=1),
        "blink_right": -_opening(face, "right_eye", 36, 39),
        "blink_left": -_opening(face, "left_eye", 42, 45),
    }


def _levelled(points: np.ndarray) -> np.ndarray:
    """Points with the eyes' middle at the origin, their line along x, their distance 1."""
    points = np.asarray(points, np.float64)
    if points.ndim != 3 or points.shape[1:] != (COUNT, 2):
        raise FaceShotError(ErrorCode.USAGE, f"Signals need points (T, {COUNT}, 2), not {points.shape}.")
    distance = inter_ocular(points)
    if not (distance > 0).all():
        raise FaceShotError(ErrorCode.USAGE, "A face has both eyes in one place.", hint="Check the landmarks.")
    centres = eye_centres(points)
    across = (centres[:, 1] - centres[:, 0]) / distance[:, None]
    down = np.stack([-across[:, 1], across[:, 0]], axis=-1)
    moved = (points - centres.mean(axis=1)[:, None]) / distance[:, None, None]
    return np.einsum("tpi,tji->tpj", moved, np.stack([across, down], axis=1))


def _opening(face: np.ndarray, part: str, first: int, last: int) -> np.ndarray:
    gaps = [np.linalg.norm(face[:, low] - face[:, high], axis=1) for high, low in EYE_PAIRS[part]]
    width = np.linalg.norm(face[:, last] - face[:, first], axis=1)
    return np.mean(gaps, axis=0) / np.maximum(width, 1e-9)
