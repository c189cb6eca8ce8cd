# SPDX-License-Identifier: GPL-3.0-or-later
"""Undo and redo leave the scene as it was; shots go from file to file whole."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.blender.whole_file import difference, whole_file


@pytest.fixture
def shot(empty, part, picture, card, make_take, fake_engine, monkeypatch, tmp_path):
    """An undo history with the user's plane "Held", active and chosen, and an engine that animates; gives the take."""
    empty.context.preferences.edit.use_global_undo = True
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    setup = fake_engine("animate", FAKE_TAKE=str(make_take("prepared")))
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    (tmp_path / "clip.mp4").write_bytes(b"a clip")
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "undo.blend"))
    empty.context.scene.faceshot_choices.plane = plane
    return make_take()


def ready(folder: Path, picture: Path, name: str) -> list[tuple[str, dict]]:
    """Calls that bring the scene to where `name` can do something, and then it itself: (operator, arguments)."""
    take, card = {"filepath": str(folder)}, {"filepath": str(picture.with_name("Käte mit Hut.character.json"))}
    before = {
        "switch_frames": [("import_result", take)],
        "restore_original": [("import_result", take)],
        "remove_data": [("import_result", take)],
        "bring_sound": [("import_result", take), ("forget_strips", {})],
        "mark_asset": [("import_result", card)],
        "use_active": [("forget_choice", {})],
        "use_image": [("forget_choice", {})],
        "show_report": [("fail", {})],
        "check_setup": [("engine_of_this_python", {})],
        "render_motion": [("import_result", card), ("motion", {})],
        "use_timeline_range": [("choose_clip", {})],
        "use_rest_frame": [("choose_clip", {})],
        "move_points": [("edit_points", {})],
        "turn_points": [("edit_points", {})],
        "scale_points": [("edit_points", {})],
        "use_strip": [("movie_strip", {})],
        "find_points": [("find", {})],
        "toggle_part": [("import_result", card)],
        "mirror_points": [("import_result", card)],
        "forget_points": [("import_result", card)],
    }
    arguments = {
        "animate": {"clip": str(folder.parent / "clip.mp4"), "folder": str(folder.parent / "out")},
        "make_plane": {"filepath": str(picture)},
        "switch_frames": {"look": "original"},
        "import_result": take,
        "use_image": {"image": picture.name},
        "move_points": {"what": "mouth", "offset": (3.0, -2.0), "mirror": True},
        "turn_points": {"what": "right_eye", "turn": 0.3},
        "scale_points": {"what": "face", "scale": 1.2},
        "toggle_part": {"part": "nose"},
        "mirror_points": {"side": "LEFT"},
        "place_anchors": {"places": "right_eye=24,18 left_eye=40,18 nose=none mouth_right=25,32"},
        "render_motion": {"plane": "Held", "filepath": str(folder.parent / "act.landmarks.npz")},
    }
    return [*before.get(name, []), (name, arguments.get(name, {}))]


@pytest.fixture
def help_out(empty, part, request, picture, fake_engine, make_take, monkeypatch, tmp_path):
    """help_out(step): what a user or the machine did before, which no operator of ours does."""
    scene = empty.context.scene

    def clip():
        return str(request.getfixturevalue("shared_data") / "clips" / "ravdess_surprised.mp4")

    def forget_strips():
        empty.data.scenes.remove(empty.data.scenes["Scene Edit"])

    def forget_choice():
        scene.faceshot_choices.plane = None

    def fail():
        jobs = part("faceshot_blender.jobs")
        monkeypatch.setattr(jobs.QUEUE, "failure", jobs.Failure("Held", "It failed.", "Do this.", "the report"))

    def engine_of_this_python():
        part("faceshot_blender.jobs").release_engine()
        host = part("faceshot_blender.host")
        root = Path(host.ROOT)
        setup = part("faceshot_blender.engine_place").EngineSetup(Path(sys.executable), root, root, ())
        monkeypatch.setattr(host, "engine_setup", lambda: setup)

    def motion():
        import numpy as np

        points = part("faceshot_blender.scene.cards").card_of(empty.data.objects["Held"]).points
        part("core.landmarks").LandmarkSequence(
            points=np.repeat(points[None], 12, 0),
            size=(64, 48),
            fps=24.0,
            time=np.arange(12) / 24,
            meta={"retarget": {}},
        ).save(tmp_path / "act.landmarks.npz")

        setup, job = fake_engine("good"), part("faceshot_blender.job")

        class Made(job.Job):
            """The made-up engine answers and makes nothing: the frames come from a take that is there."""

            def step(self):
                status = super().step()
                if status.state.ended and not Path(self.arguments["output"]).exists():
                    shutil.copytree(make_take("any") / "proxy", self.arguments["output"])
                    Path(self._record["path"]).write_text(json.dumps(self._record["content"]))
                return status

        monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
        monkeypatch.setattr(job, "Job", Made)

    def find():
        told = {
            "card": str(picture.with_name("Käte mit Hut.character.json")),
            "sure": True,
            "why": "",
            "confidence": 1.0,
        }
        part("faceshot_blender.jobs").release_engine()
        setup = fake_engine("good", FAKE_FOUND=json.dumps(told))
        monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)

    def choose_clip():
        scene.faceshot_choices.clip = clip()
        scene.frame_end = 30

    def movie_strip():
        editor = scene.sequence_editor_create()
        strips = part("faceshot_blender.compat").strips_of(editor)
        editor.active_strip = strips.new_movie(name="Actor", filepath=clip(), channel=1, frame_start=3)

    steps = (forget_strips, forget_choice, fail, engine_of_this_python, motion, find, choose_clip, movie_strip)
    return {step.__name__: step for step in steps}


def operators() -> list[str]:
    """All that there are, so that none is forgotten."""
    sources = (Path(__file__).parents[2] / "faceshot_blender").rglob("*.py")
    found = (re.findall(r'bl_idname = "faceshot\.(\w+)"', source.read_text("utf-8")) for source in sources)
    return sorted({name for names in found for name in names})


@pytest.mark.parametrize("name", operators())
def test_each_operator_is_one_step_back_and_forth(empty, part, shot, picture, help_out, name):
    """Whatever the file holds is as before after Undo, and as it was made after Redo."""
    kind = getattr(empty.types, f"FACESHOT_OT_{name}", None)
    if kind is None or "UNDO" not in kind.bl_options:
        pytest.skip("changes nothing in the file: it has no undo step")
    *before, (_, arguments) = ready(shot, picture, name)
    for step, more in before:
        if step in help_out:
            help_out[step]()
        else:
            assert getattr(empty.ops.faceshot, step)(**more) == {"FINISHED"}, step
    whole_file(empty)  # some properties are noted in the file when they are read for the first time
    empty.ops.ed.undo_push(message="Before")
    was = whole_file(empty)
    # True: with an undo step, as from the window
    assert getattr(empty.ops.faceshot, name)("EXEC_DEFAULT", True, **arguments) == {"FINISHED"}
    made = whole_file(empty)
    assert difference(was, made), "it has done something"
    for _ in range(2):
        empty.ops.ed.undo()
        assert not difference(was, whole_file(empty))
        empty.ops.ed.redo()
        assert not difference(made, whole_file(empty))
    part("faceshot_blender.jobs").release_engine()


def test_no_operator_is_left_out(empty):
    """Each one is found by the walk above, also one whose module is new."""
    assert set(dir(empty.ops.faceshot)) == set(operators())


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
