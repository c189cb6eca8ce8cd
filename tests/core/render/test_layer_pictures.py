# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers painted back to front, as plain textured triangles, are the proxy's frame."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.character import Character
from core.landmarks import EYE_PAIRS, inter_ocular
from core.layers import FaceLayers
from core.picture import Picture
from core.render.proxy import ProxyCanvas
from core.render.textures import LayeredPicture, layered_picture
from demo.cast import CAST
from tests.core.render.painter import paint

# Eyes with lids, dots, a mouth of one line on a transparent ground, rims, eyes as large as they get
DRAWN = ("toon", "emoji", "cat", "robot", "anime")
SIZE = 320
MODELS = Path(os.environ.get("FACESHOT_MODELS") or Path(__file__).parents[3] / "build" / "models")
# What may differ by a pixel's share where edges are sharp, and what must not differ at all; 0..1
_SEEN = 16 / 255


def opened(points: np.ndarray, by: float) -> np.ndarray:
    moved = points.copy()
    moved[[*range(55, 60), *range(65, 68)]] += (0, by)
    moved[5:12] += (0, 0.8 * by)
    return moved


def blinked(points: np.ndarray, share: float) -> np.ndarray:
    moved = points.copy()
    for upper, lower in (pair for pairs in EYE_PAIRS.values() for pair in pairs):
        moved[upper] += share * (points[lower] - points[upper])
    return moved


def smiled(points: np.ndarray, by: float) -> np.ndarray:
    moved = opened(points, 0.6 * by)
    moved[[48, 60]] += (-by, -0.8 * by)
    moved[[54, 64]] += (by, -0.8 * by)
    return moved


def leant(points: np.ndarray, angle: float, shift: tuple[float, float]) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = points.mean(axis=0)
    return (points - centre) @ turn.T + centre + shift


def poses(points: np.ndarray) -> dict[str, np.ndarray]:
    unit = float(inter_ocular(points))
    return {
        "open mouth": opened(points, 0.3 * unit),
        "half shut": blinked(points, 0.6),
        "all shut": leant(opened(blinked(points, 1.0), 0.15 * unit), 0.0, (0.15 * unit, -0.08 * unit)),
        "wide and smiling": leant(smiled(blinked(points, -0.25), 0.12 * unit), 0.15, (0, 0)),
    }


def drawn_character(name: str) -> tuple[Picture, Character]:
    drawing = CAST[name](SIZE)
    facts = {"present": drawing.present, "iris": drawing.iris}
    return Picture(pixels=drawing.pixels), Character(points=drawing.points, size=drawing.size, **facts)


def painted(made: LayeredPicture, points: np.ndarray, iris: np.ndarray | None = None) -> np.ndarray:
    looks = None if iris is None else iris[None]
    places = {name: each[0] for name, each in made.layers.positions(points[None], looks).items()}
    shares = {name: float(each[0]) for name, each in made.layers.opacities(points[None], looks).items()}
    return over_grey(paint(made.layers.layers(), places, shares, made.textures, made.layers.lattice.size))


def over_grey(image: np.ndarray) -> np.ndarray:
    return image[..., :3] * image[..., 3:] + 0.5 * (1 - image[..., 3:]) if image.shape[2] == 4 else image


def as_floats(pixels: np.ndarray) -> np.ndarray:
    return over_grey(pixels.astype(np.float32) / np.iinfo(pixels.dtype).max)


def astray(image: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How far each pixel (H, W, 3) is off all that the other picture shows within one pixel of it; (H, W)."""
    around = np.ones((3, 3), np.uint8)
    pairs = ((image, other), (other, image))
    off = [np.maximum(cv2.erode(there, around) - here, here - cv2.dilate(there, around)) for here, there in pairs]
    return np.maximum(*off).max(axis=-1)


@pytest.fixture(scope="module", params=DRAWN)
def character(request) -> tuple[ProxyCanvas, LayeredPicture, Character]:
    picture, card = drawn_character(request.param)
    return ProxyCanvas(picture, card), layered_picture(picture, card), card


def test_at_rest_the_layers_are_the_picture(character):
    canvas, made, card = character
    off = np.abs(painted(made, card.points) - as_floats(canvas.pixels)).max(axis=-1)
    # Glints at the edge of a dot are part of its edge.
    assert (off > 4 / 255).mean() < 0.001
    assert off.mean() < 0.1 / 255


@pytest.mark.parametrize("pose", ["open mouth", "half shut", "all shut", "wide and smiling"])
def test_painted_layers_are_the_frame(character, pose):
    canvas, made, card = character
    points = poses(card.points)[pose]
    frame, image = as_floats(canvas.frame(points)), painted(made, points)
    still = np.abs(frame - as_floats(canvas.pixels)).mean()
    assert np.abs(frame - image).mean() < min(1.2 / 255, 0.2 * still)
    # A line that is half a pixel off differs, but is found again within a pixel.
    assert (np.abs(frame - image).max(axis=-1) > _SEEN).mean() < 0.02
    assert (astray(frame, image) > _SEEN).mean() < 0.003


def test_a_gaze_slides_the_eyeball():
    picture, card = drawn_character("toon")
    made = layered_picture(picture, card)
    looks = np.add(card.iris, (0.05 * float(inter_ocular(card.points)), 0))
    frame = as_floats(ProxyCanvas(picture, card).frame(card.points, looks))
    image = painted(made, card.points, looks)
    assert np.abs(frame - as_floats(picture.pixels)).max() > 0.3
    assert np.abs(frame - image).mean() < 0.3 / 255
    assert (astray(frame, image) > _SEEN).mean() < 0.001


def test_a_photograph_is_painted_as_it_is_rendered(photograph):
    picture, card = photograph
    canvas, made = ProxyCanvas(picture, card), layered_picture(picture, card)
    assert np.abs(painted(made, card.points) - as_floats(picture.pixels)).max() <= 2.5 / 255
    for points in poses(card.points).values():
        frame, image = as_floats(canvas.frame(points)), painted(made, points)
        assert np.abs(frame - image).mean() < 0.5 / 255
        assert (astray(frame, image) > _SEEN).mean() < 0.003


@pytest.fixture(scope="module")
def photograph() -> tuple[Picture, Character]:
    """An astronaut (in the public domain, comes with scikit-image), and where her face is."""
    from core.match import match_picture
    from core.models import ModelStore

    data = pytest.importorskip("skimage.data")
    picture = Picture(pixels=data.astronaut()[:320, 60:380].copy())
    if not (MODELS / "mesh-468").is_dir():
        pytest.skip(f"the network mesh-468 is not in {MODELS}: `python -m core models fetch mesh-468`")
    return picture, match_picture(picture, matcher="detector", store=ModelStore(MODELS))


def test_layers_of_a_plain_face_are_all_there(face):
    names = [layer.name for layer in FaceLayers.of(face, (256, 224)).layers()]
    for part in ("right_eye", "left_eye", "mouth"):
        behind, skin, over = (names.index(name) for name in (f"{part}_inside", "skin", f"{part}_upper"))
        assert behind < skin < over
