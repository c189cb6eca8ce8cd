# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.landmarks import template
from core.layers import EyeShape, FaceLayers, find_openings
from core.layers.drawn_lids import DrawnEye
from core.layers.eye_shape import carried_over, on_shapes

FACE = 100 * template() + (200.0, 200.0)
EYE = slice(36, 42)


def shape(grown: float = 1.4, **facts) -> EyeShape:
    centre = FACE[EYE].mean(axis=0)
    return EyeShape((FACE[EYE] - centre) * grown + centre, 0.5, **facts)


def blinked(share: float) -> np.ndarray:
    moved = FACE.copy()
    for upper, lower in ((37, 41), (38, 40)):
        moved[upper] += share * (FACE[lower] - FACE[upper])
    return moved


def turned(points: np.ndarray, angle: float, scale: float) -> np.ndarray:
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points - 200.0) @ turn.T + (220.0, 190.0)


def test_the_pictures_own_points_go_to_the_drawn_edge():
    shapes = {"right_eye": shape()}
    carried = carried_over(FACE[None], FACE, shapes)[0]
    assert np.allclose(carried, on_shapes(FACE, shapes), atol=1e-9)
    assert np.array_equal(carried[42:], FACE[42:])


@given(angle=st.floats(-1, 1), scale=st.floats(0.5, 2), grown=st.floats(1.0, 2.0))
def test_lids_that_meet_meet_on_the_drawn_edge(angle, scale, grown):
    moved = turned(blinked(1.0), angle, scale)
    carried = carried_over(moved[None], FACE, {"right_eye": shape(grown)})[0]
    assert np.allclose(carried[37], carried[41], atol=1e-6)
    assert np.allclose(carried[38], carried[40], atol=1e-6)
    # They meet where the lower lid is.
    rest = carried_over(turned(FACE, angle, scale)[None], FACE, {"right_eye": shape(grown)})[0]
    assert np.allclose(carried[[40, 41]], rest[[40, 41]], atol=1e-6)


def test_a_wider_eye_opens_by_as_many_pixels():
    carried = carried_over(blinked(-0.3)[None], FACE, {"right_eye": shape()})[0]
    rest = on_shapes(FACE, {"right_eye": shape()})
    wider = np.linalg.norm(carried[41] - carried[37]) - np.linalg.norm(rest[41] - rest[37])
    assert wider == pytest.approx(0.3 * np.linalg.norm(FACE[41] - FACE[37]), abs=1e-6)


def test_outlines_lap_when_shut():
    outlined = {"right_eye": shape(band=(5.0, 4.0))}
    carried = carried_over(blinked(1.0)[None], FACE, outlined)[0]
    assert carried[37, 1] - carried[41, 1] == pytest.approx(0.8 * 4.0, abs=0.1)


def test_drawn_eyes_are_not_cut_and_the_skin_around_them_stays():
    layers = FaceLayers.of(FACE, (400, 400), shapes={"right_eye": shape(band=(8.0, 6.0))})
    assert [sheets.opening.name for sheets in layers.sheets] == ["left_eye", "mouth"]
    still = FACE.copy()
    motion = layers.motion(np.stack([still, blinked(0.8)]))
    assert np.abs(layers.skin_field(motion, 1)).max() < 1e-6


@given(share=st.floats(0.05, 1.0), angle=st.floats(-0.5, 0.5), scale=st.floats(0.7, 1.5))
def test_a_line_keeps_its_thickness(share, angle, scale):
    layers = FaceLayers.of(FACE, (400, 400), shapes={"right_eye": shape(band=(8.0, 6.0))})
    (opening,) = (each for each in find_openings(layers.head, layers.shapes) if each.shape is not None)
    eye = DrawnEye(layers.head, opening, (400, 400))
    motion = layers.motion(turned(blinked(share), angle, scale)[None])
    state = eye.state(layers.moment(motion, 0))
    at = np.full(2, (len(opening.upper.places) - 1) / 2)
    inner, outer = eye.line_places("upper", at, np.array([0.0, 8.0]), np.zeros(2), state)
    assert np.linalg.norm(outer - inner) == pytest.approx(8 * scale, rel=0.02)
    # It lies on the skin's side of the edge.
    assert (outer - inner) @ state.edges["upper"].down < 0


@given(share=st.floats(0.0, 1.0), seed=st.integers(0, 100))
def test_the_eyeball_never_leaves_its_opening(share, seed):
    layers = FaceLayers.of(FACE, (400, 400), shapes={"right_eye": shape(band=(8.0, 6.0))})
    (opening,) = (each for each in find_openings(layers.head, layers.shapes) if each.shape is not None)
    eye = DrawnEye(layers.head, opening, (400, 400))
    state = eye.state(layers.moment(layers.motion(blinked(share)[None]), 0))
    places = eye.clamped(np.random.default_rng(seed).uniform(0, 400, (50, 2)), state)
    t, n = state.edges["upper"].local(places)
    assert (t >= -1e-9).all()
    assert (t <= 1 + 1e-9).all()
    assert (n <= state.edges["lower"].height(t) + 1e-6).all()


def test_dots_are_not_cut():
    layers = FaceLayers.of(FACE, (400, 400), shapes={"right_eye": shape(dot=True), "left_eye": shape(dot=True)})
    assert [sheets.opening.name for sheets in layers.sheets] == ["mouth"]
