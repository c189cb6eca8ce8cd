# SPDX-License-Identifier: GPL-3.0-or-later
"""The toon's hair: a bob behind the neck, a combed fringe of locks in front."""

from __future__ import annotations

import numpy as np

from .brush import MIDDLE, Canvas, Colour, mirrored, resample, same, spline

HAIR: Colour = (196, 92, 46)
HAIR_DARK: Colour = (128, 46, 34)
HAIR_LIGHT: Colour = (240, 154, 84)
HAIR_LINE: Colour = (88, 32, 28)

# Right half; the ends flick outward
_HAIR_BACK = (
    [(MIDDLE, 110), (330, 170), (236, 320), (214, 470), (214, 600), (196, 660), (158, 704)],
    [(158, 704), (204, 706), (244, 690)],
    [(244, 690), (236, 718), (208, 746)],
    [(208, 746), (286, 748), (370, 716), (MIDDLE, 700)],
)


def hair_behind(canvas: Canvas, face: np.ndarray) -> None:
    half = np.concatenate([spline(part) for part in _HAIR_BACK])
    outline = np.concatenate([half, mirrored(half)])
    hair = canvas.mask(outline)
    canvas.paint(hair, (150, 60, 38))
    canvas.paint(canvas.rim(hair, 22, (-6, -22)), HAIR_LINE, 0.8)
    canvas.paint(canvas.blurred(canvas.shifted(canvas.mask(face), (0, 10)), 22) * hair, HAIR_LINE, 0.6)
    for side in (same, mirrored):
        for part in _HAIR_BACK:
            canvas.stroke(spline(side(part)), (4.5, 5.5, 4.5), HAIR_LINE)
        for path in (
            [(226, 560), (220, 640), (186, 694)],
            [(242, 600), (246, 660), (240, 690)],
            [(282, 660), (276, 704), (240, 734)],
        ):
            canvas.stroke(spline(side(path)), (0.5, 4, 0.5), HAIR_LINE, 0.8)


# The fringe, lock by lock from the parting: (underside up to the tip, way back to the notch where the next starts)
_PART = (618.0, 226.0)
Knots = list[tuple[float, float]]
_LOCKS_RIGHT: tuple[tuple[Knots, Knots], ...] = (
    ([_PART, (606, 294), (566, 346), (510, 376), (446, 392)], [(446, 392), (474, 374), (496, 350)]),
    ([(496, 350), (446, 370), (394, 382), (326, 400)], [(326, 400), (350, 380), (368, 354)]),
    ([(368, 354), (312, 384), (282, 428), (268, 480), (268, 546)], [(268, 546), (240, 512), (218, 462)]),
)
_LOCKS_LEFT: tuple[tuple[Knots, Knots], ...] = (
    ([_PART, (634, 296), (672, 346), (730, 384)], [(730, 384), (714, 364), (704, 342)]),
    ([(704, 342), (734, 384), (750, 428), (758, 480), (756, 546)], [(756, 546), (784, 512), (808, 462)]),
)
_CROWN_RIGHT = [(218, 462), (200, 400), (214, 310), (268, 214), (362, 132), (468, 94), (566, 84), _PART]
_CROWN_LEFT = [(808, 462), (824, 400), (808, 310), (758, 206), (678, 128), (600, 92)]
_TUFTS = (
    [(452, 120), (510, 64), (600, 40), (566, 76), (650, 130)],
    [(560, 120), (624, 70), (706, 66), (678, 94), (736, 180)],
)
# Smooth stand-ins for the fringe's edge, to comb the hair between it and the crown
_COMB_RIGHT = [_PART, (590, 300), (500, 350), (390, 376), (300, 420), (258, 520)]
_COMB_LEFT = [_PART, (646, 296), (700, 350), (746, 410), (768, 520)]


def hair_front(canvas: Canvas, face: np.ndarray, shadow: Colour) -> None:
    fringe = [*_LOCKS_RIGHT, *_LOCKS_LEFT]
    edge_right = np.concatenate([spline(part) for lock in _LOCKS_RIGHT for part in lock])
    edge_left = np.concatenate([spline(part) for lock in _LOCKS_LEFT for part in lock])
    crown = np.concatenate([spline(_CROWN_RIGHT[:-1]), spline(_CROWN_LEFT)[::-1]])
    hair = canvas.mask(np.concatenate([edge_right, crown, edge_left[::-1]]))
    canvas.paint(canvas.blurred(canvas.shifted(hair, (6, 18)), 9) * canvas.mask(face) * (1 - hair), shadow, 0.5)
    canvas.stroke(spline([*_CROWN_RIGHT[:-1], *_CROWN_LEFT[::-1]]), (9, 11, 11, 11, 9), HAIR_LINE)
    for knots in _TUFTS:
        tuft = np.concatenate([spline(knots[:3]), spline(knots[2:])])
        canvas.fill(tuft, (188, 88, 46))
        for part in (knots[:3], knots[2:]):
            canvas.stroke(spline(part), (4, 5.5, 4), HAIR_LINE)
    canvas.paint(hair, HAIR)
    canvas.paint(canvas.rim(hair, 34, (24, 34)), HAIR_LIGHT, 0.6)
    canvas.paint(canvas.rim(hair, 26, (-14, -26)), HAIR_DARK, 0.75)
    _strands(canvas, hair, spline(_COMB_RIGHT), spline(_CROWN_RIGHT)[::-1], seed=3)
    _strands(canvas, hair, spline(_COMB_LEFT), spline([_PART, *_CROWN_LEFT[::-1]]), seed=8)
    lines: list[list[tuple[int, int]]] = [
        [(496, 350), (556, 312), (598, 264), (614, 230)], [(368, 354), (452, 322), (540, 276), (610, 224)],
        [(704, 342), (662, 290), (634, 250), (622, 228)],
    ]  # fmt: skip
    for strand in lines:
        canvas.stroke(spline(strand), (5, 4, 3, 1), HAIR_LINE, 0.9)
    for lock in fringe:
        for edge in lock:
            canvas.stroke(spline(edge), (4.5, 5.5, 4.5), HAIR_LINE)


def _strands(canvas: Canvas, hair: np.ndarray, low: np.ndarray, high: np.ndarray, *, seed: int) -> None:
    """Combed lines between the fringe's edge and the crown's, dark ones and a broken band of light ones."""
    random = np.random.default_rng(seed)
    low, high = resample(low, 200), resample(high, 200)
    for k in range(26):
        t = (k + random.uniform(0.2, 0.8)) / 26
        path = low * (1 - t) + high * t
        start, length = random.uniform(0.04, 0.5), random.uniform(0.2, 0.45)
        piece = path[int(200 * start) : int(200 * min(start + length, 0.97))]
        canvas.stroke(piece, (0.5, random.uniform(2, 4.5), 0.5), HAIR_DARK, 0.42, within=hair)
    for k in range(18):
        t = 0.12 + 0.76 * (k + random.uniform(0.2, 0.8)) / 18
        path = low * (1 - t) + high * t
        start, length = random.uniform(0.36, 0.44), random.uniform(0.14, 0.24)
        piece = path[int(200 * start) : int(200 * (start + length))]
        canvas.stroke(piece, (0.5, random.uniform(5, 13), 0.5), HAIR_LIGHT, 0.55, within=hair)
