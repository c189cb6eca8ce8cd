# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouths in frames: lips that meet leave no gap, a mouth of one line is whole however far it opens and turns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import Character
from core.expression import compose
from core.landmarks import MOUTH_PAIRS, PARTS, template
from core.picture import Picture
from core.render.mouth import Mouth
from core.render.proxy import ProxyCanvas
from core.retarget import RetargetSettings, retarget
from demo.cast import CAST
from tests.core.render.conftest import draw_face

SIZE = (256, 224)
FACE = 48 * template() + (128, 100)
PAINT = np.array([255, 0, 255], np.float32)


def parted(points: np.ndarray, by: float) -> np.ndarray:
    moved = points.copy()
    moved[[65, 66, 67, 56, 57, 58]] += (0, by)
    moved[[55, 59]] += (0, 0.5 * by)
    moved[5:12] += (0, 0.8 * by)
    return moved


def met(points: np.ndarray, share: float) -> np.ndarray:
    """Lips that meet at `share` of the way from the lower to the upper one."""
    moved = points.copy()
    for upper, lower in MOUTH_PAIRS:
        moved[[upper, lower]] = share * points[upper] + (1 - share) * points[lower]
    return moved


@pytest.fixture
def painted(monkeypatch):
    """Whatever is behind lips is magenta; gives the pixels around the lips of a frame that are."""
    monkeypatch.setattr(Mouth, "draw", lambda self, box, part: np.broadcast_to(PAINT, (*box.shape, 3)).copy())

    def seen(canvas: ProxyCanvas, points: np.ndarray) -> int:
        lips = points[PARTS["mouth"]]
        (left, top), (right, bottom) = (lips.min(axis=0) - 4).astype(int), (lips.max(axis=0) + 4).astype(int)
        around = canvas.frame(points)[top:bottom, left:right].astype(float)
        return int((np.abs(around - PAINT).max(axis=-1) < 128).sum())

    return seen


@pytest.mark.parametrize("opening", [0.0, 6.0, 14.0])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_lips_that_meet_leave_no_gap(painted, opening, share, angle):
    points = parted(FACE, opening)
    pixels = draw_face(points, SIZE)
    canvas = ProxyCanvas(Picture(pixels=pixels), Character(points=points, size=SIZE), background="soft")
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = points.mean(axis=0)

    def turned(face):
        return (face - centre) @ turn.T + centre + (3.3, -1.7)

    assert painted(canvas, turned(met(points, share))) == 0
    assert painted(canvas, turned(parted(met(points, share), 10.0))) > 100


@settings(max_examples=6, deadline=None)
@given(yaw=st.floats(-0.5, 0.5), pitch=st.floats(-0.2, 0.2), jaw=st.floats(0.3, 1.0), smile=st.floats(0.0, 1.0))
@pytest.mark.parametrize("name", ["emoji", "cat", "robot"])
def test_a_line_is_closed_around_its_mouth(name, yaw, pitch, jaw, smile):
    drawing = CAST[name](384)
    character = Character(points=drawing.points, size=drawing.size, present=drawing.present, iris=drawing.iris)
    curves = {"jawOpen": [0, jaw], "mouthSmileLeft": [0, smile], "mouthSmileRight": [0, smile]}
    rotation = np.array([[0, 0, 0], [pitch, yaw, 0]])
    motion = compose(curves, size=(400, 400), scale=100.0, translation=(200.0, 150.0), rotation=rotation)
    frame = retarget(motion, character, RetargetSettings(reference="first")).points[1]
    canvas = ProxyCanvas(Picture(pixels=drawing.pixels), character, background="soft")
    drawn = canvas.frame(frame).astype(float)
    line = canvas.layers.line
    assert line is not None
    edges = canvas.layers.moment(canvas.layers.motion(frame[None]), 0).edges(canvas.layers.sheets[-1].opening)
    colour = np.median(drawing.pixels[seam(drawing.points)][:, :3], axis=0)
    apart = np.linalg.norm(edges[1] - edges[0], axis=1)
    for edge, down in zip(edges, (-1, 1), strict=True):
        wide = apart > 1.2 * line
        ahead = np.gradient(edge, axis=0)
        outward = down * np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1) / np.linalg.norm(ahead, axis=1)[:, None]
        middle = (edge + 0.5 * line * outward)[wide].astype(int)
        inside = ((middle >= 0) & (middle < drawing.size)).all(axis=1)
        off = np.abs(drawn[middle[inside, 1], middle[inside, 0], :3] - colour).max(axis=-1)
        assert (off < 40).all()


def seam(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pixels in the middle of a closed mouth."""
    lips = points[PARTS["mouth"]]
    at = ((lips[13:16] + lips[[19, 18, 17]]) / 2).astype(int)
    return at[:, 1], at[:, 0]
