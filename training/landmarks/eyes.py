# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: almonds, ovals, dots, buttons, animals' eyes, closed lids; and what may cover one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .curves import ellipse, half_oval, mirrored, ribbon, rotated, smooth
from .dice import Colour, Dice, shade
from .pen import Pen
from .points import Lids

STYLES = ("almond", "oval", "anime", "dot", "button", "beast", "closed", "slit")


@dataclass
class Eyes:
    """Both eyes alike: style, half distance, half width and height in face units, and how they look."""

    style: str
    spread: float
    width: float
    height: float
    tilt: float
    opening: float
    gaze: tuple[float, float]
    iris: float  # radius as a share of the half height (oval) or half width
    ink: Colour
    white: Colour
    colour: Colour
    line: float
    raise_left: float = 0.0
    bigger_left: float = 1.0


def plan(dice: Dice, style: str, *, ink: Colour, size: float = 1.0) -> Eyes:
    """Random eyes of a style; size scales them."""
    spread = dice.between(0.36, 0.54)
    width, ratio = {
        "almond": (dice.between(0.13, 0.24), dice.between(0.3, 0.65)),
        "oval": (dice.between(0.14, 0.34), dice.between(0.8, 1.5)),
        "anime": (dice.between(0.18, 0.34), dice.between(0.8, 1.5)),
        "dot": (dice.between(0.045, 0.13), dice.between(0.8, 1.9)),
        "button": (dice.between(0.07, 0.2), dice.between(0.85, 1.25)),
        "beast": (dice.between(0.11, 0.25), dice.between(0.55, 1.0)),
        "closed": (dice.between(0.1, 0.25), dice.between(0.1, 0.6)),
        "slit": (dice.between(0.1, 0.2), dice.between(0.14, 0.3)),
    }[style]
    width *= size
    spread = max(spread if width < 0.22 else spread + 0.4 * (width - 0.2), width * 1.08)
    return Eyes(
        style=style,
        spread=min(spread, 0.66),
        width=width,
        height=width * ratio,
        tilt=dice.between(-0.3, 0.3) if style in ("almond", "anime", "beast", "slit") else dice.between(-0.12, 0.12),
        opening=dice.between(0.35, 1.0) if dice.chance(0.3) else 1.0,
        gaze=(dice.between(-1, 1) * dice.between(0, 1), dice.between(-0.8, 0.8) * dice.between(0, 1)),
        iris=dice.between(0.28, 0.95),
        ink=ink,
        white=(255, 255, 255) if dice.chance(0.5) else dice.colour((20, 240), (0, 0.25), (0.75, 1)),
        colour=dice.colour((0, 360), (0.2, 0.95), (0.2, 0.9)),
        line=dice.between(0.01, 0.05),
        raise_left=dice.between(-0.06, 0.06) if dice.chance(0.25) else 0.0,
        bigger_left=dice.between(0.6, 1.5) if dice.chance(0.08) else 1.0,
    )


def lids(eyes: Eyes, dice: Dice) -> Lids:
    """The right eye's lids about (0, 0), outer corner first."""
    w, h = eyes.width, eyes.height * eyes.opening
    if eyes.style in ("closed", "slit"):
        bend = h * dice.sign() if eyes.style == "closed" else 0.0
        middle = smooth([(-w, 0), (-0.5 * w, -0.8 * bend), (0, -bend), (0.5 * w, -0.8 * bend), (w, 0)])
        gap = 0.5 * eyes.line if eyes.style == "closed" else h / 2
        puff = np.sin(np.linspace(0, np.pi, len(middle)))[:, None] * (0, gap)
        pair = middle - puff, middle + puff
    elif eyes.style in ("almond", "anime", "beast"):
        peak, low = dice.between(-0.35, 0.25) * w, dice.between(-0.3, 0.3) * w
        flat, share = dice.between(0.7, 0.92), dice.between(0.35, 0.6) if eyes.style == "almond" else 0.5
        up, down = 2 * h * (1 - share), 2 * h * share
        above = [(-w, 0), (-0.6 * w, -flat * up), (peak, -up), (0.62 * w, -0.72 * flat * up), (w, 0.1 * h)]
        below = [(-w, 0), (-0.6 * w, 0.7 * flat * down), (low, down), (0.62 * w, flat * 0.75 * down), (w, 0.1 * h)]
        pair = smooth(above), smooth(below)
    else:
        power = dice.between(1.9, 2.6)
        upper = half_oval((0, 0), (w, eyes.height), power)
        lower = half_oval((0, 0), (w, eyes.height), power) * (1, -1)
        if eyes.style == "oval" and eyes.opening < 1:  # a lid that hangs
            cut = eyes.height * (1 - 2 * eyes.opening)
            upper = np.stack([upper[:, 0], np.maximum(upper[:, 1], cut + 0.12 * eyes.tilt * upper[:, 0])], axis=1)
            upper[[0, -1]] = lower[[0, -1]]
        pair = upper, lower
    return rotated(pair[0], eyes.tilt), rotated(pair[1], eyes.tilt)


def draw(
    pen: Pen, eyes: Eyes, dice: Dice, *, skin: Colour, closed_one: int = 0
) -> tuple[tuple[Lids, Lids], np.ndarray]:
    """Draws both; their lids from left to right as seen, and the irises (2, 2). closed_one: -1 winks right, 1 left."""
    seed = int(dice.rng.integers(1 << 30))
    found, irises = [], []
    for side in (-1, 1):
        one = Eyes(**vars(eyes))
        if closed_one == side:
            one.style = "closed"
            one.height = min(one.height, 0.5 * one.width)
        if side == 1:
            one.width, one.height = one.width * eyes.bigger_left, one.height * eyes.bigger_left
        upper, lower = lids(one, Dice(seed))  # the same shape for both
        centre = np.array([-one.spread, one.raise_left if side == 1 else 0.0])
        upper, lower = upper + centre, lower + centre
        gaze = (one.gaze[0] * -side, one.gaze[1])  # in the right eye's mirror world
        middle = _draw_one(pen, one, Dice(seed + 1), upper, lower, gaze, side, skin)
        if side == 1:
            upper, lower = mirrored(upper)[::-1], mirrored(lower)[::-1]
        found.append((upper, lower))
        irises.append(middle * (-side, 1))
    return (found[0], found[1]), np.array(irises)


def _draw_one(
    pen: Pen,
    eyes: Eyes,
    dice: Dice,
    upper: np.ndarray,
    lower: np.ndarray,
    gaze: tuple[float, float],
    side: int,
    skin: Colour,
) -> np.ndarray:
    """Draws one and gives the middle of its iris, both as if it were the right eye."""

    def at(path: np.ndarray) -> np.ndarray:
        return path if side == -1 else mirrored(path)

    ring = np.concatenate([upper, lower[::-1][1:-1]])
    centre = ring.mean(axis=0)
    w, h = eyes.width, max(float(np.ptp(ring[:, 1])) / 2, 1e-3)
    if eyes.style in ("closed", "slit", "dot", "button"):
        _draw_simple(pen, at, eyes, dice, upper, lower)
        return centre
    dark = eyes.style == "beast" and dice.chance(0.45)
    pen.fill(at(ring), shade(eyes.ink, 1.1) if dark else (eyes.colour if eyes.style == "beast" else eyes.white))
    room = 0.75 if eyes.style in ("almond", "beast") else 1.0
    radius = {
        "almond": dice.between(0.36, 0.62) * w,
        "beast": dice.between(0.8, 1.0) * h,
        "oval": eyes.iris * min(w, h),
    }.get(eyes.style, dice.between(0.72, 1.0) * w * 0.8)
    shape = (radius, radius * (dice.between(1.0, 1.4) if eyes.style == "anime" else 1.0))
    middle = centre + (gaze[0] * max(w - shape[0], 0) * room * 0.8, gaze[1] * max(h - shape[1], 0.15 * h) * 0.7)
    if dice.chance(0.3) and eyes.style in ("almond", "anime"):  # looks from under the upper lid
        middle[1] -= 0.15 * h
    _iris(pen, at, eyes, dice, ring, middle, shape, dark)
    if eyes.style == "almond" and dice.chance(0.5):  # the lid's shadow
        pen.fill(at(ribbon(upper + (0, 0.12 * h), 0.25 * h)), shade(eyes.white, 0.7))
    _lid_lines(pen, at, eyes, dice, upper, lower, skin)
    return middle


def _draw_simple(pen: Pen, at, eyes: Eyes, dice: Dice, upper: np.ndarray, lower: np.ndarray) -> None:
    """Eyes of one tone: shut lids, slits, dots and buttons."""
    ring = np.concatenate([upper, lower[::-1][1:-1]])
    centre, w, h = ring.mean(axis=0), eyes.width, max(float(np.ptp(ring[:, 1])) / 2, 1e-3)
    if eyes.style in ("closed", "slit"):
        width = max(0.02, eyes.line) * dice.between(0.8, 1.8)
        if eyes.style == "slit":
            pen.fill(at(ring), eyes.ink)
        pen.fill(at(ribbon((upper + lower) / 2, [0.5 * width, width, width, 0.5 * width])), eyes.ink)
        return
    pen.fill(at(ring), eyes.ink)
    if eyes.style == "button" and dice.chance(0.5):
        pen.line(at(ring), eyes.line, shade(eyes.ink, dice.between(0.4, 1.6)), closed=True)
    if dice.chance(0.7 if eyes.style == "button" else 0.4):
        _spark(pen, at, dice, centre, (w, h))


def _lid_lines(pen: Pen, at, eyes: Eyes, dice: Dice, upper: np.ndarray, lower: np.ndarray, skin: Colour) -> None:
    """The lines of the lids, the crease above, lashes."""
    centre = np.concatenate([upper, lower[::-1][1:-1]]).mean(axis=0)
    thick = eyes.line * dice.between(0.7, 1.5)
    if not (eyes.style == "almond" and dice.chance(0.15)):
        heavy = dice.between(1.5, 4.5) if eyes.style == "anime" else dice.between(1, 2.2)
        pen.fill(at(ribbon(upper, [0.6 * thick, heavy * thick, thick * heavy, 0.6 * thick])), eyes.ink)
    if dice.chance(0.65) or eyes.style == "oval":
        pen.line(at(lower), 0.6 * thick, eyes.ink if dice.chance(0.6) else shade(skin, 0.6))
    if dice.chance(0.35) and eyes.style in ("almond", "anime"):  # crease, lashes
        pen.line(at(upper - (0, dice.between(0.04, 0.1)))[3:-3], 0.4 * thick, shade(skin, dice.between(0.5, 0.8)))
    if dice.chance(0.25) and eyes.style != "beast":
        for share in np.linspace(0.02, 0.5 if dice.chance(0.6) else 0.95, int(dice.rng.integers(2, 6))):
            root = upper[int(share * (len(upper) - 1))]
            away = (root - centre) / max(np.hypot(*(root - centre)), 1e-6) + (-0.3, -0.5)
            pen.line(at(np.array([root, root + away * dice.between(0.04, 0.09)])), 0.6 * thick, eyes.ink)


def _iris(
    pen: Pen, at, eyes: Eyes, dice: Dice, ring: np.ndarray, middle: np.ndarray, shape: tuple[float, float], dark: bool
) -> None:
    """Iris, pupil and sparks, cut by the lids."""
    inside = pen.mask(at(ring))
    disc = ellipse((middle[0], middle[1]), shape)
    colour = eyes.ink if dark else eyes.colour
    if eyes.style == "oval" and dice.chance(0.5):
        colour = eyes.ink
    pen.paint(pen.mask(at(disc)) * inside, colour)
    if eyes.style == "anime" and dice.chance(0.7):
        low = disc[disc[:, 1] > middle[1] - 0.1 * shape[1]]
        pen.paint(pen.mask(at(low), blur=0.02) * inside, shade(colour, dice.between(1.3, 1.7)), 0.8)
        pen.line(at(disc), 0.5 * eyes.line, shade(colour, 0.4), closed=True) if dice.chance(0.4) else None
    if not dark and colour != eyes.ink:
        slit = eyes.style == "beast" and dice.chance(0.35)
        share = dice.between(0.3, 0.75)
        pupil = ellipse(
            (middle[0], middle[1]), (shape[0] * (0.22 if slit else share), shape[1] * (0.9 if slit else share))
        )
        pen.paint(pen.mask(at(pupil)) * inside, shade(eyes.ink, 0.6))
    if dice.chance(0.75):
        _spark(pen, at, dice, middle, shape, count=2 if eyes.style == "anime" else 1)


def _spark(pen: Pen, at, dice: Dice, centre: np.ndarray, radii: tuple[float, float], count: int = 1) -> None:
    for number in range(count):
        place = centre + np.array(
            [dice.between(-0.5, 0.5) * radii[0], dice.between(-0.6, 0.1) * radii[1] + number * radii[1] * 0.6]
        )
        size = dice.between(0.15, 0.35) * min(radii) * (1 - 0.4 * number)
        pen.fill(at(ellipse((place[0], place[1]), (size, size * dice.between(0.8, 1.3)), count=14)), (255, 255, 255))


def cover(pen: Pen, eyes: Eyes, dice: Dice, colour: Colour) -> str:
    """Hides one eye behind a patch or a lock of hair; the part's name."""
    side = dice.sign()
    centre = np.array([side * eyes.spread, 0.0])
    reach = 1.25 * max(eyes.width, eyes.height, 0.14)
    if dice.chance(0.5):
        band = smooth([(-1.05, -0.5 * side * -1), centre * (0.6, 1) + (0, -0.1), (1.05, 0.5 * side * -1)])
        pen.line(band, 0.04, shade(colour, 0.6))
        pen.fill(ellipse((centre[0], centre[1]), (reach, reach * dice.between(0.9, 1.2))), colour)
    else:
        lock = smooth(
            [
                (-0.1 * side, -1.0),
                (side * 0.2, -0.4),
                (side * (eyes.spread - reach), reach),
                (side * (eyes.spread + 0.5 * reach), 1.5 * reach),
                (side * 1.0, 0.3),
                (side * 1.05, -0.5),
                (side * 0.6, -1.0),
            ],
            36,
        )
        pen.fill(lock, colour)
    return "left_eye" if side == 1 else "right_eye"
