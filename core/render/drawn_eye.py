# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds an eye as it is drawn: the closed shape around its points that stands out from the skin.

Only a clean one counts, that differs from the skin all around with a sharp edge: an eye of a drawing. Among lashes,
folds and shadows there is none, and the points stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import PARTS
from ..layers import EyeShape, Head, Opening, find_openings
from .eye_view import CLEAR, EYE, LEAST, EyeView, hull_of, look_at, unlike_skin
from .masks import brightness
from .style import Style

# Lines thinner than this (of the eye's larger side) that stick out of it are lashes or folds; if it runs on into hair
# or brow all the same, thicker ones are tried. So much larger than its points a drawn eye may be.
_SPURS = (0.14, 0.22, 0.32)
_GROWS = 0.72
# Points may lie within a drawn eye that is so many times as large.
_WIDER = (1.0, 1.6, 2.4)
# An outline is thinner than this, and lies this close to the points on it, if they are on it at all.
_THICKEST, _LINE = 0.22, 0.06
# Skin has to follow below this share of an eye's lower edge, no farther from it than this, if its points are on it.
_CHEEK, _OUTLINE = 0.7, 0.10
# A dot's pixels are its colour, but for a glint.
_SAME, _DOT_SHARE, _GLINT = 0.12, 0.85, 0.12
_USUAL_ROUNDNESS = 0.65
_ROUNDNESS = (0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9, 1.0)
_LID_PLACES = (0.28, 0.72)
# How well arcs must fit what is found (intersection over union), and which share of its edge must be sharp.
_FIT, _SHARP, _SHARP_TOO = 0.90, 0.85, 0.7
# .. and arcs through points that a lashed eye's own line is not looked for
_TRUSTED = 0.75


def find_eye_shapes(source: np.ndarray, head: Head, style: Style, *, alpha: bool) -> dict[str, EyeShape]:
    """The drawn eyes of a picture (H, W, C), by part; empty for photographs and paintings. Both or neither are dots."""
    found: dict[str, EyeShape] = {}
    openings = [opening for opening in find_openings(head) if opening.name != "mouth"]
    for opening in openings:
        shape = find_eye_shape(source, head, opening, alpha=alpha)
        if shape is None and style.drawn:
            shape = _as_given(source, head, opening, alpha=alpha)
        if shape is not None:
            found[opening.name] = shape
    if len(found) == 1 < len(openings):
        # Where one eye is drawn the other one is, too.
        for opening in openings:
            if opening.name not in found:
                shape = find_eye_shape(source, head, opening, alpha=alpha, sharp=_SHARP_TOO)
                found |= {} if shape is None else {opening.name: shape}
        if len(found) == 1 and not style.clean:
            return {}
    eyes = {"right_eye", "left_eye"} & head.present
    if not all(name in found and found[name].dot for name in eyes):
        return {name: shape for name, shape in found.items() if not shape.dot}
    return found


def find_eye_shape(
    source: np.ndarray, head: Head, opening: Opening, *, alpha: bool, sharp: float = _SHARP
) -> EyeShape | None:
    """The drawn eye at an opening of a picture (H, W, C); None where the landmarks are to be trusted. sharp: the share
    of its edge that is."""
    seen = _seek(source, head, opening, alpha=alpha)
    if seen is None or _sharp(seen.found, seen.differs) < sharp:
        return None
    view, points, hull, differs, found = seen.view, seen.points, seen.hull, seen.differs, seen.found
    ring = found
    lid = _is_lid(found, hull, differs)
    if lid:
        # A lid within a ring: the eye is what the points say, up to its line.
        near = np.ones((2 * round(_LINE * EYE) + 1,) * 2, np.uint8)
        below = np.arange(len(hull))[:, None] > np.flatnonzero(hull.any(axis=1)).mean()
        found = found & (below | (cv2.dilate(hull.astype(np.uint8), near) > 0))
    edges = _edges(found)
    if edges is None:
        return None
    light = brightness(view.colours)
    if _is_dot(found, view, light, differs):
        landmarks, roundness = _landmarks(edges)
        return EyeShape(view.back(landmarks), roundness, dot=True)
    even = _even_outline(found, view.colours)
    band = _outline(found, light, edges) if even is None else (even, even)
    inset = 1.2 * max(view.scale, 1.0)
    core = _without_outline(found, band, inset)
    inner = _edges(core)
    if inner is None:
        return None
    landmarks, roundness = _landmarks(inner)
    fit, own = _overlap(landmarks, roundness, core), _best_roundness(points, core)
    ringed = min(band) > 0.5 * max(band) > 0
    if not lid and not ringed and own[0] > max(_TRUSTED, fit - 0.12):
        # A lashed eye whose points lie on its edge already
        landmarks, roundness = points, own[1]
    elif fit < _FIT:
        return None
    above = None
    if lid:
        above = (
            float(landmarks[[1, 2], 1].mean()) - np.flatnonzero(ring.any(axis=1))[0] - 1.3 * max(band) - 2
        ) / view.scale
    left = [max(thick - inset, 0.5 * thick) / view.scale for thick in band]
    return EyeShape(view.back(landmarks), roundness, (left[0], left[1]), above)


@dataclass(frozen=True, eq=False)
class _Seen:
    """A shape (n, n) bool in a view, its landmarks (6, 2) and their hull (n, n) bool there, and `unlike_skin`."""

    view: EyeView
    points: np.ndarray
    hull: np.ndarray
    differs: np.ndarray
    found: np.ndarray


def _seek(source: np.ndarray, head: Head, opening: Opening, *, alpha: bool) -> _Seen | None:
    """The shape that stands out from the skin where the landmarks of an eye are; they may lie well within it."""
    for wide in _WIDER:
        view = look_at(source, head, opening, alpha=alpha, wide=wide)
        if view is None:
            return None
        points = view.from_picture(head.points[PARTS[opening.name]])
        hull = hull_of(points, view.colours.shape[0])
        differs = unlike_skin(view, head, opening, hull)
        found = None if differs is None else _blob(differs, hull, wide)
        if differs is not None and found is not None:
            return _Seen(view, points, hull, differs, found)
    return None


def _as_given(source: np.ndarray, head: Head, opening: Opening, *, alpha: bool) -> EyeShape | None:
    """An eye of a drawing that runs on into hair or shadow: its points are its edge, a dark line there its outline.

    None where the cheek does not follow below: then the points lie somewhere in the eye, as a detector's do on large
    drawn eyes, and what is dark beyond them is the iris.
    """
    view = look_at(source, head, opening, alpha=alpha)
    if view is None:
        return None
    points = view.from_picture(head.points[PARTS[opening.name]])
    side = view.colours.shape[0]
    arcs = _arcs(points, _USUAL_ROUNDNESS, side)
    light = brightness(view.colours)
    edges = _edges(arcs)
    differs = unlike_skin(view, head, opening, hull_of(points, side))
    if edges is None or differs is None or _skin_below(differs, edges) < _CHEEK:
        return None
    band = tuple(_line_beyond(light, edges, upper=upper) / view.scale for upper in (True, False))
    return EyeShape(head.points[PARTS[opening.name]], _USUAL_ROUNDNESS, (band[0], band[1]))


def _skin_below(differs: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray]) -> float:
    """In which share of its columns a shape's lower edge has skin below it, no farther than an outline is thick."""
    columns, _, bottom = edges
    reach = np.arange(int(_LINE * EYE), int((_LINE + _OUTLINE) * EYE))
    rows = np.clip(bottom.astype(int)[:, None] + reach, 0, len(differs) - 1)
    return float((differs[rows, columns[:, None]] < LEAST).any(axis=1).mean())


def _line_beyond(light: np.ndarray, edges: tuple[np.ndarray, np.ndarray, np.ndarray], *, upper: bool) -> float:
    """How far out of a shape a dark line along its upper or lower edge goes, px of the view; 0 for none."""
    columns, top, bottom = edges
    line, step = (top, -1) if upper else (bottom - 1, 1)
    t = (columns + 0.5 - columns[0]) / len(columns)
    thick = []
    for column, start in zip(columns[(t > 0.12) & (t < 0.88)], line[(t > 0.12) & (t < 0.88)], strict=True):
        run = light[np.clip(int(start) + step * np.arange(int(_THICKEST * 1.6 * EYE)), 0, len(light) - 1), column]
        first = int(_LINE * EYE)
        dark = run < (run[:first].min() + np.median(run[-first:])) / 2
        if np.median(run[-first:]) - run[:first].min() < 0.15:
            thick.append(0.0)
            continue
        begins = int(dark.argmax())
        ends = np.flatnonzero(~dark[begins:])
        thick.append(float(begins + ends[0]) if len(ends) else 0.0)
    return float(np.percentile(thick, 70)) if thick else 0.0


def _blob(differs: np.ndarray, hull: np.ndarray, wide: float = 1.0) -> np.ndarray | None:
    """The pixels of the shape that differs from the skin where the points are, without lashes and folds."""
    side = len(hull)
    away = cv2.distanceTransform((~hull).astype(np.uint8), cv2.DIST_L2, 5)
    mask = ((differs > LEAST) & (away < _GROWS * EYE)).astype(np.uint8)
    # What hangs together with what is between the points, and what it encloses: no frame of glasses around it
    _, labels = cv2.connectedComponents(mask)
    between = np.bincount(labels[hull & (mask > 0)].ravel(), minlength=2)
    between[0] = 0
    outside = (labels != int(between.argmax())).astype(np.uint8)
    outside = cv2.copyMakeBorder(outside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
    flood = np.zeros((side + 4, side + 4), np.uint8)
    cv2.floodFill(outside, flood, (0, 0), 2)
    solid = (outside[1:-1, 1:-1] != 2).astype(np.uint8)
    for spur in _SPURS:
        reach = round(spur * EYE / 2)
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
        # The points vouch for pointed corners.
        kept = (solid > 0) & ((cv2.morphologyEx(solid, cv2.MORPH_OPEN, disc) > 0) | (away < 2))
        _, labels = cv2.connectedComponents(kept.astype(np.uint8))
        own = np.bincount(labels[hull & kept].ravel(), minlength=1)
        own[0] = 0
        if not own.any():
            return None
        found = labels == int(own.argmax())
        if away[found].max() < 0.95 * _GROWS * EYE:
            fits = (found & hull).sum() >= 0.85 * hull.sum() and found.sum() <= 4 * wide * wide * hull.sum()
            return found if fits else None
    return None


def _sharp(found: np.ndarray, differs: np.ndarray) -> float:
    """Along which share of its edge it differs clearly just inside, and hardly just outside."""
    kernel = np.ones((3, 3), np.uint8)
    grown = found.astype(np.uint8)
    edge = (grown > 0) & (cv2.erode(grown, kernel) == 0)
    within = cv2.dilate(np.where(found, differs, 0).astype(np.float32), np.ones((9, 9), np.uint8))
    beyond = cv2.erode(np.where(found, 9, differs).astype(np.float32), np.ones((9, 9), np.uint8))
    return float(((within > CLEAR) & (beyond < LEAST))[edge].mean())


def _edges(found: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Columns (m,) of a shape, and where its top and its bottom are in each; px."""
    columns = np.flatnonzero(found.any(axis=0))
    if len(columns) < 8:
        return None
    part = found[:, columns]
    top = part.argmax(axis=0).astype(np.float64)
    bottom = len(found) - part[::-1].argmax(axis=0).astype(np.float64)
    return columns, top, bottom


def _landmarks(edges: tuple[np.ndarray, np.ndarray, np.ndarray]) -> tuple[np.ndarray, float]:
    """The six points on a shape's edge and the roundness of the arcs that follow it best."""
    columns, top, bottom = edges
    low, high = float(columns[0]), float(columns[-1] + 1)
    some = max(len(columns) // 16, 1)
    corners = [
        np.array([low, (top[:some] + bottom[:some]).mean() / 2]),
        np.array([high, (top[-some:] + bottom[-some:]).mean() / 2]),
    ]
    t = (columns + 0.5 - low) / (high - low)
    chord = corners[0][1] + t * (corners[1][1] - corners[0][1])
    inner = (t > 0.03) & (t < 0.97)
    best = None
    for roundness in _ROUNDNESS:
        bulge = (4 * t * (1 - t)) ** roundness
        # The points decide the arc as `Rim` draws it: what is left between them is the error.
        basis = np.stack([np.interp(t, _LID_PLACES, unit) for unit in np.eye(2)], axis=-1) * bulge[:, None]
        heights, error = [], 0.0
        for line in (top, bottom):
            fitted, *_ = np.linalg.lstsq(basis[inner], (line - chord)[inner], rcond=None)
            error += float(np.square(basis @ fitted - (line - chord))[inner].sum())
            heights.append(fitted)
        if best is None or error < best[0]:
            best = error, roundness, heights
    assert best is not None
    _, roundness, heights = best
    place = np.array(_LID_PLACES)
    bulge = (4 * place * (1 - place)) ** roundness
    x, y = low + place * (high - low), corners[0][1] + place * (corners[1][1] - corners[0][1])
    upper, lower = (np.stack([x, y + height * bulge], axis=-1) for height in heights)
    return np.stack([corners[0], *upper, corners[1], lower[1], lower[0]]), roundness


def _best_roundness(landmarks: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    """The best overlap of a shape and the arcs through given points, and the roundness it takes."""
    return max((_overlap(landmarks, roundness, found), roundness) for roundness in _ROUNDNESS)


def _overlap(landmarks: np.ndarray, roundness: float, found: np.ndarray) -> float:
    """Intersection over union of a shape and the arcs through its landmarks."""
    arcs = _arcs(landmarks, roundness, len(found))
    return float((arcs & found).sum() / max((arcs | found).sum(), 1))


def _arcs(landmarks: np.ndarray, roundness: float, side: int) -> np.ndarray:
    """The pixels between the arcs through six points, as `Rim` draws them; (side, side) bool."""
    y, x = np.mgrid[0:side, 0:side] + 0.5
    low, high = landmarks[0], landmarks[3]
    t = (x - low[0]) / max(high[0] - low[0], 1e-6)
    chord = low[1] + t * (high[1] - low[1])
    bulge = np.clip(4 * t * (1 - t), 0, 1) ** roundness
    sides = []
    for indices in ((1, 2), (5, 4)):
        at = [float(np.clip((landmarks[k][0] - low[0]) / max(high[0] - low[0], 1e-6), 0.05, 0.95)) for k in indices]
        offset = [
            (landmarks[k][1] - (low[1] + s * (high[1] - low[1]))) / (4 * s * (1 - s)) ** roundness
            for k, s in zip(indices, at, strict=True)
        ]
        sides.append(chord + np.interp(t, at, offset) * bulge)
    return (t > 0) & (t < 1) & (y > sides[0]) & (y < sides[1])


def _is_lid(found: np.ndarray, hull: np.ndarray, differs: np.ndarray) -> bool:
    """Is what a shape has beyond the points skin, as a lid is, though what is between the points is not?"""
    beyond = found & (cv2.dilate(hull.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0)
    if beyond.sum() < 0.12 * hull.sum():
        return False
    skin = differs < LEAST
    rows = np.arange(len(hull))[:, None] > np.flatnonzero(hull.any(axis=1))[-1]
    below = beyond & rows
    if below.sum() > 0.12 * hull.sum() and skin[below].mean() > 0.5:
        return False
    return float(skin[beyond].mean()) > float(skin[hull].mean()) + 0.4


def _is_dot(found: np.ndarray, view: EyeView, light: np.ndarray, differs: np.ndarray) -> bool:
    """One dark colour, but for a glint: no white around it."""
    colours = view.colours
    blurred = 2 * round(max(2.0, 1.3 * view.scale)) + 1
    core = cv2.erode(found.astype(np.uint8), np.ones((blurred, blurred), np.uint8)) > 0
    if core.sum() < 40:
        return False
    seen = colours[core]
    colour = np.median(seen, axis=0)
    same = np.abs(seen - colour).max(axis=1) < _SAME
    around = cv2.dilate(found.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    skin = float(np.median(light[around & ~found & (differs < LEAST)]))
    # A ring of another colour at the edge is an iris or an outline: an eye, not a dot.
    edge = core & (cv2.erode(core.astype(np.uint8), np.ones((7, 7), np.uint8)) == 0)
    rim = np.abs(colours[edge] - colour).max(axis=1) < 1.5 * _SAME
    return bool(same.mean() > _DOT_SHARE and rim.mean() > 0.9 and float(brightness(colour)) < skin - 0.25)


def _outline(found: np.ndarray, light: np.ndarray, edges: tuple) -> tuple[float, float]:
    """How thick a dark line runs along the upper and along the lower edge of a shape; px of the view, 0 for none."""
    columns, top, bottom = edges
    low, high = columns[0], columns[-1] + 1
    t = (columns + 0.5 - low) / (high - low)
    picked = columns[(t > 0.12) & (t < 0.88)]
    found_: list[float] = []
    for line, step in ((top, 1), (bottom, -1)):
        thick = []
        deepest = int(0.4 * (bottom - top).max())
        for column in picked:
            start = int(line[column - low]) - (1 if step < 0 else 0)
            run = (
                light[start + step * np.arange(deepest), column]
                if 0 <= start + step * (deepest - 1) < len(light)
                else None
            )
            if run is None:
                continue
            outside = light[np.clip(start - 4 * step, 0, len(light) - 1), column]
            dark = float(run[: max(deepest // 2, 1)].min())
            level = (min(outside, float(run.max())) + dark) / 2
            if outside - dark < 0.15 or run.max() - dark < 0.15:
                thick.append(0.0)
                continue
            at = np.flatnonzero(run < level)
            if not len(at) or at[0] > 0.1 * EYE:
                thick.append(0.0)
                continue
            ends = np.flatnonzero(run[at[0] :] >= level)
            # Dark to the middle: an iris that the lid touches
            thick.append(float(at[0] + ends[0]) if len(ends) else np.nan)
        usable = np.array([value for value in thick if np.isfinite(value) and value < _THICKEST * EYE])
        # Where an iris touches the line, both are dark: the thinner places tell.
        found_.append(float(np.percentile(usable, 40)) if len(usable) > 0.25 * max(len(thick), 1) else 0.0)
    return found_[0], found_[1]


def _even_outline(found: np.ndarray, colours: np.ndarray) -> float | None:
    """How thick a line, or a rim of several, runs all around within a shape, px of the view; None for none.

    At its inner edge the colour changes at the same depth nearly everywhere.
    """
    depth = cv2.distanceTransform(found.astype(np.uint8), cv2.DIST_L2, 5)
    deepest = int(min(_THICKEST * 1.3 * EYE, 0.6 * depth.max()))
    rings = [found & (depth > level) & (depth <= level + 1) for level in range(deepest + 4)]
    if len(rings) < 8 or not all(ring.any() for ring in rings):
        return None
    usual = [np.median(colours[ring], axis=0) for ring in rings]
    alike = [
        float((np.abs(colours[ring] - colour).max(axis=-1) < 0.15).mean())
        for ring, colour in zip(rings, usual, strict=True)
    ]
    for level in range(deepest - 1, 1, -1):
        changes = np.abs(usual[level + 3] - usual[level]).max() > 0.3
        if changes and min(alike[level], alike[level + 3]) > 0.8:
            return level + 2.0
    return None


def _without_outline(found: np.ndarray, band: tuple[float, float], inset: float) -> np.ndarray:
    """The shape less its outline (but for `inset` px of it, where it blends with the white): what lids slide over."""
    if max(band) <= 0:
        return found
    depth = cv2.distanceTransform(found.astype(np.uint8), cv2.DIST_L2, 5)
    rows = np.arange(len(found))[:, None]
    used = np.flatnonzero(found.any(axis=1))
    share = np.clip((rows - used[0]) / max(used[-1] - used[0], 1), 0, 1)
    thick = band[0] + (band[1] - band[0]) * share
    return found & (depth > np.maximum(thick - inset, 0.5 * thick))
