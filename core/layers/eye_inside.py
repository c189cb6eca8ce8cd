# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: how far their lids are shut in a frame, and the layers under and on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..landmarks import COUNT, PARTS
from .anatomy import Head
from .fields import smoothstep
from .mesh import Layer, uv_in
from .moment import Moment
from .openings import Opening

# How far around the edges of an opening its patch of the picture reaches, in units.
_PATCH = 0.55
# How dark the lid's shadow is: of one that shuts, and of one that moves
_SHADE, _SHADOW = 0.3, 0.3
# What lies between lid and brow begins to look stretched, and surely does, at so many times its height.
_STRETCHES = 1.3, 2.1
# As far as an eyeball looks to the side, in widths of the eye
_MOST_SLIDE = 0.3
_QUAD = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


def patch_of(head: Head, opening: Opening, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The pixels around an opening that it is made of: from (x, y) to (x, y), whole px of a picture of `size`."""
    edge = np.concatenate([opening.upper.places, opening.lower.places])
    margin = _PATCH * head.unit
    low = np.clip(np.floor(edge.min(axis=0) - margin), 0, size)
    high = np.clip(np.ceil(edge.max(axis=0) + margin), 0, size)
    return low, np.maximum(high, low)


def quad(name: str, low: np.ndarray, high: np.ndarray) -> Layer:
    """A rectangle of the picture."""
    rest = np.array([low, (high[0], low[1]), high, (low[0], high[1])], np.float64)
    return Layer(name, rest, _QUAD, uv_in(rest, low, np.maximum(high, low + 1)), 0, name)


@dataclass(frozen=True, eq=False)
class EyeState:
    """An eye in one frame.

    shut 0..1; lid: how much of its lid is of clean skin, 0..1: it shuts, or its brow is lifted far off it; ball (2, 3):
    where the eyeball goes; still 0..1: it is as in the picture; shade: how dark the lid's shadow is.
    """

    shut: float
    lid: float
    ball: np.ndarray
    still: float
    shade: float


def eye_state(opening: Opening, moment: Moment) -> EyeState:
    """What a frame makes of an eye."""
    ratio = moment.gap(opening) / max(opening.gap, 1e-3)
    shut = float(np.clip(1.5 * (1 - ratio), 0, 1))
    ball, slid = eyeball(opening, moment, moment.points)
    still = moment.stillness(opening) * float(np.clip(1 - slid / 2, 0, 1))
    shade = _SHADE * shut + _SHADOW * (1 - still)
    return EyeState(shut, max(shut, _lifted(opening, moment)), ball, still, shade)


def _lifted(opening: Opening, moment: Moment) -> float:
    """How much of what lies between lid and brow is stretched until it shows, 0..1."""
    brow = opening.name.replace("eye", "brow")
    if brow not in moment.head.present or moment.head.points is moment.points:
        return 0.0
    middle, lids = list(range(*PARTS[brow].indices(COUNT)))[1:-1], list(opening.anatomy.upper[1:-1])
    heights = []
    for points, turn in ((moment.head.points, np.eye(2)), (moment.points, moment.pose[:, :2] / moment.scale**2)):
        heights.append(float((points[lids].mean(axis=0) - points[middle].mean(axis=0)) @ (turn @ moment.head.down)))
    stretched = heights[1] / max(heights[0], 0.05 * moment.head.unit)
    return float(smoothstep(np.array((stretched - _STRETCHES[0]) / (_STRETCHES[1] - _STRETCHES[0]))))


def eyeball(opening: Opening, moment: Moment, points: np.ndarray) -> tuple[np.ndarray, float]:
    """Where the eyeball goes, (2, 3), in a frame whose lids are at points (68, 2) px: it keeps the skull's turn and
    size, and its place between the corners; its iris follows the gaze, so many px."""
    corners = [opening.anatomy.upper[0], opening.anatomy.upper[-1]]
    matrix = moment.pose.copy()
    here, there = moment.head.points[corners].mean(axis=0), points[corners].mean(axis=0)
    matrix[:, 2] = there - matrix[:, :2] @ here
    side = 0 if opening.name == "right_eye" else 1
    slide, slid = moment.slide(side, matrix, _MOST_SLIDE * opening.width * moment.scale)
    matrix[:, 2] += slide
    return matrix, slid


class EyeInside:
    """The layers of an eye that are no skin: `behind` it (eyeball, and as it is at rest; the shadow comes with the
    sheets); `front`, over it, is nothing."""

    def __init__(self, head: Head, opening: Opening, size: tuple[int, int]) -> None:
        self.opening = opening
        low, high = patch_of(head, opening, size)
        self.behind = tuple(quad(f"{opening.name}_{each}", low, high) for each in ("inside", "inside_rest"))
        self.front: tuple[Layer, ...] = ()

    def at(self, moment: Moment) -> Mapping[str, tuple[np.ndarray, float]]:
        """Vertices (V, 2) px and opacity of these layers in a frame."""
        state = eye_state(self.opening, moment)
        return {
            layer.name: (layer.rest @ state.ball[:, :2].T + state.ball[:, 2], opacity)
            for layer, opacity in zip(self.behind, (1.0, state.still), strict=True)
        }
