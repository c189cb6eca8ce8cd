# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines of heads: a superellipse of two halves, bent at cheeks, jaw and muzzle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .dice import Dice


@dataclass(frozen=True, eq=False)
class Head:
    """outline: ring (N, 2), x = ±1 at y = 0 · jaw: its part below the eyes, left to right · chin, top: y."""

    outline: np.ndarray
    jaw: np.ndarray
    top: float
    chin: float


def make(
    dice: Dice,
    *,
    chin: float,
    top: float,
    middle: float = 0.0,
    power: tuple[float, float] = (2.0, 2.0),
    cheek: float = 0.0,
    taper: float = 0.0,
    snout: float = 0.0,
    uneven: float = 0.03,
) -> Head:
    """Heights in face units: chin > 0 below the eyes, top < 0. middle: height of the widest place.

    power: superellipse powers above and below · cheek: width added half way down · taper: width lost at the chin ·
    snout: width added just above it.
    """
    angle = np.linspace(-np.pi / 2, np.pi / 2, 61)
    c, s = np.cos(angle), np.sin(angle)
    powers = np.where(s > 0, power[1], power[0])
    x = np.abs(c) ** (2 / powers)
    y = middle + np.where(s > 0, chin - middle, middle - top) * np.sign(s) * np.abs(s) ** (2 / powers)
    low = np.clip((y - middle) / (chin - middle), 0, 1)
    x = x * (
        1
        + cheek * np.exp(-(((low - 0.5) / 0.25) ** 2))
        - taper * low**1.5
        + snout * np.exp(-(((low - 0.85) / 0.2) ** 2))
    )
    at_eyes = np.interp(0.0, y, x)
    x = x / max(at_eyes, 1e-3)
    left, right = x.copy(), x.copy()
    if uneven:
        wave = dice.between(0, 2 * np.pi), dice.between(0, 2 * np.pi)
        pull = np.abs(np.sin(np.pi * (y - top) / (chin - top)) * y) * uneven
        left, right = left + pull * np.sin(3 * y + wave[0]), right + pull * np.sin(3 * y + wave[1])
    low_part = y >= 0
    first, last = np.array([[-1.0, 0.0]]), np.array([[1.0, 0.0]])
    down = np.stack([-left[low_part], y[low_part]], axis=1)
    up = np.stack([right[low_part], y[low_part]], axis=1)[::-1]
    jaw = np.concatenate([first, down, up[1:], last])
    skull = np.concatenate(
        [
            np.stack([right[~low_part], y[~low_part]], axis=1)[::-1],
            np.stack([-left[~low_part], y[~low_part]], axis=1)[1:],
        ]
    )
    return Head(np.concatenate([jaw, skull]), jaw, top, chin)


def human(dice: Dice, *, young: float = 0.5) -> Head:
    """young: 0 a long grown face, 1 a round low one."""
    chin = dice.between(1.35, 1.95) - 0.45 * young
    return make(
        dice,
        chin=chin,
        top=-dice.between(0.9, 1.4) - 0.3 * young,
        middle=dice.between(-0.4, 0.25),
        power=(dice.between(1.9, 2.6), dice.between(1.6, 2.7)),
        cheek=dice.between(-0.03, 0.12),
        taper=dice.between(0, 0.4),
        snout=dice.between(0, 0.12),
    )


def round_head(dice: Dice, *, box: float = 0.0) -> Head:
    """A ball, an egg, a bun; box: how square."""
    power = dice.between(1.9, 2.3) + box
    return make(
        dice,
        chin=dice.between(0.8, 1.35),
        top=-dice.between(0.5, 1.2),
        middle=dice.between(-0.1, 0.4),
        power=(power, power + dice.between(-0.2, 0.4)),
        cheek=dice.between(-0.05, 0.12),
        taper=dice.between(-0.1, 0.15),
        uneven=dice.pick([0.0, 0.03]),
    )


def beast(dice: Dice, *, long: float = 0.0) -> Head:
    """A furry head: cheeks wide, the muzzle inside or, long, below them."""
    if long > 0:
        return make(
            dice,
            chin=dice.between(1.4, 1.8) + 0.7 * long,
            top=-dice.between(0.6, 1.0),
            middle=dice.between(-0.35, 0.0),
            power=(2.0, dice.between(1.6, 2.6)),
            cheek=-0.15 * long,
            taper=dice.between(0.2, 0.5),
            snout=dice.between(0.1, 0.35),
        )
    return make(
        dice,
        chin=dice.between(0.85, 1.35),
        top=-dice.between(0.6, 1.1),
        middle=dice.between(-0.1, 0.35),
        power=(dice.between(1.8, 2.6), dice.between(1.7, 2.5)),
        cheek=dice.between(0.0, 0.28),
        taper=dice.between(0, 0.3),
        snout=dice.between(0, 0.15),
    )


def ragged(dice: Dice, outline: np.ndarray, amount: float) -> np.ndarray:
    """The outline as fur or hair ends it: spikes outwards by up to `amount` units."""
    dense = np.concatenate([outline, outline[:1]])
    steps = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(dense, axis=0).T))])
    count = max(24, int(steps[-1] / max(0.05, 0.9 * amount)))
    at = np.linspace(0, steps[-1], count, endpoint=False)
    path = np.stack([np.interp(at, steps, dense[:, 0]), np.interp(at, steps, dense[:, 1])], axis=1)
    away = path - path.mean(axis=0)
    away /= np.maximum(np.hypot(*away.T), 1e-6)[:, None]
    out = amount * dice.rng.random(count) * (np.arange(count) % 2)
    return path + away * out[:, None]
