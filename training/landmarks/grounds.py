# SPDX-License-Identifier: GPL-3.0-or-later
"""What is behind a character, and pictures without one."""

from __future__ import annotations

import cv2
import numpy as np

from .dice import Dice

STYLES = ("plain", "plain", "ramp", "noise", "shapes", "stripes", "clouds", "scribble", "checks")


def make(dice: Dice, size: int) -> np.ndarray:
    """(size, size, 3) uint8."""
    style = dice.pick(STYLES)
    first, second = (
        np.array(dice.colour(saturation=(0, 0.8), value=(0, 1))),
        np.array(dice.colour(saturation=(0, 0.8), value=(0, 1))),
    )
    if dice.chance(0.15):
        first = second = np.array(dice.pick([(255, 255, 255), (0, 0, 0), (128, 128, 128), (245, 245, 240)]))
    y, x = np.mgrid[0:size:1.0, 0:size:1.0].astype(np.float32) / size
    if style == "plain":
        image = np.empty((size, size, 3), np.uint8)
        image[:] = first
        return image
    if style in ("ramp", "stripes", "checks"):
        turn = dice.between(0, 2 * np.pi)
        across = np.cos(turn) * x + np.sin(turn) * y
        if style == "ramp":
            share = np.hypot(x - 0.5, y - 0.5) * 1.4 if dice.chance(0.4) else across * 0.5 + 0.5
        else:
            count = dice.between(3, 25)
            share = (np.sin(across * count * 6) > 0).astype(np.float32)
            if style == "checks":
                share = np.abs(share - (np.sin((-np.sin(turn) * x + np.cos(turn) * y) * count * 6) > 0))
    elif style == "noise":
        share = sum(dice.noise(size, cell) * weight for cell, weight in ((3, 0.15), (9, 0.2), (30, 0.3), (80, 0.35)))
    else:
        image = _layers(dice, size, style)
        if dice.chance(0.4):
            image = cv2.blur(image, (int(dice.between(2, 16)),) * 2)
        return image
    return (first + (second - first) * np.clip(share, 0, 1)[..., None]).clip(0, 255).astype(np.uint8)


def _layers(dice: Dice, size: int, style: str) -> np.ndarray:
    if style == "clouds":
        return (
            np.clip(
                dice.noise(size, size / dice.between(2, 8), channels=3) * 0.7
                + 0.5 * dice.noise(size, dice.between(3, 20))[..., None]
                - 0.1,
                0,
                1,
            )
            * 255
        ).astype(np.uint8)
    image = np.empty((size, size, 3), np.uint8)
    image[:] = dice.colour(saturation=(0, 0.7), value=(0.1, 1))
    for _ in range(int(dice.between(4, 24))):
        colour = dice.colour(saturation=(0, 0.9), value=(0, 1))
        place = dice.rng.random(2) * size
        if style == "scribble":
            path = np.cumsum(dice.rng.normal(0, size / 14, (12, 2)), axis=0) + place
            cv2.polylines(image, [path.astype(np.int32)], False, colour, int(dice.between(1, 4)), cv2.LINE_AA)
        elif dice.chance(0.5):
            radii = tuple(int(v) for v in dice.rng.random(2) * size / 3 + 3)
            cv2.ellipse(
                image, tuple(int(v) for v in place), radii, dice.between(0, 180), 0, 360, colour, -1, cv2.LINE_AA
            )
        else:
            corners = place + dice.rng.normal(0, size / 5, (int(dice.between(3, 7)), 2))
            cv2.fillPoly(image, [corners.astype(np.int32)], colour, cv2.LINE_AA)
    return image
