# SPDX-License-Identifier: GPL-3.0-or-later
"""A boy in flat colours with hard shadows and thick lines. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, grid, mirrored, same, spline
from .drawing import Drawing, Face, flipped, line_mouth, mix, outlined, oval, ring, round_line, whole

SKIN: Colour = (176, 112, 74)
SHADE: Colour = (138, 80, 54)
LINE: Colour = (38, 20, 26)
HAIR: Colour = (46, 32, 40)
SHIRT: Colour = (236, 78, 60)

_JAW = whole([(246, 470), (248, 580), (270, 690), (330, 782), (424, 832), (MIDDLE, 842)], per_span=40)
_EYE = oval((390, 536), (78, 92), power=2.2)
_IRIS = (404.0, 546.0)
_BROW = spline([(298, 426), (342, 394), (400, 384), (462, 402)])
_BRIDGE = [(MIDDLE, 540), (MIDDLE, 590), (MIDDLE, 640)]
_NOSE = spline([(470, 652), (484, 680), (MIDDLE, 690), (540, 680), (554, 652)])
_MOUTH = whole([(408, 742), (440, 758), (480, 766), (MIDDLE, 768)])
_WIDTH = 13.0


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=(_EYE, flipped(_EYE)),
        brows=(_BROW, mirrored(_BROW)),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    _ground(canvas)
    _body(canvas)
    for side in (same, mirrored):
        ear = ellipse((232, 560) if side is same else (DESIGN_SIZE - 232, 560), (46, 66))
        canvas.fill(ear, SKIN)
        outlined(canvas, ear, 11, LINE)
        canvas.stroke(spline(side([(244, 530), (216, 540), (222, 580), (246, 592)])), (3, 8, 3), SHADE)
    outline = np.concatenate([_JAW, whole([(246, 470), (262, 320), (360, 240), (MIDDLE, 226)])[::-1]])
    head = canvas.mask(outline)
    canvas.paint(head, SKIN)
    hard = canvas.shifted(head, (-34, -22))
    canvas.paint(head * (1 - hard), SHADE)
    canvas.paint(head * canvas.shifted(canvas.mask(_hair()), (0, 30)), SHADE)
    for way in (-1, 1):
        canvas.fill(ellipse((MIDDLE + way * 186, 690), (46, 30)), (204, 108, 82), 0.75)
    canvas.stroke(_JAW, (9, 11, 13, 13, 13, 11, 9), LINE)
    for side in (same, mirrored):
        _eye(canvas, side)
    canvas.fill(np.concatenate([_NOSE, spline([(554, 652), (536, 616), (MIDDLE, 606), (488, 616), (470, 652)])]), SKIN)
    canvas.fill(spline([(484, 678), (MIDDLE, 688), (544, 674), (526, 664), (492, 666)], closed=True), SHADE)
    canvas.stroke(_NOSE, (5, 11, 11, 5), LINE)
    canvas.fill(ellipse((500, 640), (10, 7), degrees=-20), (224, 164, 124))
    round_line(canvas, _MOUTH, _WIDTH, LINE)
    for side in (same, mirrored):
        canvas.stroke(spline(side([(396, 726), (400, 742), (412, 754)])), (3, 10, 3), LINE)
    canvas.stroke(spline([(478, 794), (MIDDLE, 799), (546, 794)]), (1, 8, 1), SHADE)
    hair = _hair()
    canvas.fill(hair, HAIR)
    mask = canvas.mask(hair)
    canvas.paint(mask * (1 - canvas.shifted(mask, (16, 34))), (92, 70, 92))
    outlined(canvas, hair, 12, LINE)
    for side in (same, mirrored):
        canvas.stroke(side(_BROW), (14, 28, 24, 12) if side is same else (12, 24, 28, 14), HAIR)
    return face().drawing("boy", canvas)


def _ground(canvas: Canvas) -> None:
    x, y = grid(canvas)
    canvas.paint(np.ones_like(canvas.alpha), mix((255, 214, 92), (255, 176, 66), y / 1024 + 0 * x))
    for k in range(16):
        turn = np.radians(22.5 * k + 6)
        ray = [(MIDDLE, 560)] + [(MIDDLE + 900 * np.cos(turn + w), 560 + 900 * np.sin(turn + w)) for w in (-0.09, 0.09)]
        canvas.fill(np.array(ray), (255, 232, 140), 0.55)


def _body(canvas: Canvas) -> None:
    neck = canvas.mask(whole([(424, 780), (424, 940), (440, 1060), (MIDDLE, 1080)]))
    canvas.paint(neck, SKIN)
    canvas.paint(neck * canvas.shifted(canvas.mask(_JAW), (0, 60)), SHADE)
    for side in (same, mirrored):
        canvas.stroke(spline(side([(424, 800), (424, 870), (418, 930)])), (11,) * 3, LINE)
    shoulder = [(90, 1090), (130, 1000), (230, 950), (400, 908), (440, 950), (MIDDLE, 968)]
    torso = np.concatenate([whole(shoulder), [(1000, 1110), (24, 1110)]])
    mask = canvas.mask(torso)
    canvas.paint(mask, SHIRT)
    canvas.paint(mask * (1 - canvas.shifted(mask, (-30, -30))), (180, 46, 52))
    canvas.stroke(whole([(400, 908), (440, 956), (MIDDLE, 976)]), (22,) * 4, (255, 240, 220))
    canvas.stroke(whole(shoulder), (12,) * 4, LINE)
    bolt = [(520, 1004), (470, 1070), (508, 1068), (490, 1110), (560, 1050), (522, 1050), (548, 1004)]
    canvas.fill(np.array(bolt), (255, 226, 92))


def _hair() -> np.ndarray:
    low = [(234, 520), (250, 440), (262, 372), (300, 330), (318, 372), (366, 312), (392, 358), (452, 296), (480, 350),
           (540, 292), (566, 348), (624, 304), (652, 360), (700, 326), (736, 372), (770, 430), (790, 520)]  # fmt: skip
    high = [(806, 420), (858, 350), (800, 326), (820, 222), (742, 226), (728, 128), (640, 164), (600, 84), (520, 136),
            (452, 76), (414, 156), (316, 116), (304, 216), (206, 214), (226, 316), (164, 352), (218, 426)]  # fmt: skip
    tips = np.concatenate([np.asarray(low, np.float64), np.asarray(high, np.float64)])
    return _sharp(tips)


def _sharp(knots: np.ndarray) -> np.ndarray:
    """A closed path of gentle arcs between knots, with corners at them."""
    pieces = []
    for first, last in zip(knots, np.roll(knots, -1, axis=0), strict=True):
        step = last - first
        bend = (first + last) / 2 + 0.1 * np.array([step[1], -step[0]])
        pieces.append(spline([tuple(first), tuple(bend), tuple(last)])[:-1])
    return np.concatenate(pieces)


def _eye(canvas: Canvas, side) -> None:
    halves = _EYE if side is same else flipped(_EYE)
    outline = ring(halves)
    ball = canvas.mask(outline)
    canvas.paint(ball, (255, 255, 255))
    canvas.paint(ball * (1 - canvas.shifted(ball, (0, 18))), (206, 198, 220))
    x = _IRIS[0] if side is same else DESIGN_SIZE - _IRIS[0]
    canvas.fill(ellipse((x, _IRIS[1]), (44, 50)), (96, 52, 30), within=ball)
    canvas.fill(ellipse((x, _IRIS[1] + 4), (26, 30)), LINE, within=ball)
    canvas.fill(ellipse((x - 14, _IRIS[1] - 18), (14, 16)), (255, 255, 255), within=ball)
    outlined(canvas, outline, 9, LINE)
    upper = halves[0][4:-4]
    canvas.stroke(upper, (10, 17, 17, 10), LINE)
