# SPDX-License-Identifier: GPL-3.0-or-later
"""From displacements on a lattice to pixels: maps at full resolution, sampling, filling of unknown pixels.

A map is (h, w, 2) float32: for each output pixel the place in the picture in OpenCV's convention (pixel centres at
whole numbers); everything else here is in ours (centres at halves).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import Edges, Lattice, Window

# Beyond its edge a picture goes on as its mirror image: no streaks where the edge is pulled inward.
BORDER = cv2.BORDER_REFLECT_101


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def around(cls, low: np.ndarray, high: np.ndarray) -> Box:
        """The pixels that a rectangle from `low` to `high` (x, y) px touches."""
        left, top = np.floor(low).astype(int)
        right, bottom = np.ceil(high).astype(int)
        return cls(int(top), int(bottom), int(left), int(right))

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def shape(self) -> tuple[int, int]:
        return self.bottom - self.top, self.right - self.left

    @property
    def empty(self) -> bool:
        return self.bottom <= self.top or self.right <= self.left

    def clipped(self, other: Box) -> Box:
        return Box(
            max(self.top, other.top),
            min(self.bottom, other.bottom),
            max(self.left, other.left),
            min(self.right, other.right),
        )

    def grown(self, margin: int) -> Box:
        return Box(self.top - margin, self.bottom + margin, self.left - margin, self.right + margin)

    def moved(self, across: int, down: int) -> Box:
        return Box(self.top + down, self.bottom + down, self.left + across, self.right + across)

    def centres(self) -> np.ndarray:
        """The centres of its pixels; (h, w, 2) float64 px."""
        x = np.arange(self.left, self.right) + HALF_PIXEL
        y = np.arange(self.top, self.bottom) + HALF_PIXEL
        return np.stack(np.meshgrid(x, y), axis=-1)


def canvas(size: tuple[int, int]) -> Box:
    return Box(0, size[1], 0, size[0])


def covered(lattice: Lattice, window: Window) -> Box:
    """The pixels whose maps the nodes of `window` decide, its outer ring being margin only."""
    step = lattice.step
    return Box(window.top * step, (window.bottom - 2) * step, window.left * step, (window.right - 2) * step)


def window_for(lattice: Lattice, box: Box, within: Window) -> Window:
    """The nodes of `within` that decide the pixels of `box`, with the ring around them."""
    step = lattice.step
    return Window(
        max(box.top // step, within.top),
        min(-(-box.bottom // step) + 2, within.bottom),
        max(box.left // step, within.left),
        min(-(-box.right // step) + 2, within.right),
    )


def pixel_map(lattice: Lattice, window: Window, places: np.ndarray, box: Box) -> np.ndarray:
    """The map of the pixels of `box` from places (rows, columns, 2) px of the nodes of `window`."""
    step = lattice.step
    rows, columns = window.shape
    nodes = (places - HALF_PIXEL).astype(np.float32)
    wide = cv2.resize(nodes, (columns * step, rows * step), interpolation=cv2.INTER_LINEAR)
    top, left = box.top - (window.top - 1) * step, box.left - (window.left - 1) * step
    return wide[top : top + box.shape[0], left : left + box.shape[1]]


def sample(
    image: np.ndarray, where: np.ndarray, *, interpolation: int = cv2.INTER_LINEAR, edges: Edges | None = None
) -> np.ndarray:
    """`image` (H, W, C) at a map; (h, w, C), same depth.

    edges: the last channel is transparency, and beyond all but these edges there is nothing; None: opaque.
    """
    if edges is None:
        drawn = cv2.remap(image, where, None, interpolation, borderMode=BORDER)
        return drawn if drawn.ndim == 3 else drawn[:, :, None]
    # Colours go on past the edge, so that it gets no dark fringe; transparency ends there.
    drawn = cv2.remap(image, where, None, interpolation, borderMode=cv2.BORDER_REPLICATE)
    height, width = image.shape[:2]
    low, high, *_ = cv2.minMaxLoc(where.reshape(len(where), -1))
    if low >= 0 and high <= min(width, height) - 1:
        return drawn
    x, y = where[..., 0], where[..., 1]
    sides = (edges.left, -x), (edges.right, x - (width - 1)), (edges.top, -y), (edges.bottom, y - (height - 1))
    past = np.zeros_like(x)
    for holds, beyond in sides:
        if not holds:
            np.maximum(past, beyond, out=past)
    share = past <= HALF_PIXEL if interpolation == cv2.INTER_NEAREST else np.clip(1 - past, 0, 1)
    alpha = drawn[..., -1]
    np.copyto(alpha, np.rint(alpha * share).astype(alpha.dtype), where=share < 1)
    return drawn


def fill(values: np.ndarray, known: np.ndarray, *, wanted: np.ndarray | None = None) -> np.ndarray:
    """`values` (H, W, C) float32 where `known` (H, W) is 1; elsewhere the nearest known colours, smoothly spread.

    wanted (H, W) bool: fill only there. Blurs of growing width, each used where it is the first to see enough that is
    known: no streaks, any depth.
    """
    known = known.astype(np.float32)
    result = values.copy()
    missing = known < 0.5 if wanted is None else wanted & (known < 0.5)
    masked = values * known[:, :, None]
    sigma = 1.0
    while missing.any() and sigma < 4 * max(known.shape):
        weight = _blur(known, sigma)
        ready = missing & (weight > 0.02)
        result[ready] = _blur(masked, sigma)[ready] / weight[ready][:, None]
        missing &= ~ready
        sigma *= 2
    return result


def _blur(values: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian mean of (H, W) or (H, W, C) float32; wide ones on a smaller picture: they cost the same."""
    factor = max(1, int(sigma / 4))
    height, width = values.shape[:2]
    if factor > 1:
        small = cv2.resize(values, (-(-width // factor), -(-height // factor)), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
        blurred = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    else:
        blurred = cv2.GaussianBlur(values, (0, 0), sigma)
    return blurred.reshape(values.shape)


def spread(values: np.ndarray, known: np.ndarray, sigma: float) -> np.ndarray:
    """Means of `values` (H, W, C) float32 over what is known around each pixel, Gaussian; wider where little is."""
    known = known.astype(np.float32)
    result = np.zeros_like(values)
    missing = np.ones(known.shape, bool)
    masked = values * known[:, :, None]
    while missing.any() and sigma < 4 * max(known.shape):
        weight = _blur(known, sigma)
        ready = missing & (weight > 0.05)
        result[ready] = _blur(masked, sigma)[ready] / weight[ready][:, None]
        missing &= ~ready
        sigma *= 2
    return result
