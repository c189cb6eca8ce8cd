# SPDX-License-Identifier: GPL-3.0-or-later
"""A wooden robot with painted eyes and no nose. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, grid, mirrored, same
from .drawing import Drawing, Face, flipped, glow, line_mouth, mix, noise, outlined, oval, ring, whole

WOOD: Colour = (222, 172, 112)
WOOD_DARK: Colour = (150, 94, 50)
WOOD_LIGHT: Colour = (250, 218, 164)
INK: Colour = (58, 36, 28)
TEAL: Colour = (54, 152, 150)
RED: Colour = (214, 74, 58)

_EYE = oval((388, 480), (86, 86))
_IRIS = (394.0, 484.0)
_MOUTH = whole([(370, 706), (420, 708), (MIDDLE, 708)])
_WIDTH = 16.0


def _plate(left: float, top: float, right: float, bottom: float, corner: float) -> np.ndarray:
    """A rectangle with round corners."""
    turn = np.radians(np.linspace(0, 90, 13))
    pieces = []
    for x, y, start in ((right - corner, bottom - corner, 0), (left + corner, bottom - corner, 90),
                        (left + corner, top + corner, 180), (right - corner, top + corner, 270)):  # fmt: skip
        angle = turn + np.radians(start)
        pieces.append(np.stack([x + corner * np.cos(angle), y + corner * np.sin(angle)], axis=1))
    return np.concatenate(pieces)


def face() -> Face:
    jaw = whole([(214, 470), (214, 600), (216, 742), (240, 804), (304, 828), (400, 830), (MIDDLE, 830)])
    return Face(
        jaw=jaw,
        eyes=(_EYE, flipped(_EYE)),
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


def _grained(canvas: Canvas, mask: np.ndarray, *, seed: int, vertical: bool = False) -> None:
    x, y = grid(canvas)
    wave = noise(canvas, seed, 46, stretch=6.0)
    if vertical:
        wave = np.ascontiguousarray(wave.T)
    across = (x if vertical else y) + 0 * (x + y)
    rings = 0.5 + 0.5 * np.sin(across / 9.0 + 9 * wave)
    fine = noise(canvas, seed + 1, 5, stretch=16.0)
    fine = np.ascontiguousarray(fine.T) if vertical else fine
    canvas.paint(mask, WOOD)
    canvas.paint(mask * (0.4 * rings**2 + 0.25 * fine).astype(np.float32), WOOD_DARK, 0.62)


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    x, y = grid(canvas)
    canvas.paint(np.ones_like(canvas.alpha), mix((120, 178, 176), (70, 124, 132), y / 1024 + 0 * x))
    canvas.paint(glow(canvas, (MIDDLE, 430), (480, 440)), (206, 232, 214), 0.65)
    _body(canvas)
    stem = np.array([(MIDDLE, 230), (MIDDLE, 130)])
    canvas.stroke(stem, (20, 20), (128, 132, 140))
    canvas.stroke(stem - (4, 0), (6, 6), (214, 220, 226))
    bulb = canvas.mask(ellipse((MIDDLE, 108), (44, 44)))
    canvas.paint(bulb, RED)
    canvas.paint(canvas.rim(bulb, 16, (-8, -12)), (130, 26, 30), 0.8)
    canvas.fill(ellipse((496, 92), (11, 14), degrees=30), (255, 216, 204))
    for side in (same, mirrored):
        _ear(canvas, side)
    outline = _plate(206, 196, 818, 832, 86)
    head = canvas.mask(outline)
    canvas.paint(canvas.blurred(canvas.shifted(head, (10, 26)), 22), (24, 50, 56), 0.4)
    _grained(canvas, head, seed=21)
    canvas.paint(head * glow(canvas, (400, 330), (300, 190)), WOOD_LIGHT, 0.55)
    canvas.paint(canvas.rim(head, 26, (-22, -26)), WOOD_DARK, 0.75)
    canvas.paint(canvas.rim(head, 12, (10, 12)), (255, 240, 206), 0.75)
    outlined(canvas, outline, 6, INK, 0.85)
    for spot in ((256, 246), (768, 246), (256, 782), (768, 782)):
        screw = canvas.mask(ellipse(spot, (17, 17)))
        canvas.paint(screw, (186, 178, 160))
        canvas.paint(canvas.rim(screw, 6, (-4, -5)), (90, 80, 70), 0.8)
        canvas.stroke(np.array([(spot[0] - 11, spot[1] + 6), (spot[0] + 11, spot[1] - 6)]), (4, 4), (80, 70, 60))
    for side in (same, mirrored):
        _eye(canvas, side)
        cheek = (300, 626) if side is same else (DESIGN_SIZE - 300, 626)
        canvas.fill(ellipse(cheek, (44, 44)), RED, 0.62)
    canvas.stroke(_MOUTH, (_WIDTH,) * 4, INK)
    for end in (_MOUTH[0], _MOUTH[-1]):
        canvas.fill(ellipse((end[0], end[1]), (_WIDTH * 0.75, _WIDTH * 0.75)), INK)
    return face().drawing("robot", canvas)


def _ear(canvas: Canvas, side) -> None:
    for outline, colour in ((_plate(150, 420, 230, 600, 22), TEAL), (_plate(118, 460, 160, 560, 14), (150, 156, 162))):
        part = canvas.mask(side(outline))
        canvas.paint(part, colour)
        canvas.paint(canvas.rim(part, 14, (-8, -14)), INK, 0.5)
        canvas.paint(canvas.rim(part, 8, (6, 8)), (255, 255, 240), 0.4)
        outlined(canvas, side(outline), 5, INK, 0.85)


def _eye(canvas: Canvas, side) -> None:
    outline = ring(_EYE if side is same else flipped(_EYE))
    x = _IRIS[0] if side is same else DESIGN_SIZE - _IRIS[0]
    middle = outline.mean(axis=0)
    rim = canvas.mask(ellipse((middle[0], middle[1]), (104, 104)))
    canvas.paint(rim, TEAL)
    canvas.paint(canvas.rim(rim, 12, (-6, -10)), INK, 0.45)
    outlined(canvas, ellipse((middle[0], middle[1]), (104, 104)), 5, INK, 0.85)
    ball = canvas.mask(outline)
    canvas.paint(ball, (255, 250, 236))
    canvas.fill(ellipse((x, _IRIS[1]), (42, 42)), INK, within=ball)
    canvas.fill(ellipse((x - 14, _IRIS[1] - 15), (12, 12)), (255, 252, 240), within=ball)
    outlined(canvas, outline, 5, INK, 0.9)


def _body(canvas: Canvas) -> None:
    neck = canvas.mask(_plate(440, 800, 584, 960, 10))
    canvas.paint(neck, (150, 156, 162))
    for k in range(4):
        canvas.stroke(np.array([(440, 856 + 22 * k), (584, 856 + 22 * k)]), (7, 7), (88, 92, 100))
    canvas.paint(neck * glow(canvas, (512, 836), (120, 34)), (30, 34, 40), 0.6)
    outline = _plate(226, 918, 798, 1200, 60)
    chest = canvas.mask(outline)
    _grained(canvas, chest, seed=31)
    canvas.paint(canvas.rim(chest, 26, (0, 24)), WOOD_LIGHT, 0.5)
    outlined(canvas, outline, 6, INK, 0.85)
    dial = ellipse((MIDDLE, 1000), (46, 46))
    canvas.fill(dial, (255, 246, 222))
    outlined(canvas, dial, 6, INK)
    canvas.stroke(np.array([(MIDDLE, 1000), (MIDDLE + 24, 976)]), (7, 4), RED)
