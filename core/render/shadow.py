# SPDX-License-Identifier: GPL-3.0-or-later
"""The shadow that a head throws on the ground around it: it goes with the head, and is no part of the ground.

A shadow darkens all colours alike, most right at the head's outline, and is gone a little way off. What is dark beside
the head for another reason is left to the ground.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..layers.fields import smoothstep
from .maps import Box, fill
from .matte import Surroundings, away_from, ground_noise

# How far a shadow reaches from the outline, and how far along the outline it is looked at, in units
_REACH = 0.3
_ALONG = 0.12
# Shares of light that it takes: less is no shadow, more is a thing of its own
_LEAST, _MOST = 0.01, 0.35
# How differently it may take from the colours, as a share of what it takes
_TINT = 0.7
# and how unsteady it may be; on a ground less plain than this (CIELAB) nothing is taken for one
_DETAIL = 0.3
_PLAIN = 2.5


def find_shadow(rgb: np.ndarray, small: Surroundings, mask: np.ndarray, box: Box) -> np.ndarray | None:
    """How much of its light the ground lacks around a head, (h, w) float32 0..1 in the pixels of `box`; None for none.

    rgb (H, W, 3) uint8: the picture; small, mask: the head in it on the small scale.
    """
    height, width = box.shape
    rows, columns = mask.shape
    unit = small.scale
    colours = cv2.resize(rgb[box.slices], (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32) + 1
    away = away_from(mask)
    # Cells next to the outline may hold some of the head.
    ring = (away > 1.5) & (away < _REACH * unit)
    if not ring.any() or not (away >= _REACH * unit).any():
        return None
    noise = ground_noise(small, away)
    if noise > _PLAIN:
        return None
    ground = fill(colours, away >= _REACH * unit, wanted=away < _REACH * unit)
    lost = 1 - colours / ground
    # Near the outline, half way out, at the end of it: means along the outline. What is lost at the end is no shadow.
    zones = [
        ring & (away >= low * _REACH * unit) & (away < high * _REACH * unit)
        for low, high in ((0.0, 0.35), (0.35, 0.65), (0.65, 1.0))
    ]
    lost = lost - _along(lost, zones[2], unit)
    depth = lost.mean(axis=-1)
    near, middle = (np.maximum(_along(depth, zone, unit), 1e-6) for zone in zones[:2])
    tint = _along(np.abs(lost - depth[..., None]).max(axis=-1), zones[0], unit)
    detail = _along(np.abs(depth - cv2.GaussianBlur(depth, (0, 0), 1.5)), zones[0] | zones[1], unit)
    sure = (
        smoothstep((near - _LEAST) / _LEAST)
        * smoothstep((_MOST - near) / (0.3 * _MOST))
        * smoothstep((0.8 - middle / near) / 0.2)
        * smoothstep((_TINT - tint / near) / (0.5 * _TINT))
        * smoothstep((_DETAIL - detail / near) / (0.5 * _DETAIL))
    )
    if not (sure > 0.05)[ring].any():
        return None
    # Under the outline it goes on as beside it.
    smooth = _spread_inward(depth, (away > 0) & (away < _REACH * unit))
    shade = np.clip(smooth, 0, _MOST) * sure * np.clip((1 - away / (_REACH * unit)) / 0.3, 0, 1)
    # Far behind the outline nobody asks for it.
    shade[away_from(~mask) > 4] = 0
    shade = cv2.GaussianBlur(shade.astype(np.float32), (0, 0), 0.8)
    return cv2.resize(shade, (width, height), interpolation=cv2.INTER_LINEAR)


def _along(values: np.ndarray, where: np.ndarray, unit: float) -> np.ndarray:
    """Means of `values` over what lies near and is in `where`; 0 where nothing does."""
    sigma = max(_ALONG * unit, 1.0)
    known = where.astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), sigma), 1e-4)
    if values.ndim == 3:
        known, weight = known[..., None], weight[..., None]
    return cv2.GaussianBlur(values.astype(np.float32) * known, (0, 0), sigma) / weight


def _spread_inward(values: np.ndarray, ring: np.ndarray) -> np.ndarray:
    return fill(values.astype(np.float32)[..., None], ring)[..., 0]
