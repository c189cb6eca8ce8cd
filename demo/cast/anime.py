# SPDX-License-Identifier: GPL-3.0-or-later
"""A girl as in anime: huge eyes, a hint of a nose, a line for a mouth. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, grid, mirrored, same, spline
from .drawing import Drawing, Face, flipped, glow, line_mouth, mix, outlined, whole

SKIN: Colour = (255, 231, 217)
SHADE: Colour = (242, 178, 168)
LINE: Colour = (110, 52, 78)
HAIR: Colour = (126, 108, 196)
HAIR_LIGHT: Colour = (196, 178, 246)
HAIR_DARK: Colour = (74, 56, 138)
INK: Colour = (52, 26, 58)

_JAW = whole([(276, 500), (282, 590), (304, 676), (356, 752), (436, 814), (MIDDLE, 842)], per_span=40)
_UPPER = spline([(306, 590), (318, 536), (358, 496), (414, 496), (448, 536), (456, 586)])
_LOWER = spline([(306, 590), (322, 650), (362, 682), (408, 682), (442, 650), (456, 586)])
_IRIS = (384.0, 590.0)
_BROW = spline([(312, 448), (348, 424), (392, 418), (440, 432)])
_MOUTH = whole([(466, 754), (488, 762), (MIDDLE, 758)])
_WIDTH = 6.0
_BRIDGE = [(MIDDLE, 590), (MIDDLE, 640), (MIDDLE, 676)]
_NOSE = [(500, 688), (506, 693), (MIDDLE, 694), (518, 693), (524, 688)]


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=((_UPPER, _LOWER), flipped((_UPPER, _LOWER))),
        brows=(_BROW, mirrored(_BROW)),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    _ground(canvas)
    _hair_behind(canvas)
    _body(canvas)
    _skin(canvas)
    for side in (same, mirrored):
        _eye(canvas, side)
    canvas.stroke(spline([(506, 690), (514, 695), (521, 688)]), (1, 5, 1), (206, 112, 112))
    canvas.paint(glow(canvas, (510, 676), (6, 7)), (255, 255, 250), 0.8)
    canvas.stroke(_MOUTH, (3.5, _WIDTH, _WIDTH, _WIDTH, 3.5), (150, 54, 70))
    canvas.stroke(spline([(492, 782), (MIDDLE, 786), (532, 782)]), (0.5, 4, 0.5), SHADE, 0.8)
    _hair_front(canvas)
    for side in (same, mirrored):
        canvas.stroke(side(_BROW), (2, 9, 9, 3) if side is same else (3, 9, 9, 2), HAIR_DARK)
    return face().drawing("anime", canvas)


def _ground(canvas: Canvas) -> None:
    x, y = grid(canvas)
    canvas.paint(np.ones_like(canvas.alpha), mix((255, 214, 226), (190, 220, 255), (y + 0.4 * x) / 1434))
    random = np.random.default_rng(5)
    for _ in range(26):
        centre, radius = random.random(2) * 1024, 10 + 34 * random.random()
        petal = ellipse((centre[0], centre[1]), (radius, radius * 0.55), degrees=360 * random.random())
        canvas.fill(petal, (255, 246, 250), 0.25 + 0.4 * random.random())


def _hair_behind(canvas: Canvas) -> None:
    for side in (same, mirrored):
        tail = spline(
            side([(250, 330), (150, 350), (84, 470), (60, 640), (92, 800), (60, 940), (120, 1040), (230, 1040),
                  (268, 900), (276, 700), (286, 470)]),
            closed=True,
        )  # fmt: skip
        mask = canvas.mask(tail)
        canvas.paint(mask, HAIR)
        canvas.paint(canvas.rim(mask, 40, (-30, -20)), HAIR_DARK, 0.8)
        for start, end in (((200, 400), (140, 980)), ((150, 460), (110, 900)), ((236, 420), (210, 1000))):
            strand = spline(side([start, ((start[0] + end[0]) / 2 - 30, (start[1] + end[1]) / 2), end]))
            canvas.stroke(strand, (1, 7, 1), HAIR_DARK, 0.6, within=mask)
        canvas.paint(mask * glow(canvas, (180 if side is same else 844, 520), (110, 50)), HAIR_LIGHT, 0.8)
        outlined(canvas, tail, 6, HAIR_DARK)
    back = canvas.mask(whole([(250, 1080), (262, 900), (248, 760), (236, 560), (240, 380), (330, 220), (MIDDLE, 170)]))
    canvas.paint(back, HAIR_DARK)


def _body(canvas: Canvas) -> None:
    neck = canvas.mask(whole([(456, 760), (458, 880), (420, 940), (440, 1060), (MIDDLE, 1080)]))
    coat = [(150, 1080), (196, 980), (300, 938), (430, 908), (462, 930), (MIDDLE, 1010)]
    torso = canvas.mask(np.concatenate([whole(coat), [(1000, 1100), (24, 1100)]]))
    canvas.paint(neck, SKIN)
    canvas.paint(neck * canvas.blurred(canvas.shifted(canvas.mask(_JAW), (0, 54)), 4), SHADE, 0.9)
    canvas.paint(torso, (250, 250, 255))
    canvas.paint(canvas.rim(torso, 40, (10, 30)), (176, 184, 226), 0.7)
    for side in (same, mirrored):
        collar = spline(side([(446, 902), (370, 926), (340, 1000), (400, 1060), (500, 1060)]))
        canvas.fill(np.concatenate([collar, side([(512, 1010)])]), (74, 92, 168))
        canvas.stroke(spline(side([(384, 940), (364, 1000), (410, 1046), (470, 1064)])), (6,) * 4, (255, 255, 255))
        canvas.stroke(spline(side(coat)), (5,) * 4, INK, 0.8)
        bow = spline(side([(512, 1004), (450, 966), (424, 1000), (446, 1040), (512, 1016)]), closed=True)
        canvas.fill(bow, (236, 82, 112))
        outlined(canvas, bow, 5, (132, 32, 66))


def _skin(canvas: Canvas) -> None:
    outline = np.concatenate([_JAW, whole([(276, 500), (290, 330), (MIDDLE, 220)])[::-1]])
    mask = canvas.mask(outline)
    canvas.paint(mask, SKIN)
    canvas.paint(canvas.rim(mask, 26, (-14, -20)), SHADE, 0.7)
    fringe = canvas.shifted(canvas.mask(_fringe()), (0, 22))
    canvas.paint(mask * canvas.blurred(fringe, 4), SHADE, 0.75)
    for side in (-1, 1):
        canvas.paint(mask * glow(canvas, (MIDDLE + side * 160, 716), (56, 30), 1.3), (255, 138, 142), 0.55)
        for k in range(3):
            x = MIDDLE + side * (160 + 16 * (k - 1))
            canvas.stroke(np.array([(x + 6, 706), (x - 6, 726)]), (0.5, 3.5, 0.5), (232, 104, 116), 0.7)
    canvas.stroke(_JAW, (2, 4, 5, 6, 5, 4, 2), LINE)


def _eye(canvas: Canvas, side) -> None:
    ball = canvas.mask(side(np.concatenate([_UPPER, _LOWER[::-1]])))
    x, y = grid(canvas)
    centre = _IRIS if side is same else (DESIGN_SIZE - _IRIS[0], _IRIS[1])
    canvas.paint(ball, (255, 253, 255))
    iris = canvas.mask(ellipse(centre, (58, 84))) * ball
    down = np.clip((y - 506) / 168, 0, 1) + 0 * x
    canvas.paint(iris, mix((40, 28, 96), (86, 164, 236), down**1.1))
    canvas.paint(iris * glow(canvas, (centre[0], 650), (46, 40)), (166, 244, 255), 0.9)
    canvas.paint(canvas.rim(iris, 5, (0, 0)), (34, 18, 74), 0.9)
    canvas.paint(canvas.mask(ellipse((centre[0], 586), (26, 40))) * ball, (30, 14, 58))
    canvas.paint(ball * (1 - canvas.shifted(canvas.blurred(ball, 7), (0, 26))), (50, 32, 92), 0.65)
    canvas.fill(ellipse((centre[0] - 22, 548), (21, 27), degrees=15), (255, 255, 255), within=ball)
    canvas.fill(ellipse((centre[0] + 28, 634), (11, 14)), (255, 255, 255), 0.9, within=ball)
    canvas.fill(ellipse((centre[0] - 16, 644), (6, 7)), (255, 255, 255), 0.7, within=ball)
    lash = np.concatenate([_UPPER, spline([(456, 586), (466, 540), (424, 474), (352, 470), (300, 520), (282, 552)])])
    canvas.fill(side(lash), INK)
    for tip in ([(312, 520), (286, 506), (274, 484)], [(300, 556), (276, 560), (258, 546)]):
        canvas.stroke(spline(side(tip)), (13, 8, 0.5) if side is same else (0.5, 8, 13), INK)
    canvas.stroke(spline(side([(332, 668), (382, 690), (424, 676)])), (0.5, 6, 0.5), LINE)
    canvas.stroke(spline(side([(320, 470), (380, 446), (440, 462)])), (0.5, 4, 0.5), LINE, 0.6)


def _fringe() -> np.ndarray:
    low = [(238, 640), (262, 560), (270, 470), (300, 440), (306, 500), (346, 420), (398, 372), (404, 440), (452, 370),
           (486, 330), (500, 428), (540, 366), (562, 328), (586, 440), (622, 372), (648, 342), (684, 420), (716, 490),
           (724, 438), (752, 470), (764, 560), (786, 640)]  # fmt: skip
    high = [(812, 520), (806, 380), (750, 230), (640, 142), (512, 116), (384, 142), (274, 230), (218, 380), (212, 520)]
    return np.concatenate([spline(low), spline(high)])


def _hair_front(canvas: Canvas) -> None:
    outline = _fringe()
    mask = canvas.mask(outline)
    x, y = grid(canvas)
    canvas.paint(mask, mix((150, 132, 220), HAIR, np.clip((y - 120) / 380, 0, 1) + 0 * x))
    canvas.paint(canvas.rim(mask, 26, (0, -18)), HAIR_DARK, 0.45)
    band = np.exp(-(((y - 268 - ((x - MIDDLE) / 300) ** 2 * 90) / 26) ** 2)).astype(np.float32)
    jag = 0.5 + 0.5 * np.sin(x / 9.0 + 2 * np.sin(x / 37.0))
    canvas.paint(mask * band * (0.35 + 0.65 * jag).astype(np.float32), (226, 212, 255), 0.85)
    for tip, root in (
        ((312, 480), (420, 150)), ((404, 430), (468, 140)), ((500, 420), (508, 132)), ((586, 430), (560, 140)),
        ((690, 430), (620, 156)), ((262, 560), (330, 200)), ((764, 560), (700, 200)), ((452, 372), (480, 200)),
    ):  # fmt: skip
        middle = ((tip[0] + root[0]) / 2 + (tip[0] - MIDDLE) * 0.12, (tip[1] + root[1]) / 2)
        canvas.stroke(spline([root, middle, tip]), (0.5, 3, 5, 1), HAIR_DARK, 0.75, within=mask)
    outlined(canvas, outline, 6, HAIR_DARK)
    for side in (same, mirrored):
        ribbon = spline(side([(258, 300), (206, 262), (190, 330), (236, 352), (222, 404), (286, 372)]), closed=True)
        canvas.fill(ribbon, (255, 122, 150))
        outlined(canvas, ribbon, 5, (140, 40, 80))
        knot = ellipse((258, 330), (20, 24)) if side is same else ellipse((DESIGN_SIZE - 258, 330), (20, 24))
        canvas.fill(knot, (255, 158, 178))
        outlined(canvas, knot, 4, (140, 40, 80))
