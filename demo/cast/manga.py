# SPDX-License-Identifier: GPL-3.0-or-later
"""A girl in ink and screentone, tilted by 38 degrees, on a page full of lines. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import Canvas, Colour, ellipse, spline
from .drawing import Drawing, Face, TurnedCanvas, fine, outlined, turned

TURN = turned(-38.0, (520.0, 560.0), scale=0.88)
INK: Colour = (22, 20, 26)
PAPER: Colour = (252, 250, 244)

_JAW = spline([(268, 500), (276, 590), (300, 672), (352, 748), (430, 806), (508, 836), (590, 806), (672, 746),
               (724, 668), (748, 588), (756, 500)])  # fmt: skip
_EYES = (
    (
        spline([(300, 604), (306, 540), (340, 486), (396, 474), (440, 508), (452, 560), (450, 612)]),
        spline([(300, 604), (322, 664), (366, 688), (412, 682), (440, 654), (450, 612)]),
    ),
    (
        spline([(570, 610), (570, 556), (586, 504), (632, 472), (686, 484), (718, 538), (724, 602)]),
        spline([(570, 610), (582, 652), (612, 680), (658, 686), (702, 662), (724, 602)]),
    ),
)
_IRIS = [(384.0, 586.0), (640.0, 584.0)]
_BROWS = (
    spline([(296, 436), (334, 408), (382, 400), (436, 418)]),
    spline([(584, 414), (638, 396), (686, 404), (724, 434)]),
)
_BRIDGE = [(512, 604), (512, 646), (510, 686)]
_NOSE = spline([(498, 694), (505, 701), (512, 703), (519, 700), (526, 692)])
_WIDTH = 7.0
_UPPER = spline([(450, 738), (480, 748), (512, 744), (546, 748), (578, 736)])
_LOWER = spline([(450, 738), (470, 774), (510, 792), (554, 776), (578, 736)])


def face() -> Face:
    half = np.array([0, _WIDTH / 2])
    return Face(
        jaw=_JAW,
        eyes=_EYES,
        brows=_BROWS,
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=(_UPPER - half, _UPPER + half, np.maximum(_LOWER - half, _UPPER + half), _LOWER + half),
        iris=_IRIS,
    )


def _tone(canvas: Canvas, share: float, *, pitch: float, degrees: float = 45.0) -> np.ndarray:
    """Screentone: round dots that cover a share of the paper."""
    return fine(canvas, lambda x, y: _dots(x, y, np.float32(share), pitch, degrees))


def _dots(x: np.ndarray, y: np.ndarray, share: np.ndarray | np.float32, pitch: float, degrees: float) -> np.ndarray:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    u, v = (cos * x + sin * y) / pitch, (cos * y - sin * x) / pitch
    away = np.hypot(u - np.round(u), v - np.round(v)) * pitch
    return np.clip(np.sqrt(np.maximum(share, 0) / np.pi) * pitch - away + 0.5, 0, 1)


def draw(size: int) -> Drawing:
    canvas = TurnedCanvas(size, TURN)
    grey, dark = _tone(canvas, 0.2, pitch=11.0), _tone(canvas, 0.45, pitch=9.0, degrees=15.0)
    _ground(canvas)
    _hair_behind(canvas, dark)
    _body(canvas, grey, dark)
    _skin(canvas, grey)
    for number in range(2):
        _eye(canvas, number, dark)
    canvas.stroke(_NOSE, (1, 5, 6, 4, 1), INK)
    canvas.paint(canvas.mask(ellipse((512, 694), (10, 7))) * grey, INK)
    _mouth(canvas, grey)
    _hair_front(canvas, grey)
    for brow, widths in zip(_BROWS, ((3, 10, 11, 5), (5, 11, 10, 3)), strict=True):
        canvas.stroke(brow, (18,) * 4, PAPER, 0.9)
        canvas.stroke(brow, widths, INK)
    _bow(canvas, dark)
    return face().drawing("manga", canvas, turn=TURN)


def _ground(canvas: TurnedCanvas) -> None:
    """Focus lines over a tone that darkens outward, with flowers and stars."""
    canvas.paint(np.ones_like(canvas.alpha), PAPER)
    centre = np.array([520.0, 540.0])

    def shade(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        share = np.clip((np.hypot(x - centre[0], y - centre[1]) - 330) / 620, 0, 0.62)
        return _dots(x, y, share.astype(np.float32), 17.0, 45.0)

    canvas.paint(fine(canvas, shade), INK)
    random = np.random.default_rng(77)
    for k in range(150):
        angle = 2 * np.pi * (k + random.uniform(0, 0.8)) / 150
        way = np.array([np.cos(angle), np.sin(angle)])
        side = np.array([-way[1], way[0]]) * random.uniform(2.0, 12.0)
        tip = centre + way * random.uniform(390, 540)
        end = centre + way * 900
        colour = PAPER if random.random() < 0.25 else INK
        canvas.fill(canvas.upright(np.array([tip, end + side, end - side])), colour)
    for _ in range(46):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(450, 700)
        x, y = centre + reach * np.array([np.cos(angle), np.sin(angle)])
        radius = random.uniform(18, 62)
        _blossom(canvas, (x, y), radius, random.uniform(0, 2), star=bool(random.random() < 0.4))


def _blossom(canvas: TurnedCanvas, place: tuple[float, float], radius: float, angle: float, *, star: bool) -> None:
    turn = angle + np.arange(10) * np.pi / 5
    if star:
        reach = np.where(np.arange(10) % 2 == 0, radius, 0.42 * radius)
        points = canvas.upright(np.stack([np.cos(turn), np.sin(turn)], axis=1) * reach[:, None] + place)
        canvas.fill(points, PAPER)
        for k in range(10):
            canvas.stroke(points[[k, (k + 1) % 10]], (5, 5), INK)
        return
    knots = []
    for k in range(5):
        for shift, far in ((-0.42, 0.82), (-0.16, 1.02), (0.0, 0.9), (0.16, 1.02), (0.42, 0.82), (0.628, 0.4)):
            bend = angle + 2 * np.pi * k / 5 + shift
            knots.append((place[0] + far * radius * np.cos(bend), place[1] + far * radius * np.sin(bend)))
    petals = canvas.upright(spline(knots, closed=True, per_span=5))
    canvas.fill(petals, PAPER)
    outlined(canvas, petals, 5, INK)
    for k in range(5):
        bend = angle + 2 * np.pi * k / 5
        way = np.array([np.cos(bend), np.sin(bend)])
        line = canvas.upright(np.array([place + 0.18 * radius * way, place + 0.5 * radius * way]))
        canvas.stroke(line, (4, 3), INK)


def _hair_behind(canvas: TurnedCanvas, dark: np.ndarray) -> None:
    back = spline([(236, 400), (206, 560), (214, 700), (176, 800), (120, 850), (230, 858), (300, 830), (420, 850),
                   (620, 850), (740, 830), (804, 862), (914, 842), (848, 790), (812, 690), (820, 560), (788, 400),
                   (512, 200)], closed=True)  # fmt: skip
    for outline in (back, _fringe()):  # a white edge lifts her off the page
        outlined(canvas, outline, 34, PAPER)
    canvas.fill(back, PAPER)
    canvas.paint(canvas.mask(back) * dark, INK)
    outlined(canvas, back, 8, INK)
    for path in ([(250, 640), (236, 740), (180, 830)], [(280, 700), (270, 790), (240, 846)],
                 [(774, 640), (788, 740), (846, 826)], [(744, 700), (756, 790), (790, 846)]):  # fmt: skip
        canvas.stroke(spline(path), (1, 8, 2), INK)


def _body(canvas: TurnedCanvas, grey: np.ndarray, dark: np.ndarray) -> None:
    neck = spline([(450, 760), (452, 870), (400, 930), (620, 930), (572, 870), (574, 760)])
    coat = np.concatenate([spline([(80, 1500), (120, 1060), (200, 960), (330, 910), (440, 892), (512, 980), (584, 892),
                                   (694, 910), (824, 960), (904, 1060), (950, 1500)])])  # fmt: skip
    canvas.fill(neck, PAPER)
    canvas.paint(canvas.mask(neck) * canvas.mask(_JAW + np.array([0, 62])) * grey, INK)
    for line in (neck[:49], neck[-49:]):
        canvas.stroke(line, (6, 6, 5), INK)
    canvas.fill(coat, PAPER)
    for way in (-1, 1):

        def side(points: list[tuple[float, float]], way: int = way) -> np.ndarray:
            return np.array([(512 - way * (512 - x), y) for x, y in points])

        edge = np.concatenate([spline(side([(444, 884), (360, 904), (286, 950)])), side([(262, 1060), (512, 1150)])])
        collar = np.concatenate([edge, side([(512, 985)])])
        canvas.fill(collar, PAPER)
        canvas.paint(canvas.mask(collar) * dark, INK)
        canvas.stroke(edge, (7,) * 4, INK)
        canvas.stroke(np.concatenate([side([(326, 952), (300, 1036), (512, 1112)])]), (8,) * 4, PAPER)
        canvas.stroke(spline(side([(436, 880), (470, 930), (512, 985)])), (7,) * 4, INK)
        ribbon = spline(side([(512, 1000), (440, 950), (392, 1000), (410, 1070), (512, 1030)]))
        canvas.fill(ribbon, INK)
        canvas.stroke(spline(side([(500, 1014), (450, 1000), (420, 1010)])), (6, 4, 1), PAPER)
    canvas.stroke(coat, (8,) * 4, INK)


def _skin(canvas: TurnedCanvas, grey: np.ndarray) -> None:
    top = spline([(756, 500), (740, 340), (640, 230), (512, 204), (384, 230), (284, 340), (268, 500)])
    outline = np.concatenate([_JAW, top[1:]])
    canvas.fill(outline, PAPER)
    fringe = canvas.mask(_fringe() + np.array([4, 26]))
    canvas.paint(canvas.mask(outline) * fringe * grey, INK)
    canvas.stroke(_JAW, (4, 6, 8, 9, 8, 6, 4), INK)
    for x in (326, 694):
        for k in range(5):
            root = x + 13 * (k - 2)
            canvas.stroke(np.array([(root + 6, 702), (root - 8, 730)]), (1, 4, 1), INK)


def _eye(canvas: TurnedCanvas, number: int, dark: np.ndarray) -> None:
    upper, lower = _EYES[number]
    x, y = _IRIS[number]
    ball = canvas.mask(np.concatenate([upper, lower[::-1]]))
    canvas.paint(ball, (255, 255, 255))
    iris = canvas.mask(ellipse((x, y), (58, 92))) * ball
    canvas.paint(iris * dark, INK)
    canvas.paint(iris * canvas.mask(ellipse((x, y - 44), (64, 72))), INK)
    canvas.paint(iris * canvas.mask(ellipse((x, y + 66), (34, 18))), (255, 255, 255))
    canvas.paint(iris * (1 - canvas.mask(ellipse((x, y), (52, 86)))), INK)
    canvas.fill(ellipse((x, y + 6), (23, 36)), INK, within=ball)
    canvas.fill(ellipse((x - 24, y - 46), (24, 30), degrees=12), (255, 255, 255), within=ball)
    canvas.fill(ellipse((x + 26, y + 36), (12, 16)), (255, 255, 255), within=ball)
    canvas.fill(ellipse((x - 30, y + 34), (6, 8)), (255, 255, 255), within=ball)
    way = -1 if number == 0 else 1
    canvas.stroke(upper, (14, 26, 22, 2) if number == 0 else (2, 22, 26, 14), INK, side=-1)
    outward = upper if number == 0 else upper[::-1]
    for place, length in ((4, 46), (20, 50), (38, 40)):
        root = outward[place]
        away = (root - (x, y + 20)) / np.linalg.norm(root - (x, y + 20))
        tip = root + (14 + length) * (away + np.array([0.5 * way, -0.2])) / 1.2
        canvas.stroke(spline([tuple(root + 8 * away), tuple((root + tip) / 2 + (0, 8)), tuple(tip)]), (15, 9, 0.5), INK)
    canvas.stroke(lower[20:-20], (1, 7, 7, 1), INK)
    canvas.stroke(upper[24:-24] - (0, 30), (1, 5, 5, 1), INK)


def _mouth(canvas: TurnedCanvas, grey: np.ndarray) -> None:
    opening = np.concatenate([_UPPER, _LOWER[::-1]])
    inside = canvas.mask(opening)
    canvas.paint(inside, INK)
    canvas.paint(inside * canvas.mask(ellipse((514, 794), (40, 24))), PAPER)
    canvas.paint(inside * canvas.mask(ellipse((514, 794), (40, 24))) * grey, INK)
    canvas.paint(inside * canvas.mask(np.concatenate([_UPPER, (_UPPER + np.array([0, 11]))[::-1]])), PAPER)
    for edge in (_UPPER, _LOWER):
        canvas.stroke(edge, (_WIDTH,) * 4, INK)


def _fringe() -> np.ndarray:
    low = [(232, 660), (226, 570), (246, 500), (280, 448), (286, 520), (330, 430), (392, 372), (386, 452), (456, 388),
           (520, 316), (530, 420), (566, 372), (602, 330), (640, 440), (668, 400), (684, 366), (728, 440), (748, 520),
           (758, 452), (784, 510), (796, 580), (790, 660)]  # fmt: skip
    high = [(822, 560), (816, 400), (752, 244), (640, 156), (512, 130), (384, 156), (272, 244), (208, 400), (202, 560)]
    return np.concatenate([spline(low), spline(high)])


def _hair_front(canvas: TurnedCanvas, grey: np.ndarray) -> None:
    """Solid ink with a band of light."""
    outline = _fringe()
    mask = canvas.mask(outline)
    canvas.paint(mask, INK)
    high, deep = [], []
    for k in range(45):
        share = k / 44
        x = 226 + 570 * share
        arch = 260 + 560 * (share - 0.5) ** 2 * 0.75
        jag = 30 if k % 2 else -4
        high.append((x, arch - 0.5 * jag - 12))
        deep.append((x, arch + 34 + jag * (0.6 + 0.5 * np.sin(5 * share))))
    band = canvas.mask(np.array(high + deep[::-1])) * mask
    canvas.paint(band, PAPER)
    canvas.paint(band * grey, INK)
    for tip, root in (((330, 430), (430, 160)), ((386, 430), (476, 150)), ((456, 390), (500, 146)),
                      ((530, 400), (524, 146)), ((602, 350), (548, 150)), ((668, 410), (586, 160)),
                      ((728, 440), (640, 176)), ((250, 520), (330, 210)), ((772, 520), (700, 210))):  # fmt: skip
        middle = ((tip[0] + root[0]) / 2 + (tip[0] - 512) * 0.14, (tip[1] + root[1]) / 2)
        canvas.stroke(spline([root, middle, tip]), (0.5, 4, 4, 0.5), PAPER, within=mask * (1 - band))
        canvas.stroke(spline([root, middle, tip]), (0.5, 5, 5, 0.5), INK, within=band)
    lock = spline([(540, 140), (600, 80), (690, 66), (640, 96), (586, 146)])
    canvas.fill(lock, INK)


def _bow(canvas: TurnedCanvas, dark: np.ndarray) -> None:
    for wing in ([(300, 236), (226, 150), (148, 150), (146, 240), (190, 300), (290, 276)],
                 [(300, 250), (330, 160), (390, 96), (440, 140), (420, 220), (320, 278)]):  # fmt: skip
        shape = spline(wing, closed=True)
        canvas.fill(shape, PAPER)
        canvas.paint(canvas.mask(shape) * dark, INK)
        outlined(canvas, shape, 8, INK)
    for crease in ([(292, 252), (240, 226), (196, 220)], [(318, 244), (360, 196), (390, 160)]):
        canvas.stroke(spline(crease), (9, 6, 1), INK)
    knot = ellipse((304, 256), (32, 36), degrees=-30)
    canvas.fill(knot, PAPER)
    outlined(canvas, knot, 8, INK)
