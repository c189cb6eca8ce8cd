# SPDX-License-Identifier: GPL-3.0-or-later
"""The ground behind a head stays; what is not clear is not cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.character import Character
from core.landmarks import template
from core.layers import Head
from core.picture import Picture
from core.render.ground import find_ground
from core.render.proxy import ProxyCanvas
from demo.cast import CAST

SIZE = (320, 320)
FACE = 62 * template() + (160, 130)
SKIN, HAIR, SHIRT = (235, 190, 160), (90, 50, 30), (170, 40, 50)


def portrait(ground: np.ndarray) -> np.ndarray:
    """A head with hair and shoulders over `ground` (320, 320, 3) uint8."""
    image = ground.copy()
    head = Head.of(FACE, frozenset({"jaw", "right_eye", "left_eye"}))
    x, y = head.centre
    hair = (round(1.2 * head.half_width), round(1.15 * head.height))
    cv2.ellipse(image, (int(x), int(y)), hair, 0, 180, 360, HAIR, -1, cv2.LINE_AA)
    cv2.rectangle(image, (int(x) - 20, int(FACE[8, 1]) - 15), (int(x) + 20, 320), SKIN, -1)
    cv2.ellipse(image, (int(x), 340), (120, 60), 0, 180, 360, SHIRT, -1, cv2.LINE_AA)
    brow = FACE[[26, 24, 19, 17]] - (0, 15)
    cv2.fillPoly(image, [np.round(np.concatenate([FACE[:17], brow])).astype(np.int32)], SKIN, cv2.LINE_AA)
    for start in (36, 42):
        cv2.fillPoly(image, [np.round(FACE[start : start + 6]).astype(np.int32)], (250, 250, 250), cv2.LINE_AA)
    return image


def striped() -> np.ndarray:
    """A pale ground with a few broad stripes."""
    y, x = np.mgrid[0:320, 0:320]
    stripe = ((x // 40) % 2)[..., None]
    return (np.array([150, 190, 210]) + stripe * np.array([20, 8, 0]) + (y / 16).astype(int)[..., None]).astype(
        np.uint8
    )


@pytest.fixture(scope="module")
def picture() -> Picture:
    return Picture(pixels=portrait(striped()))


def head() -> Head:
    return Head.of(FACE, Character(points=FACE, size=SIZE).present)


def test_a_head_is_told_from_a_plain_ground(picture):
    found = find_ground(picture.pixels, picture.rgb8(), head())
    assert found is not None
    assert found.clear
    inside = np.zeros(found.matte.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(FACE[:17]).astype(np.int32)], 1)
    assert (found.matte[inside > 0] == 255).all()
    whole = portrait(np.zeros((320, 320, 3), np.uint8)).any(axis=-1)
    far = cv2.distanceTransform((~whole).astype(np.uint8), cv2.DIST_L2, 5) > 10
    far[230:] = False
    assert (found.matte[far] == 0).mean() > 0.99
    hair = cv2.erode(whole.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert (found.matte[:200][hair[:200]] == 255).all()


def test_at_rest_matte_and_plate_make_the_picture(picture):
    found = find_ground(picture.pixels, picture.rgb8(), head())
    seen = found.matte[found.box.slices] < 255
    assert np.array_equal(found.plate[seen], picture.pixels[found.box.slices][seen])


def test_the_plate_is_of_the_grounds_colours(picture):
    found = find_ground(picture.pixels, picture.rgb8(), head())
    plate = np.full((320, 320, 3), 0, np.uint8)
    plate[found.box.slices] = found.plate
    there = plate[40:200, 60:260].astype(int)
    assert np.abs(there - striped()[40:200, 60:260]).max() < 60


@pytest.mark.parametrize("shift", [(30, 0), (-24, 12), (0, -20)])
def test_the_ground_stays_while_the_head_moves(picture, shift):
    character = Character(points=FACE, size=SIZE)
    still = ProxyCanvas(picture, character)
    assert still.ground is not None
    drawn = still.frame(FACE + shift)
    near = cv2.dilate((still.ground.matte > 0).astype(np.uint8), np.ones((2 * 31 + 1,) * 2, np.uint8)) > 0
    assert near.mean() < 0.95
    assert np.array_equal(drawn[~near], picture.pixels[~near])
    soft = ProxyCanvas(picture, character, background="soft").frame(FACE + shift)
    # within the face the two are the same
    x, y = (FACE[30] + shift).astype(int)
    assert (
        np.abs(drawn[y - 20 : y + 20, x - 20 : x + 20].astype(int) - soft[y - 20 : y + 20, x - 20 : x + 20]).max() <= 1
    )
    assert drawn.shape == picture.pixels.shape


def test_near_rest_nothing_jumps(picture):
    drawn = ProxyCanvas(picture, Character(points=FACE, size=SIZE)).frame(FACE + 0.01)
    assert np.abs(drawn.astype(int) - picture.pixels).max() <= 2


def test_what_is_not_clear_is_not_cut_unless_asked_for():
    rng = np.random.default_rng(0)
    pixels = cv2.GaussianBlur(rng.integers(0, 255, (320, 320, 3), np.uint8), (0, 0), 5)
    character = Character(points=FACE, size=SIZE)
    assert ProxyCanvas(Picture(pixels=pixels), character).ground is None
    drawn = ProxyCanvas(Picture(pixels=pixels), character, background="still").frame(FACE + 5)
    assert drawn.shape == pixels.shape


def test_transparency_is_ground_enough():
    pixels = np.dstack([portrait(striped()), np.full((320, 320), 255, np.uint8)])
    character = Character(points=FACE, size=SIZE)
    opaque = ProxyCanvas(Picture(pixels=pixels), character)
    assert opaque.ground is not None
    assert (opaque.frame(FACE + 5)[..., 3] == 255).all()
    pixels[:40, :40, 3] = 0
    assert ProxyCanvas(Picture(pixels=pixels), character, background="still").ground is None


@pytest.mark.parametrize(("channels", "depth"), [(1, np.uint8), (3, np.uint16)])
def test_grey_and_deep_pictures_have_a_ground(channels, depth):
    pixels = portrait(striped()).astype(depth)
    pixels = pixels[..., :channels] * (257 if depth is np.uint16 else 1)
    canvas = ProxyCanvas(Picture(pixels=pixels.astype(depth)), Character(points=FACE, size=SIZE), background="still")
    assert canvas.ground is not None
    drawn = canvas.frame(np.add(FACE, (12, 0)))
    assert drawn.dtype == depth
    assert drawn.shape == pixels.shape


@pytest.mark.parametrize("size", [(1, 1), (20, 30), (64, 64)])
def test_small_pictures_have_none_or_one(size):
    pixels = np.full((size[1], size[0], 3), 120, np.uint8)
    points = FACE / 320 * size[0]
    drawn = ProxyCanvas(Picture(pixels=pixels), Character(points=points, size=size), background="still").frame(
        points + 1
    )
    assert drawn.shape == pixels.shape


def test_no_strip_of_ground_goes_with_a_head():
    drawing = CAST["robot"](512)
    points = Head.of(drawing.points, drawing.present)
    picture = Picture(pixels=drawing.pixels)
    found = find_ground(picture.pixels, picture.rgb8(), points, sure=True)
    assert found is not None
    # over the knob of its antenna is nothing but ground
    assert not found.matte[: drawing.pixels.shape[0] // 40].any()


def test_an_outline_that_wears_off_is_no_sure_one():
    drawing = CAST["elf"](512)
    picture = Picture(pixels=drawing.pixels)
    assert find_ground(picture.pixels, picture.rgb8(), Head.of(drawing.points, drawing.present), sure=True) is None
