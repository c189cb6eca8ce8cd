# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy: the picture's own pixels moved by its landmarks. NumPy and OpenCV, no network, no weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from ..character import Character
from ..errors import ErrorCode, FaceShotError
from ..landmarks import HALF_PIXEL, LandmarkSequence
from ..layers import FaceLayers, Head, Inverse, Moment, Motion, Opening, Sheets, Window, find_openings, invert_all
from ..picture import Picture
from .base import IDLE, Work
from .dot_eye import DotEye
from .drawn_eye import find_eye_shapes
from .eye import Eye
from .ground import cut_edges, find_ground
from .images import part_images
from .interior import Interior, patch_box
from .maps import Box, canvas, covered, fill, pixel_map, sample, window_for
from .mouth import Mouth
from .outlined_eye import OutlinedEye
from .sampling import SAMPLING, suited_sampling
from .style import measure_style

# "still": the head moves over a still ground, filled in behind it; "soft": one soft sheet, the ground bends near the
# head; "auto": still where head and ground differ clearly.
BACKGROUNDS = ("auto", "still", "soft")
_CHOICES: Mapping[str, Sequence[str]] = {"sampling": ("auto", *SAMPLING), "background": BACKGROUNDS}
_DEFAULTS = {"sampling": "auto", "background": "auto"}
# Rows drawn at a time: their maps stay in the cache, and a picture of 8K needs no gigabyte of them.
_BAND = 128
# How far colours spread into what is transparent, px: sampling mixes neighbours only.
_BLEED = 3
# How far around an opening its own maps count where others are drawn in the same box, in units.
_OWN, _OWN_DRAWN = 0.2, 0.47
# Landmarks this close to the picture's (px) are at rest.
_REST = 1e-3


class ProxyBackend:
    """Moves the layers of `core.layers` and draws them with OpenCV."""

    name = "proxy"
    version = "1"
    licence = "GPL-3.0-or-later (no weights)"
    capabilities = frozenset({"alpha", "16-bit", "grey", "exact-rest", "iris", "deterministic"})

    def settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Known: sampling, one of "linear", "cubic" (sharper), "nearest" (hard pixels), "auto" (what suits);
        background, one of BACKGROUNDS."""
        made = {**_DEFAULTS, **given}
        if set(made) != set(_CHOICES) or any(made[name] not in known for name, known in _CHOICES.items()):
            there = "; ".join(f"{name}: {', '.join(known)}" for name, known in _CHOICES.items())
            raise FaceShotError(
                ErrorCode.USAGE, f"The proxy does not know these settings: {dict(given)}.", hint=f"There is {there}."
            )
        return made

    def context(self, frame: int, count: int) -> range:
        return range(frame, frame + 1)

    def render(
        self,
        picture: Picture,
        character: Character,
        landmarks: LandmarkSequence,
        frames: Sequence[int],
        settings: Mapping[str, Any],
        work: Work = IDLE,
    ) -> Iterator[np.ndarray]:
        canvas_ = ProxyCanvas(picture, character, sampling=settings["sampling"], background=settings["background"])
        wanted = list(frames)
        yield from canvas_.frames(landmarks.points[wanted], None if landmarks.iris is None else landmarks.iris[wanted])


@dataclass(frozen=True, eq=False)
class LayerMap:
    """Where a layer is drawn: the pixels of `box`, their places in the picture (h, w, 2), where it is seen (h, w)."""

    name: str
    box: Box
    where: np.ndarray
    seen: np.ndarray


@dataclass(frozen=True, eq=False)
class _Placed:
    """Nodes of `window` and where in the picture they sample: places (rows, columns, 2 or, for two sheets, 4) px; the
    pixels that they decide, `box` on the nodes' own canvas and `drawn` on the frame's."""

    window: Window
    places: np.ndarray
    box: Box
    drawn: Box


@dataclass(frozen=True, eq=False)
class _Planned:
    """What goes where in a frame."""

    moment: Moment
    skin: _Placed
    openings: list[tuple[Sheets, _Placed]]


class ProxyCanvas:
    """A picture prepared for drawing: what does not depend on the frame.

    picture; character: its face; sampling: a key of SAMPLING, or "auto"; background: one of BACKGROUNDS. Not for
    several threads at once.
    """

    def __init__(
        self, picture: Picture, character: Character, *, sampling: str = "linear", background: str = "auto"
    ) -> None:
        self.pixels, self._alpha = picture.pixels, picture.has_alpha
        source = _bled(picture) if picture.has_alpha else picture.pixels
        head = Head.of(character.points, character.present)
        self.style = measure_style(source, head, alpha=picture.has_alpha)
        shapes = find_eye_shapes(source, head, self.style, alpha=picture.has_alpha)
        self.layers = FaceLayers.of(character.points, picture.size, character.present, shapes, iris=character.iris)
        self.iris = character.iris
        self._interpolation = SAMPLING[suited_sampling(picture) if sampling == "auto" else sampling]
        clear = np.iinfo(picture.pixels.dtype).max
        transparent = picture.has_alpha and bool(picture.pixels[:, :, -1].min() < clear)
        self.ground = None
        if background != "soft" and not transparent:
            self.ground = find_ground(picture.pixels, picture.rgb8(), self.layers.head, sure=background == "auto")
        figure = picture.pixels[:, :, -1] if transparent else None if self.ground is None else self.ground.matte
        if figure is not None:
            self.layers = replace(self.layers, edges=cut_edges(figure, self.layers.head))
        # Beyond a picture that is transparent somewhere is nothing.
        self._edges = self.layers.edges if transparent else None
        # What is sampled. The patches of the lids are redrawn in it for every frame.
        self._work = source.copy()
        self._interiors: dict[str, Interior] = {}
        # An eye beyond the picture's edge has nothing to be drawn with.
        self._sheets = [
            sheets
            for sheets in self.layers.sheets
            if not patch_box(source.shape, self.layers.head, sheets.opening).empty
        ]
        self._all_nodes = self.layers.lattice.positions.astype(np.float32)
        self._nodes = {each.opening.name: each.lattice.nodes(each.window) for each in self._sheets}
        for sheets in self._sheets:
            kind = Mouth if sheets.opening.name == "mouth" else Eye
            self._interiors[sheets.opening.name] = kind(
                source, self.layers.head, sheets.opening, self.style, alpha=picture.has_alpha
            )
        mouth = self._interiors.get("mouth")
        if isinstance(mouth, Mouth) and mouth.line is not None:
            self.layers = replace(self.layers, line=mouth.line.thickness)
        dots = [DotEye(source, name, shape, alpha=picture.has_alpha) for name, shape in shapes.items() if shape.dot]
        eyes = [
            OutlinedEye(
                source,
                self.layers.head,
                opening,
                alpha=picture.has_alpha,
                clean=self.style.clean,
                flat=self.style.flat,
                interpolation=self._interpolation,
            )
            for opening in find_openings(self.layers.head, self.layers.shapes)
            if opening.shape is not None
        ]
        found = {eye.opening.name: eye.shape for eye in eyes}
        self.layers = replace(self.layers, shapes={**self.layers.shapes, **found})
        # What is laid over the skin
        self._drawn: list[DotEye | OutlinedEye] = [*dots, *eyes]
        for eye in self._drawn:
            eye.erase(self._work)

    def frame(self, points: np.ndarray, iris: np.ndarray | None = None) -> np.ndarray:
        """The picture with its landmarks at `points` (68, 2) px, and its irises at (2, 2) px; (H, W, C)."""
        return self._painted(self._planned(points, iris))

    def frames(self, points: np.ndarray, irises: np.ndarray | None = None) -> Iterator[np.ndarray]:
        """`frame` for each of points (T, 68, 2) px and irises (T, 2, 2) px."""
        for each in zip(points, [None] * len(points) if irises is None else irises, strict=True):
            yield self.frame(*each)

    def _planned(self, points: np.ndarray, iris: np.ndarray | None) -> _Planned | None:
        """What is to be drawn for these landmarks, None for the picture itself; of nothing but the picture and them."""
        points = np.asarray(points, np.float64)
        kept = self.layers.kept
        gaze = np.zeros((2, 2)) if iris is None or self.iris is None else iris - self.iris
        if np.abs((points - self.layers.given)[kept]).max() < _REST and np.abs(gaze).max() < _REST:
            return None
        motion = self.layers.motion(points[None])
        return _Planned(self.layers.moment(motion, 0, iris), *self._placed(motion))

    def _painted(self, planned: _Planned | None) -> np.ndarray:
        if planned is None:
            return self.pixels.copy()
        moment, openings = planned.moment, planned.openings
        for interior in self._interiors.values():
            interior.begin(moment)
            interior.dress(self._work)
        drawn = self._skin(planned.skin)
        for sheets, pair in openings:
            near = any(not pair.drawn.clipped(other.drawn).empty for _, other in openings if other is not pair)
            self._opening(drawn, sheets, pair, beside=near)
        for interior in self._interiors.values():
            interior.lay(drawn)
        for eye in self._drawn:
            eye.draw(drawn, moment)
        return drawn

    def images(self) -> dict[str, np.ndarray]:
        """The textures of the layers, by name, see `core.render.textures`; "picture" is what the skin shows, without
        its matte, and there is no "plate"."""
        at_rest = Moment(self.layers.head, self.layers.head.points)
        for interior in self._interiors.values():
            interior.begin(at_rest)
            interior.dress(self._work)
        return part_images(self.layers, self._work, self._interiors, self._drawn, self.ground, alpha=self._alpha)

    def visible_maps(self, points: np.ndarray) -> list[LayerMap]:
        """The maps that `frame` samples, and where each is seen; for measuring, not for drawing."""
        skin, openings = self._placed(self.layers.motion(np.asarray(points, np.float64)[None]))
        where = pixel_map(self.layers.lattice, skin.window, skin.places, skin.box)
        seen = np.ones(skin.box.shape, bool) if self.ground is None else self.ground.share(where)[:, :, 0] > 0
        found = [LayerMap("skin", skin.box, where, seen)]
        for sheets, pair in openings:
            part, (upper, lower) = self._sheet_maps(sheets, pair)
            over, under = (share[:, :, 0] > 0.5 for share in self._interiors[sheets.opening.name].cover(upper, lower))
            seen[part.moved(-skin.box.left, -skin.box.top).slices] = False
            found.append(LayerMap(f"{sheets.opening.name}_upper", part, upper, over))
            found.append(LayerMap(f"{sheets.opening.name}_lower", part, lower, under & ~over))
        return found

    def _placed(self, motion: Motion) -> tuple[_Placed, list[tuple[Sheets, _Placed]]]:
        """Where in the picture the nodes of the skin and of the openings' sheets sample; none off the canvas."""
        lattice = self.layers.lattice
        moving = self.layers.moving_window(motion.shift[0])
        asked = [Inverse(self.layers.skin_field(motion, 0, moving), lattice.step)]
        parts = []
        for sheets in self._sheets:
            step = sheets.lattice.step
            # The shift's whole cells move the window, so that the inverse stays within it.
            cells = np.round(motion.shift[0] / step).astype(int)
            rest = (motion.shift[0] - cells * step).astype(np.float32)
            window = self.layers.near_core(sheets, motion, 0)
            core = sheets.core.within(window)
            fields = [field + rest for field in self.layers.sheet_fields(sheets, motion, 0, window)]
            nodes = self._nodes[sheets.opening.name][window.within(sheets.window)]
            reached = np.concatenate([(nodes[core] + field[core]).reshape(-1, 2) for field in fields])
            box = Box.around(reached.min(axis=0) - 1, reached.max(axis=0) + 1).clipped(covered(sheets.lattice, window))
            visible = box.moved(*(cells * step)).clipped(canvas(lattice.size))
            box = visible.moved(*(-cells * step))
            if not box.empty:
                part = window_for(sheets.lattice, box, window)
                asked += [Inverse(field, step, part.within(window)) for field in fields]
                parts.append((sheets, part, box, visible))
        back = invert_all(asked)
        box = covered(lattice, moving).clipped(canvas(lattice.size))
        skin = _Placed(moving, self._all_nodes[moving.slices] + back[0], box, box)
        openings = []
        for number, (sheets, part, box, visible) in enumerate(parts):
            nodes = self._nodes[sheets.opening.name][part.within(sheets.window)]
            pair = np.concatenate([nodes + back[1 + 2 * number], nodes + back[2 + 2 * number]], axis=-1)
            openings.append((sheets, _Placed(part, pair, box, visible)))
        return skin, openings

    def _skin(self, skin: _Placed) -> np.ndarray:
        lattice, box = self.layers.lattice, skin.box
        drawn = np.empty_like(self.pixels) if box == canvas(lattice.size) else self.pixels.copy()
        band = max(_BAND // lattice.step, 1) * lattice.step
        for top in range(box.top - box.top % band, box.bottom, band):
            part = Box(max(top, box.top), min(top + band, box.bottom), box.left, box.right)
            rows = window_for(lattice, part, skin.window)
            where = pixel_map(lattice, rows, skin.places[rows.within(skin.window)], part)
            drawn[part.slices] = self._sampled(where)
            if self.ground is not None:
                self.ground.lay_behind(drawn, part, where)
        return drawn

    def _sampled(self, where: np.ndarray) -> np.ndarray:
        return sample(self._work, where, interpolation=self._interpolation, edges=self._edges)

    def _sheet_maps(self, sheets: Sheets, pair: _Placed) -> tuple[Box, list[np.ndarray]]:
        """The pixels around an opening and the maps of its upper and its lower sheet there."""
        sides = (pair.places[..., :2], pair.places[..., 2:])
        return pair.drawn, [pixel_map(sheets.lattice, pair.window, places, pair.box) for places in sides]

    def _opening(self, drawn: np.ndarray, sheets: Sheets, pair: _Placed, *, beside: bool) -> None:
        """Draw what is around an opening anew: upper sheet over lower sheet over what lies within. beside: another
        opening is drawn in the same pixels."""
        box, maps = self._sheet_maps(sheets, pair)
        interior = self._interiors[sheets.opening.name]
        upper, lower = (self._sampled(where) for where in maps)
        cover_upper, cover_lower = interior.cover(maps[0], maps[1])
        # Edges that meet leave no gap between them: what the upper sheet leaves of a pixel, the lower one takes first.
        cover_lower = np.minimum(cover_lower, 1 - cover_upper)
        pixels = np.where(cover_upper == 1, upper, lower)
        behind = self.ground is not None and self.ground.seen_from(pair.places)
        # All but a strip shows one sheet and nothing else.
        part = _bounds(np.maximum(cover_upper, cover_lower)[:, :, 0] < 1)
        if behind:
            part = Box(0, box.shape[0], 0, box.shape[1])
        if part is not None:
            cover_upper, cover_lower = cover_upper[part.slices], cover_lower[part.slices]
            mixed = cover_upper * upper[part.slices] + cover_lower * lower[part.slices]
            hole = 1 - cover_upper - cover_lower
            seen = _bounds(hole[:, :, 0] > 1e-4)
            if seen is not None:
                whole = seen.moved(part.left, part.top)
                under = interior.draw(whole.moved(box.left, box.top), whole.slices)
                mixed[seen.slices] += hole[seen.slices] * under
            if behind and self.ground is not None:
                shares = [self.ground.share(where) for where in maps]
                head = np.maximum(cover_upper * shares[0] + cover_lower * shares[1] + hole, 0)
                mixed = head * mixed + (1 - head) * self.ground.under(box, maps[1], self.pixels)
            pixels[part.slices] = _to_depth(mixed, drawn.dtype)
        if beside:
            own = _own_part(sheets.opening, self.layers.head, maps)
            pixels = np.where(own[:, :, None], pixels, drawn[box.slices])
        drawn[box.slices] = pixels


def _own_part(opening: Opening, head: Head, maps: list[np.ndarray]) -> np.ndarray:
    """The pixels that an opening's two maps draw better than the skin's map does, (h, w) bool: those around it."""
    reach = (_OWN if opening.shape is None else _OWN_DRAWN) * head.unit
    (t, above), (_, below) = (opening.local(where + HALF_PIXEL) for where in maps)
    upper, lower = opening.edges(np.clip(t, 0, 1))
    beyond = np.maximum(-t, t - 1) * opening.width
    return (beyond < 0.5 * reach) & (upper - above < reach) & (below - lower < reach)


def _bounds(mask: np.ndarray) -> Box | None:
    """The smallest box around what is true; None for nothing."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return Box(int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1)


def _to_depth(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.clip(np.rint(values), 0, np.iinfo(dtype).max).astype(dtype)


def _bled(picture: Picture) -> np.ndarray:
    """The pixels with the colours of their visible part spread into what is wholly transparent.

    Sampling mixes neighbours: black under the transparent ones would show as a dark fringe.
    """
    pixels = picture.pixels
    visible = pixels[:, :, -1] > 0
    if visible.all() or not visible.any():
        return pixels
    bled = pixels.copy()
    # In bands, so that a large picture does not fill the memory with floats.
    for top in range(0, len(pixels), _BAND):
        rows = slice(max(top - _BLEED, 0), top + _BAND + _BLEED)
        seen = visible[rows]
        near = cv2.dilate(seen.astype(np.uint8), np.ones((2 * _BLEED + 1,) * 2, np.uint8)) > 0
        hidden = near & ~seen
        if not hidden.any():
            continue
        colours = fill(pixels[rows, :, :-1].astype(np.float32), seen, wanted=hidden)
        own = slice(top - rows.start, top - rows.start + _BAND)
        target = bled[top : top + _BAND, :, :-1]
        target[hidden[own]] = _to_depth(colours[own][hidden[own]], pixels.dtype)
    return bled
