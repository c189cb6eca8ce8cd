# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths: how far the lips are apart in a frame, where tongue and teeth are then, and the layers of all that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .anatomy import Head
from .eye_inside import patch_of, quad
from .fields import smoothstep
from .mesh import Layer, grid_triangles, grid_uv
from .moment import Moment
from .openings import Opening
from .strips import lip_lines, strip_layer, strip_vertices

# Lips thinner than this, both together in widths of the mouth, are a line.
_LIPLESS = 0.10
# In widths of the mouth: a small one's teeth are small.
_TALLEST_TEETH = 0.2
_LIP_INNER = slice(60, 68)
_BOTTOM = 0.06
_SAMPLES = 33
# The ends of what is painted: t along the chord; units below the upper lip; twentieths of a unit below the tongue's
# edge; units along a row of teeth, and from its edge to the gums
WIDE = (-0.06, 1.06)
SHADOW = (-0.05, 0.35)
TONGUE = (-0.5, 4.5)
TEETH_ACROSS = (-0.5, 0.5)
TEETH_RISE = (-0.2, 0.8)
# Rows of vertices: where they would leave the mouth they are held back
_TONGUE_ROWS = np.array([-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 14.5])
_SHADOW_ROWS = np.array([-0.05, 0, 0.05, 0.1, 0.15, 0.2, 0.35])
_TEETH_ROWS = np.array([-0.2, -0.1, 0, 0.05, 0.1, 0.2, 0.4, 0.8])
# What is painted goes on so far under the lips, in units
_UNDER = 0.06
# Teeth are seen from here to there along the chord.
_TEETH_WITHIN = (0.08, 0.92)


def lipless(head: Head, opening: Opening) -> bool:
    """Are its lips no more than a line, as those of animals are? Then no row of human teeth is in it."""
    across = head.points @ opening.normal
    upper, lower = across[[61, 62, 63]] - across[[50, 51, 52]], across[[58, 57, 56]] - across[[67, 66, 65]]
    return bool((upper + lower).mean() < _LIPLESS * opening.width)


@dataclass(frozen=True, eq=False)
class MouthState:
    """A mouth in one frame.

    first (2,) px: its first corner; axis, normal (2,): unit vectors along the chord and down; width, unit px; roof,
    floor (2, n): t along the chord in widths, and px below it, of the lips' edges; most px: as far as they are apart ·
    shown 0..1: the cavity is dark; tongue, upper, lower 0..1: they are seen · hangs, bottom px: how far below the chord
    the upper and the lower teeth end; centre: t of the middle of the upper ones · own (2, 3): where the picture's own
    inside goes; still, far 0..1: it is as in the picture, and how far from that · lines 0..1: drawn along both lips.
    """

    first: np.ndarray
    axis: np.ndarray
    normal: np.ndarray
    width: float
    unit: float
    roof: np.ndarray
    floor: np.ndarray
    most: float
    shown: float
    tongue: float
    upper: float
    lower: float
    hangs: float
    bottom: float
    centre: float
    own: np.ndarray
    still: float
    far: float
    lines: float

    def local(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (..., 2) px as (t, n): along the chord in widths, and px below it."""
        offset = points - self.first
        return offset @ self.axis / self.width, offset @ self.normal

    def places(self, t: np.ndarray, n: np.ndarray) -> np.ndarray:
        """The other way round; (..., 2) px."""
        return self.first + (self.width * t)[..., None] * self.axis + n[..., None] * self.normal

    def heights(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far below the chord the upper and the lower lip's edge are at t; px."""
        return np.interp(t, *self.roof), np.interp(t, *self.floor)

    def depth(self, t: np.ndarray, n: np.ndarray) -> np.ndarray:
        """How deep in the mouth (t, n) is: 0 at the upper lip, 1 at the lower one."""
        roof, floor = self.heights(t)
        return (n - roof) / np.maximum(floor - roof, 1e-3)

    def tongue_rise(self, t: np.ndarray, n: np.ndarray) -> np.ndarray:
        """How far below the tongue's upper edge (t, n) is, in twentieths of a unit."""
        return (n - self.tongue_edge(t)) / (0.05 * self.unit)

    def tongue_edge(self, t: np.ndarray) -> np.ndarray:
        hill = np.clip(1 - ((t - 0.5) / 0.36) ** 2, 0, 1) ** 0.7
        return np.interp(t, *self.floor) - 0.55 * self.most * hill


def mouth_state(opening: Opening, moment: Moment, *, line: float | None = None) -> MouthState:
    """What a frame makes of a mouth; line: it is drawn as one, so many px thick."""
    head, unit = moment.head, moment.head.unit * moment.scale
    edges = moment.edges(opening)
    first, last = moment.points[opening.anatomy.upper[0]], moment.points[opening.anatomy.upper[-1]]
    chord = last - first
    width = max(float(np.linalg.norm(chord)), 1e-3)
    axis = chord / width
    normal = np.array([-axis[1], axis[0]]) * opening.handedness
    heights = []
    for rim in edges:
        at, down = (rim - first) @ axis / width, (rim - first) @ normal
        order = np.argsort(at)
        heights.append(np.stack([at[order], down[order]]))
    roof, floor = heights
    along = np.linspace(0, 1, 2 * _SAMPLES)
    most = float(np.maximum(np.interp(along, *floor) - np.interp(along, *roof), 0).max())
    bare = line is not None or lipless(head, opening)

    spread = width / (opening.width * moment.scale)
    wide, smile = (float(smoothstep(np.array(value))) for value in ((spread - 0.55) / 0.4, (spread - 1) / 0.3))
    middle = moment.held(opening.upper.places[len(opening.upper.places) // 2])
    lip = float(np.interp(0.5, *roof))
    # The teeth hang from the skull, and never far below the lip.
    hangs = float((middle - first) @ normal) + (0.06 + 0.04 * smile) * unit
    hangs = min(hangs, lip + (0.04 + 0.08 * wide + 0.08 * smile) * unit, lip + _TALLEST_TEETH * width)
    # They show as the lips part, not with the first slit between them. Those of a drawing may show in a smile.
    parted = float(smoothstep(np.array((most / unit - 0.015) / 0.06)))
    upper = parted * smile * float(line is not None) if bare else parted
    lower = 0.0 if bare else float(smoothstep(np.array((most / unit - 0.3) / 0.12)))
    apart = 0.0 if line is None else float(np.linalg.norm(edges[1] - edges[0], axis=1).max())
    thick = 1.0 if line is None else line * moment.scale
    return MouthState(
        first=first, axis=axis, normal=normal, width=width, unit=unit, roof=roof, floor=floor, most=most,
        shown=float(smoothstep(np.array(most / (0.06 * unit)))),
        tongue=float(smoothstep(np.array((most - 0.08 * unit) / (0.12 * unit)))),
        upper=upper, lower=lower, hangs=hangs, bottom=float(np.interp(0.5, *floor)) - _BOTTOM * unit,
        centre=float((middle - first) @ axis) / width,
        own=_own_pose(opening, moment, width),
        still=moment.stillness(opening),
        far=float(smoothstep(np.array(moment.strayed(_LIP_INNER) / (0.2 * unit)))),
        lines=float(smoothstep(np.array(apart / (0.7 * thick)))),
    )  # fmt: skip


def _own_pose(opening: Opening, moment: Moment, width: float) -> np.ndarray:
    """The skull's similarity, stretched a little along the mouth when it widens: no gaps beside the teeth."""
    wider = float(np.clip(width / (opening.width * moment.scale), 1.0, 1.25))
    along = np.eye(2) + (wider - 1) * np.outer(opening.axis, opening.axis)
    middle = opening.origin + opening.axis * opening.width / 2
    matrix = moment.pose[:, :2] @ along
    return np.concatenate([matrix, (moment.held(middle) - matrix @ middle)[:, None]], axis=1)


def _share(rows: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Where rows lie between two ends, 0..1."""
    return np.clip((rows - ends[0]) / (ends[1] - ends[0]), 0, 1)


class MouthInside:
    """The layers of a mouth that are no skin, back to front: what is painted `behind` the lips and what the picture
    itself shows there; of a mouth that is a line all of it is laid over the skin, in `front`, with the lines."""

    def __init__(self, head: Head, opening: Opening, size: tuple[int, int], line: float | None) -> None:
        self.opening, self.line = opening, line
        self._line_names = [] if line is None else ["mouth_line_upper", "mouth_line_lower"]
        self._columns = np.linspace(*WIDE, _SAMPLES)
        rest = Moment(head, head.points)
        state = mouth_state(opening, rest, line=line)
        self._own = () if opening.closed else tuple(
            quad(name, *patch_of(head, opening, size)) for name in ("mouth_own", "mouth_own_edge", "mouth_own_rest")
        )  # fmt: skip
        painted = {name: places for name, (places, _) in self._painted(state).items()}
        wide, teeth = _share(self._columns, WIDE), _share(self._teeth_columns(), TEETH_ACROSS)
        rows = {
            "mouth_inside": (wide, np.array([0.0, 0, 1, 1])),
            "mouth_cavity": (wide, np.array([0.0, 0, 1, 1])),
            "mouth_tongue": (wide, _share(_TONGUE_ROWS, TONGUE)),
            "mouth_teeth_upper": (teeth, _share(_TEETH_ROWS[::-1], TEETH_RISE[::-1])),
            "mouth_teeth_lower": (teeth, _share(_TEETH_ROWS, TEETH_RISE)),
            "mouth_shadow": (wide, _share(_SHADOW_ROWS, SHADOW)),
            "mouth_corners": (wide, np.array([0.0, 1.0])),
        }
        made = [
            Layer(name, painted[name], grid_triangles(len(down), len(side)), grid_uv(side, down), 0, name)
            for name, (side, down) in rows.items()
        ]
        inside = (*made, *self._own)
        lines = tuple(
            strip_layer(name, strip)
            for name, strip in zip(self._line_names, lip_lines(*rest.edges(opening), line or 0.0), strict=False)
        )
        self.behind: tuple[Layer, ...] = inside if line is None else ()
        self.front: tuple[Layer, ...] = lines if line is None else (*inside, *lines)
        self._rest = {layer.name: layer.rest for layer in self._own}

    @staticmethod
    def _teeth_columns() -> np.ndarray:
        return np.linspace(*TEETH_ACROSS, _SAMPLES)

    def _painted(self, state: MouthState) -> dict[str, tuple[np.ndarray, float]]:
        t, unit = self._columns, state.unit
        roof, floor = state.heights(t)
        # No farther than that under the lips: a chin may be near, and transparent beyond.
        under = _UNDER * unit if self.line is None else 0.0
        high, low = roof - under, floor + under

        def grid(t: np.ndarray, rows: np.ndarray) -> np.ndarray:
            return state.places(np.broadcast_to(t, rows.shape), rows).reshape(-1, 2)

        whole = grid(t, np.stack([high, roof, np.maximum(roof, floor), low]))
        tongue = state.tongue_edge(t) + 0.05 * unit * _TONGUE_ROWS[:, None]
        shadow = roof + unit * _SHADOW_ROWS[:, None]
        at = np.clip(state.centre + self._teeth_columns() * unit / state.width, *_TEETH_WITHIN)
        gums, below = (each + sign * under for each, sign in zip(state.heights(at), (-1, 1), strict=True))
        upper = np.clip(state.hangs - unit * _TEETH_ROWS[::-1, None], gums, np.maximum(gums, below))
        lower = np.clip(state.bottom + unit * _TEETH_ROWS[:, None], gums, np.maximum(gums, below))
        return {
            "mouth_inside": (whole, 1.0),
            "mouth_cavity": (whole, state.shown),
            "mouth_tongue": (grid(t, np.clip(tongue, high, np.maximum(high, low))), state.tongue),
            "mouth_teeth_upper": (grid(at, upper), state.upper),
            "mouth_teeth_lower": (grid(at, lower), state.lower),
            "mouth_shadow": (grid(t, np.clip(shadow, high, np.maximum(high, low))), 1.0),
            "mouth_corners": (grid(t, np.stack([high, low])), 1.0),
        }

    def lines(self, moment: Moment) -> float:
        """How much of its lines is drawn anew, 0..1."""
        return mouth_state(self.opening, moment, line=self.line).lines

    def at(self, moment: Moment) -> Mapping[str, tuple[np.ndarray, float]]:
        """Vertices (V, 2) px and opacity of these layers in a frame."""
        state = mouth_state(self.opening, moment, line=self.line)
        # The inside of a line comes with the lines around it.
        shown = 1.0 if self.line is None else state.lines
        found = {name: (places, shown * share) for name, (places, share) in self._painted(state).items()}
        own = {"mouth_own": 1.0, "mouth_own_edge": 1 - state.far, "mouth_own_rest": state.still}
        for name, rest in self._rest.items():
            found[name] = (rest @ state.own[:, :2].T + state.own[:, 2], own[name])
        thick = (self.line or 0.0) * moment.scale
        for name, strip in zip(self._line_names, lip_lines(*moment.edges(self.opening), thick), strict=False):
            found[name] = (strip_vertices(strip), state.lines)
        return found
