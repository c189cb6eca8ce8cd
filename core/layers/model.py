# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture as layers of vertices, and where the landmarks of a frame put them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..landmarks import ALL_PARTS, COUNT, PARTS
from .anatomy import FIRMNESS, Head
from .edges import Edges
from .eye_shape import EyeShape, carried_over, on_shapes
from .fields import Field, smoothstep
from .lattice import Lattice, Window, unfolded
from .mesh import Layer
from .moment import Moment
from .openings import Opening, find_openings, sheet_centres, window_of
from .stack import Stack

NODES_PER_UNIT = 12
LEAST_STEP, MOST_STEP = 2, 24
_RIDGE = 0.001
_SKIN_REACH = 1.8
# How far beyond an opening its sheets are meshed, in units: as far as its edges may go
_SHEET_MARGIN = {"right_eye": 0.5, "left_eye": 0.5, "mouth": 0.9}
_ALL_EDGES = Edges()
_EYE_CORNERS = (36, 39, 42, 45)


@dataclass(frozen=True, eq=False)
class Sheets:
    """The two sheets of an opening: nodes of `window` of a finer lattice, their weights (rows * columns, 68).

    core: the nodes around the slit itself, where the two sheets must be told apart. own: the cells of each that may
    show, (rows - 1, columns - 1) bool.
    """

    opening: Opening
    lattice: Lattice
    window: Window
    core: Window
    upper: np.ndarray
    lower: np.ndarray
    own: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Motion:
    """What T frames do: shift (T, 2) px: carried by the whole head; residual (T, 68, 2) px: displacements less it."""

    shift: np.ndarray
    residual: np.ndarray

    def __len__(self) -> int:
        return len(self.shift)


@dataclass(frozen=True, eq=False)
class FaceLayers:
    """A face's layers: one definition of the motion, for every renderer.

    Positions are *forward*: where a vertex of the picture goes. A vertex of the skin at x goes to
    x + carried(x) * shift + weights(x) @ residual, where `carried` is 1 on the head and fades softly into the still
    background, and `weights` are radial basis functions through the landmarks, fitted once for the picture. Vertices
    of the two sheets of an eye or a mouth move with the skin plus their own side's edge.

    >>> from core.landmarks import template
    >>> face = 100 * template() + (200, 200)
    >>> layers = FaceLayers.of(face, (400, 400))
    >>> [layer.name for layer in layers.layers() if layer.name.startswith("right")]
    ['right_eye_inside', 'right_eye_inside_rest', 'right_eye_lashes', 'right_eye_shade', 'right_eye_lower', \
'right_eye_lid_lower', 'right_eye_upper', 'right_eye_lid_upper']
    >>> moved = layers.positions(face[None] + (5, 0))
    >>> all(moved[layer.name].shape == (1, *layer.rest.shape) for layer in layers.layers())
    True
    """

    head: Head
    lattice: Lattice
    skin_window: Window
    skin: np.ndarray
    sheets: tuple[Sheets, ...]
    kept: np.ndarray
    given: np.ndarray
    shapes: Mapping[str, EyeShape]
    edges: Edges = _ALL_EDGES
    line: float | None = None
    iris: np.ndarray | None = None

    @classmethod
    def of(
        cls,
        points: np.ndarray,
        size: tuple[int, int],
        present: Set[str] = ALL_PARTS,
        shapes: Mapping[str, EyeShape] | None = None,
        *,
        iris: np.ndarray | None = None,
        line: float | None = None,
    ) -> FaceLayers:
        """The layers of a picture of `size` (width, height) px with a face at `points` (68, 2) px.

        shapes: its eyes as they are drawn, by part. Landmarks keep coming for `points`; `head.points` lie on the
        drawn edges. iris (2, 2) px: where its irises are, if known; line: its mouth is a line so many px thick.
        """
        shapes = {name: shape for name, shape in (shapes or {}).items() if name in present}
        head = Head.of(on_shapes(points, shapes), present)
        step = int(np.clip(round(head.unit / NODES_PER_UNIT), LEAST_STEP, MOST_STEP))
        lattice = Lattice(size, step)
        fine = Lattice(size, max(step // 2, LEAST_STEP))
        # Drawn eyes are laid over the skin, they cut no hole into it.
        openings = tuple(each for each in find_openings(head, shapes) if each.shape is None)
        places, moves = _skin_centres(head, {opening.name for opening in openings} | {*shapes})
        reach = _SKIN_REACH * head.unit
        window = window_of(lattice, places, reach)
        base_field = Field.through(lattice, window, places, moves, radius=reach, ridge=_RIDGE)
        base = base_field.at(lattice.nodes(window).reshape(-1, 2)).reshape(*window.shape, COUNT)
        skin = base.copy()
        fields = []
        for opening in openings:
            pair = _sides(head, lattice, fine, window, base, places, opening)
            part = _inner(window_of(lattice, pair[0].centres, pair[0].radius), window)
            nodes = lattice.nodes(part).reshape(-1, 2)
            share = opening.above(nodes, 1.0)
            seen = _blend(pair[0].at(nodes), pair[1].at(nodes), share).reshape(*part.shape, COUNT)
            skin[part.within(window)] += seen
            fields.append((opening, pair, part, seen))
        sheets = []
        for opening, pair, part, seen in fields:
            around = skin.copy()
            around[part.within(window)] -= seen
            sheets.append(_sheets(head, lattice, fine, window, around, opening, pair))
        kept = np.zeros(COUNT, bool)
        kept[head.indices(*PARTS)] = True
        flat = skin.reshape(-1, COUNT).astype(np.float32)
        own = np.array(points, np.float64)
        made = cls(head, lattice, window, flat, tuple(sheets), kept, own, shapes, line=line, iris=iris)
        return made._nearer()

    def _nearer(self) -> FaceLayers:
        """These layers, with most of what smoothing and the lattices leave between landmarks and their targets taken
        back: each landmark is told what it will miss by. The misses' own misses are left, they would fold more."""
        wanted = np.eye(COUNT, dtype=np.float32)
        told = 2 * wanted - self.answer()
        sheets = (replace(each, upper=each.upper @ told, lower=each.lower @ told) for each in self.sheets)
        return replace(self, skin=self.skin @ told, sheets=tuple(sheets))

    def answer(self) -> np.ndarray:
        """What each landmark's place in the picture does for the landmarks' displacements, (68, 68) float32; the
        identity where no mesh is to follow."""
        points, found = self.head.points, np.eye(COUNT, dtype=np.float32)
        follows = self.head.indices(*(part for part in PARTS if part not in self.shapes))
        weights = self.skin.reshape(*self.skin_window.shape, COUNT)
        found[follows] = self.lattice.sample(weights, points[follows], self.skin_window)
        for each in self.sheets:
            anatomy = each.opening.anatomy
            for side, own in ((each.upper, anatomy.upper_side), (each.lower, anatomy.lower_side)):
                weights = side.reshape(*each.window.shape, COUNT)
                found[own] = each.lattice.sample(weights, points[own], each.window)
        return found

    def on_edges(self, points: np.ndarray) -> np.ndarray:
        """Landmarks (T, 68, 2) px of frames, with those of eyes that were given a shape on its edge."""
        return carried_over(points, self.given, self.shapes) if self.shapes else np.asarray(points, np.float64)

    @cached_property
    def _settled_rest(self) -> np.ndarray:
        rest = self.head.points[None]
        for sheet in self.sheets:
            rest = sheet.opening.settle(rest)
        return rest

    def motion(self, points: np.ndarray) -> Motion:
        """What landmarks (T, 68, 2) px ask for; points of missing parts are ignored."""
        points = self.on_edges(points)
        for sheet in self.sheets:
            points = sheet.opening.settle(points)
        # Settling a rest frame must not move it: what is taken is the change from the settled picture.
        moved = np.where(self.kept[:, None], points - self._settled_rest, 0.0)
        firm = np.where(self.kept, FIRMNESS, 0.0)
        mean = np.einsum("p,tpd->td", firm / firm.sum(), moved)
        length = np.linalg.norm(mean, axis=-1, keepdims=True)
        # Small motion bends the surroundings less than it would drag them along.
        shift = mean * np.maximum(0.0, 1 - 0.3 * self.head.unit / np.maximum(length, 1e-9))
        return Motion(shift, np.where(self.kept[:, None], moved - shift[:, None], 0.0))

    def carried(self, window: Window, shift: np.ndarray) -> np.ndarray:
        """How much of one frame's `shift` (2,) the nodes of a window take: 1 on the head, 0 far away; (rows, cols)."""
        return 1 - smoothstep((self._radius[window.slices] - 1) / self._fade(shift))

    @cached_property
    def _radius(self) -> np.ndarray:
        return self.head.radius(self.lattice.positions)

    def _fade(self, shift: np.ndarray) -> float:
        # Wide enough for the length of the shift that nothing folds in front of the head.
        return max(1.5, 1.9 * float(np.linalg.norm(shift)) / (1.2 * self.head.unit))

    def moving_window(self, shift: np.ndarray) -> Window:
        """The nodes that a frame with this shift may move."""
        if not np.any(shift):
            return self.skin_window
        reach = (1 + self._fade(shift)) * np.hypot(1.25 * self.head.half_width, 1.15 * self.head.height)
        around = self.lattice.window_around(self.head.centre - reach, self.head.centre + reach, margin=1)
        return self.skin_window.union(around)

    def skin_field(self, motion: Motion, frame: int, window: Window | None = None) -> np.ndarray:
        """Displacements of the skin's nodes in one frame; (rows, columns, 2) px over `window` (default: all that
        may move; it must contain `skin_window`)."""
        shift = motion.shift[frame]
        window = window or self.moving_window(shift)
        # x and y are planes of their own: quicker to work on.
        planes = np.zeros((2, *window.shape), np.float32)
        if np.any(shift):
            planes += self.carried(window, shift) * shift[:, None, None]
        own = self.skin @ motion.residual[frame].astype(np.float32)
        planes[(slice(None), *self.skin_window.within(window))] += own.T.reshape(2, *self.skin_window.shape)
        field = planes.transpose(1, 2, 0)
        return unfolded(self.edges.hold(field, self.lattice, window, self.head), self.lattice.step)

    def sheet_fields(
        self, sheets: Sheets, motion: Motion, frame: int, window: Window | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Displacements of an opening's upper and lower sheet, *less the shift*; (rows, columns, 2) px each, over
        `window` (default: all its nodes).

        The whole window lies on the head, where the shift is carried entirely.
        """
        residual = motion.residual[frame].astype(np.float32)
        rows, columns = part = (window or sheets.window).within(sheets.window)
        cells = tuple(slice(each.start, each.stop - 1) for each in part)
        wide = sheets.window.shape[1]
        upper, lower = (
            unfolded(
                (weights[rows.start * wide : rows.stop * wide] @ residual).reshape(-1, wide, 2)[:, columns],
                sheets.lattice.step,
                where=own[cells],
            )
            for weights, own in ((sheets.upper, sheets.own[0]), (sheets.lower, sheets.own[1]))
        )
        return upper, lower

    def near_core(self, sheets: Sheets, motion: Motion, frame: int) -> Window:
        """The nodes of an opening's sheets that what is seen around its core in one frame can come from."""
        moved = motion.residual[frame][sheets.opening.landmarks]
        margin = int(np.ceil(np.abs(moved).max() / sheets.lattice.step)) + 3
        core, whole = sheets.core, sheets.window
        return _inner(Window(core.top - margin, core.bottom + margin, core.left - margin, core.right + margin), whole)

    @cached_property
    def _stack(self) -> Stack:
        return Stack(self)

    def layers(self) -> tuple[Layer, ...]:
        """The meshes, back to front; painted one over the other they are the picture."""
        return self._stack.layers

    def positions(self, points: np.ndarray, iris: np.ndarray | None = None) -> Mapping[str, np.ndarray]:
        """Where landmarks (T, 68, 2) px, and irises (T, 2, 2) px if known, put the vertices of each layer; name ->
        (T, V, 2) px."""
        return {name: np.stack([places for places, _ in each]) for name, each in self._moved(points, iris).items()}

    def opacities(self, points: np.ndarray, iris: np.ndarray | None = None) -> Mapping[str, np.ndarray]:
        """How opaque each layer is then; name -> (T,), 0..1."""
        return {name: np.array([share for _, share in each]) for name, each in self._moved(points, iris).items()}

    def _moved(self, points: np.ndarray, iris: np.ndarray | None) -> dict[str, list[tuple[np.ndarray, float]]]:
        motion = self.motion(points)
        frames = [
            self._stack.at(motion, frame, self.moment(motion, frame, None if iris is None else iris[frame]))
            for frame in range(len(motion))
        ]
        return {layer.name: [frame[layer.name] for frame in frames] for layer in self.layers()}

    def moment(self, motion: Motion, frame: int, iris: np.ndarray | None = None) -> Moment:
        """One frame of a motion; iris (2, 2) px: its irises, if known."""
        gaze = None if iris is None or self.iris is None else (self.iris, np.asarray(iris, np.float64))
        return Moment(self.head, self.head.points + motion.residual[frame] + motion.shift[frame], gaze)


def _skin_centres(head: Head, cut: Set[str]) -> tuple[np.ndarray, np.ndarray]:
    """The points that the skin follows, (n, 2) px, and their displacements as (n, 68) weights on the landmarks'.

    Lids and lips are left to the sheets of their openings; those of an eye or mouth too small to cut move here.
    """
    identity = np.eye(COUNT)
    indices = [
        index
        for part in PARTS
        for index in head.indices(part)
        if part not in cut or (part != "mouth" and index in _EYE_CORNERS)
    ]
    band, moves_with = head.brow_band()
    skull, follows = head.skull()
    places = np.concatenate([head.points[indices], band, skull])
    return places, np.concatenate([identity[indices], identity[moves_with].reshape(-1, COUNT), follows])


def _sides(
    head: Head,
    lattice: Lattice,
    fine: Lattice,
    window: Window,
    base: np.ndarray,
    skin: np.ndarray,
    opening: Opening,
) -> tuple[Field, Field]:
    """What the upper and the lower side of an opening add to the skin.

    Where the skin follows a point (`skin`, (n, 2) px) they add nothing, but at their own corners.
    """
    radius = opening.anatomy.reach * head.unit
    corners = head.points[[opening.anatomy.upper[0], opening.anatomy.upper[-1]]]
    still = skin[np.linalg.norm(skin[:, None] - corners[None], axis=-1).min(axis=1) > 1e-6 * head.unit]
    around = window_of(fine, np.concatenate([opening.upper.places, opening.lower.places]), radius)
    sides = []
    for side in ("upper", "lower"):
        places, weights, looseness = sheet_centres(head, opening, side)
        already = lattice.sample(base, places, window)
        centres = np.concatenate([places, still])
        values = np.concatenate([weights - already, np.zeros((len(still), COUNT))])
        ridge = np.concatenate([looseness, np.full(len(still), _RIDGE)])
        sides.append(Field.through(fine, around, centres, values, radius=radius, ridge=ridge))
    return sides[0], sides[1]


def _sheets(
    head: Head,
    lattice: Lattice,
    fine: Lattice,
    window: Window,
    around: np.ndarray,
    opening: Opening,
    pair: tuple[Field, Field],
) -> Sheets:
    """An opening's sheets on the fine lattice: the skin without this opening (`around`), plus each side's own."""
    edge = np.concatenate([opening.upper.places, opening.lower.places])
    part = window_of(fine, edge, _SHEET_MARGIN[opening.name] * head.unit)
    nodes = fine.nodes(part).reshape(-1, 2)
    weights, own = [], []
    for side in ("upper", "lower"):
        places, share = opening.own_side(nodes, side, fine.step)
        under = lattice.sample(around, places, window)
        shown = opening.shows(nodes, side).reshape(part.shape)
        own.append(shown[:-1, :-1] & shown[1:, :-1] & shown[:-1, 1:] & shown[1:, 1:])
        weights.append((under + _blend(pair[0].at(places), pair[1].at(places), share)).astype(np.float32))
    ring = 1.5 * lattice.step
    return Sheets(
        opening,
        fine,
        part,
        # A ring of the coarse lattice's cells around the slit: there the skin's own field mixes both sides.
        fine.window_around(edge.min(axis=0) - ring, edge.max(axis=0) + ring),
        weights[0],
        weights[1],
        (own[0], own[1]),
    )


def _inner(window: Window, outer: Window) -> Window:
    return Window(
        max(window.top, outer.top), min(window.bottom, outer.bottom),
        max(window.left, outer.left), min(window.right, outer.right),
    )  # fmt: skip


def _blend(upper: np.ndarray, lower: np.ndarray, share: np.ndarray) -> np.ndarray:
    share = np.asarray(share, np.float64)[:, None]
    return share * upper + (1 - share) * lower
