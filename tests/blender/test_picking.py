# SPDX-License-Identifier: GPL-3.0-or-later
"""What is under the pointer in a viewport, whatever way it looks at the picture; names and maps of drags."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SIZE = (512, 512)


@pytest.fixture
def look(empty, part):
    """look(kind, turn) is a PictureInView of a picture that stands upright, 5.12 m wide, seen from the front."""
    from mathutils import Matrix

    def make(kind="ORTHO", turn=0.0, shift=0.0):
        steps = np.array([(0.01, 0, 0), (0, 0, -0.01), (-2.56, 0, 2.56)])
        surface = part("faceshot_blender.scene.points").PictureOnPlane(SIZE, steps)
        view = Matrix.Translation((0, 0, -8)) @ Matrix.Rotation(-math.pi / 2, 4, "X") @ Matrix.Rotation(turn, 4, "Z")
        window = Matrix.Diagonal((1 / 4, 1 / 3, -0.01, 1))
        if kind == "PERSP":
            window = Matrix(((2, 0, shift, 0), (0, 2.66, -shift, 0), (0, 0, -1.0002, -0.02), (0, 0, -1, 0)))
        region = SimpleNamespace(width=800, height=600)
        region_data = SimpleNamespace(view_matrix=view, window_matrix=window)
        return part("faceshot_blender.scene.in_view").PictureInView.of(surface, region, region_data)

    return make


@pytest.fixture
def face(part):
    """A plain face in the middle of the picture, with irises and without a nose."""
    character, landmarks = part("core.character"), part("core.landmarks")
    points = landmarks.template_in_box((100, 100, 312, 312))
    present = landmarks.ALL_PARTS - {"nose"}
    iris = landmarks.eye_centres(points)
    return character.Character(points=points, size=SIZE, present=present, iris=iris)


@pytest.mark.parametrize("kind", ["ORTHO", "PERSP"])
@pytest.mark.parametrize("turn", [0.0, 0.9, -1.2, math.pi])
@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_there_and_back(look, kind, turn, shift):
    view = look(kind, turn, shift)
    points = np.random.default_rng(3).uniform(-300, 800, (50, 2))
    for point, place in zip(points, view.on_screen(points), strict=True):
        assert view.pixel(*place) == pytest.approx(point, abs=1e-2)


def test_nothing_behind_the_eye_or_along_the_picture(look):
    edge_on = look("ORTHO", math.pi / 2)
    assert edge_on.pixel(300, 200) is None
    far = np.array([[256.0, 256.0], [1e6, 256.0]])
    places = look("PERSP", 1.2).on_screen(np.concatenate([far, -far]))
    assert np.isfinite(places[0]).all()
    assert not np.isfinite(places).all()


def picker(part, look, face, mode="POINTS", chosen=(), **more):
    return part("core.placing.picking").Picker(look("PERSP", 0.4), face, mode, frozenset(chosen), **more)


def test_each_point_is_under_itself_but_for_parts_that_are_not_there(part, look, face):
    picking = part("core.placing.picking")
    pick = picker(part, look, face)
    points = part("core.placing.edit").points_of(face)
    for index, place in enumerate(pick.view.on_screen(points)):
        hit = pick.hit(*place)
        if 27 <= index < 36:
            assert hit is None or hit.part != "nose"
        else:
            assert (hit.kind, hit.part) == ("point", picking.part_of(hit.index))
            near = pick.view.on_screen(points[[hit.index]])[0]
            assert np.linalg.norm(near - place) < 1e-6
    without = picker(part, look, face, irises=False)
    assert without.hit(*pick.view.on_screen(points)[68]) is None


def test_lines_stand_for_their_part(part, look, face):
    pick = picker(part, look, face)
    between = face.points[[7, 8]].mean(axis=0)
    hit = pick.hit(*pick.view.on_screen(between[None])[0])
    assert (hit.kind, hit.part) == ("curve", "jaw")
    assert pick.hit(5, 5) is None


def test_parts_and_the_face_are_grabbed_whole(part, look, face):
    place = part("core.placing.edit").points_of(face)[68]
    for mode, wanted in (("PARTS", "right_eye"), ("FACE", "face")):
        pick = picker(part, look, face, mode)
        hit = pick.hit(*pick.view.on_screen(place[None])[0])
        assert (hit.kind, hit.part) == ("curve", wanted)
    # where nothing is drawn: inside the mouth's box, between eyes and mouth
    inside, between = face.points[[62, 66]].mean(axis=0), np.array([256.0, 250.0])
    parts, whole = picker(part, look, face, "PARTS"), picker(part, look, face, "FACE")
    assert parts.hit(*parts.view.on_screen(inside[None])[0]).part == "mouth"
    assert parts.hit(*parts.view.on_screen(between[None])[0]) is None
    assert whole.hit(*whole.view.on_screen(between[None])[0]).part == "face"


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_the_box_around_what_is_chosen(part, look, face, scale):
    picking = part("core.placing.picking")
    pick = picker(part, look, face, chosen=range(48, 68), scale=scale)
    box = picking.box_on_screen(pick.view, picking.box_of(face, range(48, 68)), scale=scale)
    assert [pick.hit(*handle).index for handle in box.handles] == list(range(8))
    assert {pick.hit(*handle).kind for handle in box.handles} == {"handle"}
    assert pick.hit(*box.turn).kind == "turn"
    corner = box.corners[0] + 0.2 * (box.corners[2] - box.corners[0])
    assert pick.hit(*corner).kind in ("inside", "curve", "point")
    assert box.holds(box.corners.mean(axis=0))
    assert not box.holds(box.turn)
    points = pick.view.on_screen(face.points[48:68])
    assert all(box.holds(point) for point in points)


def test_all_points_on_one_spot_can_still_be_grabbed(part, look, face):
    """Nothing is divided by their extent: the box has a size on the screen."""
    spot = dataclasses.replace(face, points=np.full((68, 2), 200.0), iris=None)
    pick = picker(part, look, spot, chosen=range(68))
    place = pick.view.on_screen(np.array([[200.0, 200.0]]))[0]
    assert pick.hit(*place) is not None
    picking = part("core.placing.picking")
    assert picking.box_on_screen(pick.view, picking.box_of(spot, range(68))).area > 100
    assert picking.box_of(face, [27, 28]) is None, "points that are not there have no box"


def test_numbers_tell_all_that_can_be_hit_apart(part):
    picking, landmarks = part("core.placing.picking"), part("core.landmarks")
    hits = [picking.Hit("point", index, picking.part_of(index)) for index in range(70)]
    hits += [picking.Hit("curve", part=name) for name in (*landmarks.PARTS, "face")]
    hits += [picking.Hit("handle", index) for index in range(8)] + [picking.Hit("turn"), picking.Hit("inside")]
    assert len({hit.number for hit in hits}) == len(hits)
    assert min(hit.number for hit in hits) >= 0


def test_confidence_has_a_colour(part):
    colour = part("faceshot_blender.scene.points_drawing").confidence_colour
    red, orange, yellow, green, sure = colour(np.array([0, 0.35, 0.6, 0.85, 1.0]))
    assert red[0] > 0.9 > 0.3 > red[1]
    assert 0.3 < orange[1] < yellow[1]
    assert green[1] > 0.8 > 0.5 > green[0]
    assert np.array_equal(green, sure)
    by_hand = colour(np.zeros(2), np.array(["hand", "matched"]))
    assert by_hand[0].min() > 0.8
    assert np.array_equal(by_hand[1], red)


@pytest.fixture
def dragging(part):
    return part("core.placing.dragging")


def test_names_of_points_come_back(dragging):
    @settings(max_examples=60, deadline=None)
    @given(st.sets(st.integers(0, 69), min_size=1))
    def holds(indices):
        assert dragging.indices_of(dragging.name_of(indices)).tolist() == sorted(indices)

    holds()
    assert dragging.name_of(range(70)) == "face"
    assert dragging.words_of("left_eye") == "Left Eye"


def test_steps(dragging):
    start, way = np.array([10.0, 20.0]), np.array([3.2, -4.7])
    assert dragging.moving(start, start + way, step=1.0).offset == (3.0, -5.0)
    assert dragging.moving(start, start + way, axis=(0.0, 1.0)).offset == (0.0, pytest.approx(-4.7))
    one, other = (start + np.array([9, up]) for up in (0, 0.9))
    assert math.degrees(dragging.turning(start, one, other, before=0.0, step=math.radians(5)).turn) == pytest.approx(5)
    assert dragging.turning(start, start, other, before=0.3, step=0).turn == 0.3
    assert dragging.Change().is_nothing
