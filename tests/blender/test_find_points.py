# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Points: the engine looks for a face on a plane's picture, the plane keeps what it has found."""

from __future__ import annotations

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest

SURE = {"matcher": "network", "sure": True, "why": "The landmark network is sure.", "confidence": 0.8}
UNSURE = {"matcher": "template", "sure": False, "why": "A plain face in the middle to begin with.", "confidence": 0.2}


@pytest.fixture
def found_card(part, card, tmp_path):
    """The card that the engine writes: as the picture's own, placed by the network."""
    character = part("core.character").Character.load(card)
    path = tmp_path / "found by the engine.json"
    dataclasses.replace(character, placed=("matched",) * 68).save(path)
    return path


@pytest.fixture
def engine(part, fake_engine, found_card, monkeypatch):
    """engine(found, mode) has the made-up engine answer `match` with that card and these words."""

    def make(found=SURE, mode="good", **variables):
        told = json.dumps({"card": str(found_card), **found})
        setup = fake_engine(mode, FAKE_FOUND=told, **variables)
        monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)

    yield make
    part("faceshot_blender.jobs").release_engine()


@pytest.fixture
def held(empty, part, picture, tmp_path):
    """The plane "Held" with the picture, chosen for its scene; there is no card beside the picture's copy."""
    copy = tmp_path / "elsewhere" / picture.name
    copy.parent.mkdir()
    copy.write_bytes(picture.read_bytes())
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, copy, name="Held")
    empty.context.scene.faceshot_choices.plane = plane
    return plane


@pytest.fixture
def points_of(part):
    return lambda plane: part("faceshot_blender.scene.points").character_of(plane)


@pytest.fixture
def press(part, window, held):
    """press(plane="") starts Find Points as its button does."""
    real = part("faceshot_blender.ops.find_points").FACESHOT_OT_find_points
    names = {name: value for name, value in vars(real).items() if callable(value) or isinstance(value, property)}
    body = {name: value for name, value in names.items() if not name.startswith("__") and name != "poll"}
    stepping = part("faceshot_blender.ops.stepping").Stepping

    def start(plane="", replace=False):
        # `super()` in its methods wants the class itself: their way to Stepping is given here
        body["modal"] = stepping.modal
        operator = type("Pressed", (stepping,), {"bl_label": "Find Points", **body})()
        operator.plane, operator.replace, operator.said = plane, replace, []
        operator.places, operator.matcher = "", "auto"
        operator.report = lambda level, words: operator.said.append((*level, words))
        operator.context, operator.asked = window.context, []
        operator.context.view_layer = window.bpy.context.view_layer
        operator.context.window_manager.invoke_confirm = lambda *_, message, **__: operator.asked.append(message)
        operator.outcome = operator.invoke(operator.context, SimpleNamespace(type="LEFTMOUSE"))
        return operator

    return start


def by_hand(part, empty, plane, character):
    """The plane's points, one of them moved by hand."""
    moved = part("core.placing.edit").moved(character, [30], (1.0, 0.0))
    part("faceshot_blender.scene.points").keep_points(empty.context.scene, plane, moved)
    return moved


def test_what_is_found_is_kept_with_the_plane(empty, part, engine, held, points_of, found_card):
    engine()
    assert points_of(held) is None
    assert empty.ops.faceshot.find_points(plane="Held") == {"FINISHED"}
    found = part("core.character").Character.load(found_card)
    np.testing.assert_array_equal(points_of(held).points, found.points)
    assert points_of(held).placed == found.placed
    folder = part("faceshot_blender.scene.paths").session_folder()
    assert not list(folder.glob("points-*"))


def test_an_unsure_guess_is_kept_as_well_and_told(empty, engine, held, points_of, capfd):
    engine(UNSURE)
    assert empty.ops.faceshot.find_points() == {"FINISHED"}
    assert points_of(held) is not None
    said = capfd.readouterr().out
    assert "not sure" in said
    assert "Face Points tool" in said


@pytest.mark.parametrize("kind", ["packed", "generated", "painted on"])
def test_pictures_that_are_no_plain_file(empty, part, engine, held, points_of, kind):
    engine()
    plane = part("faceshot_blender.scene.plane")
    image = plane.image_of(held).image
    if kind == "packed":
        image.pack()
    elif kind == "generated":
        image = empty.data.images.new("Made", 64, 48)
        plane.image_of(held).node.image = image
    else:
        image.pixels[0] = 1.0
    assert empty.ops.faceshot.find_points() == {"FINISHED"}
    assert points_of(held).size == (64, 48)


def test_a_picture_that_is_too_large_is_told_before_it_is_written(empty, part, engine, held, points_of, monkeypatch):
    engine()
    monkeypatch.setattr(part("core.picture_header"), "MAX_SIDE", 63)
    with pytest.raises(RuntimeError, match="64 x 48 px is too large"):
        empty.ops.faceshot.find_points()
    assert points_of(held) is None


def test_handwork_is_not_replaced_unasked(empty, part, engine, held, points_of, card):
    engine()
    moved = by_hand(part, empty, held, part("core.character").Character.load(card))
    with pytest.raises(RuntimeError, match="placed by hand"):
        empty.ops.faceshot.find_points()
    np.testing.assert_array_equal(points_of(held).points, moved.points)
    assert empty.ops.faceshot.find_points(replace=True) == {"FINISHED"}
    assert "hand" not in points_of(held).placed


def test_the_window_asks_before_handwork_is_replaced(empty, part, engine, held, press, window, points_of, card):
    engine()
    moved = by_hand(part, empty, held, part("core.character").Character.load(card))
    operator = press()
    assert operator.asked == ["They were placed by hand. Undo brings them back."]
    assert not window.queue.entries
    np.testing.assert_array_equal(points_of(held).points, moved.points)
    operator.go_on_with_timer(operator.context)  # as its `execute` does when the user agrees
    window.pump()
    assert "hand" not in points_of(held).placed


def test_points_placed_meanwhile_are_kept(empty, part, engine, held, press, window, points_of, card, tmp_path):
    wait = tmp_path / "wait"
    wait.touch()
    engine(FAKE_WAIT=str(wait))
    operator = press()
    window.pump(lambda: window.queue.first.fraction > 0)
    moved = by_hand(part, empty, held, part("core.character").Character.load(card))
    wait.unlink()
    window.pump()
    assert operator.outcome == {"CANCELLED"}
    assert "meanwhile" in operator.said[-1][1]
    np.testing.assert_array_equal(points_of(held).points, moved.points)


def test_another_picture_meanwhile_gets_no_points(empty, part, engine, held, press, window, points_of, tmp_path):
    wait = tmp_path / "wait"
    wait.touch()
    engine(FAKE_WAIT=str(wait))
    operator = press()
    window.pump(lambda: window.queue.first.fraction > 0)
    part("faceshot_blender.scene.plane").image_of(held).node.image = empty.data.images.new("Other", 64, 48)
    wait.unlink()
    window.pump()
    assert operator.outcome == {"CANCELLED"}
    assert "another picture" in operator.said[-1][1]
    assert points_of(held) is None


def test_a_job_that_is_cancelled_leaves_the_plane_alone(engine, held, press, window, points_of, tmp_path):
    wait = tmp_path / "wait"
    wait.touch()
    engine(FAKE_WAIT=str(wait))
    operator = press()
    window.pump(lambda: window.queue.first.fraction > 0)
    window.queue.cancel()
    window.pump()
    assert operator.outcome == {"CANCELLED"}
    assert points_of(held) is None


def test_in_a_window_an_unsure_guess_stays_told_and_is_shown(empty, engine, held, press, window, points_of):
    engine(UNSURE)
    operator = press()
    window.pump()
    assert operator.outcome == {"FINISHED"}
    assert points_of(held) is not None
    assert window.queue.failure.edit == "Held"
    assert window.queue.failure.message == UNSURE["why"]
    assert empty.context.view_layer.objects.active == held


def test_without_an_engine_the_button_is_grey_and_says_why(empty, part, held):
    from tests.blender.conftest import READY

    readiness = part("faceshot_blender.readiness")
    readiness.KNOWN[:] = [readiness.Readiness(**(READY | {"engine": "missing", "has_network": False}))]
    assert not empty.ops.faceshot.find_points.poll()
    reason = part("faceshot_blender.ops.find_points").reason_against_finding()
    assert "Set-Up" in reason
    readiness.KNOWN[:] = [readiness.Readiness(**(READY | {"has_network": False}))]  # the other network is enough
    assert empty.ops.faceshot.find_points.poll()
    readiness.forget()


def test_an_unsure_animate_offers_the_tool(empty, part, shot, window, fake_engine, monkeypatch, card):
    setup = fake_engine(
        "refuses",
        FAKE_CODE="character-unsure",
        FAKE_MESSAGE="Cannot find the picture's face.",
        FAKE_FOUND=json.dumps({"card": str(card), **UNSURE}),
    )
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    operator = window.press()
    window.pump()
    assert operator.outcome == {"CANCELLED"}
    assert window.queue.failure.edit == "Held"
    assert "Find Points" in window.queue.failure.remedy
