# SPDX-License-Identifier: GPL-3.0-or-later
"""A lopsided monster in ink and watercolour: one brow, one eye half shut, a tusk. Ours, in the public domain (CC0)."""

from __future__ import annotations

import numpy as np

from ..brush import Canvas, Colour, ellipse, resample, ribbon, spline
from .drawing import Drawing, Face, line_mouth, noise, oval, ring

PAPER: Colour = (251, 247, 238)
INK: Colour = (38, 34, 52)
TEAL: Colour = (70, 178, 172)
DEEP: Colour = (34, 96, 130)
PLUM: Colour = (128, 84, 168)
PINK: Colour = (236, 112, 136)
OCHRE: Colour = (222, 168, 84)
SUN: Colour = (248, 206, 84)
BONE: Colour = (250, 238, 206)

# From the left, at the height of the eyes, under the chin to the right
_JAW = spline([(206, 470), (184, 580), (204, 700), (282, 800), (410, 862), (560, 884), (700, 852), (798, 766),
               (842, 650), (832, 550), (806, 456)])  # fmt: skip
_CROWN = spline([(806, 456), (794, 350), (730, 252), (606, 196), (470, 198), (338, 244), (246, 340), (206, 470)])
_HEAD = np.concatenate([_JAW, _CROWN[1:-1]])
_BALL, _RADIUS = (664.0, 478.0), 82.0
_angle = np.radians(np.linspace(192, -12, 61))
_LOWER = np.stack([_BALL[0] + _RADIUS * np.cos(_angle), _BALL[1] + _RADIUS * np.sin(_angle)], axis=1)
_UPPER = spline([tuple(_LOWER[0]), (628, 480), (694, 484), tuple(_LOWER[-1])])
_EYES = (oval((382, 444), (100, 104)), (_UPPER, _LOWER))
_IRIS = [(410.0, 456.0), (650.0, 506.0)]
_BROW = spline([(262, 330), (312, 276), (386, 266), (470, 306)])
_BRIDGE = spline([(522, 470), (530, 540), (520, 600)])
_NOSE = spline([(450, 622), (474, 650), (520, 662), (566, 650), (588, 614)])
_MOUTH = spline([(428, 748), (482, 772), (560, 768), (632, 740), (700, 728), (764, 694)])
_WIDTH = 11.0
_HORNS = (
    spline([(262, 330), (196, 262), (156, 160), (170, 52), (222, 130), (290, 196), (372, 236)]),
    spline([(650, 214), (690, 150), (702, 96), (730, 118), (748, 92), (772, 122), (798, 110), (800, 190), (768, 300)]),
)
_EARS = (
    spline([(216, 430), (130, 380), (40, 376), (96, 430), (52, 478), (120, 504), (100, 566), (200, 540)]),
    spline([(792, 424), (900, 370), (990, 372), (938, 426), (984, 478), (914, 500), (930, 566), (804, 540)]),
)
_BODY = spline(
    [(250, 1060), (256, 960), (330, 880), (430, 862), (560, 880), (690, 852), (770, 900), (812, 980), (806, 1060)]
)
_TUSK = spline([(648, 736), (652, 690), (676, 646), (704, 628), (702, 676), (716, 726)])
_TOOTH = spline([(492, 774), (502, 744), (518, 728), (530, 748), (538, 772)])


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=_EYES,
        brows=(_BROW, None),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=_IRIS,
    )


class _Sheet:
    """Watercolour that pools at its edges and misses the line a little, and a pen that trembles."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.random = np.random.default_rng(23)
        self.grain = noise(canvas, 51, 4)
        self.cloud = 0.55 * noise(canvas, 52, 110) + 0.45 * noise(canvas, 53, 38)

    def wash(
        self, mask: np.ndarray, colour: Colour, strength: float = 0.8, *, drift: tuple[float, float] = (3, -3)
    ) -> None:
        canvas = self.canvas
        wet = canvas.shifted(mask, drift)
        edge = wet * np.clip(1 - canvas.blurred(wet, 7), 0, 1)
        pigment = wet * (0.5 + 0.55 * self.cloud) * (0.86 + 0.28 * self.grain) + 0.7 * edge
        canvas.paint(np.clip(strength * pigment, 0, 1) * wet, colour)

    def bloom(
        self,
        within: np.ndarray,
        centre: tuple[float, float],
        radii: tuple[float, float],
        colour: Colour,
        strength: float,
    ) -> None:
        """Colour dropped into wet paint."""
        spot = self.canvas.blurred(self.canvas.mask(ellipse(centre, radii)), 0.3 * min(radii))
        self.canvas.paint(within * spot * (0.45 + 0.8 * self.cloud).clip(0, 1), colour, strength)

    def line(self, path: np.ndarray, width: float, *, tremble: float = 0.7, taper: bool = True) -> None:
        length = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        knots = resample(np.asarray(path, np.float64), max(5, int(length / 24)))
        knots[1:-1] += self.random.normal(0, tremble, knots[1:-1].shape)
        widths = width * self.random.uniform(0.72, 1.2, max(5, int(length / 60)))
        if taper:
            widths[0] = widths[-1] = 0.25 * width
        # in pieces: a line that crosses itself would leave a hole there
        curve, steps = spline(knots, per_span=6), 48
        where = np.linspace(0, 1, len(curve))
        broad = np.interp(where, np.linspace(0, 1, len(widths)), widths)
        for start in range(0, len(curve) - 1, steps):
            piece = slice(start, min(start + steps + 2, len(curve)))
            if len(curve[piece]) > 2:
                self.canvas.fill(ribbon(curve[piece], tuple(broad[piece][:: max(1, steps // 6)])), INK)

    def hatch(
        self,
        outline: np.ndarray,
        start: tuple[float, float],
        step: tuple[float, float],
        way: tuple[float, float],
        count: int,
        *,
        width: float = 3.0,
    ) -> None:
        """Short parallel strokes, kept within an outline."""
        within = self.canvas.mask(outline)
        for k in range(count):
            root = np.array(start) + k * np.array(step) + self.random.normal(0, 2, 2)
            tip = root + np.array(way) * self.random.uniform(0.7, 1.15)
            bend = (root + tip) / 2 + self.random.normal(0, 3, 2)
            path = spline([tuple(root), tuple(bend), tuple(tip)], per_span=8)
            self.canvas.stroke(path, (0.6, width, 0.6), INK, 0.85, within=within)


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    paper = 0.5 * noise(canvas, 61, 4) + 0.5 * noise(canvas, 62, 14)
    canvas.paint(np.ones_like(canvas.alpha), PAPER)
    canvas.paint(paper, (222, 212, 196), 0.3)
    sheet = _Sheet(canvas)
    _splashes(sheet)
    _limbs(sheet)
    _head(sheet)
    for number in range(2):
        _eye(sheet, number)
    _nose(sheet)
    _mouth(sheet)
    _brow(sheet)
    return face().drawing("monster", canvas)


def _splashes(sheet: _Sheet) -> None:
    canvas, random = sheet.canvas, np.random.default_rng(6)
    for centre, reach, colour in (
        ((300, 360), 330, SUN),
        ((760, 640), 330, PINK),
        ((640, 250), 260, SUN),
        ((250, 800), 240, PINK),
    ):
        angle = np.linspace(0, 2 * np.pi, 25)[:-1]
        radius = reach * random.uniform(0.72, 1.1, 24)
        blot = spline(
            np.stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1), closed=True
        )
        sheet.wash(canvas.mask(blot), colour, 0.4)
    for _ in range(70):
        turn, away, drop = random.uniform(0, 2 * np.pi), random.uniform(380, 640), 3 + 13 * random.random() ** 3
        place = (512 + away * np.cos(turn), 520 + away * np.sin(turn))
        colour = (SUN, PINK, TEAL, PLUM)[int(random.integers(4))]
        canvas.fill(ellipse(place, (drop, drop * random.uniform(0.8, 1.2))), colour, 0.7)
        canvas.fill(ellipse(place, (0.76 * drop, 0.76 * drop)), PAPER, 0.3)


def _limbs(sheet: _Sheet) -> None:
    canvas = sheet.canvas
    for horn, (start, step, way) in zip(
        _HORNS, (((330, 236), (-18, -20), (-40, 30)), ((770, 250), (3, -17), (-46, 8))), strict=True
    ):
        mask = canvas.mask(horn)
        canvas.paint(mask, BONE)
        sheet.wash(mask, OCHRE, 0.75)
        sheet.line(horn, 9)
        sheet.hatch(horn, start, step, way, 9)
    for ear in _EARS:
        mask = canvas.mask(ear)
        canvas.paint(mask, PAPER)
        sheet.wash(mask, PINK, 0.75)
        sheet.bloom(mask, tuple(ear.mean(axis=0)), (60, 50), PLUM, 0.6)
        sheet.line(ear, 8)
        root = (ear[0] + ear[-1]) / 2
        for tip in ear[[48, 96, 144]]:
            sheet.line(np.array([root + 0.25 * (tip - root), root + 0.86 * (tip - root)]), 4)
    body = np.concatenate([_BODY, [(806, 1100), (250, 1100)]])
    mask = canvas.mask(body)
    canvas.paint(mask, PAPER)
    sheet.wash(mask, PLUM, 0.85)
    for y in (930, 985, 1040):
        stripe = ribbon(spline([(240, y - 20), (400, y + 16), (540, y + 20), (700, y + 10), (830, y - 26)]), (22,) * 4)
        sheet.wash(canvas.mask(stripe) * mask, SUN, 0.8)
    sheet.line(_BODY, 9)


def _head(sheet: _Sheet) -> None:
    canvas = sheet.canvas
    mask = canvas.mask(_HEAD)
    canvas.paint(mask, PAPER)
    sheet.wash(mask, TEAL, 0.9)
    sheet.bloom(mask, (330, 800), (180, 110), DEEP, 0.75)
    sheet.bloom(mask, (780, 700), (110, 200), PLUM, 0.7)
    sheet.bloom(mask, (520, 240), (230, 70), (150, 220, 150), 0.8)
    sheet.bloom(mask, (290, 660), (84, 60), PINK, 0.75)
    sheet.bloom(mask, (772, 612), (64, 50), PINK, 0.7)
    for x, y, radius in ((470, 250, 20), (532, 226, 13), (596, 258, 24), (540, 300, 11), (244, 600, 14), (266, 560, 9),
                         (800, 560, 11)):  # fmt: skip
        spot = canvas.mask(ellipse((x, y), (radius, 0.9 * radius)))
        sheet.wash(spot * mask, DEEP, 0.8)
        sheet.line(ellipse((x, y), (radius, 0.9 * radius))[10:84], 3.5, tremble=0.3)
    sheet.line(_HEAD[: len(_JAW)], 13)
    sheet.line(_CROWN, 11)
    sheet.hatch(_HEAD, (826, 560), (-4, 19), (-58, 34), 15, width=3.6)
    sheet.hatch(_HEAD, (790, 790), (-24, 12), (-52, -16), 9, width=3.6)
    sheet.hatch(_HEAD, (560, 878), (-26, -2), (24, -40), 13, width=3.4)
    sheet.hatch(_HEAD, (204, 560), (3, 17), (40, 6), 9, width=3.2)


def _eye(sheet: _Sheet, number: int) -> None:
    canvas = sheet.canvas
    outline = ring(_EYES[number]) if number == 0 else np.concatenate([_UPPER, _LOWER[::-1][1:-1]])
    x, y = _IRIS[number]
    ball = canvas.mask(outline)
    canvas.paint(ball, (255, 253, 246))
    iris = canvas.mask(ellipse((x, y), (48, 50) if number == 0 else (38, 40))) * ball
    sheet.wash(iris, (196, 60, 60) if number == 0 else OCHRE, 1.0, drift=(1, 1))
    sheet.bloom(iris, (x, y + 24), (30, 18), SUN, 0.9)
    pupil = (21, 23) if number == 0 else (17, 19)
    canvas.fill(ellipse((x, y), pupil), INK, within=ball)
    canvas.fill(ellipse((x - 15, y - 17), (11, 12)), (255, 255, 252), within=ball)
    canvas.paint(ball * (1 - canvas.shifted(canvas.blurred(ball, 5), (0, 12))), DEEP, 0.4)
    edge = ellipse((x, y), (48, 50) if number == 0 else (38, 40))
    for piece in (edge[:50], edge[48:96]):
        canvas.stroke(piece, (3, 5, 3), INK, within=ball)
    if number == 0:
        for half in _EYES[0]:
            sheet.line(half, 9, tremble=0.4, taper=False)
        for k in range(3):
            bag = spline([(306 + 12 * k, 540 + 18 * k), (384, 566 + 16 * k), (456 - 12 * k, 538 + 18 * k)])
            sheet.line(bag, 4.5 - k)
        return
    lid = np.concatenate([_UPPER, spline([tuple(_UPPER[-1]), (720, 416), (664, 392), (608, 416), tuple(_UPPER[0])])])
    sheet.wash(canvas.mask(lid), PLUM, 0.85, drift=(1, -1))
    sheet.line(lid[len(_UPPER) :], 6, tremble=0.5)
    for share in (0.35, 0.65):
        fold = _UPPER * (1 - share) + np.array([664, 392]) * share
        sheet.line(fold[14:-14], 3.5)
    sheet.line(_LOWER, 7, tremble=0.4, taper=False)
    canvas.stroke(_UPPER, (8, 15, 15, 8), INK)
    for end, tip in ((_UPPER[-1], (772, 448)), (_UPPER[-1], (776, 470))):
        sheet.line(np.array([end, ((end[0] + tip[0]) / 2, (end[1] + tip[1]) / 2 - 3), tip]), 6, tremble=0)
    sheet.line(spline([(600, 566), (664, 584), (722, 562)]), 4)


def _nose(sheet: _Sheet) -> None:
    canvas = sheet.canvas
    top = spline([(588, 614), (574, 566), (526, 548), (470, 566), (450, 622)])
    outline = np.concatenate([_NOSE, top[1:-1]])
    mask = canvas.mask(outline)
    canvas.paint(mask, PAPER, 0.6)
    sheet.wash(mask, PINK, 0.95, drift=(2, -1))
    sheet.bloom(mask, (540, 640), (60, 22), PLUM, 0.8)
    canvas.fill(ellipse((496, 584), (17, 9), degrees=-24), (255, 246, 240), 0.9)
    sheet.line(_NOSE, 9, tremble=0.4, taper=False)
    sheet.line(top, 5, tremble=0.4)
    for x, degrees in ((492, 16), (550, -14)):
        canvas.fill(ellipse((x, 634), (15, 8), degrees=degrees), INK)


def _mouth(sheet: _Sheet) -> None:
    canvas = sheet.canvas
    for tooth, width in ((_TUSK, 8), (_TOOTH, 6)):
        mask = canvas.mask(tooth)
        canvas.paint(mask, (255, 250, 232))
        sheet.wash(mask, OCHRE, 0.35)
        sheet.line(tooth, width, tremble=0.3)
    sheet.hatch(_TUSK, (702, 712), (0, -16), (-22, 6), 5, width=2.6)
    canvas.stroke(_MOUTH, (0.7 * _WIDTH, _WIDTH, _WIDTH, _WIDTH, 0.7 * _WIDTH), INK)
    sheet.line(spline([(414, 728), (420, 750), (440, 766)]), 8, tremble=0)
    sheet.line(spline([(752, 676), (774, 690), (782, 714)]), 8, tremble=0)
    sheet.line(spline([(520, 812), (580, 818), (642, 800)]), 5)
    for k in range(4):
        sheet.line(
            np.array([(470 + 40 * k, 786 + 4 * np.sin(2.0 * k)), (462 + 40 * k, 806 + 4 * np.sin(2.0 * k))]), 3.5
        )


def _brow(sheet: _Sheet) -> None:
    """Shaggy tufts along one curve."""
    random = np.random.default_rng(12)
    for share in np.linspace(0, 1, 64):
        root = _BROW[int(share * (len(_BROW) - 1))] + random.normal(0, 5, 2)
        way = np.array([-34 + 62 * share + random.normal(0, 7), -30 - 14 * random.random()])
        path = spline(
            [tuple(root - 0.45 * way), tuple(root + np.array([0.1 * way[0], -3])), tuple(root + 0.7 * way)], per_span=6
        )
        sheet.canvas.stroke(path, (6, 8, 0.6), (INK, (74, 56, 96), INK, DEEP)[int(random.integers(4))], 0.95)
