# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds that the network never sees in training: robots, cats drawn flat, and fruits. The list stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from . import dress, eyes, grounds, heads, mouths, noses, surface
from .curves import ellipse, mirrored, ribbon, smooth
from .dice import Colour, Dice, brightness, shade
from .pen import Pen
from .points import Curves, Lids, Lips
from .scene import frame


def _start(dice: Dice, head: heads.Head, size: int, turn: float = 0.35) -> Pen:
    pen = Pen(size, frame(dice, head, size, turn=turn, muzzle=(0.5, 0.0, 1.0)))
    pen.image = grounds.make(dice, size)
    return pen


def _box(centre: tuple[float, float], radii: tuple[float, float], count: int = 25) -> Lids:
    """The upper and the lower half of a box with soft corners, from left to right."""
    x = np.linspace(-1, 1, count)
    y = (1 - np.abs(x) ** 12) ** 0.3
    upper = np.stack([centre[0] + radii[0] * x, centre[1] - radii[1] * y], axis=1)
    return upper, np.stack([upper[:, 0], 2 * centre[1] - upper[:, 1]], axis=1)


def robot(dice: Dice, size: int) -> tuple[Pen, Curves]:
    """A metal box or drum: lamps or screens for eyes, a grille, a slot or a screen's line for a mouth, no nose."""
    head = heads.make(
        dice,
        chin=dice.between(0.9, 1.6),
        top=-dice.between(0.5, 1.0),
        middle=dice.between(0, 0.3),
        power=(dice.between(3.5, 9), dice.between(3.5, 9)),
        taper=dice.between(-0.1, 0.25),
        uneven=0.0,
    )
    pen = _start(dice, head, size)
    metal, dark = (
        dice.colour(saturation=(0, 0.6), value=(0.35, 0.95)),
        dice.colour(saturation=(0, 0.5), value=(0.02, 0.25)),
    )
    trim, line = dice.colour(), dice.between(0.02, 0.06)
    _shell(pen, dice, head, metal, dark, trim, line)
    spread, w = dice.between(0.34, 0.5), dice.between(0.13, 0.3)
    h = w * dice.between(0.5, 1.2)
    if dice.chance(0.3):  # one dark screen behind both
        upper, lower = _box((0, 0), (spread + w + 0.12, h + 0.12))
        pen.fill(np.concatenate([upper, lower[::-1]]), dark)
    glow = dice.colour(saturation=(0.3, 1), value=(0.7, 1))
    boxed, lids, iris = dice.chance(0.5), [], []
    gaze = np.array([dice.between(-0.3, 0.3) * w, dice.between(-0.3, 0.3) * h])
    pupil = dice.chance(0.65)
    for way in (-1, 1):
        upper, lower = _box((way * spread, 0), (w, h))
        if not boxed:
            ring = ellipse((way * spread, 0), (w, h), count=48)
            upper, lower = ring[24:][[*range(24)]], ring[24::-1]
            upper = np.concatenate([upper, ring[:1]])
        ring = np.concatenate([upper, lower[::-1]])
        pen.fill(ring, glow if pupil else shade(glow, 1.2))
        pen.line(ring, line, trim if dice.chance(0.4) else dark, closed=True)
        at = np.array([way * spread, 0]) + (gaze if pupil else 0)
        if pupil:
            pen.fill(ellipse((at[0], at[1]), (0.4 * min(w, h),) * 2), dark)
            pen.fill(ellipse((at[0] - 0.1 * w, at[1] - 0.12 * h), (0.1 * w,) * 2, count=12), (255, 255, 255))
        lids.append((upper, lower))
        iris.append(at)
    brow_curves = None
    if dice.chance(0.35):
        slope, lift = dice.between(-0.1, 0.1), h + dice.between(0.1, 0.25)
        right = np.array([(-spread - w, slope - lift), (-spread + w, -slope - lift)])
        brow_curves = right, mirrored(right)[::-1]
        for brow in brow_curves:
            pen.fill(ribbon(brow, dice.between(0.05, 0.1)), dark)
    y, wide = dice.between(0.55, 0.75) * head.chin, dice.between(0.25, 0.6)
    lips = _grille(pen, dice, y, wide, dark, trim)
    return pen, Curves(jaw=head.jaw, eyes=(lids[0], lids[1]), mouth=lips, brows=brow_curves, iris=np.array(iris))


def _shell(pen: Pen, dice: Dice, head: heads.Head, metal: Colour, dark: Colour, trim: Colour, line: float) -> None:
    """The box itself, antenna, bolts, rivets and seams."""
    if dice.chance(0.7):
        block = np.array([(-1.1, head.chin + 0.3), (1.1, head.chin + 0.3), (1.2, 5), (-1.2, 5)])
        pen.fill(
            np.array([(-0.25, 0.5), (0.25, 0.5), (0.25, head.chin + 0.4), (-0.25, head.chin + 0.4)]),
            shade(metal, 0.6),
            body=True,
        )
        pen.fill(block, shade(metal, dice.between(0.7, 1.1)), body=True)
    if dice.chance(0.6):  # antenna
        tip = (dice.between(-0.5, 0.5), head.top - dice.between(0.3, 0.8))
        pen.line(np.array([(0, head.top + 0.1), tip]), 0.05, dark)
        pen.fill(ellipse(tip, (0.1, 0.1)), trim)
    if dice.chance(0.6):
        for way in (-1, 1):
            pen.fill(
                np.array([(way * 0.9, -0.2), (way * 1.25, -0.15), (way * 1.25, 0.35), (way * 0.9, 0.4)]),
                trim,
                body=True,
            )
    outline = pen.pose.outline(head.outline)
    pen.fill(outline, metal, px=True, body=True)
    surface.apply(
        pen,
        dice,
        dice.pick(["flat", "gradient", "cel", "toon3d"]),
        head,
        muzzle=(0, 0, 0),
        nose=(0.5, 0),
        eyes=(0.4, 0.0),
    )
    if dice.chance(0.7):
        pen.line(outline, line, dark, px=True, closed=True)
    for _ in range(int(dice.rng.integers(0, 5))):  # rivets, seams
        y = dice.between(head.top * 0.9, head.chin * 0.95)
        for way in (-1, 1):
            pen.fill(ellipse((way * 0.88 * dress.edge(head, y), y), (0.035, 0.035), count=12), shade(metal, 0.6))
    if dice.chance(0.4):
        pen.line(np.array([(-0.95, -0.5), (0.95, -0.5)]), 0.02, shade(metal, 0.6))


def _grille(pen: Pen, dice: Dice, y: float, w: float, dark, trim) -> Lips:
    if dice.chance(0.4):  # a slot or a drawn line
        thick, bend = dice.between(0.04, 0.1), dice.between(-0.1, 0.2)
        x = np.linspace(-1, 1, 21)
        path = np.stack([w * x, y + bend * (0.5 - x**2)], axis=1)
        pen.fill(ribbon(path, thick), dark)
        return path - (0, thick / 2), path - (0, 0.005), path + (0, 0.005), path + (0, thick / 2)
    h, rim = dice.between(0.08, 0.2), dice.between(0.01, 0.04)
    top, bottom = _box((0, y), (w, h))
    upper, lower = _box((0, y), (w - rim, h - rim))
    ring = np.concatenate([top, bottom[::-1]])
    pen.fill(ring, dice.pick([dark, (230, 230, 225), trim]))
    for x in np.linspace(-w, w, int(dice.rng.integers(4, 10)))[1:-1]:
        pen.line(np.array([(x, y - h), (x, y + h)]), 0.025, shade(trim, 0.4))
    if dice.chance(0.5):
        pen.line(np.array([(-w, y), (w, y)]), 0.025, shade(trim, 0.4))
    pen.line(ring, rim, dark, closed=True)
    return top, upper, lower, bottom


def cat(dice: Dice, size: int) -> tuple[Pen, Curves]:
    """A cat drawn flat, with a line around: two triangles on top, a small nose, a w for a mouth, whiskers."""
    head = heads.make(
        dice,
        chin=dice.between(0.75, 1.1),
        top=-dice.between(0.55, 0.9),
        middle=dice.between(0.05, 0.4),
        power=(dice.between(2, 3), dice.between(1.9, 2.6)),
        cheek=dice.between(0, 0.2),
    )
    pen = _start(dice, head, size)
    fur = dice.colour((15, 40), (0, 0.8), (0.1, 1))
    ink = dice.colour((0, 60), (0, 0.4), (0.02, 0.2)) if brightness(fur) > 0.25 else (235, 225, 210)
    line = dice.between(0.02, 0.05)
    if dice.chance(0.6):
        pen.fill(smooth([(-0.8, 4), (-0.7, head.chin), (0.7, head.chin), (0.8, 4)], 24), fur, body=True)
    spread, tall = dice.between(0.5, 0.75), dice.between(0.5, 0.8)
    for way in (-1, 1):
        base = -dress.edge(head, -0.3)
        ear = np.array(
            [
                (way * (spread - 0.35), head.top * 0.75),
                (way * (spread + dice.between(0, 0.25)), head.top - tall),
                (way * min(spread + 0.45, -base), head.top * 0.2),
            ]
        )
        pen.fill(ear, fur, body=True)
        pen.line(ear, line, ink, closed=True)
        pen.fill(ear * 0.6 + ear.mean(axis=0) * 0.4, dice.colour((335, 365), (0.2, 0.5), (0.7, 1)))
    outline = pen.pose.outline(head.outline)
    pen.fill(outline, fur, px=True, body=True)
    if dice.chance(0.85):
        pen.line(outline, line, ink, px=True, closed=True)
    for k in range(int(dice.rng.integers(0, 4))):
        pen.fill(
            ribbon(smooth([(0.16 * (k - 1), head.top * 0.95), (0.14 * (k - 1), head.top * 0.55)], 6), [0.1, 0.01]),
            shade(fur, 0.6),
        )
    y = dice.between(0.34, 0.55) * head.chin
    mouth_y = y + dice.between(0.1, 0.22)
    if dice.chance(0.5):
        noses.muzzle(pen, dice, y=mouth_y + 0.05, width=0.4, height=0.25, colour=shade(fur, 1.7))
    plan = eyes.plan(dice, dice.pick(["beast", "dot", "oval", "anime", "closed"]), ink=ink, size=dice.between(0.9, 1.3))
    y, mouth_y = max(y, 0.7 * plan.height), max(mouth_y, 0.7 * plan.height + 0.12)
    bridge, pad = noses.draw(
        pen, dice, dice.pick(["triangle", "heart"]), y=y, width=dice.between(0.06, 0.13), ink=ink, skin=fur
    )
    lips = mouths.draw(pen, dice, "animal", y=mouth_y, width=dice.between(0.15, 0.35), ink=ink, skin=fur, nose_y=y)
    lids, iris = eyes.draw(pen, plan, dice, skin=fur)
    dress.whiskers(pen, dice, mouth_y, ink)
    return pen, Curves(jaw=head.jaw, eyes=lids, mouth=lips, bridge=bridge, nose=pad, iris=iris)


def fruit(dice: Dice, size: int) -> tuple[Pen, Curves]:
    """A fruit or vegetable with a face: a shape that no head has, stalk and leaves, shine, small features."""
    long = dice.chance(0.4)
    head = heads.make(
        dice,
        chin=dice.between(1.3, 2.2) if long else dice.between(0.9, 1.4),
        top=-dice.between(0.6, 1.8),
        middle=dice.between(0.1, 0.8),
        power=(dice.between(1.4, 2.4), dice.between(1.5, 2.3)),
        taper=dice.between(-0.3, 0.6) if long else dice.between(-0.1, 0.5),
        uneven=0.06,
    )
    pen = _start(dice, head, size)
    peel = dice.colour(saturation=(0.5, 1), value=(0.4, 1))
    ink = dice.colour(saturation=(0, 0.5), value=(0.02, 0.2)) if brightness(peel) > 0.25 else (250, 245, 235)
    green, t = dice.colour((80, 140), (0.4, 0.9), (0.3, 0.8)), head.top
    outline = pen.pose.outline(head.outline)
    pen.fill(outline, peel, px=True, body=True)
    if dice.chance(0.4):  # seeds or pores
        for _ in range(30):
            x, y = dice.between(-0.9, 0.9), dice.between(t, head.chin)
            if abs(x) < 0.9 * dress.edge(head, y):
                pen.fill(ellipse((x, y), (0.02, 0.04), count=10), shade(peel, dice.pick([0.7, 1.5])))
    surface.apply(
        pen,
        dice,
        dice.pick(["flat", "gradient", "toon3d", "cel"]),
        head,
        muzzle=(0, 0, 0),
        nose=(0.5, 0),
        eyes=(0.4, 0),
    )
    pen.fill(
        ribbon(smooth([(0, t + 0.1), (0.05, t - 0.2), (dice.between(-0.3, 0.3), t - 0.5)], 10), [0.12, 0.08, 0.1]),
        shade(green, 0.6),
    )
    for _ in range(int(dice.rng.integers(1, 6))):
        angle = dice.between(-1.5, 1.5)
        leaf = ellipse((0.35 * np.sin(angle), t - 0.05 - 0.15 * np.cos(angle)), (0.13, 0.4), angle)
        pen.fill(leaf, shade(green, dice.between(0.8, 1.2)))
    if dice.chance(0.5):
        pen.line(outline, dice.between(0.015, 0.05), ink, px=True, closed=True)
    plan = eyes.plan(dice, dice.pick(["dot", "oval", "closed", "button", "anime"]), ink=ink)
    y = max(dice.between(0.35, 0.65) * head.chin, 0.9 * plan.height + 0.1)
    style = dice.pick(["line", "open", "round", "lips"])
    lips = mouths.draw(
        pen, dice, style, y=y, width=min(dice.between(0.18, 0.5), 0.7 * dress.edge(head, y)), ink=ink, skin=peel
    )
    if dice.chance(0.4):
        dress.spots(pen, dice, peel, plan)
    lids, iris = eyes.draw(pen, plan, dice, skin=peel)
    brow_curves = noses.brows(pen, dice, plan, ink) if dice.chance(0.4) else None
    return pen, Curves(jaw=head.jaw, eyes=lids, mouth=lips, brows=brow_curves, iris=iris)


HELD_OUT: Mapping[str, Callable[[Dice, int], tuple[Pen, Curves]]] = MappingProxyType(
    {"robot": robot, "cat": cat, "fruit": fruit}
)
