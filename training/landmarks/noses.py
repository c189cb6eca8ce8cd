# SPDX-License-Identifier: GPL-3.0-or-later
"""Noses and brows. Each function draws one and gives its curves."""

from __future__ import annotations

import numpy as np

from .curves import ellipse, mirrored, ribbon, smooth
from .dice import Colour, Dice, shade
from .eyes import Eyes
from .pen import Pen

HUMAN = ("shaded", "line", "hook", "button", "wedge", "nostrils")
ANIMAL = ("pad", "heart", "triangle")


def draw(
    pen: Pen, dice: Dice, style: str, *, y: float, width: float, ink: Colour, skin: Colour
) -> tuple[np.ndarray, np.ndarray]:
    """A nose whose base is at height y and reaches `width` to either side: (bridge, base)."""
    if style in ANIMAL:
        return _pad(pen, dice, style, y, width, ink)
    w = width
    tip = y - dice.between(0.08, 0.28) * max(y, 0.25)
    base = smooth(
        [(-w, y - 0.18 * w), (-0.5 * w, y + 0.12 * w), (0, y + 0.22 * w), (0.5 * w, y + 0.12 * w), (w, y - 0.18 * w)],
        25,
    )
    bridge = smooth([(0, 0.0), (0, 0.5 * tip), (0, tip)], 13)
    dark = shade(skin, dice.between(0.55, 0.85))
    thick = dice.between(0.012, 0.04)
    if style == "shaded":
        side = dice.sign()
        plane = smooth(
            [
                (0.25 * w * side, 0.1),
                (0.3 * w * side, 0.6 * tip),
                (0.95 * w * side, tip + 0.4 * (y - tip)),
                (0.9 * w * side, y),
                (0.15 * w * side, y),
                (0.1 * w * side, 0.5 * tip),
            ],
            30,
        )
        pen.paint(pen.mask(plane, blur=0.03), dark, dice.between(0.3, 0.9))
        ball = ellipse((0, tip), (0.45 * w, 0.4 * w))
        pen.paint(pen.mask(ball, blur=0.04), shade(skin, dice.between(1.15, 1.5)), 0.7)
        pen.fill(
            ribbon(base, [thick, 0.5 * thick, 1.2 * thick, 0.5 * thick, thick]), shade(skin, dice.between(0.4, 0.75))
        )
        _nostrils(pen, dice, y, w, shade(skin, dice.between(0.2, 0.5)))
    elif style == "line":
        pen.line(base[3:-3] if dice.chance(0.5) else base, thick, ink if dice.chance(0.5) else dark)
        if dice.chance(0.5):
            pen.line(bridge[3:] + (0.4 * w * dice.sign(), 0), thick, dark)
    elif style == "hook":
        way = dice.sign()
        hook = smooth(
            [
                (0, 0.25 * tip),
                (0.25 * w * way, 0.7 * tip),
                (0.95 * w * way, y - 0.2 * w),
                (0.5 * w * way, y + 0.12 * w),
                (0, y + 0.22 * w),
                (-0.3 * w * way, y + 0.15 * w),
            ],
            25,
        )
        pen.line(hook, thick, ink if dice.chance(0.6) else dark)
    elif style == "button":
        ball = ellipse((0, y - 0.7 * w), (w, 0.95 * w))
        colour = (
            dice.colour((350, 380), (0.3, 0.9), (0.6, 1)) if dice.chance(0.4) else shade(skin, dice.between(0.7, 1.15))
        )
        pen.fill(ball, colour)
        if dice.chance(0.6):
            pen.line(ball, thick, ink if dice.chance(0.6) else shade(colour, 0.6), closed=True)
        if dice.chance(0.6):
            pen.paint(pen.mask(ellipse((-0.2 * w, y - 1.0 * w), (0.3 * w, 0.25 * w)), blur=0.02), (255, 255, 255), 0.6)
        angle = np.linspace(np.pi, 0, 25) + 0.0
        base = np.stack([w * np.cos(angle), y - 0.7 * w + 0.95 * w * np.sin(angle)], axis=1)
        bridge = smooth([(0, 0.0), (0, 0.4 * y), (0, y - 0.75 * w)], 13)
    elif style == "wedge":
        shape = np.array([(0, max(tip - 0.5 * y, 0.05)), (w, y - 0.1 * w), (0, y + 0.2 * w), (-w, y - 0.1 * w)])
        pen.fill(smooth(np.concatenate([shape, shape[:1]]), 24), shade(skin, dice.between(0.65, 1.2)))
        pen.line(base, thick, dark)
    else:
        _nostrils(pen, dice, y, w, ink)
    return bridge, base


def _nostrils(pen: Pen, dice: Dice, y: float, w: float, colour: Colour) -> None:
    size = dice.between(0.12, 0.25) * w
    for way in (-1, 1):
        pen.fill(ellipse((way * 0.45 * w, y + 0.02 * w), (size * 1.3, size), way * 0.3, 14), colour)


def _pad(pen: Pen, dice: Dice, style: str, y: float, w: float, ink: Colour) -> tuple[np.ndarray, np.ndarray]:
    h = w * dice.between(0.5, 0.95)
    if style == "triangle":
        base = smooth(
            [(-w, y - 1.6 * h), (-0.7 * w, y - 0.75 * h), (0, y), (0.7 * w, y - 0.75 * h), (w, y - 1.6 * h)], 25
        )
        roof = smooth(
            [(w, y - 1.6 * h), (0.5 * w, y - 2 * h), (0, y - 1.9 * h), (-0.5 * w, y - 2 * h), (-w, y - 1.6 * h)], 17
        )
    elif style == "heart":
        base = smooth(
            [
                (-w, y - 1.2 * h),
                (-0.75 * w, y - 0.6 * h),
                (-0.2 * w, y - 0.2 * h),
                (0, y),
                (0.2 * w, y - 0.2 * h),
                (0.75 * w, y - 0.6 * h),
                (w, y - 1.2 * h),
            ],
            25,
        )
        roof = smooth(
            [(w, y - 1.2 * h), (0.6 * w, y - 1.9 * h), (0, y - 1.75 * h), (-0.6 * w, y - 1.9 * h), (-w, y - 1.2 * h)],
            17,
        )
    else:
        angle = np.linspace(np.pi, 0, 25)
        base = np.stack([w * np.cos(angle), y - h + h * np.sin(angle)], axis=1)
        roof = (base * (1, -1) + (0, 2 * (y - h)))[::-1]
    colour = ink if dice.chance(0.55) else dice.colour((340, 385), (0.2, 0.7), (0.3, 0.95))
    ring = np.concatenate([base, roof[1:-1]])
    pen.fill(ring, colour)
    if dice.chance(0.4):
        pen.line(ring, dice.between(0.01, 0.03), shade(colour, 0.5), closed=True)
    if dice.chance(0.6):
        pen.paint(
            pen.mask(ellipse((dice.between(-0.3, 0.3) * w, y - 1.5 * h), (0.35 * w, 0.18 * h)), blur=0.02),
            shade(colour, 1.7),
            0.8,
        )
    if dice.chance(0.45):
        for way in (-1, 1):
            pen.fill(ellipse((way * 0.42 * w, y - 0.6 * h), (0.16 * w, 0.2 * h), count=14), shade(colour, 0.35))
    top = float(roof[:, 1].min())
    return smooth([(0, 0), (0, 0.5 * top), (0, top + 0.33 * (y - top))], 13), base


def muzzle(pen: Pen, dice: Dice, *, y: float, width: float, height: float, colour: Colour) -> None:
    """The light (or dark) patch around an animal's nose and mouth: an oval, two bulges, or a blaze to the brow."""
    form = dice.pick(["oval", "pair", "blaze", "mask"])
    blur = dice.between(0, 0.1) if dice.chance(0.6) else 0.0
    shapes = [ellipse((0, y), (width, height))]
    if form == "pair":
        shapes = [ellipse((way * 0.45 * width, y), (0.62 * width, 0.8 * height)) for way in (-1, 1)]
        shapes.append(ellipse((0, y + 0.6 * height), (0.5 * width, 0.5 * height)))
    elif form == "blaze":
        shapes.append(
            smooth([(-0.4 * width, y), (-0.12, 0.1), (-0.1, -0.6), (0.1, -0.6), (0.12, 0.1), (0.4 * width, y)], 30)
        )
    elif form == "mask":
        shapes = [
            smooth(
                [
                    (-0.95, 0.35),
                    (-0.4, 0.3),
                    (-0.15, -0.2),
                    (0.15, -0.2),
                    (0.4, 0.3),
                    (0.95, 0.35),
                    (0.7, y + height),
                    (-0.7, y + height),
                ],
                40,
            )
        ]
    for shape in shapes:
        if blur * pen.pose.scale >= 1:
            pen.paint(pen.mask(shape, blur=blur), colour)
        else:
            pen.fill(shape, colour)


def brows(pen: Pen, dice: Dice, eyes: Eyes, colour: Colour) -> tuple[np.ndarray, np.ndarray]:
    """Both brows; curves from left to right as seen."""
    height = max(eyes.height, 0.07) + dice.between(0.06, 0.3)
    half, arch = dice.between(0.14, 0.34), dice.between(0.0, 0.14)
    slope, peak = dice.between(-0.14, 0.14), dice.between(-0.5, 0.3)
    thick = dice.between(0.025, 0.14)
    style = dice.pick(["taper", "even", "thin", "hairs", "soft"])
    inner = min(eyes.spread - 0.02, half)
    paths = []
    for way in (-1, 1):
        lift = dice.between(-0.05, 0.05) if dice.chance(0.3) else 0.0
        knots = np.array([(-half, slope), (peak * half, -arch), (inner, -slope)]) + (-eyes.spread, -height + lift)
        path = smooth(knots, 21)
        shown = path if way == -1 else mirrored(path)
        if style == "hairs":
            for root in shown[1 : -1 : 1 + int(dice.chance(0.5))]:
                lean = (dice.between(0.02, 0.08) * way, dice.between(-0.6, -0.2) * thick)
                pen.line(np.array([root - np.multiply(lean, 0.8), root + lean]), 0.018, dice.near(colour, 25))
        elif style == "thin":
            pen.line(shown, dice.between(0.01, 0.03), colour)
        else:
            form = [thick] if style == "even" else [0.15 * thick, 0.7 * thick, thick, 0.9 * thick]
            shape = ribbon(shown, form)
            if style == "soft":
                pen.paint(pen.mask(shape, blur=0.02), colour, dice.between(0.4, 0.9))
            else:
                pen.fill(shape, colour)
        paths.append(path if way == -1 else mirrored(path)[::-1])
    return paths[0], paths[1]


def over_brow(brow: np.ndarray) -> np.ndarray:
    """A shape that hides a brow."""
    low, high = brow.min(axis=0), brow.max(axis=0)
    return ellipse(tuple((low + high) / 2), tuple((high - low) / 2 * 1.1 + (0.08, 0.14)))
