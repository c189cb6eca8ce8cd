# SPDX-License-Identifier: GPL-3.0-or-later
"""A new plane stands where it can be seen, and the viewport faces it."""

from __future__ import annotations

import math

import pytest


@pytest.fixture
def viewing(part):
    return part("faceshot_blender.scene.viewing")


@pytest.fixture
def plane(empty, part, picture):
    made = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.update()
    return made


def add_box(bpy, *, at, size=1.0):
    mesh = bpy.data.meshes.new("Box")
    half = size / 2
    mesh.from_pydata([(x, y, z) for x in (-half, half) for y in (-half, half) for z in (-half, half)], [], [])
    box = bpy.data.objects.new("Box", mesh)
    box.location = at
    bpy.context.scene.collection.objects.link(box)
    bpy.context.view_layer.update()
    return box


@pytest.mark.parametrize(
    ("at", "expected"),
    [((0, 0, 0), -1.05), ((0.3, 0.5, 0), -0.55), ((0, 1.2, 0), 0.0), ((5, 0, 0), 0.0), ((0, 0, -5), 0.0)],
)
def test_a_new_plane_stands_before_what_is_around_it(empty, viewing, plane, at, expected):
    box = add_box(empty, at=at, size=2.0)
    viewing.stand_clear(plane, [plane, box, empty.data.objects.new("Nothing", None)])
    assert plane.location.y == pytest.approx(expected)
    assert tuple(plane.location)[::2] == (0, 0)


def test_the_viewport_faces_the_plane_wherever_it_stands(empty, viewing, plane):
    plane.location, plane.rotation_euler = (3, 2, 1), (math.pi / 2, 0, 0.6)
    empty.context.view_layer.update()
    area = next(
        (area for screen in empty.data.screens for area in screen.areas if area.type == "VIEW_3D"),
        None,
    )
    if area is None:
        pytest.skip("this Blender has no screen with a viewport")
    space = area.spaces.active
    space.shading.type = "SOLID"
    space.region_3d.view_perspective = "PERSP"
    viewing.face(area, plane)
    view = space.region_3d
    assert view.view_perspective == "ORTHO"
    assert space.shading.color_type == "TEXTURE"
    normal = plane.matrix_world.to_quaternion() @ plane.data.polygons[0].normal
    assert tuple(normal) == pytest.approx(tuple(view.view_rotation @ normal.__class__((0, 0, 1))), abs=1e-5)
    assert 0.3 < view.view_distance < 10
    view.view_perspective = "CAMERA"
    before = tuple(view.view_location)
    plane.location = (0, 0, 0)
    viewing.face(area, plane)
    assert view.view_perspective == "CAMERA", "who looks through the camera goes on doing so"
    assert tuple(view.view_location) == before
