# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints layers back to front as plain textured triangles, as any renderer of meshes would: the reference that the
layers are tested with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from core.layers import Layer

_SMALL = 96  # px: triangles with a larger box are rasterised one by one


def paint(
    layers: Sequence[Layer],
    places: Mapping[str, np.ndarray],
    opacities: Mapping[str, float],
    textures: Mapping[str, np.ndarray],
    size: tuple[int, int],
) -> np.ndarray:
    """The layers with their vertices at `places` (name -> (V, 2) px); (H, W, 4) float32, straight RGBA 0..1."""
    width, height = size
    colours, alpha = np.zeros((height, width, 3), np.float32), np.zeros((height, width, 1), np.float32)
    for layer in sorted(layers, key=lambda each: each.order):
        if not len(layer.triangles) or not opacities[layer.name]:
            continue
        texture = textures[layer.texture]
        image = texture.astype(np.float32) / np.iinfo(texture.dtype).max
        where, seen = rasterise(places[layer.name], layer.triangles, layer.uv, image.shape[1::-1], size)
        drawn = cv2.remap(image, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        share = drawn[..., 3:] * (seen[..., None] * np.float32(opacities[layer.name]))
        together = share + (1 - share) * alpha
        mixed = share * drawn[..., :3] + (1 - share) * alpha * colours
        colours = np.where(together > 0, mixed / np.maximum(together, 1e-6), colours)
        alpha = together
    return np.concatenate([colours, alpha], axis=-1)


def rasterise(
    places: np.ndarray, triangles: np.ndarray, uv: np.ndarray, image: tuple[int, int], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Where on an image of (w, h) px each pixel of a canvas of (width, height) px samples, (H, W, 2) float32 as OpenCV
    counts, and which pixels a triangle covers, (H, W) bool; of several the last one counts."""
    width, height = size
    where, seen = np.zeros((height, width, 2), np.float32), np.zeros((height, width), bool)
    corners = places[triangles]
    texels = np.stack([uv[:, 0] * image[0], (1 - uv[:, 1]) * image[1]], axis=-1)[triangles] - 0.5
    low = np.floor(corners.min(axis=1) - 0.5).astype(int)
    high = np.ceil(corners.max(axis=1) - 0.5).astype(int) + 1
    span = (high - low).max(axis=1)
    on = ((high > 0) & (low < size)).all(axis=1)
    for count in np.unique(np.minimum(2 ** np.ceil(np.log2(np.maximum(span, 1))), 2 * _SMALL)[on]).astype(int):
        chosen = np.flatnonzero(on & (np.minimum(2 ** np.ceil(np.log2(np.maximum(span, 1))), 2 * _SMALL) == count))
        batches = np.array_split(chosen, max(1, len(chosen) * count * count // 2_000_000))
        for batch in [chosen[k : k + 1] for k in range(len(chosen))] if count > _SMALL else batches:
            if not len(batch):
                continue
            if count > _SMALL:
                first, last = np.clip(low[batch[0]], 0, size), np.clip(high[batch[0]], 0, size)
            else:
                first, last = np.zeros(2, int), np.full(2, count)
            grid = np.stack(np.meshgrid(np.arange(first[0], last[0]), np.arange(first[1], last[1])), axis=-1)
            pixels = grid.reshape(1, -1, 2) + (0 if count > _SMALL else low[batch][:, None])
            a, b, c = np.moveaxis(corners[batch], 1, 0)
            area = _cross(b - a, c - a)
            point = pixels + 0.5 - a[:, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                v = _cross(point, (c - a)[:, None]) / area[:, None]
                w = _cross((b - a)[:, None], point) / area[:, None]
                share = np.stack([1 - v - w, v, w], axis=-1)
            inside = (share >= -1e-6).all(axis=-1)
            inside &= ((pixels >= 0) & (pixels < size)).all(axis=-1)
            number, place = np.nonzero(inside)
            x, y = pixels[number if len(pixels) > 1 else np.zeros_like(number), place].T
            where[y, x] = np.einsum("nk,nkd->nd", share[number, place], texels[batch][number])
            seen[y, x] = True
    return where, seen


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
