# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo and redo leave the scene as it was; shots go from file to file whole."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def shot(empty, part, picture, make_take):
    """An undo history with the user's plane "Held", active; gives the take's folder."""
    empty.context.preferences.edit.use_global_undo = True
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    folder = make_take()
    empty.ops.ed.undo_push(message="Before")
    return folder


@pytest.fixture
def whole(empty, part, dump):
    """Names, looks, notes and markers, and each strip with its place."""
    compat = part("faceshot_blender.compat")

    def take():
        strips = {
            scene.name: sorted(
                (strip.name, strip.type, strip.mute, strip.channel, compat.strip_frames(strip))
                for strip in compat.all_strips_of(scene)
            )
            for scene in empty.data.scenes
        }
        return dump() | {"strips": strips}

    return take


def steps(folder):
    return [
        ("import_result", {"filepath": str(folder)}),
        ("switch_frames", {"look": "original"}),
        ("switch_frames", {"look": "proxy"}),
        ("restore_original", {}),
        ("import_result", {"filepath": str(folder), "new_plane": True}),
        ("remove_data", {}),
    ]


def test_each_operator_is_one_step_back_and_forth(empty, shot, whole):
    for name, more in steps(shot):
        before = whole()
        # True: with an undo step, as from the window
        assert getattr(empty.ops.faceshot, name)("EXEC_DEFAULT", True, **more) == {"FINISHED"}, name
        after = whole()
        assert after != before, name
        empty.ops.ed.undo()
        assert whole() == before, f"undo of {name}"
        empty.ops.ed.redo()
        assert whole() == after, f"redo of {name}"


@pytest.mark.parametrize("link", [False, True], ids=["append", "link"])
def test_a_shot_goes_into_another_file(empty, part, shot, render, frame_colour, tmp_path, link):
    compat = part("faceshot_blender.compat")
    assert empty.ops.faceshot.import_result(filepath=str(shot)) == {"FINISHED"}
    for scene in empty.data.scenes:
        scene.name = f"Shot {scene.name}"
    (tmp_path / "here").mkdir()
    library = tmp_path / "here" / "shot.blend"
    empty.ops.wm.save_as_mainfile(filepath=str(library), relative_remap=True)
    names = [scene.name for scene in empty.data.scenes]
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    (tmp_path / "there" / "deep").mkdir(parents=True)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "there" / "deep" / "film.blend"))
    for name in names:
        if name not in empty.data.scenes:  # the edit scene brings its shot along
            directory = f"{library}/Scene/"
            call = empty.ops.wm.link if link else empty.ops.wm.append
            call(filepath=directory + name, directory=directory, filename=name, link=link)
    scenes = [scene for scene in empty.data.scenes if scene.name.startswith("Shot ")]
    assert len(scenes) == 2
    for scene in scenes:
        for strip in compat.all_strips_of(scene):
            path = strip.sound.filepath if strip.type == "SOUND" else strip.directory
            owner = strip.sound.library if strip.type == "SOUND" else scene.library
            assert Path(empty.path.abspath(path, library=owner)).exists(), path
    plane = next(plane for scene in scenes for plane in scene.objects if plane.name == "Held")
    image = next(
        node.image
        for node in plane.material_slots[0].material.node_tree.nodes
        if node.bl_idname == "ShaderNodeTexImage"
    )
    assert Path(empty.path.abspath(image.filepath, library=image.library)).is_file()
    if not link:
        camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
        camera.data.type, camera.data.ortho_scale = "ORTHO", 64 / 48
        camera.location, camera.rotation_euler = (0, -3, 0), (1.5707963, 0, 0)
        home = next(scene for scene in scenes if "Held" in scene.objects)
        home.collection.objects.link(camera)
        home.camera = camera
        assert render(home, 5)[4, 4] == pytest.approx(frame_colour(5), abs=0.01)
    edit = next(scene for scene in scenes if "Held" not in scene.objects)
    assert not edit.objects
