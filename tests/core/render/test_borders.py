# SPDX-License-Identifier: GPL-3.0-or-later
"""What is beyond the edges of a picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import Character
from core.landmarks import template
from core.layers import Edges, Head
from core.picture import Picture
from core.render.ground import cut_edges
from core.render.maps import sample
from core.render.proxy import ProxyCanvas

FACE = 40 * template() + (100, 92)
PRESENT = frozenset({"jaw", "right_eye", "left_eye", "mouth"})


def ball(depth: type = np.uint8, *, size: int = 200, radius: float = 96.0) -> np.ndarray:
    """A floating ball that nearly fills its picture, (size, size, 4)."""
    full = np.iinfo(depth).max
    y, x = np.mgrid[0:size, 0:size] + 0.5
    alpha = np.clip(radius - np.hypot(x - size / 2, y - size / 2) + 0.5, 0, 1)
    colours = np.broadcast_to(np.array([1.0, 0.8, 0.2]) * full, (size, size, 3))
    return np.rint(np.dstack([colours, alpha * full])).astype(depth)


@pytest.mark.parametrize("sampling", ["linear", "cubic", "nearest"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("shift", [(30, 0), (-30, 8), (0, 26), (4, -40)])
def test_a_floating_head_leaves_nothing_at_the_edge_it_moves_away_from(sampling, depth, shift):
    picture = Picture(pixels=ball(depth))
    drawn = ProxyCanvas(picture, Character(points=FACE, size=(200, 200), present=PRESENT), sampling=sampling).frame(
        FACE + shift
    )
    full = np.iinfo(depth).max
    visible, was = drawn[..., 3] > full // 30, picture.pixels[..., 3] > 0
    x, y = shift
    for moved, lines, rest in ((x, visible.any(axis=0), was.any(axis=0)), (y, visible.any(axis=1), was.any(axis=1))):
        if moved > 8:
            assert np.flatnonzero(lines)[0] >= np.flatnonzero(rest)[0]
        if moved < -8:
            assert np.flatnonzero(lines)[-1] <= np.flatnonzero(rest)[-1]
    # one piece, and its colours without a dark fringe
    assert cv2.connectedComponents(visible.astype(np.uint8))[0] == 2
    clear = drawn[..., 3] > full // 10
    assert (drawn[clear][:, 0].astype(float) > 0.2 * full).mean() > 0.9


@settings(max_examples=40, deadline=None)
@given(
    dx=st.floats(-30, 30),
    dy=st.floats(-30, 30),
    kind=st.sampled_from([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST]),
)
def test_beyond_a_transparent_picture_is_nothing(dx, dy, kind):
    image = np.full((24, 32, 4), 255, np.uint8)
    x, y = np.meshgrid(
        np.arange(32, dtype=np.float32) + np.float32(dx), np.arange(24, dtype=np.float32) + np.float32(dy)
    )
    drawn = sample(image, np.stack([x, y], axis=-1), interpolation=kind, edges=Edges.none())
    far = (x <= -1) | (x >= 32) | (y <= -1) | (y >= 24)
    inside = (x >= 0) & (x <= 31) & (y >= 0) & (y <= 23)
    assert (drawn[far][:, 3] == 0).all()
    assert (drawn[inside] == 255).all()
    assert (drawn[..., :3] == 255).all()


def test_edges_hold_what_they_cut_and_not_what_touches_them():
    head = Head.of(FACE, PRESENT)
    floating = ball()[..., 3]
    assert cut_edges(floating, head) == Edges.none()
    bust = floating.copy()
    bust[150:, 60:140] = 255
    assert cut_edges(bust, head) == Edges(left=False, top=False, right=False, bottom=True)
    assert cut_edges(np.full((200, 200), 255, np.uint8), head) == Edges()


def test_shoulders_stay_at_the_edge_that_cuts_them():
    pixels = ball(radius=60)
    pixels[150:, 50:150, 3] = 255
    picture = Picture(pixels=pixels)
    drawn = ProxyCanvas(picture, Character(points=FACE, size=(200, 200), present=PRESENT)).frame(FACE - (0, 20))
    assert (drawn[-1, 60:140, 3] > 250).all()


def test_an_opaque_picture_has_no_gap_at_its_edges(make, face):
    picture, character = make(channels=4)
    picture.pixels[..., 3] = 255
    drawn = ProxyCanvas(picture, character).frame(face + 20)
    assert (drawn[..., 3] == 255).all()
