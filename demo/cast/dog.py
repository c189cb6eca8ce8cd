# SPDX-License-Identifier: GPL-3.0-or-later
"""A terrier in the park: bold lines, floppy ears, a big nose, its tongue out. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, mirrored, same, spline
from .drawing import (
    Drawing,
    Face,
    TurnedCanvas,
    flipped,
    line_mouth,
    mix,
    outlined,
    oval,
    ring,
    round_line,
    turned,
    whole,
)

TURN = turned(9.0, (512.0, 900.0), scale=0.94)
WHITE: Colour = (255, 250, 240)
SHADE: Colour = (216, 206, 214)
RUST: Colour = (206, 122, 58)
RUST_DARK: Colour = (160, 82, 40)
INK: Colour = (58, 30, 36)
TONGUE: Colour = (244, 126, 138)
GRASS: Colour = (132, 194, 84)
LEAF: Colour = (78, 156, 88)
LEAF_DARK: Colour = (50, 118, 84)

_HALF = [(MIDDLE, 208), (424, 214), (340, 262), (296, 350), (292, 450), (280, 550), (248, 650), (250, 750),
         (314, 836), (412, 876), (MIDDLE, 884)]  # fmt: skip
_HEAD = whole(_HALF[::-1])
_JAW = np.concatenate([_HEAD[144::-1], mirrored(_HEAD[144::-1])[1:]])
_EAR = spline([(398, 232), (300, 206), (204, 250), (136, 370), (108, 520), (124, 650), (182, 700), (240, 640),
               (282, 540), (318, 440), (360, 330)], closed=True)  # fmt: skip
_EYE = oval((400, 474), (62, 74), power=2.15)
_IRIS = (412.0, 482.0)
_BRIDGE = [(MIDDLE, 478), (MIDDLE, 540), (MIDDLE, 592)]
_NOSE = spline([(426, 604), (446, 652), (MIDDLE, 676), (578, 652), (598, 604)])
_MOUTH = whole([(330, 716), (350, 768), (400, 796), (464, 788), (MIDDLE, 750)])
_WIDTH = 13.0


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=(_EYE, flipped(_EYE)),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=line_mouth(_MOUTH, width=_WIDTH),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


def draw(size: int) -> Drawing:
    canvas = TurnedCanvas(size, TURN)
    _park(canvas)
    _chest(canvas)
    for side in (same, mirrored):
        _ear(canvas, side)
    head = canvas.mask(_HEAD)
    canvas.paint(head, WHITE)
    patch = spline(
        [(500, 180), (700, 170), (780, 400), (760, 560), (690, 610), (600, 586), (556, 500), (566, 380)], closed=True
    )
    canvas.fill(patch, RUST, within=head)
    _shade(canvas, head, SHADE, (-26, -22), 0.9)
    canvas.paint(head * canvas.mask(patch) * (1 - canvas.shifted(head, (-26, -22))), RUST_DARK)
    for spot in ((420, 270), (452, 246), (392, 306), (470, 290)):
        canvas.fill(ellipse(spot, (9, 8)), RUST, within=head)
    canvas.stroke(_HEAD[: len(_HEAD) // 2 + 2], (9, 13, 15, 12, 8), INK)
    canvas.stroke(_HEAD[len(_HEAD) // 2 :], (8, 12, 15, 13, 9), INK)
    for tuft in (
        [(470, 222), (452, 180), (430, 164)],
        [(500, 216), (496, 164), (484, 136)],
        [(536, 216), (552, 176), (570, 160)],
    ):
        canvas.stroke(spline(tuft), (14, 11, 1), INK)
    for number, side in enumerate((same, mirrored)):
        _eye(canvas, side, number)
    _muzzle(canvas, head)
    return face().drawing("dog", canvas, turn=TURN)


def _shade(canvas: Canvas, mask: np.ndarray, colour: Colour, offset: tuple[float, float], opacity: float = 1.0) -> None:
    """A hard shadow on the side away from the light."""
    canvas.paint(mask * (1 - canvas.shifted(mask, offset)), colour, opacity)


def _flat(canvas: TurnedCanvas, polygon: np.ndarray, colour: Colour, opacity: float = 1.0) -> None:
    """A shape of the ground, which does not turn with the head."""
    canvas.fill(canvas.upright(polygon), colour, opacity)


def _meadow(canvas: TurnedCanvas, edge: list[tuple[float, float]], colour: Colour) -> None:
    _flat(canvas, np.concatenate([spline(edge), [(1064, 1064), (-40, 1064)]]), colour)


def _park(canvas: TurnedCanvas) -> None:
    axis = (np.arange(canvas.size, dtype=np.float32)[:, None] + 0.5) / canvas.size
    canvas.paint(np.ones_like(canvas.alpha), mix((126, 204, 242), (222, 242, 238), 1.7 * axis + 0 * axis.T))
    for x, y, wide in ((150, 130, 70), (760, 90, 84), (930, 190, 50)):
        for dx, dy, share in ((-1.1, 0.1, 0.7), (0, -0.25, 1.0), (1.1, 0.06, 0.75), (0, 0.25, 1.0)):
            puff = ellipse((x + dx * wide, y + dy * wide), (wide * share, 0.62 * wide * share))
            _flat(canvas, puff, (255, 255, 255))
    for k in range(13):
        bush = ellipse((90 * k - 20, 500 + 24 * np.sin(2.2 * k)), (84, 92))
        _flat(canvas, bush, (150, 204, 160) if k % 2 else (136, 194, 152))
    _meadow(canvas, [(-40, 560), (240, 520), (560, 548), (820, 516), (1064, 552)], (168, 214, 104))
    path = np.concatenate([spline([(720, 536), (640, 600), (780, 690), (860, 800), (740, 1064)]),
                           spline([(1064, 1064), (1000, 800), (900, 690), (716, 604), (752, 536)])])  # fmt: skip
    _flat(canvas, path, (240, 222, 176))
    _tree(canvas, (116, 330), 1.25)
    _tree(canvas, (914, 390), 0.9)
    for left, top, right, low, colour in (
        (0, 604, 250, 622, (176, 112, 70)), (0, 634, 250, 652, (176, 112, 70)), (0, 690, 250, 708, (176, 112, 70)),
        (30, 590, 48, 780, (120, 74, 56)), (210, 590, 228, 780, (120, 74, 56)),
    ):  # fmt: skip
        _flat(canvas, np.array([(left, top), (right, top), (right, low), (left, low)]), colour)
    _meadow(canvas, [(-40, 770), (200, 742), (520, 800), (800, 900), (1064, 880)], GRASS)
    _flowers(canvas)


def _tree(canvas: TurnedCanvas, place: tuple[float, float], size: float) -> None:
    trunk = np.array([(-20, 0), (20, 0), (28, 250 / size), (-28, 250 / size)])
    _flat(canvas, size * trunk + place, (142, 94, 62))
    for dots, colour in (
        (((-64, 20, 80), (64, 24, 80), (0, -62, 96), (-30, -10, 90), (36, -14, 90)), LEAF_DARK),
        (((-76, 0, 62), (38, 2, 62), (-16, -84, 76), (-26, -28, 84)), LEAF),
        (((-40, -30, 12), (20, 20, 12), (46, -40, 12), (-80, 30, 12), (-6, -100, 12)), (236.0, 94.0, 76.0)),
    ):
        for dx, dy, radius in dots:
            spot = (place[0] + dx * size, place[1] + dy * size)
            _flat(canvas, ellipse(spot, (radius * size, radius * size)), colour)


def _flowers(canvas: TurnedCanvas) -> None:
    random = np.random.default_rng(9)
    for x, y in random.uniform((0, 800), (1024, 1020), (60, 2)):
        if 800 + 0.12 * x < y:
            _flat(canvas, np.array([(x - 5, y), (x + random.uniform(-8, 8), y - 26), (x + 5, y)]), LEAF, 0.8)
    tones: tuple[Colour, ...] = ((255, 236, 120), (255, 255, 255), (246, 140, 170))
    for x, y in random.uniform((0, 860), (1024, 1020), (26, 2)):
        tone = tones[int(random.integers(3))]
        for angle in 1.257 * np.arange(5):
            _flat(canvas, ellipse((x + 8 * np.cos(angle), y + 8 * np.sin(angle)), (6, 6)), tone)
        _flat(canvas, ellipse((x, y), (4.5, 4.5)), (240, 170, 50))


def _chest(canvas: TurnedCanvas) -> None:
    body = whole([(236, 1180), (268, 1000), (330, 900), (420, 850), (MIDDLE, 840)])
    mask = canvas.mask(np.concatenate([body, [(800, 1200), (200, 1200)]]))
    canvas.paint(mask, WHITE)
    _shade(canvas, mask, SHADE, (-34, 0))
    canvas.stroke(body, (13,) * 4, INK)
    band = np.concatenate([spline([(296, 896), (400, 950), (512, 964), (624, 950), (728, 896)]),
                           spline([(748, 944), (630, 1002), (512, 1018), (394, 1002), (276, 944)])])  # fmt: skip
    collar = canvas.mask(band)
    canvas.paint(collar, (66, 110, 206))
    _shade(canvas, collar, (40, 70, 150), (0, -14))
    outlined(canvas, band, 11, INK)
    tag = ellipse((MIDDLE, 1030), (38, 38))
    canvas.fill(tag, (255, 204, 70))
    outlined(canvas, tag, 10, INK)


def _ear(canvas: Canvas, side) -> None:
    outline = side(_EAR)
    ear = canvas.mask(outline)
    canvas.paint(ear, RUST)
    _shade(canvas, ear, RUST_DARK, (-22, -26))
    canvas.stroke(spline(side([(300, 250), (226, 300), (180, 400)])), (1, 10, 1), (236, 166, 96), 0.9)
    outlined(canvas, outline, 13, INK)
    for fold in ([(176, 560), (170, 620), (186, 650)], [(214, 560), (216, 604), (208, 630)]):
        canvas.stroke(spline(side(fold)), (1, 8, 1), RUST_DARK)


def _eye(canvas: Canvas, side, number: int) -> None:
    outline = ring(_EYE if side is same else flipped(_EYE))
    x = _IRIS[0] if side is same else DESIGN_SIZE - _IRIS[0]
    y = _IRIS[1]
    ball = canvas.mask(outline)
    canvas.paint(ball, (255, 255, 255))
    canvas.paint(ball * (1 - canvas.shifted(ball, (0, 16))), (204, 200, 224))
    canvas.fill(ellipse((x, y), (44, 52)), (116, 64, 36), within=ball)
    canvas.fill(ellipse((x, y + 20), (32, 26)), (176, 104, 50), within=ball)
    canvas.fill(ellipse((x, y), (27, 34)), (34, 18, 24), within=ball)
    canvas.fill(ellipse((x - 18, y - 24), (15, 18)), (255, 255, 255), within=ball)
    canvas.fill(ellipse((x + 16, y + 22), (7, 8)), (255, 255, 255), within=ball)
    outlined(canvas, outline, 12, INK)


def _muzzle(canvas: Canvas, head: np.ndarray) -> None:
    for side in (same, mirrored):
        for spot in ((398, 716), (424, 744), (378, 748)):
            canvas.fill(ellipse((spot[0] if side is same else DESIGN_SIZE - spot[0], spot[1]), (7, 7)), RUST_DARK)
        canvas.stroke(spline(side([(414, 590), (362, 640), (338, 690)])), (1, 9, 1), SHADE)
    lip = spline([(424, 800), (446, 842), (MIDDLE, 856), (578, 842), (600, 800)])
    canvas.stroke(lip, (1, 9, 9, 1), SHADE)
    below = spline([(478, 780), (470, 814), (486, 848), (526, 862), (564, 848), (574, 814), (566, 792)])
    root = _MOUTH[(_MOUTH[:, 0] > 478) & (_MOUTH[:, 0] < 566)]
    mask = canvas.mask(np.concatenate([below, root[::-1]]))
    canvas.paint(mask, TONGUE)
    _shade(canvas, mask, (208, 84, 108), (-14, -8))
    canvas.stroke(below, (10,) * 4, INK)
    canvas.stroke(spline([(516, 776), (522, 808), (524, 836)]), (8, 7, 1), (184, 64, 90))
    canvas.stroke(np.array([(MIDDLE, 672), (MIDDLE, 750)]), (12, 10), INK)
    round_line(canvas, _MOUTH, _WIDTH, INK)
    pad = np.concatenate([_NOSE, spline([(598, 604), (584, 566), (MIDDLE, 550), (440, 566), (426, 604)])])
    nose = canvas.mask(pad)
    canvas.paint(nose, (72, 48, 58))
    _shade(canvas, nose, (40, 22, 32), (-12, -18))
    outlined(canvas, pad, 10, INK)
    canvas.fill(ellipse((482, 582), (38, 15), degrees=-8), (240, 226, 232))
    for side in (same, mirrored):
        canvas.stroke(spline(side([(470, 622), (462, 640), (476, 650)])), (2, 11, 2), (22, 10, 18))
