# SPDX-License-Identifier: GPL-3.0-or-later
"""The points of a character, drawn over its picture in the 3D viewport: curves, points, what is chosen, a hint.

Curves and points lie in the scene and are handed to the graphics card when points or plane change, not when the view
does. What is chosen is in px of the region, and follows the view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...core.landmarks import COUNT
from ...core.placing.curves import part_curves
from ...core.placing.edit import PartBox, group, points_of
from ...core.placing.picking import Hit, ScreenBox, box_of, box_on_screen, shown
from . import points_shaders as shaders

if TYPE_CHECKING:
    from ...core.character import Character
    from .in_view import PictureInView
    from .points import PictureOnPlane

__all__ = ["Marks", "confidence_colour", "draw_character", "draw_hint"]

BY_HAND = (0.82, 0.93, 1.0)
# Confidence and colour: red, orange, yellow, green.
_STOPS = (0.0, 0.35, 0.6, 0.85)
_TONES = np.array([(0.95, 0.22, 0.20), (1.0, 0.56, 0.14), (1.0, 0.87, 0.25), (0.36, 0.90, 0.42)])
_WHITE, _DARK, _ACCENT = (1.0, 1.0, 1.0, 1.0), (0.02, 0.02, 0.03, 0.42), (1.0, 0.72, 0.25, 1.0)
# px at a scale of 1
_RADIUS, _OUTLINE, _LINE, _HALO = 3.3, 1.1, 1.6, 4.2
_IRIS_SHARE = 0.17  # of its eye's width, where nobody says how large an iris is
_ROUND = np.linspace(0, 2 * np.pi, 33)
_KEPT = 8


@dataclass(frozen=True)
class Marks:
    """What stands out. chosen: indices, with a box around them where they are several · hit: what the pointer is on ·
    box: drawn instead of theirs."""

    chosen: frozenset[int] = frozenset()
    hit: Hit | None = None
    box: PartBox | None = None


def confidence_colour(confidence: Any, placed: Any = "") -> np.ndarray:
    """(..., 3) colours 0..1 of confidences (...,): red, orange, yellow, green; blue-white where `placed` by "hand".

    >>> confidence_colour(0.0).round(2).tolist()
    [0.95, 0.22, 0.2]
    """
    sure = np.clip(np.asarray(confidence, np.float64), 0, 1)
    tones = np.stack([np.interp(sure, _STOPS, tone) for tone in _TONES.T], axis=-1)
    return np.where((np.asarray(placed) == "hand")[..., None], BY_HAND, tones)


@dataclass(frozen=True, eq=False)
class _Built:
    key: tuple[Any, ...]
    batches: tuple[Any, ...]


_scenes: dict[int, _Built] = {}
_overlays: dict[int, _Built] = {}


def draw_character(
    view: PictureInView,
    character: Character,
    *,
    perspective: Any,
    region: int = 0,
    marks: Marks = Marks(),
    irises: bool = True,
    scale: float = 1.0,
    faint: bool = False,
) -> None:
    """Draw into the region that is being drawn, in a callback of its pixels ("POST_PIXEL") or a 2D gizmo.

    perspective: the RegionView3D's perspective_matrix · region: a number that tells regions apart · scale: the
    interface's · faint: as what cannot be edited.
    """
    gpu = shaders.graphics()
    gpu.state.blend_set("ALPHA")
    gpu.state.depth_test_set("NONE")
    gpu.state.depth_mask_set(False)
    halo, curves, points = _in_scene(view.surface, character, irises=irises, scale=scale, faint=faint)
    wide, thin, handles = None, None, None
    if marks.chosen or marks.hit is not None:
        wide, thin, handles = _on_screen(view, character, region, marks, irises=irises, scale=scale)
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
        gpu.matrix.load_identity()
        gpu.matrix.load_projection_matrix(perspective)
        shaders.draw_lines(halo, view.size, width=_HALO * scale)
        shaders.draw_lines(curves, view.size, width=_LINE * scale)
    shaders.draw_lines(wide, view.size, width=(_LINE + 2.6) * scale)
    shaders.draw_lines(thin, view.size, width=(_LINE + 0.4) * scale)
    with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():  # points lie on all lines
        gpu.matrix.load_identity()
        gpu.matrix.load_projection_matrix(perspective)
        shaders.draw_discs(points, view.size)
    shaders.draw_discs(handles, view.size)
    gpu.state.depth_mask_set(True)
    gpu.state.blend_set("NONE")


def draw_hint(words: str, *, size: tuple[int, int], scale: float, above: float = 0.0) -> None:
    """A line of text at the bottom of the region, readable on any picture."""
    import blf

    blf.size(0, 12 * scale)
    width, _ = blf.dimensions(0, words)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0, 0, 0, 0.9)
    blf.shadow_offset(0, 1, -1)
    blf.color(0, 1, 1, 1, 1)
    blf.position(0, max((size[0] - width) / 2, 8 * scale), 36 * scale + above, 0)
    blf.draw(0, words)
    blf.disable(0, blf.SHADOW)


def forget() -> None:
    """Give back what the graphics card holds."""
    _scenes.clear()
    _overlays.clear()


def _in_scene(
    surface: PictureOnPlane, character: Character, *, irises: bool, scale: float, faint: bool
) -> tuple[Any, ...]:
    key = (character, surface, irises, scale, faint)
    built = _scenes.get(id(surface))
    if built is None or built.key != key:
        built = _Built(key, _scene_batches(*key))
        _keep(_scenes, id(surface), built)
    return built.batches


def _scene_batches(
    character: Character, surface: PictureOnPlane, irises: bool, scale: float, faint: bool
) -> tuple[Any, ...]:
    tones = np.ones((COUNT + 2, 4))
    tones[:COUNT, :3] = confidence_colour(character.confidence, np.array(character.placed))
    tones[COUNT:, :3] = BY_HAND
    tones[:, 3] = 0.45 if faint else 1.0
    there = shown(character)
    there = there if irises else there[there < COUNT]
    curves = part_curves()
    pairs = curves.pairs[curves.of(character.present)[curves.pairs[:, 0]]]
    samples, colours = curves.weights @ character.points, curves.weights @ tones[:COUNT]
    for index in there[there >= COUNT]:
        pairs = np.concatenate([pairs, len(samples) + np.stack([np.arange(32), np.arange(1, 33)], axis=-1)])
        samples = np.concatenate([samples, iris_circle(character, int(index))])
        colours = np.concatenate([colours, np.broadcast_to(tones[index], (33, 4))])
    colours = np.clip(colours, 0, 1) * (1, 1, 1, 0.9)
    dark = np.broadcast_to(_DARK, colours.shape) * (1, 1, 1, 0.5 if faint else 1)
    places = surface.world(samples)
    forms = np.tile((_RADIUS * scale, _OUTLINE * scale, shaders.DISC), (len(there), 1))
    points = surface.world(points_of(character)[there])
    return (
        shaders.lines(places, dark, pairs),
        shaders.lines(places, colours, pairs),
        shaders.discs(points, tones[there], forms),
    )


def iris_circle(character: Character, index: int) -> np.ndarray:
    """(33, 2) px around the iris 68 (right) or 69 (left)."""
    assert character.iris is not None
    corners = (36, 39) if index == COUNT else (42, 45)
    radius = _IRIS_SHARE * float(np.linalg.norm(character.points[corners[1]] - character.points[corners[0]]))
    circle = np.stack([np.cos(_ROUND), np.sin(_ROUND)], axis=-1)
    return np.asarray(character.iris[index - COUNT] + radius * circle)


def _on_screen(
    view: PictureInView, character: Character, region: int, marks: Marks, *, irises: bool, scale: float
) -> tuple[Any, ...]:
    key = (character, view.surface, view.key, marks, irises, scale)
    built = _overlays.get(region)
    if built is None or built.key != key:
        built = _Built(key, _overlay_batches(view, character, marks, irises=irises, scale=scale))
        _keep(_overlays, region, built)
    return built.batches


def _overlay_batches(
    view: PictureInView, character: Character, marks: Marks, *, irises: bool, scale: float
) -> tuple[Any, ...]:
    art = _Art(scale)
    hit = marks.hit
    if hit is not None and hit.kind == "curve":
        parts = character.present if hit.part == "face" else {hit.part}
        curves = part_curves()
        samples = view.on_screen(curves.weights @ character.points)
        here = curves.of(frozenset(parts & character.present))[curves.pairs[:, 0]]
        for start, end in curves.pairs[here]:
            art.line(samples[start], samples[end], _WHITE)
        _frame(art, view, character, hit.part, marks.chosen)
    there = shown(character)
    places = dict(zip(there.tolist(), view.on_screen(points_of(character)[there]), strict=True))
    for index in sorted(marks.chosen & places.keys()):
        if irises or index < COUNT:
            art.disc(places[index], _ACCENT, 5.2, 1.2, shaders.RING)
    if hit is not None and hit.kind == "point" and hit.index in places:
        art.disc(places[hit.index], _WHITE, 7.4, 1.2, shaders.RING)
    box = (marks.box or box_of(character, marks.chosen)) if len(marks.chosen) > 1 else None
    placed = None if box is None else box_on_screen(view, box, scale=scale)
    if placed is not None:
        _draw_box(art, placed, hit)
    return art.batches()


def _frame(art: _Art, view: PictureInView, character: Character, part: str, chosen: frozenset[int]) -> None:
    """A faint box around the part that a press would grab, where it has none yet."""
    indices = frozenset(group(part).tolist())
    box = None if indices <= chosen else box_of(character, indices)
    placed = None if box is None else box_on_screen(view, box, scale=art.scale)
    if placed is not None:
        for start, end in zip(placed.corners, np.roll(placed.corners, -1, axis=0), strict=True):
            art.line(start, end, (1.0, 1.0, 1.0, 0.4))


def _draw_box(art: _Art, box: ScreenBox, hit: Hit | None) -> None:
    inside = hit is not None and hit.kind == "inside"
    edge = (1.0, 1.0, 1.0, 0.95 if inside else 0.62)
    for start, end in zip(box.corners, np.roll(box.corners, -1, axis=0), strict=True):
        art.line(start, end, edge)
    art.line(box.handles[4], box.turn, edge)
    for number, handle in enumerate(box.handles):
        lit = hit is not None and hit.kind == "handle" and hit.index == number
        size = (5.4 if lit else 4.0) - (0 if number < 4 else 1.0)
        art.disc(handle, _ACCENT if lit else _WHITE, size, 1.1, shaders.SQUARE)
    lit = hit is not None and hit.kind == "turn"
    art.disc(box.turn, _ACCENT if lit else _WHITE, 6.2 if lit else 4.8, 1.1, shaders.DISC)


class _Art:
    """Lines and discs in px of a region, on their way to batches."""

    def __init__(self, scale: float) -> None:
        self.scale = scale
        self._ends: list[np.ndarray] = []
        self._tones: list[tuple[float, ...]] = []
        self._discs: list[tuple[np.ndarray, tuple[float, ...], tuple[float, ...]]] = []

    def line(self, start: np.ndarray, end: np.ndarray, tone: tuple[float, ...]) -> None:
        if np.isfinite(start).all() and np.isfinite(end).all():
            self._ends += [start, end]
            self._tones += [tone, tone]

    def disc(self, place: np.ndarray, tone: tuple[float, ...], radius: float, outline: float, kind: float) -> None:
        if np.isfinite(place).all():
            self._discs.append((place, tone, (radius * self.scale, outline * self.scale, kind)))

    def batches(self) -> tuple[Any, Any, Any]:
        ends = _flat(self._ends)
        tones, pairs = np.array(self._tones).reshape(-1, 4), np.arange(len(ends)).reshape(-1, 2)
        dark = np.broadcast_to(_DARK, tones.shape) * (1, 1, 1, 1.4)
        places: Any
        places, colours, forms = ([disc[k] for disc in self._discs] for k in range(3))
        return (
            shaders.lines(ends, dark, pairs),
            shaders.lines(ends, tones, pairs),
            shaders.discs(_flat(places), np.array(colours), np.array(forms)),
        )


def _flat(places: list[np.ndarray]) -> np.ndarray:
    found = np.array(places, np.float64).reshape(-1, 2)
    return np.column_stack([found, np.zeros(len(found))])


def _keep(store: dict[int, _Built], key: int, built: _Built) -> None:
    store.pop(key, None)
    while len(store) >= _KEPT:
        del store[next(iter(store))]
    store[key] = built
