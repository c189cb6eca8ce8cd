# SPDX-License-Identifier: GPL-3.0-or-later
"""An owl cut from sheets of paper: ringed eyes, a beak, the night behind it. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, ellipse, mirrored, ribbon, same, spline
from .drawing import Drawing, Face, flipped, noise, oval, ring, whole

NIGHT: tuple[Colour, ...] = ((30, 42, 88), (42, 62, 118), (60, 88, 148), (88, 122, 176))
PLUM: Colour = (116, 66, 92)
ROSE: Colour = (170, 96, 106)
SAND: Colour = (232, 190, 148)
CREAM: Colour = (252, 238, 212)
AMBER: Colour = (250, 186, 62)
COAL: Colour = (40, 30, 48)
PETROL: Colour = (40, 116, 124)

_HALF = [(MIDDLE, 838), (424, 830), (318, 786), (228, 704), (178, 600), (164, 490), (172, 380), (168, 270), (150, 150),
         (240, 214), (340, 258), (430, 272), (MIDDLE, 276)]  # fmt: skip
_HEAD = np.concatenate([whole(_HALF)[: 8 * 24 + 1], spline(_HALF[8:]), mirrored(spline(_HALF[8:])),
                        mirrored(whole(_HALF)[: 8 * 24 + 1])])  # fmt: skip
_JAW = np.concatenate([_HEAD[5 * 24 :: -1], mirrored(_HEAD[: 5 * 24 + 1])[-5 * 24 :][::-1]])
_EYE = oval((352, 490), (96, 96))
_IRIS = (362.0, 494.0)
_BROW = spline([(194, 262), (268, 316), (360, 350), (470, 424)])
_TOP = whole([(448, 624), (458, 586), (484, 560), (MIDDLE, 552)])
_GAP = whole([(448, 624), (464, 658), (488, 690), (MIDDLE, 706)])
_BOTTOM = whole([(448, 624), (458, 676), (484, 730), (MIDDLE, 744)])

_SLIT = np.array([0.0, 1.0])


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=(_EYE, flipped(_EYE)),
        brows=(_BROW, mirrored(_BROW)),
        mouth=(_TOP, _GAP - _SLIT, _GAP + _SLIT, _BOTTOM),
        iris=[_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])],
    )


class _Desk:
    """Sheets of paper, one upon the other: each casts a shadow, shows its grain and the light on its cut."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.grain = 0.9 + 0.11 * noise(canvas, 3, 3) + 0.09 * noise(canvas, 4, 8)

    def lay(
        self, *polygons: np.ndarray, colour: Colour, lift: float = 8.0, within: np.ndarray | None = None
    ) -> np.ndarray:
        canvas = self.canvas
        sheet = canvas.mask(*polygons)
        if within is not None:
            sheet = sheet * within
        shadow = canvas.blurred(canvas.shifted(sheet, (0.5 * lift, lift)), 0.9 * lift)
        canvas.paint(shadow if within is None else shadow * within, (16, 12, 34), 0.5)
        canvas.paint(sheet, np.clip(np.array(colour, np.float32) * self.grain[..., None], 0, 255))
        light: Colour = tuple(0.45 * value + 140 for value in colour)  # type: ignore[assignment]
        canvas.paint(sheet * (1 - canvas.shifted(sheet, (2.2, 2.8))), light, 0.75)
        return sheet


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    desk = _Desk(canvas)
    _night(desk)
    _body(desk)
    head = desk.lay(_HEAD, colour=PLUM, lift=14)
    for row in range(3):
        scales = [ellipse((MIDDLE + 74 * (k - 0.5 * (row % 2)), 282 + 44 * row), (36, 42)) for k in range(-2, 4)]
        desk.lay(*[scale for scale in scales if abs(scale[:, 0].mean() - MIDDLE) < 120 - 34 * row + 20],
                 colour=(ROSE, PLUM, ROSE)[row], lift=5, within=head)  # fmt: skip
    heart = [
        (MIDDLE, 520),
        (470, 410),
        (372, 338),
        (254, 364),
        (206, 480),
        (236, 622),
        (330, 728),
        (430, 782),
        (MIDDLE, 800),
    ]
    disc, middle = whole(heart), np.array([MIDDLE, 570.0])
    wave = 1.045 + 0.022 * np.sin(np.linspace(0, 44 * np.pi, len(disc)))[:, None]
    desk.lay((disc - middle) * wave + middle, colour=ROSE, lift=7, within=head)
    desk.lay(disc, colour=CREAM, lift=7)
    for side in (same, mirrored):
        _eye(desk, side)
    for side in (same, mirrored):
        lobe = ribbon(side(_BROW), (6, 44, 58, 40) if side is same else (40, 58, 44, 6))
        desk.lay(lobe, colour=SAND, lift=7)
    desk.lay(np.concatenate([_GAP, _BOTTOM[::-1]]), colour=(214, 112, 40), lift=6)
    desk.lay(np.concatenate([_TOP, _GAP[::-1]]), colour=AMBER, lift=6)
    for way in (-1, 1):
        canvas.fill(ellipse((MIDDLE + way * 17, 604), (5, 9), degrees=way * 20), (150, 84, 30))
    return face().drawing("owl", canvas)


def _night(desk: _Desk) -> None:
    canvas = desk.canvas
    desk.lay(np.array([(-60, -60), (1084, -60), (1084, 1084), (-60, 1084)]), colour=NIGHT[0])
    angle = np.linspace(0, 2 * np.pi, 181)[:-1]
    everything = np.array([(-80, -80), (1104, -80), (1104, 1104), (-80, 1104)])
    for k, colour in enumerate(NIGHT[1:]):
        reach = 560 - 62 * k + 20 * np.sin((7 + k) * angle + 1.7 * k) + 12 * np.sin(11 * angle - k)
        hole = np.stack([540 + 1.06 * reach * np.cos(angle), 480 + reach * np.sin(angle)], axis=1)
        inside = canvas.mask(hole)
        desk.lay(everything, colour=colour, within=inside)
        edge = 1 - canvas.shifted(canvas.blurred(inside, 10), (8, 14))
        canvas.paint(inside * edge, (10, 12, 40), 0.5)
    desk.lay(ellipse((790, 206), (120, 120)), colour=(255, 232, 160), lift=12)
    for x, y, radius in ((760, 170, 20), (830, 220, 27), (776, 258, 14)):
        desk.lay(ellipse((x, y), (radius, radius)), colour=(242, 208, 128), lift=2)
    random = np.random.default_rng(4)
    stars = []
    for x, y in (
        (90, 120),
        (60, 420),
        (250, 90),
        (430, 60),
        (560, 150),
        (960, 90),
        (950, 420),
        (120, 720),
        (930, 690),
        (640, 66),
    ):
        turn = random.uniform(0, 1) + np.arange(8) * np.pi / 4
        reach = np.where(np.arange(8) % 2 == 0, random.uniform(20, 36), 8.0)
        stars.append(np.stack([x + reach * np.cos(turn), y + reach * np.sin(turn)], axis=1))
    desk.lay(*stars, colour=(255, 244, 206), lift=6)


def _body(desk: _Desk) -> None:
    for side in (same, mirrored):
        for place, angle in (((40, 1010), -104), ((70, 1000), -50), ((130, 1010), -12)):
            desk.lay(_leaf(side, place, angle), colour=PETROL, lift=8)
    torso = whole([(200, 1180), (196, 960), (236, 800), (340, 700), (MIDDLE, 680)])
    body = desk.lay(torso, colour=ROSE, lift=12)
    for row in range(4):
        feathers = [ellipse((MIDDLE + 92 * (k + 0.5 * (row % 2)), 850 + 58 * row), (48, 50)) for k in range(-3, 4)]
        desk.lay(*feathers[::-1], colour=(SAND, CREAM)[row % 2], lift=5, within=body)
    for side in (same, mirrored):
        wing = spline(side([(250, 790), (188, 860), (164, 980), (200, 1110), (280, 1040), (310, 920)]), closed=True)
        desk.lay(wing, colour=PLUM, lift=8)
    branch = np.concatenate(
        [spline([(-40, 988), (250, 1000), (512, 984), (800, 1004), (1064, 980)]), [(1064, 1100), (-40, 1100)]]
    )
    desk.lay(branch, colour=(92, 60, 62), lift=10)


def _leaf(side, place: tuple[float, float], degrees: float) -> np.ndarray:
    turn = np.radians(degrees)
    along, over = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
    half = [(0, 0), (44, 32), (100, 30), (160, 0)]
    upper = spline([tuple(np.array(place) + a * along + b * over) for a, b in half])
    lower = spline([tuple(np.array(place) + a * along - b * over) for a, b in half])
    return side(np.concatenate([upper, lower[::-1]]))


def _eye(desk: _Desk, side) -> None:
    outline = ring(_EYE if side is same else flipped(_EYE))
    middle = outline.mean(axis=0)
    angle = np.linspace(0, 2 * np.pi, 241)[:-1]
    petal = 140 + 9 * np.abs(np.sin(9 * angle))
    desk.lay(
        np.stack([middle[0] + petal * np.cos(angle), middle[1] + petal * np.sin(angle)], axis=1), colour=SAND, lift=6
    )
    desk.lay(ellipse((middle[0], middle[1]), (119, 119)), colour=PETROL, lift=5)
    ball = desk.lay(outline, colour=(255, 248, 226), lift=5)
    x = _IRIS[0] if side is same else DESIGN_SIZE - _IRIS[0]
    desk.lay(ellipse((x, _IRIS[1]), (74, 74)), colour=AMBER, lift=4, within=ball)
    desk.lay(ellipse((x, _IRIS[1]), (47, 47)), colour=COAL, lift=3, within=ball)
    desk.lay(ellipse((x - 19, _IRIS[1] - 21), (16, 16)), colour=(255, 255, 255), lift=2, within=ball)
