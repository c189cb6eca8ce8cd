# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.character import Character
from core.landmarks import LandmarkSequence, template
from core.picture import Picture


def draw_face(points: np.ndarray, size: tuple[int, int], *, channels: int = 3, depth: type = np.uint8) -> np.ndarray:
    """A plain drawn face with texture, 1 to 4 channels: the alpha of 2 and 4 is a soft oval."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width] + 0.5
    image = np.stack([90 + 40 * np.sin(x / 9), 110 + 30 * np.cos(y / 11), 140 + 30 * np.sin((x + y) / 13)], axis=-1)
    image = image.astype(np.uint8)

    def area(indices, colour):
        cv2.fillPoly(image, [np.round(points[list(indices)]).astype(np.int32)], colour, cv2.LINE_AA)

    brow = points[[26, 25, 24, 19, 18, 17]] - (0, 20)
    cv2.fillPoly(image, [np.round(np.concatenate([points[:17], brow])).astype(np.int32)], (225, 180, 150), cv2.LINE_AA)
    for start in (36, 42):
        area(range(start, start + 6), (245, 245, 240))
        centre = points[start : start + 6].mean(axis=0)
        cv2.circle(image, np.round(centre).astype(int).tolist(), 4, (60, 40, 30), -1, cv2.LINE_AA)
    area(range(48, 60), (190, 80, 80))
    area(range(60, 68), (60, 20, 20))
    for brow_points in (points[17:22], points[22:27]):
        cv2.polylines(image, [np.round(brow_points).astype(np.int32)], False, (70, 40, 20), 4, cv2.LINE_AA)
    if channels < 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[:, :, None]
    pixels = image.astype(depth) * (257 if depth is np.uint16 else 1)
    if depth is np.uint16:
        pixels = pixels + np.random.default_rng(0).integers(0, 200, pixels.shape, np.uint16)
        pixels = np.minimum(pixels, 65535).astype(np.uint16)
    if channels in (2, 4):
        centre = points.mean(axis=0)
        distance = np.hypot((x - centre[0]) / (0.42 * width), (y - centre[1]) / (0.45 * height))
        alpha = np.clip((1.05 - distance) / 0.1, 0, 1) * np.iinfo(depth).max
        alpha = np.rint(alpha).astype(depth)
        pixels[alpha == 0] = 0
        pixels = np.concatenate([pixels, alpha[:, :, None]], axis=-1)
    return pixels


@pytest.fixture
def face() -> np.ndarray:
    return 48 * template() + (128, 100)


@pytest.fixture
def make(face):
    """Makes (Picture, Character) of the drawn face."""

    def made(*, channels: int = 3, depth: type = np.uint8, **facts):
        picture = Picture(pixels=draw_face(face, (256, 224), channels=channels, depth=depth))
        return picture, Character(points=face, size=picture.size, **facts)

    return made


@pytest.fixture
def sequence():
    """Makes a LandmarkSequence of (T, 68, 2) points on a canvas."""

    def made(points, size, **facts) -> LandmarkSequence:
        points = np.asarray(points, np.float64)
        return LandmarkSequence(points=points, size=size, fps=25.0, time=np.arange(len(points)) / 25, **facts)

    return made
