# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes made by hand: what the clips hardly show, as smooth displacements of the plain face.

Each function gives what the shape adds to the face (N, 3), in units of the eyes' distance: x right, y down, z away from
the viewer. Sided ones are written for the face's left, which is at positive x; the right is its mirror image.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.expression import INDEX, MIRROR_NAMES, NAMES

from .regions import step

UPPER_LIP = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_LIP = (146, 91, 181, 84, 17, 314, 405, 321, 375, 95, 88, 178, 87, 14, 317, 402, 318, 324)
_LIPS_Y = 1.14  # of the closed lips' line


def bump(face: np.ndarray, x: float, y: float, wide: float, tall: float, below: float | None = None) -> np.ndarray:
    """A Gaussian hill about (x, y), (N,); `below`: its height under y, where that differs."""
    dx, dy = face[:, 0] - x, face[:, 1] - y
    height = tall if below is None else np.where(dy < 0, tall, below)
    return np.exp(-0.5 * ((dx / wide) ** 2 + (dy / height) ** 2))


def both(face: np.ndarray, x: float, y: float, wide: float, tall: float) -> np.ndarray:
    """Two hills at x and -x, negative on the right: a push outward along x."""
    return bump(face, x, y, wide, tall) - bump(face, -x, y, wide, tall)


def lower_lip(face: np.ndarray) -> np.ndarray:
    """1 on the lower lip and below, 0 on the upper lip and above; soft beside the mouth."""
    beside = step(np.abs(face[:, 0]), 0.34, 0.6)
    below = np.where(face[:, 1] > _LIPS_Y, 1.0, 0.0)
    below[list(UPPER_LIP)], below[list(LOWER_LIP)] = 0.0, 1.0
    return (1 - beside) * below + beside * step(face[:, 1], _LIPS_Y - 0.3, _LIPS_Y + 0.3)


def jaw_weight(face: np.ndarray) -> np.ndarray:
    """How far a point goes with the jaw bone: 1 at the chin, half at the lower lip, less at the jaw's hinges."""
    down = step(face[:, 1], 0.75, 1.75)
    return down * (0.35 + 0.65 * lower_lip(face)) * step(np.abs(face[:, 0]), 1.25, 0.35)


def _vector(weight: np.ndarray, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    return weight[:, None] * np.array([x, y, z])


def cheek_puff(face: np.ndarray) -> np.ndarray:
    cheeks = bump(face, 0.66, 0.98, 0.34, 0.30) + bump(face, -0.66, 0.98, 0.34, 0.30)
    outline = both(face, 1.0, 1.02, 0.30, 0.34)
    corners = both(face, 0.42, _LIPS_Y, 0.14, 0.12)
    pressed = (
        bump(face, 0, _LIPS_Y, 0.30, 0.16)
        * np.sign(_LIPS_Y - face[:, 1])
        * np.minimum(np.abs(face[:, 1] - _LIPS_Y) / 0.15, 1.0)
    )
    return (
        _vector(both(face, 0.66, 0.98, 0.34, 0.30), x=0.10)
        + _vector(cheeks, z=-0.14)
        + _vector(outline, x=0.13)
        + _vector(corners, x=-0.05)
        + _vector(pressed, y=0.03)
    )


def cheek_squint_left(face: np.ndarray) -> np.ndarray:
    cheek = bump(face, 0.58, 0.42, 0.26, 0.22)
    lid = bump(face, 0.5, 0.09, 0.20, 0.075, 0.12) * step(face[:, 1], -0.02, 0.03)
    return _vector(cheek, y=-0.10, z=-0.05) + _vector(lid, y=-0.055)


def jaw_forward(face: np.ndarray) -> np.ndarray:
    weight = jaw_weight(face)
    nearer = weight[:, None] * 0.10 * (face - [0.0, 1.2, face[152, 2]]) * [1.0, 1.0, 0.0]
    lip = bump(face, 0, 1.22, 0.26, 0.12) * lower_lip(face)
    return nearer + _vector(weight, z=-0.22) + _vector(lip, y=-0.05, z=-0.05)


def jaw_left(face: np.ndarray) -> np.ndarray:
    upper = bump(face, 0, 1.05, 0.35, 0.16) * (1 - lower_lip(face))
    return _vector(jaw_weight(face), x=0.24, y=0.01) + _vector(upper, x=0.05)


def mouth_close(face: np.ndarray, jaw_open: np.ndarray) -> np.ndarray:
    """Half of the way back for the lips that jawOpen parts, each; the chin stays down."""
    lip = lower_lip(face) > 0.5
    gap = float((jaw_open[14] - jaw_open[13])[1])
    across = step(np.abs(face[:, 0]), 0.40, 0.0)
    lower = bump(face, 0, 1.18, 0.6, 1.0, 0.20) * lip
    upper = bump(face, 0, 1.12, 0.6, 0.16, 1.0) * ~lip
    return _vector(across * (upper - lower), y=gap / 2)


def mouth_frown_left(face: np.ndarray) -> np.ndarray:
    corner = bump(face, 0.42, 1.16, 0.16, 0.15)
    return _vector(corner, x=0.03, y=0.17) + _vector(bump(face, 0.5, 1.4, 0.2, 0.2), y=0.04)


def mouth_press_left(face: np.ndarray) -> np.ndarray:
    half = step(face[:, 0], -0.12, 0.16)
    lower = lower_lip(face)
    upper_red, lower_red = bump(face, 0.16, 1.0, 0.22, 0.11), bump(face, 0.16, 1.3, 0.22, 0.12)
    corner = bump(face, 0.42, _LIPS_Y, 0.12, 0.10)
    return (
        _vector(half * upper_red * (1 - lower), y=0.07, z=0.04)
        + _vector(half * lower_red * lower, y=-0.09, z=0.04)
        + _vector(half * bump(face, 0.16, 1.16, 0.24, 0.06) * lower, y=-0.02)
        + _vector(corner, x=0.04)
    )


def mouth_roll_lower(face: np.ndarray) -> np.ndarray:
    lower = lower_lip(face)
    red = bump(face, 0, 1.33, 0.30, 0.12, 0.16) * lower * step(np.abs(face[:, 0]), 0.46, 0.2)
    edge = bump(face, 0, 1.16, 0.30, 0.05, 0.08) * lower
    return (
        _vector(red, y=-0.13, z=0.08) + _vector(edge, y=-0.012, z=0.05) + _vector(bump(face, 0, 1.8, 0.4, 0.2), y=-0.03)
    )


def mouth_roll_upper(face: np.ndarray) -> np.ndarray:
    upper = 1 - lower_lip(face)
    red = bump(face, 0, 1.0, 0.32, 0.12) * upper * step(np.abs(face[:, 0]), 0.46, 0.2)
    return _vector(red, y=0.10, z=0.08)


def mouth_shrug_lower(face: np.ndarray) -> np.ndarray:
    lower = lower_lip(face)
    lips = bump(face, 0, 1.16, 0.30, 0.22, 0.30)
    corner = bump(face, 0.42, 1.16, 0.14, 0.12) + bump(face, -0.42, 1.16, 0.14, 0.12)
    return (
        _vector(lips * lower, y=-0.11, z=-0.03)
        + _vector(lips * (1 - lower), y=-0.085)
        + _vector(bump(face, 0, 1.75, 0.42, 0.3), y=-0.07, z=-0.04)
        + _vector(corner, y=0.05)
    )


def mouth_shrug_upper(face: np.ndarray) -> np.ndarray:
    lower = lower_lip(face)
    lips = bump(face, 0, 1.06, 0.27, 0.2, 0.3)
    return _vector(lips * (1 - lower), y=-0.12, z=-0.06) + _vector(lips * lower, y=-0.09)


def nose_sneer_left(face: np.ndarray) -> np.ndarray:
    wing = bump(face, 0.28, 0.66, 0.15, 0.13)
    fold = bump(face, 0.30, 0.88, 0.17, 0.14) + 0.55 * bump(face, 0.22, 1.04, 0.16, 0.1) * (1 - lower_lip(face))
    bridge = bump(face, 0.16, 0.25, 0.14, 0.2)
    brow = bump(face, 0.27, -0.36, 0.2, 0.12)
    return _vector(wing, x=0.03, y=-0.12) + _vector(fold, y=-0.10) + _vector(bridge, y=-0.05) + _vector(brow, y=0.05)


MADE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "cheekPuff": cheek_puff,
    "cheekSquintLeft": cheek_squint_left,
    "jawForward": jaw_forward,
    "jawLeft": jaw_left,
    "mouthFrownLeft": mouth_frown_left,
    "mouthPressLeft": mouth_press_left,
    "mouthRollLower": mouth_roll_lower,
    "mouthRollUpper": mouth_roll_upper,
    "mouthShrugLower": mouth_shrug_lower,
    "mouthShrugUpper": mouth_shrug_upper,
    "noseSneerLeft": nose_sneer_left,
}


def authored_shapes(face: np.ndarray, shapes: np.ndarray, mirror: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """`shapes` (51, N, 3) on the plain face (N, 3) with the chosen ones (51,) made by hand.

    Raises RuntimeError for one that nobody has made.
    """
    made = shapes.copy()
    for name in np.array(NAMES)[chosen]:
        index = INDEX[str(name)]
        partner = NAMES[MIRROR_NAMES[index]]
        if name == "mouthClose":
            made[index] = mouth_close(face, made[INDEX["jawOpen"]])
        elif name in MADE:
            made[index] = MADE[str(name)](face)
        elif partner in MADE:
            made[index] = MADE[partner](face)[mirror] * [-1.0, 1.0, 1.0]
        else:
            raise RuntimeError(f"The clips do not show {name}, and it is not made by hand.")
    return made
