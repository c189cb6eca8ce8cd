# SPDX-License-Identifier: GPL-3.0-or-later
"""An old man in thick paint, with bushy brows. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, mirrored, same, spline
from .drawing import Drawing, Face, flipped, glow, noise, whole

SKIN: Colour = (222, 166, 130)
LIGHT: Colour = (250, 212, 172)
SHADE: Colour = (158, 92, 74)
DEEP: Colour = (92, 48, 46)
RED: Colour = (208, 96, 78)
SILVER: Colour = (214, 214, 216)
WHITE: Colour = (250, 248, 242)
STEEL: Colour = (130, 134, 150)

_JAW = whole([(250, 470), (252, 570), (268, 660), (306, 742), (374, 806), (450, 838), (MIDDLE, 844)], per_span=40)
_UPPER = spline([(342, 518), (366, 492), (402, 482), (438, 494), (464, 524)])
_LOWER = spline([(342, 518), (370, 538), (404, 544), (438, 540), (464, 524)])
_IRIS = (404.0, 512.0)
_BROW = spline([(292, 462), (334, 416), (392, 402), (444, 416), (482, 446)])
_BRIDGE = [(MIDDLE, 506), (MIDDLE, 560), (MIDDLE, 620), (MIDDLE, 654)]
_NOSE = spline([(452, 664), (482, 690), (MIDDLE, 698), (542, 690), (572, 664)])
_TOP = whole([(404, 744), (452, 734), (490, 728), (MIDDLE, 734)])
_GAP = whole([(404, 744), (456, 750), (488, 750), (MIDDLE, 752)])
_BOTTOM = whole([(404, 744), (450, 766), (484, 776), (MIDDLE, 778)])

_SLIT = np.array([0.0, 1.0])


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=((_UPPER, _LOWER), flipped((_UPPER, _LOWER))),
        brows=(_BROW, mirrored(_BROW)),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=(_TOP, _GAP - _SLIT, _GAP + _SLIT, _BOTTOM),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    head = _under_paint(canvas)
    _brushed(canvas, count=2600, length=64, width=20, seed=1, opacity=0.75)
    _features(canvas, head)
    _brushed(canvas, count=4200, length=26, width=7.5, seed=2, opacity=0.55, spare=face().points())
    _hair(canvas)
    for side in (same, mirrored):
        _brow(canvas, side)
    weave = noise(canvas, 91, 3.2)
    canvas.paint(np.clip((weave - 0.62) * 3, 0, 1), (255, 246, 226), 0.09)
    canvas.paint(np.clip((0.38 - weave) * 3, 0, 1), (40, 24, 30), 0.09)
    return face().drawing("oldman", canvas)


def _under_paint(canvas: Canvas) -> np.ndarray:
    canvas.paint(np.ones_like(canvas.alpha), (70, 66, 58))
    canvas.paint(glow(canvas, (330, 360), (420, 420)), (150, 128, 92), 0.8)
    canvas.paint(noise(canvas, 61, 150), (48, 62, 66), 0.5)
    coat = canvas.mask(
        np.concatenate(
            [whole([(60, 1090), (110, 980), (250, 900), (410, 860), (MIDDLE, 900)]), [(980, 1100), (40, 1100)]]
        )
    )
    neck = canvas.mask(whole([(402, 760), (400, 900), (440, 980), (MIDDLE, 1000)]))
    for side in (same, mirrored):
        ear = canvas.mask(
            spline(side([(262, 500), (222, 484), (204, 530), (222, 610), (262, 650), (276, 600)]), closed=True)
        )
        canvas.paint(ear, (206, 132, 104))
        canvas.paint(canvas.rim(ear, 16, (6, -6)), DEEP, 0.6)
    canvas.paint(coat, (56, 68, 84))
    canvas.paint(canvas.rim(coat, 60, (30, 50)), (112, 128, 140), 0.7)
    canvas.paint(neck, SHADE)
    canvas.paint(neck * canvas.blurred(canvas.shifted(canvas.mask(_JAW), (14, 44)), 14), DEEP, 0.8)
    scarf = canvas.mask(
        whole([(330, 900), (352, 850), (430, 868), (MIDDLE, 880)][::1]),
        spline([(330, 880), (420, 990), (512, 1010), (604, 990), (694, 880)]),
    )
    canvas.paint(scarf, (150, 52, 44))
    canvas.paint(canvas.rim(scarf, 26, (-10, 20)), (206, 96, 70), 0.7)
    outline = np.concatenate([_JAW, whole([(250, 470), (258, 320), (350, 196), (MIDDLE, 164)])[::-1]])
    head = canvas.mask(outline)
    canvas.paint(head, SKIN)
    canvas.paint(head * glow(canvas, (420, 300), (190, 150)), LIGHT, 0.9)
    canvas.paint(head * glow(canvas, (380, 620), (110, 90)), LIGHT, 0.5)
    canvas.paint(canvas.rim(head, 80, (-60, -30)), SHADE, 0.95)
    canvas.paint(canvas.rim(head, 34, (-20, -14)), DEEP, 0.5)
    canvas.stroke(_JAW, (4, 10, 12, 14, 14, 12, 10, 4), DEEP, 0.55)
    for way, strength in ((-1, 0.6), (1, 0.5)):
        canvas.paint(head * glow(canvas, (MIDDLE + way * 164, 640), (72, 52)), RED, strength)
        canvas.paint(head * glow(canvas, (MIDDLE + way * 110, 470), (84, 44), 1.4), DEEP, 0.42)
    return head


def _brushed(
    canvas: Canvas,
    *,
    count: int,
    length: float,
    width: float,
    seed: int,
    opacity: float,
    spare: np.ndarray | None = None,
) -> None:
    """Dabs of the colour below them, along the edges that are there; none near the features to `spare`."""
    random = np.random.default_rng(seed)
    places = random.random((count, 2)) * DESIGN_SIZE
    if spare is not None:
        fine = spare[36:]
        near = np.linalg.norm(places[:, None] - fine[None], axis=2).min(axis=1) < 26
        places = places[~near]
    tone = canvas.blurred(canvas.colour.mean(axis=2), 9)
    slope_y, slope_x = np.gradient(canvas.blurred(tone, 9))
    at = np.clip((places * canvas.scale).astype(int), 0, canvas.size - 1)
    along = np.arctan2(slope_x[at[:, 1], at[:, 0]], -slope_y[at[:, 1], at[:, 0]])
    along = along + random.normal(0, 0.35, len(places))
    colours = np.stack([canvas.blurred(canvas.colour[..., k], 3)[at[:, 1], at[:, 0]] for k in range(3)], axis=1) * 255
    colours = np.clip(colours * random.normal(1, 0.055, (len(places), 1)) + random.normal(0, 4, colours.shape), 0, 255)
    for place, angle, colour in zip(places, along, colours, strict=True):
        way = np.array([np.cos(angle), np.sin(angle)]) * length * (0.35 + 0.3 * random.random())
        bend = np.array([-way[1], way[0]]) * random.normal(0, 0.14)
        path = spline([tuple(place - way), tuple(place + bend), tuple(place + way)], per_span=4)
        canvas.stroke(path, (width * 0.4, width, width * 0.3), tuple(colour), opacity)


def _features(canvas: Canvas, head: np.ndarray) -> None:
    for side in (same, mirrored):
        ball = canvas.mask(side(np.concatenate([_UPPER, _LOWER[::-1]])))
        centre = _IRIS if side is same else (DESIGN_SIZE - _IRIS[0], _IRIS[1])
        canvas.paint(ball, (236, 226, 212))
        iris = canvas.mask(ellipse(centre, (30, 30))) * ball
        canvas.paint(iris, (84, 116, 138))
        canvas.paint(iris * glow(canvas, (centre[0], centre[1] + 14), (18, 12)), (170, 200, 206), 0.9)
        canvas.paint(canvas.rim(iris, 4, (0, 0)), (36, 48, 62), 0.8)
        canvas.fill(ellipse(centre, (13, 13)), (22, 20, 24), within=ball)
        canvas.paint(ball * (1 - canvas.shifted(canvas.blurred(ball, 4), (0, 12))), DEEP, 0.7)
        canvas.fill(ellipse((centre[0] - 9, centre[1] - 10), (6, 6)), (255, 255, 250), within=ball)
        canvas.stroke(side(_UPPER), (4, 10, 10, 5), DEEP)
        canvas.stroke(side(_LOWER), (2, 5, 5, 2), SHADE)
        for bag in ([(352, 556), (404, 574), (456, 550)], [(352, 576), (398, 596), (440, 586)]):
            canvas.stroke(spline(side(bag)), (1, 7, 1), SHADE, 0.75)
        canvas.stroke(spline(side([(350, 484), (400, 462), (456, 486)])), (1, 6, 1), DEEP, 0.6)
        for fold in ([(330, 500), (300, 490), (282, 470)], [(328, 516), (296, 520), (276, 512)],
                     [(332, 530), (304, 546), (286, 550)]):  # fmt: skip
            canvas.stroke(spline(side(fold)), (4, 5, 1), SHADE, 0.7)
        canvas.stroke(spline(side([(444, 676), (408, 706), (382, 756), (378, 790)])), (3, 11, 10, 2), SHADE, 0.85)
        canvas.stroke(spline(side([(476, 660), (458, 676), (466, 694), (488, 690)])), (2, 8, 8, 2), DEEP, 0.7)
        canvas.stroke(spline(side([(496, 470), (490, 440), (496, 418)])), (2, 7, 1), SHADE, 0.8)
    for y, arch in ((300, 24), (342, 20), (382, 14)):
        canvas.stroke(spline([(356, y + arch), (440, y - 4), (MIDDLE, y + 5), (584, y - 4), (668, y + arch)]),
                      (1, 8, 6, 8, 1), SHADE, 0.62)  # fmt: skip
    canvas.paint(head * glow(canvas, (548, 590), (26, 90)), SHADE, 0.6)
    canvas.paint(glow(canvas, (MIDDLE, 654), (56, 46), 1.4), RED, 0.6)
    canvas.paint(glow(canvas, (494, 636), (20, 26)), (255, 226, 196), 0.9)
    canvas.paint(glow(canvas, (500, 570), (14, 60)), LIGHT, 0.8)
    canvas.stroke(_NOSE[16:-16], (2, 10, 10, 2), DEEP, 0.85)
    canvas.paint(glow(canvas, (MIDDLE, 712), (60, 14)), SHADE, 0.7)
    canvas.fill(np.concatenate([_TOP, _GAP[::-1]]), (170, 88, 78))
    canvas.fill(np.concatenate([_GAP, _BOTTOM[::-1]]), (206, 122, 104))
    canvas.paint(glow(canvas, (500, 766), (50, 5)), (244, 186, 160), 0.7)
    canvas.stroke(_GAP, (5, 8, 8, 8, 5), (84, 34, 38))
    canvas.paint(glow(canvas, (MIDDLE, 796), (70, 9)), SHADE, 0.7)
    canvas.paint(head * glow(canvas, (500, 820), (60, 16)), LIGHT, 0.5)


def _strands(
    canvas: Canvas, roots: np.ndarray, ways: np.ndarray, *, seed: int, width: float, colours: tuple[Colour, ...]
) -> None:
    """Tufts from roots (N, 2) along ways (N, 2)."""
    random = np.random.default_rng(seed)
    for root, way in zip(roots, ways, strict=True):
        bend = np.array([-way[1], way[0]]) * random.normal(0, 0.18)
        path = spline([tuple(root), tuple(root + way / 2 + bend), tuple(root + way)], per_span=6)
        canvas.stroke(path, (width, width * 0.9, 0.8), colours[random.integers(len(colours))], 0.9)


def _hair(canvas: Canvas) -> None:
    random = np.random.default_rng(4)
    for side in (same, mirrored):
        roots, ways = [], []
        for _ in range(110):
            y = 270 + 340 * random.random()
            x = 262 + 26 * random.random() - 20 * np.sin((y - 270) / 340 * np.pi)
            roots.append((x, y))
            ways.append((-60 - 34 * random.random(), -6 + 46 * random.random()))
        base, way = np.array(roots), np.array(ways)
        if side is mirrored:
            base, way = base * (-1, 1) + (DESIGN_SIZE, 0), way * (-1, 1)
        _strands(canvas, base, way, seed=5, width=10, colours=(SILVER, WHITE, STEEL, SILVER))


def _brow(canvas: Canvas, side) -> None:
    random = np.random.default_rng(6)
    share = np.sort(random.random(90))
    line = side(_BROW)
    index = (share * (len(line) - 1)).astype(int)
    roots = line[index] + np.stack([random.normal(0, 3, 90), 4 + 22 * random.random(90)], axis=1)
    outward = -1 if side is same else 1
    lift = np.abs(share - (0.75 if side is same else 0.25))
    ways = np.stack([outward * (20 + 26 * random.random(90)), -16 - 12 * random.random(90) + 26 * lift], axis=1)
    _strands(canvas, roots, ways, seed=7, width=8, colours=(STEEL, SILVER, WHITE, WHITE))
