# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.picture import Picture
from core.render.textures import layered_picture

KINDS = [(1, np.uint8), (2, np.uint8), (3, np.uint8), (4, np.uint16), (3, np.uint16)]


@pytest.mark.parametrize(("channels", "depth"), KINDS)
@pytest.mark.parametrize("background", ["still", "soft"])
def test_textures_over_each_other_are_the_picture(make, channels, depth, background):
    picture, character = make(channels=channels, depth=depth)
    layers = layered_picture(picture, character, background=background)
    made = layers.textures
    full = np.iinfo(depth).max
    assert {image.dtype for image in made.values()} == {np.dtype(depth)}
    assert {image.shape[2:] for image in made.values()} == {(4,)}
    assert {made[name].shape for name in ("picture", "plate")} == {(*picture.pixels.shape[:2], 4)}
    share = made["picture"][..., 3:].astype(np.float64) / full
    colours = share * made["picture"][..., :3] + (1 - share) * made["plate"][..., :3]
    wanted = picture.pixels[..., :-1] if picture.has_alpha else picture.pixels
    seen = (picture.pixels[..., -1] == full) if picture.has_alpha else np.ones(wanted.shape[:2], bool)
    # Drawn eyes are laid over the skin, which has none.
    for shape in layers.layers.shapes.values():
        (left, top), (right, bottom) = shape.points.min(axis=0) - 8, shape.points.max(axis=0) + 8
        seen[int(top) : int(bottom), int(left) : int(right)] = False
    # where the head throws a shadow two roundings meet
    assert np.abs(colours - wanted)[seen].max() <= (1.5 if background == "still" else 0)


def test_every_layer_has_its_texture(make):
    picture, character = make()
    made = layered_picture(picture, character, background="still")
    layers = made.layers.layers()
    assert {layer.texture for layer in layers} == set(made.textures)
    assert [layer.name for layer in layers if layer.texture == "plate"] == ["background"]
    assert [layer.name for layer in layers if layer.texture == "picture"] == ["skin"]
    assert {"right_eye_ball", "left_eye_ball", "mouth_inside"} <= {layer.name for layer in layers}


def test_the_plate_lies_behind_the_head():
    from core.character import Character
    from core.landmarks import template

    face = 62 * template() + (160, 130)
    pixels = np.full((320, 320, 3), (150, 190, 210), np.uint8)
    cv2.ellipse(pixels, (160, 130), (90, 110), 0, 0, 360, (90, 50, 30), -1, cv2.LINE_AA)
    cv2.fillPoly(pixels, [np.round(face[:17]).astype(np.int32)], (235, 190, 160))
    made = layered_picture(Picture(pixels=pixels), Character(points=face, size=(320, 320))).textures
    assert made["picture"][130, 160, 3] == 255
    assert made["picture"][10, 10, 3] == 0
    assert np.abs(made["plate"][60:150, 90:230, :3].astype(int) - (150, 190, 210)).max() < 30
