# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, OPTIONAL_PARTS, PARTS
from core.picture import Picture
from core.render.base import BACKENDS, load_backend
from core.render.proxy import ProxyCanvas

KINDS = [(1, np.uint8), (2, np.uint8), (3, np.uint8), (4, np.uint8), (1, np.uint16), (3, np.uint16), (4, np.uint16)]


def blink(points: np.ndarray) -> np.ndarray:
    moved = points.copy()
    moved[[37, 38, 43, 44]] = points[[41, 40, 47, 46]]
    return moved


def opened(points: np.ndarray, by: float = 20.0) -> np.ndarray:
    moved = points.copy()
    moved[[57, 58, 56, 65, 66, 67, 55, 59]] += (0, by)
    moved[5:12] += (0, 0.9 * by)
    return moved


def dot_centre(image: np.ndarray, background: np.ndarray) -> np.ndarray:
    """Centre of what differs from the background, in our convention."""
    weight = np.abs(image.astype(float) - background.astype(float)).sum(axis=-1)
    y, x = np.mgrid[0 : weight.shape[0], 0 : weight.shape[1]] + 0.5
    return np.array([(x * weight).sum(), (y * weight).sum()]) / weight.sum()


@pytest.mark.parametrize(("channels", "depth"), KINDS)
def test_at_rest_the_picture_comes_back_bit_for_bit(make, face, channels, depth):
    picture, character = make(channels=channels, depth=depth)
    canvas = ProxyCanvas(picture, character)
    again = canvas.frame(face)
    assert again.dtype == picture.pixels.dtype
    assert np.array_equal(again, picture.pixels)
    canvas.frame(blink(face))
    assert np.array_equal(canvas.frame(face), picture.pixels)
    again[:] = 0
    assert np.array_equal(canvas.frame(face), picture.pixels)


@pytest.mark.parametrize(("channels", "depth"), KINDS)
@pytest.mark.parametrize("move", [blink, opened])
def test_every_kind_of_picture_moves_the_same(make, face, channels, depth, move):
    picture, character = make(channels=channels, depth=depth)
    # the transparent ones have no ground: compare without
    drawn = ProxyCanvas(picture, character, background="soft").frame(move(face))
    assert drawn.shape == picture.pixels.shape
    assert drawn.dtype == picture.pixels.dtype
    assert not np.array_equal(drawn, picture.pixels)
    plain, _ = make(channels=1 if channels < 3 else 3)
    reference = ProxyCanvas(plain, character, background="soft").frame(move(face)).astype(float)
    scale = 257 if depth is np.uint16 else 1
    colours = drawn[..., : reference.shape[2]].astype(float) / scale
    inside = np.s_[60:170, 90:170]
    assert np.abs(colours - reference)[inside].max() < 3


def test_near_rest_the_picture_is_near(make, face):
    picture, character = make()
    drawn = ProxyCanvas(picture, character).frame(np.add(face, (0.01, -0.01)))
    assert np.abs(drawn.astype(int) - picture.pixels).max() <= 2


def test_the_same_frame_twice_is_the_same(make, face):
    picture, character = make()
    canvas = ProxyCanvas(picture, character)
    first = canvas.frame(opened(face))
    canvas.frame(blink(face))
    assert np.array_equal(canvas.frame(opened(face)), first)
    assert np.array_equal(ProxyCanvas(picture, character).frame(opened(face)), first)


def test_frames_in_a_row_are_the_same_frames(make, face):
    picture, character = make()
    wanted = np.stack([opened(face), face, blink(face), face + 3, opened(face)])
    one = ProxyCanvas(picture, character)
    drawn = list(ProxyCanvas(picture, character).frames(wanted))
    assert len(drawn) == len(wanted)
    for points, frame in zip(wanted, drawn, strict=True):
        assert np.array_equal(frame, one.frame(points))


# Where no lid or lip draws over the dot.
@pytest.mark.parametrize("index", [0, 4, 8, 12, 16, 19, 24, 30, 33])
@pytest.mark.parametrize("shift", [(0, 0), (25, -14)])
def test_a_dot_at_a_landmark_lands_on_its_target(face, index, shift):
    size = (256, 224)
    plain = np.full((224, 256, 3), 120, np.uint8)
    dotted = plain.copy()
    at = face[index] - 0.5
    cv2.circle(dotted, np.round(at * 16).astype(int).tolist(), 32, (255, 255, 255), -1, cv2.LINE_AA, shift=4)
    rng = np.random.default_rng(index)
    target = face.copy()
    for part in PARTS.values():
        target[part] += rng.uniform(-4, 4, 2)
    target += shift
    character = Character(points=face, size=size, present=ALL_PARTS - {"mouth", "left_eye", "right_eye"})
    before = dot_centre(dotted, plain)
    drawn = ProxyCanvas(Picture(pixels=dotted), character).frame(target)
    landed = dot_centre(drawn, plain)
    assert np.abs(landed - before - (target - face)[index]).max() < 0.5


def test_a_shift_moves_all_of_the_head_and_little_else(make, face):
    size = (640, 480)
    places = np.add(face, (192, 128))
    rng = np.random.default_rng(1)
    pixels = cv2.GaussianBlur(rng.integers(0, 255, (480, 640, 3), np.uint8), (0, 0), 2)
    character = Character(points=places, size=size, present=frozenset({"jaw", "nose", "right_brow", "left_brow"}))
    canvas = ProxyCanvas(Picture(pixels=pixels), character)
    drawn = canvas.frame(np.add(places, (60, 0)))
    left, top = places.min(axis=0).astype(int)
    right, bottom = places.max(axis=0).astype(int)
    head = drawn[top:bottom, left + 60 : right + 60].astype(int)
    assert np.abs(head - pixels[top:bottom, left:right]).mean() < 2
    assert np.array_equal(drawn[:, :20], pixels[:, :20])


def test_far_pixels_are_untouched(make, face):
    pixels = np.random.default_rng(0).integers(0, 255, (900, 1200, 3), np.uint8)
    character = Character(points=np.add(face, (100, 100)), size=(1200, 900))
    drawn = ProxyCanvas(Picture(pixels=pixels), character).frame(opened(np.add(face, (100, 100))))
    assert np.array_equal(drawn[600:], pixels[600:])
    assert np.array_equal(drawn[:, 700:], pixels[:, 700:])
    assert not np.array_equal(drawn, pixels)


def test_a_shut_eye_shows_no_eyeball(make, face):
    picture, character = make()
    drawn = ProxyCanvas(picture, character).frame(blink(face))
    eye = face[36:42].mean(axis=0).astype(int)
    patch = picture.pixels[eye[1] - 2 : eye[1] + 2, eye[0] - 2 : eye[0] + 3].astype(float).mean(axis=(0, 1))
    low = face[[40, 41], 1].mean()
    shut = drawn[int(low) - 8 : int(low) - 4, eye[0] - 4 : eye[0] + 5].astype(float).mean(axis=(0, 1))
    assert np.abs(shut - (225, 180, 150)).max() < 35
    assert np.abs(patch - (225, 180, 150)).max() > 60


def test_an_opening_mouth_shows_its_inside(make, face):
    picture, character = make()
    drawn = ProxyCanvas(picture, character).frame(opened(face, 26))
    middle = face[62] + (0, 18)
    x, y = middle.astype(int)
    assert drawn[y - 2 : y + 2, x - 2 : x + 2].astype(float).mean() < 130
    chin = face[8] + (0, 14)
    assert np.abs(drawn[int(chin[1]), int(chin[0])].astype(float) - (225, 180, 150)).max() < 40


def test_edges_of_alpha_have_no_dark_fringe(make, face):
    picture, character = make(channels=4)
    pixels = picture.pixels.copy()
    visible = pixels[..., 3] > 0
    pixels[visible, :3] = 240
    pixels[~visible] = 0
    drawn = ProxyCanvas(Picture(pixels=pixels), Character(points=face, size=character.size)).frame(
        np.add(face, (17.5, 9.25))
    )
    face_box = np.s_[60:190, 70:210]
    edge = (drawn[..., 3] > 0) & (drawn[..., 3] < 255)
    edge[face_box] = False
    assert edge.sum() > 100
    assert drawn[edge][:, :3].min() >= 238


@pytest.mark.parametrize("missing", sorted(OPTIONAL_PARTS))
def test_a_part_may_be_missing(make, face, missing):
    picture, character = make(present=ALL_PARTS - {missing})
    drawn = ProxyCanvas(picture, character).frame(opened(blink(face)))
    assert drawn.shape == picture.pixels.shape
    whole = ProxyCanvas(picture, Character(points=face, size=picture.size)).frame(opened(blink(face)))
    assert not np.array_equal(drawn, picture.pixels)
    assert drawn.shape == whole.shape


def test_the_iris_follows_the_gaze(make, face):
    iris = np.stack([face[36:42].mean(axis=0), face[42:48].mean(axis=0)])
    picture, character = make(iris=iris)
    canvas = ProxyCanvas(picture, character)
    assert np.array_equal(canvas.frame(face, iris), picture.pixels)
    looking = canvas.frame(face, np.add(iris, (3, 0)))
    moved = looking.astype(int) - picture.pixels
    where = np.argwhere(np.abs(moved).sum(axis=-1) > 60)
    assert len(where)
    low, high = face[36:48].min(axis=0) - 3, face[36:48].max(axis=0) + 3
    assert (where[:, ::-1] >= low).all()
    assert (where[:, ::-1] <= high).all()
    dark = looking[..., 0] < 120
    row = int(iris[0, 1])
    span = np.s_[int(face[36, 0]) : int(face[39, 0])]
    now, was = np.flatnonzero(dark[row, span]), np.flatnonzero(picture.pixels[row, span, 0] < 120)
    assert abs(now.mean() - was.mean() - 3) < 1.5


@pytest.mark.parametrize("shift", [(-400, 0), (300, 0), (0, -400), (1e4, 1e4)])
def test_a_head_may_leave_the_picture(make, face, shift):
    picture, character = make()
    drawn = ProxyCanvas(picture, character).frame(blink(face) + shift)
    assert drawn.shape == picture.pixels.shape


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_a_head_may_grow_and_turn(make, face, factor):
    picture, character = make()
    angle = np.radians(25)
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = face.mean(axis=0)
    drawn = ProxyCanvas(picture, character).frame((face - centre) @ turn.T + centre)
    x, y = ((face[30] - centre) @ turn.T + centre).astype(int)
    assert np.abs(drawn[y, x].astype(float) - (225, 180, 150)).max() < 25


def test_tiny_pictures_do_not_break(face):
    for size in ((1, 1), (3, 2), (16, 16)):
        pixels = np.zeros((size[1], size[0], 3), np.uint8)
        points = face / 256 * size[0]
        drawn = ProxyCanvas(Picture(pixels=pixels), Character(points=points, size=size)).frame(points + 0.7)
        assert drawn.shape == pixels.shape


def test_what_is_visible_does_not_fold(make, face):
    picture, character = make()
    canvas = ProxyCanvas(picture, character)
    for points in (blink(face), opened(face), np.add(face, (30, 10))):
        for layer in canvas.visible_maps(points):
            across = layer.where[:-1, 1:] - layer.where[:-1, :-1]
            down = layer.where[1:, :-1] - layer.where[:-1, :-1]
            turned = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0] <= 0
            seen = layer.seen[:-1, :-1] & layer.seen[1:, :-1] & layer.seen[:-1, 1:]
            assert (turned & seen).sum() <= 0.0005 * picture.pixels[..., 0].size


def test_the_table_of_backends():
    for name in BACKENDS:
        backend = load_backend(name)
        assert backend.name == name
        assert backend.licence
        assert 3 in backend.context(3, 10)
        assert set(backend.context(3, 10)) <= set(range(10))
    assert list(load_backend("proxy").context(3, 10)) == [3]
    with pytest.raises(FaceShotError) as caught:
        load_backend("oil")
    assert caught.value.code is ErrorCode.BACKEND_MISSING


def test_sampling_is_a_choice(make, face):
    picture, character = make()
    made = {name: ProxyCanvas(picture, character, sampling=name).frame(opened(face)) for name in ("linear", "nearest")}
    assert not np.array_equal(made["linear"], made["nearest"])
    backend = load_backend("proxy")
    assert backend.settings({}) == {"sampling": "auto", "background": "auto"}
    assert backend.settings({"sampling": "cubic", "background": "soft"})["background"] == "soft"
    for bad in ({"sampling": "magic"}, {"colour": 1}, {"background": "green"}):
        with pytest.raises(FaceShotError):
            backend.settings(bad)
