# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths drawn as a single line: they open along it, and both lips keep its thickness and colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import Head, Opening
from .maps import Box, fill
from .masks import brightness
from .style import Style

# How far above and below the seam is looked, in units, and where along it.
_REACH = 0.16
_PLACES = np.linspace(0.25, 0.75, 15)
_SAMPLES = 65
# A line differs from the skin by this much, and what is beside it by no more than that; 0..1
_CONTRAST, _BESIDE, _EVEN = 0.15, 0.06, 0.15
# How far from its middle a line is taken away, and at its ends, in thicknesses
_LINE, _ENDS = 0.6, 1.6
# In widths of the mouth
_THICKEST = 0.2


@dataclass(frozen=True, eq=False)
class MouthLine:
    """thickness px; colour (c,) and skin (c,), 0..1."""

    thickness: float
    colour: np.ndarray
    skin: np.ndarray


def find_line(colours: np.ndarray, box: Box, head: Head, opening: Opening, style: Style) -> MouthLine | None:
    """The line that a closed mouth is, in a patch (h, w, c) 0..1 of the picture; None for lips, and for open mouths."""
    if not opening.closed:
        return None
    seam = opening.upper.places
    places = np.stack([np.interp(_PLACES, opening.upper.along, seam[:, axis]) for axis in (0, 1)], axis=-1)
    away = np.linspace(-_REACH, _REACH, _SAMPLES) * head.unit
    where = places[:, None] + away[None, :, None] * opening.normal - (box.left, box.top) - HALF_PIXEL
    seen = cv2.remap(
        np.ascontiguousarray(colours, np.float32),
        where.astype(np.float32),
        None,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).reshape(len(_PLACES), _SAMPLES, -1)
    edge = _SAMPLES // 6
    skin = np.median(np.concatenate([seen[:, :edge], seen[:, -edge:]], axis=1), axis=1, keepdims=True)
    differs = np.abs(seen - skin).max(axis=-1)
    middle = slice(_SAMPLES // 4, _SAMPLES - _SAMPLES // 4)
    peak = differs[:, middle].argmax(axis=1) + middle.start
    most = differs[np.arange(len(peak)), peak]
    on = differs > most[:, None] / 2
    thick, beside, within, colour = [], [], [], []
    for row, pixels, at, places_on in zip(differs, seen, peak, on, strict=True):
        before, after = np.flatnonzero(~places_on[:at]), np.flatnonzero(~places_on[at:])
        if not len(before) or not len(after):
            return None
        first, last = int(before[-1]) + 1, at + int(after[0])
        thick.append(last - first)
        soft = max((last - first) // 2, 3)
        beside.append(float(np.median(np.concatenate([row[: max(first - soft, 1)], row[last + soft :], row[:1]]))))
        colour.append((first + last) // 2)
        core = pixels[first + (last - first) // 4 : last - (last - first) // 4]
        within.append(float(np.ptp(core, axis=0).max()) if len(core) else 0.0)
    pixel = 2 * _REACH * head.unit / (_SAMPLES - 1)
    thickness = float(np.median(thick)) * pixel
    line, around = np.median(seen[np.arange(len(colour)), colour], axis=0), np.median(skin[:, 0], axis=0)
    least = _CONTRAST if style.drawn else 2 * _CONTRAST
    stands_out = np.median(most) > least and float(brightness(around) - brightness(line)) > least
    # Lips have a seam in their middle.
    even = np.percentile(beside, 80) < _BESIDE + 3 * style.grain and np.median(within) < _EVEN
    if not (stands_out and even) or thickness > _THICKEST * opening.width:
        return None
    return MouthLine(thickness, line, around)


def without_line(
    patch: np.ndarray, colours: np.ndarray, opening: Opening, box: Box, line: MouthLine
) -> tuple[np.ndarray, np.ndarray]:
    """The patch (h, w, C) of a mouth, colours (h, w, c) 0..1, with skin instead of its line, and where it differs
    (h, w, 1), 0..1."""
    away = np.ones(box.shape, np.uint8)
    seam = np.round((opening.upper.places - (box.left, box.top) - HALF_PIXEL) * 16).astype(np.int32)
    cv2.polylines(away, [seam], False, 0, 1, cv2.LINE_8, 4)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, 5)
    near = distance < _LINE * line.thickness + 1.5
    # Ends that are thicker
    dark = np.abs(colours - line.colour).max(axis=-1) < 0.5 * np.abs(line.skin - line.colour).max()
    t, _ = opening.local(box.centres())
    ends = dark & (distance < _ENDS * line.thickness + 2) & ((t < 0.1) | (t > 0.9))
    near |= cv2.dilate(ends.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    skin = fill(patch, ~near)
    soft = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.7)
    return skin, np.where(near, 1.0, soft)[:, :, None].astype(np.float32)
