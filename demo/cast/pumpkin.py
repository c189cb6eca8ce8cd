# SPDX-License-Identifier: GPL-3.0-or-later
"""A carved pumpkin that glows in the dark: eyes, nose and mouth are holes. Ours, in the public domain (CC0 1.0)."""

from __future__ import annotations

import numpy as np

from ..brush import MIDDLE, Canvas, Colour, ellipse, grid, mirrored, same, spline
from .drawing import Drawing, Face, flipped, glow, mix, noise, whole

RIND: Colour = (214, 98, 26)
BRIGHT: Colour = (250, 160, 58)
DARK: Colour = (96, 32, 26)
FLESH: Colour = (246, 160, 58)
FLAME: Colour = (255, 240, 168)
NIGHT: Colour = (22, 18, 46)
MOON: Colour = (150, 158, 220)

_CENTRE, _RADII, _RIBS = (MIDDLE, 556.0), (414.0, 346.0), 9


def _outline(degrees: np.ndarray) -> np.ndarray:
    """The pumpkin's edge, whose ribs show at its bottom and top."""
    angle = np.radians(degrees)
    lobes = 1 - 0.03 * np.abs(np.sin(angle)) ** 3 * (1 - np.abs(np.cos(_RIBS * np.cos(angle) * 0.8)))
    return np.stack(
        [_CENTRE[0] + _RADII[0] * lobes * np.cos(angle), _CENTRE[1] + _RADII[1] * lobes * np.sin(angle)], axis=1
    )


_JAW = _outline(np.linspace(192, -12, 205))
_UPPER = np.concatenate(
    [spline([(262, 500), (300, 410), (360, 344)]), spline([(360, 344), (428, 424), (462, 524)])[1:]]
)
_LOWER = spline([(262, 500), (312, 528), (384, 540), (462, 524)])
_BRIDGE = [(MIDDLE, 520), (MIDDLE, 548), (MIDDLE, 576)]
_NOSE = spline([(470, 634), (492, 642), (MIDDLE, 644), (532, 642), (554, 634)])
_TOP = whole([(220, 640), (302, 690), (406, 716), (MIDDLE, 722)])
_BOTTOM = whole([(220, 640), (284, 748), (388, 818), (MIDDLE, 834)])
_INNER_TOP = whole([(250, 672), (318, 710), (412, 734), (MIDDLE, 738)])
_INNER_BOTTOM = whole([(250, 672), (306, 742), (398, 798), (MIDDLE, 812)])


def face() -> Face:
    return Face(
        jaw=_JAW,
        eyes=((_UPPER, _LOWER), flipped((_UPPER, _LOWER))),
        bridge=_BRIDGE,
        nose=_NOSE,
        mouth=(_TOP, _INNER_TOP, _INNER_BOTTOM, _BOTTOM),
    )


def draw(size: int) -> Drawing:
    canvas = Canvas(size)
    _ground(canvas)
    body = canvas.mask(_outline(np.linspace(0, 360, 361)[:-1]))
    _rind(canvas, body)
    _stem(canvas)
    eye = np.concatenate([_UPPER, _LOWER[::-1][1:-1]])
    tip = spline([(554, 634), (536, 602), (MIDDLE, 574), (488, 602), (470, 634)])
    nose = np.concatenate([_NOSE, tip[1:-1]])
    teeth = [np.array(tooth, np.float64) for tooth in (
        [(386, 700), (460, 712), (456, 764), (398, 756)], [(572, 712), (650, 698), (640, 752), (580, 764)],
        [(476, 842), (556, 842), (548, 790), (484, 790)],
    )]  # fmt: skip
    cuts = [canvas.mask(shape) for shape in (eye, mirrored(eye), nose)]
    lips = canvas.mask(np.concatenate([_TOP, _BOTTOM[::-1][1:-1]]))
    holes = [canvas.mask(_shrunk(shape, share)) for shape, share in ((eye, 0.8), (mirrored(eye), 0.8), (nose, 0.7))]
    mouth = canvas.mask(np.concatenate([_INNER_TOP, _INNER_BOTTOM[::-1][1:-1]]))
    teeth_mask = canvas.mask(*teeth)
    whole_cut = np.maximum.reduce([*cuts, lips * (1 - teeth_mask)])
    canvas.paint(body * canvas.blurred(whole_cut, 46), (255, 120, 26), 0.6)
    canvas.paint(body * canvas.blurred(whole_cut, 15), (255, 196, 90), 0.55)
    _carved(canvas, np.maximum.reduce(cuts), np.maximum.reduce(holes))
    _carved(canvas, lips * (1 - teeth_mask), mouth * (1 - canvas.mask(*[_shrunk(tooth, 1.2) for tooth in teeth])))
    for tooth in teeth:  # rind again, lit at its tips
        tone = canvas.mask(tooth) * lips
        canvas.paint(canvas.rim(tone, 10, (0, 0)), (255, 206, 110), 0.5)
    canvas.paint(canvas.blurred(np.maximum.reduce([*holes, mouth * (1 - teeth_mask)]), 34), (255, 176, 60), 0.18)
    return face().drawing("pumpkin", canvas)


def _shrunk(shape: np.ndarray, share: float) -> np.ndarray:
    middle = shape.mean(axis=0)
    return (shape - middle) * share + middle


def _ground(canvas: Canvas) -> None:
    x, y = grid(canvas)
    canvas.paint(np.ones_like(canvas.alpha), mix((18, 16, 44), (52, 38, 86), np.clip(y / 820, 0, 1) + 0 * x))
    canvas.paint(noise(canvas, 8, 190), (64, 48, 108), 0.35)
    random = np.random.default_rng(10)
    for place, radius in zip(random.uniform((0, 0), (1024, 480), (70, 2)), random.uniform(1.2, 3.6, 70), strict=True):
        canvas.fill(ellipse((place[0], place[1]), (radius, radius)), (236, 232, 255), random.uniform(0.3, 0.95))
    canvas.paint(glow(canvas, (804, 190), (210, 210)), MOON, 0.35)
    moon = canvas.mask(ellipse((804, 190), (104, 104)))
    canvas.paint(moon, (226, 224, 240))
    canvas.paint(moon * np.clip((noise(canvas, 9, 46) - 0.5) * 2, 0, 1), (164, 164, 204), 0.6)
    for path, widths in (
        ([(-20, 620), (60, 440), (70, 260), (130, 90)], (60, 40, 26, 3)),
        ([(64, 380), (140, 300), (210, 280), (270, 220)], (22, 16, 10, 2)),
        ([(70, 290), (20, 200), (10, 120)], (20, 12, 3)), ([(150, 296), (180, 230), (176, 180)], (10, 7, 2)),
        ([(100, 180), (160, 140), (200, 70)], (12, 8, 2)), ([(48, 500), (120, 450), (150, 450)], (20, 10, 2)),
    ):  # fmt: skip
        canvas.stroke(spline(path), widths, NIGHT)
    for place, wide in (((640, 120), 52), ((420, 200), 40), ((930, 360), 34)):
        canvas.fill(_bat(place, wide), NIGHT)
    table = canvas.mask(np.array([(-10, 840), (1034, 840), (1034, 1034), (-10, 1034)]))
    canvas.paint(table, mix((60, 36, 52), (26, 16, 34), np.clip((y - 840) / 190, 0, 1) + 0 * x))
    grain = noise(canvas, 14, 9, stretch=22.0)
    canvas.paint(table * np.clip((grain - 0.45) * 2, 0, 1), (20, 10, 26), 0.7)
    for edge in (840, 912, 996):
        canvas.fill(np.array([(-10, edge), (1034, edge), (1034, edge + 5), (-10, edge + 5)]), (14, 8, 20), 0.8)
    canvas.paint(table * glow(canvas, (MIDDLE, 930), (440, 90)), (255, 132, 40), 0.62)
    canvas.paint(table * glow(canvas, (MIDDLE, 884), (330, 40), 1.5), (18, 6, 12), 0.85)


def _bat(place: tuple[float, float], wide: float) -> np.ndarray:
    half = [(0, -0.16), (0.1, -0.34), (0.16, -0.16), (0.5, -0.42), (1.0, -0.3), (0.82, 0.06), (0.6, -0.06), (0.44, 0.2),
            (0.24, 0.08), (0, 0.36)]  # fmt: skip
    side = np.array(half) * wide
    return np.concatenate([side, (side * (-1, 1))[::-1][1:-1]]) + place


def _rind(canvas: Canvas, body: np.ndarray) -> None:
    x, y = grid(canvas)
    across = _RADII[0] * np.sqrt(np.clip(1 - ((y - _CENTRE[1]) / (_RADII[1] + 6)) ** 2, 0.004, 1))
    longitude = np.arcsin(np.clip((x - _CENTRE[0]) / across, -1, 1))
    bulge = np.abs(np.cos(_RIBS / 2 * longitude))
    facing = np.cos(longitude) * np.clip(1.15 - 0.7 * ((y - 500) / 360) ** 2, 0.2, 1)
    canvas.paint(body, mix(DARK, RIND, np.clip(0.3 + 0.9 * facing, 0, 1)))
    canvas.paint(body * (bulge**0.7 * facing).astype(np.float32), BRIGHT, 0.5)
    canvas.paint(body * ((1 - bulge) ** 2.4).astype(np.float32), DARK, 0.8)
    fine_grain = noise(canvas, 17, 8, stretch=0.5) * 0.5 + noise(canvas, 18, 40) * 0.5
    canvas.paint(body * np.clip((fine_grain - 0.5) * 2, 0, 1), (255, 190, 100), 0.22)
    canvas.paint(body * np.clip((0.5 - fine_grain) * 2, 0, 1), DARK, 0.3)
    canvas.paint(canvas.rim(body, 60, (-10, -40)), (58, 16, 34), 0.9)
    canvas.paint(canvas.rim(body, 11, (-9, 10)), MOON, 0.75)
    canvas.paint(body * glow(canvas, (_CENTRE[0], 216), (120, 34), 1.5), (48, 22, 20), 0.75)
    for place, radii in (((312, 300), (26, 40)), ((460, 272), (16, 30)), ((644, 282), (22, 34))):
        canvas.paint(body * glow(canvas, place, radii), (255, 226, 190), 0.4)


def _stem(canvas: Canvas) -> None:
    outline = spline([(444, 252), (462, 190), (470, 130), (440, 70), (498, 44), (546, 66), (552, 140), (566, 200),
                      (592, 250), (MIDDLE, 268)], closed=True)  # fmt: skip
    stem = canvas.mask(outline)
    canvas.paint(stem, (94, 112, 56))
    for k in range(6):
        line = spline([(456 + 25 * k, 262), (474 + 15 * k, 180), (470 + 14 * k, 110), (452 + 16 * k, 60)])
        canvas.stroke(line, (12, 8, 6, 6), (50, 62, 38) if k % 2 else (134, 150, 78), 0.85, within=stem)
    canvas.paint(canvas.rim(stem, 16, (-14, 4)), (34, 36, 34), 0.8)
    canvas.paint(canvas.rim(stem, 6, (7, 5)), MOON, 0.5)
    canvas.fill(ellipse((492, 60), (46, 20), degrees=-4), (156, 160, 96))
    canvas.fill(ellipse((494, 61), (30, 11), degrees=-4), (112, 116, 66))
    tendril = [(576, 232), (640, 190), (700, 216), (690, 256), (656, 246), (668, 204), (730, 178), (780, 214)]
    canvas.stroke(spline(tendril[:5]), (9, 9, 8, 7), (70, 96, 50))
    canvas.stroke(spline(tendril[4:]), (7, 7, 5, 1), (70, 96, 50))
    for side in (same, mirrored):
        leaf = spline(
            side([(556, 250), (600, 214), (664, 238), (706, 292), (664, 290), (640, 322), (606, 292), (570, 296)]),
            closed=True,
        )
        mask = canvas.mask(leaf)
        canvas.paint(canvas.blurred(canvas.shifted(mask, (0, 14)), 9), (40, 12, 20), 0.6)
        canvas.paint(mask, (70, 104, 56))
        canvas.paint(canvas.rim(mask, 12, (-4, -12)), (30, 52, 38), 0.9)
        canvas.stroke(
            spline(side([(560, 258), (620, 256), (690, 286)])), (5, 4, 1) if side is same else (1, 4, 5), (122, 150, 86)
        )


def _carved(canvas: Canvas, cut: np.ndarray, hole: np.ndarray) -> None:
    """The flesh that a cut shows, and the light within."""
    x, y = grid(canvas)
    canvas.paint(cut, mix(FLESH, (214, 96, 26), np.clip((y - 340) / 520, 0, 1) + 0 * x))
    canvas.paint(canvas.rim(cut, 4, (0, 0)), (150, 56, 20), 0.8)
    canvas.paint(hole, mix((255, 196, 70), FLAME, np.clip(1.25 * glow(canvas, (MIDDLE, 690), (330, 330)), 0, 1)))
    canvas.paint(canvas.rim(hole, 8, (0, 10)), (240, 120, 30), 0.6)
