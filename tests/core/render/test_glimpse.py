# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick look at a face: small, of its part of the picture, with the face that was asked for."""

import dataclasses

import numpy as np
import pytest

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.expression import compose
from core.landmarks import template
from core.picture import Picture, encode_png
from core.render.glimpse import POSES, acted, glimpse, kept_picture, posed
from core.retarget import RetargetSettings

SIZE = (900, 700)


@pytest.fixture(scope="module")
def character() -> Character:
    return Character(points=template() * 120 + (430.0, 250.0), size=SIZE)


@pytest.fixture(scope="module")
def picture() -> Picture:
    x, y = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    waves = np.stack([np.sin(x / 23 + k) * np.cos(y / 31 - k) for k in range(3)], axis=-1)
    return Picture(pixels=np.uint8(128 + 90 * waves))


def _part(picture: Picture, box: tuple[float, float, float, float]) -> np.ndarray:
    x, y, width, height = np.round(box).astype(int)
    return picture.pixels[y : y + height, x : x + width]


def test_at_rest_it_is_that_part_of_the_picture(picture, character):
    made = glimpse(picture, character, posed(character, "rest"), longest=2000)
    assert np.array_equal(made.pixels, _part(picture, made.box))


@pytest.mark.parametrize("pose", sorted(set(POSES) - {"rest", "look"}))
def test_each_pose_moves_the_face_and_leaves_the_border(picture, character, pose):
    made = glimpse(picture, character, posed(character, pose))
    still = glimpse(picture, character, posed(character, "rest"))
    assert max(made.pixels.shape) <= 384
    assert made.box == still.box
    difference = np.abs(made.pixels.astype(int) - still.pixels)
    assert difference.mean() > 0.3
    for border in (difference[:1], difference[-1:], difference[:, :1], difference[:, -1:]):
        assert border.max() == 0


def test_an_open_mouth_opens_and_a_blink_closes(character):
    opened, closed = posed(character, "open").points[0], posed(character, "blink").points[0]
    height = character.points[8, 1] - character.points[27, 1]
    assert opened[66, 1] - opened[62, 1] > 0.08 * height
    assert np.allclose(closed[[37, 38, 43, 44], 1], closed[[41, 40, 47, 46], 1], atol=0.02 * height)


def test_a_smaller_copy_in_memory_gives_the_same_place(picture, character):
    half = Picture(pixels=np.ascontiguousarray(picture.pixels[::2, ::2]))
    whole, small = (glimpse(each, character, posed(character, "open"), longest=128) for each in (picture, half))
    assert np.allclose(whole.box, small.box, atol=4)


def test_a_frame_of_an_actor(character):
    actor = compose({"jawOpen": np.linspace(0, 1, 5)}, size=(400, 400), scale=90.0, translation=(200.0, 150.0))
    settings = RetargetSettings(reference="first")
    first, last = (acted(character, actor, frame, settings) for frame in (0, 4))
    assert len(last) == 1
    assert np.allclose(first.points[0], character.points, atol=1e-6)
    assert last.points[0, 8, 1] > first.points[0, 8, 1] + 5
    with pytest.raises(FaceShotError, match="no frame 6"):
        acted(character, actor, 5, settings)


def test_a_pose_that_is_none(character):
    with pytest.raises(FaceShotError) as raised:
        posed(character, "sneeze")
    assert raised.value.code is ErrorCode.USAGE
    assert "blink" in raised.value.hint


def test_points_that_are_no_face_are_refused(picture, character):
    far = dataclasses.replace(character, points=character.points + 5000)
    with pytest.raises(FaceShotError) as raised:
        glimpse(picture, far, posed(far, "open"))
    assert raised.value.code is ErrorCode.CHARACTER_UNSURE


def test_a_large_picture_is_kept_small(tmp_path):
    path = tmp_path / "ü large.png"
    path.write_bytes(encode_png(np.full((30, 4096, 3), 77, np.uint8)))
    kept = kept_picture(path, 1)
    assert kept.size == (2048, 15)
    assert kept_picture(path, 1) is kept
    assert kept_picture(path, 2) is not kept
