# SPDX-License-Identifier: GPL-3.0-or-later
"""A head's shadow on the ground goes with the head."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.character import Character
from core.landmarks import template
from core.picture import Picture
from core.render.proxy import ProxyCanvas

SIZE = (400, 400)
FACE = 62 * template() + (200, 170)
GROUND = np.array([120.0, 170.0, 190.0])


def drawn(*, shadow: bool, dots: bool = False) -> np.ndarray:
    """A ball with eyes over a plain ground, or one with dots; (400, 400, 3) uint8."""
    y, x = np.mgrid[0:400, 0:400] + 0.5
    image = np.broadcast_to(GROUND, (400, 400, 3)) * (1 - 0.1 * y / 400)[..., None]
    if dots:
        image = image * (1 - 0.3 * ((np.hypot(x % 40 - 20, y % 40 - 20) < 6) & (y > 60)))[..., None]
    away = np.hypot(x - 200, y - 180) - 105
    if shadow:
        image = image * (1 - 0.2 * np.clip(1 - away / 14, 0, 1))[..., None]
    image[away < 0] = (230, 150, 60)
    image = image.astype(np.uint8)
    for start in (36, 42):
        cv2.fillPoly(image, [np.round(FACE[start : start + 6]).astype(np.int32)], (250, 250, 250), cv2.LINE_AA)
    return image


def canvas(pixels: np.ndarray) -> ProxyCanvas:
    return ProxyCanvas(Picture(pixels=pixels), Character(points=FACE, size=SIZE), background="still")


def test_a_shadow_leaves_no_trace_where_the_head_was():
    with_shadow, without = canvas(drawn(shadow=True)), canvas(drawn(shadow=False))
    assert with_shadow.ground is not None
    assert with_shadow.ground.shadow is not None
    assert without.ground is not None
    assert without.ground.shadow is None
    moved = with_shadow.frame(np.add(FACE, (60, 0)))[150:210, 60:112].astype(float)
    clean = without.frame(np.add(FACE, (60, 0)))[150:210, 60:112].astype(float)
    left = np.abs(drawn(shadow=True).astype(float) - drawn(shadow=False))[150:210, 60:112].max()
    assert left > 25
    assert np.abs(moved - clean).max() < 0.3 * left
    # and the shadow is where the head is now: beside its left edge
    row = with_shadow.frame(np.add(FACE, (60, 0)))[180, :, 1].astype(float)
    usual = without.frame(np.add(FACE, (60, 0)))[180, :, 1].astype(float)
    dark = np.flatnonzero(row[:200] < usual[:200] - 10)
    assert len(dark) > 8
    assert dark.min() > 112


def test_with_its_shadow_the_picture_is_whole_near_rest():
    pixels = drawn(shadow=True)
    near = canvas(pixels).frame(FACE + 0.01)
    assert np.abs(near.astype(int) - pixels).max() <= 2
    assert np.array_equal(canvas(pixels).frame(FACE), pixels)


@pytest.mark.parametrize("shadow", [False, True])
def test_what_is_drawn_on_the_ground_is_no_shadow(shadow):
    found = canvas(drawn(shadow=shadow, dots=True)).ground
    assert found is not None
    dark = np.zeros(SIZE, bool) if found.shadow is None else found.shadow > 12
    y, x = np.mgrid[0:400, 0:400] + 0.5
    # beyond a shadow's reach nothing is taken from the dots
    assert not dark[np.hypot(x - 200, y - 180) > 105 + 30].any()
