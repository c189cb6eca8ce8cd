# SPDX-License-Identifier: GPL-3.0-or-later
"""The renderer of solids: distances, pruning, rays, outlines and curves on surfaces against what geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from demo.solid.facial import halves, jaw, onto, outline
from demo.solid.march import march, render
from demo.solid.shapes import (
    Shape,
    around,
    bent,
    blend,
    box,
    capsule,
    carved,
    ellipsoid,
    moved,
    plane,
    rotation,
    sphere,
    thickened,
    union,
)  # fmt: skip
from demo.solid.stage import Camera, Look, Part, Scene
from demo.solid.texture import Stencil, linear, noise

CAMERA = Camera(yaw=20, pitch=-5, roll=12, place=(480, 540), scale=250)


def shapes() -> dict[str, Shape]:
    cut = carved(sphere((0, 0, 0), 0.8), box((0.5, 0.3, 0.4), (0.3, 0.3, 0.3), 0.05), 0.05)
    arm = bent((0.5, 0, 0), (0.9, 0.4, 0), (0.8, 1.0, 0.2), (0.2, 0.1))
    turned = moved(ellipsoid((0, 0, 0), (0.5, 0.3, 0.2)), rotation(yaw=30, roll=20), (-0.6, 0.5, 0.3))
    return {
        "union": union(cut, arm, turned, capsule((-0.5, -1, 0), (0.5, -1, 0), 0.2)),
        "blend": blend(0.2, cut, arm, turned),
        "thick": thickened(blend(0.2, arm, turned), 0.1),
    }


def points(count: int = 400) -> np.ndarray:
    return np.random.default_rng(3).uniform(-1.5, 1.5, (3, count)).astype(np.float32)


@pytest.mark.parametrize("name", list(shapes()))
def test_a_pruned_shape_is_the_same_near_its_region(name: str) -> None:
    shape = shapes()[name]
    cloud = points(6000)
    surface = cloud[:, np.abs(shape.distance(cloud)) < 0.02]
    assert surface.shape[1] > 5
    for place in surface.T[:60]:
        region = around(place[:, None] + np.array([[0.0, 0.05]] * 3, np.float32), grown=0.02)
        near = shape.near(region)
        assert near is not None
        np.testing.assert_allclose(near.distance(place[:, None]), shape.distance(place[:, None]), atol=1e-5)


@pytest.mark.parametrize("name", list(shapes()))
def test_the_ball_of_a_shape_holds_it(name: str) -> None:
    shape = shapes()[name]
    p = points(4000)
    outside = np.linalg.norm(p - shape.centre[:, None], axis=0) > shape.radius
    assert outside.any()
    assert (shape.distance(p)[outside] > -1e-4).all()


def test_a_bent_rod_has_its_width_along_its_curve() -> None:
    a, b, c = (np.array(v) for v in ((0, 0, 0), (0.6, 0.8, 0), (1.0, 0, 0.4)))
    t = np.linspace(0, 1, 9)[:, None]
    axis = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
    gaps = bent(a, b, c, (0.2, 0.1)).distance(axis.T.astype(np.float32))
    np.testing.assert_allclose(gaps, -np.linspace(0.2, 0.1, 9), atol=5e-3)


def test_rays_go_through_the_points_they_project_to() -> None:
    places = np.random.default_rng(1).uniform(-0.8, 0.8, (30, 3))
    rays = CAMERA.rays(*CAMERA.project(places).T)
    ways = places - CAMERA.origin
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    np.testing.assert_allclose(rays.T, ways, atol=1e-6)


def test_a_ray_stops_at_the_surface_or_never() -> None:
    ball = sphere((0.1, 0.2, 0), 0.5)
    middle = CAMERA.project(np.array([[0.1, 0.2, 0.0]]))[0]
    depth = march(ball, CAMERA.origin, CAMERA.rays(middle[0] + np.array([0, 300]), middle[1] + np.array([0, 0])))
    assert depth[0] == pytest.approx(np.linalg.norm(CAMERA.origin - (0.1, 0.2, 0)) - 0.5, abs=2e-3)
    assert np.isinf(depth[1])


def test_the_outline_of_a_ball_is_round_and_halves_at_its_sides() -> None:
    ring = outline(sphere((0, 0, 0), 0.6), Camera(scale=300))
    radii = np.linalg.norm(ring - 512, axis=1)
    expected = 300 * 7 * np.tan(np.arcsin(0.6 / 7))
    np.testing.assert_allclose(radii, expected, atol=0.6)
    upper, lower = halves(ring, np.array([1.0, 0.0]))
    assert upper[:, 1].max() <= lower[:, 1].max()
    assert upper[:, 1].mean() < 512 < lower[:, 1].mean()
    below = jaw(ring, np.array([450.0, 480.0]), np.array([570.0, 480.0]))
    np.testing.assert_allclose(below[[0, -1], 1], 480, atol=1e-6)
    assert below[0, 0] < 512 < below[-1, 0]
    assert below[:, 1].max() == pytest.approx(512 + expected, abs=1)


def test_what_hides_a_shape_takes_from_its_outline() -> None:
    ball, wall = sphere((0, 0, 0), 0.4), box((0.5, 0, 0.6), (0.3, 1, 0.05))
    ring = outline(ball, Camera(scale=300), others=wall)
    assert ring[:, 0].max() < 512 + 0.25 * 300
    assert ring[:, 0].min() < 512 - 0.39 * 300


def test_curves_lie_on_the_surface() -> None:
    ball = ellipsoid((0, 0, 0), (0.8, 0.6, 0.5))
    curve = onto(ball, [(0, 0), (0.3, 0.1), (-0.5, 0.2)])
    np.testing.assert_allclose((curve / (0.8, 0.6, 0.5)) @ np.eye(3), curve / (0.8, 0.6, 0.5))
    np.testing.assert_allclose(np.linalg.norm(curve / (0.8, 0.6, 0.5), axis=1), 1, atol=1e-3)
    with pytest.raises(ValueError, match="misses"):
        onto(ball, [(2.0, 0.0)])


def test_a_stencil_knows_inside_from_outside() -> None:
    square = Stencil(np.array([(0, 0), (1, 0), (1, 1), (0, 1)]), closed=True, margin=0.2)
    gaps = square(np.array([0.5, 0.5, 1.1, 0.9]), np.array([0.5, 0.0, 0.5, 0.5]))
    np.testing.assert_allclose(gaps, [-0.5, 0, 0.1, -0.1], atol=0.01)


def test_noise_is_smooth_and_the_same_every_time() -> None:
    p = points(2000)
    value = noise(p, 5, 3.0)
    assert value.min() >= 0
    assert value.max() <= 1
    assert value.std() > 0.1
    np.testing.assert_array_equal(value, noise(p, 5, 3.0))
    assert np.abs(noise(p + np.float32(1e-3), 5, 3.0) - value).max() < 0.03


def test_a_scene_covers_what_it_shows_and_nothing_else() -> None:
    ball = Part(shape=sphere((0, 0, 0), 0.6), paint=lambda p, n: Look(linear(200, 90, 60)))
    image = render(Scene(camera=Camera(scale=300), parts=(ball,)), 64)
    expected = np.pi * (300 * 7 * np.tan(np.arcsin(0.6 / 7)) / 16) ** 2
    assert image[..., 3].sum() == pytest.approx(expected, rel=0.04)  # rays stop a little before a surface
    assert image[0, 0].max() == 0
    assert image[26, 26, 0] > image[37, 37, 0] > 0.05  # lit from above, on the left
    floor = Part(shape=plane((0, -0.6, 0), (0, 1, 0)), paint=lambda p, n: Look(linear(200, 200, 200)))
    both = render(Scene(camera=Camera(scale=300), parts=(ball, floor)), 64)
    assert both[60, 32, 3] == 1
