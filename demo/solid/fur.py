# SPDX-License-Identifier: GPL-3.0-or-later
"""Fur: a layer over a shape in which rays meet tufts, thinner towards their tips."""

from __future__ import annotations

import numpy as np

from .shapes import around
from .stage import Fur, Look, Part
from .texture import noise, step

_SAMPLES = 14


def strands(part: Part, fur: Fur, p: np.ndarray, n: np.ndarray, ray: np.ndarray) -> tuple[Look, np.ndarray]:
    """From the tips (3, N) inwards along the rays: what the hairs look like, and how much they cover (N,)."""
    shape = part.shape.near(around(p, grown=8 * fur.length)) or part.shape
    comb = np.asarray(fur.comb, np.float32)[:, None]
    comb = comb - n * (comb * n).sum(axis=0)
    stride = np.float32(fur.length * 0.2)
    clear = np.ones(p.shape[1], np.float32)
    tone = np.zeros(p.shape[1], np.float32)
    roots = np.zeros_like(p)
    for k in range(_SAMPLES):
        at = p + ray * (stride * np.float32(k + 0.35))
        gap = shape.distance(at)
        height = np.clip(gap / np.float32(fur.length), 0, 1.001)
        root = at - n * gap - comb * (height * height * np.float32(fur.length))
        tuft = 0.62 * noise(root, fur.seed, fur.density) + 0.38 * noise(root, fur.seed + 1, fur.density * 2.6)
        dense = step(-0.03, 0.12, tuft - 0.2 - 0.42 * height)
        solid = np.where(gap <= 0, 1.0, np.where(height > 1, 0.0, dense * 0.62)).astype(np.float32)
        weight = clear * solid
        clear = clear * (1 - solid)
        tone += weight * (0.42 + 0.58 * height + 0.55 * (tuft - 0.5))
        roots += weight * root
    cover = 1 - clear
    safe = np.maximum(cover, 1e-4)
    roots = np.where(cover > 1e-3, roots / safe, p)
    look = part.paint(roots, n)
    colour = look.colour if look.colour.ndim == 2 else look.colour[:, None]
    look.colour = colour * np.clip(tone / safe * 1.25, 0.12, 1.5)
    return look, np.where(cover > 0.97, 1.0, cover).astype(np.float32)
