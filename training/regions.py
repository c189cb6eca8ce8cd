# SPDX-License-Identifier: GPL-3.0-or-later
"""Where on the face each shape may act: soft masks over the mesh's points, by region and side."""

from __future__ import annotations

import numpy as np

EYES = np.array([[-0.5, 0.0], [0.5, 0.0]])  # right and left, units of the eyes' distance

_SOFT_MIDDLE = 0.2


def step(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below low, 1 above high, smooth between; falling where high < low."""
    t = np.clip((np.asarray(value, np.float64) - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def side(face: np.ndarray, name: str) -> np.ndarray:
    """1 on the side that a shape's name ends with, 0 on the other, soft across the middle; 1 for shapes of both."""
    if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
        return step(face[:, 0], -_SOFT_MIDDLE, _SOFT_MIDDLE)
    if name.endswith("Right") and name not in ("jawRight", "mouthRight"):
        return step(face[:, 0], _SOFT_MIDDLE, -_SOFT_MIDDLE)
    return np.ones(len(face))


def region(face: np.ndarray, name: str) -> np.ndarray:
    """How much of its region each point of the plain face (N, 3) lies in, (N,), 0 to 1."""
    x, y, z = face.T
    front = step(z, 0.75, 0.45)  # ears and temples stay
    near_eye = _near_eyes(face)
    if name.startswith("brow"):
        lids = step(near_eye, 0.55, 0.9)
        inner = step(np.abs(x), 0.90, 0.30) if name == "browInnerUp" else 1.0
        outer = step(np.abs(x), 0.15, 0.5) if name.startswith("browOuter") else 1.0
        return step(y, -0.06, -0.24) * step(y, -0.95, -0.6) * (1.0 - lids) * inner * outer * front
    if name.startswith("eye"):
        return step(near_eye, 0.0, 0.35) * front
    if name.startswith(("cheekSquint", "noseSneer")):
        return np.ones(len(face))
    below = 0.62 if name.startswith("jaw") else 0.28
    sideways = step(np.abs(x), 1.12, 0.85) if not name.startswith("jaw") else 1.0
    return step(y, below - 0.1, below + 0.35) * sideways


def masks(face: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(K, N) for shapes of these names on the plain face (N, 3)."""
    return np.array([region(face, name) * side(face, name) for name in names])


def _near_eyes(face: np.ndarray) -> np.ndarray:
    """1 at the eyes, falling to 0 at the brows and the cheek bones."""
    away = (face[:, None, :2] - EYES) / [0.48, 1.0]
    tall = np.where(away[..., 1] < 0, 0.30, 0.36)
    away[..., 1] /= tall
    return np.clip(1.25 - np.hypot(away[..., 0], away[..., 1]), 0.0, 1.0).max(axis=1)
