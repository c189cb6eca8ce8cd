# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids of drawn eyes: the outline goes with its edge unstretched, the skin beyond gives way evenly, the brow stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..landmarks import PARTS
from .anatomy import Head
from .openings import Opening

# How far beyond an edge skin gives way, in heights of the eye, and at least and at most in units.
_GIVES, _LEAST, _MOST = 0.9, 0.12, 0.45
# How much of the way from held to still skin is taken to ease in, and out.
_ROUND = 0.3
# A brow's landmarks lie on its upper edge: this far below them, in units, its lower one is taken to be.
_BROW = 0.10


def reaches(head: Head, opening: Opening) -> tuple[float, float]:
    """How far above the upper and below the lower edge of a drawn eye skin gives way, px."""
    assert opening.shape is not None
    usual = float(np.clip(_GIVES * opening.gap * opening.width, _LEAST * head.unit, _MOST * head.unit))
    above = usual
    brow = opening.name.replace("eye", "brow")
    if brow in head.present:
        t, n = opening.local(head.points[PARTS[brow]])
        room = (opening.edges(np.clip(t, 0, 1))[0] - n - _BROW * head.unit)[(t > -0.1) & (t < 1.1)]
        if len(room):
            above = float(np.clip(0.9 * room.min(), 2 * opening.shape.band[0] + 2, usual))
    return above, usual


def eased(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, even in between, but for round ends: a lattice cannot follow a kink."""
    x = np.clip(x, 0, 1)
    end = _ROUND
    steep = 1 / (1 - end)
    low, high = np.minimum(x, end), np.maximum(x - (1 - end), 0)
    return steep * (low * low / (2 * end) + np.clip(x - end, 0, 1 - 2 * end) + high - high * high / (2 * end))


class DrawnLid:
    """What the "upper" or "lower" sheet of a drawn eye adds to the skin.

    skin: the weights (m, 68) that the skin itself has at points (m, 2) px. margin px: as much more than the outline
    keeps its shape.
    """

    def __init__(
        self, head: Head, opening: Opening, side: str, skin: Callable[[np.ndarray], np.ndarray], margin: float
    ) -> None:
        assert opening.shape is not None
        self.opening, self.side = opening, side
        self._index = 0 if side == "upper" else 1
        self._rim = opening.upper if side == "upper" else opening.lower
        self._own = self._rim.weights - skin(self._rim.places)
        self._reach = reaches(head, opening)[self._index]
        band = opening.shape.band[self._index]
        self._held = min(band + margin, 0.6 * self._reach) if band > 0 else 0.0
        self.centres, self.radius = self._rim.places, self._reach
        # What it moves lies between the edge and these places.
        self.around = self._rim.places + (-1 if side == "upper" else 1) * self._reach * opening.normal

    def at(self, points: np.ndarray) -> np.ndarray:
        """Weights (m, 68) on the landmarks at points (m, 2) px of the picture."""
        opening = self.opening
        t, n = opening.local(points)
        within = np.clip(t, 0, 1)
        depth = (n - opening.edges(within)[self._index]) * (-1 if self.side == "upper" else 1)
        reach = np.full(t.shape, self._reach)
        if self.side == "upper" and opening.shape is not None and opening.shape.lid is not None:
            # Up to the ring around it, which runs into the lid's corners.
            reach = np.minimum(reach, opening.shape.lid * np.sqrt(4 * within * (1 - within)))
        held = np.minimum(self._held, 0.6 * reach)
        share = 1 - eased((depth - held) / np.maximum(reach - held, 1e-6))
        share = np.where((t >= 0) & (t <= 1), share, 0.0)
        rim = self._rim.along
        after = np.clip(np.searchsorted(rim, within), 1, len(rim) - 1)
        ahead = ((within - rim[after - 1]) / (rim[after] - rim[after - 1]))[:, None]
        return share[:, None] * ((1 - ahead) * self._own[after - 1] + ahead * self._own[after])
