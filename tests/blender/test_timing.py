# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frame is seen and heard when: scenes and clips of all rates, up to the end of two minutes."""

from __future__ import annotations

import wave

import pytest

RATES = [24 / 1.001, 24.0, 25.0, 30 / 1.001, 30.0, 60.0]


@pytest.fixture
def retime(part):
    return part("faceshot_blender.scene.retime").Retime


@pytest.mark.parametrize("fps", [*RATES, 12.0, 15.0, 59.94, 50.0])
@pytest.mark.parametrize("scene_fps", RATES)
def test_two_minutes_end_together(retime, fps, scene_fps):
    count = round(120 * fps)
    times = retime.of(count, fps=fps, scene_fps=scene_fps)
    assert abs(times.length / scene_fps - count / fps) <= 0.5 / scene_fps + 120 * 2e-5
    last = times.length - 1
    # nothing comes after the last file: it is held for its whole time
    held = 0.5 if times.shown(last) == count - 1 else 0.0
    assert abs(times.shown(last) / fps - last / scene_fps) <= (0.5 + held) / fps + 120 * 2e-5
    for x in range(0, last - round(scene_fps / fps), 97):
        assert abs(times.shown(x) / fps - x / scene_fps) <= 0.5 / fps + 120 * 2e-5
    assert times.shown(-5) == 0
    assert times.shown(last + 500) == times.shown(last)


@pytest.fixture
def play(empty, part, make_take, monkeypatch):
    """play(fps, scene_fps) puts a short take into a scene of its own rate; gives (take's plane, edit scene)."""

    def play(fps, scene_fps, *, start=7, count=12):
        scene = empty.context.scene
        assembling = part("faceshot_blender.scene.assemble")
        assembling.set_scene_fps(scene, scene_fps)
        result = part("faceshot_blender.results").AnimateResult.load(make_take(fps=fps, count=count))
        done = assembling.assemble(scene, result, start=start)
        return empty.data.objects[done.plane], empty.data.scenes[done.edit_scene], done

    return play


def file_shown(bpy, scene, plane, frame):
    """The number of the file that the plane's texture asks for at `frame`, by Blender's own rule for image users."""
    scene.frame_set(frame)
    graph = bpy.context.evaluated_depsgraph_get()
    material = plane.evaluated_get(graph).material_slots[0].material.evaluated_get(graph)
    user = next(node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeTexImage").image_user
    return min(max(frame - user.frame_start + 1, 0), user.frame_duration) + user.frame_offset


@pytest.mark.parametrize(
    ("fps", "scene_fps"), [(24.0, 24.0), (12.0, 24.0), (30.0, 24 / 1.001), (25.0, 30.0), (30.0, 60.0)]
)
def test_plane_and_strip_show_the_same_files(empty, part, play, fps, scene_fps):
    plane, edit, done = play(fps, scene_fps)
    compat = part("faceshot_blender.compat")
    times = part("faceshot_blender.scene.retime").Retime.of(12, fps=fps, scene_fps=scene_fps)
    (strip,) = [strip for strip in compat.all_strips_of(edit) if strip.type == "IMAGE"]
    names = [int(element.filename.removesuffix(".png")) for element in strip.elements]
    assert compat.strip_frames(strip) == (7, done.end + 1) == (7, 7 + times.length)
    assert (edit.render.fps, edit.render.fps_base) == (
        empty.context.scene.render.fps,
        pytest.approx(empty.context.scene.render.fps_base),
    )
    for x in range(times.length):
        expected = times.shown(x) + 1
        assert names[x] == expected
        assert file_shown(empty, empty.context.scene, plane, 7 + x) == expected, f"scene frame {7 + x}"
    for frame, number in ((1, 1), (6, 1), (done.end + 40, 12)):
        assert file_shown(empty, empty.context.scene, plane, frame) == number


@pytest.mark.parametrize(("fps", "scene_fps"), [(12.0, 24.0), (30.0, 25.0)])
def test_a_render_shows_the_retimed_frame(empty, part, play, render, frame_colour, fps, scene_fps):
    _, edit, _ = play(fps, scene_fps)
    times = part("faceshot_blender.scene.retime").Retime.of(12, fps=fps, scene_fps=scene_fps)
    for x in (0, 3, times.length - 1):
        colour = frame_colour(times.shown(x) + 1)
        assert render(edit, 7 + x)[24, 32] == pytest.approx(colour, abs=0.01)


@pytest.mark.parametrize("scene_fps", RATES)
def test_sound_of_two_minutes_lasts_as_long_as_its_frames(empty, part, retime, scene_fps, tmp_path):
    """The strip's length comes from Blender, at the scene's rate with its base."""
    scene = empty.context.scene
    part("faceshot_blender.scene.assemble").set_scene_fps(scene, scene_fps)
    path = tmp_path / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 120)
    if part("faceshot_blender.scene.strips").place_sound(scene, path, start=11, frames=9, plane="Held"):
        pytest.skip("this Blender has no sound")
    compat = part("faceshot_blender.compat")
    (strip,) = compat.all_strips_of(scene)
    first, end = compat.strip_frames(strip)
    assert first == 11
    assert end - first == pytest.approx(120 * scene_fps, abs=0.5)
    for fps in RATES:
        frames = retime.of(round(120 * fps), fps=fps, scene_fps=scene_fps).length
        assert abs(end - first - frames) <= 1, f"{fps}: both are whole numbers of frames, each right to half a one"
