# SPDX-License-Identifier: GPL-3.0-or-later
"""The character's picture found on planes of all sorts, or refused in words."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def planes(part):
    return part("faceshot_blender.scene.plane")


@pytest.fixture
def error(part):
    return part("core.errors").FaceShotError


@pytest.fixture
def on_plane(empty, planes, picture):
    """on_plane(image) makes a plane named "Held" that shows the image, and finds it."""

    def make(image=None):
        plane = planes.make_plane(empty.context.scene, picture, name="Held")
        found = planes.image_of(plane)
        if image is not None:
            found.node.image = image
        return planes.find_plane(empty.context.scene, "Held")

    return make


def read(bpy, path):
    image = bpy.data.images.load(str(path))
    values = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return values.reshape(-1, 4)


def test_made_plane_has_the_pictures_aspect_and_faces_the_front(empty, on_plane):
    found = on_plane()
    empty.context.view_layer.update()
    assert found.plane.dimensions[:2] == pytest.approx((64 / 48, 1))
    normal = found.plane.matrix_world.to_3x3() @ found.plane.data.polygons[0].normal
    assert tuple(normal) == pytest.approx((0, -1, 0), abs=1e-6)


def test_made_plane_shows_the_picture_the_right_way_up(empty, part, planes, render, tmp_path):
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:24, :32, 0] = 255
    pixels[24:, 32:, 1] = 255
    (tmp_path / "corners.png").write_bytes(part("faceshot_blender.scene.pixels").png_bytes(pixels))
    scene = empty.context.scene
    planes.make_plane(scene, tmp_path / "corners.png")
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 64 / 48
    camera.location, camera.rotation_euler = (0, -3, 0), (np.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    assert render(scene, 1)[[12, 36], [16, 48]] == pytest.approx(np.array([[1, 0, 0], [0, 1, 0]]), abs=0.01)


def test_file_is_used_as_it_is(planes, on_plane, picture, tmp_path):
    assert planes.picture_of(on_plane(), tmp_path / "out") == picture
    assert not (tmp_path / "out").exists()


def test_packed_image_is_unpacked_beside_and_stays_packed(empty, planes, on_plane, picture, tmp_path):
    found = on_plane()
    data = picture.read_bytes()
    found.image.pack()
    picture.unlink()
    path = planes.picture_of(found, tmp_path / "out")
    assert path.read_bytes() == data
    assert found.image.packed_file is not None
    assert found.image.filepath == str(picture)


@pytest.mark.parametrize("floats", [False, True])
def test_generated_image_is_written_with_the_colours_on_display(empty, planes, on_plane, tmp_path, floats):
    image = empty.data.images.new("made: up", 5, 3, alpha=True, float_buffer=floats)
    linear = np.linspace(0, 1, 5 * 3 * 4, dtype=np.float32).reshape(3, 5, 4)
    linear[..., 3] = 1
    image.pixels.foreach_set(linear.ravel())
    found = on_plane(image)
    path = planes.picture_of(found, tmp_path / "out")
    assert path.name == "made_ up.png"
    assert path.read_bytes()[24] == (16 if floats else 8), "bits of each sample"
    shown = linear.copy()
    if floats:
        shown[..., :3] = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)[..., :3]
    back = empty.data.images.load(str(path))
    values = np.empty(5 * 3 * 4, np.float32)
    back.pixels.foreach_get(values)
    expected = linear if floats else shown
    assert values.reshape(3, 5, 4) == pytest.approx(expected, abs=2e-3 if floats else 1 / 500)
    assert planes.reading_of(image).colorspace == "sRGB"
    assert image.source == "GENERATED"
    assert not image.filepath


def test_painted_on_image_is_taken_as_painted(empty, planes, on_plane, picture, tmp_path):
    found = on_plane()
    before = picture.read_bytes()
    found.image.pixels[0:4] = (1, 0, 0, 1)
    found.image.update()
    assert found.image.is_dirty
    path = planes.picture_of(found, tmp_path / "out")
    assert path.parent == tmp_path / "out"
    assert read(empty, path)[0] == pytest.approx((1, 0, 0, 1))
    assert picture.read_bytes() == before


def test_other_formats_go_through_blenders_reader(empty, planes, on_plane, tmp_path):
    image = empty.data.images.new("x", 4, 4, float_buffer=True)
    image.pixels.foreach_set(np.full(64, 0.5, np.float32))
    image.filepath_raw, image.file_format = str(tmp_path / "x.exr"), "OPEN_EXR"
    image.save()
    found = on_plane(empty.data.images.load(str(tmp_path / "x.exr")))
    path = planes.picture_of(found, tmp_path / "out")
    assert path.suffix == ".png"
    assert planes.reading_of(found.image).colorspace == "sRGB"


def test_no_such_object_names_the_planes(empty, planes, on_plane, error):
    on_plane()
    with pytest.raises(error, match=r"no object named 'Hold'.*'Held'"):
        planes.find_plane(empty.context.scene, "Hold")


def test_refusals_say_what_to_do(empty, planes, on_plane, error, picture, tmp_path):
    scene = empty.context.scene
    for name, data in (("Bare", empty.data.meshes.new("Bare")), ("Picture", None)):
        scene.collection.objects.link(empty.data.objects.new(name, data))
    empty.data.objects["Picture"].empty_display_type = "IMAGE"
    with pytest.raises(error, match=r"has no picture.*Add > Image"):
        planes.find_plane(scene, "Bare")
    with pytest.raises(error, match="image empty"):
        planes.find_plane(scene, "Picture")
    found = on_plane()
    for source, words in (("MOVIE", "a movie"), ("SEQUENCE", "an image sequence"), ("TILED", "kind tiled")):
        image = empty.data.images.new("x", 4, 4)
        image.source = source
        found.node.image = image
        with pytest.raises(error, match=words):
            planes.picture_of(planes.find_plane(scene, "Held"), tmp_path)


def test_missing_file_is_told_with_its_path(planes, on_plane, error, picture, tmp_path):
    found = on_plane()
    picture.unlink()
    with pytest.raises(error, match=f"is missing: {picture}") as caught:
        planes.picture_of(found, tmp_path)
    assert caught.value.code.slug == "input-missing"


def test_text_in_a_png_is_refused(empty, planes, on_plane, error, tmp_path):
    (tmp_path / "text.png").write_text("I am no picture")
    with pytest.raises(error, match="cannot read"):
        planes.load_image(tmp_path / "text.png")
    assert "text.png" not in empty.data.images


def test_picture_beside_an_alpha_mask_and_a_normal_map_is_found(empty, planes, on_plane, picture):
    found = on_plane()
    tree = found.material.node_tree
    for name in ("mask", "bumps"):
        node = tree.nodes.new("ShaderNodeTexImage")
        node.image = empty.data.images.new(name, 4, 4)
        node.name = f"A {name}"
    mix = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeMixShader")
    tree.links.new(tree.nodes["A mask"].outputs["Color"], mix.inputs[0])
    tree.nodes.active = tree.nodes["A mask"]
    assert planes.find_plane(empty.context.scene, "Held").image.name == picture.name


def test_linked_plane_is_refused(empty, planes, on_plane, error, tmp_path):
    on_plane()
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.objects = ["Held"]
    empty.context.scene.collection.objects.link(target.objects[0])
    with pytest.raises(error, match="linked from"):
        planes.find_plane(empty.context.scene, "Held")
