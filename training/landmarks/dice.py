# SPDX-License-Identifier: GPL-3.0-or-later
"""Random choices of a drawing, all from one seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import cv2
import numpy as np

T = TypeVar("T")
Colour = tuple[float, float, float]  # RGB 0..255


class Dice:
    """A NumPy generator with the few ways in which a drawing asks it."""

    def __init__(self, seed: int | Sequence[int]) -> None:
        self.rng = np.random.default_rng(seed)

    def between(self, low: float, high: float) -> float:
        return float(low + (high - low) * self.rng.random())

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.rng.integers(len(options)))]

    def weighed(self, options: Mapping[str, float]) -> str:
        names = list(options)
        weights = np.cumsum([options[name] for name in names])
        return names[int(np.searchsorted(weights, self.rng.random() * weights[-1]))]

    def sign(self) -> int:
        return 1 if self.chance(0.5) else -1

    def colour(
        self,
        hue: tuple[float, float] = (0, 360),
        saturation: tuple[float, float] = (0.2, 0.9),
        value: tuple[float, float] = (0.3, 1.0),
    ) -> Colour:
        """hue in degrees."""
        h, s, v = self.between(*hue) % 360, self.between(*saturation), self.between(*value)
        sector, part = divmod(h / 60, 1)
        p, q, t = v * (1 - s), v * (1 - s * part), v * (1 - s * (1 - part))
        red, green, blue = [(v, t, p), (q, v, p), (p, v, t), (p, q, v), (t, p, v), (v, p, q)][int(sector) % 6]
        return 255 * red, 255 * green, 255 * blue

    def near(self, colour: Colour, amount: float = 14) -> Colour:
        """A colour a little off, each channel by at most `amount`."""
        return tuple(float(np.clip(c + self.between(-amount, amount), 0, 255)) for c in colour)  # type: ignore[return-value]

    def noise(self, size: int, cell: float, *, channels: int = 1) -> np.ndarray:
        """Smooth noise 0..1 with cells of `cell` px, (size, size) or (size, size, channels) float32."""
        cells = max(2, int(np.ceil(size / cell)) + 1)
        values = self.rng.random((cells, cells, channels), np.float32)
        if channels == 1:
            values = values[..., 0]
        return cv2.resize(values, (size, size), interpolation=cv2.INTER_CUBIC)


def shade(colour: Colour, factor: float) -> Colour:
    """Darker below 1, nearer to white above 1 (2 is white)."""
    if factor <= 1:
        return tuple(c * factor for c in colour)  # type: ignore[return-value]
    return tuple(c + (255 - c) * min(1.0, factor - 1) for c in colour)  # type: ignore[return-value]


def mix(first: Colour, second: Colour, share: float) -> Colour:
    return tuple(a * (1 - share) + b * share for a, b in zip(first, second, strict=True))  # type: ignore[return-value]


def brightness(colour: Colour) -> float:
    """0..1."""
    return (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255
