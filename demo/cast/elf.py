# SPDX-License-Identifier: GPL-3.0-or-later
"""An elf in three-quarter view whose head leans by 40 degrees. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import Canvas, Colour, ellipse, spline
from .drawing import Drawing, Face, TurnedCanvas, mix, outlined, turned

TURN = turned(40.0, (500.0, 560.0), scale=0.86)
SKIN: Colour = (252, 214, 178)
SHADE: Colour = (226, 150, 124)
LINE: Colour = (96, 44, 46)
HAIR: Colour = (232, 110, 46)
HAIR_DARK: Colour = (158, 58, 30)
HAT: Colour = (64, 140, 84)
HAT_DARK: Colour = (32, 88, 62)

# Upright, looking to the viewer's right: the near side is on the left of the picture
_JAW = spline(
    [
        (232, 470),
        (244, 560),
        (276, 650),
        (340, 736),
        (436, 802),
        (540, 838),
        (612, 830),
        (680, 788),
        (728, 716),
        (752, 630),
        (760, 540),
        (752, 462),
    ]
)
_EYES = (
    (
        spline([(362, 560), (382, 508), (428, 484), (478, 496), (510, 528), (518, 572)]),
        spline([(362, 560), (388, 602), (434, 622), (482, 614), (508, 596), (518, 572)]),
    ),
    (
        spline([(624, 570), (636, 522), (668, 492), (704, 496), (726, 524), (732, 560)]),
        spline([(624, 570), (636, 600), (664, 618), (700, 616), (724, 594), (732, 560)]),
    ),
)
_IRIS = [(452.0, 552.0), (684.0, 552.0)]
_BROWS = (
    spline([(330, 456), (380, 420), (440, 410), (506, 432)]),
    spline([(618, 428), (662, 406), (704, 410), (742, 440)]),
)
_BRIDGE = spline([(578, 536), (590, 584), (604, 626), (614, 650)])
_NOSE = spline([(552, 664), (574, 678), (604, 684), (628, 676), (640, 660)])
_TOP = spline([(462, 716), (516, 714), (564, 706), (600, 712), (632, 706), (664, 710), (690, 704)])
_GAP = spline([(462, 716), (520, 730), (600, 736), (654, 728), (690, 704)])
_BOTTOM = spline([(462, 716), (512, 750), (590, 768), (646, 756), (690, 704)])

_SLIT = np.array([0.0, 1.0])


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=_EYES,
        brows=_BROWS,
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=(_TOP, _GAP - _SLIT, _GAP + _SLIT, _BOTTOM),
        iris=_IRIS,
    )


def _spot(canvas: Canvas, centre: tuple[float, float], radii: tuple[float, float], soft: float) -> np.ndarray:
    return canvas.blurred(canvas.mask(ellipse(centre, radii)), soft)


def draw(size: int) -> Drawing:
    canvas = TurnedCanvas(size, TURN)
    _ground(canvas)
    _body(canvas)
    _hair_behind(canvas)
    _ear(canvas)
    head = canvas.mask(
        np.concatenate([_JAW, spline([(752, 462), (730, 330), (620, 250), (420, 250), (270, 340), (232, 470)])])
    )
    canvas.paint(head, SKIN)
    canvas.paint(head * _spot(canvas, (520, 560), (190, 200), 70), (255, 232, 204), 0.8)
    canvas.paint(canvas.rim(head, 34, (24, -20)), SHADE, 0.75)
    for centre, radii in (((356, 664), (70, 44)), ((722, 650), (34, 40))):
        canvas.paint(head * _spot(canvas, centre, radii, 22), (250, 120, 104), 0.65)
    for spot in ((330, 640), (352, 656), (376, 642), (344, 678), (714, 634), (728, 652)):
        canvas.fill(ellipse(spot, (5, 4.4)), (206, 118, 84), 0.8)
    canvas.stroke(_JAW, (2, 5, 6, 7, 7, 6, 4), LINE)
    for k in range(2):
        _eye(canvas, k)
    _nose(canvas)
    _mouth(canvas)
    _hair_front(canvas, head)
    for brow, widths in zip(_BROWS, ((6, 19, 20, 9), (8, 17, 14, 4)), strict=True):
        canvas.stroke(brow, widths, HAIR_DARK)
    _hat(canvas, head)
    return face().drawing("elf", canvas, turn=TURN)


def _ground(canvas: TurnedCanvas) -> None:
    axis = (np.arange(canvas.size, dtype=np.float32) + 0.5) / canvas.size
    canvas.paint(np.ones_like(canvas.alpha), mix((88, 62, 128), (236, 140, 150), axis[:, None] + 0 * axis[None, :]))
    moon = canvas.upright(ellipse((800, 220), (150, 150)))
    canvas.paint(canvas.blurred(canvas.mask(moon), 30), (255, 214, 190), 0.4)
    canvas.fill(moon, (255, 236, 206), 0.9)
    random = np.random.default_rng(12)
    for _ in range(60):
        place, radius = random.random(2) * (1024, 700), 1.5 + 4 * random.random() ** 2
        canvas.fill(
            canvas.upright(ellipse((place[0], place[1]), (radius, radius))),
            (255, 246, 224),
            0.4 + 0.6 * random.random(),
        )
    for x, height in ((60, 300), (190, 200), (900, 330), (1000, 240)):
        for k in range(3):
            low = 1040 - 0.28 * height * k
            fir = [(x - 120 + 26 * k, low), (x, low - 0.55 * height), (x + 120 - 26 * k, low)]
            canvas.fill(canvas.upright(np.array(fir)), (58, 58, 104), 0.9)


def _body(canvas: TurnedCanvas) -> None:
    neck = canvas.upright(
        spline([(360, 760), (330, 900), (250, 1000), (520, 1040), (540, 900), (560, 800)], closed=True)
    )
    canvas.fill(neck, SHADE)
    coat = np.array([(90, 1120), (130, 1010), (230, 948), (330, 926), (420, 990), (540, 930), (660, 980), (740, 1120)])
    mask = canvas.mask(canvas.upright(np.concatenate([spline(coat)])))
    canvas.paint(mask, (150, 60, 66))
    canvas.paint(canvas.rim(mask, 40, (-20, 20)), (206, 100, 88), 0.7)
    fur = [(300, 900), (270, 960), (350, 1000), (430, 1030), (520, 1004), (580, 960), (560, 900), (430, 950)]
    collar = canvas.upright(spline(fur, closed=True))
    canvas.fill(collar, (250, 240, 226))
    outlined(canvas, collar, 6, (150, 120, 110))


def _hair_behind(canvas: Canvas) -> None:
    back = spline(
        [(250, 360), (180, 480), (176, 640), (130, 760), (200, 800), (250, 860), (330, 820), (400, 780), (420, 500)],
        closed=True,
    )
    canvas.fill(back, HAIR_DARK)
    for k in range(5):
        lock = spline([(250 + 14 * k, 480), (196 + 22 * k, 640), (176 + 34 * k, 800)])
        canvas.stroke(lock, (3, 9, 1), HAIR, 0.7)
    outlined(canvas, back, 6, LINE)


def _ear(canvas: Canvas) -> None:
    ear = spline(
        [(300, 470), (230, 440), (150, 396), (64, 372), (96, 462), (158, 560), (240, 622), (296, 610)], closed=True
    )
    mask = canvas.mask(ear)
    canvas.paint(mask, SKIN)
    canvas.paint(canvas.rim(mask, 18, (6, -12)), SHADE, 0.8)
    inner = spline([(262, 492), (190, 462), (110, 412), (150, 490), (214, 556), (262, 570)], closed=True)
    canvas.paint(canvas.blurred(canvas.mask(inner), 5) * mask, (224, 128, 112), 0.8)
    outlined(canvas, ear, 6, LINE)


def _eye(canvas: Canvas, which: int) -> None:
    upper, lower = _EYES[which]
    centre = _IRIS[which]
    ball = canvas.mask(np.concatenate([upper, lower[::-1]]))
    canvas.paint(ball, (255, 252, 248))
    wide = 47.0 if which == 0 else 38.0
    iris = canvas.mask(ellipse(centre, (wide, 52))) * ball
    canvas.paint(iris, (70, 110, 52))
    canvas.paint(iris * _spot(canvas, (centre[0] + 2, centre[1] + 26), (wide * 0.6, 20), 9), (188, 220, 96), 0.95)
    canvas.paint(canvas.rim(iris, 6, (0, 0)), (30, 54, 34), 0.85)
    canvas.fill(ellipse(centre, (wide * 0.44, 25)), (24, 26, 26), within=ball)
    above = canvas.blurred(canvas.mask(np.concatenate([upper, (upper + np.array([0, 22]))[::-1]])), 5)
    canvas.paint(ball * above, (60, 50, 80), 0.5)
    canvas.fill(ellipse((centre[0] - 15, centre[1] - 19), (12, 14)), (255, 255, 255), within=ball)
    canvas.fill(ellipse((centre[0] + 16, centre[1] + 22), (6, 6)), (255, 255, 255), 0.8, within=ball)
    canvas.stroke(upper, (8, 17, 15, 7) if which == 0 else (7, 14, 17, 9), (70, 30, 34), side=-1)
    outer = upper[0] if which == 0 else upper[-1]
    way = -1 if which == 0 else 1
    for k in range(2):
        root = outer + np.array([-way * 14 * k, -18 * k])
        canvas.stroke(
            spline([tuple(root), (root[0] + way * 18, root[1] - 10), (root[0] + way * 28, root[1] - 26)]),
            (10, 7, 0.5),
            (70, 30, 34),
        )
    canvas.stroke(lower[12:-12], (0.5, 5, 0.5), LINE, 0.7)
    canvas.stroke(upper[8:-8] - (0, 26), (0.5, 5, 0.5), LINE, 0.5)


def _nose(canvas: Canvas) -> None:
    canvas.paint(_spot(canvas, (604, 650), (30, 26), 12), (246, 150, 124), 0.5)
    canvas.paint(_spot(canvas, (598, 642), (8, 7), 3), (255, 248, 236), 0.9)
    canvas.stroke(spline([(622, 612), (638, 642), (634, 664), (606, 684), (578, 678)]), (0.5, 6, 7, 6, 1), LINE, 0.85)
    canvas.stroke(spline([(566, 652), (554, 664), (566, 676)]), (1, 5, 1), LINE, 0.8)


def _mouth(canvas: Canvas) -> None:
    canvas.fill(np.concatenate([_TOP, _GAP[::-1]]), (214, 92, 88))
    canvas.fill(np.concatenate([_GAP, _BOTTOM[::-1]]), (236, 126, 114))
    canvas.paint(_spot(canvas, (584, 750), (30, 5), 3), (255, 210, 196), 0.8)
    canvas.stroke(_GAP, (5, 6, 7, 6, 5), (122, 36, 46))
    canvas.stroke(spline([(458, 700), (450, 714), (456, 728)]), (1, 6, 1), LINE, 0.8)
    canvas.stroke(spline([(558, 788), (596, 796), (630, 786)]), (0.5, 5, 0.5), LINE, 0.4)


def _hair_front(canvas: Canvas, head: np.ndarray) -> None:
    fringe = spline(
        [
            (226, 520),
            (240, 420),
            (300, 420),
            (330, 372),
            (372, 412),
            (452, 356),
            (500, 398),
            (584, 350),
            (640, 388),
            (704, 360),
            (746, 420),
            (764, 480),
            (776, 380),
            (700, 250),
            (500, 190),
            (300, 240),
            (216, 380),
        ],
        closed=True,
    )
    mask = canvas.mask(fringe)
    canvas.paint(head * canvas.blurred(canvas.mask(fringe + np.array([0, 20])), 6), SHADE, 0.7)
    canvas.paint(mask, HAIR)
    canvas.paint(canvas.rim(mask, 18, (10, -10)), HAIR_DARK, 0.7)
    for tip, root in (
        ((330, 380), (380, 250)),
        ((452, 362), (470, 230)),
        ((584, 356), (560, 230)),
        ((704, 366), (640, 240)),
        ((250, 430), (300, 280)),
    ):
        canvas.stroke(
            spline([root, ((tip[0] + root[0]) / 2 - 8, (tip[1] + root[1]) / 2), tip]),
            (1, 6, 1),
            HAIR_DARK,
            0.8,
            within=mask,
        )
    outlined(canvas, fringe, 6, LINE)


def _hat(canvas: Canvas, head: np.ndarray) -> None:
    cone = spline(
        [(206, 330), (260, 180), (380, 70), (520, 0), (640, -120), (672, -90), (690, 60), (760, 200), (780, 330)]
    )
    mask = canvas.mask(np.concatenate([cone, spline([(780, 330), (620, 268), (500, 258), (360, 276), (206, 330)])]))
    canvas.paint(mask, HAT)
    canvas.paint(canvas.rim(mask, 50, (20, -16)), HAT_DARK, 0.85)
    canvas.paint(canvas.rim(mask, 24, (-14, 14)), (140, 204, 128), 0.6)
    for fold in ([(420, 70), (460, 110), (540, 120)], [(540, -10), (580, 40), (650, 50)]):
        canvas.stroke(spline(fold), (1, 8, 1), HAT_DARK, 0.8)
    canvas.stroke(cone, (6,) * 4, (20, 56, 44))
    brim = spline(
        [
            (186, 360),
            (190, 300),
            (350, 236),
            (500, 214),
            (640, 224),
            (800, 300),
            (800, 362),
            (640, 292),
            (500, 278),
            (350, 300),
        ],
        closed=True,
    )
    band = canvas.mask(brim)
    canvas.paint(band, (252, 236, 206))
    canvas.paint(canvas.rim(band, 14, (4, -12)), (206, 168, 138), 0.9)
    outlined(canvas, brim, 6, LINE)
    for spot in ((656, -104), (628, -96)):
        canvas.fill(ellipse(spot, (34, 34)), (252, 226, 150))
    outlined(canvas, ellipse((642, -102), (44, 40)), 6, LINE)
