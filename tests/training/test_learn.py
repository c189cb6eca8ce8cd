# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that makes the basis: masks, hand-made shapes, and shapes found again in made-up performances."""

from __future__ import annotations

import numpy as np
import pytest

from core.expression import INDEX, MIRROR_NAMES, NAMES, load_basis, save_basis
from core.motion import rotation_matrices
from training.authored import MADE, authored_shapes
from training.clips import Performance
from training.learn import BY_HAND, FLIP, Material, learned_basis, regress, shown_enough
from training.mesh_mirror import mirror_points
from training.regions import masks

MIRROR = mirror_points()


def test_points_mirror_in_pairs() -> None:
    face = load_basis("mp468").neutral
    assert np.array_equal(MIRROR[MIRROR], np.arange(468))
    assert np.array_equal(MIRROR, load_basis("mp468").mirror)
    assert np.abs(face[MIRROR] * FLIP - face).max() < 1e-5
    assert np.abs(face[np.arange(468) == MIRROR, 0]).max() < 1e-6


def test_masks_are_soft_and_symmetric() -> None:
    mask = masks(load_basis("mp468").neutral, NAMES)
    assert mask.min() == 0
    assert mask.max() == 1
    assert (mask.max(axis=1) > 0.9).all()
    assert mask[MIRROR_NAMES][:, MIRROR] == pytest.approx(mask, abs=1e-4)
    assert (((mask > 0.05) & (mask < 0.95)).sum(axis=1) > 3).mean() > 0.8


def test_every_hand_made_shape_is_as_large_as_an_expression() -> None:
    plain = load_basis("mp468")
    made = authored_shapes(plain.neutral, plain.shapes, MIRROR, plain.authored)
    for name in np.array(NAMES)[plain.authored]:
        assert 0.03 < np.linalg.norm(made[INDEX[str(name)]], axis=1).max() < 0.4, name
    assert set(MADE) <= set(NAMES)
    with pytest.raises(RuntimeError, match="eyeBlink"):
        authored_shapes(plain.neutral, plain.shapes, MIRROR, np.array(NAMES) == "eyeBlinkLeft")


def test_shapes_are_found_again() -> None:
    plain = load_basis("mp468")
    rng = np.random.default_rng(0)
    scores = [rng.uniform(0, 1, (150, 51)) * (rng.uniform(size=(150, 51)) < 0.4) for _ in range(3)]
    material = [Material(plain.faces(rows) + rng.normal(0, 0.002, (150, 468, 3)), rows) for rows in scores]
    found = regress(material, MIRROR, None, ridge=0.1)
    assert np.abs(found - plain.shapes).max() < 0.02
    confined = regress(material, MIRROR, masks(plain.neutral, NAMES), ridge=0.1)
    blink = confined[INDEX["eyeBlinkLeft"]]
    assert not blink[plain.neutral[:, 1] > 0.6].any()
    flipped = confined[:, MIRROR] * FLIP
    assert flipped == pytest.approx(confined[MIRROR_NAMES], abs=1e-12)


def performance(name: str, seed: int, count: int = 60) -> Performance:
    plain = load_basis("mp468")
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0, 1, (count, 51)) * (rng.uniform(size=(count, 51)) < 0.15)
    rows[::4] = 0
    turns = rotation_matrices(rng.normal(0, 0.1, (count, 3)))
    mesh = 100 * np.einsum("tij,tpj->tpi", turns, plain.faces(rows)) + [200, 200, 0]
    return Performance(name, mesh, rows)


def test_a_basis_is_learned_from_clips_and_kept(tmp_path) -> None:
    clips = [performance(f"clip{number}", number) for number in range(4)]
    assert np.array_equal(~shown_enough(clips), np.isin(NAMES, BY_HAND))
    assert not shown_enough(clips[:2]).any()
    basis = learned_basis(clips, by_hand=load_basis().authored)
    jaw, truth = (each.shapes[INDEX["jawOpen"]].ravel() for each in (basis, load_basis("mp468")))
    assert np.corrcoef(jaw, truth)[0, 1] > 0.97
    save_basis(tmp_path / "b.npz", basis, name="try", meta={"clips": []})
    assert (tmp_path / "b.npz").stat().st_size < 100_000
