# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces that no face is shaped like, as they lie there while points are placed: frames come out, or clear words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.expression import compose
from core.landmarks import ALL_PARTS, PARTS
from core.picture import Picture
from core.render.proxy import ProxyCanvas
from core.retarget import RetargetSettings, retarget

SIZE = (160, 120)
ACTING = {
    "jawOpen": np.array([0.0, 0.9, 0.2]),
    "eyeBlinkLeft": np.array([0.0, 0.3, 1.0]),
    "eyeBlinkRight": np.array([0.0, 1.0, 0.1]),
    "mouthSmileLeft": np.array([0.0, 0.8, 0.0]),
    "browInnerUp": np.array([0.0, 0.0, 0.9]),
}


def on_one_pixel(face: np.ndarray, *parts: str) -> np.ndarray:
    points = face.copy()
    for part in parts:
        points[PARTS[part]] = face[PARTS[parts[0]]].mean(axis=0)
    return points


def turned_over(face: np.ndarray) -> np.ndarray:
    return face * (1, -1) + (0, SIZE[1])


def mixed_up(face: np.ndarray) -> np.ndarray:
    return face[np.random.default_rng(3).permutation(68)]


ODD: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "eyes on one pixel": lambda face: on_one_pixel(face, "right_eye", "left_eye"),
    "eye and mouth on one pixel": lambda face: on_one_pixel(face, "left_eye", "mouth"),
    "nose and mouth on one pixel": lambda face: on_one_pixel(face, "nose", "mouth"),
    "all but the jaw on one pixel": lambda face: on_one_pixel(face, *(ALL_PARTS - {"jaw"})),
    "the jaw on one pixel": lambda face: on_one_pixel(face, "jaw"),
    "three pixels": lambda face: (face - face.mean(axis=0)) * (3 / np.ptp(face, axis=0).max()) + (80, 60),
    "half a pixel": lambda face: (face - face.mean(axis=0)) * (0.5 / np.ptp(face, axis=0).max()) + (80, 60),
    "all equal": lambda face: np.full_like(face, 50.0),
    "in the corner": lambda face: (face - face.mean(axis=0)) * 0.05,
    "over the edge": lambda face: face - (75, 0),
    "far outside": lambda face: face + (4000, 0),  # noqa: RUF005
    "upside down": turned_over,
    "mixed up": mixed_up,
    "a level line": lambda face: face * (1, 0) + (0, 60),
}


@pytest.mark.parametrize("iris", [False, True], ids=["no irises", "irises"])
@pytest.mark.parametrize("name", list(ODD))
def test_frames_or_clear_words(face: np.ndarray, name: str, iris: bool) -> None:
    points = ODD[name](face * 0.55)
    picture = Picture(pixels=np.random.default_rng(1).integers(0, 255, (SIZE[1], SIZE[0], 3)).astype(np.uint8))
    irises = np.stack([points[36:42].mean(axis=0), points[42:48].mean(axis=0)]) if iris else None
    character = Character(points=points, size=SIZE, iris=irises)
    refused: FaceShotError | None = None
    try:
        character.require_on_picture()
        actor = compose(ACTING, size=(400, 400), scale=100.0, translation=(200.0, 160.0))
        moved = retarget(actor, character, RetargetSettings(reference="first"))
        assert np.isfinite(moved.points).all()
        frames = list(ProxyCanvas(picture, character).frames(moved.points, moved.iris))
    except FaceShotError as error:
        refused = error
    if refused is not None:
        assert refused.code in (ErrorCode.CHARACTER_UNSURE, ErrorCode.NO_FACE)
        assert refused.hint
        return
    assert [frame.shape for frame in frames] == [picture.pixels.shape] * 3
    np.testing.assert_array_equal(frames[0], picture.pixels)
