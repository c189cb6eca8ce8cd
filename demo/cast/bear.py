# SPDX-License-Identifier: GPL-3.0-or-later
"""A plush bear: button eyes, a muzzle, a stitched mouth. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, grid, same, spline
from ..brush import mirrored as other
from .drawing import Drawing, Face, flipped, glow, line_mouth, mix, noise, outlined, oval, ring, whole

PLUSH: Colour = (190, 136, 92)
DEEP: Colour = (120, 76, 48)
LIGHT: Colour = (230, 184, 138)
CREAM: Colour = (246, 222, 188)
INK: Colour = (44, 28, 26)

_HEAD_CENTRE, _HEAD_RADII = (MIDDLE, 520.0), (352.0, 330.0)
_EYE = oval((376, 478), (42, 46))
_BRIDGE = [(MIDDLE, 500), (MIDDLE, 550), (MIDDLE, 590)]
_NOSE = spline([(446, 596), (470, 634), (MIDDLE, 652), (554, 634), (578, 596)])
_MOUTH = whole([(420, 714), (446, 738), (478, 742), (MIDDLE, 726)])
_WIDTH = 11.0


def face() -> Face:
    angle = np.radians(np.linspace(184, -4, 81))
    jaw = np.stack(
        [_HEAD_CENTRE[0] + _HEAD_RADII[0] * np.cos(angle), _HEAD_CENTRE[1] + _HEAD_RADII[1] * np.sin(angle)], axis=1
    )
    return Face(jaw=jaw, eyes=(_EYE, flipped(_EYE)), bridge=_BRIDGE, nose=_NOSE, mouth=line_mouth(_MOUTH, width=_WIDTH))


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    x, y = grid(canvas)
    canvas.paint(np.ones_like(canvas.alpha), mix((250, 232, 214), (232, 196, 178), y / 1024 + 0 * x))
    for column in range(9):
        for row in range(9):
            spot = ellipse((column * 128 + 64 * (row % 2), row * 128 + 20), (15, 15))
            canvas.fill(spot, (255, 250, 242), 0.75)
    body = canvas.mask(ellipse((MIDDLE, 1060), (330, 270)))
    _plush(canvas, body, PLUSH, seed=3)
    for side in (same, other):
        _ear(canvas, side)
    head = canvas.mask(ellipse(_HEAD_CENTRE, _HEAD_RADII))
    canvas.paint(canvas.blurred(canvas.shifted(head, (4, 36)), 26) * body, DEEP, 0.7)
    _plush(canvas, head, PLUSH, seed=5)
    muzzle = canvas.mask(ellipse((MIDDLE, 678), (176, 138)))
    canvas.paint(canvas.blurred(muzzle, 14) * head, DEEP, 0.4)
    _plush(canvas, muzzle, CREAM, seed=7)
    _hairs(canvas)
    for side in (same, other):
        _eye(canvas, side)
    nose = np.concatenate([_NOSE, spline([(578, 596), (560, 572), (MIDDLE, 566), (464, 572), (446, 596)])])
    mask = canvas.mask(nose)
    canvas.paint(canvas.blurred(canvas.shifted(mask, (3, 10)), 7) * muzzle, DEEP, 0.7)
    canvas.paint(mask, (70, 42, 36))
    canvas.paint(canvas.rim(mask, 14, (-4, -14)), (30, 16, 16), 0.9)
    canvas.paint(mask * glow(canvas, (490, 588), (34, 12)), (190, 150, 134), 0.8)
    canvas.stroke(np.array([(MIDDLE, 650), (MIDDLE, 726)]), (9, 9), INK)
    canvas.stroke(_MOUTH, (_WIDTH,) * 4, INK)
    for end in (_MOUTH[0], _MOUTH[-1]):
        canvas.fill(ellipse((end[0], end[1]), (8, 8)), INK)
    _bow(canvas)
    return face().drawing("bear", canvas)


def _plush(canvas: Canvas, mask: np.ndarray, colour: Colour, *, seed: int) -> None:
    light: Colour = tuple(min(255.0, value * 1.22 + 6) for value in colour)  # type: ignore[assignment]
    dark: Colour = tuple(value * 0.66 for value in colour)  # type: ignore[assignment]
    canvas.paint(mask, colour)
    tuft = noise(canvas, seed, 9) * 0.65 + noise(canvas, seed + 40, 24) * 0.35
    canvas.paint(mask * np.clip((tuft - 0.5) * 2.2, 0, 1), light, 0.6)
    canvas.paint(mask * np.clip((0.5 - tuft) * 2.2, 0, 1), dark, 0.5)
    canvas.paint(canvas.rim(mask, 44, (-18, -34)), dark, 0.75)
    canvas.paint(canvas.rim(mask, 26, (12, 16)), light, 0.5)


def _hairs(canvas: Canvas) -> None:
    """Loose fibres over the head's edge."""
    random = np.random.default_rng(17)
    for _ in range(620):
        angle = 2 * np.pi * random.random()
        away = np.array([np.cos(angle), np.sin(angle)])
        start = np.array(_HEAD_CENTRE) + np.array(_HEAD_RADII) * away * (0.955 + 0.035 * random.random())
        lean = np.array([-away[1], away[0]]) * (random.random() - 0.5) * 26
        path = spline([tuple(start), tuple(start + 9 * away + lean / 3), tuple(start + 20 * away + lean)])
        canvas.stroke(path, (3.2, 2.6, 0.4), (PLUSH, LIGHT, DEEP)[random.integers(3)], 0.75)


def _ear(canvas: Canvas, side) -> None:
    x = 244 if side is same else DESIGN_SIZE - 244
    ear = canvas.mask(ellipse((x, 250), (124, 120)))
    _plush(canvas, ear, PLUSH, seed=9)
    inner = canvas.mask(ellipse((x + (6 if side is same else -6), 264), (70, 66)))
    _plush(canvas, inner, CREAM, seed=13)


def _eye(canvas: Canvas, side) -> None:
    outline = ring(_EYE if side is same else flipped(_EYE))
    button = canvas.mask(outline)
    middle = outline.mean(axis=0)
    canvas.paint(canvas.blurred(canvas.shifted(button, (3, 9)), 9), DEEP, 0.7)
    canvas.paint(button, (34, 24, 28))
    canvas.paint(button * glow(canvas, (middle[0] + 8, middle[1] + 22), (26, 18)), (116, 84, 84), 0.8)
    canvas.fill(ellipse((middle[0] - 13, middle[1] - 16), (12, 13)), (255, 255, 255))
    canvas.fill(ellipse((middle[0] + 14, middle[1] + 14), (5, 5)), (255, 240, 230), 0.7)


def _bow(canvas: Canvas) -> None:
    for side in (same, other):
        wing = spline(side([(512, 900), (420, 844), (350, 872), (356, 960), (420, 984), (512, 930)]), closed=True)
        mask = canvas.mask(wing)
        canvas.paint(mask, (78, 122, 178))
        canvas.paint(canvas.rim(mask, 18, (6, -14)), (40, 70, 122), 0.8)
        canvas.paint(canvas.rim(mask, 14, (6, 12)), (146, 184, 226), 0.6)
        outlined(canvas, wing, 5, (34, 54, 96))
        canvas.stroke(spline(side([(496, 914), (440, 896), (400, 902)])), (4, 6, 0.5), (40, 70, 122))
    knot = ellipse((MIDDLE, 914), (44, 40))
    canvas.fill(knot, (96, 142, 198))
    outlined(canvas, knot, 5, (34, 54, 96))
