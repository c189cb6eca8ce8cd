# SPDX-License-Identifier: GPL-3.0-or-later
"""Points on planes: kept with them wherever they go; where they are in the scene, and what a ray meets."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

W, H = 64, 48


@pytest.fixture
def points(part):
    return part("faceshot_blender.scene.points")


@pytest.fixture
def plane(empty, part, picture):
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    return plane


@pytest.fixture
def on(empty, part, points):
    """on(plane) is where its picture lies."""

    def of(plane):
        empty.context.view_layer.update()
        return points.PictureOnPlane.of(part("faceshot_blender.scene.plane").image_of(plane))

    return of


def first(points, plane):
    character = points.character_of(plane)
    return None if character is None else float(character.points[0, 0])


# ---- what is kept -----------------------------------------------------------------------------------------------


def test_points_are_kept_with_the_plane_and_read_once(empty, part, points, plane, face, picture):
    assert points.character_of(plane) is None
    points.keep_points(empty.context.scene, plane, face())
    character = points.character_of(plane)
    assert character is points.character_of(plane), "nothing is parsed again until something changes"
    assert character.points.tolist() == face().points.tolist()
    assert (character.picture, character.picture_hash) == (picture.name, part("core.character").file_hash(picture))
    with pytest.raises(ValueError, match="read-only"):
        character.points[0] = 3
    points.keep_points(empty.context.scene, plane, face(6))
    assert first(points, plane) == 6
    plane["faceshot_character"] = "{"
    assert points.character_of(plane) is None
    with pytest.raises(part("core.errors").FaceShotError, match="Cannot read the card of 'Held'"):
        part("faceshot_blender.scene.cards").card_of(plane)


def test_points_survive_saving_copying_and_undo(empty, points, plane, face, tmp_path):
    empty.context.preferences.edit.use_global_undo = True
    points.keep_points(empty.context.scene, plane, face())
    copy = plane.copy()
    empty.context.scene.collection.objects.link(copy)
    points.keep_points(empty.context.scene, copy, face(7))
    copy.name = "Copy"
    assert (first(points, plane), first(points, copy)) == (5, 7)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    empty.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    assert [first(points, empty.data.objects[name]) for name in ("Held", "Copy")] == [5, 7]
    empty.ops.ed.undo_push(message="before")
    points.keep_points(empty.context.scene, empty.data.objects["Held"], face(9))
    empty.ops.ed.undo_push(message="after")
    empty.ops.ed.undo()
    assert first(points, empty.data.objects["Held"]) == 5
    empty.ops.ed.redo()
    assert first(points, empty.data.objects["Held"]) == 9


@pytest.mark.parametrize("how", ["append", "link"])
@pytest.mark.parametrize("with_card", [True, False], ids=["own points", "none there"])
def test_points_go_into_other_files(empty, part, points, plane, face, tmp_path, how, with_card):
    if with_card:
        points.keep_points(empty.context.scene, plane, face())
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=how == "link") as (_, target):
        target.objects = ["Held"]
    (brought,) = target.objects
    empty.context.scene.collection.objects.link(brought)
    assert first(points, brought) == (5 if with_card else None)
    if how == "link":
        with pytest.raises(part("core.errors").FaceShotError, match=r"linked from library.blend: make a library over"):
            points.keep_points(empty.context.scene, brought, face(8))
        assert first(points, brought) == (5 if with_card else None)
        brought = brought.override_create(remap_local_usages=True)
    points.keep_points(empty.context.scene, brought, face(8))
    brought.name = "Here"
    for _ in range(2):
        empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
        empty.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
        assert first(points, empty.data.objects["Here"]) == 8


# ---- where they are ---------------------------------------------------------------------------------------------


def agrees(on_plane, pixels=((0, 0), (W, H), (13.25, 40.5), (-30, 70)), *, exact=1e-4):
    """Whether rays at the places of pixels meet them again, from both sides and straight or slanted."""
    places = on_plane.world(np.array(pixels, float))
    normal = np.cross(*on_plane.steps[:2])
    normal /= np.linalg.norm(normal)
    for way in (normal, -normal, normal + 0.6 * on_plane.steps[0] / np.linalg.norm(on_plane.steps[0])):
        for pixel, place in zip(pixels, places, strict=True):
            assert on_plane.pixel(place - 3 * way, way) == pytest.approx(pixel, abs=exact)
            assert on_plane.pixel(place + 3 * way, way) is None or on_plane.triangles, "it is behind"
    return places


def test_an_upright_plane_of_ours(plane, on):
    places = agrees(on(plane), exact=1e-5)
    width, height = W / H, 1
    np.testing.assert_allclose(places[0], (-width / 2, 0, height / 2), atol=1e-6)
    np.testing.assert_allclose(places[1], (width / 2, 0, -height / 2), atol=1e-6)
    assert on(plane).triangles is None
    assert on(plane).pixel((0, -1, 0), (1, 0, 0)) is None, "along it"
    assert on(plane) is on(plane), "kept until something changes"
    before = on(plane)
    plane.location.x = 0.5
    assert on(plane) is not before


def test_any_transform_and_parent(empty, plane, on):
    parent = empty.data.objects.new("Parent", None)
    empty.context.scene.collection.objects.link(parent)
    parent.rotation_euler, parent.scale, parent.location = (0.3, -1, 2), (2, 0.5, -1.5), (4, 5, 6)
    plane.parent = parent
    plane.rotation_euler, plane.scale, plane.location = (1, 0.2, 0.1), (-1, 2, 0.3), (0.1, -3, 2)
    agrees(on(plane))
    local = np.array([(-2 / 3, 0.5, 0, 1), (2 / 3, -0.5, 0, 1)])
    expected = (local @ np.array(plane.matrix_world).T)[:, :3]
    np.testing.assert_allclose(on(plane).world([(0, 0), (W, H)]), expected, atol=1e-5)


def set_uvs(plane, change):
    for loop in plane.data.uv_layers[0].data:
        loop.uv = change(*loop.uv)


@pytest.mark.parametrize(
    "change",
    [
        lambda u, v: (1 - u, v),
        lambda u, v: (u, 1 - v),
        lambda u, v: (v, u),
        lambda u, v: (0.25 + u / 2, 0.1 + v * 0.3),
        lambda u, v: (3 * u - 1, 2 * v),
        lambda u, v: (math.cos(0.4) * u - math.sin(0.4) * v, math.sin(0.4) * u + math.cos(0.4) * v),
    ],
    ids=["flipped", "upside down", "turned", "cropped", "small", "slanted"],
)
def test_uvs_of_all_kinds(plane, on, change):
    set_uvs(plane, change)
    agrees(on(plane))
    assert on(plane).triangles is None
    corner = (-2 / 3, 0, -0.5)  # u, v of the first loop were 0, 0
    u, v = change(0, 0)
    np.testing.assert_allclose(on(plane).world([(u * W, (1 - v) * H)])[0], corner, atol=1e-5)


def test_another_tile_shows_the_same_picture(part, plane, on):
    node = part("faceshot_blender.scene.plane").image_of(plane).node
    node.extension = "REPEAT"
    set_uvs(plane, lambda u, v: (u + 5, v - 2))
    np.testing.assert_allclose(on(plane).world([(0, 0)])[0], (-2 / 3, 0, 0.5), atol=1e-5)


def test_only_the_faces_with_the_picture_count(empty, part, plane, on):
    """A box with the picture on one side, and many triangles there."""
    import bmesh

    mesh = bmesh.new()
    mesh.from_mesh(plane.data)
    bmesh.ops.subdivide_edges(mesh, edges=mesh.edges, cuts=3, use_grid_fill=True)
    geometry = bmesh.ops.extrude_face_region(mesh, geom=mesh.faces[:])["geom"]
    moved = [each for each in geometry if isinstance(each, bmesh.types.BMVert)]
    bmesh.ops.translate(mesh, verts=moved, vec=(0.1, 0.2, 0.7))
    side = {face for face in mesh.faces if all(vertex in set(moved) for vertex in face.verts)}
    for each in mesh.faces:
        each.material_index = 0 if each in side else 1
    mesh.to_mesh(plane.data)
    mesh.free()
    plane.data.materials.append(empty.data.materials.new("Other"))
    places = agrees(on(plane))
    assert on(plane).triangles is None
    np.testing.assert_allclose(places[0], (-2 / 3 + 0.1, -0.7, 0.7), atol=1e-5)


def test_a_bent_plane(empty, plane, on):
    """Half of it folded towards the viewer: exact on both halves, and a flat continuation beyond."""
    import bmesh

    mesh = bmesh.new()
    mesh.from_mesh(plane.data)
    bmesh.ops.subdivide_edges(mesh, edges=mesh.edges, cuts=1, use_grid_fill=True)
    for vertex in mesh.verts:
        if vertex.co.x > 0.1:
            vertex.co.z = 0.5
    mesh.to_mesh(plane.data)
    mesh.free()
    lying = on(plane)
    assert lying.triangles is not None
    np.testing.assert_allclose(
        lying.world([(0, 0), (W / 2, H / 2), (W * 0.75, H / 2), (W, H)]),
        [(-2 / 3, 0, 0.5), (0, 0, 0), (1 / 3, -0.25, 0), (2 / 3, -0.5, -0.5)],
        atol=1e-5,
    )
    assert lying.pixel((1 / 3, -5, 0), (0, 1, 0)) == pytest.approx((W * 0.75, H / 2), abs=1e-3)
    assert lying.pixel((-1 / 3, -5, 0.2), (0, 1, 0)) == pytest.approx((W / 4, H * 0.3), abs=1e-3)
    beyond = lying.pixel((0, -5, 3), (0, 1, 0))
    assert beyond is not None
    assert beyond[1] < 0
    assert lying.pixel((0, 5, 3), (0, 1, 0)) is None


def test_modifiers_count(empty, plane, on):
    before = on(plane).world([(0, 0)])[0]
    modifier = plane.modifiers.new("Array", "SIMPLE_DEFORM")
    modifier.deform_method, modifier.deform_axis, modifier.factor = "STRETCH", "X", 1.0
    after = on(plane).world([(0, 0)])[0]
    assert np.abs(after - before).max() > 0.1
    agrees(on(plane))


@pytest.mark.parametrize("wrong", ["no uvs", "no area", "flat", "nodes"])
def test_a_picture_that_is_nowhere_is_told(empty, part, plane, on, wrong):
    mesh = plane.data
    found = part("faceshot_blender.scene.plane").image_of(plane)
    if wrong == "no uvs":
        mesh.uv_layers.remove(mesh.uv_layers[0])
    elif wrong == "no area":
        set_uvs(plane, lambda u, v: (u, u))
    elif wrong == "flat":
        plane.scale.x = 0
    else:
        nodes = found.material.node_tree.nodes
        found.material.node_tree.links.new(
            nodes.new("ShaderNodeVectorMath").outputs["Vector"], found.node.inputs["Vector"]
        )
    with pytest.raises(part("core.errors").FaceShotError, match="'Held' cannot be told") as caught:
        on(plane)
    assert caught.value.hint


def test_the_uv_map_that_the_material_names_counts(empty, part, plane, on):
    found = part("faceshot_blender.scene.plane").image_of(plane)
    other = plane.data.uv_layers.new(name="Other")
    for loop in other.data:
        loop.uv = (1 - loop.uv[0], loop.uv[1])
    tree = found.material.node_tree
    named = tree.nodes.new("ShaderNodeUVMap")
    named.uv_map = "Other"
    tree.links.new(named.outputs["UV"], found.node.inputs["Vector"])
    np.testing.assert_allclose(on(plane).world([(0, 0)])[0], (2 / 3, 0, 0.5), atol=1e-5)
    tree.links.new(tree.nodes.new("ShaderNodeTexCoord").outputs["UV"], found.node.inputs["Vector"])
    np.testing.assert_allclose(on(plane).world([(0, 0)])[0], (-2 / 3, 0, 0.5), atol=1e-5)


def test_pixels_are_as_the_plane_is_rendered(empty, part, render, points, tmp_path):
    """A white pixel of the picture is seen where `world` says."""
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", W / H
    camera.location, camera.rotation_euler = (0, -3, 0), (math.pi / 2, 0, 0)
    scene = empty.context.scene
    scene.collection.objects.link(camera)
    scene.camera = camera
    pixels = np.zeros((H, W, 3), np.uint8)
    pixels[10:14, 20:24] = 255
    path = tmp_path / "dot.png"
    path.write_bytes(part("faceshot_blender.scene.pixels").png_bytes(pixels))
    planes = part("faceshot_blender.scene.plane")
    plane = planes.make_plane(scene, path, name="Dot")
    empty.context.view_layer.update()
    place = points.PictureOnPlane.of(planes.image_of(plane)).world([(22, 12)])[0]
    rendered = render(scene, 1)[..., 0]
    rows, columns = np.nonzero(rendered > 0.5)
    seen = (columns.mean() + 0.5, rows.mean() + 0.5)
    expected = ((place[0] / (W / H) + 0.5) * W, (0.5 - place[2]) * H)
    assert seen == pytest.approx(expected, abs=0.6)


def test_points_of_a_face_lie_where_they_are_seen(plane, on, face):
    character = dataclasses.replace(face(), iris=None)
    places = on(plane).world(character.points)
    assert places.shape == (68, 3)
    assert np.abs(places[:, 1]).max() < 1e-6
