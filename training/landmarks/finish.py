# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a whole picture: things in front, colour, light, blur, grain, compression."""

from __future__ import annotations

import cv2
import numpy as np

from .dice import Dice
from .pen import Pen


def occlude(pen: Pen, dice: Dice) -> None:
    """Things in front of the head's edge or of the picture; never over the middle of the face."""
    for _ in range(int(dice.rng.integers(1, 3))):
        angle, reach = dice.between(0, 2 * np.pi), dice.between(0.95, 1.6)
        middle = pen.pose(np.array([(reach * np.cos(angle), 0.5 + 1.2 * reach * np.sin(angle))]))[0]
        corners = middle + dice.rng.normal(0, dice.between(0.1, 0.35) * pen.pose.scale, (int(dice.between(3, 8)), 2))
        pen.fill(corners, dice.colour(saturation=(0, 1), value=(0, 1)), px=True)


def finish(image: np.ndarray, dice: Dice) -> np.ndarray:
    """(H, W, 3) uint8, another look of the same picture."""
    size = image.shape[0]
    if dice.chance(0.12):
        image = cv2.medianBlur(image, 3) if dice.chance(0.5) else cv2.bilateralFilter(image, 5, 60, 5)
    if dice.chance(0.5):
        image = _tone(image, dice)
    if dice.chance(0.25):
        turn = dice.between(0, 2 * np.pi)
        y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j].astype(np.float32)
        light = 1 + dice.between(0.05, 0.4) * (np.cos(turn) * x + np.sin(turn) * y)
        image = np.clip(image * light[..., None], 0, 255).astype(np.uint8)
    if dice.chance(0.3):
        image = cv2.GaussianBlur(image, (0, 0), dice.between(0.4, 1.6))
    if dice.chance(0.12):
        small = max(40, int(size * dice.between(0.3, 0.8)))
        image = cv2.resize(cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA), (size, size))
    if dice.chance(0.3):
        grain = dice.rng.normal(0, dice.between(2, 16), (size, size, 1 if dice.chance(0.6) else 3)).astype(np.float32)
        image = np.clip(image + grain, 0, 255).astype(np.uint8)
    if dice.chance(0.2):
        packed = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(dice.between(20, 90))])[1]
        image = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return image


def _tone(image: np.ndarray, dice: Dice) -> np.ndarray:
    """Contrast, brightness, gamma, tint, saturation; sometimes grey."""
    level = np.arange(256, dtype=np.float32) / 255
    gamma, gain, lift = dice.between(0.6, 1.6), dice.between(0.7, 1.25), dice.between(-0.12, 0.12)
    curves = [np.clip((level**gamma * gain * dice.between(0.9, 1.1) + lift) * 255, 0, 255) for _ in range(3)]
    image = cv2.LUT(image, np.stack(curves, axis=-1).astype(np.uint8)[None])
    share = 1.0 if dice.chance(0.12) else dice.between(-0.3, 0.6)
    if abs(share) > 0.1:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        image = cv2.addWeighted(image, 1 - share, grey, share, 0)
    return image
