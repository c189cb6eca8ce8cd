# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters for the landmark network, photographed by Blender: the picture agrees with the points."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from training.landmarks import rendered


@pytest.fixture(scope="module")
def stage() -> Iterator[Any]:
    kept = list(sys.path)
    rendered.borrow_opencv()
    if importlib.util.find_spec("cv2") is None:
        pytest.skip("needs OpenCV: there is no .venv to borrow it from")
    from training.landmarks.rendered_stage import Stage

    yield Stage(192)
    sys.path[:] = kept


@pytest.mark.parametrize("how", ["plain", "shadow", "traced"])
def test_a_seed_always_gives_the_same_picture(stage: Any, how: str) -> None:
    first, other, again = (
        rendered.photograph(stage, [(3, k)], (3, k, 1), kinds=["cub"], how=how)[0] for k in (1, 2, 1)
    )
    np.testing.assert_allclose(first.image.astype(int), again.image, atol=1)
    np.testing.assert_array_equal(first.points, again.points)
    assert first.present == again.present
    assert np.abs(first.image.astype(int) - other.image).mean() > 2


def test_the_jaw_lies_on_the_edge_of_what_is_rendered(stage: Any) -> None:
    import cv2

    from training.landmarks.rendered_character import build

    for seed in range(4):
        made = [build((6, seed, k), kind, bare=True) for k, kind in enumerate(("cub", "blob", "long", "bird"))]
        for one, rgba in zip(made, stage.render([one.mesh for one in made]), strict=True):
            mask = np.where(rgba[..., 3] > 127, 255, 0).astype(np.uint8)
            far = cv2.distanceTransform(mask, cv2.DIST_L2, 5) + cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5)
            jaw = one.points[:17]
            x, y = jaw[((jaw > 3) & (jaw < 189)).all(axis=1)].astype(int).T
            assert (far[y, x] - 0.5).max(initial=0) < 1.5


def test_colours_arrive_as_they_were_given(stage: Any) -> None:
    from training.landmarks.rendered_mesh import Mesh

    corners = np.array([(0, 0, 0), (192, 0, 0), (0, 192, 0), (192, 192, 0)], float)
    sheet = Mesh(corners, np.array([(0, 1, 2), (1, 3, 2)]), np.tile((200.0, 120.0, 60.0), (4, 1)))
    stage.scene.display.shading.light = "FLAT"
    np.testing.assert_allclose(stage.render([sheet])[0][96, 96], (200, 120, 60, 255), atol=1)


def test_shards_are_those_that_the_training_reads(stage: Any, tmp_path: Any) -> None:
    from training.landmarks import store

    made = rendered.make(stage, 5, 0, 6)
    store.save(tmp_path, 3, made)
    (path,) = store.shards(tmp_path)
    read = store.load(path)
    assert read.images.shape == (6, 192, 192, 3)
    assert read.images.dtype == np.uint8
    assert read.points.shape == (6, 70, 2)
    assert read.flags.shape == (6, 6)
    assert read.flags.dtype == bool
    assert read.face.all()
    assert np.isfinite(read.points).all()
