# SPDX-License-Identifier: GPL-3.0-or-later
"""The head itself: sockets, cheeks, muzzles, and the colours of skin, coats, wood and clay."""

from __future__ import annotations

import numpy as np

from .dice import Colour, Dice, shade
from .rendered_draft import Draft
from .rendered_head import Solid, normals, swell
from .rendered_mesh import Model

Snout = tuple[float, float, float, float]  # y, half width, half height, lift: 0 without one


def _lumps(dice: Dice, grid: np.ndarray) -> np.ndarray:
    """Unevenness (R, C) as of fingers or tools."""
    total = np.zeros(grid.shape[:2])
    for _ in range(10):
        wave = dice.rng.normal(0, dice.between(2, 12), 3)
        total += np.sin(grid @ wave + dice.between(0, 6)) / (6 + np.linalg.norm(wave))
    return total * dice.between(0.01, 0.05)


def shape(dice: Dice, form: Solid, draft: Draft) -> Snout:
    """Sockets, cheeks, brow ridge, chin, muzzle; the muzzle."""
    plan, nose, mouth = draft.plan, draft.nose[1:], draft.mouth[1:]
    reach = max(plan.width, plan.height)
    if draft.name in ("human", "toon", "statue", "puppet") and dice.chance(0.75):
        for side in (-1, 1):
            form.bumps.append(
                swell(side * plan.spread, 0.0, 1.5 * reach + 0.06, 1.3 * reach + 0.06, -dice.between(0.02, 0.12))
            )
            if dice.chance(0.6):
                form.bumps.append(swell(side * 0.55, 0.5 * form.head.chin, 0.26, 0.24, dice.between(0, 0.12)))
        form.bumps.append(swell(0, -plan.height - 0.16, 0.7, 0.14, dice.between(0, 0.08)))
        form.bumps.append(swell(0, form.head.chin * 0.93, 0.22, 0.16, dice.between(0, 0.14)))
        form.bumps.append(swell(0, mouth[0], 0.42, 0.3, dice.between(0, 0.1)))
    if not (draft.animal and dice.chance(0.9)) and draft.name != "long":
        return mouth[0], 0.5, 0.4, 0.0
    y = 0.4 * nose[0] + 0.6 * mouth[0]
    rx = max(dice.between(0.32, 0.58), mouth[1] * 1.0 + 0.06, nose[1] + 0.12)
    ry = max(dice.between(0.28, 0.46), 0.6 * (mouth[0] - nose[0]) + 0.18)
    lift = dice.between(0.1, 0.65) if draft.name != "long" else dice.between(0.25, 0.9)
    power = dice.between(2, 4.5)
    if dice.chance(0.3) and draft.name != "long":  # two cheeks of a cat
        for side in (-1, 1):
            form.bumps.append(
                swell(0.42 * side * rx, y + 0.25 * (mouth[0] - y), 0.62 * rx, 0.75 * ry, 0.6 * lift, power)
            )
        form.bumps.append(swell(0, y, 0.7 * rx, ry, 0.4 * lift))
    else:
        form.bumps.append(swell(0, y, rx, ry, lift, power))
        if draft.name == "long" or dice.chance(0.3):  # the nose's back up to the brow
            form.bumps.append(swell(0, 0.35 * y, 0.7 * rx, 0.6 * y, 0.35 * lift))
    return y, rx, ry, lift


def _tones(dice: Dice, draft: Draft, grid: np.ndarray, snout: Snout) -> np.ndarray:
    """Colours (R, C, 3) of the head: patches, spots, stripes, cheeks, grain."""
    kind, colour = draft.kind, draft.colour
    x, y, z = grid[..., 0], grid[..., 1], grid[..., 2]
    tones = np.broadcast_to(np.array(colour, np.float64), grid.shape).copy()

    def paint(mask: np.ndarray, other: Colour, share: float = 1.0) -> None:
        weight = (np.clip(mask, 0, 1) * share)[..., None]
        tones[:] = tones * (1 - weight) + np.array(other) * weight

    if "wood" in kind.surface:
        rings = np.sin(
            dice.between(8, 25) * np.hypot(x - dice.between(-2, 2), 0.35 * y + dice.between(-1, 1)) + 2 * np.sin(2 * y)
        )
        paint(0.5 + 0.5 * rings, shade(colour, dice.between(0.6, 0.9)))
    if kind.soft and dice.chance(0.35):  # coats
        wave = np.sin(dice.between(2, 9) * x + dice.between(0, 6)) * np.sin(
            dice.between(2, 9) * y + dice.between(0, 6)
        ) + 0.4 * np.sin(5 * x * y)
        paint((wave - dice.between(0.0, 0.7)) * 6, dice.near(shade(colour, dice.between(0.3, 1.7)), 20))
    if snout[3] and dice.chance(0.6):
        soft = dice.between(3, 14)
        light = shade(colour, dice.between(1.2, 1.9)) if dice.chance(0.75) else shade(colour, dice.between(0.3, 0.8))
        paint((1.1 - np.hypot(x / snout[1], (y - snout[0]) / snout[2])) * soft * (z > 0), light)
        if dice.chance(0.3):
            paint((0.16 - np.abs(x) * (1 + np.clip(y, -2, 0))) * 12 * (z > 0) * (y < snout[0]), light)
    if dice.chance(0.3):
        for side in (-1, 1):
            paint(
                (1 - np.hypot(x - 0.58 * side, y - 0.45 * snout[0] - 0.2) / dice.between(0.15, 0.3)) * 2 * (z > 0),
                (235, 110, 110),
                dice.between(0.2, 0.7),
            )
    if dice.chance(0.3):
        paint(np.clip(y / 1.5, -1, 1) * dice.sign() * 0.6, shade(colour, dice.between(0.5, 1.4)))
    return np.clip(tones, 0, 255)


def surface(
    model: Model, form: Solid, carved: Solid, dice: Dice, draft: Draft, snout: Snout
) -> tuple[np.ndarray, np.ndarray, str]:
    """Adds the head, hollowed as `carved`; the whole surface (R, C, 3), its colours, and what it is made of."""
    plain = form.grid()
    tones = _tones(dice, draft, plain, snout)
    stuff = dice.weighed(draft.kind.surface)
    uneven: np.ndarray | float = 0.0
    if stuff == "clay" or dice.chance(0.08):
        uneven = normals(plain) * (_lumps(dice, plain) * (np.abs(plain[..., 2]) > 0.02))[..., None]
    grid = plain
    if carved is not form:
        grid = carved.grid()
        deep = np.clip((plain[..., 2] - grid[..., 2]) / 0.05, 0, 1)[..., None]
        tones = tones * (1 - deep) + deep * np.array(dice.colour((340, 380), (0.4, 0.9), (0.05, 0.4)))
    model.sheet(grid + uneven, tones, closed=True)
    return plain + uneven, tones, stuff
