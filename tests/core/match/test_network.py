# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own landmark network: what it finds, how sure it says it is, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from core.errors import ErrorCode, FaceShotError
from core.landmarks import ALL_PARTS, MIRROR, PARTS, face_width
from core.match import match_picture
from core.match.landmark_net import FILE, FLAGS, INPUT, LandmarkNet, shipped
from core.match.network import place
from core.picture import Picture
from demo.cast import CAST
from training.landmarks.held_out import HELD_OUT
from training.landmarks.scene import draw

BROWS = {"right_brow", "left_brow"}


def error(points: np.ndarray, truth: np.ndarray, present: frozenset[str]) -> float:
    """Mean over the points of drawn parts, in face widths."""
    there = np.concatenate([np.arange(68)[PARTS[part]] for part in present])
    return float(np.linalg.norm(points - truth, axis=1)[there].mean() / face_width(truth))


def test_the_file_is_small_enough_to_ship() -> None:
    assert FILE.stat().st_size < 8_000_000


def test_each_crop_is_read_for_itself() -> None:
    crops = np.stack([draw((1, k), size=INPUT).image for k in range(3)])
    net = shipped()
    together = net(crops)
    assert together.points.shape == (3, 70, 2)
    assert together.parts.shape == (3, len(FLAGS))
    for k in range(3):
        alone = net(crops[k : k + 1])
        np.testing.assert_allclose(alone.points[0], together.points[k], atol=0.02)
        np.testing.assert_allclose(alone.error[0], together.error[k], rtol=0.01)


@pytest.mark.parametrize("kind", list(HELD_OUT))
def test_characters_of_kinds_never_learned_are_found(kind: str) -> None:
    errors = []
    for seed in range(3):
        sample = draw((77, seed), kind, size=300)
        found = place(sample.image, refuse=False)
        errors.append(error(found.points, sample.points, sample.present))
    assert np.median(errors) < 0.1


@pytest.mark.parametrize("name", ["bear", "cat", "emoji", "robot", "toon"])
def test_the_cast_is_found(name: str) -> None:
    drawing = CAST[name](400)
    character = match_picture(Picture(pixels=drawing.pixels), matcher="network")
    assert error(character.points, drawing.points, drawing.present) < 0.1
    assert set(character.placed) == {"matched"}
    assert BROWS & character.present == BROWS & drawing.present
    assert character.confidence.min() >= 0
    assert character.confidence.max() <= 1
    assert character.iris is not None
    assert character.iris[0, 0] < character.iris[1, 0]


def test_auto_takes_the_network_where_the_detector_does_not_know(tmp_path: Path) -> None:
    from core.models import ModelStore

    drawing = CAST["bear"](300)
    character = match_picture(Picture(pixels=drawing.pixels), store=ModelStore(tmp_path))  # no detector at all
    assert set(character.placed) == {"matched"}
    assert error(character.points, drawing.points, drawing.present) < 0.1


def test_a_mirrored_picture_gives_mirrored_points() -> None:
    rgb = np.ascontiguousarray(CAST["toon"](300).pixels[..., :3])
    found, other = place(rgb), place(np.ascontiguousarray(rgb[:, ::-1]))
    back = (other.points * (-1, 1) + (300, 0))[MIRROR]
    assert np.linalg.norm(found.points - back, axis=1).mean() < 0.03 * face_width(found.points)


def test_a_box_chooses_among_faces() -> None:
    first, second = CAST["bear"](256), CAST["boy"](256)
    both = np.concatenate([first.pixels[..., :3], second.pixels[..., :3]], axis=1)
    for drawing, offset in ((first, 0.0), (second, 256.0)):
        points = drawing.points + np.array([offset, 0])
        low, high = points.min(axis=0), points.max(axis=0)
        found = place(both, box=(float(low[0]), float(low[1]), *(float(v) for v in high - low)))
        assert error(found.points, points, drawing.present) < 0.1


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (15, 15), (3, 20000)])
def test_pictures_with_too_few_pixels_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(FaceShotError) as caught:
        match_picture(Picture(pixels=np.zeros((*shape, 3), np.uint8)), matcher="network")
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE
    assert "--box" in caught.value.hint


@pytest.mark.parametrize("shape", [(16, 16), (64, 5000), (300, 200)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_empty_pictures_are_refused(shape: tuple[int, int], level: int) -> None:
    with pytest.raises(FaceShotError) as caught:
        match_picture(Picture(pixels=np.full((*shape, 3), level, np.uint8)), matcher="network")
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE


@pytest.mark.parametrize("make", [data.coffee, data.brick, data.page])
def test_pictures_without_a_face_are_refused(make) -> None:
    pixels = make()
    pixels = np.stack([pixels] * 3, axis=-1) if pixels.ndim == 2 else pixels
    with pytest.raises(FaceShotError) as caught:
        place(pixels)
    assert caught.value.code is ErrorCode.CHARACTER_UNSURE


@pytest.mark.parametrize("size", [(16, 16), (60, 100), (200, 300), (240, 120)])
def test_a_guess_on_noise_is_whole_and_not_sure(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (*size, 3), dtype=np.uint8)
    found = place(noise, refuse=False)
    assert np.isfinite(found.points).all()
    assert found.present <= ALL_PARTS
    assert not found.sure


def test_a_huge_picture_is_no_harder() -> None:
    drawing = CAST["bear"](250)
    huge = drawing.pixels[..., :3].repeat(16, axis=0).repeat(16, axis=1)
    found = place(np.ascontiguousarray(huge))
    assert error(found.points / 16, drawing.points, drawing.present) < 0.1


@pytest.mark.parametrize("content", [None, b"", b"no network"])
def test_a_network_that_cannot_be_read(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FaceShotError) as caught:
        LandmarkNet(path)
    assert caught.value.code in (ErrorCode.MODEL_MISSING, ErrorCode.MODEL_DAMAGED)
    assert str(path) in caught.value.message
