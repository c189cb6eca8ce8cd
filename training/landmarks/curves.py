# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves (N, 2) in face units: (0, 0) between the eyes, y down, the face's edge at that height x = ±1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def share_points(path: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Points of an open path at shares 0..1 of its length."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = shares * length[-1]
    return np.stack([np.interp(wanted, length, path[:, 0]), np.interp(wanted, length, path[:, 1])], axis=1)


def smooth(knots: np.ndarray | list, count: int = 32) -> np.ndarray:
    """A Catmull-Rom curve through open knots, (count, 2)."""
    knots = np.asarray(knots, np.float64)
    padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    place = np.linspace(0, len(knots) - 1, count)
    index = np.minimum(place.astype(int), len(knots) - 2)
    t = (place - index)[:, None]
    a, b, c, d = (padded[index + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def ellipse(centre: tuple[float, float], radii: tuple[float, float], turn: float = 0.0, count: int = 28) -> np.ndarray:
    """A closed ring; `turn` in radians, clockwise as seen."""
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return rotated(np.stack([radii[0] * np.cos(angle), radii[1] * np.sin(angle)], axis=1), turn) + centre


def rotated(path: np.ndarray, turn: float) -> np.ndarray:
    c, s = np.cos(turn), np.sin(turn)
    return path @ np.array([[c, s], [-s, c]])


def mirrored(path: np.ndarray) -> np.ndarray:
    """The path of the other side, in the same order."""
    return path * (-1.0, 1.0)


def ribbon(path: np.ndarray, widths: np.ndarray | Sequence[float] | float) -> np.ndarray:
    """The closed outline of a stroke along an open path; widths: scalar, or (N,) or fewer, spread along it."""
    widths = np.atleast_1d(np.asarray(widths, np.float64))
    width = np.interp(np.linspace(0, 1, len(path)), np.linspace(0, 1, len(widths)), widths)
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) * width[:, None] / 2
    return np.concatenate([path + side, (path - side)[::-1]])


def half_oval(
    centre: tuple[float, float], radii: tuple[float, float], power: float = 2.0, count: int = 17
) -> np.ndarray:
    """The upper half of a superellipse from left to right."""
    angle = np.linspace(np.pi, 0, count)
    c, s = np.cos(angle), np.sin(angle)
    x = np.sign(c) * np.abs(c) ** (2 / power)
    return np.stack([centre[0] + radii[0] * x, centre[1] - radii[1] * np.abs(s) ** (2 / power)], axis=1)
