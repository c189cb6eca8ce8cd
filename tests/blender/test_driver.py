# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip's part, from the timeline, the playhead and a strip; what is known of the clip; presets of the motion."""

from __future__ import annotations

import math
import shutil
import struct
from pathlib import Path

import pytest

FPS, COUNT = 25, 50


@pytest.fixture(scope="session")
def clip(tmp_path_factory) -> Path:
    """A clip of two seconds with 25 frames a second, made by Blender itself."""
    import bpy

    path = tmp_path_factory.mktemp("Schau spiel") / "Käte 1.mp4"
    scene = bpy.data.scenes.new("Clip")
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.resolution_x, scene.render.resolution_y, scene.render.resolution_percentage = 64, 48, 100
    scene.render.fps, scene.frame_start, scene.frame_end = FPS, 1, COUNT
    if hasattr(scene.render.image_settings, "media_type"):
        scene.render.image_settings.media_type = "VIDEO"
    scene.render.image_settings.file_format = "FFMPEG"
    scene.render.ffmpeg.format = "MPEG4"
    scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.render.filepath = str(path)
    bpy.ops.render.render(animation=True, scene=scene.name)
    bpy.data.scenes.remove(scene)
    assert path.is_file()
    return path


@pytest.fixture
def shot(empty, part, clip):
    """(scene, choices) at 24 frames a second from frame 101 on, the clip chosen."""
    scene = empty.context.scene
    scene.render.fps, scene.render.fps_base = 24, 1.0
    scene.frame_start, scene.frame_end = 101, 200
    choices = scene.faceshot_choices
    choices.clip = str(clip)
    yield scene, choices
    part("faceshot_blender.clip_facts").forget()


def test_facts_of_a_clip(part, shot, clip, tmp_path, empty):
    facts = part("faceshot_blender.clip_facts")
    assert facts.known(str(clip)) is None
    seen = facts.look(str(clip))
    assert (seen.frames, seen.fps, seen.size, seen.problem) == (COUNT, FPS, (64, 48), "")
    assert facts.known(str(clip)) is seen
    assert seen.words() == "2.0 s, 25 fps, 64 × 48"
    assert not empty.data.movieclips
    assert "no file" in facts.look(str(tmp_path / "none.mp4")).problem
    text = tmp_path / "words.mp4"
    text.write_text("no clip")
    assert facts.look(str(text)).problem
    assert not empty.data.movieclips
    assert facts.ClipFacts(3000, 25.0, (10, 10)).words().startswith("2:00.0 min")


STRAIGHT = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(("turn", "upright"), [(90, (48, 64)), (180, (64, 48)), (270, (48, 64))])
def test_a_clip_that_lies_on_its_side_is_seen_upright(part, shot, clip, tmp_path, turn, upright):
    """As a telephone writes it: the pixels as the sensor has them, and how they are turned in the track's header."""
    cos, sin = round(math.cos(math.radians(turn))) << 16, round(math.sin(math.radians(turn))) << 16
    data = clip.read_bytes()
    at = data.index(STRAIGHT, data.index(b"tkhd"))
    matrix = struct.pack(">9i", cos, sin, 0, -sin, cos, 0, 0, 0, 1 << 30)
    turned = tmp_path / "telephone.mov"
    turned.write_bytes(data[:at] + matrix + data[at + len(matrix) :])
    assert part("faceshot_blender.clip_facts").look(str(turned)).size == upright


@pytest.mark.parametrize("end", [0, 3, 20, 60, 700])
def test_a_header_that_breaks_off_turns_nothing(part, clip, tmp_path, end):
    data = clip.read_bytes()
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(data[data.index(b"moov") - 4 :][:end])
    assert part("faceshot_blender.clip_turn").upright(broken, (64, 48)) == (64, 48)


def test_a_moved_blend_asks_again(part, shot, clip, tmp_path, empty):
    facts = part("faceshot_blender.clip_facts")
    shutil.copy(clip, tmp_path / "a.mp4")
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    assert facts.look("//a.mp4").frames == COUNT
    assert facts.known("//a.mp4") is not None
    (tmp_path / "other").mkdir()
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "other" / "a.blend"))
    assert facts.known("//a.mp4") is None


def test_range_in_frames_is_the_range_in_seconds(part, shot, clip):
    _, choices = shot
    choices.range_first = 11
    assert choices.range_start == 0  # the rate is not known yet
    part("faceshot_blender.clip_facts").look(str(clip))
    choices.range_first, choices.range_last = 11, 20
    assert (choices.range_start, choices.range_end) == pytest.approx((0.4, 0.8))
    assert (choices.range_first, choices.range_last) == (11, 20)
    choices.range_end = 0
    assert choices.range_last == 0
    for frame in range(1, COUNT + 1):
        choices.range_first, choices.range_last = frame, frame
        assert (choices.range_first, choices.range_last) == (frame, frame)


def test_range_from_the_timeline(empty, shot):
    scene, choices = shot
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 113, 124
    assert empty.ops.faceshot.use_timeline_range() == {"FINISHED"}
    assert (choices.range_start, choices.range_end) == pytest.approx((0.5, 1.0))
    assert (choices.use_range, choices.use_start, choices.start) == (True, True, 113)
    # what is chosen now keeps the clip where it was: twice is the same, and back is the whole
    empty.ops.faceshot.use_timeline_range()
    assert (choices.range_start, choices.range_end, choices.start) == (pytest.approx(0.5), pytest.approx(1.0), 113)
    scene.use_preview_range = False
    empty.ops.faceshot.use_timeline_range()
    assert (choices.range_start, choices.range_end) == pytest.approx((0.0, 2.0))
    assert (choices.use_start, choices.start) == (False, 101)
    scene.use_preview_range = True
    scene.frame_preview_start, scene.frame_preview_end = 160, 170
    with pytest.raises(RuntimeError, match="nothing to show in the preview range, frames 160 to 170"):
        empty.ops.faceshot.use_timeline_range()
    choices.clip = ""
    with pytest.raises(RuntimeError, match="Choose the clip first"):
        empty.ops.faceshot.use_timeline_range()


def test_rest_frame_is_the_one_at_the_playhead(empty, shot):
    scene, choices = shot
    scene.frame_set(101 + 24)
    assert empty.ops.faceshot.use_rest_frame() == {"FINISHED"}
    assert (choices.reference, choices.reference_frame) == ("FRAME", 26)
    choices.use_range, choices.range_start = True, 0.4
    scene.frame_set(101)
    empty.ops.faceshot.use_rest_frame()
    assert choices.reference_frame == 1  # counted in the range
    for frame in (100, 101 + 24 * 2):
        scene.frame_set(frame)
        with pytest.raises(RuntimeError, match="does not play at the current frame"):
            empty.ops.faceshot.use_rest_frame()


def test_strip_as_driver(empty, part, shot, clip):
    scene, choices = shot
    scene.render.fps = FPS
    compat = part("faceshot_blender.compat")
    with pytest.raises(RuntimeError, match="Select a movie strip"):
        empty.ops.faceshot.use_strip()
    editor = scene.sequence_editor_create()
    strip = compat.strips_of(editor).new_movie(name="Actor", filepath=str(clip), channel=1, frame_start=120)
    editor.active_strip = strip
    assert empty.ops.faceshot.use_strip() == {"FINISHED"}
    assert (choices.clip, choices.use_range, choices.use_start, choices.start) == (str(clip), False, True, 120)
    strip.frame_final_start, strip.frame_final_end = 130, 150
    empty.ops.faceshot.use_strip()
    assert choices.use_range
    assert (choices.range_start, choices.range_end, choices.start) == (pytest.approx(0.4), pytest.approx(1.2), 130)
    # one step of this strip is a frame of the clip, whatever the scene's rate: at 50 it plays at double speed
    scene.render.fps = 50
    empty.ops.faceshot.use_strip()
    assert (choices.range_start, choices.range_end) == pytest.approx((0.4, 1.2))


def test_take_is_foretold(part, shot, clip):
    scene, choices = shot
    shots = part("faceshot_blender.shots")
    assert shots.take_frames(scene) is None
    part("faceshot_blender.clip_facts").look(str(clip))
    assert shots.take_frames(scene) == (101, 148)
    choices.use_range, choices.range_start, choices.use_start, choices.start = True, 1.0, True, 7
    assert shots.take_frames(scene) == (7, 30)


def test_shipped_presets_are_whole_and_asked_for(empty, part):
    presets, properties = part("faceshot_blender.ui.presets"), part("faceshot_blender.properties")
    options, verb = part("core.verbs.options"), part("core.verbs.animate")
    folders = empty.utils.preset_paths(presets.SUBFOLDER)
    files = sorted(path for folder in folders for path in Path(folder).glob("*.py"))
    names = [empty.path.display_name(path.stem, title_case=False) for path in files]
    assert names == ["Cartoon", "Default", "Limited Animation", "Subtle", "Talking Head"]
    choices = empty.context.scene.faceshot_choices
    made = {}
    for path in files:
        said = path.read_text("utf-8")
        assert all(f"choices.{name} = " in said for name in properties.PRESET_VALUES), path
        empty.ops.script.execute_preset(filepath=str(path), menu_idname="FACESHOT_PT_motion_presets")
        made[path.stem] = properties.options_of(choices)
        files_ = {"picture": "/a.png", "clip": "/b.mp4", "output": "/c"}
        options.from_request(verb.AnimateVerb, {**made[path.stem], **files_}).settings()
    assert made["Default"] == {}
    assert len({str(value) for value in made.values()}) == len(files)


def test_users_preset_is_kept_in_the_users_folder(empty, repo_root):
    shipped = repo_root / "faceshot_blender" / "presets" / "faceshot" / "motion"
    before = list(shipped.glob("*.py"))
    choices = empty.context.scene.faceshot_choices
    choices.mouth, choices.smooth = 1.5, 0.25
    assert empty.ops.faceshot.motion_preset_add(name="My Way") == {"FINISHED"}
    folder = Path(empty.utils.user_resource("SCRIPTS", path="presets/faceshot/motion"))
    assert [path.name for path in folder.iterdir()] == ["My_Way.py"]
    choices.mouth, choices.smooth = 1.0, 0.0
    empty.ops.script.execute_preset(filepath=str(folder / "My_Way.py"), menu_idname="FACESHOT_PT_motion_presets")
    assert (choices.mouth, choices.smooth) == pytest.approx((1.5, 0.25))
    empty.ops.faceshot.motion_preset_add(name="My Way", remove_name=True)
    assert not list(folder.glob("*.py"))  # Blender leaves its compiled one
    assert len(list(shipped.glob("*.py"))) == len(before)


def test_shipped_presets_stay(empty, part, repo_root):
    """Blender does not let presets of an extension be removed."""
    shipped = repo_root / "faceshot_blender" / "presets" / "faceshot" / "motion"
    kept = (shipped / "Subtle.py").read_bytes()
    try:
        empty.ops.faceshot.motion_preset_add(name="Subtle", remove_name=True)
        assert (shipped / "Subtle.py").is_file()
    finally:
        (shipped / "Subtle.py").write_bytes(kept)


def test_a_part_plays_where_it_played_before(part):
    """Choosing a part moves nothing: each scene frame of it shows the same time of the clip, and twice is once."""
    import random

    clip_time = part("faceshot_blender.clip_time")
    draw = random.Random(7)
    found = 0
    for _ in range(500):
        fps = draw.choice((23.976, 24.0, 25.0, 29.97, 60.0))
        start, begins, duration = draw.randint(-50, 200), draw.choice((0.0, draw.uniform(0, 3))), draw.uniform(0.2, 9)
        first = start + draw.randint(-60, 120)
        last = first + draw.randint(0, 90)
        time = clip_time.ClipTime(scene_fps=fps, start=start, begins=begins)
        made = time.part(first, last, duration=duration)
        if made is None:
            assert time.seconds(last + 1) <= 1e-5 or time.seconds(first) >= duration - 1e-5
            continue
        found += 1
        begin, end, at = made
        assert 0 <= begin < end <= duration + 1e-6
        assert first <= at <= last
        after = clip_time.ClipTime(scene_fps=fps, start=at, begins=begin)
        assert after.seconds(at) == pytest.approx(time.seconds(at), abs=1e-5)
        again = after.part(first, last, duration=duration)
        assert again is not None
        assert again == pytest.approx(made, abs=1e-5)
    assert found > 100
