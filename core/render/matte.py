# SPDX-License-Identifier: GPL-3.0-or-later
"""The mask of a head, its hair and its body, grown from the points of its face.

It is found small: colour models of head and ground, cut along edges (GrabCut; Rother, Kolmogorov, Blake 2004), then
everything near it that the ground around it does not explain is taken to the head as well (strands of hair, ears). It
is rather too large than too small: a piece of ground that moves along is bent softly, a piece of hair that stays
behind is a ghost. How clearly head and ground differ along the outline says whether to rely on it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import cv2
import numpy as np

from ..layers import Head
from .maps import Box, fill
from .masks import face_outline, polygon

log = logging.getLogger(__name__)

# The matte is found where a unit is this many px.
_UNIT = 36.0
_ROUNDS = 4
# Colours of head and ground that differ less than this (CIELAB) are told apart by guessing.
_CLEAR = 18.0
_RING = 0.12
# A cut may take a strip of ground as broad as a face for the head; each round trims a ring of it. What is left after
# the first ones says how sure the outline is: trimming on, a wrong one wears off.
_TRIMMING = (8, 16)
# Half axes of the ellipse in which the head and its hair lie, in half widths and heights of the face; where that
# leaves no ground (a face that is all head), smaller ones
_HEAD = (2.0, 2.1)
_SHRINKING = (1.0, 0.85, 0.72)
_LEAST_AROUND = 0.03
_RIM = 0.05
# Colours that differ more than this from all at the rim need an explanation: over the crown (so far aside of the
# head's axis) they are a hat, if they are so much of the outline.
_STRANGE = 22.0
_OVER = 0.6
_A_HAT = 0.03
# The share of the outline that may be guessed: beyond it a mask is better not used unless it is asked for.
MOST_GUESSED = 0.07
_LEANING = 0.5
# Colours this near each other are the same, and the share of them that head and rim may have in common
_ALIKE, _MOST_ALIKE = 10.0, 0.6
# L, a, b as 8-bit pictures have them; in `unlike` light counts half: a shadow on a wall is still the wall.
_SCALE = np.array([2.55, 1.0, 1.0], np.float32)
_OFFSET = np.array([0.0, 128.0, 128.0], np.float32)
_WEIGHT = np.array([0.5, 1.0, 1.0], np.float32)


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A picture's surroundings of a head on a small scale: colours (h, w, 3) as 8-bit CIELAB but float32, places
    across and down from the head's middle (h, w) in half widths and heights of the face; px per unit; what is certainly
    the head's, and nearly; what lies around the head, and of that the picture's rim, (h, w) bool."""

    lab: np.ndarray
    across: np.ndarray
    down: np.ndarray
    scale: float
    seed: np.ndarray
    skull: np.ndarray
    around: np.ndarray
    ground: np.ndarray

    @property
    def upper(self) -> np.ndarray:
        """Where the outline is the head's: below it neck and shoulders begin."""
        return self.down < 0.9

    @classmethod
    def of(cls, rgb: np.ndarray, head: Head, box: Box) -> Surroundings:
        """Those of a head in the pixels of `box` of a picture (H, W, 3) uint8."""
        part = rgb[box.slices]
        height, width = box.shape
        scale = min(1.0, _UNIT / head.unit)
        columns, rows = max(round(width * scale), 8), max(round(height * scale), 8)
        reduced = cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA)
        lab = to_lab(reduced)
        x = (np.arange(columns) + 0.5) * width / columns + box.left
        y = (np.arange(rows) + 0.5) * height / rows + box.top
        places = np.stack(np.meshgrid(x, y), axis=-1)
        offset = places - head.centre
        outline = face_outline(head)
        outline = (outline - (box.left, box.top)) * (columns / width, rows / height)
        middle = outline.mean(axis=0)
        across, down = offset @ head.across / head.half_width, offset @ head.down / head.height
        far = np.hypot(across / _HEAD[0], down / _HEAD[1])
        shrunk = [k for k in _SHRINKING if ((far > k) & (down < 0.8)).mean() > _LEAST_AROUND]
        around = (far > (shrunk[0] if shrunk else 1.0)) & (down < 0.8)
        rim = around & _border((rows, columns))
        face = polygon(Box(0, rows, 0, columns), middle + 0.95 * (outline - middle))
        crown = 0.95 * max(1.0, head.half_width / head.height)
        return cls(
            lab=lab,
            across=across,
            down=down,
            scale=columns / width * head.unit,
            seed=face | ((down > 0.8) & (down < 1.3) & (np.abs(across) < 0.35)),
            skull=(down < 0) & (np.hypot(across / 0.92, down / crown) < 1),
            around=around,
            ground=rim & (down < 0) if (rim & (down < 0)).any() else rim,
        )


def _border(shape: tuple[int, int]) -> np.ndarray:
    """The rim of a picture, (h, w) bool."""
    rim = np.ones(shape, bool)
    width = max(round(_RIM * max(shape)), 1)
    rim[width:-width, width:-width] = False
    return rim


def to_lab(rgb: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) * _SCALE + _OFFSET


def alike(small: Surroundings) -> bool:
    """Has the picture's rim most of the colours of the head? Then no outline is worth looking for, which takes long."""
    head, rim = (small.lab[mask] for mask in (small.seed | small.skull, small.ground))
    head, rim = (each[:: max(len(each) // 400, 1)] for each in (head, rim))
    apart = np.linalg.norm(head[:, None] - rim[None], axis=-1).min(axis=1)
    return bool((apart < _ALIKE).mean() > _MOST_ALIKE)


def find_head(small: Surroundings) -> tuple[np.ndarray, float]:
    """The head, its hair and its body, (h, w) bool, and the share of its outline that is a guess."""
    # Hair and hats have any colour: what lies over the brows is the head's, and what nothing at the picture's rim
    # explains. But a face may also end at its brows.
    seed = small.seed | small.skull
    mask = _cut(small, seed)
    for _ in range(2):
        strange = _strange(small, mask)
        share = float(strange.sum() / max((_ring(small, mask)).sum(), 1))
        if share < _A_HAT:
            break
        seed = seed | strange
        mask = _cut(small, seed)
    mask, guessed = _judged(small, mask, small.seed | small.skull)
    if share > _A_HAT:
        guessed = max(guessed, share)
    if guessed > MOST_GUESSED:
        bare = _cut(small, small.seed)
        if not _strange(small, bare).any():
            bare, other = _judged(small, bare, small.seed)
            if other < guessed:
                mask, guessed = bare, other
    log.debug("%.0f %% of the outline of the head is a guess", 100 * guessed)
    return _grown(small, mask), guessed


def _judged(small: Surroundings, mask: np.ndarray, seed: np.ndarray) -> tuple[np.ndarray, float]:
    guessed = 0.0
    for rounds in _TRIMMING:
        mask = _trimmed(small, mask, seed, rounds)
        guessed = max(guessed, _guessed(small, mask))
    return mask, guessed


def _cut(small: Surroundings, seed: np.ndarray) -> np.ndarray:
    """The head, its hair and its body, (h, w) bool, grown from a `seed` that is certainly theirs."""
    across, down = small.across, small.down
    hair = np.hypot(across / 1.45, down / np.where(down < 0, 1.45, 1.2)) < 1
    body = (down > 0.9) & (np.abs(across) < 1 + 1.1 * (down - 0.9))
    labels = np.full(down.shape, cv2.GC_PR_BGD, np.uint8)
    labels[small.ground] = cv2.GC_BGD
    labels[hair | body] = cv2.GC_PR_FGD
    labels[seed] = cv2.GC_FGD
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small.lab.astype(np.uint8), labels, None, *models, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return _without_holes(touching((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD), seed))


def _ring(small: Surroundings, mask: np.ndarray) -> np.ndarray:
    away = away_from(mask)
    return (away > 1.5) & (away < 0.25 * small.scale + 1.5) & small.upper


def _strange(small: Surroundings, mask: np.ndarray) -> np.ndarray:
    """What lies right over the mask and has no colour that the picture's rim has, (h, w) bool: a hat or hair; what
    lies beside the head rather than over it is a backdrop."""
    ring = _ring(small, mask)
    rim = small.lab[small.ground & ~mask]
    if not ring.any() or not len(rim):
        return ring
    rim = rim[:: max(len(rim) // 400, 1)]
    apart = np.linalg.norm((small.lab[ring][:, None] - rim[None]) * _WEIGHT, axis=-1).min(axis=1)
    found = np.zeros_like(mask)
    found[ring] = apart > _STRANGE
    found = cv2.erode(found.astype(np.uint8), np.ones((3, 3), np.uint8))
    over = (small.down < 0) & (np.abs(small.across) < _OVER * np.abs(small.down))
    _, labels = cv2.connectedComponents(found)
    counts = np.bincount(labels[over], minlength=1)
    counts[0] = 0
    return np.isin(labels, np.flatnonzero(counts > 0.05 * small.scale**2))


def _trimmed(small: Surroundings, mask: np.ndarray, seed: np.ndarray, rounds: int) -> np.ndarray:
    """The mask without what merely continues the ground beside it."""
    unit = small.scale
    for _ in range(rounds):
        away, depth = away_from(mask), away_from(~mask)
        known = away > 1.5
        near = (depth > 0) & (depth < _RING * unit) & small.upper & ~seed
        ground = fill(small.lab, known, wanted=near)
        like = near & (unlike(small.lab, ground) < min(ground_noise(small, away), 4.0) + 1)
        if not like.any():
            break
        mask = _without_holes(touching(mask & ~like, seed))
    return mask


def touching(mask: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """Those connected parts of a mask that hold any of `seed`."""
    count, labels = cv2.connectedComponents((mask | seed).astype(np.uint8))
    keep = np.zeros(count, bool)
    keep[labels[seed]] = True
    keep[0] = False
    return keep[labels]


def _without_holes(mask: np.ndarray) -> np.ndarray:
    _, labels = cv2.connectedComponents((~mask).astype(np.uint8), connectivity=4)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    return mask | ~np.isin(labels, border)


def away_from(mask: np.ndarray) -> np.ndarray:
    """Distance of each pixel from a mask; px."""
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)


def _guessed(small: Surroundings, mask: np.ndarray) -> float:
    """The share of the head's outline that was not found: the colours on its two sides hardly differ there."""
    unit = small.scale
    depth, away = away_from(~mask), away_from(mask)
    sides = [
        _means(small.lab, (distance > 1.5) & (distance < max(0.35 * unit, 4)), 0.12 * unit)
        for distance in (depth, away)
    ]
    contrast = np.linalg.norm(sides[0] - sides[1], axis=-1)
    edge = (depth > 0) & (depth < 1.5) & small.upper
    # What ends only where the ground was taken to begin was not found either.
    unsure = (contrast < _CLEAR) | (away_from(small.ground) < 2)
    return float(unsure[edge].mean()) if edge.any() else 1.0


def _means(values: np.ndarray, mask: np.ndarray, sigma: float) -> np.ndarray:
    known = mask.astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), max(sigma, 1.0)) + 1e-4
    return cv2.GaussianBlur(values * known[:, :, None], (0, 0), max(sigma, 1.0)) / weight[:, :, None]


def unlike(colours: np.ndarray, ground: np.ndarray) -> np.ndarray:
    return np.linalg.norm((colours - ground) * _WEIGHT, axis=-1)


def leans(colours: np.ndarray, ground: np.ndarray, head: np.ndarray) -> np.ndarray:
    """Do colours (..., 3) differ from the ground's in the direction of the head's?"""
    one, other = (colours - ground) * _WEIGHT, (head - ground) * _WEIGHT
    along = (one * other).sum(axis=-1)
    return along > _LEANING * np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)


def _grown(small: Surroundings, mask: np.ndarray) -> np.ndarray:
    """The mask with what is near it and no continuation of the ground."""
    unit, lab = small.scale, small.lab
    for _ in range(3):
        away = away_from(mask)
        near = away < _RING * unit + 1
        ground = fill(lab, ~near, wanted=near)
        head = near_colours(small, mask)
        wisps = near & ~mask & (unlike(lab, ground) > 2 * ground_noise(small, away) + 4) & leans(lab, ground, head)
        grown = touching(mask | wisps, mask)
        if (grown == mask).all():
            break
        mask = grown
    return _without_holes(mask)


def near_colours(small: Surroundings, mask: np.ndarray) -> np.ndarray:
    """The head's colours near its outline, carried out of it; (h, w, 3)."""
    inside = mask & (away_from(~mask) < max(0.3 * small.scale, 4))
    return _means(small.lab, inside, 0.25 * small.scale)


def ground_noise(small: Surroundings, away: np.ndarray) -> float:
    """How badly the ground near the head foretells itself."""
    unit = small.scale
    hidden = away < 0.3 * unit
    tested = (away > _RING * unit + 2) & hidden & small.upper
    if tested.sum() < 20 or hidden.all():
        return 20.0
    told = fill(small.lab, ~hidden, wanted=tested)
    return float(np.percentile(unlike(small.lab, told)[tested], 70))
