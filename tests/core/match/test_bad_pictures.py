# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that are no portraits: nothing is called a face that is none, and a guess is never an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from core.character import UNSURE
from core.errors import ErrorCode, FaceShotError
from core.landmarks import face_width
from core.match import match_face
from core.match.candidate import Answer, Candidate
from core.match.view import LARGEST, View
from core.models import ModelStore
from core.picture import Picture
from demo.cast import CAST

RANDOM = np.random.default_rng(5)
EMPTY = ModelStore(Path("/no/such/folder"))


def picture(*shape: int, dtype: type = np.uint8, value: int | None = None) -> Picture:
    top = np.iinfo(dtype).max
    pixels = RANDOM.integers(0, top, shape) if value is None else np.full(shape, value)
    return Picture(pixels=pixels.astype(dtype))


def house() -> np.ndarray:
    """Two windows and a door: the face that everybody sees in a house."""
    pixels = np.full((300, 300, 3), (150, 190, 230), np.uint8)
    pixels[90:280, 60:240] = (190, 120, 90)
    for row in range(90, 280, 12):
        pixels[row : row + 2, 60:240] = (160, 100, 80)
    pixels[120:165, 85:130] = pixels[120:165, 170:215] = (60, 70, 90)
    pixels[200:280, 130:170] = (70, 40, 30)
    return pixels


def cup() -> np.ndarray:
    """A cup on a saucer, from above."""
    y, x = np.mgrid[:300, :300] - 150.0
    pixels = np.full((300, 300, 3), (120, 80, 50), np.uint8)
    for radius, colour in ((130, (235, 235, 230)), (95, (210, 210, 205)), (80, (60, 35, 20)), (40, (190, 150, 110))):
        pixels[x**2 + y**2 < radius**2] = colour
    pixels[140:160, 230:290] = (225, 225, 220)
    return pixels


FACELESS: dict[str, Callable[[], np.ndarray]] = {
    "bricks": lambda: np.stack([data.brick()] * 3, axis=-1),
    "grass": lambda: np.stack([data.grass()] * 3, axis=-1),
    "coffee": data.coffee,
    "rocket": data.rocket,
    "coins": lambda: np.stack([data.coins()] * 3, axis=-1),
    "page": lambda: np.stack([data.page()] * 3, axis=-1),
    "cell": lambda: np.stack([data.cell()] * 3, axis=-1),
    "phantom": lambda: np.stack([np.uint8(255 * data.shepp_logan_phantom())] * 3, axis=-1),
    "house": house,
    "cup": cup,
    "noise": lambda: RANDOM.integers(0, 255, (240, 320, 3)).astype(np.uint8),
}


@pytest.mark.parametrize("name", list(FACELESS))
def test_no_face_is_called_sure_where_there_is_none(name: str) -> None:
    found = match_face(Picture(pixels=FACELESS[name]()), matcher="network", guess=True)
    assert not found.sure
    assert found.confidence <= UNSURE
    assert found.character.is_guess
    assert found.why.endswith(".")
    with pytest.raises(FaceShotError) as caught:
        match_face(Picture(pixels=FACELESS[name]()), matcher="network")
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE
    assert "--box" in caught.value.hint
    assert "--anchor" in caught.value.hint


@pytest.mark.parametrize(
    "odd",
    [
        picture(3, 3, 3),
        picture(3, 20000, 3),
        picture(20000, 12, 4),
        picture(15, 15, 1),
        picture(200, 200, 4, value=0),
        picture(64, 48, 2),
        picture(64, 48, 1, dtype=np.uint16),
        picture(64, 48, 4, dtype=np.uint16),
    ],
    ids=lambda one: f"{one.pixels.shape} {one.pixels.dtype}",
)
@pytest.mark.parametrize("matcher", ["auto", "detector", "network", "template"])
def test_a_guess_is_never_an_error(odd: Picture, matcher: str) -> None:
    found = match_face(odd, matcher=matcher, guess=True, store=EMPTY)
    assert not found.sure
    assert found.confidence <= UNSURE
    found.character.require_on_picture()
    assert found.matcher in ("detector", "network", "template")


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (500, 2, 4)])
def test_next_to_no_pixels_are_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(FaceShotError) as caught:
        match_face(picture(*shape), guess=True, store=EMPTY)
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE
    assert f"{shape[1]} x {shape[0]} px are too few" in caught.value.message


def test_a_guess_says_why_and_a_sure_answer_too() -> None:
    drawing = CAST["cat"](300)
    found = match_face(Picture(pixels=drawing.pixels), guess=True, store=EMPTY)
    assert found.sure
    assert found.matcher == "network"
    assert found.why == "The landmark network is sure; the face detector is not installed."
    assert found.confidence > 0.5


def test_a_box_places_a_plain_face_where_nobody_is_sure() -> None:
    found = match_face(Picture(pixels=FACELESS["bricks"]()), box=(100, 50, 120, 150), store=EMPTY)
    assert (found.matcher, found.sure, found.by_user) == ("template", False, True)
    assert found.why.startswith("A plain face is placed in the box")


@given(
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    box=st.tuples(st.floats(-5, 39), st.floats(-5, 39), st.floats(6, 60), st.floats(6, 60)),
)
@settings(max_examples=40, deadline=None)
def test_what_is_seen_lies_where_it_lies_on_the_picture(width: int, height: int, box) -> None:
    if box[0] >= width or box[1] >= height:
        return
    view = View.of(picture(height, width, 3), box)
    points = np.array([[0.0, 0.0], [view.rgb.shape[1], view.rgb.shape[0]]])
    back = view.on_picture(Answer("network", face=Candidate(points, points, points))).face
    assert back is not None
    assert (back.points >= -1e-9).all()
    assert (back.points <= np.array([width, height]) + 1e-9).all()
    assert view.box is not None
    np.testing.assert_allclose(np.array(view.box[:2]) * view.stretch + view.origin, box[:2], atol=1e-9)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_large_pictures_are_looked_at_smaller(channels: int) -> None:
    """A square of another colour is where it is, and the mean is kept."""
    large = picture(5000, 9001, channels, value=200)
    large.pixels[2000:3000, 4000:6000, : min(channels, 3)] = 0
    view = View.of(large)
    assert max(view.rgb.shape[:2]) <= LARGEST
    rows, columns = np.nonzero(view.rgb[..., 0] < 60)
    middle = np.array([columns.mean() + 0.5, rows.mean() + 0.5]) * view.stretch
    np.testing.assert_allclose(middle, (5000, 2500), atol=6)


def test_a_face_on_a_large_picture_is_found_where_it_is() -> None:
    drawing = CAST["bear"](1000)
    pixels = np.full((4000, 6000, 3), 90, np.uint8)
    pixels[2500:3500, 3000:4000] = Picture(pixels=drawing.pixels).rgb8()
    found = match_face(Picture(pixels=pixels), matcher="network", guess=True).character
    truth = drawing.points + (3000, 2500)  # noqa: RUF005
    assert np.linalg.norm(found.points - truth, axis=1).mean() < 0.1 * face_width(truth)
