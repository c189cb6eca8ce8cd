# SPDX-License-Identifier: GPL-3.0-or-later
"""Feature maps with a planted truth: a face of smooth features, warped, dimmed, with noise, among other things."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.match.features.maps import FeatureMap, normalised
from core.placing.prior import completion, mean_face

CHANNELS = 96
SIDE = 512.0
GRID = 32


@dataclass(frozen=True, eq=False)
class Scene:
    """Where a face lies: points (68, 2) px, and its features there."""

    points: np.ndarray
    map: FeatureMap


class Field:
    """Smooth random features (N, C) of places (N, 2) in the face's own units."""

    def __init__(self, seed: int, *, finest: float = 5.0) -> None:
        dice = np.random.default_rng(seed)
        self._waves = dice.normal(0, finest, (2, CHANNELS))
        self._phase = dice.uniform(0, 2 * np.pi, CHANNELS)

    def __call__(self, places: np.ndarray) -> np.ndarray:
        return np.asarray(np.cos(places @ self._waves + self._phase), np.float32)


def face_shape(seed: int) -> np.ndarray:
    """The 68 points of some face, in distances between the eyes."""
    dice = np.random.default_rng(seed)
    rows = np.zeros((6, 70))
    chosen = dice.choice(68, 6, replace=False)
    rows[np.arange(6), chosen] = 1.0
    return completion(rows, mean_face()[chosen] + dice.normal(0, 0.07, (6, 2)), exact=False, sigma=0.05).points[:68]


def scene(
    *,
    seed: int,
    field: Field,
    shape: np.ndarray,
    unit: float,
    turn: float = 0.0,
    middle: tuple[float, float] = (256.0, 240.0),
    shear: float = 0.0,
    noise: float = 0.0,
    look: float = 0.0,
    distractor: float = 0.0,
    missing: slice | None = None,
) -> Scene:
    """A face of `shape` on a ground of its own. unit: px between the eyes · turn: radians · look: how far the features
    are another character's (0 to 1) · distractor: how alike a second face's features are · missing: points of a part
    that is bare ground."""
    dice = np.random.default_rng(seed)
    c, s = np.cos(turn), np.sin(turn)
    matrix = unit * np.array([[c, -s], [s, c]]) @ np.array([[1.0, shear], [0.0, 1.0 + shear / 2]])
    rows, columns = np.mgrid[0:GRID, 0:GRID]
    pixels = (np.stack([columns, rows], axis=-1) + 0.5).reshape(-1, 2) * SIDE / GRID
    places = (pixels - middle) @ np.linalg.inv(matrix).T
    ground = Field(seed + 1000)(pixels / 60.0)
    values = ground.copy()
    lower, upper = shape.min(axis=0) - 0.3, shape.max(axis=0) + 0.3

    def cover(own: np.ndarray, share: float) -> None:
        inside = ((own > lower) & (own < upper)).all(axis=1)
        values[inside] = share * field(own[inside]) + (1 - share) * Field(seed + 7)(own[inside])

    if distractor:
        # another face, turned and smaller, beside the first
        other = pixels - (SIDE - 90.0, SIDE - 110.0)
        cover(other / (0.45 * unit) @ np.array([[0.9, 0.4], [-0.4, 0.9]]), distractor)
    cover(places, 1.0)
    if missing is not None:
        part = shape[missing]
        bare = ((places > part.min(axis=0) - 0.15) & (places < part.max(axis=0) + 0.15)).all(axis=1)
        values[bare] = Field(seed + 5)(places[bare])
    if look:
        mixing = dice.normal(0, 1 / np.sqrt(CHANNELS), (CHANNELS, CHANNELS))
        values = (1 - look) * values + look * values @ mixing + look * dice.normal(0, 0.5, CHANNELS)
    values = values + noise * dice.normal(0, 1, values.shape)
    return Scene(shape @ matrix.T + middle, FeatureMap.of(values.reshape(GRID, GRID, -1), (SIDE, SIDE)))


def features_of(made: Scene) -> np.ndarray:
    """Features (68, C) at the scene's points, as a gallery keeps them."""
    return normalised(made.map.at(made.points))
