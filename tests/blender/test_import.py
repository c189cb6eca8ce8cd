# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import > FaceShot Result: what it takes, onto which plane, and the way back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def held(empty, part, picture):
    """The plane "Held" with the picture, active."""
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    return plane


@pytest.fixture
def bring(empty):
    return lambda path, **more: empty.ops.faceshot.import_result(filepath=str(path), **more)


@pytest.fixture
def render_folder(make_take):
    """A folder as `render` leaves it: frames 3 to 8 of a take at 24 frames/s."""

    def make(picture, *, numbers=range(3, 9), name="final", alone=True):
        folder = make_take("alone")
        if alone:
            (folder / "result.json").unlink()
        (folder / "proxy").rename(folder / name)
        for path in (folder / name).iterdir():
            if int(path.stem) not in numbers:
                path.unlink()
        record = {
            "format": "faceshot.render",
            "version": 1,
            "complete": True,
            "picture": {"path": str(picture)},
            "landmarks": {"frames": 12, "fps": 24.0},
            "size": [64, 48],
            "frames": {f"{number:06d}.png": "0" for number in numbers},
        }
        (folder / name / "render.json").write_text(json.dumps(record))
        return folder / name

    return make


def user_of(plane):
    tree = plane.material_slots[0].material.node_tree
    return next(node for node in tree.nodes if node.bl_idname == "ShaderNodeTexImage").image_user


@pytest.mark.parametrize("what", ["", "result.json", "own.motion.npz"])
def test_a_result_goes_onto_its_active_plane(empty, part, held, make_take, bring, what):
    folder = make_take()
    record = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(record | {"motion": "own.motion.npz"}))
    (folder / "own.motion.npz").write_bytes(b"not read for this")
    scene = empty.context.scene
    scene.frame_start = 5
    assert bring(folder / what) == {"FINISHED"}
    assert user_of(held).frame_start == 5
    assert [plane.name for plane in scene.objects] == ["Held"]
    assert {(marker.name, marker.frame) for marker in scene.timeline_markers} == {
        ("FaceShot: Held start", 5),
        ("FaceShot: Held end", 16),
    }
    strips = part("faceshot_blender.compat").all_strips_of(scene)
    assert [strip.type for strip in strips] in (["SOUND"], [])


def test_a_result_makes_its_own_plane_or_a_further_one(empty, held, make_take, bring):
    scene = empty.context.scene
    scene.frame_set(40)
    assert bring(make_take(), new_plane=True, at="CURRENT") == {"FINISHED"}
    assert len(scene.objects) == 2
    (made,) = [plane for plane in scene.objects if plane.name != "Held"]
    assert user_of(made).frame_start == 40
    assert held.material_slots[0].link == "DATA"


def test_a_plane_with_another_picture_is_left_alone(empty, part, held, make_take, bring, tmp_path, picture):
    other = tmp_path / "other.png"
    shutil.copy(picture, other)
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, other)
    empty.context.view_layer.objects.active = plane
    assert bring(make_take()) == {"FINISHED"}
    assert plane.material_slots[0].link == "DATA"
    assert held.material_slots[0].link == "OBJECT"
    assert bring(make_take("two"), plane=plane.name) == {"FINISHED"}
    assert plane.material_slots[0].link == "OBJECT"


def test_into_the_edit_scene_means_into_its_shot(empty, held, make_take, bring):
    assert bring(make_take()) == {"FINISHED"}
    scene = empty.context.scene
    empty.context.window.scene = empty.data.scenes[f"{scene.name} Edit"]
    assert bring(make_take("two")) == {"FINISHED"}
    assert len(empty.data.scenes) == 2
    assert [plane.name for plane in scene.objects] == ["Held"]


def test_a_render_folder_plays_from_its_first_frame_on(empty, held, picture, render_folder, bring):
    assert bring(render_folder(picture)) == {"FINISHED"}
    user = user_of(held)
    assert (user.frame_start, user.frame_duration) == (3, 6)
    assert (
        Path(empty.path.abspath(next(i for i in empty.data.images if i.source == "SEQUENCE").filepath)).stem == "000003"
    )


def test_a_render_folder_in_a_take_has_its_sound(empty, part, held, picture, make_take, render_folder, bring):
    folder = render_folder(picture, name="final", alone=False)
    shutil.copytree(folder, folder.with_name("proxy"))
    for number in range(1, 13):
        shutil.copy(folder / "000003.png", folder.with_name("proxy") / f"{number:06d}.png")
    found = part("faceshot_blender.incoming").look_at(folder / "render.json")
    assert (found.backend, found.sound, len(found.files)) == ("final", folder.parent / "sound.wav", 6)


def test_a_card_goes_onto_the_active_plane(empty, held, card, bring):
    assert bring(card) == {"FINISHED"}
    assert json.loads(held["faceshot_character"])["size"] == [64, 48]


def test_a_card_makes_a_plane_of_its_picture(empty, card, bring, picture):
    assert bring(card) == {"FINISHED"}
    (plane,) = empty.context.scene.objects
    assert plane.name == picture.stem
    assert "faceshot_character" in plane


def test_refusals_say_what_is_missing_and_change_nothing(
    empty, part, held, card, picture, render_folder, bring, dump, tmp_path
):
    big = tmp_path / "big.png"
    big.write_bytes(part("faceshot_blender.scene.pixels").png_bytes(np.zeros((9, 9, 3), np.uint8)))
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, big)
    gap = render_folder(picture, numbers=(3, 4, 6), name="gap")
    (tmp_path / "any.json").write_text("{}")
    facts = json.loads(card.read_text())
    (tmp_path / "lost.character.json").write_text(json.dumps(facts | {"picture": "nowhere.png"}))
    (tmp_path / "x.landmarks.npz").write_bytes(b"")
    (tmp_path / "bad.character.json").write_text("[]")
    small = tmp_path / "big.character.json"
    small.write_text(json.dumps(facts | {"picture": "big.png"}))
    before = dump()
    for path, more, words in (
        (tmp_path / "nothing", {}, "nothing at"),
        (tmp_path, {}, "no result of FaceShot in"),
        (tmp_path / "any.json", {}, "not a result of FaceShot"),
        (gap, {}, "000005.png is missing"),
        (card, {"plane": plane.name}, "64 x 48"),
        (card, {"plane": "Nobody"}, "no object named 'Nobody'"),
        (tmp_path / "lost.character.json", {"new_plane": True}, "picture of lost.character.json"),
        (small, {"new_plane": True}, "9 x 9"),
        (tmp_path / "bad.character.json", {}, "no character card"),
        (tmp_path / "x.landmarks.npz", {}, "has no character's points"),
    ):
        with pytest.raises(RuntimeError, match=words):
            bring(path, **more)
        assert dump() == before, path


def test_the_menu_entry_comes_and_goes(extension):
    import bpy

    def entries():
        return [draw for draw in bpy.types.TOPBAR_MT_file_import._dyn_ui_initialize() if "faceshot" in draw.__module__]

    assert len(entries()) == 1
    extension.unregister()
    assert entries() == []
    extension.register()
    assert len(entries()) == 1


def test_motion_without_frames_is_rendered_for_the_planes_character(
    empty, part, held, card, bring, fake_engine, make_take, monkeypatch, tmp_path
):
    sequence = part("core.landmarks").LandmarkSequence
    points = part("core.character").Character.load(card).points
    meta = {"retarget": {}}
    path = tmp_path / "act.landmarks.npz"
    times = np.arange(6) / 12
    sequence(points=np.repeat(points[None], 6, 0), size=(64, 48), fps=12.0, time=times, meta=meta).save(path)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with pytest.raises(RuntimeError, match="has no character's points"):
        bring(path)
    bring(card)
    rendered = tmp_path / "faceshot" / "Held" / "act"
    setup = fake_engine("good")

    class Made(part("faceshot_blender.job").Job):
        """The made-up engine answers and makes nothing: the frames come from a take that is there."""

        def step(self):
            status = super().step()
            if status.state.ended and not Path(self.arguments["output"]).exists():
                shutil.copytree(make_take("any") / "proxy", self.arguments["output"])
                Path(self._record["path"]).write_text(json.dumps(self._record["content"]))
            return status

    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    monkeypatch.setattr(part("faceshot_blender.job"), "Job", Made)
    assert bring(path) == {"FINISHED"}, "12 frames/s for half a second are 12 frames of the scene"
    record = json.loads((rendered / "result.json").read_text())
    assert (record["frame_count"], record["fps"]) == (12, 24.0)
    assert len(sequence.load(rendered / record["landmarks"])) == 12
    assert held.material_slots[0].link == "OBJECT"
    assert user_of(held).frame_duration == 12


def test_motion_with_no_plane_is_told(empty, bring, tmp_path):
    (tmp_path / "x.motion.npz").write_bytes(b"")
    with pytest.raises(RuntimeError, match="no plane is active"):
        bring(tmp_path / "x.motion.npz")
