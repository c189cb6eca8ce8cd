# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene is made of: the camera that turns a head, what a surface looks like, its lights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field

import numpy as np

from ..brush import DESIGN_SIZE, MIDDLE
from .shapes import Shape, Vector, moved, rotation

_SIGHT = 7.0  # units from the camera to the head's origin: a long lens


@dataclass(frozen=True, kw_only=True)
class Camera:
    """How the head is seen: degrees of `rotation`, its origin's place on the drawing (x, y), design px for a unit."""

    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    place: tuple[float, float] = (MIDDLE, MIDDLE)
    scale: float = 300.0

    @property
    def turn(self) -> np.ndarray:
        """From the head's frame to the world's, (3, 3)."""
        return rotation(yaw=self.yaw, pitch=self.pitch, roll=self.roll)

    @property
    def _place(self) -> np.ndarray:
        return np.array([self.place[0] - MIDDLE, MIDDLE - self.place[1], 0.0]) / self.scale

    @property
    def origin(self) -> np.ndarray:
        """The eye's place in the head's frame."""
        return self.turn.T @ (np.array([0, 0, _SIGHT]) - self._place)

    def rays(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Unit directions in the head's frame through design pixels; (3, N) float32."""
        across = (np.asarray(x, np.float64) - MIDDLE) / (self.scale * _SIGHT)
        up = (MIDDLE - np.asarray(y, np.float64)) / (self.scale * _SIGHT)
        length = 1 / np.sqrt(across * across + up * up + 1)
        back = self.turn.T
        return np.stack([(b[0] * across + b[1] * up - b[2]) * length for b in back]).astype(np.float32)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points of the head's frame (N, 3) as design pixels (N, 2)."""
        world = np.asarray(points, np.float64) @ self.turn.T + self._place
        depth = _SIGHT / (_SIGHT - world[:, 2])
        return np.stack([MIDDLE + self.scale * world[:, 0] * depth, MIDDLE - self.scale * world[:, 1] * depth], axis=1)

    def upright(self, shape: Shape) -> Shape:
        """A shape of the world's frame (origin in the middle of the drawing, y up), for what does not turn along."""
        return moved(shape, self.turn.T, -self.turn.T @ self._place)

    def inwards(self, vector: Vector) -> np.ndarray:
        """A direction of the world in the head's frame."""
        return self.turn.T @ np.asarray(vector, np.float64)

    def outwards(self, p: np.ndarray) -> np.ndarray:
        """Points (3, N) of the head's frame in the world's."""
        t, s = self.turn.astype(np.float32), self._place.astype(np.float32)
        return np.stack([t[k, 0] * p[0] + t[k, 1] * p[1] + t[k, 2] * p[2] + s[k] for k in range(3)])


@dataclass(eq=False)
class Look:
    """A surface at N points: colour (3, N) or (3,) linear · rough 0..1 · shine: what it mirrors head on, 0..1.

    soft: how far light creeps round into the shade · glow: light of its own · normal (3, N): another than the shape's.
    """

    colour: np.ndarray
    _: KW_ONLY
    rough: np.ndarray | float = 0.6
    shine: np.ndarray | float = 0.04
    soft: np.ndarray | float = 0.0
    glow: np.ndarray | float = 0.0
    normal: np.ndarray | None = None


Paint = Callable[[np.ndarray, np.ndarray], Look]


@dataclass(frozen=True, kw_only=True)
class Fur:
    """Hair on a shape: its length, tufts for each unit, and which way it is combed (head's frame; longer, further)."""

    length: float
    density: float
    comb: Sequence[float] = (0.0, -0.6, 0.0)
    seed: int = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """A shape and what it looks like: paint(points (3, N), normals (3, N)) · casts: it shades what is around it."""

    shape: Shape
    paint: Paint
    fur: Fur | None = None
    casts: bool = True


@dataclass(frozen=True, kw_only=True)
class Lights:
    """Directions in the world, towards the light; colours linear."""

    key: tuple[float, float, float] = (-0.5, 0.75, 0.65)
    key_colour: tuple[float, float, float] = (2.1, 1.95, 1.75)
    sky: tuple[float, float, float] = (0.62, 0.7, 0.85)
    ground: tuple[float, float, float] = (0.42, 0.34, 0.3)
    rim: tuple[float, float, float] = (0.75, 0.5, -0.45)
    rim_colour: tuple[float, float, float] = (0.8, 0.85, 1.0)
    blur: float = 10.0  # of the key's shadow: larger is harder
    exposure: float = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    camera: Camera
    parts: Sequence[Part]
    lights: Lights = field(default_factory=Lights)


def pixels_of(size: int) -> np.ndarray:
    """The design coordinate of each pixel's middle along one axis."""
    return (np.arange(size) + 0.5) * (DESIGN_SIZE / size)


def unit(vector: np.ndarray) -> np.ndarray:
    """(3, N) brought to length 1."""
    return vector / np.maximum(np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2), 1e-9)


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(3, N) with (3, N) or (3,)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
