# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn eyes: eyeball, lines and lashes that are laid over the skin where a frame has the lids.

Nothing around them moves with the lids: folds, brows, hair stay. A line keeps its thickness across the edge it runs
along; a lash keeps its shape. The skin under it all has no eye, so a shut one shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .anatomy import Head
from .eye_inside import eyeball
from .eye_shape import EyeShape, Lash
from .fields import smoothstep
from .mesh import Layer, grid_triangles, grid_uv, uv_in
from .moment import Moment
from .openings import Opening
from .strips import Strip, strip_along, strip_layer, strip_vertices

# How far around its edges the pixels reach that an eye is taken out of, in eye widths
_PATCH = 0.75
# What lies farther out of the edge than this, in thicknesses of the line, is a lash; how far a line reaches inward, px
STICKS, INWARD = 1.35, 4.0
# So far from the corners, as 4 t (1 - t), lashes turn over fully.
_CORNER = 0.8
# The line of an eye without one, in units, and the least that is drawn, px
_THIN, _LEAST = 0.018, 1.0
# How dark the shadow of a lid that shuts is, and how far it reaches, in units
SHADOW, SHADE_REACH = 0.3, 0.04
# Cells of the eyeball's mesh, rows of a line's and of a shadow's
_BALL, _ROWS = 48, 9
# Where the shadow's mesh has its rows, in units below the edge
SHADE_DEPTHS = tuple(SHADE_REACH * share for share in (0.0, 0.25, 0.6, 1.0, 1.6, 2.4, 4.0))


@dataclass(frozen=True, eq=False)
class Edge:
    """A lid's edge in the picture or a frame: places (n, 2) px; along, down (2,): from its first to its last place, and
    the unit vector from the upper to the lower lid; outward (n, 2): unit vectors to its skin."""

    places: np.ndarray
    along: np.ndarray
    down: np.ndarray
    outward: np.ndarray

    @classmethod
    def of(cls, places: np.ndarray, *, hand: float, upper: bool) -> Edge:
        """hand: see `Opening.handedness`."""
        along = places[-1] - places[0]
        down = hand * np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-9)
        ahead = np.gradient(places, axis=0)
        ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
        outward = (-hand if upper else hand) * np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1)
        return cls(places, along, down, outward)

    def local(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (..., 2) px as (t, n): along the chord, 0..1 between the corners, and px below it."""
        offset = points - self.places[0]
        return offset @ self.along / max(float(self.along @ self.along), 1e-9), offset @ self.down

    def height(self, t: np.ndarray) -> np.ndarray:
        """How far below the chord it runs at t (...); px, 0 beyond the corners."""
        at, heights = self.local(self.places)
        order = np.argsort(at)
        return np.interp(t, at[order], heights[order], left=0.0, right=0.0)

    def beside(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points (m, 2) px as (s, out, past): the nearest place on the edge, 0..n - 1; px out of the edge there; px
        along it, beyond its ends."""
        start, step = self.places[:-1], np.diff(self.places, axis=0)
        length = np.maximum((step * step).sum(axis=1), 1e-12)
        best = np.full(len(points), np.inf)
        nearest = np.zeros(len(points))
        for number in range(len(start)):
            offset = points - start[number]
            share = np.clip(offset @ step[number] / length[number], 0, 1)
            away = np.square(offset - share[:, None] * step[number]).sum(axis=1)
            closer = away < best
            best[closer] = away[closer]
            nearest[closer] = number + share[closer]
        place, outward = self.at(nearest)
        offset = points - place
        ahead = np.stack([-outward[:, 1], outward[:, 0]], axis=-1)
        ends = (nearest <= 0) | (nearest >= len(self.places) - 1)
        past = np.where(ends, np.einsum("md,md->m", offset, ahead), 0.0)
        return nearest, np.einsum("md,md->m", offset, outward), past

    def at(self, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places and outward vectors at s (m,); (m, 2) each."""
        low = np.clip(np.floor(s).astype(int), 0, len(self.places) - 2)
        share = (s - low)[:, None]
        place = (1 - share) * self.places[low] + share * self.places[low + 1]
        outward = (1 - share) * self.outward[low] + share * self.outward[low + 1]
        return place, outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)


@dataclass(frozen=True, eq=False)
class DrawnState:
    """A drawn eye in one frame.

    edges: of its "upper" and "lower" lid; ball (2, 3): where the eyeball goes; pose (2, 2), scale: the head's turn and
    size; opened: 1 as in the picture, 0 shut; still 0..1: it is as in the picture.
    """

    edges: Mapping[str, Edge]
    ball: np.ndarray
    pose: np.ndarray
    scale: float
    opened: float
    still: float


class DrawnEye:
    """How a drawn eye moves. low, high (2,) px: the pixels around it that it is taken out of."""

    def __init__(self, head: Head, opening: Opening, size: tuple[int, int]) -> None:
        assert opening.shape is not None
        self.head, self.opening, self.shape = head, opening, opening.shape
        self._settled = opening.settle(head.points[None])[0]
        self.rest = self.edges(head.points)
        edge = np.concatenate([each.places for each in self.rest.values()])
        margin = _PATCH * opening.width + 4
        self.low = np.clip(np.floor(edge.min(axis=0) - margin), 0, size)
        self.high = np.maximum(np.clip(np.ceil(edge.max(axis=0) + margin), 0, size), self.low)
        self.lines = _lines(head, self.shape)

    def edges(self, points: np.ndarray) -> dict[str, Edge]:
        change, hand = points - self.head.points, self.opening.handedness
        rims = {"upper": self.opening.upper, "lower": self.opening.lower}
        return {
            name: Edge.of(rim.places + rim.weights @ change, hand=hand, upper=name == "upper")
            for name, rim in rims.items()
        }

    def state(self, moment: Moment) -> DrawnState:
        """Where a frame has it."""
        points = self._within_rim(moment) if self.shape.rim else moment.points
        points = self.head.points + (self.opening.settle(points[None])[0] - self._settled)
        own = Moment(self.head, points, moment.gaze)
        ball, slid = eyeball(self.opening, moment, points)
        lids = [*self.opening.anatomy.upper, *self.opening.anatomy.lower]
        astray = np.abs(points[lids] - moment.held(self.head.points[lids])).max()
        opened = float(np.clip(own.gap(self.opening) / max(self.opening.gap, 1e-3), 0, 1))
        still = float(np.clip(1 - max(astray, slid) / 2, 0, 1))
        return DrawnState(self.edges(points), ball, moment.pose[:, :2], moment.scale, opened, still)

    def _within_rim(self, moment: Moment) -> np.ndarray:
        """Landmarks whose lids do not leave the rim of the eye, which goes with the skull."""
        points, anatomy = moment.points.copy(), self.opening.anatomy
        corners = [anatomy.upper[0], anatomy.upper[-1]]
        there = moment.held(self.head.points)
        there += (points[corners] - there[corners]).mean(axis=0)
        points[corners] = there[corners]
        down = moment.pose[:, :2] @ self.opening.normal / moment.scale
        for lids, sign in ((anatomy.upper[1:-1], 1.0), (anatomy.lower[1:-1], -1.0)):
            chosen = list(lids)
            past = sign * ((points[chosen] - there[chosen]) @ down)
            points[chosen] = there[chosen] + sign * np.maximum(past, 0)[:, None] * down
        return points

    def clamped(self, places: np.ndarray, state: DrawnState) -> np.ndarray:
        """Places (..., 2) px of a frame brought into the opening: where the lids hide the eyeball."""
        upper, lower = state.edges["upper"], state.edges["lower"]
        t, n = upper.local(places)
        within = np.clip(t, 0, 1)
        top, bottom = upper.height(within), lower.height(within)
        n = np.clip(n, np.minimum(top, bottom), bottom)
        return upper.places[0] + within[..., None] * upper.along + n[..., None] * upper.down

    def line_places(
        self, name: str, at: np.ndarray, out: np.ndarray, past: np.ndarray, state: DrawnState
    ) -> np.ndarray:
        """Where the place (at, out, past) (m,) beside an edge of the picture, see `Edge.beside`, is in a frame; (m, 2).

        A line keeps its thickness, but where a shut eye's edge is steep: there its two lines lie side by side.
        """
        edge = state.edges[name]
        place, outward = edge.at(at)
        ahead = np.stack([-outward[:, 1], outward[:, 0]], axis=-1)
        if name == "upper" and self.shape.lid is None:
            level = np.abs(ahead @ edge.along) / max(float(np.linalg.norm(edge.along)), 1e-9)
            out = out * np.where(out > 0, state.opened + (1 - state.opened) * (0.25 + 0.75 * level), 1.0)
        return place + state.scale * (out[:, None] * outward + past[:, None] * ahead)

    def thin_line(self, state: DrawnState) -> Strip:
        """The line along the upper lid of an eye that has none."""
        thick = self.lines["upper"] * state.scale
        return strip_along(state.edges["upper"].places, thick, 1 - state.opened, upper=True)

    def lash_places(self, lash: Lash, places: np.ndarray, state: DrawnState) -> np.ndarray:
        """Where places (m, 2) px of a lash are in a frame.

        It stands on its edge and keeps its shape: one near a corner goes there as the lid closes, one in the middle
        turns over. Seen from the front, lashes of an open eye point up, of a shut one down.
        """
        edge, rest = state.edges[lash.edge], self.rest[lash.edge]
        stands = np.array([lash.stands])
        was, root = rest.at(stands)[0][0], edge.at(stands)[0][0]
        offset = places - was
        if lash.edge == "upper" and self.shape.lid is None:
            t = float(rest.local(was)[0])
            middle = float(smoothstep(np.array(4 * t * (1 - t) / _CORNER)))
            corner = edge.places[0 if t < 0.5 else -1]
            root = root + (1 - state.opened) * (1 - middle) * (corner - root)
            turn = 2 * (state.opened - 1) * middle
            offset = offset + (turn * (offset @ rest.down))[:, None] * rest.down
        return root + offset @ state.pose.T

    # -- meshes -------------------------------------------------------------------------------------------------------

    def layers(self) -> tuple[Layer, ...]:
        """Back to front: eyeball, shadow on it, lines, lashes, the picture's own eye while at rest."""
        rest = self.state(Moment(self.head, self.head.points))
        return tuple(
            Layer(name, vertices, triangles, uv, 0, name)
            for name, (vertices, triangles, uv) in {
                f"{self.opening.name}_{part}": (self._vertices(part, rest), *self._topology(part))
                for part in self._parts()
            }.items()
        )

    def at(self, moment: Moment) -> Mapping[str, tuple[np.ndarray, float]]:
        """Vertices (V, 2) px and opacity of these layers in a frame."""
        state = self.state(moment)
        opacity = {"shadow": 1 - state.opened, "rest": state.still}
        if self.shape.thin:
            opacity["line_upper"] = min(2 * (1 - state.opened), 1.0)
        return {
            f"{self.opening.name}_{part}": (self._vertices(part, state), opacity.get(part, 1.0))
            for part in self._parts()
        }

    def _parts(self) -> list[str]:
        lashes = [f"lash_{number}" for number in range(len(self.shape.lashes))]
        return ["ball", "shadow", *lashes, *(f"line_{name}" for name in self.lines), "rest"]

    def _grid(self, rows: int, columns: int) -> np.ndarray:
        x, y = (np.linspace(self.low[k], self.high[k], count) for k, count in ((0, columns), (1, rows)))
        return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)

    def _topology(self, part: str) -> tuple[np.ndarray, np.ndarray]:
        count = len(self.rest["upper"].places)
        high = np.maximum(self.high, self.low + 1)
        if part in ("ball", "rest"):
            cells = _BALL + 1 if part == "ball" else 2
            return grid_triangles(cells, cells), uv_in(self._grid(cells, cells), self.low, high)
        if part == "shadow":
            return grid_triangles(len(SHADE_DEPTHS), count), grid_uv(
                np.full(count, 0.5), (np.arange(len(SHADE_DEPTHS)) + 0.5) / len(SHADE_DEPTHS)
            )
        if part == "line_upper" and self.shape.thin:
            layer = strip_layer("", self.thin_line(self.state(Moment(self.head, self.head.points))))
            return layer.triangles, layer.uv
        if part.startswith("lash"):
            lash = self.shape.lashes[int(part.split("_")[1])]
            corners = _corners(lash.low, lash.high)
            return grid_triangles(2, 2), uv_in(corners, lash.low, lash.high)
        at, out, past = self._strip(part.removeprefix("line_"))
        state = self.state(Moment(self.head, self.head.points))
        places = self.line_places(part.removeprefix("line_"), at, out, past, state)
        return grid_triangles(_ROWS, len(at) // _ROWS), uv_in(places, self.low, high)

    def _strip(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The vertices of a line beside its edge: (at, out, past), (m,) each."""
        count, thick = len(self.rest["upper"].places), self.lines[name]
        beyond = STICKS * thick + 2
        at = np.concatenate([np.zeros(2), np.arange(count), np.full(2, count - 1.0)])
        hand = np.sign(
            self.rest[name].along @ np.array([-self.rest[name].outward[0, 1], self.rest[name].outward[0, 0]])
        )
        past = hand * np.concatenate([[-beyond, -beyond / 2], np.zeros(count), [beyond / 2, beyond]])
        out = np.linspace(-INWARD, beyond, _ROWS)
        return np.tile(at, _ROWS), np.repeat(out, len(at)), np.tile(past, _ROWS)

    def _vertices(self, part: str, state: DrawnState) -> np.ndarray:
        if part in ("ball", "rest"):
            cells = _BALL + 1 if part == "ball" else 2
            places = self._grid(cells, cells) @ state.ball[:, :2].T + state.ball[:, 2]
            return self.clamped(places, state) if part == "ball" else places
        if part == "shadow":
            upper = state.edges["upper"]
            depth = np.array(SHADE_DEPTHS) * self.head.unit * state.scale
            places = upper.places[None] + depth[:, None, None] * upper.down
            return self.clamped(places.reshape(-1, 2), state)
        if part.startswith("lash"):
            lash = self.shape.lashes[int(part.split("_")[1])]
            return self.lash_places(lash, _corners(lash.low, lash.high), state)
        name = part.removeprefix("line_")
        if self.shape.thin:
            return strip_vertices(self.thin_line(state))
        return self.line_places(name, *self._strip(name), state)


def _corners(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    return np.array([low, (high[0], low[1]), (low[0], high[1]), high], np.float64)


def _lines(head: Head, shape: EyeShape) -> dict[str, float]:
    """The lines of an eye, by edge, back to front, and how thick they are; px."""
    if shape.thin:
        return {"upper": max(_THIN * head.unit, _LEAST)}
    return {"lower": max(shape.band[1], 2.0), "upper": max(shape.band[0], 2.0)}
