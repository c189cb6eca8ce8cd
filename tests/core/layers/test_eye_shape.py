# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.landmarks import template
from core.layers import EyeShape, FaceLayers
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


def test_an_outline_moves_unstretched_and_the_skin_far_above_not_at_all():
    layers = FaceLayers.of(FACE, (400, 400), shapes={"right_eye": shape(band=(8.0, 6.0))})
    rest = {layer.name: layer.rest for layer in layers.layers()}["right_eye_lid_upper"]
    moved = layers.positions(blinked(0.6)[None])["right_eye_lid_upper"][0] - rest
    opening = layers.sheets[0].opening
    t, n = opening.local(rest)
    above = opening.edges(t)[0] - n
    middle = np.abs(t - 0.5) < 0.1
    held, edge = (moved[middle & (above > low) & (above < high), 1] for low, high in ((4, 8), (0, 3)))
    assert len(held) > 0
    assert np.abs(held.mean() - edge.mean()) < 1.0
    assert np.abs(moved[middle & (above > 46), 1]).max() < 0.5


def test_dots_are_not_cut():
    layers = FaceLayers.of(FACE, (400, 400), shapes={"right_eye": shape(dot=True), "left_eye": shape(dot=True)})
    assert [sheets.opening.name for sheets in layers.sheets] == ["mouth"]
