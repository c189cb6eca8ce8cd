# SPDX-License-Identifier: GPL-3.0-or-later
"""Original, proxy and other frames on one plane; markers; undo and redo."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest


@pytest.fixture
def take(empty, part, make_take, picture):
    """A take with "proxy" and a dearer folder "final", put on the active plane "Held" from frame 5 on."""
    folder = make_take()
    shutil.copytree(folder / "proxy", folder / "final")
    names = [path.name for path in sorted((folder / "final").iterdir())]
    record = {
        "format": "faceshot.render",
        "version": 1,
        "picture": {"path": str(picture)},
        "landmarks": {"frames": 12, "fps": 24.0},
        "size": [64, 48],
        "frames": dict.fromkeys(names, "0"),
    }
    (folder / "final" / "render.json").write_text(json.dumps(record))
    scene = empty.context.scene
    scene.frame_start = 5
    plane = part("faceshot_blender.scene.plane").make_plane(scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    assert empty.ops.faceshot.import_result(filepath=str(folder)) == {"FINISHED"}
    return folder


def shown(bpy, plane):
    """(folder, first frame) of what the plane shows."""
    tree = plane.material_slots[0].material.node_tree
    node = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeTexImage")
    return Path(bpy.path.abspath(node.image.filepath)).parent.name, node.image_user.frame_start


def test_there_and_back(empty, part, take, dump):
    module = part("faceshot_blender.scene.switch")
    plane, scene = empty.data.objects["Held"], empty.context.scene
    before = dump()
    assert [item[0] for item in module.looks_of(scene, plane)] == ["original", "final", "proxy"]
    assert module.shown_look(plane) == "proxy"
    switch = empty.ops.faceshot.switch_frames
    assert switch(look="final") == {"FINISHED"}
    assert switch(look="final") == {"CANCELLED"}
    assert shown(empty, plane) == ("final", 5)
    edit = empty.data.scenes["Scene Edit"]
    (strip,) = [strip for strip in part("faceshot_blender.compat").all_strips_of(edit) if strip.type == "IMAGE"]
    assert Path(empty.path.abspath(strip.directory)).name == "final"
    assert switch(look="original") == {"FINISHED"}
    assert module.shown_look(plane) == "original"
    assert plane.material_slots[0].link == "DATA"
    plane.name = "Heldin"
    assert switch(look="proxy") == {"FINISHED"}
    plane.name = "Held"
    assert shown(empty, plane) == ("proxy", 5)
    after = dump()
    assert {key: after[key] for key in after if key != "names"} == {
        key: before[key] for key in before if key != "names"
    }
    assert {kind: len(names) for kind, names in after["names"].items()} == {
        kind: len(names) for kind, names in before["names"].items()
    }


def test_part_of_the_frames_plays_at_its_place(empty, part, take):
    record = json.loads((take / "final" / "render.json").read_text())
    record["frames"] = {f"{number:06d}.png": "0" for number in range(4, 9)}
    (take / "final" / "render.json").write_text(json.dumps(record))
    for number in (1, 2, 3):
        (take / "final" / f"{number:06d}.png").unlink()
    warnings = part("faceshot_blender.scene.switch").switch(empty.context.scene, "Held", "final")
    assert shown(empty, empty.data.objects["Held"]) == ("final", 8)
    assert "3 frames of the strip" in warnings[0]


def test_without_the_strip_what_is_shown_counts(empty, part, take, picture):
    empty.data.scenes.remove(empty.data.scenes["Scene Edit"])
    assert empty.ops.faceshot.switch_frames(look="final") == {"FINISHED"}
    assert shown(empty, empty.data.objects["Held"]) == ("final", 5)
    assert empty.ops.faceshot.switch_frames(look="original") == {"FINISHED"}
    assert empty.ops.faceshot.switch_frames(look="proxy") == {"FINISHED"}, "the plane remembers where its frames are"
    assert shown(empty, empty.data.objects["Held"]) == ("proxy", 5)
    shutil.move(take, take.with_name("elsewhere"))
    with pytest.raises(RuntimeError, match=r"is gone.*import the result from where it is now"):
        empty.ops.faceshot.switch_frames(look="final")
    part("faceshot_blender.scene.made").remove_made_data()
    assert not part("faceshot_blender.scene.switch").has_take(_plane(empty, part, picture))
    with pytest.raises(RuntimeError, match="No frames were made for 'Held'"):
        empty.ops.faceshot.switch_frames(look="proxy")


def _plane(bpy, part, picture):
    plane = part("faceshot_blender.scene.plane").make_plane(bpy.context.scene, picture, name="Held")
    bpy.context.view_layer.objects.active = plane
    return plane


def test_refusals(empty, take):
    for more, words in (({"look": "paper"}, "There are: final, proxy"), ({"plane": "Nobody", "look": "x"}, "Nobody")):
        with pytest.raises(RuntimeError, match=words):
            empty.ops.faceshot.switch_frames(**more)


def test_markers_of_gaps_come_and_go(empty, part, make_take):
    import numpy as np

    motion = part("core.motion").FaceMotion
    markers = part("faceshot_blender.scene.markers")
    scene = empty.context.scene
    scene.timeline_markers.new("mine", frame=3)

    class Read:
        valid = np.array([1, 1, 0, 0, 1, 0], bool)
        time = np.arange(6) / 12 + 4.0
        fps = 12.0

    folder = make_take()
    (folder / "own.motion.npz").write_bytes(b"x")
    load, motion.load = motion.load, staticmethod(lambda path: Read)
    try:
        gaps = markers.gaps_of(folder / "own.motion.npz", frames_per_second=24.0)
    finally:
        motion.load = load
    assert gaps == [(4, 4), (10, 2)]
    assert markers.gaps_of(folder / "own.motion.npz", frames_per_second=24.0) == []
    markers.mark_take(scene, "Held start", start=7, end=18, gaps=gaps)
    markers.mark_take(scene, "Held", start=5, end=16, gaps=gaps)
    markers.mark_take(scene, "Held", start=7, end=18, gaps=gaps)
    assert sorted(marker.frame for marker in scene.timeline_markers) == [3, 7, 7, 11, 11, 17, 17, 18, 18]
    part("faceshot_blender.scene.made").remove_made_data()
    assert [marker.name for marker in scene.timeline_markers] == ["mine"]
