# SPDX-License-Identifier: GPL-3.0-or-later
"""Matching a picture: which are believed, which are refused, and in what words."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from core.character import file_hash
from core.errors import ErrorCode, FaceShotError
from core.landmarks import inter_ocular, template
from core.match import match_picture
from core.match.detector import plausible
from core.models import ModelStore
from core.picture import Picture, encode_png, read_picture
from demo.toon import draw_toon

HUMAN_LIKE = ("portrait_000001", "lp_s6", "lp_s7", "lp_s9", "lp_s10")
ANIMALS = ("lp_s23", "lp_s25", "lp_s41")
ASTRONAUT_EYES = ((205, 102), (246, 104))


@pytest.fixture(scope="module", params=["mesh-468", "mesh-478"])
def store(request, tmp_path_factory, repo_root) -> ModelStore:
    """A store with one of the two networks only."""
    everything = Path(os.environ.get("FACESHOT_MODELS") or repo_root / "build" / "models")
    if not (everything / request.param).is_dir():
        pytest.skip(
            f"the network {request.param} is not in {everything}: `python -m core models fetch {request.param}`"
        )
    folder = tmp_path_factory.mktemp("models")
    (folder / request.param).symlink_to(everything / request.param)
    return ModelStore(folder)


def faceless() -> np.ndarray:
    """A wall of bricks."""
    return np.stack([data.brick()] * 3, axis=-1)


def error_distance(points: np.ndarray, truth: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points - truth, axis=-1) / inter_ocular(truth)


def test_the_toon_is_found_where_it_is_drawn(store: ModelStore) -> None:
    toon = draw_toon(size=512)
    character = match_picture(Picture(pixels=toon.pixels), store=store)
    distance = error_distance(character.points, toon.points)
    for eye in (slice(36, 42), slice(42, 48)):  # of cartoon eyes this big the upper half is found
        middle = character.points[eye].mean(axis=0) - toon.points[eye].mean(axis=0)
        assert np.linalg.norm(middle) < 0.2 * inter_ocular(toon.points)
    assert distance[48:68].max() < 0.2
    assert distance.mean() < 0.12
    assert character.size == (512, 512)


def test_the_astronaut_is_found(store: ModelStore) -> None:
    character = match_picture(Picture(pixels=data.astronaut()), matcher="detector", store=store)
    for part, eye in ((slice(36, 42), ASTRONAUT_EYES[0]), (slice(42, 48), ASTRONAUT_EYES[1])):
        assert np.linalg.norm(character.points[part].mean(axis=0) - eye) < 4
    assert character.confidence.mean() > 0.7
    assert (character.confidence <= 1).all()


def test_irises_come_from_the_network_that_has_them(store: ModelStore) -> None:
    character = match_picture(Picture(pixels=data.astronaut()), matcher="detector", store=store)
    if (store.folder / "mesh-478").exists():
        assert character.iris is not None
        assert np.linalg.norm(character.iris - ASTRONAUT_EYES, axis=1).max() < 4
    else:
        assert character.iris is None


@pytest.mark.parametrize("name", HUMAN_LIKE)
def test_human_like_pictures_are_found(store: ModelStore, shared_data: Path, name: str) -> None:
    picture = read_picture(shared_data / "pictures" / f"{name}.jpg")
    character = match_picture(picture, store=store)
    assert character.confidence.mean() > 0.6  # the lowest is a three-quarter view
    assert character.picture_hash == file_hash(shared_data / "pictures" / f"{name}.jpg")


@pytest.mark.parametrize("name", ANIMALS)
def test_the_detector_refuses_animals(store: ModelStore, shared_data: Path, name: str) -> None:
    with pytest.raises(FaceShotError) as caught:
        match_picture(read_picture(shared_data / "pictures" / f"{name}.jpg"), matcher="detector", store=store)
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE
    assert "--box" in caught.value.hint


@pytest.mark.parametrize("make", [data.chelsea, data.coffee, lambda: data.rocket()[:300]])
def test_the_detector_refuses_pictures_without_a_human_face(store: ModelStore, make) -> None:
    with pytest.raises(FaceShotError) as caught:
        match_picture(Picture(pixels=make()), matcher="detector", store=store)
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE


def forms() -> dict[str, np.ndarray]:
    """The toon as pictures of other kinds."""
    toon = draw_toon(size=400, transparent=True).pixels
    rgb = np.uint8(toon[..., :3] * (toon[..., 3:] / 255.0) + 128 * (1 - toon[..., 3:] / 255.0))
    grey = rgb.mean(axis=-1, keepdims=True)
    return {
        "alpha": toon,
        "grey": grey.astype(np.uint8),
        "grey with alpha": np.concatenate([grey, toon[..., 3:]], axis=-1).astype(np.uint8),
        "16 bit": rgb.astype(np.uint16) * 257,
        "huge": np.ascontiguousarray(rgb.repeat(8, axis=0).repeat(8, axis=1)),
    }


@pytest.mark.parametrize("form", ["alpha", "grey", "grey with alpha", "16 bit", "huge"])
def test_pictures_of_every_kind(store: ModelStore, form: str) -> None:
    pixels = forms()[form]
    truth = draw_toon(size=400).points * (pixels.shape[0] / 400)
    character = match_picture(Picture(pixels=pixels), store=store)
    assert error_distance(character.points, truth).mean() < 0.13
    assert character.size == (pixels.shape[1], pixels.shape[0])


def test_a_box_chooses_among_faces(store: ModelStore) -> None:
    toon = draw_toon(size=320)
    both = np.concatenate([toon.pixels, toon.pixels], axis=1)
    for offset in (0, 320):
        low, high = toon.points.min(axis=0), toon.points.max(axis=0)
        box = (float(low[0] + offset), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
        character = match_picture(Picture(pixels=both), box=box, store=store)
        assert error_distance(character.points, toon.points + (offset, 0)).mean() < 0.12  # noqa: RUF005


def test_a_box_where_nobody_sees_a_face_gets_the_template(store: ModelStore) -> None:
    box = (140.0, 40.0, 130.0, 150.0)
    character = match_picture(Picture(pixels=faceless()), box=box, store=store)
    assert set(character.placed) == {"template"}
    assert character.confidence.max() < 0.5
    np.testing.assert_allclose(character.points.min(axis=0), box[:2])
    np.testing.assert_allclose(character.points.max(axis=0), np.add(box[:2], box[2:]))


def test_without_networks_a_box_still_works_and_its_lack_is_told(tmp_path: Path) -> None:
    empty = ModelStore(tmp_path)
    picture = Picture(pixels=faceless())
    assert set(match_picture(picture, box=(140, 40, 130, 150), store=empty).placed) == {"template"}
    with pytest.raises(FaceShotError) as caught:
        match_picture(picture, store=empty)
    assert caught.value.code is ErrorCode.MODEL_MISSING


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"matcher": "template"}, ErrorCode.USAGE),
        ({"matcher": "guess"}, ErrorCode.USAGE),
        ({"box": (0, 0, 0, 10)}, ErrorCode.USAGE),
        ({"box": (5, 5, -3, 10)}, ErrorCode.USAGE),
        ({"box": (900, 900, 10, 10)}, ErrorCode.USAGE),
        ({"box": (float("nan"), 0, 10, 10)}, ErrorCode.USAGE),
        ({}, ErrorCode.CHARACTER_UNSURE),
        ({"matcher": "detector", "box": (0, 0, 1, 1)}, ErrorCode.CHARACTER_UNSURE),
    ],
)
def test_errors_say_what_to_do(options: dict, code: ErrorCode) -> None:
    with pytest.raises(FaceShotError) as caught:
        match_picture(Picture(pixels=np.zeros((1, 1, 3), np.uint8)), **options)
    assert caught.value.code is code
    assert caught.value.hint


def test_the_card_names_its_picture(tmp_path: Path) -> None:
    path = tmp_path / "a b ü.png"
    path.write_bytes(encode_png(np.zeros((20, 30, 3), np.uint8)))
    character = match_picture(read_picture(path), matcher="template", box=(5, 5, 10, 10))
    assert character.picture == str(path)
    assert character.picture_hash == file_hash(path)
    assert character.size == (30, 20)


@given(
    scale=st.floats(0.01, 5000),
    degrees=st.floats(0, 360),
    shift=st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)),
)
@settings(max_examples=60, deadline=None)
def test_plausible_does_not_depend_on_place_size_and_turn(scale: float, degrees: float, shift) -> None:
    turn = np.radians(degrees)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert plausible(template() @ matrix.T + shift)
    assert not plausible((template() * (1, -1)) @ matrix.T + shift)


def test_points_on_one_spot_are_not_plausible() -> None:
    assert not plausible(np.ones((68, 2)))
    assert not plausible(np.full((68, 2), np.nan))
