# SPDX-License-Identifier: GPL-3.0-or-later
"""Planes that come from another file: overridden, or made of linked parts."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def linked(empty, part, picture, tmp_path):
    """The object "Held" linked from another blend into the current, saved one."""
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    for block in part("faceshot_blender.scene.made").made_blocks():
        del block["faceshot"]
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.objects = ["Held"]
    empty.context.scene.collection.objects.link(target.objects[0])
    return target.objects[0]


@pytest.fixture(params=["override", "local object of linked mesh"])
def plane(request, empty, linked):
    if request.param == "override":
        plane = linked.override_create(remap_local_usages=True)
    else:
        plane = linked.copy()
        empty.context.scene.collection.objects.link(plane)
        empty.context.scene.collection.objects.unlink(linked)
    plane.name = "Held here"
    return plane


def test_frames_and_back(empty, part, plane, make_take, tmp_path):
    scene = empty.context.scene
    result = part("faceshot_blender.results").AnimateResult.load(make_take())
    before = [(slot.link, slot.material.name) for slot in plane.material_slots]
    part("faceshot_blender.scene.assemble").assemble(scene, result, plane="Held here")
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    empty.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    plane = empty.data.objects["Held here"]
    material = plane.material_slots[0].material
    assert material.library is None
    assert [node.image.source for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeTexImage"] == [
        "SEQUENCE"
    ]
    assert part("faceshot_blender.scene.look").restore_original(plane)
    assert [(slot.link, slot.material.name) for slot in plane.material_slots] == before


def test_picture_of_a_linked_plane_is_found_from_its_own_file(part, empty, plane, picture, tmp_path):
    planes = part("faceshot_blender.scene.plane")
    assert planes.picture_of(planes.find_plane(empty.context.scene, "Held here"), tmp_path) == picture


@pytest.fixture
def save_and_load(empty, tmp_path):
    def again(path=None):
        path = str(path or tmp_path / "shot.blend")
        empty.ops.wm.save_as_mainfile(filepath=path)
        empty.ops.wm.open_mainfile(filepath=path)

    return again


def test_card_and_take_of_a_plane_from_elsewhere_are_kept(empty, part, plane, make_take, card, save_and_load):
    scene = empty.context.scene
    cards, switching = part("faceshot_blender.scene.cards"), part("faceshot_blender.scene.switch")
    result = part("faceshot_blender.results").AnimateResult.load(make_take())
    part("faceshot_blender.scene.assemble").assemble(scene, result, plane="Held here", start=31)
    found = part("faceshot_blender.scene.plane").find_plane(scene, "Held here")
    cards.attach_card(scene, found, card)
    part("faceshot_blender.scene.look").restore_original(plane)
    empty.data.scenes.remove(empty.data.scenes["Scene Edit"])
    for _ in range(2):
        save_and_load()
        scene, plane = empty.context.scene, empty.data.objects["Held here"]
        assert cards.card_of(plane).size == (64, 48)
        assert switching.has_take(plane)
        assert switching.place_of(scene, plane).start == 31
    plane.name = "Held there"
    assert cards.card_of(plane) is not None, "by the plane, not by its name"
    assert empty.ops.faceshot.switch_frames(plane="Held there", look="proxy") == {"FINISHED"}
    part("faceshot_blender.scene.made").remove_made_data()
    assert cards.card_of(plane) is None
    assert "faceshot_planes" not in scene


def test_a_card_from_the_library_may_be_changed_on_its_override(
    empty, part, picture, card, save_and_load, make_take, tmp_path
):
    cards, planes = part("faceshot_blender.scene.cards"), part("faceshot_blender.scene.plane")
    planes.make_plane(empty.context.scene, picture, name="Held")
    cards.attach_card(empty.context.scene, planes.find_plane(empty.context.scene, "Held"), card)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.objects = ["Held"]
    empty.context.scene.collection.objects.link(target.objects[0])
    plane = target.objects[0].override_create(remap_local_usages=True)
    plane.name = "Held here"
    assert cards.card_of(plane).points[0] == pytest.approx([10, 20])
    text = json.loads(card.read_text())
    text["points"][0] = [11, 21]
    card.write_text(json.dumps(text))
    cards.attach_card(empty.context.scene, planes.find_plane(empty.context.scene, "Held here"), card)
    save_and_load()
    plane = empty.data.objects["Held here"]
    assert cards.card_of(plane).points[0] == pytest.approx([11, 21])
    assert cards.card_of(plane.override_library.reference).points[0] == pytest.approx([10, 20])
    assert "faceshot_planes" not in empty.context.scene, "the override keeps it itself"


def test_a_linked_plane_is_refused_before_anything_begins(empty, part, linked, make_take, dump, monkeypatch, tmp_path):
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: 1 / 0)
    (tmp_path / "clip.mp4").write_bytes(b"x")
    scene, operators = empty.context.scene, empty.ops.faceshot
    scene.faceshot_choices.plane, scene.faceshot_choices.clip = linked, "//clip.mp4"
    reason = part("faceshot_blender.ui.parts").reason_against_animating
    assert "make a library override" in reason(scene.faceshot_choices)
    take = str(make_take())
    before = dump()
    for call in (
        operators.animate,
        lambda: operators.animate(plane="Held"),
        lambda: operators.import_result(filepath=take),
        lambda: operators.import_result(filepath=take, plane="Held"),
        lambda: operators.switch_frames(plane="Held", look="proxy"),
        lambda: operators.restore_original(plane="Held"),
        lambda: operators.render_motion(plane="Held", filepath=take),
    ):
        with pytest.raises(RuntimeError, match=r"'Held' is linked from library.blend: make a library override"):
            call()
        assert dump() == before
    assert not (tmp_path / "faceshot").exists()
    assert operators.import_result(filepath=take, new_plane=True) == {"FINISHED"}


def test_an_override_that_may_not_be_edited_is_refused(empty, part, linked):
    plane = linked.override_create(remap_local_usages=True)
    plane.override_library.is_system_override = True
    with pytest.raises(part("core.errors").FaceShotError, match=r"may not be edited.*Make > Selected"):
        part("faceshot_blender.scene.plane").find_plane(empty.context.scene, plane.name)


def test_a_linked_scene_is_refused(empty, part, linked, make_take, tmp_path):
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.scenes = ["Scene"]
    (scene,) = target.scenes
    result = part("faceshot_blender.results").AnimateResult.load(make_take())
    for plane in ("Held", ""):
        with pytest.raises(part("core.errors").FaceShotError, match="linked"):
            part("faceshot_blender.scene.assemble").assemble(scene, result, plane=plane)


def test_an_instance_of_a_linked_collection_says_what_helps(empty, part, picture, tmp_path):
    collection = empty.data.collections.new("Cast")
    empty.context.scene.collection.children.link(collection)
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    collection.objects.link(plane)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.collections = ["Cast"]
    instance = empty.data.objects.new("Cast", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", target.collections[0]
    empty.context.scene.collection.objects.link(instance)
    empty.context.view_layer.objects.active = instance
    assert not empty.ops.faceshot.use_active.poll()
    with pytest.raises(RuntimeError, match="instance of a linked collection: make a library override"):
        empty.ops.faceshot.use_active()
    with pytest.raises(part("core.errors").FaceShotError, match="instance of a linked collection"):
        part("faceshot_blender.scene.plane").find_plane(empty.context.scene, "Cast")


def test_an_override_that_is_made_local_keeps_its_card(empty, part, linked, card, save_and_load):
    scene = empty.context.scene
    cards, planes = part("faceshot_blender.scene.cards"), part("faceshot_blender.scene.plane")
    plane = linked.override_create(remap_local_usages=True)
    plane.name = "Held here"
    cards.attach_card(scene, planes.find_plane(scene, "Held here"), card)
    plane.make_local(clear_liboverride=True)
    save_and_load()
    scene, plane = empty.context.scene, empty.data.objects["Held here"]
    assert (plane.library, plane.override_library) == (None, None)
    assert cards.card_of(plane).points[0] == pytest.approx([10, 20])
    text = json.loads(card.read_text())
    text["points"][0] = [11, 21]
    card.write_text(json.dumps(text))
    cards.attach_card(scene, planes.find_plane(scene, "Held here"), card)
    assert cards.card_of(plane).points[0] == pytest.approx([11, 21]), "the newest one counts"
