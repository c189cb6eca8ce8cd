# SPDX-License-Identifier: GPL-3.0-or-later
"""A man with glasses, curls and a beard, in flat shapes and half turned. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import Canvas, Colour, ellipse, ribbon, spline
from .drawing import Drawing, Face, outlined, round_line

SKIN: Colour = (134, 82, 58)
SHADE: Colour = (104, 60, 46)
LIGHT: Colour = (160, 104, 74)
HAIR: Colour = (42, 30, 36)
CURL: Colour = (78, 56, 58)
BEARD: Colour = (52, 36, 38)
MUSTARD: Colour = (234, 172, 58)
OCHRE: Colour = (202, 132, 42)
GOLD: Colour = (244, 208, 128)
CREAM: Colour = (250, 238, 220)
CORAL: Colour = (238, 128, 104)
SAGE: Colour = (120, 164, 132)
PINE: Colour = (52, 104, 98)

# He looks to the viewer's left: the far side is on the left of the picture
_JAW = spline([(262, 470), (254, 556), (266, 640), (306, 738), (384, 818), (474, 850), (568, 840), (660, 790),
               (724, 706),
               (756, 604), (766, 488)], per_span=40)  # fmt: skip
_EYES = (
    (spline([(296, 506), (314, 476), (346, 464), (378, 476), (396, 508)]),
     spline([(296, 506), (318, 530), (348, 538), (378, 530), (396, 508)])),
    (spline([(506, 510), (530, 474), (570, 462), (610, 474), (636, 504)]),
     spline([(506, 510), (534, 534), (572, 542), (610, 532), (636, 504)])),
)  # fmt: skip
_IRIS = [(338.0, 500.0), (558.0, 500.0)]
_BROWS = (
    spline([(276, 398), (312, 372), (352, 372), (398, 396)]),
    spline([(488, 396), (540, 366), (604, 368), (664, 402)]),
)
_BRIDGE = spline([(446, 500), (430, 556), (412, 602), (408, 622)])
_NOSE = spline([(382, 634), (402, 652), (430, 656), (466, 652), (500, 630)])
_TOP = spline([(348, 704), (388, 700), (420, 692), (440, 698), (464, 692), (512, 698), (570, 700)])
_INNER_TOP = spline([(366, 712), (404, 716), (440, 716), (500, 714), (552, 710)])
_INNER_BOTTOM = spline([(366, 712), (392, 744), (442, 760), (504, 748), (552, 710)])
_BOTTOM = spline([(348, 704), (382, 758), (440, 784), (516, 766), (570, 700)])
_LENSES = (ellipse((340, 502), (76, 92)), ellipse((572, 504), (100, 98)))


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=_EYES,
        brows=_BROWS,
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=(_TOP, _INNER_TOP, _INNER_BOTTOM, _BOTTOM),
        iris=_IRIS,
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    _room(canvas)
    _curls(canvas, behind=True)
    _body(canvas)
    crown = spline([(766, 488), (770, 350), (690, 230), (520, 190), (360, 220), (276, 330), (262, 470)])
    head = canvas.mask(np.concatenate([_JAW, crown[1:-1]]))
    ear = spline([(748, 470), (790, 440), (828, 466), (826, 540), (796, 600), (752, 604)], closed=True)
    canvas.fill(ear, SKIN)
    canvas.fill(spline([(772, 486), (800, 476), (806, 520), (786, 560), (772, 540)], closed=True), SHADE)
    canvas.paint(head, SKIN)
    canvas.fill(spline([(640, 200), (700, 420), (690, 640), (620, 860), (860, 860), (860, 200)], closed=True), SHADE,
                within=head)  # fmt: skip
    canvas.fill(ellipse((380, 300), (120, 60), degrees=-14), LIGHT, 0.7, within=head)
    for centre, radii in (((300, 604), (44, 34)), ((640, 606), (66, 42))):
        canvas.fill(ellipse(centre, radii), (190, 92, 70), 0.5, within=head)
    _beard(canvas, head)
    _nose(canvas)
    _mouth(canvas)
    for number in range(2):
        _eye(canvas, number)
    _curls(canvas, behind=False)
    for brow, widths in zip(_BROWS, ((10, 26, 26, 20), (22, 30, 26, 8)), strict=True):
        canvas.stroke(brow, widths, HAIR)
    _glasses(canvas)
    return face().drawing("teacher", canvas)


def _room(canvas: Canvas) -> None:
    """A wall, a round window's glow, a shelf of books, a plant."""
    canvas.paint(np.ones_like(canvas.alpha), (246, 214, 186))
    canvas.fill(ellipse((520, 470), (440, 440)), (250, 232, 208))
    random = np.random.default_rng(15)
    tones: tuple[Colour, ...] = (CORAL, SAGE, PINE, MUSTARD, (112, 120, 176), CREAM)
    for shelf in (250, 560):
        canvas.fill(np.array([(820, shelf), (1040, shelf), (1040, shelf + 22), (820, shelf + 22)]), (172, 112, 80))
        x = 846.0
        while x < 1030:
            wide, tall = random.uniform(26, 46), random.uniform(110, 190)
            colour = tones[int(random.integers(6))]
            book = np.array([(x, shelf), (x + wide, shelf), (x + wide, shelf - tall), (x, shelf - tall)])
            canvas.fill(book, colour)
            for share in (0.14, 0.84):
                y = shelf - share * tall
                canvas.fill(np.array([(x, y), (x + wide, y), (x + wide, y - 9), (x, y - 9)]), CREAM, 0.75)
            x += wide + 3
    for angle, length, colour in (
        (-118, 300, SAGE), (-62, 280, PINE), (-90, 380, PINE), (-140, 220, PINE), (-40, 210, SAGE), (-104, 250, SAGE),
    ):  # fmt: skip
        turn = np.radians(angle)
        root, way = np.array([96.0, 800.0]), np.array([np.cos(turn), np.sin(turn)])
        stem = np.stack([root, root + 0.5 * length * way + (0, -10), root + length * way])
        canvas.stroke(spline(stem), (10, 10, 6), colour)
        leaf = spline(np.stack([root + (0.45 + 0.11 * k) * length * way for k in range(6)]))
        canvas.stroke(leaf, (2, 74, 84, 50, 1), colour)
        canvas.stroke(leaf, (3, 4, 1), CREAM, 0.6)
    canvas.fill(np.array([(10, 800), (186, 800), (164, 1030), (32, 1030)]), CORAL)
    canvas.fill(np.array([(0, 786), (196, 786), (196, 830), (0, 830)]), (214, 104, 84))


def _curls(canvas: Canvas, *, behind: bool) -> None:
    """Curls are discs, each with its ring of light."""
    random = np.random.default_rng(3 if behind else 5)
    if behind:
        angles, reach, centre = np.radians(np.linspace(158, 392, 26)), (330.0, 312.0), (530.0, 414.0)
        radii = random.uniform(62, 84, 26)
        canvas.fill(ellipse(centre, reach), HAIR)
        places = np.stack([centre[0] + reach[0] * np.cos(angles), centre[1] + reach[1] * np.sin(angles)], axis=1)
    else:
        line = spline([(262, 420), (264, 352), (312, 300), (392, 282), (470, 268), (556, 270), (640, 290),
                       (706, 330), (748, 400),
                       (768, 476)])  # fmt: skip
        places = np.concatenate([line[::14], line[::22] - (0, 70), line[40:200:24] - (-10, 130)])
        radii = random.uniform(34, 52, len(places))
        canvas.fill(np.concatenate([line, spline([(820, 420), (800, 220), (520, 110), (290, 180), (232, 400)])]), HAIR)
    places = places + random.normal(0, 5, places.shape)
    for (x, y), radius in zip(places, radii, strict=True):
        canvas.fill(ellipse((x, y), (radius, radius)), HAIR)
    for (x, y), radius in zip(places, radii, strict=True):
        start = random.uniform(2.6, 4.4)
        for share, length in ((0.66, 2.6), (0.34, 3.6)):
            angle = np.linspace(start, start + length, 20)
            arc = np.stack([x + share * radius * np.cos(angle), y + share * radius * np.sin(angle)], axis=1)
            canvas.stroke(arc, (1, 0.1 * radius + 2, 1), CURL)


def _body(canvas: Canvas) -> None:
    canvas.fill(spline([(404, 790), (400, 900), (440, 980), (640, 980), (684, 880), (690, 740)]), SHADE)
    coat = np.concatenate([spline([(130, 1100), (180, 1000), (300, 936), (420, 910), (540, 950), (680, 906),
                           (830, 946), (930, 1020),
                                   (960, 1100)])])  # fmt: skip
    body = canvas.mask(coat)
    canvas.paint(body, MUSTARD)
    canvas.fill(np.array([(700, 880), (760, 1100), (1000, 1100), (1000, 880)]), OCHRE, within=body)
    collar = spline([(384, 880), (470, 930), (560, 936), (700, 870), (716, 930), (640, 990), (540, 1010),
                     (440, 990), (376, 940)],
                    closed=True)  # fmt: skip
    canvas.fill(collar, (246, 192, 86))
    for share in np.linspace(0.06, 0.94, 15):
        x = 380 + 336 * share
        low = 940 + 60 * np.sin(np.pi * share) - 4 * share
        canvas.stroke(np.array([(x, low - 56), (x + 3, low)]), (5, 5), OCHRE, 0.8)


def _beard(canvas: Canvas, head: np.ndarray) -> None:
    inner = spline([(262, 566), (286, 640), (312, 680), (356, 676), (420, 664), (450, 668), (500, 662),
                    (584, 676), (640, 690),
                    (690, 640), (722, 560), (730, 470)])  # fmt: skip
    outside = np.array([(830.0, 470.0), (830.0, 900.0), (200.0, 900.0), (200.0, 566.0)])
    beard = canvas.mask(np.concatenate([inner, outside])) * head
    canvas.paint(beard, BEARD)
    random = np.random.default_rng(21)
    for share in np.linspace(0.04, 0.96, 40):
        edge = _JAW[int(share * (len(_JAW) - 1))]
        toward = np.array([470.0, 650.0]) - edge
        place = edge + toward / np.linalg.norm(toward) * random.uniform(14, 84)
        angle = np.linspace(0, 4.2, 14) + random.uniform(0, 6)
        radius = random.uniform(7, 12)
        arc = np.stack([place[0] + radius * np.cos(angle), place[1] + radius * np.sin(angle)], axis=1)
        canvas.stroke(arc, (1, 3.6, 1), CURL, within=beard)


def _nose(canvas: Canvas) -> None:
    shade = np.concatenate([spline([(450, 540), (452, 600), (490, 606), (500, 630)]), _NOSE[::-1][:60],
                            spline([(420, 640), (436, 612), (438, 570)])])  # fmt: skip
    canvas.fill(shade, SHADE)
    canvas.stroke(_NOSE, (3, 9, 9, 9, 4), (74, 40, 34))
    canvas.fill(ellipse((414, 612), (15, 11), degrees=-30), LIGHT)


def _mouth(canvas: Canvas) -> None:
    canvas.fill(np.concatenate([_TOP, _BOTTOM[::-1][1:-1]]), (182, 98, 84))
    canvas.fill(np.concatenate([_TOP, _INNER_TOP[::-1]]), (152, 76, 68))
    inside = canvas.mask(np.concatenate([_INNER_TOP, _INNER_BOTTOM[::-1][1:-1]]))
    canvas.paint(inside, (90, 30, 40))
    canvas.paint(
        inside * canvas.mask(np.concatenate([_INNER_TOP, (_INNER_TOP + np.array([0, 24]))[::-1]])), (255, 252, 244)
    )
    canvas.paint(inside * canvas.mask(ellipse((452, 768), (62, 24))), (226, 108, 104))


def _eye(canvas: Canvas, number: int) -> None:
    upper, lower = _EYES[number]
    x, y = _IRIS[number]
    ball = canvas.mask(np.concatenate([upper, lower[::-1][1:-1]]))
    canvas.paint(ball, (255, 252, 246))
    wide = 27.0 if number == 0 else 33.0
    canvas.fill(ellipse((x, y), (wide, 35)), (62, 36, 28), within=ball)
    canvas.fill(ellipse((x, y), (0.52 * wide, 19)), (24, 16, 18), within=ball)
    canvas.fill(ellipse((x - 9, y - 13), (8, 9)), (255, 255, 255), within=ball)
    canvas.stroke(upper, (8, 13, 13, 8), HAIR)
    canvas.stroke(lower[14:-14], (1, 5, 1), SHADE)
    canvas.stroke(upper[10:-10] - (0, 17), (1, 5, 1), SHADE)


def _glasses(canvas: Canvas) -> None:
    round_line(canvas, np.array([(668, 488), (720, 480), (778, 478)]), 13, GOLD)
    round_line(canvas, spline([(412, 480), (442, 462), (476, 480)]), 13, GOLD)
    for lens in _LENSES:
        glass = canvas.mask(lens)
        canvas.paint(glass, (220, 240, 250), 0.1)
        low, high = lens.min(axis=0), lens.max(axis=0)
        for shift, wide in ((0.16, 0.14), (0.36, 0.05)):
            x, width = low[0] + shift * (high[0] - low[0]), wide * (high[0] - low[0])
            glare = np.array([(x + 70, low[1]), (x + 70 + width, low[1]), (x - 40 + width, high[1]), (x - 40, high[1])])
            canvas.fill(glare, (255, 255, 255), 0.16, within=glass)
        outlined(canvas, lens, 13, GOLD)
        canvas.fill(ribbon(lens[52:92] + np.array([0, 1]), (1, 4, 1)), (255, 244, 208))
