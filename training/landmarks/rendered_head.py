# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads as solids: a drawn head's outline seen from the front, rounded in depth, with bumps and hollows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .dice import Dice
from .heads import Head

Bump = Callable[[np.ndarray, np.ndarray], np.ndarray]  # x, y to a height, all of one shape
ROWS, FRONT, BACK = 80, 78, 14


def swell(x0: float, y0: float, rx: float, ry: float, height: float, power: float = 2.0) -> Bump:
    """A hill (or hollow) around (x0, y0); a higher power makes its top flatter."""

    def lift(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        reach = np.hypot((x - x0) / rx, (y - y0) / ry)
        return height * np.exp(-(reach**power))

    return lift


@dataclass(eq=False)
class Solid:
    """A head of the drawings with depth. front, back: its depth at the widest · power: of its section, 2 is round ·
    chin_forward: how far the chin stands before the temples."""

    head: Head
    front: float
    back: float
    power: float
    profile: float
    chin_forward: float
    bumps: list[Bump] = field(default_factory=list)

    def __post_init__(self) -> None:
        outline = self.head.outline
        edges = []
        turn = np.linspace(0, np.pi, 160)
        middle, tall = (self.head.top + self.head.chin) / 2, (self.head.chin - self.head.top) / 2
        self._levels = middle - tall * 0.9995 * np.cos(turn)
        for side in (-1, 1):
            half = outline[outline[:, 0] * side > 1e-6]
            half = half[np.argsort(half[:, 1], kind="stable")]
            edges.append(np.interp(self._levels, half[:, 1], np.abs(half[:, 0])))
        self._left, self._right = edges

    def width(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Half width at the heights y, on the side of x."""
        levels = self._levels
        return np.maximum(np.where(x < 0, np.interp(y, levels, self._left), np.interp(y, levels, self._right)), 1e-3)

    def _depth(self, y: np.ndarray, depth: float) -> np.ndarray:
        middle, half = (self.head.top + self.head.chin) / 2, (self.head.chin - self.head.top) / 2
        reach = np.clip(np.abs(y - middle) / half, 0, 1)
        return depth * (1 - reach**self.profile) ** (1 / self.profile)

    def _shift(self, y: np.ndarray) -> np.ndarray:
        low = np.clip(y / self.head.chin, 0, 1)
        return self.chin_forward * low**2

    def z(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The front's depth at (x, y); beyond the edge that of the edge."""
        share = np.clip(np.abs(x) / self.width(y, x), 0, 1)
        z = self._shift(y) + self._depth(y, self.front) * (1 - share**self.power) ** (1 / self.power)
        fade = np.clip(3.5 * (1 - share), 0, 1)
        for bump in self.bumps:
            z = z + fade * bump(x, y)
        return z

    def put(self, path: np.ndarray, lift: np.ndarray | float = 0.0) -> np.ndarray:
        """(..., 2) to (..., 3) on the front, raised along its normal."""
        x, y = path[..., 0], path[..., 1]
        z, step = self.z(x, y), 0.012
        slope_x = np.clip((self.z(x + step, y) - z) / step, -2, 2)
        slope_y = np.clip((self.z(x, y + step) - z) / step, -2, 2)
        normal = np.stack([-slope_x, -slope_y, np.ones_like(x)], axis=-1)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return np.stack([x, y, z], axis=-1) + normal * np.asarray(lift)[..., None]

    def grid(self) -> np.ndarray:
        """The whole surface (R, C, 3), columns around it from the left edge over the front."""
        turn = np.linspace(0, np.pi, ROWS)
        even = np.linspace(-1, 1, ROWS)
        share = 0.45 * even + 0.55 * -np.cos(turn)  # finer towards top and chin, but fine enough between
        middle, half = (self.head.top + self.head.chin) / 2, (self.head.chin - self.head.top) / 2
        y = (middle + half * 0.9995 * share)[:, None]
        s = np.linspace(-1, 1, FRONT)
        across = 0.6 * s + 0.4 * np.sin(np.pi / 2 * s)
        x = across * self.width(y, across + 0 * y)
        front = np.stack([x, y + 0 * x, self.z(x, y + 0 * x)], axis=-1)
        behind = np.cos(np.linspace(0, np.pi, BACK + 2)[1:-1])
        x = behind * self.width(y, behind + 0 * y)
        z = self._shift(y) - self._depth(y, self.back) * (1 - np.abs(behind) ** self.power) ** (1 / self.power)
        low = np.clip(y / self.head.chin, 0, 1)
        z = z * (1 - 0.5 * low)  # the skull's back ends above the chin
        return np.concatenate([front, np.stack([x, y + 0 * x, z], axis=-1)], axis=1)


def solid(dice: Dice, head: Head, *, boxy: float = 0.0) -> Solid:
    """A random depth for a head."""
    return Solid(
        head,
        front=dice.between(0.55, 1.0),
        back=dice.between(0.6, 1.1),
        power=dice.between(1.9, 2.5) + boxy,
        profile=dice.between(1.9, 2.6) + boxy,
        chin_forward=dice.between(0.1, 0.4),
    )


def normals(grid: np.ndarray) -> np.ndarray:
    """Outward unit normals (R, C, 3) of a closed grid."""
    padded = np.concatenate([grid[:, -1:], grid, grid[:, :1]], axis=1)
    around, down = padded[:, 2:] - padded[:, :-2], np.gradient(grid, axis=0)
    normal = np.cross(around, down)
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-9)
    return normal
