# SPDX-License-Identifier: GPL-3.0-or-later
"""A planted face is found: warped, through noise and another look, beside a second face, without one of its parts."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import FaceShotError
from core.landmarks import ALL_PARTS, COUNT, PARTS
from core.match.features.matching import Counterpart, match_features
from tests.core.match.features.planted import GRID, SIDE, Field, face_shape, features_of, scene

CELL = SIDE / GRID
ALL = np.ones(COUNT, bool)


def planted(seed, *, seen=ALL, **changes):
    """What is found, and the error of each point in cells."""
    field, shape, dice = Field(seed), face_shape(seed), np.random.default_rng(seed)
    known = scene(seed=seed + 1, field=field, shape=shape, unit=150.0)
    warped = {
        "unit": dice.uniform(90, 190),
        "turn": dice.uniform(-0.6, 0.6),
        "middle": (dice.uniform(220, 290), dice.uniform(190, 250)),
        "shear": dice.uniform(-0.15, 0.15),
        "noise": 0.3,
        "look": 0.4,
        **changes,
    }
    picture = scene(seed=seed + 2, field=field, shape=shape, **warped)
    found = match_features(picture.map, [Counterpart(features_of(known), known.points, seen)])
    inside = ((picture.points > 0) & (picture.points < SIDE)).all(axis=1)
    return found, np.where(inside, np.linalg.norm(found.points - picture.points, axis=1) / CELL, np.nan)


def test_nearly_all_points_are_found_within_half_a_cell():
    errors = np.concatenate([planted(seed)[1] for seed in range(6)])
    assert np.nanmean(errors < 0.5) >= 0.95


def test_a_second_face_that_is_less_alike_is_not_taken():
    errors = np.concatenate([planted(seed, distractor=0.8)[1] for seed in range(6)])
    assert np.nanmean(errors < 0.5) >= 0.95


@pytest.mark.parametrize("part", ["nose", "mouth", "left_brow"])
def test_a_missing_part_is_an_answer(part):
    found, errors = planted(3, missing=PARTS[part])
    assert found.present == ALL_PARTS - {part}
    rest = np.ones(COUNT, bool)
    rest[PARTS[part]] = False
    assert np.nanmean(errors[rest] < 1) >= 0.9
    assert found.confidence[PARTS[part]].mean() < 0.6 * found.confidence[rest].mean()


def test_a_part_that_the_counterpart_lacks_is_not_looked_for():
    seen = ALL.copy()
    seen[PARTS["nose"]] = False
    found, errors = planted(2, seen=seen)
    assert "nose" not in found.present
    assert np.nanmean(errors[seen] < 0.5) >= 0.9
    assert np.isfinite(found.points).all()


def test_right_and_left_never_swap():
    for seed in range(4):
        points = planted(seed, noise=0.6, look=0.6)[0].points
        across = points[42:48].mean(axis=0) - points[36:42].mean(axis=0)
        down = points[8] - points[27]
        assert across[0] * down[1] - across[1] * down[0] > 0


def test_ground_without_a_face_is_not_believed():
    known = scene(seed=1, field=Field(0), shape=face_shape(0), unit=150.0)
    bare = scene(seed=50, field=Field(99), shape=face_shape(5), unit=120.0)
    found = match_features(bare.map, [Counterpart(features_of(known), known.points, ALL)])
    assert found.confidence.mean() < 0.4


def test_of_several_counterparts_the_likest_is_used():
    shape = face_shape(0)
    known = [scene(seed=1, field=Field(n), shape=shape, unit=150.0) for n in (8, 0, 9)]
    picture = scene(seed=2, field=Field(0), shape=shape, unit=110.0, noise=0.3, look=0.4)
    found = match_features(picture.map, [Counterpart(features_of(one), one.points, ALL) for one in known])
    assert found.counterpart == 1


def test_an_empty_gallery_is_said():
    known = scene(seed=1, field=Field(0), shape=face_shape(0), unit=150.0)
    blind = Counterpart(features_of(known), known.points, np.zeros(COUNT, bool))
    with pytest.raises(FaceShotError, match="No face of the gallery"):
        match_features(known.map, [blind])
