# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies under lids and lips: the common part of eyes and mouths."""

from __future__ import annotations

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import Head, Moment, Opening
from ..layers.eye_inside import patch_of
from .maps import Box, fill
from .style import Style


def patch_box(shape: tuple[int, ...], head: Head, opening: Opening) -> Box:
    """The pixels around an opening that it is made of, on a picture of shape (H, W, ...); empty off the picture."""
    return Box.around(*patch_of(head, opening, (shape[1], shape[0])))


class Interior:
    """An opening of a picture: its edges, and the layer behind them.

    `begin` takes a frame in, `dress` repaints the skin around the opening in the picture that is sampled, `cover`
    says where the skin is, `draw` gives what is behind it, `lay` adds what goes over all skin.
    """

    def __init__(
        self, source: np.ndarray, head: Head, opening: Opening, style: Style | None = None, *, alpha: bool
    ) -> None:
        self.head, self.opening = head, opening
        self.style = style or Style()
        self.full = float(np.iinfo(source.dtype).max)
        self.alpha = alpha
        self.box = patch_box(source.shape, head, opening)
        self.patch = source[self.box.slices].astype(np.float32)
        # Signed distances from the edges of the upper and the lower sheet, px, positive on their skin.
        self.distances = np.stack(opening.cover(self.box.centres()), axis=-1).astype(np.float32)
        self._sides = tuple(np.ascontiguousarray(self.distances[:, :, side]) for side in (0, 1))
        self.moment = Moment(head, head.points)
        self.below = np.zeros((1, 1), np.float32)

    def filled(self, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The inside going on beyond its edges: as it is to look when the edges move, and for when they hardly do.

        The second one keeps the pixels that the edge runs through, so that the picture comes apart without a jump.
        """
        if not inside.any():
            return self.patch, self.patch
        clean = fill(self.patch, inside)
        ring = (self.distances.max(axis=-1) < 1.0)[:, :, None]
        return clean, np.where(ring, self.patch, clean)

    def begin(self, moment: Moment) -> None:
        """Take a frame in."""
        self.moment = moment

    @property
    def scale(self) -> float:
        """The size of the head in this frame over that in the picture."""
        return self.moment.scale

    def dress(self, work: np.ndarray) -> None:
        """Repaint the skin of `work`, the picture that is sampled."""

    def cover(self, upper: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How much of each pixel the upper and the lower sheet cover, (h, w, 1) 0..1, from their maps."""
        found = self.depths(upper, lower)
        self.below = np.maximum(-found[0], 0)
        over, under = (np.minimum(np.maximum(distance + 0.5, 0), 1)[:, :, None] for distance in found)
        return over, under

    def depths(self, upper: np.ndarray, lower: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How far each pixel is from the edge of the upper and the lower sheet, (h, w) px, positive on its skin."""
        origin = (self.box.left, self.box.top, 0, 0)
        above, below = (
            cv2.remap(distances, cv2.subtract(where, origin), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for distances, where in zip(self._sides, (upper, lower), strict=True)
        )
        return above, below

    def draw(self, box: Box, part: tuple[slice, slice]) -> np.ndarray:
        """What shows through the opening in the frame, in the pixels of `box`; (h, w, C) float32.

        part: where `box` lies in the maps given to `cover` before.
        """
        raise NotImplementedError

    def lay(self, drawn: np.ndarray) -> None:
        """Lay what goes over all skin over the frame `drawn` (H, W, C)."""

    def images(self, box: Box) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """What its layers show, by the names of their textures: pixels (h, w, C) float32, and how much of each is
        there (h, w, 1). box: the part of the picture that its sheets are images of."""
        raise NotImplementedError

    def near(self, reach: float) -> np.ndarray:
        """What of its patch is at most `reach` px from the opening; (h, w, 1) float32."""
        inside = (self.distances.max(axis=-1) < 0).astype(np.uint8)
        away = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) if inside.any() else np.zeros(inside.shape)
        return (away <= reach).astype(np.float32)[:, :, None]

    def moved(self, texture: np.ndarray, matrix: np.ndarray, box: Box) -> np.ndarray:
        """A texture of the patch put through x -> m x + b, in the pixels of `box`."""
        inverse = np.linalg.inv(matrix[:, :2])
        x = np.arange(box.left, box.right) + (HALF_PIXEL - matrix[0, 2])
        y = np.arange(box.top, box.bottom) + (HALF_PIXEL - matrix[1, 2])
        where = np.empty((*box.shape, 2), np.float32)
        for axis, start in enumerate((self.box.left, self.box.top)):
            across, down = inverse[axis]
            np.add((down * y - (start + HALF_PIXEL))[:, None], across * x, out=where[..., axis], casting="same_kind")
        drawn = cv2.remap(texture, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return drawn if drawn.ndim == 3 else drawn[:, :, None]

    def colours(self, pixels: np.ndarray) -> np.ndarray:
        """The colour channels of pixels (..., C), without alpha, in 0..1."""
        return (pixels[..., :-1] if self.alpha else pixels) / self.full

    def painted(self, colours: np.ndarray) -> np.ndarray:
        """Colours (..., c) in 0..1 as opaque pixels (..., C)."""
        pixels = np.asarray(colours, np.float32) * self.full
        if not self.alpha:
            return pixels
        return np.concatenate([pixels, np.full((*pixels.shape[:-1], 1), self.full, np.float32)], axis=-1)
