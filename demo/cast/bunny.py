# SPDX-License-Identifier: GPL-3.0-or-later
"""A rag bunny sewn of linen: two odd buttons, a stitched mouth, nothing behind it. Ours, in the public domain (CC0)."""

from __future__ import annotations

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE, Canvas, Colour, closed, ellipse, mirrored, resample, ribbon, same, spline
from .drawing import Drawing, Face, at, fine, flipped, glow, line_mouth, noise, outlined, oval, ring, whole

LINEN: Colour = (236, 222, 198)
ROSE: Colour = (232, 148, 150)
DENIM: Colour = (98, 128, 170)
SHADOW: Colour = (108, 82, 66)
THREAD: Colour = (156, 62, 70)
BROWN: Colour = (92, 56, 42)
TEAL: Colour = (44, 124, 128)

_HALF = [(MIDDLE, 366), (400, 380), (284, 452), (206, 566), (196, 690), (250, 796), (352, 862), (MIDDLE, 884)]
_HEAD = whole(_HALF[::-1])
_JAW = np.concatenate([_HEAD[90::-1], mirrored(_HEAD[90::-1])[1:]])  # from the height of the eyes
_EAR = spline([(404, 420), (340, 330), (288, 180), (296, 66), (352, 40), (410, 110), (446, 240), (486, 400)])
_FLOP = spline([(540, 400), (574, 300), (640, 216), (740, 196), (844, 262), (906, 384), (904, 478), (850, 500),
                (790, 440), (738, 372), (696, 352), (668, 384), (640, 420)])  # fmt: skip
_EYE = oval((392, 590), (52, 52))
_BRIDGE = [(MIDDLE, 590), (MIDDLE, 630), (MIDDLE, 672)]
_NOSE = spline([(474, 662), (490, 692), (MIDDLE, 706), (534, 692), (550, 662)])
_MOUTH = whole([(404, 738), (420, 770), (458, 784), (494, 772), (MIDDLE, 748)])
_WIDTH = 9.0


def face() -> Face:
    return Face(
        jaw=_JAW, eyes=(_EYE, flipped(_EYE)), bridge=_BRIDGE, nose=_NOSE, mouth=line_mouth(_MOUTH, width=_WIDTH)
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    weave = _weave(canvas)
    _dress(canvas, weave)
    for number, ear in enumerate((_EAR, _FLOP)):
        _ear(canvas, weave, ear, number)
    head = canvas.mask(_HEAD)
    canvas.paint(canvas.blurred(canvas.shifted(head, (0, 26)), 16) * canvas.alpha, SHADOW, 0.55)
    _cloth(canvas, head, LINEN, weave, seed=4)
    canvas.paint(head * glow(canvas, (430, 500), (200, 130)), (255, 248, 232), 0.5)
    _patch(canvas, head, weave)
    for way in (-1, 1):
        canvas.paint(head * glow(canvas, (MIDDLE + way * 214, 706), (66, 50), 1.6), ROSE, 0.6)
    seam = np.array([(MIDDLE, 380), (MIDDLE, 560)])
    canvas.stroke(seam, (5, 4, 1), SHADOW, 0.4, within=head)
    for y in range(396, 540, 24):
        _stitch(canvas, (497, y + 7), (527, y - 7), 6, (206, 178, 142))
    _running(canvas, closed(_HEAD * 0.955 + np.array([MIDDLE, 628]) * 0.045), (206, 178, 142))
    for side in (same, mirrored):
        _button(canvas, side)
    _nose(canvas)
    for y in (714, 731):
        _stitch(canvas, (MIDDLE, y), (MIDDLE, y + 14), 8, THREAD)
    _running(canvas, _MOUTH, THREAD, length=21, gap=3.5, width=_WIDTH)
    return face().drawing("bunny", canvas, transparent=True)


def _weave(canvas: Canvas) -> np.ndarray:
    """Threads over and under each other, 0 in the gaps, 1 on the threads."""

    def threads(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        across, down = np.pi * x / 7.0, np.pi * y / 7.0
        over = np.sin(across) * np.sin(down) > 0
        return np.where(over, np.abs(np.sin(across)), np.abs(np.sin(down)))

    return fine(canvas, threads)


def _cloth(canvas: Canvas, mask: np.ndarray, colour: Colour, weave: np.ndarray, *, seed: int) -> None:
    light: Colour = tuple(min(255.0, value * 1.1 + 8) for value in colour)  # type: ignore[assignment]
    dark: Colour = tuple(value * 0.7 for value in colour)  # type: ignore[assignment]
    canvas.paint(mask, colour)
    canvas.paint(mask * (1 - weave), dark, 0.6)
    slub = noise(canvas, seed, 7, stretch=7.0) * 0.6 + noise(canvas, seed + 1, 60) * 0.4
    canvas.paint(mask * np.clip((slub - 0.5) * 2.4, 0, 1), light, 0.55)
    canvas.paint(mask * np.clip((0.5 - slub) * 2.4, 0, 1), dark, 0.28)
    canvas.paint(canvas.rim(mask, 34, (-12, -26)), dark, 0.7)
    canvas.paint(canvas.rim(mask, 12, (-2, -6)), SHADOW, 0.45)
    canvas.paint(canvas.rim(mask, 14, (8, 10)), light, 0.5)


def _stitch(canvas: Canvas, start, end, width: float, colour: Colour) -> None:
    """A stitch of thread with its shadow and its light."""
    path = resample(np.array([start, end], np.float64), 8)
    dark: Colour = tuple(value * 0.55 for value in colour)  # type: ignore[assignment]
    light: Colour = tuple(min(255.0, value * 1.25 + 20) for value in colour)  # type: ignore[assignment]
    for offset, wide, tone, opacity in (
        ((1.0, 3.0), 1.15, SHADOW, 0.5), ((0, 0), 1.0, dark, 1.0), ((0, -0.06 * width), 0.8, colour, 1.0),
        ((0, -0.2 * width), 0.28, light, 0.8),
    ):  # fmt: skip
        thread = ribbon(path + np.array(offset), (0.72 * width * wide, width * wide, 0.72 * width * wide))
        canvas.fill(thread, tone, opacity)


def _running(
    canvas: Canvas, path: np.ndarray, colour: Colour, *, length: float = 22.0, gap: float = 16.0, width: float = 6.0
) -> None:
    """Stitches along a path."""
    total = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
    count = max(1, round((total + gap) / (length + gap)))
    share = (total + gap) / count / total
    for k in range(count):
        shares = np.array([k * share, k * share + share * length / (length + gap)])
        start, end = at(path, np.clip(shares, 0, 1))
        _stitch(canvas, start, end, width, colour)


def _ear(canvas: Canvas, weave: np.ndarray, outline: np.ndarray, number: int) -> None:
    ear = canvas.mask(outline)
    _cloth(canvas, ear, LINEN, weave, seed=12 + number)
    if number == 0:
        lining = spline([(412, 396), (356, 300), (320, 180), (326, 100), (352, 84), (386, 140), (416, 250), (450, 390)])
    else:
        lining = spline([(592, 392), (620, 306), (672, 250), (742, 236), (816, 288), (866, 392), (864, 450),
                         (816, 410), (756, 334), (690, 310), (646, 346), (626, 396)])  # fmt: skip
    inner = canvas.mask(lining)
    _cloth(canvas, inner, ROSE, weave, seed=20)
    random = np.random.default_rng(3 + number)
    for _ in range(90):
        place = (random.uniform(290, 910), random.uniform(60, 480))
        for k in range(5):
            turn = 2 * np.pi * (k / 5 + place[0])
            petal = (place[0] + 6.5 * np.cos(turn), place[1] + 6.5 * np.sin(turn))
            canvas.fill(ellipse(petal, (4.6, 4.6)), (255, 240, 232), 0.95, within=inner)
        canvas.fill(ellipse(place, (3.2, 3.2)), (246, 196, 92), within=inner)
    canvas.paint(canvas.rim(inner, 16, (6, 12)), SHADOW, 0.5)
    _running(canvas, lining, (206, 178, 142), length=18, gap=14, width=5.5)
    if number == 1:
        fold = canvas.mask(
            spline([(640, 440), (668, 372), (700, 344), (744, 372), (700, 372), (676, 420)], closed=True)
        )
        canvas.paint(canvas.blurred(fold, 9) * ear, SHADOW, 0.5)


def _dress(canvas: Canvas, weave: np.ndarray) -> None:
    arms = [spline(side([(330, 880), (236, 924), (170, 1040), (330, 1060), (400, 940)]), closed=True)
            for side in (same, mirrored)]  # fmt: skip
    _cloth(canvas, canvas.mask(*arms), LINEN, weave, seed=30)
    outline = whole([(262, 1060), (296, 930), (380, 868), (MIDDLE, 850)])
    dress = canvas.mask(np.concatenate([outline, [(770, 1100), (254, 1100)]]))
    _cloth(canvas, dress, DENIM, weave, seed=32)
    for x in range(300, 740, 46):
        canvas.stroke(np.array([(x, 850), (x, 1040)]), (15, 15), (232, 240, 248), 0.5, within=dress)
    for y in range(874, 1040, 46):
        canvas.stroke(np.array([(240, y), (790, y)]), (15, 15), (232, 240, 248), 0.5, within=dress)


def _patch(canvas: Canvas, head: np.ndarray, weave: np.ndarray) -> None:
    """A checked patch on the brow."""
    outline = np.array([(622.0, 414.0), (742.0, 446.0), (716.0, 536.0), (600.0, 502.0)])
    mask = canvas.mask(outline) * head
    canvas.paint(canvas.blurred(canvas.shifted(mask, (2, 6)), 4) * head, SHADOW, 0.5)
    _cloth(canvas, mask, DENIM, weave, seed=41)
    ways = outline[1] - outline[0], outline[3] - outline[0]
    for k in range(1, 4):
        for along, over in (ways, ways[::-1]):
            bar = np.array([outline[0] + along * k / 4, outline[0] + along * k / 4 + over])
            canvas.stroke(bar, (10, 10), (240, 236, 220), 0.55, within=mask)
    middle = outline.mean(axis=0)
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        for share in np.arange(1, 10, 2) / 10:
            place = start + share * (end - start)
            out = (place - middle) / np.linalg.norm(place - middle)
            _stitch(canvas, place - 10 * out, place + 11 * out, 6, THREAD)


def _button(canvas: Canvas, side) -> None:
    outline = ring(_EYE if side is same else flipped(_EYE))
    colour = BROWN if side is same else TEAL
    button = canvas.mask(outline)
    x, y = outline.mean(axis=0)
    radius = np.ptp(outline[:, 0]) / 2
    canvas.paint(canvas.blurred(canvas.shifted(button, (3, 10)), 7), SHADOW, 0.75)
    canvas.paint(button, colour)
    canvas.paint(canvas.rim(button, 9, (-4, -8)), tuple(0.45 * value for value in colour), 0.9)  # type: ignore[arg-type]
    canvas.paint(canvas.rim(button, 5, (4, 6)), tuple(0.5 * value + 120 for value in colour), 0.8)  # type: ignore[arg-type]
    outlined(canvas, ellipse((x, y), (0.7 * radius, 0.7 * radius)), 4, tuple(0.5 * value for value in colour))  # type: ignore[arg-type]
    canvas.paint(button * glow(canvas, (x - 16, y - 30), (22, 9), 1.5), (255, 255, 255), 0.75)
    holes = [(x + dx, y + dy) for dx, dy in ((-13, -13), (13, -13), (13, 13), (-13, 13))]
    for hole in holes:
        canvas.fill(ellipse(hole, (6, 6)), tuple(0.3 * value for value in colour))  # type: ignore[arg-type]
    for start, end in ((0, 2), (1, 3)):
        _stitch(canvas, holes[start], holes[end], 6.5, (246, 226, 190) if side is same else ROSE)


def _nose(canvas: Canvas) -> None:
    """Satin stitch: threads side by side within the outline."""
    outline = np.concatenate([_NOSE, spline([(550, 662), (534, 652), (MIDDLE, 650), (490, 652), (474, 662)])])
    mask = canvas.mask(outline)
    canvas.paint(canvas.blurred(canvas.shifted(mask, (2, 7)), 5), SHADOW, 0.6)
    canvas.paint(mask, (186, 78, 86))
    for k, x in enumerate(np.arange(476, DESIGN_SIZE - 474, 5.0)):
        tone: Colour = ((226, 118, 122), (204, 92, 98), (238, 142, 142))[k % 3]
        canvas.stroke(np.array([(x, 646), (x + 2, 710)]), (4.4, 4.4), tone, 0.95, within=mask)
    canvas.paint(canvas.rim(mask, 7, (-3, -7)), (130, 40, 54), 0.6)
