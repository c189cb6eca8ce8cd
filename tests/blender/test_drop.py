# SPDX-License-Identifier: GPL-3.0-or-later
"""Files dropped into the 3D viewport and the sequencer: as Blender hands them over, with an area and their names."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture(params=["VIEW_3D", "SEQUENCE_EDITOR"])
def area(request, empty):
    """An editor of that kind, in a new file."""
    area = max(empty.context.window.screen.areas, key=lambda each: each.width * each.height)
    area.type = request.param
    return area


@pytest.fixture
def held(empty, part, picture):
    """The plane "Held" with the picture, active."""
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    return plane


@pytest.fixture
def drop(empty, area):
    """drop(*paths) of one folder: what Blender calls, in the editor."""
    bpy = empty

    def drop(*paths, single=False):
        with bpy.context.temp_override(window=bpy.context.window, area=area):
            assert bpy.types.FACESHOT_FH_result.poll_drop(bpy.context)
            if single:
                return bpy.ops.faceshot.import_result("INVOKE_DEFAULT", filepath=str(paths[0]))
            files = [{"name": path.name} for path in paths]
            return bpy.ops.faceshot.import_result(
                "INVOKE_DEFAULT", filepath=str(paths[0]), directory=str(paths[0].parent), files=files
            )

    return drop


def looks(plane):
    return plane.material_slots[0].link


def test_it_is_offered_where_it_makes_sense(empty, area):
    bpy = empty
    handler = bpy.types.FACESHOT_FH_result
    assert handler.bl_import_operator == "faceshot.import_result"
    names = ("result.json", "Käte.character.json", "a.landmarks.npz", "a.motion.npz")
    assert all(name.endswith(tuple(handler.bl_file_extensions.split(";"))) for name in names)
    with bpy.context.temp_override(window=bpy.context.window, area=area):
        assert handler.poll_drop(bpy.context)
        area.type = "IMAGE_EDITOR"
        assert not handler.poll_drop(bpy.context)


@pytest.mark.parametrize("single", [True, False])
@pytest.mark.parametrize("name", ["result.json", "own.landmarks.npz", "own.motion.npz"])
def test_a_result_or_what_it_was_made_of(drop, held, make_take, name, single):
    folder = make_take()
    record = json.loads((folder / "result.json").read_text())
    more = {"motion": "own.motion.npz", "landmarks": "own.landmarks.npz"}
    (folder / "result.json").write_text(json.dumps(record | more))
    for data in more.values():
        (folder / data).write_bytes(b"not read for this")
    assert drop(folder / name, single=single) == {"FINISHED"}
    assert looks(held) == "OBJECT"


def test_several_of_one_result_are_one_import(empty, drop, held, make_take, card):
    folder = make_take()
    record = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(record | {"motion": "own.motion.npz"}))
    (folder / "own.motion.npz").write_bytes(b"not read for this")
    shutil.copy(card, folder / "Käte mit Hut.character.json")
    shutil.copy(held.data.materials[0].node_tree.nodes["Image Texture"].image.filepath, folder)
    files = [folder / name for name in ("own.motion.npz", "Käte mit Hut.character.json", "result.json")]
    assert drop(*files) == {"FINISHED"}
    assert looks(held) == "OBJECT"
    assert len([image for image in empty.data.images if image.source == "SEQUENCE"]) == 1


def test_one_bad_file_among_several_changes_nothing(empty, drop, held, make_take, dump):
    folder = make_take()
    (folder / "notes.json").write_text("{}")
    before = dump()
    with pytest.raises(RuntimeError, match=r"notes\.json is not a result of FaceShot"):
        drop(folder / "result.json", folder / "notes.json")
    assert dump() == before


def test_a_card_onto_a_new_plane(empty, drop, card, picture):
    assert drop(card) == {"FINISHED"}
    (plane,) = empty.context.scene.objects
    assert plane.name == picture.stem
    assert json.loads(plane["faceshot_character"])["size"] == [64, 48]


def test_a_card_finds_the_plane_of_its_picture(empty, part, drop, held, card, picture, tmp_path):
    shutil.copy(picture, tmp_path / "other.png")
    other = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, tmp_path / "other.png")
    empty.context.view_layer.objects.active = other
    assert drop(card) == {"FINISHED"}
    assert "faceshot_character" in held
    assert "faceshot_character" not in other
    empty.data.objects.remove(held)
    assert drop(card) == {"FINISHED"}
    assert sorted(plane.name for plane in empty.context.scene.objects) == sorted(["other", picture.stem])
    picture.rename(tmp_path / "lost.png")
    empty.context.view_layer.objects.active = other
    assert drop(card) == {"FINISHED"}
    assert "faceshot_character" in other, "where its picture is nowhere, the active plane is meant"


def test_motion_for_the_active_planes_character(empty, drop, held, card, tmp_path, monkeypatch):
    (tmp_path / "x.motion.npz").write_bytes(b"no archive")
    with pytest.raises(RuntimeError, match="'Held' has no character's points"):
        drop(tmp_path / "x.motion.npz")
    assert drop(card) == {"FINISHED"}
    with pytest.raises(RuntimeError, match=r"x\.motion\.npz"):
        drop(tmp_path / "x.motion.npz")
    assert looks(held) == "DATA"
