# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths modelled upon a solid head, from the edges of the drawn ones: lines, lips, hollows with teeth, beaks."""

from __future__ import annotations

import numpy as np

from .curves import share_points
from .dice import Colour, Dice, shade
from .points import Lips
from .rendered_head import Bump, Solid
from .rendered_mesh import Model

WHITE = (250.0, 248.0, 244.0)


def opening(lips: Lips) -> float:
    """Height of the gap."""
    ends = np.linspace(0, 1, 17)
    return float((share_points(lips[2], ends) - share_points(lips[1], ends))[:, 1].max())


def fitted(lips: Lips, limit: float) -> Lips:
    """Pressed together where it would reach below `limit`."""
    top, bottom = (
        float(extreme(edge[:, 1].min() if extreme is min else edge[:, 1].max() for edge in lips))
        for extreme in (min, max)
    )
    share = min(1.0, (limit - top) / (bottom - top))
    return tuple(np.stack([edge[:, 0], top + (edge[:, 1] - top) * share], axis=1) for edge in lips)  # type: ignore[return-value]


def cavity(lips: Lips, depth: float) -> list[Bump]:
    """The hollow of an open mouth."""
    upper, lower = lips[1], lips[2]
    if opening(lips) < 0.03:
        return []

    def lift(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        above = np.interp(x, upper[:, 0], upper[:, 1], left=9, right=9)
        below = np.interp(x, lower[:, 0], lower[:, 1], left=-9, right=-9)
        return -depth * np.clip(np.minimum(y - above, below - y) / 0.05, 0, 1)

    return [lift]


def mouth(
    model: Model,
    outer: Solid,
    dice: Dice,
    style: str,
    lips: Lips,
    skin: Colour,
    ink: Colour,
    nose_y: float | None,
) -> np.ndarray:
    """Models it upon the closed face; its points 48..67, (20, 3)."""
    top, upper, lower, bottom = (share_points(edge, np.linspace(0, 1, 33)) for edge in lips)
    gap = opening(lips)
    if style == "beak":
        return _beak(model, outer, dice, lips)
    rim = max(0.3 * float((bottom - top)[len(top) // 2, 1]) if gap < 0.02 else 0.03, 0.012)
    if gap > 0.03:
        _inside(model, outer, dice, upper, lower, gap)
    if style == "lips" or (gap > 0.03 and float((upper[len(upper) // 2] - top[len(top) // 2])[1]) > 0.035):
        red = (
            dice.colour((335, 375), (0.25, 0.8), (0.5, 0.95))
            if dice.chance(0.5)
            else dice.near(shade(skin, dice.between(0.65, 0.95)), 18)
        )
        puff = dice.between(0.02, 0.1)
        for first, last, tone in ((top, upper, shade(red, dice.between(0.8, 1))), (lower, bottom, red)):
            _loft(model, outer, first, last, puff, tone)
        if gap <= 0.03:
            model.tube(outer.put((upper + lower) / 2, 0.3 * puff), [0.004, 0.012, 0.004], shade(red, 0.4))
    elif gap > 0.03:
        thick = max(0.5 * float((upper[len(upper) // 2] - top[len(top) // 2])[1]), 0.012)
        tone = ink if dice.chance(0.5) else shade(skin, dice.between(0.6, 0.95))
        apart = abs(float(top[0, 0] - upper[0, 0])) > 0.05  # the line goes on beyond the gap
        first, last = (upper, lower) if apart else ((top + upper) / 2, (lower + bottom) / 2)
        model.tube(outer.put(np.concatenate([first, last[::-1][1:-1]])), thick, tone, closed=True)
        if apart:
            model.tube(outer.put(top), [0.4 * thick, thick, thick, 0.4 * thick], tone)
    else:
        profile = [rim] if dice.chance(0.4) else [0.4 * rim, rim, rim, 0.4 * rim]
        model.tube(outer.put((top + bottom) / 2, -0.2 * rim), profile, ink)
    if nose_y is not None and style in ("animal", "flews"):
        y0, y1 = nose_y, float(top[len(top) // 2, 1])
        if y1 > y0:
            path = np.stack([np.zeros(8), np.linspace(y0, y1 + 0.01, 8)], axis=1)
            model.tube(outer.put(path, -0.2 * rim), 0.8 * rim, ink)
    return outer.put(lip_points(lips), 0.004)


def lip_points(lips: Lips) -> np.ndarray:
    """(20, 2), in the order of 48..67."""
    top, upper, lower, bottom = lips
    return np.concatenate(
        [
            share_points(top, np.linspace(0, 1, 7)),
            share_points(bottom, np.linspace(0, 1, 7)[5:0:-1]),
            share_points(upper, np.linspace(0, 1, 5)),
            share_points(lower, np.array([0.75, 0.5, 0.25])),
        ]
    )


def _loft(
    model: Model, solid: Solid, first: np.ndarray, last: np.ndarray, puff: float, colour: Colour, rows: int = 7
) -> None:
    count = 33
    first, last = share_points(first, np.linspace(0, 1, count)), share_points(last, np.linspace(0, 1, count))
    t = np.linspace(0, 1, rows)[:, None]
    flat = first * (1 - t[..., None]) + last * t[..., None]
    ends = np.sqrt(np.clip(1 - np.linspace(-1, 1, count) ** 2, 0, 1))
    model.sheet(solid.put(flat, 0.004 + puff * np.sqrt(np.clip(4 * t * (1 - t), 0, 1)) * ends), colour)


def _inside(model: Model, solid: Solid, dice: Dice, upper: np.ndarray, lower: np.ndarray, gap: float) -> None:
    """Teeth and tongue in the hollow."""
    if dice.chance(0.6):
        reach = dice.between(0.15, 0.4) * gap
        room = np.clip((lower[len(lower) // 2] - upper[len(upper) // 2])[1], 0, None)
        low = upper + np.stack(
            [0 * upper[:, 0], np.minimum(reach, 0.9 * room) * np.sin(np.linspace(0, np.pi, len(upper))) ** 0.4], axis=1
        )
        rows = np.linspace(0, 1, 4)[:, None, None]
        model.sheet(solid.put(upper * (1 - rows) + low * rows, -0.03), WHITE)
    if dice.chance(0.5):
        x, y = float(lower[:, 0].mean()), float(lower[:, 1].max())
        width = 0.3 * float(np.ptp(lower[:, 0]))
        at = solid.put(np.array([x, y - 0.14 * gap]), -0.1)
        model.ball(at, (width, 0.26 * gap, 0.07), dice.colour((340, 370), (0.4, 0.7), (0.6, 1)))


def _beak(model: Model, solid: Solid, dice: Dice, lips: Lips) -> np.ndarray:
    """Two halves that stand out; the edges of the gap are in front, those upon the face around it."""
    top, upper, lower, bottom = (share_points(edge, np.linspace(0, 1, 33)) for edge in lips)
    colour = dice.colour((20, 55), (0.6, 1), (0.7, 1)) if dice.chance(0.75) else dice.colour()
    w = float(np.ptp(top[:, 0])) / 2
    reach = w * dice.between(0.5, 1.5)
    s = np.linspace(-1, 1, 33)
    stand = reach * (1 - np.abs(s) ** dice.between(1.4, 2.4))

    def half(edge: np.ndarray, front: np.ndarray, share: float, tone: Colour) -> np.ndarray:
        root, far = solid.put(edge, 0.004), solid.put(front, 0.0)
        far[:, 2] = root[:, 2] + share * stand + 0.01
        t = np.linspace(0, 1, 9)[:, None, None]
        path = root * (1 - t) + far * t
        path[..., 2] += 0.25 * reach * share * (4 * t * (1 - t))[..., 0] * (stand / max(reach, 1e-6))
        skirt = root - (0, 0, 0.15)
        under = far - np.array([0, 0, 0.9 * share]) * stand[:, None]
        model.sheet(np.concatenate([skirt[None], path, under[None]]), tone)
        return far

    far_up = half(top, upper, 1.0, colour)
    far_low = half(bottom, lower, dice.between(0.75, 0.95), shade(colour, dice.between(0.65, 0.95)))
    if float((lower - upper)[:, 1].max()) > 0.03:
        t = np.linspace(0, 1, 3)[:, None, None]
        deep = np.array([0, 0, 0.35]) * stand[:, None]
        model.sheet((far_up - deep) * (1 - t) + (far_low - deep) * t, dice.colour((340, 380), (0.4, 0.9), (0.1, 0.5)))
    ends, inner = np.linspace(0, 1, 7), np.linspace(0, 1, 5)

    def at(line: np.ndarray, shares: np.ndarray) -> np.ndarray:
        place = shares * (len(line) - 1)
        return np.stack([np.interp(place, np.arange(len(line)), line[:, axis]) for axis in range(3)], axis=1)

    return np.concatenate(
        [
            at(solid.put(top), ends),
            at(solid.put(bottom), ends[5:0:-1]),
            at(far_up, inner),
            at(far_low, np.array([0.75, 0.5, 0.25])),
        ]
    )
