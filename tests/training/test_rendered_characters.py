# SPDX-License-Identifier: GPL-3.0-or-later
"""Modelled characters: their points are those of what is modelled, their jaw is the head's outline. Without Blender."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import ALL_PARTS, HALF_PIXEL, eye_centres, face_width
from training.landmarks.held_out import HELD_OUT
from training.landmarks.kinds import TRAINING
from training.landmarks.rendered_camera import Camera
from training.landmarks.rendered_character import build
from training.landmarks.rendered_draft import SHARES

SIZE = 192


def filled(points: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """Where any face of a mesh is seen, (size, size) uint8."""
    mask = np.zeros((size, size), np.uint8)
    corners = np.round((points[:, :2] - HALF_PIXEL) * 16).astype(np.int32)
    for face in faces:
        cv2.fillConvexPoly(mask, corners[face], 255, cv2.LINE_8, 4)
    return mask


def distance_to_edge(mask: np.ndarray, points: np.ndarray) -> np.ndarray:
    """px from each point to the border of a mask; points near the picture's edge are left out."""
    far = cv2.distanceTransform(mask, cv2.DIST_L2, 5) + cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5) - HALF_PIXEL
    inside = ((points > 3) & (points < mask.shape[0] - 3)).all(axis=1)
    x, y = points[inside].astype(int).T
    return far[y, x]


def test_kinds_are_those_of_training_and_none_is_held_out() -> None:
    assert set(SHARES) <= set(TRAINING)
    assert not set(SHARES) & set(HELD_OUT)


@pytest.mark.parametrize("kind", SHARES)
def test_a_seed_always_gives_the_same_character(kind: str) -> None:
    first, again, other = build((2, 1), kind), build((2, 1), kind), build((2, 2), kind)
    for name in ("points", "faces", "colours"):
        np.testing.assert_array_equal(getattr(first.mesh, name), getattr(again.mesh, name))
    np.testing.assert_array_equal(first.points, again.points)
    np.testing.assert_array_equal(first.iris, again.iris)
    assert first.present == again.present
    assert not np.array_equal(first.points, other.points)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(list(SHARES)))
def test_points_lie_in_the_picture_in_the_order_of_the_scheme(seed: int, kind: str) -> None:
    made = build(seed, kind, size=SIZE)
    assert np.isfinite(made.mesh.points).all()
    assert made.mesh.faces.max() < len(made.mesh.points)
    assert made.present <= ALL_PARTS
    inside = ((made.points > 0) & (made.points < SIZE)).all(axis=1)
    assert inside.mean() > 0.6  # a big face may reach over the picture's edge
    assert face_width(made.points) > 0.1 * SIZE
    right, left = eye_centres(made.points)
    across = (left - right) / np.linalg.norm(left - right)
    along, down = made.points @ across, made.points @ np.array([-across[1], across[0]])
    assert along[0] < along[16]  # the character's right is on the left
    assert along[36:42].mean() < along[42:48].mean()
    assert along[17:22].mean() < along[22:27].mean()
    assert along[48] < along[54]
    assert along[31] < along[35]
    assert down[8] > max(down[0], down[16])
    assert down[17:27].mean() < down[48:60].mean()
    assert (made.iris[1] - made.iris[0]) @ across > 0


@pytest.mark.parametrize("kind", SHARES)
@pytest.mark.parametrize("seed", range(3))
def test_the_jaw_is_the_outline_of_the_head_as_seen(kind: str, seed: int) -> None:
    made = build((4, seed), kind, size=2 * SIZE, bare=True)
    person = TRAINING[kind].head_behind  # whose jaw ends at the ear when turned
    chin, limit = (slice(7, 10), 4.0) if person else (slice(0, 17), 3.0)
    off = distance_to_edge(filled(made.mesh.points, made.mesh.faces, 2 * SIZE), made.points[chin])
    assert off.max(initial=0) < limit  # at twice the size of the shards' pictures


def test_the_camera_keeps_flat_things_flat_and_near_things_in_front() -> None:
    seen = Camera(np.eye(3), 50.0, (96.0, 96.0), 6.0)
    rng = np.random.default_rng(1)
    share = rng.random((20, 3))
    corners = np.array([(-1, -1, 0.2), (1, -1, 1.0), (0, 1, -0.5)])
    flat = seen((share / share.sum(axis=1, keepdims=True)) @ corners)
    normal = np.linalg.svd(flat - flat.mean(axis=0))[2][-1]
    np.testing.assert_allclose((flat - flat.mean(axis=0)) @ normal, 0, atol=1e-8)
    near, far = seen(np.array([(1, 0, 1), (1, 0, -1)], float))
    assert near[2] > far[2]
    assert near[0] > far[0]
    np.testing.assert_allclose(seen(np.array([0.5, -0.5, 0])), (121, 71, 0))
