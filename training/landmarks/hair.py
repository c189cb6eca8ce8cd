# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair behind and before a head, beards and moustaches."""

from __future__ import annotations

import numpy as np

from .curves import ellipse, mirrored, ribbon, smooth
from .dice import Colour, Dice, shade
from .dress import both
from .heads import Head, ragged
from .pen import Pen


def back_hair(pen: Pen, dice: Dice, head: Head, colour: Colour, ink: Colour | None, line: float) -> None:
    """Behind the head: a bob, long falls, pigtails, an afro."""
    t = head.top * dice.between(1.05, 1.35)
    low = dice.between(0.2, 2.6)
    w = dice.between(1.1, 1.6)
    shape = smooth(
        [
            (0, t),
            (-0.8 * w, 0.75 * t),
            (-w, 0),
            (-w * dice.between(0.8, 1.2), low),
            (0, low + dice.between(-0.2, 0.3)),
            (w * dice.between(0.8, 1.2), low),
            (w, 0),
            (0.8 * w, 0.75 * t),
            (0, t),
        ],
        48,
    )
    if dice.chance(0.3):
        shape = ragged(dice, shape, dice.between(0.05, 0.25))
    px = pen.pose(shape, depth=-0.3)
    pen.fill(px, colour, px=True, body=True)
    if ink is not None:
        pen.line(px, line, ink, px=True, closed=True)
    if dice.chance(0.2):
        tail = ellipse(
            (w * 1.1, dice.between(-0.3, 0.8)),
            (dice.between(0.2, 0.5), dice.between(0.4, 1.2)),
            dice.between(-0.5, 0.5),
        )
        both(pen, tail, shade(colour, 0.9), ink, line)


def front_hair(
    pen: Pen, dice: Dice, head: Head, colour: Colour, ink: Colour | None, line: float, *, low: float
) -> None:
    """The skull's cover with a fringe that ends about the height `low` (< 0 is above the eyes)."""
    t = head.top
    over = dice.between(1.02, 1.2)
    side = dice.between(-0.4, 0.5)
    skull = head.outline[head.outline[:, 1] < min(0.0, side)] * (over, over)
    skull = skull[np.argsort(np.arctan2(skull[:, 0], -skull[:, 1]))]  # left to right over the top
    count = int(dice.rng.integers(2, 9))
    style = dice.pick(["zigzag", "waves", "part", "line"])
    x = np.linspace(skull[-1, 0], skull[0, 0], 2 * count + 1)
    if style == "part":
        at = dice.between(-0.6, 0.6)
        y = np.interp(np.abs(x - at), [0, 0.4, 1.4], [0.85 * t, 0.6 * t, side])
    else:
        y = np.interp(np.abs(x), [0, 0.75, 1.1], [low, low, side])
        if style != "line":
            y = y + np.where(np.arange(len(x)) % 2 == 0, -0.35, 0.05) * abs(t) * dice.between(0.3, 1) * (
                dice.rng.random(len(x)) * 0.6 + 0.4
            )
    fringe = np.stack([x, y], axis=1)
    if style in ("waves", "part", "line"):
        fringe = smooth(fringe, 4 * len(x))
    top = ragged(dice, skull, dice.between(0.1, 0.5))[: len(skull) * 2] if dice.chance(0.0) else skull
    if dice.chance(0.3):  # tufts
        top = top * (1 + 0.2 * dice.rng.random((len(top), 1)) * (np.arange(len(top)) % 2)[:, None])
    shape = np.concatenate([top, fringe])
    pen.fill(shape, colour)
    pen.fill(pen.pose.outline(np.concatenate([top, top[::-1] * (0.9, 0.9)])), colour, px=True, body=True)
    if ink is not None:
        pen.line(fringe, line, ink)
        pen.line(pen.pose(top, depth=0.1), line, ink, px=True)
    for _ in range(int(dice.rng.integers(0, 8))):  # strands and shine
        a = dice.between(-0.9, 0.9)
        strand = smooth([(0.3 * a, 0.97 * t), (0.8 * a, 0.75 * t), (a, 0.5 * low + 0.35 * t)], 12)
        pen.line(strand, dice.between(0.01, 0.05), shade(colour, dice.pick([0.7, 0.85, 1.2, 1.4])))


def beard(pen: Pen, dice: Dice, head: Head, mouth_y: float, width: float, colour: Colour) -> None:
    """On the lower face, drawn before the mouth; the jaw's edge stays where the head ends."""
    low = head.jaw[(head.jaw[:, 1] > dice.between(0.2, 0.8) * mouth_y)]
    inner = smooth(
        [
            (0.75, mouth_y * 0.75),
            (1.1 * width, mouth_y - 0.1),
            (0, mouth_y - dice.between(0.1, 0.25)),
            (-1.1 * width, mouth_y - 0.1),
            (-0.75, mouth_y * 0.75),
        ],
        20,
    )
    pen.fill(np.concatenate([low, inner]), colour)


def moustache(pen: Pen, dice: Dice, nose_y: float, lip_y: float, width: float, colour: Colour) -> None:
    """Between nose and mouth, as wide as it likes: a decoy for the lips; a thick one hides the upper lip."""
    w, thick = width * dice.between(0.7, 2.2), dice.between(0.04, 0.16)
    y = nose_y + (lip_y - nose_y) * dice.between(0.4, 0.85)
    form = dice.pick(["straight", "handlebar", "drooping", "walrus"])
    if form == "handlebar":
        curl = dice.between(0.05, 0.3)
        path = [(0, y), (0.55 * w, y + dice.between(0.0, 0.1)), (0.9 * w, y - 0.3 * curl), (0.95 * w, y - curl)]
    elif form == "drooping":
        path = [(0, y), (0.6 * w, y + 0.03), (w, y + 0.15), (1.05 * w, y + dice.between(0.2, 0.6))]
    elif form == "walrus":
        thick = dice.between(0.14, 0.3)
        path = [(0, y), (0.5 * w, y + 0.3 * thick), (w, y + dice.between(0.05, 0.25))]
    else:
        path = [(0, y), (0.5 * w, y + 0.1 * thick), (w, y + dice.between(-0.15, 0.25))]
    half = smooth(path, 18)
    for shown in (half, mirrored(half)):
        pen.fill(ribbon(shown, [0.8 * thick, 1.2 * thick, 0.7 * thick, 0.1 * thick]), colour)
        if dice.chance(0.5):
            for k in range(2, 16, 3):
                lean = (shown[k] - shown[k - 2]) * 1.5 + (0, 0.4 * thick)
                pen.line(np.array([shown[k] - 0.4 * lean, shown[k] + 0.5 * lean]), 0.012, shade(colour, 0.75))
