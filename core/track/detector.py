# SPDX-License-Identifier: GPL-3.0-or-later
"""Where faces are: MediaPipe's short-range detector on the whole picture, and on tiles of it for small faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .region import Region, around, slant
from .tflite import Network

COUNT = 128
MIN_SCORE = 0.5
MIN_OVERLAP = 0.3
_GRIDS = ((16, 2), (8, 6))  # cells along a side, anchors per cell


def _anchors() -> np.ndarray:
    """Centres of the 896 anchors in 0..1; (896, 2)."""
    grids = []
    for cells, each in _GRIDS:
        axis = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(axis, axis, indexing="ij")
        grids.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=-1), each, axis=0))
    return np.concatenate(grids)


ANCHORS = _anchors()


@dataclass(frozen=True)
class Detection:
    """box: x0, y0, x1, y1 · points (6, 2): right eye, left eye, nose tip, mouth, right ear, left ear · score 0..1.

    In px as the networks were trained with it (half a pixel of the detector's own small picture is below its grain).
    """

    box: np.ndarray
    points: np.ndarray
    score: float

    def region(self) -> Region:
        """The crop for the landmark network."""
        return around(self.box.reshape(2, 2), slant(self.points[0], self.points[1]))


class Detector:
    """Finds faces. Source: BlazeFace (Bazarevsky et al. 2019), MediaPipe's short-range variant."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def look(self, rgb: np.ndarray, region: Region, *, min_score: float = MIN_SCORE) -> list[Detection]:
        """Faces in one square of the picture, best first."""
        return merged([self._raw(rgb, region, min_score)])

    def search(self, rgb: np.ndarray, *, level: int, min_score: float = MIN_SCORE) -> list[Detection]:
        """Faces on the tiles of a level: 0 the whole picture, 1 tiles of half its longer side, 2 of a quarter."""
        return merged([self._raw(rgb, region, min_score) for region in tiles(rgb.shape[1], rgb.shape[0], level)])

    def _raw(self, rgb: np.ndarray, region: Region, min_score: float) -> np.ndarray:
        """(M, 17): two corners of the box and the six points, px, and the score; before suppression."""
        picture = region.crop(rgb, COUNT, replicate=False)
        out = self.network(picture.astype(np.float32) / 127.5 - 1)
        logits = np.clip(out["classificators"], -80, 80)
        scores = 1 / (1 + np.exp(-logits))
        kept = np.flatnonzero(scores >= min_score)
        raw = out["regressors"].reshape(-1, 16)[kept].astype(np.float64).reshape(-1, 8, 2)
        centre, size, keys = raw[:, 0] / COUNT + ANCHORS[kept], raw[:, 1] / COUNT, raw[:, 2:] / COUNT
        keys = keys + ANCHORS[kept][:, None]
        points = region.carried(np.concatenate([centre[:, None], keys], axis=1) * COUNT, COUNT)
        half = size[:, None] * region.side / 2  # boxes stay upright when the region is turned
        rows = np.concatenate([points[:, :1] - half, points[:, :1] + half, points[:, 1:]], axis=1)
        return np.concatenate([rows.reshape(-1, 16), scores[kept, None]], axis=1)


def tiles(width: int, height: int, level: int) -> list[Region]:
    """Squares that cover the picture; side = longer side / 2**level, half a side apart."""
    longer = max(width, height)
    if level == 0:
        return [Region(width / 2, height / 2, longer)]
    side = longer / 2**level
    axes = []
    for length in (width, height):
        steps = max(0, int(np.ceil((length - side) / (side / 2))))
        axes.append(np.linspace(side / 2, length - side / 2, steps + 1) if steps else np.array([length / 2]))
    return [Region(float(x), float(y), side) for y in axes[1] for x in axes[0]]


def merged(rows: list[np.ndarray]) -> list[Detection]:
    """Weighted non-maximum suppression: overlapping boxes become their score-weighted mean; best first."""
    left = np.concatenate(rows)
    left = left[np.argsort(-left[:, 16], kind="stable")]
    found = []
    while len(left):
        near = overlap(left[0, :4], left[:, :4]) > MIN_OVERLAP
        near[0] = True
        weights = left[near, 16]
        mean = weights @ left[near, :16] / weights.sum()
        found.append(Detection(mean[:4], mean[4:].reshape(6, 2), float(left[0, 16])))
        left = left[~near]
    return found


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of a box (4,) with each of (M, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) - shared
    return shared / np.maximum(area, 1e-9)
