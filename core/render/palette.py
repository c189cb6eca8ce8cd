# SPDX-License-Identifier: GPL-3.0-or-later
"""What the inside of a mouth is painted with: the picture's own colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .line_mouth import MouthLine
from .masks import brightness

# Less colour than this in its skin, 0..1: a picture in greys
_GREY = 0.04


@dataclass(frozen=True, eq=False)
class Palette:
    """Colours (c,) in 0..1."""

    lip: np.ndarray
    cavity: np.ndarray
    tongue: np.ndarray
    teeth: np.ndarray


def mix_palette(
    lip: np.ndarray, skin: np.ndarray, line: MouthLine | None, *, lipless: bool = False, flat: float = 0.0
) -> Palette:
    """lip (c,): its usual colour; skin (n, c): pixels of the face; line: the mouth is one; lipless: it
    has no lips to speak of; flat: see `Style`."""
    tint = np.median(skin, axis=0)
    light = min(float(np.percentile(brightness(skin), 95)) * 1.15, 0.94)
    white = light * (0.85 + 0.15 * tint / max(float(brightness(tint)), 1e-3))
    white = white + flat * (np.minimum(1.02 * white / max(float(white.max()), 1e-3), 1) - white)
    if line is None and not lipless:
        return Palette(lip, 0.22 * lip, 0.8 * lip, white)
    # A line says nothing of lips: flesh in the key of the skin, darker toward the line.
    grey = float(np.ptp(tint)) < _GREY
    flesh = tint * (np.full(len(tint), 0.62) if grey or len(tint) == 1 else np.array([0.88, 0.44, 0.44]))
    dark = line.colour if line is not None else np.minimum(0.3 * lip, 0.15)
    return Palette(lip if line is None else dark, 0.55 * dark + 0.45 * (0.30 * flesh), flesh, white)
