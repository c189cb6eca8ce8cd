# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes: how far their lids are shut in a frame, and the layers under and on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .anatomy import Head
from .fields import smoothstep
from .mesh import Layer, uv_in
from .moment import Moment
from .openings import Opening
from .strips import has_ring, lid_lines, strip_along, strip_layer, strip_vertices

# How far around the edges of an opening its patch of the picture reaches, in units.
_PATCH = 0.55
# A ring is drawn anew when the eye's opening has changed by this share.
_RING_FADE = 0.12
# How dark the lid's shadow is: of one that shuts, and of one that moves
_SHADE, _SHADOW = 0.3, 0.3
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

    shut 0..1; lid: how much of its lid is of clean skin, 0..1; line: of the lines along it; ball (2, 3): where the
    eyeball goes; still 0..1: it is as in the picture; shade: how dark the lid's shadow is; sealed: how much slivers
    between lids that meet are outline.
    """

    shut: float
    lid: float
    line: float
    ball: np.ndarray
    still: float
    shade: float
    sealed: float


def eye_state(opening: Opening, moment: Moment) -> EyeState:
    """What a frame makes of an eye."""
    ratio = moment.gap(opening) / max(opening.gap, 1e-3)
    shut = float(np.clip((1.5 if opening.shape is None else 1.0) * (1 - ratio), 0, 1))
    lid = dress = shut
    if has_ring(opening):
        dress = float(smoothstep(np.array(abs(1 - ratio) / _RING_FADE)))
        # The ring in the skin goes once its line is drawn.
        lid = float(np.clip(2 * dress - 1, 0, 1))
    ball, slid = _ball(opening, moment)
    still = moment.stillness(opening) * float(np.clip(1 - slid / 2, 0, 1))
    shade = _SHADE * shut + _SHADOW * (1 - still)
    return EyeState(
        shut, lid, min(2 * dress, 1.0), ball, still, shade, float(smoothstep(np.array((shut - 0.92) / 0.08)))
    )


def _ball(opening: Opening, moment: Moment) -> tuple[np.ndarray, float]:
    """The eyeball keeps the skull's turn and size, and its place between the corners; its iris follows the gaze, so
    many px."""
    corners = [opening.anatomy.upper[0], opening.anatomy.upper[-1]]
    matrix = moment.pose.copy()
    here, there = moment.head.points[corners].mean(axis=0), moment.points[corners].mean(axis=0)
    matrix[:, 2] = there - matrix[:, :2] @ here
    side = 0 if opening.name == "right_eye" else 1
    slide, slid = moment.slide(side, matrix, _MOST_SLIDE * opening.width * moment.scale)
    matrix[:, 2] += slide
    return matrix, slid


class EyeInside:
    """The layers of an eye that are no skin: `behind` it (eyeball, and as it is at rest; the shadow comes with the
    sheets), what seals slivers, `front`: lines along its lids."""

    def __init__(self, head: Head, opening: Opening, size: tuple[int, int]) -> None:
        self.head, self.opening = head, opening
        name = opening.name
        low, high = patch_of(head, opening, size)
        self._behind = [quad(f"{name}_inside", low, high), quad(f"{name}_inside_rest", low, high)]
        if opening.shape is not None and max(opening.shape.band) > 0:
            self._behind.append(quad(f"{name}_sealed", low, high))
        self.behind = tuple(self._behind)
        self._lines = {
            f"{name}_line_{side}": (side == "upper", thick)
            for side, thick in zip(("upper", "lower"), lid_lines(head, opening), strict=True)
            if thick > 0
        }
        rest = Moment(head, head.points)
        self.front = tuple(strip_layer(line, self._strip(line, rest, 0.0)) for line in self._lines)

    def _strip(self, line: str, moment: Moment, shut: float):
        upper, thick = self._lines[line]
        edge = moment.edges(self.opening)[0 if upper else 1]
        return strip_along(edge, thick * moment.scale, shut, upper=upper)

    def at(self, moment: Moment) -> Mapping[str, tuple[np.ndarray, float]]:
        """Vertices (V, 2) px and opacity of these layers in a frame."""
        state = eye_state(self.opening, moment)
        name = self.opening.name
        opacity = {f"{name}_inside": 1.0, f"{name}_inside_rest": state.still, f"{name}_sealed": state.sealed}
        found = {
            layer.name: (layer.rest @ state.ball[:, :2].T + state.ball[:, 2], opacity[layer.name])
            for layer in self.behind
        }
        for line in self._lines:
            found[line] = (strip_vertices(self._strip(line, moment, state.shut)), state.line)
        return found
