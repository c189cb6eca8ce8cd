# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies behind a head: a matte of it at full resolution, and a plate of the ground filled in behind it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import Edges, Head
from .maps import Box, canvas, fill
from .matte import (
    MOST_GUESSED,
    Surroundings,
    alike,
    away_from,
    find_head,
    ground_noise,
    leans,
    near_colours,
    to_lab,
    touching,
    unlike,
)
from .shadow import find_shadow

# How far from the eyes' middle the head, its hair and what it uncovers can be, in face radii
_REACH = 2.2
# What of a figure on an edge means that it goes on beyond it, in half widths of the face
_CUT = 0.67
_NEIGHBOURS = np.array([[0.05, 0.2, 0.05], [0.2, 0.0, 0.2], [0.05, 0.2, 0.05]], np.float32)
_RELAXING = 24
# Rows of a picture whose pixels are listed at a time
_STRIP = 256
# The plate is filled where a unit is about this many px; on that scale, what is finer than this is grain.
_UNIT = 72.0
_GRAIN = 2.0
# What differs from the ground less than this share of what makes a strand is ground
_PLAIN = 0.4


@dataclass(frozen=True, eq=False)
class Ground:
    """The ground behind a head.

    matte (H, W) uint8, of the whole picture: 255 the head and what hangs on it, 0 the ground; box: the pixels where
    the matte was looked for, beyond it goes on as at its border; plate (h, w, C) over `box`, the picture's depth: the
    ground, without the head's shadow; shadow (H, W) uint8: what that takes of its light, or None; clear: the matte can
    be relied on. Wherever the matte is below 255 the plate under the shadow equals the picture, so that all of them at
    rest make the picture bit for bit.
    """

    matte: np.ndarray
    box: Box
    plate: np.ndarray
    clear: bool
    shadow: np.ndarray | None = None

    def share(self, where: np.ndarray) -> np.ndarray:
        """How much of each pixel of a map (h, w, 2) is the head's; (h, w, 1) float32, 0..1."""
        return self._sampled(where)[:, :, None] / np.float32(255)

    def seen_from(self, places: np.ndarray) -> bool:
        """May any of it show where places (..., an even number) px are sampled, and all between them?"""
        places = places.reshape(-1, 2)
        low, high = np.floor(places.min(axis=0)).astype(int) - 2, np.ceil(places.max(axis=0)).astype(int) + 2
        height, width = self.matte.shape
        left, top = np.clip(low, 0, (width - 1, height - 1))
        right, bottom = np.clip(high, 1, (width, height))
        return bool(self.matte[top : max(bottom, top + 1), left : max(right, left + 1)].min() < 255)

    def _sampled(self, where: np.ndarray) -> np.ndarray:
        return cv2.remap(self.matte, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def lay_behind(self, drawn: np.ndarray, part: Box, where: np.ndarray) -> None:
        """Put the plate behind the pixels of `part` in a frame (H, W, C), whose map is `where` (h, w, 2)."""
        both = part.clipped(self.box)
        if both.empty:
            return
        share = self._sampled(where[both.moved(-part.left, -part.top).slices])
        if share.min() == 255:
            return
        over, under = drawn[both.slices], self._behind(both, where[both.moved(-part.left, -part.top).slices])
        # Much quicker than NumPy's masked copy
        cv2.copyTo(under, cv2.compare(share, 0, cv2.CMP_EQ), over)
        mixed = np.flatnonzero(cv2.inRange(share, 1, 254))
        if len(mixed):
            rows, columns = np.divmod(mixed, share.shape[1])
            mix = share[rows, columns, None] / np.float32(255)
            blend = mix * over[rows, columns] + (1 - mix) * under[rows, columns]
            over[rows, columns] = np.rint(blend).astype(over.dtype)

    def under(self, box: Box, where: np.ndarray, pixels: np.ndarray) -> np.ndarray:
        """What lies behind the head in the pixels of `box`, whose map is `where` (h, w, 2), and the picture's `pixels`
        (H, W, C) where no plate is; (h, w, C)."""
        found = pixels[box.slices].copy()
        both = box.clipped(self.box)
        if not both.empty:
            inner = both.moved(-box.left, -box.top).slices
            found[inner] = self._behind(both, where[inner])
        return found

    def _behind(self, box: Box, where: np.ndarray) -> np.ndarray:
        """The plate in the pixels of `box`, within its own, under the head's shadow."""
        plate = self.plate[box.moved(-self.box.left, -self.box.top).slices]
        if self.shadow is None:
            return plate
        taken = cv2.remap(self.shadow, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        if not taken.any():
            return plate
        return shaded(plate, taken)


def shaded(plate: np.ndarray, shadow: np.ndarray) -> np.ndarray:
    """A plate (h, w, C) under a shadow (h, w) uint8."""
    light = (255 - shadow.astype(np.float32)) / 255
    return np.rint(plate * light[..., None]).astype(plate.dtype)


def cut_edges(figure: np.ndarray, head: Head) -> Edges:
    """The edges of a picture that cut a figure, (H, W) 0..full: where more than a third of the face's width of it lies
    on them. Less than that only touches."""
    rows = {"left": figure[:, 0], "right": figure[:, -1], "top": figure[0], "bottom": figure[-1]}
    full = np.iinfo(figure.dtype).max
    return Edges(**{name: bool((line > full // 2).sum() > _CUT * head.half_width) for name, line in rows.items()})


def find_ground(pixels: np.ndarray, rgb: np.ndarray, head: Head, *, sure: bool = False) -> Ground | None:
    """The ground behind the head of a picture, pixels (H, W, C) without transparency; rgb (H, W, 3) uint8 is the same
    picture. None where none is to be seen around the head, or, if `sure`, where its matte would be a guess."""
    size = pixels.shape[1], pixels.shape[0]
    reach = _REACH * np.hypot(1.25 * head.half_width, 1.15 * head.height)
    box = Box.around(head.centre - reach, head.centre + reach).clipped(canvas(size))
    if box.empty or min(box.shape) < 16:
        return None
    small = Surroundings.of(rgb, head, box)
    if not small.ground.any() or (sure and alike(small)):
        return None
    mask, guessed = find_head(small)
    if not (~mask & small.upper).any() or (sure and guessed > MOST_GUESSED):
        return None
    shadow = find_shadow(rgb, small, mask, box)
    matte, plate, taken = _full(pixels, rgb, head, box, small, mask, shadow)
    around = (box.top, size[1] - box.bottom), (box.left, size[0] - box.right)
    matte = np.pad(matte, around, mode="edge")
    whole = None if taken is None else np.pad(taken, around)
    return Ground(matte, box, plate, guessed <= MOST_GUESSED, whole)


def _full(
    pixels: np.ndarray,
    rgb: np.ndarray,
    head: Head,
    box: Box,
    small: Surroundings,
    mask: np.ndarray,
    shadow: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Matte, plate and shadow at full resolution, from the mask found on the small scale."""
    height, width = box.shape
    cell = head.unit / small.scale
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    wide = cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    if cell > 1.3:
        wide = _sharpened(rgb[box.slices], small, wide, mask, cell)
    # Pixels on the outline hold colours of both sides: they go with the head, and a little ground with them.
    away = away_from(wide)
    edge = 1.0 + 0.004 * head.unit
    fade = max(1.5, 0.008 * head.unit)
    hidden = away <= edge
    # In place: a large picture has room for few floats.
    away -= edge
    away /= fade
    np.subtract(1, away, out=away)
    np.clip(away, 0, 1, out=away)
    away *= 255
    matte = np.rint(away, out=away).astype(np.uint8)
    del away, wide
    part = pixels[box.slices]
    if shadow is None:
        return matte, _plate(part, hidden, head.unit), None
    taken = np.rint(255 * shadow).astype(np.uint8)
    rows, columns = np.nonzero(taken)
    own = part[rows, columns] * (255 / (255 - taken[rows, columns].astype(np.float32)))[:, None]
    # What would be brighter than white was in no shadow.
    bright = own.max(axis=-1, initial=0) > np.iinfo(part.dtype).max
    taken[rows[bright], columns[bright]] = 0
    lit = part.copy()
    lit[rows[~bright], columns[~bright]] = np.rint(own[~bright]).astype(part.dtype)
    return matte, _plate(lit, hidden, head.unit), taken


def _sharpened(part: np.ndarray, small: Surroundings, wide: np.ndarray, mask: np.ndarray, cell: float) -> np.ndarray:
    """The outline drawn anew, pixel by pixel, within the cells of the small scale that it runs through."""
    away = away_from(mask)
    near = away < 4
    ground = fill(small.lab, ~near, wanted=near)
    both = np.concatenate([ground, near_colours(small, mask)], axis=-1)
    limit = 2 * ground_noise(small, away) + 6
    height, width = wide.shape
    band = (away_from(wide) < 2 * cell) & (away_from(~wide) < 2 * cell)
    rows = np.flatnonzero(band.any(axis=1))
    if not len(rows):
        return wide
    drawn = wide.copy()
    for top in range(int(rows[0]), int(rows[-1]) + 1, 256):
        strip = slice(top, min(top + 256, height))
        if not band[strip].any():
            continue
        colours = to_lab(part[strip])
        y, x = np.nonzero(band[strip])
        at = (
            np.stack([(x + 0.5) * mask.shape[1] / width, (y + strip.start + 0.5) * mask.shape[0] / height], axis=-1)
            - HALF_PIXEL
        )
        there = _looked_up(both, at)
        under, over, own = there[:, :3], there[:, 3:], colours[y, x]
        difference = unlike(own, under)
        strands = (difference > limit) & leans(own, under, over)
        drawn[strip][y, x] = np.where(wide[strip][y, x], difference > _PLAIN * limit, strands)
    return touching(drawn, drawn & wide)


def _looked_up(image: np.ndarray, at: np.ndarray) -> np.ndarray:
    """`image` (h, w, C) at places (n, 2) in OpenCV's convention; (n, C)."""
    # OpenCV's maps are at most 32766 pixels wide, its images have at most 4 channels here.
    columns = 4096
    padded = np.zeros((-(-len(at) // columns) * columns, 2), np.float32)
    padded[: len(at)] = at
    where = padded.reshape(-1, columns, 2)
    parts = [
        cv2.remap(image[:, :, k : k + 3], where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for k in range(0, image.shape[2], 3)
    ]
    return np.concatenate(parts, axis=-1).reshape(-1, image.shape[2])[: len(at)]


def _plate(part: np.ndarray, hidden: np.ndarray, unit: float) -> np.ndarray:
    """The picture with what is hidden filled from around it: smoothly, under the mirror image of the ground's grain."""
    height, width = hidden.shape
    shrink = max(1, int(unit / _UNIT))
    size = -(-width // shrink), -(-height // shrink)
    known = (~hidden).astype(np.float32)
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    where, mirrored = _mirrored(hidden, reach=0.8 * unit)
    plate = part.copy()
    most = np.iinfo(part.dtype).max
    for channel in range(part.shape[2]):
        values = cv2.resize(part[:, :, channel] * known, size, interpolation=cv2.INTER_AREA)
        filled = _spanned(values, share)
        wide = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
        own = part[:, :, channel].ravel()
        smooth = cv2.GaussianBlur(np.where(share > 0.5, values / np.maximum(share, 0.5), filled), (0, 0), _GRAIN)
        grain = own[mirrored] - cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR).ravel()[mirrored]
        # Grain is everywhere; edges of what is drawn on the ground are not, and their mirror images are no grain.
        most_grain = 3 * float(np.median(np.abs(grain))) if len(grain) else 0.0
        wide.ravel()[where] += np.clip(grain, -most_grain, most_grain)
        plate[:, :, channel][hidden] = np.rint(np.clip(wide[hidden], 0, most)).astype(part.dtype)
    return plate


def _mirrored(hidden: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Hidden pixels up to `reach` px from the edge, and what lies as far on its other side: flat indices (n,), (n,)."""
    away, labels = cv2.distanceTransformWithLabels(
        hidden.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # A large picture has so many pixels that their indices fill the memory: few at a time, and no wider than needed.
    columns = hidden.shape[1]
    place = np.zeros(int(labels.max()) + 1, np.int32)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    strips = [slice(top, top + _STRIP) for top in range(0, len(hidden), _STRIP)]
    for strip in strips:
        seen = np.flatnonzero(~hidden[strip])
        place[labels[strip].ravel()[seen]] = seen + strip.start * columns
    for strip in strips:
        where = np.flatnonzero(hidden[strip] & (away[strip] <= reach))
        edge_rows, edge_columns = np.divmod(place[labels[strip].ravel()[where]], columns)
        where += strip.start * columns
        rows, across = np.divmod(where, columns)
        rows, across = 2 * edge_rows - rows, 2 * edge_columns - across
        inside = (rows >= 0) & (rows < hidden.shape[0]) & (across >= 0) & (across < columns)
        other = rows[inside] * columns + across[inside]
        free = ~hidden.ravel()[other]
        found.append((where[inside][free].astype(np.int32), other[free].astype(np.int32)))
    here, there = zip(*found, strict=True)
    return np.concatenate(here), np.concatenate(there)


def _spanned(values: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A smooth skin over what is known: values (h, w) times their share (h, w), 0 where nothing is; (h, w).

    As a membrane spans a frame, from the coarsest scale to the finest: no bands, no streaks.
    """
    if min(values.shape) <= 2 or share.min() > 0.99:
        mean = values.sum() / max(float(share.sum()), 1e-6)
        return np.where(share > 1e-3, values / np.maximum(share, 1e-3), mean).astype(np.float32)
    half = -(-values.shape[1] // 2), -(-values.shape[0] // 2)
    less = [cv2.resize(each, half, interpolation=cv2.INTER_AREA) for each in (values, share)]
    # Cells with more than a quarter of knowledge know all there is to know.
    gain = np.minimum(1 / np.maximum(less[1], 1e-6), 4.0)
    below = _spanned(less[0] * gain, less[1] * gain)
    skin = values + (1 - share) * cv2.resize(below, values.shape[::-1], interpolation=cv2.INTER_LINEAR)
    for _ in range(_RELAXING):
        skin = values + (1 - share) * cv2.filter2D(skin, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
    return skin
