# SPDX-License-Identifier: GPL-3.0-or-later
"""Original, proxy and final frames: folders of several backends side by side in one result."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


@pytest.fixture
def add_backend(part, picture, make_take):
    """add_backend(folder, name, ...) puts frames of another backend into a result, as `render` leaves them."""

    def add(folder, name, *, fps=24.0, count=12, size=(64, 48), later=0):
        made = make_take(f"for {name}", count=count + later, fps=fps)
        (made / "proxy").rename(folder / name)
        for number in range(1, later + 1):
            (folder / name / f"{number:06d}.png").unlink()
        names = sorted(path.name for path in (folder / name).iterdir())
        record = {
            "format": "faceshot.render",
            "version": 1,
            "complete": True,
            "backend": {"name": name},
            "picture": {"path": str(picture)},
            "landmarks": {"frames": count + later, "fps": fps},
            "size": list(size),
            "frames": dict.fromkeys(names, "0"),
        }
        (folder / name / "render.json").write_text(json.dumps(record))

    return add


@pytest.fixture
def shot(empty, part, picture, make_take, add_backend):
    """A take on the active plane "Held" from frame 5 on, with the folders proxy, mofa and liveportrait."""
    folder = make_take()
    add_backend(folder, "mofa")
    add_backend(folder, "liveportrait", fps=12.0, count=6)
    (folder / "notes").mkdir()
    (folder / "notes" / "000001.png").write_bytes(b"somebody's")
    scene = empty.context.scene
    scene.frame_start = 5
    plane = part("faceshot_blender.scene.plane").make_plane(scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    assert empty.ops.faceshot.import_result(filepath=str(folder)) == {"FINISHED"}
    return folder


@pytest.fixture
def state(empty, part):
    """state() -> (the plane's folder, that of the strip, the files the strip shows, what is heard)."""
    compat = part("faceshot_blender.compat")

    def state():
        image = part("faceshot_blender.scene.look").frames_shown(empty.data.objects["Held"])
        strips = compat.all_strips_of(empty.data.scenes["Scene Edit"])
        (strip,) = [strip for strip in strips if strip.type == "IMAGE"]
        sounds = [
            (strip.name, strip.mute, compat.strip_frames(strip))
            for scene in empty.data.scenes
            for strip in compat.all_strips_of(scene)
            if strip.type == "SOUND"
        ]
        shown = Path(empty.path.abspath(image.filepath)).parent.name if image else "original"
        return (
            shown,
            Path(empty.path.abspath(strip.directory)).name,
            [int(each.filename[:6]) for each in strip.elements],
            sounds,
        )

    return state


def test_all_that_is_there_is_offered_and_nothing_else(empty, part, shot):
    looks = part("faceshot_blender.scene.switch").looks_of(empty.context.scene, empty.data.objects["Held"])
    assert [look for look, _, _ in looks] == ["original", "liveportrait", "mofa", "proxy"]


def test_plane_and_strip_follow_and_the_sound_stays(empty, shot, state, render, frame_colour):
    switch = empty.ops.faceshot.switch_frames
    _, _, files, sounds = state()
    for look in ("mofa", "original", "proxy", "mofa", "proxy", "original"):
        assert switch(look=look) == {"FINISHED"}
        strip = look if look != "original" else state()[1]
        assert state() == (look, strip, files, sounds), look
    assert len([image for image in empty.data.images if image.source == "SEQUENCE"]) == 1, "none is left behind"


def test_another_rate_is_shown_at_its_times(empty, part, shot, state, render, frame_colour):
    """6 frames of 12 frames/s beside 12 of 24: each for two scene frames; the strip goes on with what it has."""
    scene = empty.context.scene
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 64 / 48
    camera.location, camera.rotation_euler = (0, -3, 0), (1.5707963, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    before = state()
    assert empty.ops.faceshot.switch_frames(look="liveportrait") == {"FINISHED"}
    for frame, number in ((5, 1), (6, 2), (7, 2), (9, 3), (16, 6), (60, 6)):
        assert render(scene, frame)[4, 4] == pytest.approx(frame_colour(number), abs=0.01), frame
    assert state() == ("liveportrait", *before[1:])
    warnings = part("faceshot_blender.scene.switch").switch(scene, "Held", "liveportrait")
    assert "the edit scene shows it as before" in warnings[0]
    assert empty.ops.faceshot.import_result(filepath=str(shot / "liveportrait")) == {"FINISHED"}
    strips = part("faceshot_blender.compat").all_strips_of(empty.data.scenes["Scene Edit"])
    assert sorted((strip.mute, len(strip.elements)) for strip in strips if strip.type == "IMAGE") == [
        (False, 12),
        (True, 12),
    ]


def test_a_part_of_the_take_plays_at_its_place(empty, part, shot, add_backend):
    """Frames 5 to 12 of 60 frames/s begin at the third scene frame: 4 / 60 s is 1.6 frames of 24."""
    add_backend(shot, "final", fps=60.0, count=8, later=4)
    assert empty.ops.faceshot.switch_frames(look="final") == {"FINISHED"}
    plane = empty.data.objects["Held"]
    tree = plane.material_slots[0].material.node_tree
    user = next(node for node in tree.nodes if node.bl_idname == "ShaderNodeTexImage").image_user
    assert user.frame_start == 7
    place = part("faceshot_blender.scene.switch").place_of(empty.context.scene, plane)
    assert place.start == 5, "the take still begins where it did"
    assert empty.ops.faceshot.switch_frames(look="proxy") == {"FINISHED"}
    assert part("faceshot_blender.scene.switch").place_of(empty.context.scene, plane).start == 5
