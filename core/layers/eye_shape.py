# SPDX-License-Identifier: GPL-3.0-or-later
"""An eye as it is drawn: where its real edge runs, how thick its outline is, and whether it is a mere dot.

A drawn eye is often larger than the six points on it. Its layers are cut along its own edge then, and landmarks that
come for the points are carried over to that edge: where the points' lids meet, the drawn ones meet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# Pairs of lid points, as offsets from the eye's first landmark: upper, lower
_PAIRS = ((1, 5), (2, 4))
_START = {"right_eye": 36, "left_eye": 42}


@dataclass(frozen=True, eq=False)
class Lash:
    """What sticks out of a drawn eye's line: edge: "upper" or "lower"; stands: on which place of that edge, as in
    `Edge.at`; low, high (2,): the pixels of the picture that it is in."""

    edge: str
    stands: float
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, eq=False)
class EyeShape:
    """points (6, 2) px: the eye's landmarks on its drawn edge, inside the outline · roundness: of its arcs, see `Rim` ·
    band: how thick the outline is above and below it, px · lid: how far above the upper edge, at most, the ring around
    a half-open eye is, px; None: there is none · dot: it is a spot of one colour, without lids · rim: what runs around
    it stays, its lids close within · lashes: what sticks out of its lines."""

    points: np.ndarray
    roundness: float
    band: tuple[float, float] = (0.0, 0.0)
    lid: float | None = None
    dot: bool = False
    rim: bool = False
    lashes: tuple[Lash, ...] = ()

    @property
    def thin(self) -> bool:
        """It has no line that could go with its lids, and gets a thin one."""
        return self.rim or max(self.band) <= 0

    @property
    def lap(self) -> float:
        """How far the upper edge goes over the lower one when shut, px: two outlines become one."""
        return 0.0 if self.rim else 0.8 * min(self.band)


def on_shapes(points: np.ndarray, shapes: Mapping[str, EyeShape]) -> np.ndarray:
    """Landmarks (68, 2) of the picture with those of its eyes on their drawn edges."""
    points = np.array(points, np.float64)
    for name, shape in shapes.items():
        points[_START[name] : _START[name] + 6] = shape.points
    return points


def carried_over(points: np.ndarray, rest: np.ndarray, shapes: Mapping[str, EyeShape]) -> np.ndarray:
    """Landmarks (T, 68, 2) px of frames, given for the points `rest` (68, 2), for the drawn edges instead.

    A pair of lids that meets, meets; one that opens beyond the picture's opens by as many px.
    """
    result = np.array(points, np.float64)
    for name, shape in shapes.items():
        start = _START[name]
        eye, was = result[:, start : start + 6].copy(), rest[start : start + 6]
        chord = was[3] - was[0]
        width = float(np.hypot(*chord))
        if width < 1e-6:
            continue
        axis = chord / width
        normal = np.array([-axis[1], axis[0]])
        # The frame's own axes; between the corners all goes as they go.
        now = eye[:, 3] - eye[:, 0]
        length = np.maximum(np.hypot(now[:, 0], now[:, 1]), 1e-9)
        ahead = now / length[:, None]
        across = np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1)
        ratio = (length / width)[:, None]

        def placed(point, ahead=ahead, across=across, ratio=ratio, eye=eye, was=was, axis=axis, normal=normal):
            offset = point - was[0]
            return eye[:, 0] + ratio * ((offset @ axis) * ahead + (offset @ normal) * across)

        sign = 1.0 if (was[[4, 5]] - was[[1, 2]]).sum(axis=0) @ normal >= 0 else -1.0
        for corner in (0, 3):
            result[:, start + corner] = placed(shape.points[corner])
        for upper, lower in _PAIRS:
            moved = np.stack([eye[:, k] - placed(was[k]) for k in (upper, lower)], axis=1)
            along = np.einsum("tkd,td->tk", moved, ahead).mean(axis=1)
            down = sign * np.einsum("tkd,td->tk", moved, across)
            gap = float((was[lower] - was[upper]) @ normal) * sign * ratio[:, 0]
            drawn = float((shape.points[lower] - shape.points[upper]) @ normal) * sign * ratio[:, 0]
            grown = (drawn + shape.lap) / np.maximum(gap, 1e-6)
            change = down[:, 1] - down[:, 0]
            closing = np.clip(-change / np.maximum(gap, 1e-6), 0, 1)
            change = np.where(change < 0, grown * change, change)
            middle = down.mean(axis=1) * (1 + (grown - 1) * closing)
            for index, half in ((upper, -0.5), (lower, 0.5)):
                shift = (sign * (middle + half * change))[:, None] * across + along[:, None] * ahead
                result[:, start + index] = placed(shape.points[index]) + shift
    return result
