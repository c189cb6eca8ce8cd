# SPDX-License-Identifier: GPL-3.0-or-later
"""A finished take put into scenes: what plays when, what is restored, what a render shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def scenes(part):
    return part("faceshot_blender.scene.assemble")


@pytest.fixture
def load(part):
    return part("faceshot_blender.results").AnimateResult.load


@pytest.fixture
def put(empty, scenes, load, make_take):
    """put(...) assembles a made-up take into the current scene, with a camera that sees just the plane."""

    def put(*, start=None, plane="", take=None, **settings):
        result = load(take or make_take(**settings))
        scene = empty.context.scene
        done = scenes.assemble(scene, result, plane=plane, start=start)
        if scene.camera is None:
            camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
            camera.data.type, camera.data.ortho_scale = "ORTHO", 64 / 48
            camera.location, camera.rotation_euler = (0, -3, 0), (np.pi / 2, 0, 0)
            scene.collection.objects.link(camera)
            scene.camera = camera
        return done

    return put


def plane_of(bpy, done):
    return bpy.data.objects[done.plane]


def texture_of(plane):
    tree = plane.material_slots[0].material.node_tree
    return next(node for node in tree.nodes if node.bl_idname == "ShaderNodeTexImage")


def test_frames_play_on_a_new_plane(empty, put):
    done = put(start=11)
    node = texture_of(plane_of(empty, done))
    user = node.image_user
    assert node.image.source == "SEQUENCE"
    assert (user.frame_start, user.frame_offset, user.frame_duration) == (11, 0, 12)
    assert user.use_auto_refresh
    assert not user.use_cyclic
    assert (done.start, done.end) == (11, 22)


def test_a_render_with_strips_shows_the_3d_scene_and_its_frame(empty, put, render, frame_colour):
    put(start=5)
    scene = empty.context.scene
    assert scene.sequence_editor is not None, "the sound strip is there"
    cube = empty.data.objects.new("Cube", empty.data.meshes.new("Cube"))
    cube.data.from_pydata([(-0.2, -1, -0.2), (0.2, -1, -0.2), (0.2, -1, 0.2), (-0.2, -1, 0.2)], [], [(0, 1, 2, 3)])
    cube.data.materials.append(empty.data.materials.new("White"))
    scene.collection.objects.link(cube)
    for frame, number in ((5, 1), (6, 2), (10, 6), (16, 12)):
        shown = render(scene, frame)
        assert shown[4, 4] == pytest.approx(frame_colour(number), abs=0.01), f"scene frame {frame}"
        assert shown[24, 32] != pytest.approx(frame_colour(number), abs=0.05), "the cube stands before the plane"


def test_before_and_after_the_take_its_ends_are_held(empty, put, render, frame_colour):
    put(start=5)
    assert render(empty.context.scene, 1)[4, 4] == pytest.approx(frame_colour(1), abs=0.01)
    assert render(empty.context.scene, 40)[4, 4] == pytest.approx(frame_colour(12), abs=0.01)


def test_the_edit_scene_shows_the_same_frames(empty, put, render, frame_colour):
    scene = empty.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.001
    done = put(start=5, fps=30 / 1.001)
    edit = empty.data.scenes[done.edit_scene]
    assert edit.name == f"{scene.name} Edit"
    assert (edit.render.fps, edit.render.fps_base) == (30, pytest.approx(1.001))
    assert (edit.render.resolution_x, edit.render.resolution_y) == (64, 48)
    assert (edit.frame_start, edit.frame_end) == (5, 16)
    for frame, number in ((5, 1), (9, 5), (16, 12)):
        assert render(edit, frame)[24, 32] == pytest.approx(frame_colour(number), abs=0.01)
    assert all("no sound support" in warning for warning in done.warnings)


def test_the_users_view_transform_and_range_stay(empty, put):
    scene = empty.context.scene
    scene.view_settings.view_transform = "AgX"
    before = (scene.frame_start, scene.frame_end, scene.render.fps, scene.render.resolution_x)
    put()
    assert scene.view_settings.view_transform == "AgX"
    assert before == (scene.frame_start, scene.frame_end, scene.render.fps, scene.render.resolution_x)


def test_another_rate_and_a_longer_take_are_told(empty, put):
    scene = empty.context.scene
    scene.frame_end = 9
    scene.render.frame_map_new = 200
    words = " ".join(put(fps=30).warnings)
    assert "30 frames/s" in words
    assert "ends at frame 10" in words
    assert "stretches time" in words


@pytest.mark.parametrize("shared_mesh", [False, True])
@pytest.mark.parametrize("shader", ["PRINCIPLED", "SHADELESS", "EMISSION"])
def test_original_comes_back_on_blenders_own_planes(empty, part, put, dump, picture, shader, shared_mesh):
    empty.ops.image.import_as_mesh_planes(files=[{"name": picture.name}], directory=str(picture.parent), shader=shader)
    plane = empty.context.object
    plane.name = "Käte"
    other = plane.copy()
    if shared_mesh:
        empty.context.scene.collection.objects.link(other)
    else:
        plane.material_slots[0].link = "OBJECT"
        plane.material_slots[0].material = plane.data.materials[0]
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    empty.context.scene.collection.objects.link(camera)
    empty.context.scene.camera = camera
    before = dump()
    done = put(plane="Käte")
    node = texture_of(plane)
    assert node.image.source == "SEQUENCE"
    assert node.image.colorspace_settings.name == empty.data.images[picture.name].colorspace_settings.name
    assert node.image.alpha_mode == empty.data.images[picture.name].alpha_mode
    if shared_mesh:
        assert texture_of(other).image.source == "FILE", "another user of the mesh is left alone"
    assert plane["faceshot_character"] == "{}"
    put(plane="Käte", take=Path(empty.path.abspath(node.image.filepath)).parents[1])
    assert part("faceshot_blender.scene.plane").image_of(plane).image.name == picture.name
    assert part("faceshot_blender.scene.look").restore_original(plane)
    assert dump()["looks"] == before["looks"]
    part("faceshot_blender.scene.made").remove_made_data()
    assert dump() == before
    assert done.plane == "Käte"


def test_removing_leaves_nothing(empty, part, put, dump, scenes):
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    empty.context.scene.collection.objects.link(camera)
    empty.context.scene.camera = camera
    before = dump()
    put()
    assert dump() != before
    assert part("faceshot_blender.scene.made").remove_made_data() > 0
    assert dump() == before


def test_what_the_user_added_to_the_edit_scene_stays(empty, part, put):
    done = put()
    edit = empty.data.scenes[done.edit_scene]
    strips = part("faceshot_blender.compat").strips_of(edit.sequence_editor)
    strips.new_effect(name="Mine", type="COLOR", channel=9, frame_start=1, **_length(empty, 20))
    part("faceshot_blender.scene.made").remove_made_data()
    assert [strip.name for strip in strips] == ["Mine"]
    assert not part("faceshot_blender.scene.made").kind_of(edit)


def _length(bpy, frames):
    return {"length": frames} if bpy.app.version >= (5, 0, 0) else {"frame_end": frames}


def test_a_second_take_mutes_the_first(empty, part, put):
    first = put(name="Auftritt 1")
    done = put(name="Auftritt 2", plane=first.plane)
    compat = part("faceshot_blender.compat")
    for name in (empty.context.scene.name, done.edit_scene):
        for kind in ("sound", "frames"):
            muted = [
                strip.mute
                for strip in compat.all_strips_of(empty.data.scenes[name])
                if part("faceshot_blender.scene.made").kind_of(strip) == kind
            ]
            assert sorted(muted) in ([], [False, True])
    assert len([scene for scene in empty.data.scenes if "Edit" in scene.name]) == 1


def test_paths_are_relative_and_follow_the_blend(empty, part, put, tmp_path):
    first, second = tmp_path / "Szene ä.blend", tmp_path / "ab lage" / "neu.blend"
    second.parent.mkdir()
    empty.ops.wm.save_as_mainfile(filepath=str(first))
    done = put()
    paths = [image.filepath for image in empty.data.images if image.source == "SEQUENCE"]
    paths += [sound.filepath for sound in empty.data.sounds]
    assert paths
    assert all(path.startswith("//") for path in paths), paths
    empty.ops.wm.save_as_mainfile(filepath=str(second), copy=True, relative_remap=True)
    empty.ops.wm.open_mainfile(filepath=str(second))
    paths = [image.filepath for image in empty.data.images] + [sound.filepath for sound in empty.data.sounds]
    edit = empty.data.scenes[done.edit_scene]
    paths += [
        strip.directory for strip in part("faceshot_blender.compat").all_strips_of(edit) if hasattr(strip, "directory")
    ]
    for path in paths:
        assert path.startswith("//")
        assert Path(empty.path.abspath(path)).exists(), path


def test_original_survives_saving_and_loading(empty, part, put, tmp_path, picture):
    empty.ops.image.import_as_mesh_planes(files=[{"name": picture.name}], directory=str(picture.parent))
    name = empty.context.object.name
    empty.context.object.material_slots[0].link = "OBJECT"
    empty.context.object.material_slots[0].material = empty.data.materials[0]
    empty.context.object.data.materials[0] = None
    put(plane=name)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    empty.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    plane = empty.data.objects[name]
    assert texture_of(plane).image.source == "SEQUENCE"
    assert part("faceshot_blender.scene.look").restore_original(plane)
    assert texture_of(plane).image.name == picture.name


def test_failure_half_way_leaves_nothing(empty, part, put, dump, scenes, monkeypatch, make_take):
    first = put(name="first")
    before = dump()
    monkeypatch.setattr(scenes, "show_frames", lambda *rest, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put(take=make_take("second"), plane=first.plane)
    assert dump() == before
    strips = [strip for scene in empty.data.scenes for strip in part("faceshot_blender.compat").all_strips_of(scene)]
    assert not any(strip.mute for strip in strips)


def test_no_sound_in_this_build_is_a_warning(empty, part, put, monkeypatch):
    empty.context.scene.sequence_editor_clear()
    monkeypatch.setattr(part("faceshot_blender.compat"), "new_sound_strip", lambda *rest, **more: None)
    assert "no sound support" in " ".join(put().warnings)
    assert empty.context.scene.sequence_editor is None


def test_own_shot_fits_the_take(empty, scenes, load, make_take, render, frame_colour):
    scene = empty.context.scene
    result = load(make_take(fps=24 / 1.001))
    scenes.own_shot(scene, result)
    scenes.assemble(scene, result)
    assert (scene.render.fps, scene.render.fps_base) == (24, pytest.approx(1.001))
    assert (scene.frame_start, scene.frame_end) == (1, 12)
    shown = render(scene, 3)
    assert shown[[1, 1, -2, -2], [1, -2, 1, -2]] == pytest.approx(np.array([frame_colour(3)] * 4), abs=0.01)


@pytest.mark.parametrize("fps", [23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60, 12.5, 1, 24000 / 1001])
def test_any_rate_becomes_the_scenes(empty, scenes, fps):
    scenes.set_scene_fps(empty.context.scene, fps)
    assert scenes.scene_fps(empty.context.scene) == pytest.approx(fps, rel=2e-5)
