# SPDX-License-Identifier: GPL-3.0-or-later
"""Every drawn character: its points are where its features are, at any size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from core.character import Character, file_hash
from core.landmarks import ALL_PARTS, PARTS, eye_centres, face_width, inter_ocular
from demo.cast import CAST, Drawing
from demo.make import main

SIZE = 256


@lru_cache(maxsize=2 * len(CAST))
def drawn(name: str, size: int = SIZE) -> Drawing:
    return CAST[name](size)


everyone = pytest.mark.parametrize("name", sorted(CAST))


def test_there_are_characters_of_many_kinds() -> None:
    cast = [drawn(name) for name in CAST]
    assert len(cast) >= 18
    assert any(one.pixels.shape[2] == 4 for one in cast)
    assert any("nose" not in one.present for one in cast)
    assert any("right_brow" not in one.present for one in cast)
    assert any(len({"right_brow", "left_brow"} - one.present) == 1 for one in cast)
    assert any(one.iris is None for one in cast)


@everyone
def test_the_picture_has_the_size_and_the_points_are_on_it(name: str) -> None:
    one = drawn(name)
    assert one.name == name
    assert one.size == (SIZE, SIZE)
    assert one.pixels.dtype == np.uint8
    assert one.points.shape == (68, 2)
    assert ((one.points > 0) & (one.points < SIZE)).all()
    assert {"jaw", "right_eye", "left_eye", "mouth"} <= one.present <= ALL_PARTS


@everyone
def test_the_same_bytes_every_time(name: str) -> None:
    assert np.array_equal(drawn(name).pixels, CAST[name](SIZE).pixels)


@everyone
def test_two_sizes_agree(name: str) -> None:
    small = drawn(name, SIZE // 2)
    np.testing.assert_allclose(small.points * 2, drawn(name).points, atol=1e-9)
    halved = drawn(name).pixels.astype(float).reshape(SIZE // 2, 2, SIZE // 2, 2, -1).mean(axis=(1, 3))
    assert np.abs(halved - small.pixels).mean() < 7


@everyone
def test_right_is_right_and_left_is_left(name: str) -> None:
    """Along the face's own axis: the right jaw end, eye, brow and mouth corner before the left ones."""
    points = drawn(name).points
    across = points[16] - points[0]
    down = np.array([-across[1], across[0]])
    along = points @ across
    for right, left in ((0, 16), (36, 39), (39, 42), (42, 45), (48, 54), (60, 64), (17, 21), (22, 26), (31, 35)):
        assert along[right] < along[left]
    assert (np.diff(along[:17]) > -0.06 * across @ across).all()  # many are wider below their eyes
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46), (51, 57), (62, 66), (27, 30), (33, 8)):
        assert points[upper] @ down <= points[lower] @ down


@everyone
def test_the_parts_lie_within_the_face(name: str) -> None:
    points = drawn(name).points
    right, left = eye_centres(points)
    width = face_width(points)
    assert 0.25 * width < inter_ocular(points) < 0.75 * width
    for centre in (right, left, points[PARTS["mouth"]].mean(axis=0)):
        assert np.linalg.norm(centre - points[[0, 8, 16]].mean(axis=0)) < 0.6 * width
    mouth = points[PARTS["mouth"]].mean(axis=0)
    assert np.linalg.norm(mouth - points[8]) < np.linalg.norm((right + left) / 2 - points[8])


@everyone
def test_eyes_are_drawn_where_the_points_say(name: str) -> None:
    """The colours within the lids differ from those of the skin between the eyes and the cheeks."""
    one = drawn(name)
    grey = one.pixels[..., :3].mean(axis=2)
    for part, centre in zip(("right_eye", "left_eye"), eye_centres(one.points), strict=True):
        lids = one.points[PARTS[part]]
        x, y = np.floor(0.6 * lids + 0.4 * centre).astype(int).T
        spots = np.append(grey[y, x], grey[int(centre[1]), int(centre[0])])
        skin = np.floor((one.points[1] + one.points[15] + 2 * one.points[29]) / 4).astype(int)
        assert np.abs(spots - grey[skin[1], skin[0]]).max() > 40


@everyone
def test_irises_lie_within_their_eyes(name: str) -> None:
    one = drawn(name)
    if one.iris is None:
        assert name in {"emoji", "bear", "bunny", "pumpkin", "snowman", "doll"}  # dots, buttons and holes move whole
        return
    for part, iris in zip(("right_eye", "left_eye"), one.iris, strict=True):
        lids = one.points[PARTS[part]]
        assert (iris > lids.min(axis=0)).all()
        assert (iris < lids.max(axis=0)).all()


def test_characters_are_made_with_their_cards(tmp_path, capsys):
    assert main([str(tmp_path / "new"), "emoji", "cat"]) == 0
    assert capsys.readouterr().out.split()[-1].endswith("cat.character.json")
    card = Character.load(tmp_path / "new" / "cat.character.json")
    assert card.picture_hash == file_hash(tmp_path / "new" / "cat.png")
    assert card.present == drawn("cat").present
    np.testing.assert_allclose(card.points / 4, drawn("cat").points)
    assert main([str(tmp_path), "unicorn"]) == 2
