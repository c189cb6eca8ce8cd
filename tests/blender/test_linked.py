# SPDX-License-Identifier: GPL-3.0-or-later
"""Planes that come from another file: overridden, or made of linked parts."""

from __future__ import annotations

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
