# SPDX-License-Identifier: GPL-3.0-or-later
"""A sticker of a slime: one eye huge, one small, a crooked mouth, no nose. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from ..brush import Canvas, Colour, ellipse, grid, ribbon, spline
from .drawing import Drawing, Face, glow, line_mouth, mix, outlined, oval, ring, round_line

PINK: Colour = (255, 122, 150)
SKY: Colour = (64, 176, 222)
SUN: Colour = (255, 206, 62)
NAVY: Colour = (46, 50, 110)
SLIME: Colour = (124, 214, 96)
LIME: Colour = (214, 248, 132)
MOSS: Colour = (24, 128, 92)
INK: Colour = (18, 62, 62)

# From the left, at the height of the eyes, under the chin to the right
_BELOW = spline(
    [
        (166, 470), (136, 570), (112, 690), (96, 800), (150, 884), (262, 902), (360, 880), (440, 896), (520, 926),
        (600, 910), (672, 880), (770, 892), (876, 878), (922, 806), (896, 690), (862, 580), (826, 480),
    ]
)  # fmt: skip
_ABOVE = spline(
    [
        (826, 480), (790, 372), (716, 268), (622, 196), (566, 120), (508, 66), (430, 78), (412, 130), (446, 146),
        (470, 134), (462, 176), (388, 214), (286, 284), (206, 372), (166, 470),
    ]
)  # fmt: skip
_BODY = np.concatenate([_BELOW, _ABOVE[1:-1]])
_EYES = (oval((352, 492), (142, 150)), oval((676, 520), (66, 70)))
_IRIS = [(386.0, 516.0), (662.0, 528.0)]
_PUPILS = ((74.0, 80.0), (33.0, 36.0))
_MOUTH = spline([(368, 742), (424, 766), (486, 754), (540, 716), (604, 700), (668, 712), (716, 680)])
_WIDTH = 22.0


def face() -> Face:
    return Face(jaw=_BELOW, eyes=_EYES, mouth=line_mouth(_MOUTH, width=_WIDTH), iris=_IRIS)


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    _ground(canvas)
    sticker = canvas.mask(_BODY, *(ellipse((at[0], at[1]), (34, 34)) for at in _BODY[::2]))
    canvas.paint(canvas.blurred(canvas.shifted(sticker, (8, 16)), 10), NAVY, 0.55)
    canvas.paint(sticker, (255, 255, 255))
    body = canvas.mask(_BODY)
    _jelly(canvas, body)
    for number in range(2):
        _eye(canvas, number)
    for centre in ((186, 690), (806, 648)):
        canvas.paint(body * canvas.blurred(canvas.mask(ellipse(centre, (52, 32))), 7), PINK, 0.7)
    _tooth(canvas)
    round_line(canvas, _MOUTH, _WIDTH, INK)
    return face().drawing("slime", canvas)


def _ground(canvas: Canvas) -> None:
    """Party paper: stripes, rings, zigzags, crosses and triangles in a loose lattice."""
    canvas.paint(np.ones_like(canvas.alpha), (255, 238, 210))
    random = np.random.default_rng(31)
    colours = (PINK, SKY, SUN, NAVY)
    for row in range(8):
        for column in range(8):
            x = 146 * column + 73 * (row % 2) - 30 + random.uniform(-14, 14)
            y = 142 * row + 10 + random.uniform(-14, 14)
            colour = colours[(column + 2 * row + random.integers(2)) % 4]
            _ornament(canvas, (x, y), int(random.integers(6)), colour, random.uniform(0, np.pi))


def _ornament(canvas: Canvas, place: tuple[float, float], which: int, colour: Colour, angle: float) -> None:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def put(shape: Sequence[tuple[float, float]]) -> np.ndarray:
        return np.asarray(shape, np.float64) @ turn + place

    if which == 0:
        canvas.fill(put([(-46, 34), (46, 34), (0, -46)]), colour)
    elif which == 1:
        outlined(canvas, ellipse(place, (36, 36)), 17, colour)
    elif which == 2:
        knots = put([(-66, 18), (-40, -18), (-13, 18), (13, -18), (40, 18), (66, -18)])
        for start, end in itertools.pairwise(knots):
            round_line(canvas, np.array([start, end]), 15, colour)
    elif which == 3:
        for bar in ([(-42, 0), (42, 0)], [(0, -42), (0, 42)]):
            canvas.fill(ribbon(put(bar), (22, 22)), colour)
    elif which == 4:
        for offset in (-30, 0, 30):
            canvas.fill(ribbon(put([(offset, -44), (offset, 44)]), (13, 13)), colour)
    else:
        for dx, dy in ((-28, -24), (22, -30), (0, 12), (38, 22), (-34, 34)):
            spot = put([(dx, dy)])[0]
            canvas.fill(ellipse((spot[0], spot[1]), (12, 12)), colour)


def _jelly(canvas: Canvas, body: np.ndarray) -> None:
    x, y = grid(canvas)
    canvas.paint(body, mix(LIME, SLIME, np.clip((y - 120) / 420, 0, 1) + 0 * x))
    canvas.paint(body * np.clip((y - 560) / 420, 0, 1), (44, 172, 112), 0.7)
    canvas.paint(canvas.rim(body, 50, (-30, -40)), MOSS, 0.75)
    canvas.paint(canvas.rim(body, 16, (12, 14)), (240, 255, 190), 0.75)
    canvas.paint(body * glow(canvas, (560, 860), (300, 60)), (184, 250, 150), 0.6)
    random = np.random.default_rng(7)
    for _ in range(22):
        radius = random.uniform(7, 24)
        place = (random.uniform(150, 880), random.uniform(570, 880))
        canvas.fill(ellipse(place, (radius, radius)), (222, 255, 180), 0.28, within=body)
        glint = (place[0] - 0.3 * radius, place[1] - 0.35 * radius)
        canvas.fill(ellipse(glint, (0.3 * radius, 0.25 * radius)), (255, 255, 255), 0.7, within=body)
    outlined(canvas, _BODY, 11, INK)
    shine = spline([(236, 352), (296, 290), (374, 246), (392, 262), (330, 306), (262, 372)], closed=True)
    canvas.fill(shine, (255, 255, 244), 0.9)
    canvas.fill(ellipse((428, 236), (20, 12), degrees=-26), (255, 255, 244), 0.9)
    canvas.fill(spline([(478, 96), (520, 104), (548, 146), (524, 138), (488, 116)], closed=True), (255, 255, 244), 0.85)


def _eye(canvas: Canvas, number: int) -> None:
    outline = ring(_EYES[number])
    ball = canvas.mask(outline)
    middle, radii, centre = outline.mean(axis=0), _PUPILS[number], _IRIS[number]
    canvas.paint(ball, (255, 254, 246))
    canvas.paint(ball * (1 - canvas.shifted(canvas.blurred(ball, 9), (0, 14))), (128, 190, 168), 0.6)
    canvas.fill(ellipse(centre, radii), INK, within=ball)
    canvas.paint(
        ball * canvas.mask(ellipse(centre, radii)) * glow(canvas, (centre[0], centre[1] + 0.6 * radii[1]), radii, 1.5),
        (48, 150, 142),
        0.7,
    )
    glint = 0.36 * radii[0]
    canvas.fill(ellipse((centre[0] - 0.34 * radii[0], centre[1] - 0.42 * radii[1]), (glint, 1.15 * glint)),
                (255, 255, 255), within=ball)  # fmt: skip
    canvas.fill(ellipse((centre[0] + 0.4 * radii[0], centre[1] + 0.4 * radii[1]), (0.4 * glint, 0.4 * glint)),
                (255, 255, 255), 0.9, within=ball)  # fmt: skip
    outlined(canvas, outline, 11 if middle[0] < 512 else 10, INK)


def _tooth(canvas: Canvas) -> None:
    fang = spline([(584, 704), (596, 740), (616, 766), (634, 736), (644, 708)], per_span=8)
    canvas.fill(fang, (255, 255, 250))
    canvas.stroke(fang, (7, 8, 7), INK)
