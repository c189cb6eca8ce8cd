# SPDX-License-Identifier: GPL-3.0-or-later
"""The measure itself: a wrong ruler would flatter us."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._thin_plate import ThinPlateCanvas
from benchmarks.reenact import MOVING, Score, apertures, determinants, ssim, summary
from core.landmarks import template

FACE = 60 * template() + np.array([128.0, 90.0])


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 255, (256, 256, 3), np.uint8)


def test_ssim_of_a_picture_with_itself_is_one():
    image = noise()
    assert ssim(image, image, FACE) == pytest.approx(1.0)
    assert ssim(image, noise(1), FACE) < 0.2


def test_ssim_agrees_with_scikit_image():
    from skimage.metrics import structural_similarity

    a = np.repeat(noise()[..., :1], 3, axis=-1)
    b = np.clip(a.astype(int) + np.random.default_rng(2).integers(-60, 60, a.shape), 0, 255).astype(np.uint8)
    b = np.repeat(b[..., :1], 3, axis=-1)
    low, high = FACE.min(axis=0), FACE.max(axis=0)
    margin = 0.05 * (high - low)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = (high + margin).astype(int)
    _, whole = structural_similarity(
        a[..., 0].astype(float), b[..., 0].astype(float), data_range=255, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, full=True,
    )  # fmt: skip
    assert ssim(a, b, FACE) == pytest.approx(whole[top:bottom, left:right].mean(), abs=2e-3)


def test_determinants_tell_a_fold():
    y, x = np.mgrid[0:20, 0:30].astype(np.float32)
    assert (determinants(np.stack([x, y], axis=-1)) == 1).all()
    assert (determinants(np.stack([-x, y], axis=-1)) == -1).all()
    folded = np.stack([np.abs(x - 15), y], axis=-1)
    assert (determinants(folded) <= 0).mean() == pytest.approx(0.5, abs=0.05)


def test_the_thin_plate_hits_its_points_and_leaves_rest_alone():
    canvas = ThinPlateCanvas(noise(), FACE)
    y, x = np.mgrid[0:256, 0:256].astype(np.float32)
    assert np.abs(canvas.where(FACE) - np.stack([x, y], axis=-1)).max() < 0.1
    moved = FACE.copy()
    moved[48:68] += (6, 4)
    where = canvas.where(moved)
    for index in (8, 30, 51, 57):
        column, row = np.floor(moved[index]).astype(int)
        assert np.abs(where[row, column] + 0.5 - FACE[index]).max() < 1.5


def test_apertures_and_their_correlation():
    frames = np.repeat(FACE[None], 20, axis=0)
    opening = 8 * (1 + np.sin(np.arange(20)))[:, None]
    frames[:, [65, 66, 67], 1] += opening
    assert apertures(frames[3])["mouth"] > apertures(FACE)["mouth"]
    score = Score()
    for frame in frames:
        score.errors.append(np.full(68, 2.0))
        score.ssim.append(0.5)
        score.folds.append(0.0)
        score.apertures.append(apertures(frame))
    made = summary(score, frames)
    assert made["error"] == pytest.approx(2.0)
    assert made["correlation, mouth"] == pytest.approx(1.0)
    assert np.isnan(made["correlation, right_eye"])
    assert set(MOVING) == {"right_eye", "left_eye", "mouth"}
