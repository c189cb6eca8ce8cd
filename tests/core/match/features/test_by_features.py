# SPDX-License-Identifier: GPL-3.0-or-later
"""Matching by a gallery with a planted truth: pictures whose colours say which place of the face each pixel shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.character import Character
from core.landmarks import ALL_PARTS, PARTS
from core.match.features import annotate
from core.match.features.by_features import match_by_features
from core.match.features.extractor import hash_of
from core.match.features.gallery import Gallery
from core.match.features.maps import FeatureMap
from core.picture import encode_png
from tests.core.match.features.planted import GRID, Field, face_shape

LOW, RANGE = -2.0, 5.0  # of the places that red and green stand for, in distances between the eyes
BARE, GROUND = 128, 255  # blue: skin without the part that belongs there; no face
MISSING = "nose"


class ColourExtractor:
    """Features of the place that a colour stands for; of the ground, other ones."""

    config: Mapping[str, object] = {"model": "colours"}
    config_hash = hash_of(config)

    def __init__(self) -> None:
        self._field, self._other = Field(0), Field(1)
        self.views: list[np.ndarray] = []

    def map(self, rgb: np.ndarray, *, prompt: np.ndarray | None = None) -> FeatureMap:
        self.views.append(rgb)
        small = cv2.resize(rgb, (GRID, GRID), interpolation=cv2.INTER_AREA).astype(np.float64)
        places = small[..., :2].reshape(-1, 2) / 255 * RANGE + LOW
        rows, columns = np.mgrid[0:GRID, 0:GRID]
        elsewhere = self._other(np.stack([columns, rows], axis=-1).reshape(-1, 2) / 4.0)
        own = small[..., 2].reshape(-1, 1) < BARE / 2
        values = np.where(own, self._field(places), elsewhere)
        return FeatureMap.of(values.reshape(GRID, GRID, -1), (rgb.shape[1], rgb.shape[0]))

    def look(self, crop: np.ndarray) -> np.ndarray:
        return np.array([1.0, 0.0], np.float32)


def painted(
    size: tuple[int, int], shape: np.ndarray, *, unit: float, turn: float, middle: tuple[float, float], lacks: str = ""
) -> tuple[np.ndarray, np.ndarray]:
    """A picture (H, W, 3) of a face, and its points (68, 2) px."""
    matrix = unit * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    places = (np.stack([columns, rows], axis=-1) + 0.5 - middle) @ np.linalg.inv(matrix).T
    rgb = np.full((size[1], size[0], 3), GROUND, np.uint8)
    rgb[..., :2] = np.clip((places - LOW) / RANGE * 255, 0, 255).round()
    inside = ((places > shape.min(axis=0) - 0.2) & (places < shape.max(axis=0) + 0.2)).all(axis=-1)
    rgb[inside, 2] = 0
    if lacks:
        part = shape[PARTS[lacks]]
        bare = ((places > part.min(axis=0) - 0.12) & (places < part.max(axis=0) + 0.12)).all(axis=-1)
        rgb[bare, 2] = BARE
    return rgb, shape @ matrix.T + middle


@pytest.fixture
def shape() -> np.ndarray:
    return face_shape(3)


@pytest.fixture
def colours() -> ColourExtractor:
    return ColourExtractor()


@pytest.fixture
def painted_gallery(shape: np.ndarray, tmp_path: Path, colours: ColourExtractor) -> Gallery:
    """One face, 400 x 500 px, annotated."""
    rgb, points = painted((400, 500), shape, unit=110.0, turn=-0.1, middle=(190.0, 170.0))
    (tmp_path / "one.png").write_bytes(encode_png(rgb))
    Character(points=points, size=(400, 500)).save(tmp_path / "one.character.json")
    return annotate.see(annotate.build(tmp_path / "gallery", annotate.find_sources([tmp_path / "one.png"])), colours)


@pytest.mark.parametrize(
    ("unit", "turn", "middle"),
    [(55.0, 0.3, (610.0, 210.0)), (120.0, -0.4, (400.0, 250.0)), (200.0, 0.0, (450.0, 200.0))],
)
def test_points_lie_within_half_a_cell_wherever_the_face_is(
    painted_gallery: Gallery, shape: np.ndarray, colours: ColourExtractor, unit: float, turn: float, middle: tuple
) -> None:
    rgb, truth = painted((900, 640), shape, unit=unit, turn=turn, middle=middle)
    colours.views.clear()
    answer = match_by_features(rgb, painted_gallery, colours)
    assert answer.face is not None
    error = np.linalg.norm(answer.face.points - truth, axis=1)
    cell = min(1.5 * np.ptp(truth, axis=0).max(), 900.0) / GRID
    assert (error < 0.5 * cell).mean() >= 0.95
    assert answer.face.present == ALL_PARTS
    assert answer.sure, answer.doubt
    assert len(colours.views) == 2  # far, and near


def test_of_two_faces_the_one_in_the_box_is_found(
    painted_gallery: Gallery, shape: np.ndarray, colours: ColourExtractor
) -> None:
    first, here = painted((500, 500), shape, unit=80.0, turn=0.1, middle=(230.0, 190.0))
    second, there = painted((500, 500), shape, unit=95.0, turn=-0.2, middle=(250.0, 180.0))
    both = np.concatenate([first, second], axis=1)
    for truth in (here, there + np.array([500, 0])):
        low, size = truth.min(axis=0), np.ptp(truth, axis=0)
        answer = match_by_features(both, painted_gallery, colours, box=(*low, *size))
        assert answer.face is not None
        assert np.linalg.norm(answer.face.points - truth, axis=1).mean() < 6


def test_a_missing_part_is_an_answer(painted_gallery: Gallery, shape: np.ndarray, colours: ColourExtractor) -> None:
    rgb, truth = painted((600, 600), shape, unit=110.0, turn=0.2, middle=(300.0, 240.0), lacks=MISSING)
    answer = match_by_features(rgb, painted_gallery, colours)
    assert answer.face is not None
    assert answer.face.present == ALL_PARTS - {MISSING}
    rest = answer.face.there
    assert np.median(np.linalg.norm(answer.face.points - truth, axis=1)[rest]) < 8
    assert answer.face.confidence[~rest].mean() < 0.6 * answer.face.confidence[rest].mean()
