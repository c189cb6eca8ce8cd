# SPDX-License-Identifier: GPL-3.0-or-later
"""A ginger cat: a muzzle, whiskers, no brows, nothing behind it. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, grid, mirrored, same, spline
from .drawing import Drawing, Face, flipped, glow, line_mouth, mix, outlined, whole

FUR: Colour = (246, 166, 78)
FUR_LIGHT: Colour = (255, 206, 134)
FUR_DARK: Colour = (206, 110, 40)
CREAM: Colour = (255, 244, 226)
LINE: Colour = (96, 48, 28)
PINK: Colour = (240, 132, 136)

_HEAD = whole([(MIDDLE, 238), (380, 252), (252, 330), (186, 450), (170, 570), (116, 640), (206, 668), (166, 738),
               (268, 752), (258, 806), (360, 830), (440, 866), (MIDDLE, 872)][::-1][::-1], per_span=24)  # fmt: skip
_JAW = whole([(176, 500), (168, 590), (196, 690), (256, 772), (350, 830), (436, 864), (MIDDLE, 872)], per_span=40)
_UPPER = spline([(270, 540), (292, 484), (340, 452), (396, 472), (428, 520), (436, 560)])
_LOWER = spline([(270, 540), (290, 584), (340, 606), (396, 598), (424, 580), (436, 560)])
_IRIS = (350.0, 530.0)
_BRIDGE = [(MIDDLE, 540), (MIDDLE, 600), (MIDDLE, 640)]
_NOSE = spline([(470, 644), (484, 668), (MIDDLE, 688), (540, 668), (554, 644)])
_MOUTH = whole([(392, 718), (416, 748), (456, 758), (494, 744), (MIDDLE, 726)])
_WIDTH = 9.0


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=((_UPPER, _LOWER), flipped((_UPPER, _LOWER))),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    x, y = grid(canvas)
    for side in (same, mirrored):
        _ear(canvas, side)
    head = canvas.mask(_HEAD)
    canvas.paint(head, mix(FUR_LIGHT, FUR, np.clip((y - 260) / 320, 0, 1) + 0 * x))
    canvas.paint(canvas.rim(head, 40, (-10, -36)), FUR_DARK, 0.7)
    canvas.paint(head * glow(canvas, (MIDDLE, 330), (200, 90)), (255, 226, 168), 0.6)
    _stripes(canvas, head)
    for way in (-1, 1):
        canvas.paint(head * glow(canvas, (MIDDLE + way * 96, 730), (140, 96), 2.0), CREAM, 0.98)
        canvas.paint(head * glow(canvas, (MIDDLE + way * 236, 690), (64, 44)), PINK, 0.5)
    canvas.paint(head * glow(canvas, (MIDDLE, 818), (110, 60), 2.0), CREAM, 0.98)
    canvas.paint(head * glow(canvas, (MIDDLE, 590), (44, 96), 1.5), CREAM, 0.5)
    _fur(canvas, head)
    outlined(canvas, _HEAD, 7, LINE)
    for side in (same, mirrored):
        _eye(canvas, side)
    _muzzle(canvas)
    return face().drawing("cat", canvas, transparent=True)


def _ear(canvas: Canvas, side) -> None:
    outer = spline(
        side([(200, 470), (168, 300), (176, 120), (210, 92), (330, 172), (452, 262), (400, 420)]), closed=True
    )
    inner = spline(
        side([(236, 380), (206, 260), (212, 156), (230, 146), (310, 204), (382, 272), (320, 360)]), closed=True
    )
    ear = canvas.mask(outer)
    canvas.paint(ear, FUR)
    canvas.paint(canvas.rim(ear, 20, (8, 14)), FUR_DARK, 0.7)
    outlined(canvas, outer, 7, LINE)
    inside = canvas.mask(inner)
    canvas.paint(canvas.blurred(inside, 3), PINK, 0.9)
    canvas.paint(
        canvas.blurred(inside, 3) * glow(canvas, (270 if side is same else 754, 330), (90, 90)), (196, 84, 92), 0.8
    )
    for k in range(5):
        root = (300 + 22 * k, 360 - 18 * k)
        canvas.stroke(spline(side([root, (root[0] - 30, root[1] - 50), (root[0] - 34, root[1] - 100)])), (9, 7, 0.5),
                      CREAM, 0.8)  # fmt: skip


def _stripes(canvas: Canvas, head: np.ndarray) -> None:
    for path, width in (
        ([(MIDDLE, 236), (MIDDLE, 330), (MIDDLE, 420)], 40),
        ([(440, 240), (452, 320), (462, 392)], 32), ([(584, 240), (572, 320), (562, 392)], 32),
    ):  # fmt: skip
        canvas.stroke(spline(path), (width, width * 0.8, 0.5), FUR_DARK, 0.85, within=head)
    for side in (same, mirrored):
        for path in (
            [(160, 560), (210, 566), (252, 592)],
            [(120, 640), (190, 630), (250, 640)],
            [(160, 730), (214, 700), (262, 690)],
        ):
            canvas.stroke(
                spline(side(path)), (30, 22, 0.5) if side is same else (0.5, 22, 30), FUR_DARK, 0.8, within=head
            )


def _fur(canvas: Canvas, head: np.ndarray) -> None:
    """Short hairs that point away from the nose."""
    random = np.random.default_rng(11)
    for _ in range(420):
        angle, reach = 2 * np.pi * random.random(), 190 + 180 * random.random()
        away = np.array([np.cos(angle), 0.82 * np.sin(angle)])
        start = np.array([MIDDLE, 590]) + reach * away
        bend = np.array([-away[1], away[0]]) * (random.random() - 0.5) * 10
        path = spline([tuple(start), tuple(start + 12 * away + bend), tuple(start + 26 * away)])
        colour = (FUR_DARK, FUR_LIGHT, CREAM)[random.integers(3)]
        canvas.stroke(path, (0.5, 2.6, 0.5), colour, 0.5, within=head)


def _eye(canvas: Canvas, side) -> None:
    rim = side(np.concatenate([_UPPER, _LOWER[::-1]]))
    ball = canvas.mask(rim)
    x, y = grid(canvas)
    centre = _IRIS if side is same else (DESIGN_SIZE - _IRIS[0], _IRIS[1])
    canvas.paint(ball, (226, 238, 180))
    iris = canvas.mask(ellipse(centre, (72, 76))) * ball
    canvas.paint(iris, mix((72, 150, 66), (206, 226, 96), np.clip((y - 456) / 150, 0, 1) + 0 * x))
    canvas.paint(iris * glow(canvas, (centre[0], 580), (60, 34)), (244, 250, 160), 0.8)
    canvas.paint(canvas.rim(iris, 7, (0, 0)), (30, 84, 46), 0.8)
    canvas.fill(ellipse(centre, (27, 60)), (24, 20, 26), within=ball)
    canvas.paint(ball * (1 - canvas.shifted(canvas.blurred(ball, 6), (0, 16))), (40, 50, 30), 0.55)
    canvas.fill(ellipse((centre[0] - 22, 500), (18, 21)), (255, 255, 255), within=ball)
    canvas.fill(ellipse((centre[0] + 24, 566), (9, 10)), (255, 255, 255), 0.8, within=ball)
    outlined(canvas, rim, 7, LINE)
    lid = side(
        np.concatenate([_UPPER, spline([(436, 560), (434, 508), (396, 456), (338, 436), (284, 472), (262, 532)])])
    )
    canvas.fill(lid, LINE)


def _muzzle(canvas: Canvas) -> None:
    nose = np.concatenate([_NOSE, spline([(554, 644), (540, 630), (MIDDLE, 626), (484, 630), (470, 644)])])
    mask = canvas.mask(nose)
    canvas.paint(mask, PINK)
    canvas.paint(canvas.rim(mask, 8, (0, -10)), (188, 76, 84), 0.8)
    canvas.fill(ellipse((498, 642), (13, 6), degrees=-8), (255, 214, 212))
    outlined(canvas, nose, 5, LINE)
    canvas.stroke(spline([(MIDDLE, 688), (MIDDLE, 708), (MIDDLE, 728)]), (6, 6, 7), LINE)
    canvas.stroke(_MOUTH, (5, _WIDTH, _WIDTH, _WIDTH, 5), LINE)
    for side in (same, mirrored):
        for spot in ((400, 690), (424, 716), (372, 708), (440, 688)):
            centre = spot if side is same else (DESIGN_SIZE - spot[0], spot[1])
            canvas.fill(ellipse(centre, (4.5, 4)), FUR_DARK)
        for end in ((176, 626), (150, 706), (182, 776)):
            start = (372, 690 + (end[1] - 700) * 0.25)
            whisker = spline(side([start, ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - 18), end]))
            canvas.stroke(whisker, (6, 4, 0.8) if side is same else (0.8, 4, 6), (255, 255, 255))
