# SPDX-License-Identifier: GPL-3.0-or-later
"""What matchers look at: a picture as 8-bit RGB, no larger than a face needs."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .candidate import Answer

if TYPE_CHECKING:
    from ..picture import Picture

LARGEST = 3072  # px a side: a face a twentieth of that wide still fills the network's crops
AROUND = 2.0  # seen around a box, in its longer sides
STRIP = 1 << 22  # px that are converted at once
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class View:
    """rgb (H, W, 3) uint8, of the picture's part that begins at `origin` (2,) px; `stretch` (2,): px of the picture in
    one of the view · box: where the face is said to be, in px of the view."""

    rgb: np.ndarray
    origin: np.ndarray
    stretch: np.ndarray
    box: Box | None = None

    @classmethod
    def of(cls, picture: Picture, box: Box | None = None) -> View:
        """The whole picture; with a box what lies around it."""
        low, high = np.zeros(2, int), np.array(picture.size)
        if box is not None:
            corner, size = np.array(box[:2]), np.array(box[2:])
            margin = AROUND * size.max()
            low = np.clip(np.floor(corner - margin), 0, high - 1).astype(int)
            high = np.clip(np.ceil(corner + size + margin), low + 1, high).astype(int)
        pixels = picture.pixels[low[1] : high[1], low[0] : high[0]]
        rgb = _shrunk(dataclasses.replace(picture, pixels=pixels), int(np.ceil(max(pixels.shape[:2]) / LARGEST)))
        stretch = (high - low) / np.array([rgb.shape[1], rgb.shape[0]])
        if box is not None:
            box = (*(np.array(box[:2]) - low) / stretch, *np.array(box[2:]) / stretch)
        return cls(rgb, low.astype(np.float64), stretch, box)

    def on_picture(self, answer: Answer) -> Answer:
        """The answer with its face in px of the picture."""
        face = answer.face
        if face is None:
            return answer
        iris = None if face.iris is None else face.iris * self.stretch + self.origin
        placed = dataclasses.replace(face, points=face.points * self.stretch + self.origin, iris=iris)
        return dataclasses.replace(answer, face=placed)


def _shrunk(picture: Picture, factor: int) -> np.ndarray:
    """As 8-bit RGB, `factor` times smaller; never more than a strip of it is held in another form."""
    if factor <= 1:
        return picture.rgb8()
    width, height = picture.size
    rows = factor * max(1, STRIP // (width * factor))
    across = max(1, round(width / factor))
    parts = []
    for top in range(0, height, rows):
        strip = dataclasses.replace(picture, pixels=picture.pixels[top : top + rows]).rgb8()
        down = max(1, round(strip.shape[0] / factor))
        parts.append(cv2.resize(strip, (across, down), interpolation=cv2.INTER_AREA))
    return np.concatenate(parts)
