# SPDX-License-Identifier: GPL-3.0-or-later
"""The head cut out of its picture at a size that the networks take, and put back through a soft mask."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...landmarks import HALF_PIXEL
from ...picture import Picture, to_8_bit

# The networks halve their input six times.
MULTIPLE = 64
LEAST, MOST = 256, 1024
# How far the crop reaches beyond the landmarks' box, in its longer side: room for hair above, for the neck below.
_ABOVE, _BESIDE, _BELOW = 0.75, 0.45, 0.30
# The width of the soft edge, in the crop's shorter side.
_EDGE = 0.08


@dataclass(frozen=True)
class Crop:
    """A rectangle of a picture, and the size at which it is animated.

    left, top, width, height in px of the picture; size: (width, height) px of the crop, multiples of MULTIPLE ·
    canvas: (width, height) px of the picture.
    """

    left: float
    top: float
    width: float
    height: float
    size: tuple[int, int]
    canvas: tuple[int, int]

    @classmethod
    def around(cls, points: np.ndarray, canvas: tuple[int, int], *, side: int = 512) -> Crop:
        """The crop for landmarks (..., 2) px of all frames on a picture of `canvas` (width, height) px.

        side: the longer side of the crop, rounded to a multiple of MULTIPLE within LEAST .. MOST. The crop lies on the
        picture as far as the picture goes; its proportions are those of its size.
        """
        flat = np.asarray(points, np.float64).reshape(-1, 2)
        low, high = np.clip(flat.min(axis=0), 0, canvas), np.clip(flat.max(axis=0), 0, canvas)
        reach = max(float((high - low).max()), 1.0)
        low = np.maximum(low - reach * np.array([_BESIDE, _ABOVE]), 0)
        high = np.minimum(high + reach * np.array([_BESIDE, _BELOW]), canvas)
        wanted = high - low
        # as near to a square as the picture allows
        square = np.minimum(np.full(2, wanted.max()), canvas)
        longer = _multiple(side, LEAST, MOST)
        sizes = [_multiple(longer * part / square.max(), MULTIPLE, longer) for part in square]
        scale = min(canvas[0] / sizes[0], canvas[1] / sizes[1], float(square.max()) / longer)
        width, height = sizes[0] * scale, sizes[1] * scale
        middle = (low + high) / 2
        left = float(np.clip(middle[0] - width / 2, 0, canvas[0] - width))
        top = float(np.clip(middle[1] - height / 2, 0, canvas[1] - height))
        return cls(left, top, width, height, (sizes[0], sizes[1]), (canvas[0], canvas[1]))

    @property
    def scale(self) -> float:
        """Pixels of the crop per pixel of the picture."""
        return self.size[0] / self.width

    def points(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) px of the picture as px of the crop."""
        return (np.asarray(points, np.float64) - (self.left, self.top)) * self.scale

    def take(self, pixels: np.ndarray) -> np.ndarray:
        """The crop of (H, W, C) pixels at its size."""
        # cv2's pixel centres are whole numbers
        matrix = np.array([[1 / self.scale, 0, self.left], [0, 1 / self.scale, self.top]])
        matrix[:, 2] += HALF_PIXEL / self.scale - HALF_PIXEL
        source = pixels
        if self.scale < 1:  # no jagged lines where pixels are left out
            source = cv2.GaussianBlur(pixels, (0, 0), 0.5 / self.scale * 0.75)
        taken = cv2.warpAffine(
            source, matrix, self.size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
        )
        return taken if taken.ndim == pixels.ndim else taken[..., None]

    def put_back(self, picture: np.ndarray, frame: np.ndarray) -> np.ndarray:
        """`picture` (H, W, C) float32 with the crop's `frame` (h, w, C) in its place, edges soft where it goes on."""
        left, top = int(np.floor(self.left)), int(np.floor(self.top))
        right = min(int(np.ceil(self.left + self.width)), self.canvas[0])
        bottom = min(int(np.ceil(self.top + self.height)), self.canvas[1])
        matrix = np.array(
            [[self.scale, 0, (left - self.left) * self.scale], [0, self.scale, (top - self.top) * self.scale]]
        )
        matrix[:, 2] += HALF_PIXEL * self.scale - HALF_PIXEL
        flags = (cv2.INTER_CUBIC if self.scale <= 1 else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
        box = (right - left, bottom - top)
        grown = cv2.warpAffine(frame, matrix, box, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        grown = grown if grown.ndim == 3 else grown[..., None]
        mask = self._mask(left, top, box)[:, :, None]
        made = picture.copy()
        part = made[top:bottom, left:right]
        part += mask * (grown - part)
        return made

    def _mask(self, left: int, top: int, box: tuple[int, int]) -> np.ndarray:
        soft = _EDGE * min(self.width, self.height)
        x = np.arange(left, left + box[0]) + HALF_PIXEL
        y = np.arange(top, top + box[1]) + HALF_PIXEL
        across = _ramp(x, self.left, self.left + self.width, soft, self.canvas[0])
        down = _ramp(y, self.top, self.top + self.height, soft, self.canvas[1])
        return (down[:, None] * across[None]).astype(np.float32)


def _ramp(at: np.ndarray, begin: float, end: float, soft: float, most: float) -> np.ndarray:
    """0 to 1 to 0 over a side; no soft edge where the picture ends with the crop."""
    rise = np.ones_like(at) if begin < 1e-6 else np.clip((at - begin) / soft, 0, 1)
    fall = np.ones_like(at) if most - end < 1e-6 else np.clip((end - at) / soft, 0, 1)
    share = np.minimum(rise, fall)
    return share * share * (3 - 2 * share)


def _multiple(length: float, least: int, most: int) -> int:
    return int(np.clip(round(length / MULTIPLE) * MULTIPLE, least, most))


def colours(picture: Picture) -> np.ndarray:
    """The colours of a picture as the networks see them: (H, W, 3) uint8, alpha left aside."""
    pixels = to_8_bit(picture.pixels)
    pixels = pixels[:, :, :-1] if picture.has_alpha else pixels
    return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
