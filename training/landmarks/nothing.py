# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures without a face: clutter, shuffled faces, empty heads, and things that are easily taken for one."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from . import dress, grounds, heads, surface
from . import hair as hairs
from .curves import ellipse, ribbon, smooth
from .dice import Colour, Dice, shade
from .pen import Pen, Pose

WHAT = {
    "shuffled": 2.0,
    "head": 1.6,
    "discs": 1.0,
    "house": 1.0,
    "cup": 1.0,
    "writing": 0.8,
    "plant": 0.8,
    "wheels": 0.8,
    "furniture": 0.6,
    "hand": 0.6,
    "noise": 0.5,
    "clutter": 0.8,
}


def draw(dice: Dice, size: int, face: Callable[[int], tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """(size, size, 3) uint8; face: the picture and the points of a character of a seed, to be shuffled."""
    what = dice.weighed(WHAT)
    if what == "shuffled":
        return _shuffled(dice, size, *face(int(dice.rng.integers(1 << 40))))
    if what == "noise":
        cell = dice.pick([1, 1, 2, 4, 9])
        rough = (dice.rng.random((size // cell + 1,) * 2 + (dice.pick([1, 3]),)) * 255).astype(np.uint8)
        noise = cv2.resize(rough, (size, size), interpolation=cv2.INTER_NEAREST).reshape(size, size, -1)
        return np.ascontiguousarray(np.broadcast_to(noise, (size, size, 3)))
    roll = dice.between(-1, 1) if dice.chance(0.3) else dice.rng.normal(0, 0.1)
    scale, place = size * dice.between(0.12, 0.42), size * (0.5 + dice.rng.normal(0, 0.12, 2))
    pose = Pose(0.0, 0.0, float(roll), scale, (place[0], place[1]), 0.3, 1.2, 0.5, (0, 0, 1), np.zeros((2, 4)))
    pen = Pen(size, pose)
    pen.image = grounds.make(dice, size)
    for _ in range(int(dice.rng.integers(0, 4))):
        corners = dice.rng.random(2) * size + dice.rng.normal(0, size / 6, (int(dice.between(3, 9)), 2))
        pen.fill(corners, dice.colour(), px=True)
    if what != "clutter":
        _THINGS[what](pen, dice)
    if what != "head" and dice.chance(0.4):
        _light(pen, dice)
    return pen.image


def _tones(dice: Dice) -> tuple[Colour, Colour, float]:
    """A colour, that of its lines, and their width."""
    colour = dice.colour(saturation=(0, 0.8), value=(0.1, 1))
    return colour, shade(colour, dice.between(0.2, 0.6)), dice.between(0.015, 0.06)


def _box(x: float, y: float, w: float, h: float) -> np.ndarray:
    return np.array([(x - w, y - h), (x + w, y - h), (x + w, y + h), (x - w, y + h)])


def _light(pen: Pen, dice: Dice) -> None:
    """A shade from one side over all, and a soft spot of light."""
    pen.paint(
        pen.mask(ellipse(tuple(dice.rng.normal(0, 0.6, 2)), (0.5, 0.4)), blur=0.2),
        (255, 255, 255),
        dice.between(0, 0.5),
    )
    side = pen.mask(_box(dice.sign() * 1.2, 0, 1.0, 2.5), blur=0.3)
    pen.multiply(np.full_like(side, dice.between(0.4, 0.9)), side)


def _head(pen: Pen, dice: Dice) -> None:
    """A head without a face: seen from behind, or a ball, an egg, a box."""
    head = heads.human(dice) if dice.chance(0.5) else heads.round_head(dice, box=dice.between(0, 2))
    colour = dice.colour()
    ink = shade(colour, 0.3) if dice.chance(0.4) else None
    if dice.chance(0.5):
        dress.body(pen, dice, head, colour, dice.colour(), ink, 0.02)
    dress.ears(pen, dice, dice.pick(["none", "none", "human", "round", "pointed", "long"]), head, colour, ink, 0.02)
    pen.fill(pen.pose.outline(head.outline), colour, px=True, body=True)
    surface.apply(pen, dice, dice.pick(surface.STYLES), head, muzzle=(0, 0, 0), nose=(0.4, 0), eyes=(0.4, 0.1))
    if dice.chance(0.5):
        dress.hat(pen, dice, head, dice.colour(), ink, 0.02)
    if dice.chance(0.4):
        hairs.front_hair(pen, dice, head, dice.colour(), ink, 0.02, low=dice.between(0.3, 0.9) * head.chin)
    if dice.chance(0.2):
        dress.whiskers(pen, dice, 0.5, ink or (20, 20, 20))


def _house(pen: Pen, dice: Dice) -> None:
    """A wall with a roof, rows of windows and a door, or a car's back, a radio, a socket."""
    colour, dark, line = _tones(dice)
    w, h = dice.between(0.7, 1.5), dice.between(0.6, 1.6)
    pen.fill(_box(0, 0, w, h), colour, body=True)
    pen.line(_box(0, 0, w, h), line, dark, closed=True)
    if dice.chance(0.7):
        roof = np.array([(-1.2 * w, -h), (dice.between(-0.5, 0.5), -h - dice.between(0.3, 1.0)), (1.2 * w, -h)])
        pen.fill(roof, dice.colour())
        pen.line(roof, line, dark, closed=True)
    rows, columns = int(dice.rng.integers(1, 5)), int(dice.rng.integers(1, 6))
    glass = dice.colour((180, 230), (0, 0.5), (0.2, 1)) if dice.chance(0.6) else dark
    for y in np.linspace(-0.7 * h, 0.6 * h, rows + 2)[1:-1] if rows > 1 else [-0.3 * h]:
        for x in np.linspace(-0.9 * w, 0.9 * w, columns + 2)[1:-1]:
            pane = _box(float(x), float(y), 0.5 * w / (columns + 1), 0.35 * h / (rows + 1))
            if dice.chance(0.1):
                continue
            pen.fill(pane, glass)
            pen.line(pane, line, dice.pick([dark, (240, 240, 235)]), closed=True)
            if dice.chance(0.5):
                pen.line(pane[[0, 2]] * (0, 1) + (float(x), 0), 0.6 * line, (240, 240, 235))
    if dice.chance(0.6):
        pen.fill(_box(dice.between(-0.6, 0.6) * w, 0.75 * h, dice.between(0.1, 0.25), 0.25 * h), dice.colour())


def _cup(pen: Pen, dice: Dice) -> None:
    """A cup, a pot, a bottle or a jar, from the side or from above; saucer, handle, steam, a band."""
    colour, dark, line = _tones(dice)
    w, h, taper = dice.between(0.5, 0.9), dice.between(0.5, 1.3), dice.between(0.5, 1.15)
    flat = dice.between(0.1, 0.5)
    if dice.chance(0.5):
        pen.fill(ellipse((0, h), (1.7 * w, 0.5 * w)), shade(colour, dice.between(0.7, 1.3)))
    if dice.chance(0.7):
        way, r = dice.sign(), dice.between(0.2, 0.5)
        pen.line(ellipse((way * w, -0.1), (0.8 * r, r)), dice.between(0.06, 0.2), shade(colour, 0.85), closed=True)
    side = np.linspace(0, np.pi, 20)
    low = np.stack([taper * w * np.cos(side), h + flat * w * taper * np.sin(side)], axis=1)
    pen.fill(np.concatenate([[(-w, -h), (w, -h)], low]), colour, body=True)
    if dice.chance(0.5):
        band = dice.between(-0.5, 0.5) * h
        pen.fill(_box(0, band, w, 0.1), dice.colour())
    rim = ellipse((0, -h), (w, flat * w))
    pen.fill(rim, shade(colour, 1.3))
    pen.fill(ellipse((0, -h), (0.9 * w, 0.85 * flat * w)), dice.colour((15, 45), (0.3, 0.9), (0.1, 0.7)))
    pen.line(rim, line, dark, closed=True)
    if dice.chance(0.4):
        for x in (-0.3, 0, 0.3):
            pen.line(smooth([(x, -1.2 * h), (x + 0.1, -1.4 * h), (x - 0.1, -1.7 * h)], 10), 0.03, (235, 235, 235))


def _writing(pen: Pen, dice: Dice) -> None:
    """Letters, numbers and lines of text on a sheet or a sign."""
    paper, ink, _ = _tones(dice)
    if dice.chance(0.7):
        pen.fill(_box(0, 0, dice.between(0.8, 2), dice.between(0.5, 1.8)), paper)
    letters = "ABCDEFGHKMNOPQRSTUVWXYZabdeghkmnopqrstuw0123456789:;-)(&%?!@"
    big = dice.between(0.5, 3.0)
    for k in range(int(dice.rng.integers(1, 12))):
        text = "".join(dice.pick(list(letters)) for _ in range(int(dice.rng.integers(1, 14))))
        at = pen.pose(np.array([(dice.between(-1.5, 0), -1.2 + 0.25 * k * big)]))[0]
        font = dice.pick([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_SIMPLEX])
        tone = ink if dice.chance(0.8) else dice.colour()
        cv2.putText(
            pen.image,
            text,
            (int(at[0]), int(at[1])),
            font,
            big * pen.pose.scale / 90,
            tone,
            int(dice.between(1, 4)),
            cv2.LINE_AA,
        )


def _plant(pen: Pen, dice: Dice) -> None:
    """A flower, a tree or leaves in a pot; grass."""
    green = dice.colour((70, 150), (0.3, 0.9), (0.2, 0.8))
    for _ in range(int(dice.rng.integers(2, 9))):
        lean, top = dice.between(-1.2, 1.2), -dice.between(0.2, 1.6)
        stem = smooth([(0, 1.2), (0.3 * lean, 0.4), (lean, top)], 14)
        pen.fill(ribbon(stem, dice.between(0.03, 0.12)), shade(green, dice.between(0.5, 1.1)))
        if dice.chance(0.6):
            petals, r = int(dice.rng.integers(4, 10)), dice.between(0.15, 0.4)
            petal = dice.colour() if dice.chance(0.6) else shade(green, 1.3)
            for angle in np.linspace(0, 2 * np.pi, petals, endpoint=False):
                spot = (lean + r * np.cos(angle), top + r * np.sin(angle))
                pen.fill(ellipse(spot, (0.6 * r, 0.35 * r), float(angle)), petal)
            pen.fill(ellipse((lean, top), (0.5 * r, 0.5 * r)), dice.colour())
        else:
            angle, long = dice.between(-1.5, 1.5), dice.between(0.2, 0.7)
            pen.fill(ellipse((lean, top), (0.4 * long, long), angle), shade(green, dice.between(0.7, 1.3)))
    if dice.chance(0.6):
        pot = dice.colour((5, 40), (0.3, 0.8), (0.4, 0.9))
        pen.fill(np.array([(-0.6, 0.9), (0.6, 0.9), (0.4, 1.8), (-0.4, 1.8)]), pot)
        pen.fill(_box(0, 0.95, 0.7, 0.1), shade(pot, 0.8))


def _wheels(pen: Pen, dice: Dice) -> None:
    """A cart, a car or a cycle from the side; one, three or more round things, dials, buttons."""
    colour, dark, line = _tones(dice)
    count, wide = int(dice.pick([1, 2, 2, 3, 4, 5])), dice.between(0.8, 1.6)
    top = dice.between(-1.0, -0.3)
    hull = smooth([(-wide, 0.6), (-wide, 0), (-0.5 * wide, top), (0.5 * wide, top), (wide, 0), (wide, 0.6)], 30)
    pen.fill(hull, colour, body=True)
    pen.line(hull, line, dark, closed=True)
    if dice.chance(0.6):
        pen.fill(_box(dice.between(-0.4, 0.4), 0.5 * top, dice.between(0.2, 0.5), 0.2), (200, 220, 235))
    r = dice.between(0.2, 0.45)
    for x in np.linspace(-0.7, 0.7, count) * wide if count > 1 else [dice.between(-0.6, 0.6)]:
        for share, tone in ((1.0, (30, 30, 32)), (0.6, (180, 180, 185)), (0.2, dark)):
            pen.fill(ellipse((float(x), 0.7), (share * r, share * r)), tone)
        for angle in np.linspace(0, np.pi, int(dice.rng.integers(0, 6)), endpoint=False):
            arm = 0.55 * r * np.array([np.cos(angle), np.sin(angle)])
            pen.line(np.array([(x, 0.7) - arm, (x, 0.7) + arm]), 0.02, dark)


def _furniture(pen: Pen, dice: Dice) -> None:
    """A chair, a table, a chest with knobs, a lamp: boxes and legs."""
    colour, dark, line = _tones(dice)
    w, h = dice.between(0.5, 1.4), dice.between(0.3, 1.2)
    for way in (-1, 1):
        pen.fill(_box(way * 0.85 * w, h + 0.4, 0.07, 0.5), shade(colour, 0.7))
    pen.fill(_box(0, 0, w, h), colour, body=True)
    pen.line(_box(0, 0, w, h), line, dark, closed=True)
    drawers = int(dice.rng.integers(0, 5))
    for y in np.linspace(-h, h, drawers + 1)[:-1] + h / max(drawers, 1) if drawers else []:
        pen.line(_box(0, float(y), 0.9 * w, 0.8 * h / drawers), line, dark, closed=True)
        knobs = [0.0] if dice.chance(0.5) else [-0.4 * w, 0.4 * w]
        for x in knobs:
            pen.fill(ellipse((x, float(y)), (0.05, 0.05)), dark)
    if dice.chance(0.5):
        back = _box(0, -h - 0.6, 0.9 * w, 0.6)
        pen.line(back, dice.between(0.05, 0.15), shade(colour, 0.85), closed=True)
        for x in np.linspace(-0.8, 0.8, int(dice.rng.integers(0, 6))) * w:
            pen.line(np.array([(x, -h - 1.2), (x, -h)]), 0.06, shade(colour, 0.85))


def _hand(pen: Pen, dice: Dice) -> None:
    """A palm with fingers, or a paw's print."""
    skin = dice.colour((12, 34), (0.15, 0.6), (0.3, 1.0)) if dice.chance(0.7) else dice.colour()
    dark, line = shade(skin, dice.between(0.4, 0.7)), dice.between(0.015, 0.04)
    shapes = [ellipse((0, 0.4), (0.55, 0.6))]
    for k, lean in enumerate((-0.5, -0.2, 0.1, 0.4)):
        root, reach = (-0.4 + 0.27 * k, 0.1), dice.between(0.4, 1.0)
        tip = (root[0] + lean * reach, -reach)
        shapes.append(ribbon(smooth([root, (0.5 * (root[0] + tip[0]), -0.4 * reach), tip], 10), [0.24, 0.24, 0.2]))
    shapes.append(ribbon(smooth([(0.4, 0.5), (0.8, 0.2), (0.95, -0.1)], 10), [0.26, 0.24, 0.2]))
    for shape in shapes:
        pen.line(shape, 2 * line, dark, closed=True)
    for shape in shapes:
        pen.fill(shape, skin, body=True)
    for _ in range(int(dice.rng.integers(0, 4))):
        y = dice.between(0.1, 0.8)
        pen.line(smooth([(-0.4, y), (0, y - 0.1), (0.4, y + dice.between(-0.2, 0.2))], 10), line, dark)


def _discs(pen: Pen, dice: Dice) -> None:
    """Plates, cups, coins, dials: discs in and beside each other."""
    size = pen.size
    for _ in range(int(dice.rng.integers(1, 12))):
        place, radius = dice.rng.random(2) * size, size * dice.between(0.03, 0.35)
        flat, turn = dice.between(0.4, 1.0), dice.between(0, 180)
        for share in sorted(dice.rng.random(int(dice.rng.integers(1, 4))) * 0.8 + 0.2, reverse=True):
            axes = (int(radius * share) + 1, int(radius * share * flat) + 1)
            middle = tuple(int(v) for v in place + dice.rng.normal(0, 0.05, 2) * radius)
            thick = -1 if dice.chance(0.7) else int(dice.between(1, 5))
            colour = dice.colour(saturation=(0, 0.7), value=(0, 1))
            cv2.ellipse(pen.image, middle, axes, turn, 0, 360, colour, thick, cv2.LINE_AA)


def _shuffled(dice: Dice, size: int, face: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The pieces of a character in another order."""
    middle, half = points.mean(axis=0), 0.75 * np.ptp(points, axis=0).max()
    low = np.clip(middle - half, 0, size - 24).astype(int)
    count = int(dice.rng.integers(3, 7))
    step = max(int(min(2 * half, size - low.max()) / count), 4)
    pieces = [
        (low[1] + row * step, low[0] + column * step)
        for row in range(count)
        for column in range(count)
        if low[1] + (row + 1) * step <= size and low[0] + (column + 1) * step <= size
    ]
    image = face.copy()
    for (y, x), k in zip(pieces, dice.rng.permutation(len(pieces)), strict=True):
        v, u = pieces[k]
        image[y : y + step, x : x + step] = np.rot90(face[v : v + step, u : u + step], int(dice.rng.integers(4)))
    return image


_THINGS: dict[str, Callable[[Pen, Dice], None]] = {
    "head": _head,
    "discs": _discs,
    "house": _house,
    "cup": _cup,
    "writing": _writing,
    "plant": _plant,
    "wheels": _wheels,
    "furniture": _furniture,
    "hand": _hand,
}
