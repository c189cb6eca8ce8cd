# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's character, drawn by this file: a cartoon portrait whose 68 points are its own construction points.

The drawing is ours and dedicated to the public domain (CC0 1.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, closed, ellipse, grid, mirrored, resample, same, spline
from .hair import hair_behind, hair_front

SKIN: Colour = (247, 203, 172)
SKIN_LIGHT: Colour = (255, 228, 204)
SKIN_SHADE: Colour = (222, 146, 120)
SKIN_DEEP: Colour = (188, 104, 88)
BLUSH: Colour = (240, 128, 112)
LINE: Colour = (112, 52, 44)
IRIS_DARK: Colour = (18, 74, 84)
IRIS: Colour = (42, 146, 142)
IRIS_LIGHT: Colour = (140, 226, 196)
LASH: Colour = (66, 30, 30)
LIP_UPPER: Colour = (206, 98, 92)
LIP_LOWER: Colour = (226, 124, 112)
HOOD: Colour = (52, 72, 116)
HOOD_DARK: Colour = (30, 42, 78)
HOOD_LIGHT: Colour = (92, 120, 172)

# Right half of the face, from the temple down to the chin (the character's right is on the left of the picture)
_CHEEK = [(266, 420), (258, 505), (264, 580), (284, 652), (326, 722), (386, 778), (450, 808), (MIDDLE, 817)]
_EAR_KNOT = 1
_FOREHEAD = [(MIDDLE, 190), (400, 205), (308, 286), (266, 420)]

_EYE_UPPER = [(344, 544), (366, 507), (410, 486), (452, 505), (472, 552)]
_EYE_LOWER = [(344, 544), (368, 579), (412, 594), (451, 582), (472, 552)]
_LASH = [(472, 552), (478, 565), (466, 508), (412, 471), (362, 491), (342, 514), (318, 514)]
_IRIS = (411.0, 535.0)
_IRIS_RADIUS = 49.0

_BROW_TOP = [(316, 446), (342, 420), (380, 407), (422, 409), (462, 428)]
_BROW_BOTTOM = [(462, 428), (466, 440), (458, 449), (422, 437), (382, 433), (346, 438), (316, 446)]

_NOSE_BRIDGE = [(MIDDLE, 530), (MIDDLE, 570), (MIDDLE, 610), (MIDDLE, 646)]
_NOSE_BASE = [(476, 658), (493, 669), (MIDDLE, 674), (531, 669), (548, 658)]

_MOUTH_CORNER = (424.0, 706.0)
_LIP_TOP = [_MOUTH_CORNER, (458, 710), (492, 710), (MIDDLE, 716)]
_LIP_LINE = [(431.0, 709.0), (466, 724), (490, 729), (MIDDLE, 731)]
_LIP_BOTTOM = [_MOUTH_CORNER, (454, 735), (484, 752), (MIDDLE, 757)]
_LIP_GAP = 1.5


class Toon(NamedTuple):
    """A drawn character: pixels (size, size, 3 or 4) uint8; points (68, 2) px; iris (2, 2) px, right then left."""

    pixels: np.ndarray
    points: np.ndarray
    iris: np.ndarray


def _whole(half: Sequence[tuple[float, float]]) -> np.ndarray:
    """Knots of a symmetric curve from those of its right half, whose last knot is on the middle."""
    knots = np.asarray(half, np.float64)
    return np.concatenate([knots, mirrored(knots)[1:]])


def _jaw_curve() -> np.ndarray:
    """From the right temple over the chin to the left temple."""
    return spline(_whole(_CHEEK), per_span=40)


def _jaw_points() -> np.ndarray:
    curve = _jaw_curve()
    ear = _EAR_KNOT * 40
    return resample(curve[ear : len(curve) - ear], 17)


def _lip_curve(half: list[tuple[float, float]]) -> np.ndarray:
    return spline(_whole(half))


def toon_points() -> tuple[np.ndarray, np.ndarray]:
    """The 68 points (68, 2) and the irises (2, 2) in design pixels: the knots of the very curves that are drawn."""
    points = np.empty((68, 2))
    points[0:17] = _jaw_points()
    points[17:22] = _BROW_TOP
    points[22:27] = mirrored(_BROW_TOP)
    points[27:31] = _NOSE_BRIDGE
    points[31:36] = _NOSE_BASE
    points[36:42] = [_EYE_UPPER[k] for k in (0, 1, 3, 4)] + [_EYE_LOWER[k] for k in (3, 1)]
    points[42:48] = mirrored(points[36:42])[[2, 3, 4, 5, 0, 1]]
    top, bottom, line = _whole(_LIP_TOP), _whole(_LIP_BOTTOM), _whole(_LIP_LINE)
    points[48:55] = top
    points[55:60] = bottom[5:0:-1]
    inner = line[[0, 2, 3, 4, 6]]
    points[60:65] = inner - [[0, 0], [0, _LIP_GAP], [0, _LIP_GAP], [0, _LIP_GAP], [0, 0]]
    points[65:68] = inner[3:0:-1] + np.array([0, _LIP_GAP])
    iris = np.array([_IRIS, (DESIGN_SIZE - _IRIS[0], _IRIS[1])])
    return points, iris


def draw_toon(*, size: int = 1024, transparent: bool = False) -> Toon:
    """Draw the character; `transparent` leaves the background out (RGBA). The same bytes every time.

    >>> toon = draw_toon(size=128)
    >>> toon.pixels.shape, toon.points.shape, toon.iris.shape
    ((128, 128, 3), (68, 2), (2, 2))
    """
    canvas = Canvas(size)
    if not transparent:
        _background(canvas)
    hair_behind(canvas, _face_outline())
    _body(canvas)
    _ears(canvas)
    _face(canvas)
    for side in (same, mirrored):
        _eye(canvas, side)
    _nose(canvas)
    _mouth(canvas)
    hair_front(canvas, _face_outline(), SKIN_DEEP)
    for side in (same, mirrored):
        _brow(canvas, side)
    points, iris = toon_points()
    pixels = canvas.pixels()
    return Toon(
        pixels if transparent else np.ascontiguousarray(pixels[..., :3]), points * canvas.scale, iris * canvas.scale
    )


def _mix(first: Colour, second: Colour, weight: np.ndarray) -> np.ndarray:
    weight = np.asarray(weight, np.float32)[..., None]
    return np.array(first, np.float32) * (1 - weight) + np.array(second, np.float32) * weight


def _background(canvas: Canvas) -> None:
    x, y = grid(canvas)
    canvas.paint(np.ones_like(canvas.alpha), _mix((142, 206, 206), (74, 140, 164), (y + 0 * x) / DESIGN_SIZE))
    canvas.paint(canvas.mask(ellipse((MIDDLE, 500), (452, 452))), (255, 232, 190), 0.3)
    canvas.paint(canvas.mask(ellipse((MIDDLE, 500), (404, 404))), (255, 232, 190), 0.78)
    for centre, radius, strength in (
        ((92, 150), 34, 0.22), ((160, 70), 14, 0.3), ((946, 250), 24, 0.24), ((900, 92), 44, 0.18),
        ((64, 760), 20, 0.22), ((968, 690), 36, 0.16), ((118, 884), 12, 0.25), ((924, 872), 16, 0.22),
    ):  # fmt: skip
        canvas.paint(canvas.mask(ellipse(centre, (radius, radius))), (255, 248, 226), strength)


_COLLAR = [
    (446, 842), (396, 836), (330, 858), (290, 906), (318, 962), (400, 1010), (498, 1050), (504, 1000), (470, 940),
    (448, 890),
]  # fmt: skip


def _body(canvas: Canvas) -> None:
    neck_half = [(436, 720), (440, 820), (434, 880), (400, 960), (420, 1040), (MIDDLE, 1060)]
    neck = canvas.mask(spline(_whole(neck_half)))
    shoulder = [(40, 1080), (74, 1000), (150, 946), (270, 912), (390, 882), (452, 900), (MIDDLE, 1010)]
    torso = canvas.mask(np.concatenate([spline(_whole(shoulder)), [(1100, 1100), (-80, 1100)]]))
    shirt = canvas.mask(spline(_whole([(400, 1100), (420, 940), (450, 930), (MIDDLE, 962)])))
    canvas.paint(neck, SKIN)
    canvas.paint(canvas.rim(neck, 26, (-22, 0)), SKIN_SHADE, 0.8)
    under_chin = canvas.shifted(canvas.mask(_jaw_curve()), (6, 52))
    canvas.paint(neck * canvas.blurred(under_chin, 8), SKIN_DEEP, 0.62)
    for side in (same, mirrored):
        canvas.stroke(spline(side(neck_half[:4])), (4.5,) * 4, LINE)
    canvas.paint(shirt, (250, 238, 214))
    canvas.paint(shirt * canvas.blurred(canvas.shifted(neck, (4, 12)), 6), (196, 150, 128), 0.5)
    canvas.paint(torso, HOOD)
    canvas.paint(canvas.rim(torso, 50, (16, 44)), HOOD_LIGHT, 0.55)
    for side in (same, mirrored):
        sleeve = spline(side([(196, 1030), (206, 980), (236, 944)]))
        canvas.stroke(sleeve, (5, 4, 1), HOOD_DARK, 0.8)
        outline = spline(side(_COLLAR), closed=True)
        collar = canvas.mask(outline)
        canvas.paint(canvas.blurred(canvas.shifted(collar, (0, 16)), 10) * torso, HOOD_DARK, 0.6)
        canvas.paint(collar, (66, 90, 140))
        canvas.paint(canvas.rim(collar, 18, (12, 16)), HOOD_LIGHT, 0.8)
        canvas.paint(canvas.rim(collar, 20, (-10, -16)), HOOD_DARK, 0.8)
        canvas.stroke(closed(outline), (4.5,) * 4, HOOD_DARK)
        canvas.stroke(spline(side([(330, 934), (400, 982), (492, 1022)])), (1, 4, 4, 3), HOOD_DARK, 0.5)
        cord = spline(side([(470, 976), (462, 1000), (468, 1060)]))
        canvas.stroke(cord, (11, 11, 11), HOOD_DARK)
        canvas.stroke(cord, (7.5, 7.5, 7.5), (250, 200, 96))


def _ears(canvas: Canvas) -> None:
    for side in (same, mirrored):
        outline = spline(
            side([(276, 500), (244, 484), (216, 506), (214, 552), (236, 598), (268, 612), (284, 560)]), closed=True
        )
        ear = canvas.mask(outline)
        canvas.paint(ear, SKIN)
        canvas.paint(canvas.rim(ear, 14, (-6, -8)), SKIN_SHADE, 0.9)
        inner = canvas.mask(
            spline(side([(268, 522), (246, 512), (232, 530), (236, 562), (258, 586), (274, 574)]), closed=True)
        )
        canvas.paint(canvas.blurred(inner, 4) * ear, SKIN_DEEP, 0.6)
        canvas.stroke(spline(side([(262, 516), (240, 512), (231, 534), (240, 566)])), (1, 4, 4, 1), LINE, 0.6)
        canvas.stroke(closed(outline), (3.6,) * 4, LINE)


def _face_outline() -> np.ndarray:
    forehead = spline(_whole(_FOREHEAD[::-1])[::1])
    return np.concatenate([_jaw_curve(), forehead[::-1]])


def _face(canvas: Canvas) -> None:
    outline = _face_outline()
    face = canvas.mask(outline)
    x, y = grid(canvas)
    canvas.paint(face, SKIN)
    glow = np.exp(-(((x - 440) / 210) ** 2) - ((y - 520) / 230) ** 2)
    canvas.paint(face * glow, SKIN_LIGHT, 0.75)
    canvas.paint(canvas.rim(face, 44, (-26, -30)), SKIN_SHADE, 0.85)
    canvas.paint(canvas.rim(face, 20, (-8, -12)), SKIN_DEEP, 0.28)
    canvas.paint(canvas.rim(face, 16, (16, 0)), (255, 240, 220), 0.4)
    for centre in ((330, 636), (DESIGN_SIZE - 330, 636)):
        cheek = np.exp(-((((x - centre[0]) / 62) ** 2 + ((y - centre[1]) / 46) ** 2) ** 1.2))
        canvas.paint(face * cheek.astype(np.float32), BLUSH, 0.5)
    chin = np.exp(-(((x - MIDDLE) / 60) ** 2) - ((y - 776) / 14) ** 2)
    canvas.paint(face * chin.astype(np.float32), SKIN_SHADE, 0.32)
    for spot in ((338, 612), (362, 622), (320, 632), (350, 642), (380, 610), (310, 610)):
        for dot in (spot, (DESIGN_SIZE - spot[0] + 4, spot[1] + 3)):
            canvas.fill(ellipse(dot, (4.2, 3.6)), (196, 112, 84), 0.62)
    canvas.stroke(_jaw_curve(), (2, 4, 5, 5.5, 6.5, 6.5, 5.5, 5, 4, 2), LINE)


def _eye(canvas: Canvas, side) -> None:
    upper, lower = spline(_EYE_UPPER), spline(_EYE_LOWER)
    rim = np.concatenate([upper, lower[::-1]])
    ball = canvas.mask(side(rim))
    flip = side is mirrored
    x, y = grid(canvas)
    socket = canvas.blurred(canvas.mask(side(ellipse((412, 520), (78, 62)))), 12)
    canvas.paint(socket, SKIN_SHADE, 0.3)
    canvas.paint(ball, (253, 251, 248))
    canvas.paint(ball * (1 - canvas.shifted(canvas.blurred(ball, 9), (0, 16))), (150, 150, 186), 0.75)
    centre = ((DESIGN_SIZE - _IRIS[0]) if flip else _IRIS[0], _IRIS[1])
    iris = canvas.mask(ellipse(centre, (_IRIS_RADIUS, _IRIS_RADIUS)))
    pupil = canvas.mask(ellipse(centre, (20, 20)))
    distance = np.hypot(x - centre[0], y - centre[1]) / _IRIS_RADIUS
    depth = np.clip((y - centre[1]) / _IRIS_RADIUS * 0.5 + 0.5, 0, 1)
    canvas.paint(ball * iris, _mix(IRIS_DARK, IRIS, depth**0.7 + 0 * x))
    crescent = np.exp(-(((distance - 0.62) / 0.2) ** 2)) * np.clip((y - centre[1]) / _IRIS_RADIUS + 0.15, 0, 1)
    canvas.paint(ball * iris * crescent.astype(np.float32), IRIS_LIGHT, 0.9)
    canvas.paint(ball * iris * np.clip((distance - 0.8) / 0.2, 0, 1) ** 1.5, (10, 44, 56), 0.8)
    canvas.paint(ball * pupil, (16, 18, 28))
    canvas.paint(ball * iris * (1 - canvas.shifted(canvas.blurred(ball, 5), (0, 14))), (12, 20, 40), 0.55)
    for offset, radius, strength in (((-15, -16), 11.5, 1.0), ((17, 18), 5.5, 0.85)):
        glint = ellipse((centre[0] + offset[0], centre[1] + offset[1]), (radius, radius * 1.08))
        canvas.fill(glint, (255, 255, 255), strength, within=ball)
    canvas.stroke(side(spline([(362, 582), (410, 600), (452, 590)])), (0.5, 4, 0.5), LINE, 0.7)
    lash = np.concatenate([upper, spline(_LASH)[1:]])
    canvas.fill(side(lash), LASH)
    flick = np.concatenate([spline([(374, 488), (354, 490), (336, 482)]), spline([(336, 482), (346, 500), (358, 510)])])
    canvas.fill(side(flick), LASH)
    canvas.stroke(side(spline([(352, 474), (400, 448), (446, 460), (472, 494)])), (0.5, 4.5, 4, 0.5), LINE, 0.55)


def _nose(canvas: Canvas) -> None:
    x, y = grid(canvas)
    ball = np.exp(-(((x - MIDDLE) / 34) ** 2) - ((y - 640) / 30) ** 2)
    canvas.paint(ball.astype(np.float32), (246, 158, 132), 0.42)
    bridge = np.exp(-(((x - 522) / 15) ** 2) - ((y - 580) / 60) ** 2)
    canvas.paint(bridge.astype(np.float32), SKIN_SHADE, 0.26)
    below = np.exp(-(((x - 516) / 36) ** 2) - ((y - 682) / 10) ** 2)
    canvas.paint(below.astype(np.float32), SKIN_SHADE, 0.5)
    light = canvas.blurred(canvas.mask(ellipse((504, 632), (11, 8), degrees=-15)), 3)
    canvas.paint(light, (255, 248, 240), 0.85)
    canvas.stroke(spline(_NOSE_BASE[1:4]), (1, 5.5, 1), LINE, 0.7)
    for side in (same, mirrored):
        canvas.stroke(spline(side([(480, 640), (474, 650), (478, 659), (488, 660)])), (0.5, 4.5, 4.5, 0.5), LINE, 0.8)


def _mouth(canvas: Canvas) -> None:
    top, line, bottom = _lip_curve(_LIP_TOP), _lip_curve(_LIP_LINE), _lip_curve(_LIP_BOTTOM)
    upper = canvas.mask(np.concatenate([top, line[::-1]]))
    lower = canvas.mask(np.concatenate([line, bottom[::-1]]))
    canvas.paint(canvas.blurred(lower, 7), SKIN_SHADE, 0.5)
    canvas.paint(upper, LIP_UPPER)
    canvas.paint(canvas.rim(upper, 6, (0, 7)), (226, 132, 120), 0.6)
    canvas.paint(lower, LIP_LOWER)
    canvas.paint(canvas.rim(lower, 8, (0, -9)), (190, 84, 84), 0.7)
    canvas.paint(canvas.blurred(canvas.mask(ellipse((500, 740), (26, 5))), 3) * lower, (255, 214, 200), 0.75)
    canvas.stroke(line, (3, 4.5, 4.5, 5, 4.5, 4.5, 3), (110, 36, 44))
    for side in (same, mirrored):
        canvas.stroke(spline(side([(419, 694), (413, 705), (417, 716)])), (0.5, 4.5, 0.5), LINE, 0.7)
    canvas.stroke(spline([(478, 765), (MIDDLE, 769), (546, 765)]), (0.5, 3.5, 0.5), LINE, 0.35)


def _brow(canvas: Canvas, side) -> None:
    brow = np.concatenate([spline(_BROW_TOP), spline(_BROW_BOTTOM)])
    mask = canvas.mask(side(brow))
    canvas.paint(canvas.blurred(canvas.shifted(mask, (0, 6)), 4), SKIN_SHADE, 0.35)
    canvas.paint(mask, (128, 54, 34))
    canvas.paint(canvas.rim(mask, 5, (2, 6)), (176, 84, 46), 0.6)
    for k in range(5):
        x = 345 + 25 * k
        canvas.stroke(
            side([(x + 14, 432 - 3 * (k > 1)), (x - 6, 418 - 4 * (k > 1))]),
            (0.5, 2.5, 0.5),
            (88, 32, 28),
            0.5,
            within=mask,
        )
