# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawn character: its points are where its features are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from core.character import Character, file_hash
from core.landmarks import MIRROR, eye_centres, face_width
from demo.make import make_toon
from demo.toon import Toon, draw_toon


@pytest.fixture(scope="module")
def toon() -> Toon:
    return draw_toon(size=512)


def sample(toon: Toon, point: np.ndarray) -> np.ndarray:
    x, y = np.floor(point).astype(int)
    return toon.pixels[y, x].astype(float)


def test_the_same_bytes_every_time(toon: Toon) -> None:
    assert np.array_equal(toon.pixels, draw_toon(size=512).pixels)


def test_points_scale_with_the_picture(toon: Toon) -> None:
    small = draw_toon(size=256)
    np.testing.assert_allclose(small.points * 2, toon.points)
    np.testing.assert_allclose(small.iris * 2, toon.iris)


def test_the_face_is_symmetric(toon: Toon) -> None:
    np.testing.assert_allclose(toon.points[MIRROR] * (-1, 1) + (512, 0), toon.points, atol=1e-9)
    np.testing.assert_allclose(toon.points[8, 0], 256)


def test_transparent_leaves_the_background_out_and_the_character_alike(toon: Toon) -> None:
    cut_out = draw_toon(size=512, transparent=True)
    assert cut_out.pixels.shape == (512, 512, 4)
    assert cut_out.pixels[5, 5, 3] == 0
    inside = cut_out.pixels[..., 3] == 255
    assert 0.3 < inside.mean() < 0.8
    difference = np.abs(cut_out.pixels[..., :3][inside].astype(int) - toon.pixels[inside])
    assert difference.max() <= 2


def test_pupils_are_dark_and_the_eyes_around_them_are_not(toon: Toon) -> None:
    for iris, eye in zip(toon.iris, eye_centres(toon.points), strict=True):
        assert sample(toon, iris + np.array([0, 2])).max() < 60
        assert np.linalg.norm(iris - eye) < 0.05 * face_width(toon.points)


def test_points_lie_on_edges_of_the_drawing(toon: Toon) -> None:
    """Across each rim point (lids, lips, brows, chin) the colour changes within a few pixels."""
    centres = {"eye_r": toon.points[36:42].mean(axis=0), "eye_l": toon.points[42:48].mean(axis=0)}
    groups = [
        (range(36, 42), centres["eye_r"]),
        (range(42, 48), centres["eye_l"]),
        (range(49, 54), toon.points[48:60].mean(axis=0)),
        (range(55, 60), toon.points[48:60].mean(axis=0)),
        (range(3, 14), toon.points[30]),
    ]
    for indices, centre in groups:
        for index in indices:
            point = toon.points[index]
            outward = (point - centre) / np.linalg.norm(point - centre)
            step = [sample(toon, point + outward * r) for r in (-4, -2, 0, 2, 4)]
            assert max(np.abs(a - b).max() for a in step for b in step) > 25, index


def test_the_mouth_is_closed(toon: Toon) -> None:
    gap = np.linalg.norm(toon.points[[61, 62, 63]] - toon.points[[67, 66, 65]], axis=1)
    assert gap.max() < 0.03 * np.linalg.norm(toon.points[54] - toon.points[48])


def test_make_toon_writes_picture_and_card(tmp_path) -> None:
    cv2 = pytest.importorskip("cv2")
    picture, card = make_toon(tmp_path)
    character = Character.load(card)
    read = cv2.imread(str(picture), cv2.IMREAD_UNCHANGED)
    assert character.size == (read.shape[1], read.shape[0]) == (1024, 1024)
    assert character.picture_hash == file_hash(picture)
    assert set(character.placed) == {"hand"}
    assert character.iris is not None
    np.testing.assert_allclose(character.points, draw_toon(size=1024).points)
