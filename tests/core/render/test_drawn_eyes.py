# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawn eyes, laid over the skin: what is around them stays, wherever in them their points are."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import Character
from core.landmarks import PARTS
from core.picture import Picture
from core.render.proxy import ProxyCanvas
from demo.cast import CAST
from tests.core.render.test_drawn_parts import EYES, IRIS, LINE, RADII, SKIN, around_eye, blinked, canvas_of, draw

TEAL = (60, 160, 150)


def with_points_off(points, across: float, down: float, wide: float, tall: float):
    """The eyes' points moved by shares of the eye's width, and scaled."""
    points = points.copy()
    for name in ("right_eye", "left_eye"):
        eye = points[PARTS[name]]
        middle, width = eye.mean(axis=0), np.ptp(eye[:, 0])
        points[PARTS[name]] = middle + (eye - middle) * (wide, tall) + np.multiply((across, down), width)
    return points


@settings(max_examples=4, deadline=None)
@given(across=st.floats(-0.08, 0.08), down=st.floats(-0.08, 0.08), wide=st.floats(0.7, 1.15), tall=st.floats(0.6, 1.15))
def test_lids_close_wherever_in_the_eye_the_points_are(across, down, wide, tall):
    pixels, points = draw()
    off = with_points_off(points, across, down, wide, tall)
    closed = canvas_of(pixels, off).frame(blinked(off))
    for number in (0, 1):
        assert (around_eye(closed, number).min(axis=-1) > 225).sum() == 0
        assert (np.abs(around_eye(closed, number).astype(int) - IRIS).max(axis=-1) < 20).sum() == 0


def test_points_of_a_small_eye_within_a_large_one_close_the_large_one():
    drawing = CAST["toon"](384)
    points = with_points_off(drawing.points, 0.0, -0.08, 0.8, 0.5)
    canvas = ProxyCanvas(
        Picture(pixels=drawing.pixels), Character(points=points, size=drawing.size, present=drawing.present)
    )
    assert set(canvas.layers.shapes) == {"right_eye", "left_eye"}
    closed, rest = canvas.frame(blinked(points))[..., :3], drawing.pixels[..., :3]
    eye = drawing.points[PARTS["right_eye"]]
    (left, top), (right, bottom) = eye.min(axis=0).astype(int), eye.max(axis=0).astype(int)
    white = [(image[top:bottom, left:right].min(axis=-1) > 235).sum() for image in (rest, closed)]
    assert white[0] > 50
    assert white[1] < 0.03 * white[0]


def test_what_lies_around_a_drawn_eye_stays_while_it_shuts():
    pixels, points = draw()
    # A strand of hair down to the outline, a brow right above it
    cv2.line(pixels, (96, 20), (100, 92), (120, 60, 160), 5)
    cv2.line(pixels, (118, 91), (138, 93), (90, 50, 40), 3)
    closed = canvas_of(pixels, points).frame(blinked(points))
    for part in (np.s_[30:90, 92:104], np.s_[90:95, 120:136]):
        assert np.abs(closed[part].astype(int) - pixels[part]).max() < 12


def test_a_rim_stays_and_a_lid_of_skin_closes_within():
    pixels, points = draw()
    for centre in EYES:
        cv2.ellipse(pixels, centre, (RADII[0] + 5, RADII[1] + 5), 0, 0, 360, TEAL, 9, cv2.LINE_AA)
    canvas = canvas_of(pixels, points)
    assert all(shape.rim for shape in canvas.layers.shapes.values())
    closed = canvas.frame(blinked(points))
    for number in (0, 1):
        before, after = (
            np.abs(around_eye(image, number).astype(int) - TEAL).max(axis=-1) < 20 for image in (pixels, closed)
        )
        assert before.sum() > 500
        assert (before & after).sum() > 0.94 * before.sum()
        assert (around_eye(closed, number).min(axis=-1) > 235).sum() == 0
        middle = closed[EYES[number][1] - 12 : EYES[number][1], EYES[number][0] - 8 : EYES[number][0] + 8]
        assert np.abs(np.median(middle, axis=(0, 1)) - SKIN).max() < 15


def test_glasses_are_no_outline():
    pixels, points = draw(eye="dot")
    for centre in EYES:
        cv2.ellipse(pixels, centre, (36, 32), 0, 0, 360, LINE, 4, cv2.LINE_AA)
    canvas = canvas_of(pixels, points)
    closed = canvas.frame(blinked(points))
    frame = np.zeros(pixels.shape[:2], np.uint8)
    for centre in EYES:
        cv2.ellipse(frame, centre, (36, 32), 0, 0, 360, 1, 4)
    assert np.abs(closed.astype(int) - pixels)[frame > 0].mean() < 2
    for shape in canvas.layers.shapes.values():
        assert np.ptp(shape.points[:, 0]) < 40


def test_a_lid_of_grained_skin_has_grain():
    pixels, points = draw()
    rng = np.random.default_rng(0)
    fur = cv2.GaussianBlur(rng.normal(0, 60, pixels.shape[:2]).astype(np.float32), (0, 0), 2)
    skin = np.abs(pixels.astype(int) - SKIN).max(axis=-1) < 3
    pixels = np.where(skin[..., None], np.clip(pixels + fur[..., None], 0, 255), pixels).astype(np.uint8)
    closed = canvas_of(pixels, points).frame(blinked(points))
    lid = closed[EYES[0][1] - 14 : EYES[0][1] + 8, EYES[0][0] - 14 : EYES[0][0] + 14, 1].astype(float)
    assert lid.std() > 0.5 * fur.std()


@settings(max_examples=3, deadline=None)
@given(share=st.floats(0.15, 1.0))
def test_the_line_is_as_dark_and_thick_in_every_frame(share):
    pixels, points = draw()
    column = canvas_of(pixels, points).frame(blinked(points, share))[80:175, EYES[0][0]].astype(int)
    dark = np.abs(column - LINE).max(axis=-1) < 50
    first = int(dark.argmax())
    assert 4 <= int((~dark[first:]).argmax()) <= 11


def test_a_brow_close_above_an_eye_is_not_taken_for_its_line():
    drawing = CAST["oldman"](640)
    canvas = canvas_of(drawing.pixels, drawing.points)
    blink = canvas.frame(blinked(drawing.points))
    width = np.linalg.norm(drawing.points[36] - drawing.points[45])
    for brow in (PARTS["right_brow"], PARTS["left_brow"]):
        where = np.zeros(drawing.pixels.shape[:2], np.uint8)
        hanging = np.add(drawing.points[brow][1:4], (0, 0.08 * width))
        line = np.round((hanging - 0.5) * 16).astype(np.int32)
        cv2.polylines(where, [line], False, 1, max(round(0.04 * width), 1), cv2.LINE_8, 4)
        change = np.abs(blink[where > 0].astype(int) - drawing.pixels[where > 0]).max(axis=-1)
        assert (change > 60).mean() < 0.2
