# SPDX-License-Identifier: GPL-3.0-or-later
"""A child's drawing in wax crayon on paper. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import itertools

import numpy as np

from ..brush import Canvas, Colour, ellipse, resample, ribbon, spline
from .drawing import Drawing, Face, line_mouth, noise, oval, ring

PENCIL: Colour = (58, 52, 62)
RED: Colour = (222, 62, 66)
BLUE: Colour = (52, 110, 198)
YELLOW: Colour = (246, 196, 46)
GREEN: Colour = (92, 168, 82)
BROWN: Colour = (146, 88, 48)
PEACH: Colour = (250, 190, 150)

_HEAD = spline(
    [(232, 470), (258, 330), (360, 232), (510, 206), (668, 240), (766, 336), (800, 476), (780, 620), (700, 746),
     (560, 816), (420, 800), (300, 722), (246, 604)],
    closed=True,
)  # fmt: skip
_JAW = spline(
    [(232, 470), (246, 604), (300, 722), (420, 800), (512, 818), (600, 804), (700, 746), (780, 620), (800, 476)]
)
_EYES = (oval((396, 470), (60, 52)), oval((640, 462), (58, 56)))
_IRIS = [(400.0, 478.0), (634.0, 470.0)]
_BROWS = (spline([(330, 366), (396, 342), (462, 366)]), spline([(572, 356), (640, 332), (708, 360)]))
_BRIDGE = spline([(530, 470), (516, 530), (498, 580), (490, 606)])
_NOSE = spline([(488, 600), (492, 622), (516, 630), (540, 626), (552, 612)])
_MOUTH = spline([(378, 668), (430, 704), (520, 722), (606, 702), (660, 656)])
_WIDTH = 15.0


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=_EYES,
        brows=_BROWS,
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=_IRIS,
    )


class _Crayon:
    """Lines that wobble and wax that lies on the paper's grain."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.random = np.random.default_rng(8)
        grain = 0.6 * noise(canvas, 81, 4) + 0.4 * noise(canvas, 82, 9)
        self.grain = np.clip((grain - 0.26) * 4.0, 0, 1)

    def line(
        self, path: np.ndarray, width: float, colour: Colour, *, wobble: float = 1.0, closed: bool = False
    ) -> None:
        """One stroke in short overlapping pieces, so that it may cross itself."""
        if closed:
            path = np.concatenate([path, path[:9]])
        count = max(6, int(np.linalg.norm(np.diff(path, axis=0), axis=1).sum() / 26))
        knots = resample(np.asarray(path, np.float64), count)
        knots = knots + self.random.normal(0, wobble * 1.3, knots.shape)
        curve = spline(knots, per_span=8)
        mask = np.zeros_like(self.canvas.alpha)
        for start in range(0, len(curve) - 8, 32):
            piece = curve[start : start + 42]
            widths = width * self.random.uniform(0.86, 1.1, 3)
            mask = np.maximum(mask, self.canvas.mask(ribbon(piece, tuple(widths))))
        self.canvas.paint(mask * (0.35 + 0.65 * self.grain), colour, 0.95)

    def scribble(self, within: np.ndarray, box: tuple[float, ...], colour: Colour, *, step: float, lean: float) -> None:
        """Zigzags over a box, kept inside a mask."""
        x0, y0, x1, y1 = box
        rows = np.arange(y0, y1, step)
        knots = []
        for k, y in enumerate(rows):
            ends = [(x0, y + lean), (x1, y - lean)]
            knots += ends if k % 2 == 0 else ends[::-1]
        jitter = self.random.normal(0, 3, (len(knots), 2))
        path = np.asarray(knots, np.float64) + jitter
        mask = np.zeros_like(self.canvas.alpha)
        for first, last in itertools.pairwise(path):
            mask = np.maximum(mask, self.canvas.mask(ribbon(np.array([first, last]), (step * 0.72,) * 3)))
        self.canvas.paint(mask * within * (0.15 + 0.85 * self.grain), colour, 0.62)


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    paper = 0.5 * noise(canvas, 71, 5) + 0.5 * noise(canvas, 72, 60)
    canvas.paint(np.ones_like(canvas.alpha), (252, 248, 236))
    canvas.paint(paper, (226, 216, 194), 0.35)
    crayon = _Crayon(canvas)
    _surroundings(canvas, crayon)
    inside = canvas.mask(_HEAD)
    crayon.scribble(inside, (220, 200, 812, 830), PEACH, step=21, lean=34)
    _hair(crayon)
    for centre in ((318, 600), (716, 584)):
        cheek = canvas.mask(ellipse(centre, (52, 44)))
        crayon.scribble(cheek, (centre[0] - 60, centre[1] - 50, centre[0] + 60, centre[1] + 50), RED, step=13, lean=12)
    crayon.line(_HEAD, 13, PENCIL, closed=True)
    for eye, iris in zip(_EYES, _IRIS, strict=True):
        outline = ring(eye)
        canvas.paint(canvas.mask(outline), (253, 251, 244))
        pupil = canvas.mask(ellipse(iris, (25, 26)))
        canvas.paint(pupil * (0.5 + 0.5 * crayon.grain), BLUE)
        canvas.paint(canvas.mask(ellipse(iris, (12, 12))), PENCIL)
        crayon.line(outline, 10, PENCIL, closed=True, wobble=0.8)
        top = eye[0]
        for share in (0.2, 0.5, 0.8):
            root = top[int(share * 48)]
            crayon.line(np.array([root, root + np.array([(share - 0.5) * 46, -34])]), 8, PENCIL, wobble=0.3)
    for brow in _BROWS:
        crayon.line(brow, 15, BROWN, wobble=0.8)
    crayon.line(np.concatenate([_BRIDGE[24:], _NOSE[10:]]), 10, PENCIL, wobble=0.6)
    crayon.line(_MOUTH, _WIDTH, RED, wobble=0.6)
    return face().drawing("child", canvas)


def _surroundings(canvas: Canvas, crayon: _Crayon) -> None:
    sun = ellipse((112, 116), (74, 74))
    crayon.scribble(canvas.mask(sun), (30, 36, 190, 196), YELLOW, step=15, lean=16)
    crayon.line(sun, 11, YELLOW, closed=True)
    for k in range(9):
        turn = np.radians(40 * k + 10)
        way = np.array([np.cos(turn), np.sin(turn)])
        crayon.line(np.array([(112, 116) + 94 * way, (112, 116) + 142 * way]), 12, YELLOW, wobble=0.5)
    dress = spline([(440, 812), (330, 1040), (720, 1040), (590, 812)], per_span=2)
    crayon.scribble(canvas.mask(dress), (310, 812, 730, 1030), GREEN, step=24, lean=26)
    crayon.line(np.array([(444, 808), (400, 900), (336, 1040)]), 12, GREEN)
    crayon.line(np.array([(590, 806), (640, 900), (706, 1040)]), 12, GREEN)
    for k in range(7):
        x = 40 + 160 * k
        blade = spline([(x, 1020), (x + 14, 960), (x + 34, 1016), (x + 56, 966), (x + 70, 1020)])
        if not 300 < x < 700:
            crayon.line(blade, 10, GREEN)
    for x, y, colour in ((906, 150, BLUE), (880, 860, RED), (120, 880, BLUE)):
        for k in range(5):
            turn = np.radians(72 * k - 90)
            petal = ellipse((x + 34 * np.cos(turn), y + 34 * np.sin(turn)), (20, 20))
            crayon.scribble(canvas.mask(petal), (x - 60, y - 60, x + 60, y + 60), colour, step=11, lean=8)
            crayon.line(petal, 6, colour, closed=True, wobble=0.5)
        crayon.line(ellipse((x, y), (11, 11)), 12, YELLOW, closed=True, wobble=0.3)


def _hair(crayon: _Crayon) -> None:
    for k in range(30):
        turn = np.radians(182 + 176 * k / 29)
        root = np.array([514 + 280 * np.cos(turn), 476 + 268 * np.sin(turn)])
        away = np.array([np.cos(turn), np.sin(turn)])
        sway = crayon.random.normal(0, 16, 2)
        length = 62 + 24 * crayon.random.random()
        crayon.line(spline([tuple(root - 16 * away), tuple(root + length * 0.5 * away + sway),
                            tuple(root + length * away + (0, 26))]), 13, BROWN)  # fmt: skip
    for way, x in ((-1, 226), (1, 806)):
        for k in range(4):
            shift = 14 * k * way
            path = [(x + shift / 2, 440), (x + way * 34 + shift, 560), (x + way * 16 + shift, 660 + 14 * k)]
            crayon.line(spline(path), 13, BROWN)
