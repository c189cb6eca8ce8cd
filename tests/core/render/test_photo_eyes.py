# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyes of photographs and renderings, whose edges are soft: lids of skin close over them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.landmarks import template
from core.layers import FaceLayers, Head, Moment
from core.layers.eye_inside import eye_state
from tests.core.render.test_drawn_parts import EYES, around_eye, blinked, canvas_of, draw

FACE = 100 * template() + (200.0, 200.0)


def soft_face():
    """Eyes with white around the iris and a soft edge, and the points on it."""
    pixels, points = draw(eye="dot", seed=5)
    for number, centre in enumerate(EYES):
        cv2.ellipse(pixels, centre, (24, 13), 0, 0, 360, (240, 238, 235), -1, cv2.LINE_AA)
        cv2.circle(pixels, centre, 9, (70, 90, 110), -1, cv2.LINE_AA)
        angle = np.radians([180, 120, 60, 0, -60, -120])
        ring = np.stack([centre[0] + 24 * np.cos(angle), centre[1] - 13 * np.sin(angle)], axis=-1)
        points[36 + 6 * number : 42 + 6 * number] = ring
    return cv2.GaussianBlur(pixels, (0, 0), 3.0), points


@pytest.mark.parametrize("off", [0.0, 2.0, 4.0])
def test_no_eyeball_is_left_below_a_shut_lid_whose_points_are_off(off, monkeypatch):
    monkeypatch.setattr("core.render.proxy.find_eye_shapes", lambda *_, **__: {})
    pixels, points = soft_face()
    points[[40, 41, 46, 47]] -= (0, off)
    canvas = canvas_of(pixels, points)
    closed = canvas.frame(blinked(points))
    for number in (0, 1):
        before, after = (around_eye(image, number).min(axis=-1) for image in (pixels, closed))
        assert (before > 205).sum() > 150
        assert (after > 205).sum() < 0.12 * (before > 205).sum()


@given(lift=st.floats(0, 0.4), angle=st.floats(-0.6, 0.6), scale=st.floats(0.6, 1.6))
def test_skin_that_a_brow_stretches_far_is_made_clean(lift, angle, scale):
    layers = FaceLayers.of(FACE, (400, 400))
    opening = layers.sheets[0].opening
    points = FACE.copy()
    points[17:27] -= (0, lift * 100)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    state = eye_state(opening, Moment(layers.head, (points - 200) @ turn.T + 190))
    room = float((FACE[[37, 38], 1].mean() - FACE[18:21, 1].mean()) / 100)
    stretched = 1 + lift / room
    assert state.shut == pytest.approx(0, abs=0.05)
    if stretched < 1.2:
        assert state.lid < 0.05
    if stretched > 2.2:
        assert state.lid > 0.95


def test_a_face_without_brows_lifts_none():
    present = frozenset({"jaw", "right_eye", "left_eye", "nose", "mouth"})
    layers = FaceLayers.of(FACE, (400, 400), present)
    points = FACE.copy()
    points[17:27] -= (0, 60)
    assert eye_state(layers.sheets[0].opening, Moment(Head.of(FACE, present), points)).lid < 0.05


@pytest.mark.parametrize("lift", [10.0, 20.0])
def test_a_brow_that_lies_on_the_lid_is_lifted_and_stays_a_brow(lift, monkeypatch):
    monkeypatch.setattr("core.render.proxy.find_eye_shapes", lambda *_, **__: {})
    pixels, points = soft_face()
    brows = (slice(17, 22), slice(22, 27))
    for brow, eye in zip(brows, (36, 42), strict=True):  # 8 px above the lid, 9 px thick
        across = np.linspace(points[eye, 0] - 4, points[eye + 3, 0] + 4, 5)
        points[brow] = np.stack([across, np.full(5, points[eye + 1 : eye + 3, 1].mean() - 8.0)], axis=1)
        line = np.round((points[brow] - 0.5) * 16).astype(np.int32)
        cv2.polylines(pixels, [line], False, (40, 30, 25), 9, cv2.LINE_AA, 4)
    moved = points.copy()
    moved[17:27] -= (0, lift)
    frame = canvas_of(pixels, points).frame(moved)
    for brow in brows:
        at_rest, lifted = (
            [image[int(y), int(x)].astype(int).mean() for x, y in place[brow][1:4]]
            for image, place in ((pixels, points), (frame, moved))
        )
        assert np.max(np.subtract(lifted, at_rest)) < 25
