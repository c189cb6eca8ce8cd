# SPDX-License-Identifier: GPL-3.0-or-later
"""The sidebar, drawn into a recorder: what it shows; and what the choices stand for."""

from __future__ import annotations

import dataclasses
import sys

import pytest


def words(seen):
    return " ".join(text for _, text in seen)


def test_panels_stand_in_the_order_of_the_work(draw):
    assert [text for kind, text in draw() if kind == "panel"] == [
        "Character", "Driver", "Motion", "Look", "Output", "Result",
    ]  # fmt: skip


def test_first_run_leads_by_the_hand(draw):
    seen = draw(engine="missing", words="There is no engine.", has_network=False)
    assert seen[0] == ("panel", "Set-Up")
    assert "Make Engine (140 MB)" in words(seen)
    assert "Fetch Face Network" not in words(seen)  # one step after the other
    assert ("greyed", "Make Engine (140 MB)") in seen  # Blender is offline in tests
    assert "Online Access is off" in words(seen)
    assert "Repair Engine (140 MB)" in words(draw(engine="broken", words="Its Python was removed."))
    assert "Update Engine (140 MB)" in words(draw(engine="outdated"))
    assert "Make Engine" not in words(draw(engine="misplaced", words="There is no engine at /x."))
    assert "Make Engine" not in words(draw(engine="missing", can_make=False))
    assert "Fetch Face Network (36 MB)" in words(draw(has_network=False))


def test_animate_is_greyed_with_the_reason(draw, empty, part, picture, tmp_path):
    choices = empty.context.scene.faceshot_choices

    def button():
        seen = draw()
        at = next(i for i, (_, text) in enumerate(seen) if text == "Animate")
        return seen[at][0], words(seen[at + 1 :])

    assert button()[0] == "greyed"
    assert "Choose the plane" in button()[1]
    assert empty.ops.faceshot.make_plane(filepath=str(picture)) == {"FINISHED"}
    assert choices.plane is not None
    assert "Choose the clip" in button()[1]
    choices.clip = "/a/b.mp4"
    assert "Save the blend" in button()[1]
    choices.folder = str(tmp_path)
    assert button()[0] == "button"
    choices.use_range, choices.range_start, choices.range_end = True, 2.0, 1.0
    assert "ends before it starts" in button()[1]


def test_jobs_and_failure_are_shown(draw, part):
    jobs, job = part("faceshot_blender.jobs"), part("faceshot_blender.job")
    for title in ("Held, first", "Held, second"):
        jobs.QUEUE.join(title, job.Job("animate", {}, lambda: None))
    jobs.QUEUE.entries[0].words = "Tracking 3/9, 2 s left"
    seen = draw()
    assert ("progress", "Tracking 3/9, 2 s left") in seen
    assert ("progress", jobs.WAITING) in seen
    assert [text for _, text in seen].count("faceshot.cancel") == 2
    jobs.QUEUE.end_all()
    long = "There is no face in the clip, not in a single one of its many frames, however long one looks."
    jobs.QUEUE.failure = jobs.Failure("Held, first", long, "Try another clip.", "the report")
    seen = draw()
    assert "Try another clip." in words(seen)
    assert ("button", "Show Report") in seen
    assert long in words(seen)
    assert all(len(text) < 50 for _, text in seen)


def test_looking_says_what_is_missing(part, extension, monkeypatch, tmp_path):
    readiness, host = part("faceshot_blender.readiness"), part("faceshot_blender.host")
    monkeypatch.delenv("FACESHOT_ENGINE", raising=False)
    monkeypatch.setattr(host, "default_engine", lambda: tmp_path / "engine")
    monkeypatch.setattr(host, "models_folder", lambda: tmp_path)
    try:
        seen = readiness.look()
        assert (seen.engine, seen.has_network, seen.complete) == ("missing", False, False)
        assert seen.network_licence == "Apache-2.0"
        monkeypatch.setenv("FACESHOT_ENGINE", str(tmp_path / "nowhere"))
        assert readiness.look().engine == "misplaced"
        monkeypatch.setenv("FACESHOT_ENGINE", sys.executable)
        assert readiness.look().engine == "ready"
        assert readiness.known().engine == "ready"
    finally:
        readiness.forget()


def test_choices_become_options(empty, part):
    properties, verb = part("faceshot_blender.properties"), part("core.verbs.animate")
    options = part("core.verbs.options")
    settings = part("core.retarget.settings")
    choices = empty.context.scene.faceshot_choices
    assert properties.options_of(choices) == {}
    assert set(properties.GAINS) == set(settings.GAINS)
    plain = settings.RetargetSettings()
    assert options.from_request(verb.AnimateVerb, dict.fromkeys(("picture", "clip", "output"), "/a")).smooth == (
        pytest.approx(choices.smooth)
    )
    for name, top in settings.MAX_GAIN.items():
        prop = choices.bl_rna.properties[name]
        assert (prop.default, prop.hard_max, prop.hard_min) == (getattr(plain, name), top, 0)
    choices.face, choices.use_range, choices.range_start, choices.range_end = 2, True, 0.5, 1.5
    choices.reference, choices.reference_frame = "FRAME", 7
    choices.mouth, choices.smooth, choices.leave_picture = 1.2, 0.25, True
    choices.hold, choices.sampling, choices.background = "2", "CUBIC", "STILL"
    made = properties.options_of(choices)
    files = {"picture": "/a.png", "clip": "/b.mp4", "output": "/c"}
    asked = options.from_request(verb.AnimateVerb, {**made, **files})
    assert (asked.face, asked.start, asked.end, asked.reference, asked.smooth) == (2, 0.5, 1.5, "7", 0.25)
    assert (asked.leave_picture, asked.hold, asked.sampling, asked.background) == (True, 2, "cubic", "still")
    assert dict(asked.gain) == {"mouth": 1.2}
    assert dataclasses.asdict(asked.settings())["mouth"] == 1.2


def test_report_and_set_up_are_texts(empty, part, draw, fake_engine, monkeypatch):
    jobs, host = part("faceshot_blender.jobs"), part("faceshot_blender.host")
    jobs.QUEUE.failure = jobs.Failure("Held", "It failed.", "Do this.", "the whole report\n")
    assert empty.ops.faceshot.show_report() == {"FINISHED"}
    assert empty.ops.faceshot.show_report() == {"FINISHED"}
    assert empty.data.texts["FaceShot Report"].as_string() == "the whole report\n"
    assert len(empty.data.texts) == 1
    assert empty.ops.faceshot.dismiss_report() == {"FINISHED"}
    assert jobs.QUEUE.failure is None
    empty.ops.faceshot.remove_data()
    assert not empty.data.texts
    setup = part("faceshot_blender.engine_place").EngineSetup
    import pathlib

    root = pathlib.Path(host.ROOT)
    monkeypatch.setattr(host, "engine_setup", lambda: setup(pathlib.Path(sys.executable), root, root, ()))
    try:
        assert empty.ops.faceshot.check_setup() == {"FINISHED"}
    finally:
        jobs.release_engine()
    text = empty.data.texts["FaceShot Set-Up"].as_string()
    assert "Blender " in text
    assert "numpy" in text


def test_result_is_grey_with_the_reason_until_there_is_one(draw, empty, part, picture, make_take):
    buttons = {"faceshot.switch_frames", "Switch Frames", "Restore Original", "Bring Sound", "Mark as Asset"}

    def state():
        seen = draw()
        return {kind for kind, text in seen if text in buttons}, words(seen)

    assert state()[0] == {"greyed"}
    assert "Choose the plane with the picture" in state()[1]
    empty.ops.faceshot.make_plane(filepath=str(picture))
    assert state()[0] == {"greyed"}
    assert "Nothing was made for Käte mit Hut yet" in state()[1]
    empty.ops.faceshot.import_result(filepath=str(make_take()), plane="Käte mit Hut")
    assert "button" in state()[0]
    assert "Nothing was made" not in state()[1]


def test_while_the_engine_is_made_one_bar_is_shown(draw, part):
    jobs, job = part("faceshot_blender.jobs"), part("faceshot_blender.job")
    jobs.QUEUE.join("Make Engine", job.Job("animate", {}, lambda: None))
    assert [kind for kind, _ in draw(engine="missing")].count("progress") == 1
    assert [kind for kind, _ in draw()].count("progress") == 1
    assert [kind for kind, _ in draw("IMAGE_EDITOR", engine="missing")].count("progress") == 1
