# SPDX-License-Identifier: GPL-3.0-or-later
"""Place by Clicking without a window: the operator with its places given."""

from __future__ import annotations

import pytest

PLACES = "right_eye=24,18 left_eye=40,18 nose=none mouth_right=25,32 mouth_left=39,32"


@pytest.fixture
def plane(empty, part, picture):
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    return plane


@pytest.fixture
def kept(part, plane):
    return lambda: part("faceshot_blender.scene.points").character_of(plane)


def test_places_make_the_plane_a_face(empty, plane, kept, part):
    assert empty.ops.faceshot.place_anchors(places=PLACES) == {"FINISHED"}
    character = kept()
    assert "nose" not in character.present
    assert set(character.placed) == {"template"}
    centres = part("core.landmarks").eye_centres(character.points)
    assert centres.round(6).tolist() == [[24, 18], [40, 18]]
    assert character.points[48].round(6).tolist() == [25, 32]
    assert plane["faceshot_card_given"]


def test_limits_are_kept(empty, plane, kept, part):
    points, character = part("faceshot_blender.scene.points"), part("core.character").Character
    before = character(
        points=part("core.landmarks").template_in_box((8, 6, 40, 36)), size=(64, 48), limits={"yaw": 0.3}
    )
    points.keep_points(empty.context.scene, plane, before)
    assert empty.ops.faceshot.place_anchors(plane="Held", places=PLACES) == {"FINISHED"}
    assert kept().limits == {"yaw": 0.3}


def test_eyes_the_wrong_way_round_are_put_right(empty, plane, kept, part):
    assert empty.ops.faceshot.place_anchors(places="right_eye=40,18;left_eye=24,18") == {"FINISHED"}
    assert part("core.landmarks").eye_centres(kept().points).round(6).tolist() == [[24, 18], [40, 18]]


@pytest.mark.parametrize(
    ("places", "words"),
    [
        ("", "No place of the face is known"),
        ("right_eye=1", "NAME=X,Y"),
        ("ear=1,2", "No anchor is called 'ear'"),
        ("right_eye=nan,2", "finite"),
        ("right_eye=900,2 left_eye=5,5", "outside the picture"),
        ("right_eye=5,5 left_eye=5,5", "one spot"),
    ],
)
def test_bad_places_are_answered_and_change_nothing(empty, plane, kept, places, words):
    with pytest.raises(RuntimeError, match=words):
        empty.ops.faceshot.place_anchors(places=places)
    assert kept() is None


def test_poll_says_what_is_missing(empty):
    assert not empty.ops.faceshot.place_anchors.poll()
    with pytest.raises(RuntimeError, match="Click on the plane with the picture first"):
        empty.ops.faceshot.place_anchors(places=PLACES)


def test_object_without_a_picture_is_named(empty):
    empty.ops.mesh.primitive_cube_add()
    with pytest.raises(RuntimeError, match="no picture"):
        empty.ops.faceshot.place_anchors(places=PLACES)
