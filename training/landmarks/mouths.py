# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths: lines, lips, open mouths, muzzles' mouths and beaks."""

from __future__ import annotations

import numpy as np

from .curves import ellipse, ribbon, smooth
from .dice import Colour, Dice, shade
from .pen import Pen
from .points import Lips

STYLES = ("line", "lips", "open", "round", "animal", "flews", "beak")


def draw(
    pen: Pen, dice: Dice, style: str, *, y: float, width: float, ink: Colour, skin: Colour, nose_y: float | None = None
) -> Lips:
    """Draws a mouth with its middle at (0, y) and corners `width` to either side; its four edges."""
    return _DRAW[style](pen, dice, y, width, ink, skin, nose_y)


def _line(pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None) -> Lips:
    bend, skew, wave = dice.between(-0.25, 0.5) * w, dice.between(-0.12, 0.12) * w, dice.between(-0.1, 0.1) * w
    if dice.chance(0.25):
        wave *= 2.5
    x = np.linspace(-1, 1, 25)
    path = np.stack([w * x, y + bend * (0.5 - x**2) + skew * x + wave * np.sin(3 * np.pi * x) * (1 - x**2)], axis=1)
    thick = dice.between(0.02, 0.07)
    profile = [thick] if dice.chance(0.5) else [0.3 * thick, thick, 0.3 * thick]
    pen.fill(ribbon(path, profile), ink)
    if dice.chance(0.3):  # ends
        for corner, way in ((path[0], -1), (path[-1], 1)):
            pen.line(np.array([corner + (0.01 * way, -0.05), corner + (0.03 * way, 0.03)]), 0.6 * thick, ink)
    if dice.chance(0.2):  # the shade under the lip
        pen.line(path[8:17] + (0, dice.between(0.08, 0.14)), 0.5 * thick, shade(skin, 0.7))
    return _edges(path, thick)


def _edges(path: np.ndarray, thick: float) -> Lips:
    return path - (0, thick / 2), path - (0, 0.08 * thick), path + (0, 0.08 * thick), path + (0, thick / 2)


def _lip_shapes(dice: Dice, y: float, w: float, opening: float) -> Lips:
    bend, up, down = dice.between(-0.12, 0.3) * w, dice.between(0.06, 0.32) * w, dice.between(0.1, 0.42) * w
    bow = dice.between(0, 0.35) * up
    rim = 0.86 if opening > 0.02 else 0.92
    corner = -0.5 * bend

    def curve(middle: float, span: float, dip: float = 0.0) -> np.ndarray:
        fall = corner if span == 1 else corner + 0.1 * (middle - corner)
        return smooth(
            [
                (-span * w, y + fall),
                (-0.62 * span * w, y + 0.3 * fall + 0.7 * middle),
                (-0.22 * w, y + middle - dip),
                (0, y + middle + dip),
                (0.22 * w, y + middle - dip),
                (0.62 * span * w, y + 0.3 * fall + 0.7 * middle),
                (span * w, y + fall),
            ],
            33,
        )

    middle = 0.45 * bend
    gap = opening * w
    top = curve(middle - 0.35 * gap - up, 1, bow)
    upper, lower = curve(middle - 0.35 * gap, rim), curve(middle + 0.65 * gap, rim)
    return top, upper, lower, curve(middle + 0.65 * gap + down, 1)


def _lips(
    pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None, opening: float = 0.0
) -> Lips:
    edges = _lip_shapes(dice, y, w, opening)
    top, upper, lower, bottom = edges
    if dice.chance(0.55):
        red = dice.colour((335, 375), (0.25, 0.8), (0.5, 0.95))
    else:
        red = dice.near(shade(skin, dice.between(0.6, 0.92)), 18)
    pen.fill(np.concatenate([top, bottom[::-1]]), shade(red, dice.between(0.75, 1.0)))
    pen.fill(np.concatenate([lower, bottom[::-1]]), red)
    if opening > 0.02:
        _inside(pen, dice, upper, lower)
    else:
        pen.fill(
            ribbon((upper + lower) / 2, [0.01, dice.between(0.015, 0.04), 0.01]), shade(red, dice.between(0.25, 0.6))
        )
    if dice.chance(0.35):
        pen.line(np.concatenate([top, bottom[::-1][1:-1]]), dice.between(0.01, 0.025), shade(red, 0.6), closed=True)
    if dice.chance(0.3):
        shine = ellipse(
            (dice.between(-0.2, 0.2) * w, float(bottom[16, 1] + lower[16, 1]) / 2), (0.2 * w, 0.04 * w + 0.01)
        )
        pen.paint(pen.mask(shine, blur=0.015), (255, 255, 255), 0.5)
    return edges


def _inside(pen: Pen, dice: Dice, upper: np.ndarray, lower: np.ndarray) -> None:
    ring = np.concatenate([upper, lower[::-1]])
    pen.fill(ring, dice.colour((340, 380), (0.4, 0.9), (0.1, 0.5)))
    height = float(np.ptp(ring[:, 1]))
    inside = None
    if dice.chance(0.6):  # upper teeth
        inside = pen.mask(ring)
        pen.paint(
            pen.mask(np.concatenate([upper, (upper + (0, dice.between(0.15, 0.4) * height))[::-1]])) * inside,
            (250, 248, 240),
        )
    if dice.chance(0.5):
        inside = pen.mask(ring) if inside is None else inside
        x, low = float(ring[:, 0].mean()), float(ring[:, 1].max())
        tongue = ellipse((x, low), (0.33 * float(np.ptp(ring[:, 0])), 0.4 * height))
        pen.paint(pen.mask(tongue) * inside, dice.colour((340, 370), (0.4, 0.7), (0.7, 1)))


def _open_lips(pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None) -> Lips:
    """Open: with lips, or drawn as one dark shape with a line around it."""
    if dice.chance(0.4):
        return _lips(pen, dice, y, w, ink, skin, nose_y, opening=dice.between(0.1, 0.7))
    smile, depth, thick = dice.between(-0.15, 0.35) * w, dice.between(0.25, 1.1) * w, dice.between(0.015, 0.05)
    x = np.linspace(-1, 1, 25)
    power = dice.between(2, 4)
    upper = np.stack([w * x, y - 0.4 * depth + smile * (0.5 - x**2) * dice.between(0.1, 1)], axis=1)
    fall = depth * (1 - np.abs(x) ** power) ** (1 / dice.between(1.2, 2))
    lower = upper + np.stack([0 * x, fall], axis=1)
    _inside(pen, dice, upper, lower)
    pen.line(np.concatenate([upper, lower[::-1][1:-1]]), thick, ink, closed=True)
    half = np.array([0, thick / 2])
    return upper - half, upper + half, np.maximum(lower - half, upper + half), lower + half


def _round(pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None) -> Lips:
    """An o, a pout, or a spot."""
    w *= dice.between(0.3, 0.7)
    h = w * dice.between(0.6, 1.6)
    angle = np.linspace(np.pi, 0, 17)
    rim = dice.between(0.02, 0.3) * min(w, h)
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    edges = (unit * (w, -h), unit * (w - rim, rim - h), unit * (w - rim, h - rim), unit * (w, h))
    top, upper, lower, bottom = (edge + (0, y) for edge in edges)
    lip = ink if dice.chance(0.5) else dice.colour((335, 375), (0.3, 0.8), (0.5, 0.9))
    pen.fill(np.concatenate([top, bottom[::-1]]), lip)
    _inside(pen, dice, upper, lower)
    return top, upper, lower, bottom


def _animal(pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None) -> Lips:
    """Two arcs that meet under the nose, and the groove up to it; sometimes open below."""
    sag, lift = dice.between(0.03, 0.5) * w, dice.between(-0.5, 0.55) * w
    x = np.linspace(0, 1, 13)
    half = np.stack([w * x, y + sag * np.sin(np.pi * np.minimum(x * 1.25, 1) ** 0.9) - lift * x**2], axis=1)
    path = np.concatenate([(half * (-1, 1))[:0:-1], half])
    thick = dice.between(0.015, 0.05)
    if dice.chance(0.3):  # open
        low = y + sag + dice.between(0.15, 0.5) * w
        lower = smooth(
            [path[4], (-0.35 * w, 0.6 * low + 0.4 * y), (0, low), (0.35 * w, 0.6 * low + 0.4 * y), path[-5]], 25
        )
        upper = path[4:-4]
        _inside(pen, dice, upper, lower)
        pen.line(lower, thick, ink)
        edges = (
            path - (0, thick / 2),
            upper + (0, thick / 2),
            lower - (0, thick / 2),
            np.concatenate([path[:4], lower, path[-4:]]) + (0, thick / 2),
        )
    else:
        edges = _edges(path, thick)
    pen.fill(ribbon(path, [0.4 * thick, thick, thick, 0.4 * thick]), ink)
    if nose_y is not None:
        pen.line(np.array([(0, nose_y), (0, y)]), 0.8 * thick, ink)
    return edges


def _flews(pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None) -> Lips:
    """A dog's: dark soft lips under two heavy bulges, their corners up or hanging; sometimes a tongue."""
    hang, turn = dice.between(0.02, 0.3) * w, dice.between(-0.5, 0.3) * w
    x = np.linspace(0, 1, 15)
    peak = dice.between(0.45, 0.8)
    fall = np.where(x < peak, hang * np.sin(0.5 * np.pi * x / peak), 0.0)
    fall = np.where(x < peak, fall, hang + turn * ((x - peak) / (1 - peak)) ** 2)
    half = np.stack([w * x, y + fall], axis=1)
    path = np.concatenate([(half * (-1, 1))[:0:-1], half])
    thick = dice.between(0.02, 0.11)
    tone = ink if dice.chance(0.5) else shade(skin, dice.between(0.15, 0.5))
    profile = np.array([0.15, 0.6, 1.0, 0.7, 1.0, 0.6, 0.15]) * thick
    soft = dice.chance(0.6)
    if dice.chance(0.7):  # the lower jaw's rim, the lighter chin
        chin = ellipse((0, y + 0.5 * hang + 0.35 * w), (0.75 * w, 0.4 * w))
        pen.paint(pen.mask(chin, blur=0.06), shade(skin, dice.between(0.6, 1.8)), dice.between(0.2, 0.8))
    lower = path + (0, thick / 2)
    if dice.chance(0.25):  # open, perhaps panting
        inner = path[5:-5]
        deep = dice.between(0.15, 0.7) * w
        bottom = inner + np.stack([0 * inner[:, 0], deep * (1 - np.linspace(-1, 1, len(inner)) ** 2)], axis=1)
        _inside(pen, dice, inner, bottom)
        if dice.chance(0.6):  # hanging over the lower lip
            long = deep * dice.between(0.9, 1.8)
            tongue = ellipse(
                (dice.between(-0.2, 0.2) * w, y + hang + 0.5 * long), (dice.between(0.2, 0.4) * w, 0.6 * long)
            )
            below = tongue[tongue[:, 1] > y + 0.5 * hang]
            pen.fill(below if len(below) > 4 else tongue, dice.colour((340, 370), (0.35, 0.7), (0.7, 1)))
        pen.line(bottom, 0.6 * thick, tone)
        upper_edge, lower_edge = inner + (0, thick / 2), np.maximum(bottom - (0, 0.3 * thick), inner + (0, thick / 2))
        lower = np.concatenate([path[:5], bottom, path[-5:]]) + (0, thick / 2)
    else:
        upper_edge, lower_edge = path - (0, 0.08 * thick), path + (0, 0.08 * thick)
    line = ribbon(path, profile)
    if soft:
        pen.paint(pen.mask(line, blur=0.02), tone, dice.between(0.6, 1.0))
        pen.fill(ribbon(path, 0.3 * profile), shade(tone, 0.6))
    else:
        pen.fill(line, tone)
    if nose_y is not None:
        pen.line(np.array([(0, nose_y), (0, y)]), dice.between(0.015, 0.04), tone)
    return path - (0, thick / 2), upper_edge, lower_edge, lower


def whisker_roots(pen: Pen, dice: Dice, y: float, w: float, skin: Colour) -> None:
    """The dots over an animal's lips."""
    for way in (-1, 1):
        for _ in range(6):
            at = (way * dice.between(0.2, 0.8) * w, y - dice.between(0.05, 0.25))
            pen.fill(ellipse(at, (0.014, 0.014), count=8), shade(skin, 0.5))


def _beak(pen: Pen, dice: Dice, y: float, w: float, ink: Colour, skin: Colour, nose_y: float | None) -> Lips:
    """A bird's: two halves; the gap runs from corner to corner."""
    colour = dice.colour((20, 55), (0.6, 1), (0.7, 1)) if dice.chance(0.75) else dice.colour()
    rise, tip, drop = dice.between(0.4, 0.9) * w, dice.between(0.1, 0.6) * w, dice.between(0.2, 0.5) * w
    point = dice.between(1.3, 2.6)
    x = np.linspace(-1, 1, 25)
    top = np.stack([w * x, y - rise * (1 - np.abs(x) ** point)], axis=1)
    gap = np.stack([w * x, y + tip * (1 - np.abs(x) ** (point * 0.8))], axis=1)
    opening = dice.between(0.1, 0.6) * w if dice.chance(0.3) else 0.0
    inner = gap + np.stack([0 * x, opening * (1 - x**2)], axis=1)
    bottom = inner + np.stack([0 * x, drop * (1 - np.abs(x) ** point)], axis=1)
    pen.fill(np.concatenate([inner, bottom[::-1]]), shade(colour, dice.between(0.65, 0.9)))
    if opening:
        _inside(pen, dice, gap, inner)
    pen.fill(np.concatenate([top, gap[::-1]]), colour)
    thick = dice.between(0.01, 0.035)
    pen.line(gap, thick, shade(colour, 0.4))
    if dice.chance(0.4):
        pen.line(np.concatenate([top, bottom[::-1][1:-1]]), thick, ink, closed=True)
    if dice.chance(0.5):
        pen.paint(pen.mask(ellipse((0, y - 0.3 * rise), (0.15 * w, 0.3 * rise)), blur=0.03), (255, 255, 255), 0.45)
    if dice.chance(0.5):
        for way in (-1, 1):
            pen.fill(ellipse((way * 0.22 * w, y - 0.35 * rise), (0.04, 0.015)), shade(colour, 0.4))
    return top, gap, inner, bottom


_DRAW = {
    "line": _line,
    "lips": _lips,
    "open": _open_lips,
    "round": _round,
    "animal": _animal,
    "flews": _flews,
    "beak": _beak,
}
