# SPDX-License-Identifier: GPL-3.0-or-later
"""All meshes of a face, back to front, and where a frame has them: skin with holes, what lies in the holes, lids and
lips over it, what is drawn on these.

Painted one over the other in this order as plain textured triangles, each with the opacity it has in the frame, they
make the frame; the images are in `core.render.textures`. The skin's mesh has no cells where the two sheets of an eye or
a mouth are meshed, so that what lies behind shows between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from .dots import Dot
from .drawn_lids import DrawnEye
from .eye_inside import EyeInside, eye_state, patch_of
from .lattice import Window
from .mesh import Layer, some_cells, uv_in
from .moment import Moment
from .mouth_inside import MouthInside
from .openings import Opening, find_openings

if TYPE_CHECKING:
    from .model import FaceLayers, Motion, Sheets

_BACKGROUND = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
# A sheet is meshed so far past its edge, px; its shadow, in units
_PAST, _SHADOW = 3.0, 0.25
# So close to an opening the skin is left out, in cells; and places of a cell that sheets have to cover before it is
_HOLE = 1.2
_INSET = np.array([0.02, 0.5, 0.98])


@dataclass(frozen=True, eq=False)
class SheetLayer:
    """A mesh that goes with a sheet: layer; number of its sheets and side (0 upper, 1 lower); nodes (V,): its vertices,
    as flat indices of the sheets' window."""

    layer: Layer
    number: int
    side: int
    nodes: np.ndarray


class Stack:
    """The layers of a face. `layers`, back to front; `at` gives their vertices and opacities."""

    def __init__(self, face: FaceLayers) -> None:
        self._face = face
        self.size = face.lattice.size
        head = face.head
        owned = [_owned(face, sheets) for sheets in face.sheets]
        self._insides: list[tuple[Opening, EyeInside | MouthInside]] = []
        behind: list[Layer] = []
        front: list[Layer] = []
        self._sheets: list[SheetLayer] = []
        shown: list[SheetLayer] = []
        for number, (sheets, cells) in enumerate(zip(face.sheets, owned, strict=True)):
            opening = sheets.opening
            inside: EyeInside | MouthInside
            if opening.name == "mouth":
                inside = MouthInside(head, opening, self.size, face.line)
            else:
                inside = EyeInside(head, opening, self.size)
            self._insides.append((opening, inside))
            behind += inside.behind
            front += inside.front
            eye = opening.name != "mouth"
            if eye:
                for name in ("lashes", "shade"):
                    shade = _sheet_layer(face, number, 0, name, cells, (-_SHADOW * head.unit, _PAST))
                    self._sheets.append(shade)
                    behind.append(shade.layer)
            for side, name in ((1, "lower"), (0, "upper")):
                # The inside of a line is laid over the skin: the lower sheet goes on under the upper one.
                past = np.inf if not eye and face.line is not None else _PAST
                shown.append(_sheet_layer(face, number, side, name, cells, (-past, np.inf)))
                if eye or face.line is not None:
                    lid = _patch_cells(face, sheets)
                    shown.append(_sheet_layer(face, number, side, f"lid_{name}", lid, (-past, np.inf)))
        self._sheets += shown
        self._dots = [Dot(name, shape) for name, shape in face.shapes.items() if shape.dot]
        for dot in self._dots:
            front += dot.layers(self.size)
        self._drawn = [
            DrawnEye(head, opening, self.size)
            for opening in find_openings(head, face.shapes)
            if opening.shape is not None
        ]
        for drawn in self._drawn:
            front += drawn.layers()
        width, height = self.size
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)
        nothing = np.zeros(2)
        ground = Layer("background", corners, _BACKGROUND, uv_in(corners, nothing, np.array(self.size)), 0, "plate")
        self._skin_nodes, triangles = some_cells(_skin_cells(face, owned))
        rest = face.lattice.nodes().reshape(-1, 2)[self._skin_nodes]
        skin = Layer("skin", rest, triangles, uv_in(rest, nothing, np.array(self.size)), 0, "picture")
        everything = [ground, *behind, skin, *(each.layer for each in shown), *front]
        self.layers = tuple(replace(layer, order=order) for order, layer in enumerate(everything))

    def at(self, motion: Motion, frame: int, moment: Moment) -> Mapping[str, tuple[np.ndarray, float]]:
        """Vertices (V, 2) px and opacity 0..1 of every layer in a frame; name -> (vertices, opacity)."""
        face = self._face
        found = {"background": (self.layers[0].rest, 1.0)}
        skin = face.skin_field(motion, frame, face.lattice.whole).reshape(-1, 2)[self._skin_nodes]
        found["skin"] = (face.lattice.nodes().reshape(-1, 2)[self._skin_nodes] + skin, 1.0)
        fields = [face.sheet_fields(sheets, motion, frame) for sheets in face.sheets]
        opacity: dict[str, float] = {}
        for opening, inside in self._insides:
            found.update(inside.at(moment))
            if isinstance(inside, MouthInside):
                lines = inside.lines(moment)
                opacity |= {"mouth_lid_upper": lines, "mouth_lid_lower": lines}
            else:
                state, name = eye_state(opening, moment), opening.name
                opacity |= {f"{name}_shade": state.shade, f"{name}_lashes": 1 - state.still}
                opacity |= {f"{name}_lid_upper": state.lid, f"{name}_lid_lower": state.lid}
        for each in self._sheets:
            field = fields[each.number][each.side].reshape(-1, 2)[each.nodes]
            name = each.layer.name
            found[name] = (each.layer.rest + motion.shift[frame] + field, opacity.get(name, 1.0))
        for dot in self._dots:
            found.update(dot.at(moment, self.size))
        for drawn in self._drawn:
            found.update(drawn.at(moment))
        return found


def sheet_box(sheets: Sheets) -> tuple[np.ndarray, np.ndarray]:
    """The part of the picture that an opening's two sheets are images of: from (x, y) to (x, y), whole px."""
    places = sheets.lattice.nodes(sheets.window).reshape(-1, 2)
    low = np.clip(np.floor(places.min(axis=0)), 0, sheets.lattice.size)
    return low, np.maximum(np.clip(np.ceil(places.max(axis=0)), 0, sheets.lattice.size), low + 1)


def _sheet_layer(
    face: FaceLayers, number: int, side: int, name: str, cells: np.ndarray, within: tuple[float, float]
) -> SheetLayer:
    """Those of the cells (of the sheets' window) with a corner that lies `within` these px of a sheet's edge."""
    sheets = face.sheets[number]
    places = sheets.lattice.nodes(sheets.window).reshape(-1, 2)
    distance = sheets.opening.cover(places)[side].reshape(sheets.window.shape)
    corners = [distance[rows, columns] for rows in _ENDS for columns in _ENDS]
    low, high = np.min(corners, axis=0), np.max(corners, axis=0)
    nodes, triangles = some_cells(cells & (high > within[0]) & (low < within[1]))
    box = patch_of(face.head, sheets.opening, face.lattice.size) if name.startswith("lid") else sheet_box(sheets)
    name = f"{sheets.opening.name}_{name}"
    rest = places[nodes]
    return SheetLayer(Layer(name, rest, triangles, uv_in(rest, *box), 0, name), number, side, nodes)


_ENDS = (slice(None, -1), slice(1, None))


def _cells_of(window: Window, part: Window) -> tuple[slice, slice]:
    rows, columns = part.within(window)
    return slice(rows.start, rows.stop - 1), slice(columns.start, columns.stop - 1)


def _owned(face: FaceLayers, sheets: Sheets) -> np.ndarray:
    """The cells of an opening's sheets that are meshed, (rows - 1, columns - 1) bool of its window: its core and
    a little more, less what is nearer to another opening."""
    rows, columns = sheets.window.shape
    owned = np.zeros((rows - 1, columns - 1), bool)
    more = round(face.lattice.step / sheets.lattice.step)
    part = tuple(slice(max(each.start - more, 0), each.stop + more) for each in _cells_of(sheets.window, sheets.core))
    owned[part] = True
    centres = (sheets.lattice.nodes(sheets.window)[:-1, :-1] + sheets.lattice.step / 2)[part]
    own = sheets.opening.outside(centres)
    for other in face.sheets:
        if other is not sheets:
            owned[part] &= own <= other.opening.outside(centres)
    return owned


def _patch_cells(face: FaceLayers, sheets: Sheets) -> np.ndarray:
    low, high = patch_of(face.head, sheets.opening, face.lattice.size)
    nodes = sheets.lattice.nodes(sheets.window)
    inside = (nodes[1:, 1:] > low) & (nodes[:-1, :-1] < high)
    return inside[..., 0] & inside[..., 1]


def _skin_cells(face: FaceLayers, owned: Sequence[np.ndarray]) -> np.ndarray:
    """The cells of the skin's lattice that are meshed: all but those that sheets cover; (rows - 1, columns - 1)."""
    lattice = face.lattice
    rows, columns = lattice.shape
    kept = np.ones((rows - 1, columns - 1), bool)
    corners = lattice.nodes()[:-1, :-1]
    near = np.zeros_like(kept)
    for sheets in face.sheets:
        near |= sheets.opening.outside(corners + lattice.step / 2) <= _HOLE * lattice.step
    covered = np.zeros((len(_INSET) ** 2, *kept.shape), bool)
    inset = np.stack(np.meshgrid(_INSET, _INSET), axis=-1).reshape(-1, 2) * lattice.step
    for sheets, cells in zip(face.sheets, owned, strict=True):
        window = sheets.window
        index = sheets.lattice.index(corners[None] + inset[:, None, None]) - (window.left, window.top)
        cell = np.floor(index).astype(int)
        inside = ((cell >= 0) & (cell < (cells.shape[1], cells.shape[0]))).all(axis=-1)
        cell = np.clip(cell, 0, (cells.shape[1] - 1, cells.shape[0] - 1))
        covered |= inside & cells[cell[..., 1], cell[..., 0]]
    kept &= ~(covered.all(axis=0) & near)
    return kept
