# SPDX-License-Identifier: GPL-3.0-or-later
"""What is around a face: ears, hats, horns, bodies, glasses, whiskers, spots."""

from __future__ import annotations

import numpy as np

from .curves import ellipse, mirrored, ribbon, smooth
from .dice import Colour, Dice, mix, shade
from .eyes import Eyes
from .heads import Head, ragged
from .pen import Pen


def both(
    pen: Pen,
    path: np.ndarray,
    colour: Colour,
    ink: Colour | None,
    line: float,
    *,
    body: bool = True,
    depth: float = -0.1,
) -> None:
    for side in (path, mirrored(path)):
        px = pen.pose(side, depth=depth)
        pen.fill(px, colour, px=True, body=body)
        if ink is not None:
            pen.line(px, line, ink, px=True, closed=True)


def edge(head: Head, y: float) -> float:
    """Half width of the head at a height."""
    ring = head.outline[head.outline[:, 0] > 0]
    order = np.argsort(ring[:, 1])
    return float(np.interp(y, ring[order, 1], ring[order, 0]))


def ears(pen: Pen, dice: Dice, style: str, head: Head, colour: Colour, ink: Colour | None, line: float) -> None:
    """human, round, pointed, long, floppy, horns, leaf, elf or none; drawn before the head."""
    inner = (
        dice.colour((330, 390), (0.15, 0.6), (0.6, 1)) if dice.chance(0.6) else shade(colour, dice.between(0.6, 1.4))
    )
    t = head.top
    if style in ("human", "elf"):
        y, size = dice.between(0.0, 0.4), dice.between(0.12, 0.26)
        x = edge(head, y) + 0.3 * size
        tip = (x + 1.5 * size, y - 2.8 * size) if style == "elf" else (x + 0.9 * size, y - 1.0 * size)
        ear = smooth(
            [
                (x - size, y - 0.6 * size),
                tip,
                (x + 1.0 * size, y + 0.1 * size),
                (x + 0.3 * size, y + 1.3 * size),
                (x - size, y + size),
            ],
            24,
        )
        both(pen, ear, colour, ink, line)
        both(pen, (ear - (x, y)) * 0.5 + (x + 0.1 * size, y), shade(colour, 0.8), None, line, body=False)
        return
    if style == "none":
        return
    x = dice.between(0.4, 0.95)
    y = -np.interp(x, [0, 1], [1, 0.35]) * -t * dice.between(0.75, 0.95)
    lean = dice.between(-0.1, 0.4)
    if style == "round":
        r = dice.between(0.2, 0.5)
        shape = ellipse((x, y - 0.3 * r), (r, r * dice.between(0.85, 1.2)), count=22)
    elif style == "pointed":
        w, h = dice.between(0.22, 0.45), dice.between(0.4, 1.1)
        shape = smooth(
            [
                (x - w, y + 0.25),
                (x + 0.4 * lean - 0.1 * w, y - 0.85 * h),
                (x + lean, y - h),
                (x + lean + 0.25 * w, y - 0.8 * h),
                (x + w, y + 0.45),
            ],
            24,
        )
    elif style in ("long", "leaf"):
        w = dice.between(0.13, 0.28)
        h = dice.between(1.0, 2.2) if style == "long" else dice.between(0.5, 1.0)
        out = dice.between(-0.2, 0.7) * (1 if style == "long" else 1.5)
        root = np.array([0.6 * x, y + 0.1])
        axis = np.stack([root, root + (0.4 * out, -0.5 * h), root + (out, -h)])
        shape = ribbon(smooth(axis, 14), np.array([1.2, 1.9, 2.2, 1.6, 0.3]) * w)
    elif style == "floppy":
        w, h = dice.between(0.2, 0.42), dice.between(0.7, 1.7)
        x = dice.between(0.75, 1.0)
        axis = smooth([(x - 0.2, y), (x + 0.3 + 0.5 * lean, y + 0.2 * h), (x + 0.25 + lean, y + h)], 16)
        shape = ribbon(axis, np.array([0.8, 1.6, 2.0, 1.5, 0.3]) * w)
    else:  # horns
        h = dice.between(0.3, 0.9)
        axis = smooth(
            [(0.7 * x, y + 0.15), (0.7 * x + 0.35 * h, y - 0.4 * h), (0.7 * x + dice.between(-0.1, 0.6) * h, y - h)], 14
        )
        shape = ribbon(axis, np.array([0.25, 0.18, 0.02]))
        colour = dice.colour((20, 60), (0.1, 0.5), (0.4, 1))
    rough = ragged(dice, shape, 0.05) if dice.chance(0.2) else shape
    both(pen, rough, colour, ink, line)
    if style != "horns" and dice.chance(0.75):
        middle = shape.mean(axis=0)
        both(pen, (shape - middle) * dice.between(0.5, 0.7) + middle + (0, 0.03), inner, None, line, body=False)


def hat(pen: Pen, dice: Dice, head: Head, colour: Colour, ink: Colour | None, line: float) -> None:
    """A cap, a cone, a cloth, a crown, a helmet's rim or a bow."""
    t = head.top
    rim = t * dice.between(0.45, 0.8)
    w = edge(head, rim) * dice.between(1.02, 1.2)
    form = dice.pick(["cap", "cone", "cloth", "crown", "bow"])
    if form == "cap":
        shape = smooth([(-w, rim), (-0.9 * w, 1.15 * t), (0, 1.35 * t), (0.9 * w, 1.15 * t), (w, rim)], 36)
    elif form == "cone":
        tip = (dice.between(-1.2, 1.2), t - dice.between(0.4, 1.3))
        shape = np.array([(-w, rim), (-0.6 * w, 1.1 * t), tip, (0.6 * w, 1.1 * t), (w, rim)])
    elif form == "cloth":
        shape = smooth(
            [
                (-1.1, 0.3),
                (-1.15, 0.8 * t),
                (0, 1.2 * t),
                (1.15, 0.8 * t),
                (1.1, 0.3),
                (0.85, rim),
                (0, rim * 1.1),
                (-0.85, rim),
                (-1.1, 0.3),
            ],
            48,
        )
    elif form == "crown":
        x = np.linspace(-w, w, 11)
        shape = np.concatenate(
            [np.stack([x, np.where(np.arange(11) % 2, t - 0.5, t - 0.05)], axis=1), [(w, rim), (-w, rim)]]
        )
    else:
        at = (dice.between(-0.7, 0.7), t * dice.between(0.8, 1.05))
        shape = np.array([(0, 0), (0.35, -0.2), (0.35, 0.2), (-0.35, -0.2), (-0.35, 0.2)]) + at
    px = pen.pose(shape, depth=0.1)
    pen.fill(px, colour, px=True, body=True)
    if ink is not None:
        pen.line(px, line, ink, px=True, closed=True)
    if form in ("cap", "cone", "cloth") and dice.chance(0.5):
        pen.fill(
            ribbon(smooth([(-w, rim), (0, rim * 0.9), (w, rim)], 20), dice.between(0.1, 0.3)),
            shade(colour, dice.pick([0.6, 1.4])),
        )


def body(pen: Pen, dice: Dice, head: Head, skin: Colour, colour: Colour, ink: Colour | None, line: float) -> None:
    """Neck and shoulders, or a big soft body right behind the chin."""
    c = head.chin
    w, drop = dice.between(0.9, 2.4), dice.between(0.05, 0.5)
    if dice.chance(0.6):
        neck = dice.between(0.3, 0.65)
        collar = np.array([(-neck, 0.5 * c), (-neck, c + drop + 0.3), (neck, c + drop + 0.3), (neck, 0.5 * c)])
        px = pen.pose(collar, depth=-0.1)
        pen.fill(px, shade(skin, dice.between(0.75, 1.0)), px=True, body=True)
        if ink is not None:
            pen.line(px, line, ink, px=True)
    else:
        drop -= dice.between(0.2, 0.7)
    shoulders = smooth(
        [
            (-w, c + drop + 4),
            (-w, c + drop + 0.8),
            (-0.6 * w, c + drop + 0.25),
            (0, c + drop),
            (0.6 * w, c + drop + 0.25),
            (w, c + drop + 0.8),
            (w, c + drop + 4),
        ],
        40,
    )
    if dice.chance(0.25):
        shoulders = ragged(dice, shoulders, 0.12)
    px = pen.pose(shoulders, depth=-0.2)
    pen.fill(px, colour, px=True, body=True)
    if ink is not None:
        pen.line(px, line, ink, px=True)
    for _ in range(int(dice.rng.integers(0, 3))):
        spot = ellipse(
            (dice.between(-w, w), c + drop + dice.between(0.3, 1.5)), (dice.between(0.05, 0.4), dice.between(0.05, 0.6))
        )
        pen.fill(pen.pose(spot, depth=-0.2), dice.colour(), px=True)


def skull(pen: Pen, dice: Dice, head: Head, colour: Colour, ink: Colour | None, line: float) -> None:
    """The back of a turned head, seen on the near side; drawn before the face."""
    low, top = dice.between(0.4, 0.85) * head.chin, head.top * dice.between(1.0, 1.1)
    back = ellipse((0, (low + top) / 2), (dice.between(0.9, 1.05), (low - top) / 2))
    px = pen.pose(back, depth=-dice.between(0.4, 1.1))
    pen.fill(px, colour, px=True, body=True)
    if ink is not None:
        pen.line(px, line, ink, px=True, closed=True)


def near_ear(pen: Pen, dice: Dice, head: Head, colour: Colour, ink: Colour | None, line: float) -> None:
    """The one ear that a turned head shows, right behind the end of the jaw."""
    y, size = dice.between(0.0, 0.35), dice.between(0.14, 0.28)
    way = -1 if pen.pose.yaw > 0 else 1
    shape = ellipse((way * (edge(head, y) + 0.25 * size), y), (0.6 * size, 1.15 * size), way * dice.between(-0.1, 0.4))
    px = pen.pose(shape, depth=-0.1)
    pen.fill(px, shade(colour, dice.between(0.85, 1.1)), px=True, body=True)
    if ink is not None:
        pen.line(px, line, ink, px=True, closed=True)
    inside = pen.pose((shape - shape.mean(axis=0)) * 0.55 + shape.mean(axis=0), depth=-0.1)
    pen.line(inside, 0.02, shade(colour, dice.between(0.5, 0.8)), px=True)


def glasses(pen: Pen, dice: Dice, eyes: Eyes, colour: Colour) -> None:
    r = max(eyes.width, eyes.height, 0.15) * dice.between(1.15, 1.6)
    r = min(r, eyes.spread * 0.97)
    thick = dice.between(0.02, 0.07)
    for way in (-1, 1):
        ring = ellipse((way * eyes.spread, 0.02), (r, r * dice.between(0.75, 1.05)), count=26)
        if dice.chance(0.3):
            pen.paint(pen.mask(ring), (255, 255, 255), dice.between(0.05, 0.25))
        pen.line(ring, thick, colour, closed=True)
        pen.line(np.array([(way * (eyes.spread + r), 0), (way * 1.0, -0.03)]), thick, colour)
    pen.line(np.array([(-(eyes.spread - r), -0.02), (eyes.spread - r, -0.02)]), thick, colour)


def whiskers(pen: Pen, dice: Dice, y: float, colour: Colour) -> None:
    for way in (-1, 1):
        for _ in range(int(dice.rng.integers(2, 6))):
            slope, reach = dice.between(-0.3, 0.4), dice.between(0.5, 1.3)
            root = np.array([way * dice.between(0.2, 0.35), y + dice.between(-0.12, 0.12)])
            pen.line(
                smooth([root, root + (0.5 * way * reach, 0.35 * slope - 0.05), root + (way * reach, slope)], 10),
                0.012,
                colour,
            )


def spots(pen: Pen, dice: Dice, colour: Colour, eyes: Eyes) -> None:
    """Cheeks, freckles, patches around the eyes, stripes, scars, wrinkles."""
    what = dice.pick(["cheeks", "freckles", "patches", "stripes", "wrinkles"])
    if what == "cheeks":
        pink = dice.colour((335, 380), (0.4, 0.8), (0.8, 1))
        x, y, r = dice.between(0.5, 0.75), dice.between(0.35, 0.7), dice.between(0.1, 0.25)
        for way in (-1, 1):
            pen.paint(
                pen.mask(ellipse((way * x, y), (r, 0.75 * r)), blur=dice.between(0, 0.08)), pink, dice.between(0.3, 0.9)
            )
    elif what == "freckles":
        for _ in range(int(dice.rng.integers(4, 14))):
            pen.fill(
                ellipse((dice.between(-0.7, 0.7), dice.between(0.25, 0.6)), (0.02, 0.02), count=10), shade(colour, 0.7)
            )
    elif what == "patches":
        other = dice.colour(saturation=(0, 0.5), value=(0.1, 1.0))
        sides = (-1, 1) if dice.chance(0.6) else (dice.sign(),)
        for way in sides:
            r = max(eyes.width, eyes.height) * dice.between(1.3, 2)
            pen.fill(
                ellipse(
                    (way * eyes.spread, dice.between(-0.05, 0.1)),
                    (r, r * dice.between(0.8, 1.3)),
                    way * dice.between(-0.6, 0.6),
                ),
                other,
            )
    elif what == "stripes":
        for k in range(int(dice.rng.integers(2, 5))):
            for way in (-1, 1):
                root = (way * 1.0, 0.1 + 0.2 * k)
                pen.fill(
                    ribbon(
                        smooth([root, (way * 0.75, 0.12 + 0.2 * k), (way * 0.6, 0.18 + 0.2 * k)], 8), [0.1, 0.06, 0.0]
                    ),
                    shade(colour, 0.6),
                )
            pen.fill(
                ribbon(smooth([((k - 1.5) * 0.12, -0.8), ((k - 1.5) * 0.1, -0.45)], 6), [0.08, 0.01]),
                shade(colour, 0.6),
            )
    else:
        for way in (-1, 1):
            pen.line(smooth([(way * 0.3, 0.62), (way * 0.48, 0.8), (way * 0.5, 1.0)], 10), 0.015, shade(colour, 0.7))
            pen.line(
                smooth(
                    [
                        (way * (eyes.spread - 0.15), eyes.height + 0.1),
                        (way * eyes.spread, eyes.height + 0.15),
                        (way * (eyes.spread + 0.15), eyes.height + 0.1),
                    ],
                    8,
                ),
                0.012,
                shade(colour, 0.75),
            )


def lined_eyes(pen: Pen, dice: Dice, eyes: Eyes, colour: Colour, dark: Colour) -> None:
    """What fur does around eyes: a dark rim, a tear line to the nose, light spots above."""
    w, h = max(eyes.width, 0.08), max(eyes.height, 0.06)
    rim = eyes.style in ("beast", "almond", "oval") and dice.chance(0.7)
    spot, tear = dice.chance(0.4), dice.chance(0.3)
    tone, light = mix(colour, dark, dice.between(0.4, 0.8)), shade(colour, dice.between(1.2, 1.8))
    reach, lean, size = dice.between(1.15, 1.5), dice.between(-0.4, 0.4), dice.between(0.5, 1.1)
    for way in (-1, 1):
        at = (way * eyes.spread, 0.0)
        if spot:
            spot_at = ellipse((at[0] * 0.9, -1.6 * h - 0.08), (size * w, 0.5 * size * w), way * lean)
            pen.paint(pen.mask(spot_at, blur=0.04), light, 0.8)
        if tear:
            pen.paint(pen.mask(ellipse((at[0] * 0.75, 0.16 + 0.5 * h), (0.06, 0.2), way * 0.5), blur=0.03), tone, 0.5)
        if rim:
            pen.paint(pen.mask(ellipse(at, (reach * w, reach * h), way * eyes.tilt), blur=0.015), tone, 0.9)
