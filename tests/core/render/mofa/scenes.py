# SPDX-License-Identifier: GPL-3.0-or-later
"""Small shots for the diffusion backend, and what comes of them."""

from pathlib import Path

import numpy as np

from core.character import Character
from core.landmarks import LandmarkSequence, template
from core.picture import Picture, read_picture

SMALL = {"steps": 2, "size": 256, "window": 3, "stride": 1}


def scene(*, size=(300, 200), count=3, channels=3, dtype=np.uint8):
    """A picture of noise, a character on it, landmarks that move."""
    rng = np.random.default_rng(3)
    full = np.iinfo(dtype).max
    pixels = rng.integers(0, full, (size[1], size[0], channels), endpoint=True).astype(dtype)
    if channels in (2, 4):
        pixels[..., -1] = full
        pixels[:, :40, -1] = 0
    points = template() * 60 + (170, 90)
    moved = np.stack([points + np.array([k * 1.5, np.sin(k)]) for k in range(count)])
    character = Character(points=points, size=size)
    landmarks = LandmarkSequence(points=moved, size=size, fps=24.0, time=np.arange(count) / 24)
    return Picture(pixels=pixels), character, landmarks


def frames_of(folder: Path) -> list[np.ndarray]:
    return [read_picture(path).pixels for path in sorted(folder.glob("0*.png"))]
