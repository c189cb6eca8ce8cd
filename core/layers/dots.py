# SPDX-License-Identifier: GPL-3.0-or-later
"""Dot eyes: spots of one colour without lids. They move whole, and close to a line of their own colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..landmarks import PARTS
from .eye_inside import quad
from .eye_shape import EyeShape
from .mesh import Layer
from .moment import Moment

# A closed dot is as thick as this share of its width, and this much wider than the open one.
_LINE, _WIDER = 0.2, 0.25
_MARGIN = 0.3
_MOST_SLIDE = 0.3
_LIDS = [1, 2, 4, 5]


@dataclass(frozen=True, eq=False)
class DotState:
    """A dot in one frame: centre (2,) px; axis, normal (2,): unit vectors along and down it; wide, tall: its size over
    that in the picture; closed 0..1."""

    centre: np.ndarray
    axis: np.ndarray
    normal: np.ndarray
    wide: float
    tall: float
    closed: float


class Dot:
    """The dot that an eye of the picture is.

    centre (2,) px; axis, normal (2,); width, height px; low, high (2,) px: the pixels around it, before the picture
    ends.
    """

    def __init__(self, name: str, shape: EyeShape) -> None:
        self.name, self.rest = name, shape.points
        margin = _MARGIN * float(np.ptp(self.rest, axis=0).max()) + 3
        self.low, self.high = np.floor(self.rest.min(axis=0) - margin), np.ceil(self.rest.max(axis=0) + margin)
        chord = self.rest[3] - self.rest[0]
        self.width = max(float(np.hypot(*chord)), 1e-3)
        self.axis = chord / self.width
        self.normal = np.array([-self.axis[1], self.axis[0]])
        self.centre = self.rest[_LIDS].mean(axis=0)
        self.height = max(_gap(self.rest, self.normal), 1e-3)

    def state(self, moment: Moment) -> DotState:
        """Where a frame has it."""
        eye = moment.points[PARTS[self.name]]
        chord = eye[3] - eye[0]
        width = max(float(np.hypot(*chord)), 1e-3)
        axis = chord / width
        normal = np.array([-axis[1], axis[0]])
        scale = moment.scale
        open_ = _gap(eye, normal) / (self.height * scale)
        least = float(np.clip(_LINE * self.width / self.height, 0.08, 0.6))
        closed = float(np.clip(1 - open_, 0, 1))
        tall = scale * (least + (1 - least) * open_ if open_ < 1 else open_)
        wide = width / self.width * (1 + _WIDER * closed)
        side = 0 if self.name == "right_eye" else 1
        slide, _ = moment.slide(side, moment.pose, _MOST_SLIDE * self.width * scale)
        return DotState(eye[_LIDS].mean(axis=0) + slide, axis, normal, wide, tall, closed)

    def moved(self, places: np.ndarray, state: DotState) -> np.ndarray:
        """Where places (..., 2) px of the picture go with it."""
        offset = places - self.centre
        across, down = state.wide * (offset @ self.axis), state.tall * (offset @ self.normal)
        return state.centre + across[..., None] * state.axis + down[..., None] * state.normal

    def layers(self, size: tuple[int, int]) -> tuple[Layer, ...]:
        """The dot, and the line without a glint that it is when closed."""
        low, high = np.clip(self.low, 0, size), np.clip(self.high, 0, size)
        return quad(f"{self.name}_dot", low, high), quad(f"{self.name}_dot_closed", low, high)

    def at(self, moment: Moment, size: tuple[int, int]) -> Mapping[str, tuple[np.ndarray, float]]:
        """Vertices (V, 2) px and opacity of these layers in a frame."""
        state = self.state(moment)
        places = self.moved(self.layers(size)[0].rest, state)
        return {f"{self.name}_dot": (places, 1.0), f"{self.name}_dot_closed": (places, state.closed**2)}


def _gap(eye: np.ndarray, normal: np.ndarray) -> float:
    return float(abs(((eye[[4, 5]] - eye[[2, 1]]) @ normal).mean()))
