# SPDX-License-Identifier: GPL-3.0-or-later
"""Light and material on what is drawn: cel shade, lambert on a relief, fur, plush, wood, clay, hatching."""

from __future__ import annotations

import cv2
import numpy as np

from .curves import ellipse
from .dice import Dice
from .heads import Head
from .pen import Pen

STYLES = ("flat", "gradient", "cel", "toon3d", "fur", "plush", "wood", "clay")


def apply(
    pen: Pen,
    dice: Dice,
    style: str,
    head: Head,
    *,
    muzzle: tuple[float, float, float],
    nose: tuple[float, float],
    eyes: tuple[float, float],
) -> None:
    """muzzle: (y, width, height) units, width 0 without one · nose: (y, width) · eyes: (half distance, size)."""
    if style == "flat":
        return
    mask = pen.mask(pen.pose.outline(head.outline), px=True)
    solid = pen.solid.astype(np.float32) / 255
    light = dice.between(-np.pi, 0) if dice.chance(0.85) else dice.between(-np.pi, np.pi)
    toward = np.array([np.cos(light), np.sin(light)])
    if style == "gradient":
        _gradient(pen, dice, mask, toward)
    elif style == "cel":
        _cel(pen, dice, head, mask, toward)
    else:
        bumps = _relief(pen, dice, style, head, mask, solid, muzzle, nose, eyes)
        factor = _lambert(bumps, dice, toward, style)
        if style == "fur":
            factor = factor * _hairs(pen, dice, head)
        elif style == "plush":
            factor = factor * _tufts(pen, dice)
        elif style == "wood":
            factor = factor * _grain(pen, dice)
        if style == "clay":
            one_hue(pen, dice, solid)
        pen.multiply(factor, solid)


def _gradient(pen: Pen, dice: Dice, mask: np.ndarray, toward: np.ndarray) -> None:
    y, x = np.mgrid[0 : pen.size, 0 : pen.size].astype(np.float32)
    ramp = ((x - pen.pose.place[0]) * toward[0] + (y - pen.pose.place[1]) * toward[1]) / pen.pose.scale
    pen.multiply(1 + dice.between(0.05, 0.3) * np.clip(ramp, -1, 1), mask)
    if dice.chance(0.4):
        shine = ellipse((dice.between(-0.6, 0.2), -0.6), (0.3, 0.12), -0.4)
        pen.paint(pen.mask(shine, blur=0.05) * mask, (255, 255, 255), dice.between(0.2, 0.8))


def _cel(pen: Pen, dice: Dice, head: Head, mask: np.ndarray, toward: np.ndarray) -> None:
    shift = dice.between(0.1, 0.4)
    lit = pen.mask(pen.pose.outline(head.outline + toward * shift), px=True, blur=dice.pick([0.0, 0.0, 0.04, 0.1]))
    pen.multiply(np.full_like(mask, dice.between(0.6, 0.9)), mask * (1 - lit))


def _bump(pen: Pen, x: np.ndarray, y: np.ndarray, at: tuple[float, float], radius: tuple[float, float]) -> np.ndarray:
    """A soft hill, 1 on its top; radius in units."""
    centre = pen.pose(np.array([at]))[0]
    c, s = np.cos(pen.pose.roll), np.sin(pen.pose.roll)
    dx, dy = (x - centre[0]) / pen.pose.scale, (y - centre[1]) / pen.pose.scale
    across, down = c * dx + s * dy, c * dy - s * dx
    return np.exp(-((across / radius[0]) ** 2) - (down / radius[1]) ** 2)


def _relief(
    pen: Pen, dice: Dice, style: str, head: Head, mask: np.ndarray, solid: np.ndarray, muzzle, nose, eyes
) -> np.ndarray:
    """Heights in px."""
    half = pen.size // 2  # half as fine is fine enough
    y, x = (2 * axis + 1 for axis in np.mgrid[0:half, 0:half].astype(np.float32))
    scale = pen.pose.scale
    height = np.zeros((half, half), np.float32)
    for area, cap in ((solid, 0.5), (mask, dice.between(0.5, 0.9))):
        inside = cv2.distanceTransform((area[::2, ::2] > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
        d = 2 * np.minimum(inside, cap * scale / 2)
        dome = cv2.GaussianBlur(np.sqrt(d * (2 * cap * scale - d)), (0, 0), max(0.5, 0.05 * scale))
        height += 0.6 * dome
    soft = dice.between(0.0, 1.0)
    for way in (-1, 1):
        height -= (
            dice.between(0, 0.16)
            * scale
            * _bump(pen, x, y, (way * eyes[0], -0.02), (1.3 * eyes[1] + 0.05, 1.1 * eyes[1] + 0.05))
        )
        height += (
            soft
            * dice.between(0, 0.14)
            * scale
            * _bump(pen, x, y, (way * 0.6, 0.55 * max(head.chin, 0.8)), (0.3, 0.25))
        )
    if muzzle[1] > 0:
        height += dice.between(0.15, 0.5) * scale * _bump(pen, x, y, (0, muzzle[0]), (0.9 * muzzle[1], 0.9 * muzzle[2]))
        if dice.chance(0.5):
            for way in (-1, 1):
                height += (
                    0.12
                    * scale
                    * _bump(pen, x, y, (way * 0.45 * muzzle[1], muzzle[0]), (0.4 * muzzle[1], 0.5 * muzzle[2]))
                )
        height += dice.between(0, 0.15) * scale * _bump(pen, x, y, (0, 0.4 * nose[0]), (0.16, 0.5 * nose[0]))
    elif nose[1] > 0:
        height += (
            dice.between(0.1, 0.3)
            * scale
            * _bump(pen, x, y, (0, nose[0] - 0.6 * nose[1]), (0.9 * nose[1], 1.1 * nose[1]))
        )
        height += (
            dice.between(0.03, 0.14) * scale * _bump(pen, x, y, (0, 0.5 * nose[0]), (0.45 * nose[1], 0.5 * nose[0]))
        )
    height += dice.between(0, 0.1) * scale * _bump(pen, x, y, (0, -0.28 - eyes[1]), (0.9, 0.16))
    height = cv2.resize(height, (pen.size, pen.size), interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(height, (0, 0), max(0.7, 0.02 * scale))


def _lambert(height: np.ndarray, dice: Dice, toward: np.ndarray, style: str) -> np.ndarray:
    gx, gy = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125)
    flat = dice.between(0.7, 1.5)
    norm = np.sqrt(gx**2 + gy**2 + flat**2)
    raised = dice.between(0.5, 1.3)
    light = np.array([toward[0], toward[1], raised]) / np.hypot(1, raised)
    diffuse = (-gx * light[0] - gy * light[1] + flat * light[2]) / norm
    ambient = dice.between(0.35, 0.75)
    factor = ambient + (1.2 - ambient) * np.clip(diffuse, 0, 1) / max(light[2], 0.5)
    if style in ("toon3d", "clay") and dice.chance(0.5):
        factor = factor + dice.between(0.1, 0.5) * np.clip(diffuse, 0, 1) ** dice.between(10, 40)
    if dice.chance(0.3):  # a rim of light
        factor = factor + dice.between(0.1, 0.4) * np.clip(1 - flat / norm - 0.4, 0, 1)
    return factor.astype(np.float32)


def _hairs(pen: Pen, dice: Dice, head: Head) -> np.ndarray:
    """Streaks that run away from the nose."""
    y, x = np.mgrid[0 : pen.size, 0 : pen.size].astype(np.float32)
    centre = pen.pose(np.array([(0.0, dice.between(0.2, 0.6))]))[0]
    dx, dy = (x - centre[0]) / pen.pose.scale, (y - centre[1]) / pen.pose.scale
    angle, reach = np.arctan2(dx, dy + 1e-6), np.sqrt(dx**2 + dy**2)
    noise = dice.rng.random((128, 128), np.float32)
    along, across = dice.between(6, 20), dice.between(20, 60)
    bend = 0.15 * np.sin(3 * reach + dice.between(0, 6))
    column, row = ((angle + bend) * across + 400) % 127, (reach * along) % 127
    streaks = cv2.remap(noise, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR)
    return 1 + dice.between(0.15, 0.7) * (streaks - 0.5)


def _tufts(pen: Pen, dice: Dice) -> np.ndarray:
    cell = dice.between(1.5, 5)
    return 1 + dice.between(0.2, 0.7) * (0.6 * dice.noise(pen.size, cell) + 0.4 * dice.noise(pen.size, 3 * cell) - 0.5)


def _grain(pen: Pen, dice: Dice) -> np.ndarray:
    y, x = np.mgrid[0 : pen.size, 0 : pen.size].astype(np.float32)
    turn = dice.between(-0.4, 0.4) + dice.pick([0.0, np.pi / 2])
    across = (np.cos(turn) * x + np.sin(turn) * y) / pen.pose.scale
    rings = np.sin(across * dice.between(10, 40) + 6 * dice.noise(pen.size, pen.size / 4))
    return 1 + dice.between(0.05, 0.22) * rings


def one_hue(pen: Pen, dice: Dice, solid: np.ndarray) -> None:
    """Stone, clay or bronze: all colours drawn near one."""
    colour = np.array(dice.colour((0, 60) if dice.chance(0.7) else (0, 360), (0.05, 0.6), (0.4, 0.95)), np.float32)
    grey = pen.image.astype(np.float32).mean(axis=2, keepdims=True) / 255
    toned = colour * (0.35 + 0.65 * grey)
    share = (solid * dice.between(0.6, 1.0))[..., None]
    worn = dice.noise(pen.size, dice.between(4, 20))[..., None] * 0.35 + 0.8
    pen.image = np.clip(pen.image * (1 - share) + toned * worn * share, 0, 255).astype(np.uint8)
