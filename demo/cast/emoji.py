# SPDX-License-Identifier: GPL-3.0-or-later
"""An emoji: dot eyes, a line for a mouth, nothing behind it. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import MIDDLE, Canvas, Colour, ellipse, grid, mirrored, spline
from .drawing import Drawing, Face, flipped, glow, line_mouth, mix, oval, ring, round_line, whole

CENTRE = (MIDDLE, 516.0)
RADIUS = 430.0
INK: Colour = (86, 44, 22)
_EYE = oval((372, 446), (50, 74))
_LINE = whole([(342, 648), (386, 690), (446, 716), (MIDDLE, 724)])
_WIDTH = 30.0


def face() -> Face:
    angle = np.radians(np.linspace(188, -8, 81))
    jaw = np.stack([CENTRE[0] + RADIUS * np.cos(angle), CENTRE[1] + RADIUS * np.sin(angle)], axis=1)
    return Face(jaw=jaw, eyes=(_EYE, flipped(_EYE)), mouth=line_mouth(_LINE, width=_WIDTH))


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    x, y = grid(canvas)
    ball = canvas.mask(ellipse(CENTRE, (RADIUS, RADIUS)))
    depth = np.clip((y - 86) / 860, 0, 1) + 0 * x
    canvas.paint(ball, mix((255, 226, 96), (252, 172, 36), depth**1.3))
    canvas.paint(ball * glow(canvas, (440, 330), (340, 300)), (255, 246, 170), 0.85)
    canvas.paint(canvas.rim(ball, 46, (-10, -34)), (232, 118, 22), 0.62)
    canvas.paint(canvas.rim(ball, 16, (0, 8)), (255, 248, 190), 0.55)
    shine = canvas.mask(spline([(232, 300), (300, 208), (420, 146), (452, 164), (352, 228), (262, 330)], closed=True))
    canvas.paint(canvas.blurred(shine, 12) * ball, (255, 255, 236), 0.8)
    for side in (-1, 1):
        canvas.paint(ball * glow(canvas, (MIDDLE + side * 232, 600), (84, 56), 1.4), (255, 108, 72), 0.5)
    for eye in (_EYE, flipped(_EYE)):
        outline = ring(eye)
        mask = canvas.mask(outline)
        canvas.paint(mask, INK)
        canvas.paint(canvas.rim(mask, 18, (0, -26)), (138, 76, 34), 0.9)
        middle = outline.mean(axis=0)
        canvas.fill(ellipse((middle[0] - 13, middle[1] - 30), (17, 21), degrees=20), (255, 255, 255), 0.95)
        canvas.fill(ellipse((middle[0] + 15, middle[1] + 30), (8, 9)), (255, 226, 170), 0.6)
    round_line(canvas, _LINE, _WIDTH, INK)
    dimple = spline([(324, 656), (332, 638), (354, 628)])
    for path in (dimple, mirrored(dimple)):
        round_line(canvas, path, 15, INK)
    return face().drawing("emoji", canvas, transparent=True)
