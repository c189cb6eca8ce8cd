# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frame is seen and heard when: scenes and clips of all rates, up to the end of two minutes."""

from __future__ import annotations

import json
import os
import wave

import numpy as np
import pytest

RATES = [24 / 1.001, 24.0, 25.0, 30 / 1.001, 30.0, 60.0]


@pytest.fixture
def retime(part):
    return part("faceshot_blender.scene.retime").Retime


@pytest.mark.parametrize("number", [0, 1, 3, 100])
@pytest.mark.parametrize("fps", [*RATES, 12.0, 15.0, 59.94, 50.0])
@pytest.mark.parametrize("scene_fps", RATES)
def test_each_frame_of_two_minutes_is_the_nearest_one(retime, fps, scene_fps, number):
    """Also for a part of a take, which begins with its file `number`; the measure is the slower rate's frame."""
    count = round(120 * fps)
    times = retime.of(count, fps=fps, scene_fps=scene_fps, number=number)
    half = 0.5 / min(fps, scene_fps) + 1e-6
    assert abs((times.first + times.length) / scene_fps - (number + count) / fps) <= half
    last = times.length - 1
    for x in [*range(30), *range(30, last, 97), *range(last - 30, last + 1)]:
        shown = (number + times.shown(x)) / fps
        assert abs(shown - (times.first + x) / scene_fps) <= half, f"scene frame {x} of {last}"
    assert times.shown(-5) == times.shown(0)
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


RATE = 48000


@pytest.fixture
def long_take(make_take):
    """long_take(fps) is a result of two minutes: frames of one colour, a click as its last frame begins."""

    def make(fps):
        folder = make_take(count=1, fps=fps, sound=False)
        count = round(120 * fps)
        for number in range(2, count + 1):
            os.link(folder / "proxy" / "000001.png", folder / "proxy" / f"{number:06d}.png")
        samples = np.zeros(round(count / fps * RATE), "<i2")
        samples[round((count - 1) / fps * RATE)] = 30000
        with wave.open(str(folder / "sound.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(samples.tobytes())
        record = json.loads((folder / "result.json").read_text())
        (folder / "result.json").write_text(json.dumps(record | {"frame_count": count, "sound": "sound.wav"}))
        return folder, count

    return make


@pytest.fixture
def click(empty, part, tmp_path):
    """click(scene): the scene frame, with its fraction, at which the click is heard in Blender's own mix."""

    def click(scene):
        path = tmp_path / f"{scene.name}.wav"
        empty.context.window.scene = scene
        scene.frame_set(scene.frame_start)
        try:
            empty.ops.sound.mixdown(filepath=str(path), container="WAV", codec="PCM", format="S16")
        except (RuntimeError, AttributeError):
            pytest.skip("this Blender cannot mix sound")
        with wave.open(str(path)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
            at = np.abs(samples[:, 0].astype(int)).argmax() / file.getframerate()
        return scene.frame_start + at * part("faceshot_blender.scene.assemble").scene_fps(scene)

    return click


@pytest.mark.parametrize("start", [7, -30])
@pytest.mark.parametrize(
    ("fps", "scene_fps"),
    [
        *((rate, rate) for rate in RATES),
        (24 / 1.001, 24.0),
        (25.0, 24 / 1.001),
        (30 / 1.001, 25.0),
        (24.0, 60.0),
        (60.0, 24.0),
    ],
)
def test_picture_strip_and_sound_meet_at_the_end_of_two_minutes(empty, part, long_take, click, fps, scene_fps, start):
    """What Blender mixes, what the plane's driver says and what the strip holds, within half a frame of each other."""
    scene, compat = empty.context.scene, part("faceshot_blender.compat")
    assembling = part("faceshot_blender.scene.assemble")
    assembling.set_scene_fps(scene, scene_fps)
    folder, count = long_take(fps)
    result = part("faceshot_blender.results").AnimateResult.load(folder)
    done = assembling.assemble(scene, result, start=start, fit=True)
    assert scene.frame_end == done.end
    edit = empty.data.scenes[done.edit_scene]
    if not any(strip.type == "SOUND" for strip in compat.all_strips_of(edit)):
        pytest.skip("this Blender has no sound")
    (strip,) = [strip for strip in compat.all_strips_of(edit) if strip.type == "IMAGE"]
    first, end = compat.strip_frames(strip)
    assert (first, end) == (start, done.end + 1)
    for heard_in in (scene, edit):
        heard = click(heard_in)
        zero = heard - (count - 1) / fps * scene_fps  # the scene frame at which the sound's first sample is heard
        assert zero == pytest.approx(start, abs=0.002), "to the sample"
        (sound,) = [strip for strip in compat.all_strips_of(heard_in) if strip.type == "SOUND"]
        assert compat.strip_frames(sound)[0] == start
        assert abs(compat.strip_frames(sound)[1] - end) <= 0.5 * max(1, scene_fps / fps)
    for frame in range(end - 4, end):
        number = int(strip.elements[frame - first].filename.removesuffix(".png"))
        assert file_shown(empty, scene, empty.data.objects[done.plane], frame) == number
        apart = (number - 1) / fps - (frame - zero) / scene_fps
        assert abs(apart) * min(fps, scene_fps) <= 0.5 + 0.002, f"scene frame {frame}"
        assert fps != scene_fps or abs(apart) * fps < 0.002


def test_after_a_change_of_the_scenes_rate(empty, part, play, make_take, picture):
    """Switching to what is shown times it anew; an import brings the edit scene along, and says what is left behind."""
    plane, edit, _ = play(24.0, 24.0)
    scene, assembling = empty.context.scene, part("faceshot_blender.scene.assemble")
    switch = empty.ops.faceshot.switch_frames
    assert switch(plane=plane.name, look="proxy") == {"CANCELLED"}
    assembling.set_scene_fps(scene, 48.0)
    assert switch(plane=plane.name, look="proxy") == {"FINISHED"}
    assert switch(plane=plane.name, look="proxy") == {"CANCELLED"}
    assert [file_shown(empty, scene, plane, frame) for frame in (7, 9, 11, 29)] == [1, 2, 3, 12]
    part("faceshot_blender.scene.plane").make_plane(scene, picture, name="Other")
    result = part("faceshot_blender.results").AnimateResult.load(make_take("other", fps=48.0))
    done = assembling.assemble(scene, result, plane="Other")
    assert any(f"import the results of {plane.name!r} again" in warning for warning in done.warnings)
    assert assembling.scene_fps(edit) == pytest.approx(48)
    again = part("faceshot_blender.results").AnimateResult.load(make_take("again", fps=48.0))
    assert not any("again" in warning for warning in assembling.assemble(scene, again, plane=plane.name).warnings)
