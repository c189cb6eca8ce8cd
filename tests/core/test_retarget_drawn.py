# SPDX-License-Identifier: GPL-3.0-or-later
"""Retargeting to drawn characters: faces stay on their picture, balls stay round, tiny mouths and huge eyes hold."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from core.character import Character
from core.landmarks import COUNT, PARTS, face_width, inter_ocular, template
from core.motion import FaceMotion
from core.retarget import RetargetSettings, retarget
from core.retarget.pose import hidden_jaw
from demo.cast import CAST, Drawing

FRAMES = 21
RAMP = np.linspace(-1.0, 1.0, FRAMES)


def actor(
    *, yaw: float = 0.0, pitch: float = 0.0, way: tuple[float, float] = (0.0, 0.0), jaw: float = 0.0, blink: float = 0.0
) -> FaceMotion:
    """A plain face: angles (deg) and way (eye distances) run from -1 to 1 times theirs, jaw and blink from 0 to 1."""
    points = template()
    depth = 0.55 * points[:, 0] ** 2 + 0.12 * (points[:, 1] - 0.5) ** 2
    depth[30] -= 0.35
    identity = np.column_stack([points, depth])
    basis = np.zeros((2, COUNT, 3))
    basis[0, [55, 56, 57, 58, 59, 65, 66, 67], 1] = 0.5
    basis[0, 4:13, 1] = 0.4
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        basis[1, upper] = identity[lower] - identity[upper]
    share = np.abs(RAMP)
    rotation = np.zeros((FRAMES, 3))
    rotation[:, 0], rotation[:, 1] = np.deg2rad(pitch) * RAMP, np.deg2rad(yaw) * RAMP
    return FaceMotion(
        fps=25.0,
        time=np.arange(FRAMES) / 25,
        size=(640, 480),
        valid=np.ones(FRAMES, bool),
        confidence=np.ones(FRAMES),
        rotation=rotation,
        translation=np.array([320.0, 240.0]) + 60 * RAMP[:, None] * way,
        scale=np.full(FRAMES, 60.0),
        names=("jaw", "blink"),
        expression=np.stack([jaw * share, blink * share], axis=1),
        identity=identity,
        basis=basis,
        basis_id="test",
        residual=np.zeros((FRAMES, COUNT, 3)),
    )


@lru_cache(maxsize=len(CAST))
def drawn(name: str) -> Drawing:
    return CAST[name](256)


def character(name: str) -> Character:
    drawing = drawn(name)
    return Character(points=drawing.points, size=drawing.size, present=drawing.present, iris=drawing.iris)


everyone = pytest.mark.parametrize("name", sorted(CAST))


def moved(name: str, motion: FaceMotion, **settings) -> np.ndarray:
    return retarget(motion, character(name), RetargetSettings(**settings)).points


@everyone
@pytest.mark.parametrize("way", [(6.0, 0.0), (0.0, 5.0), (-4.0, 4.0)])
def test_a_face_that_is_to_stay_leaves_its_picture_only_a_little(name, way):
    own = character(name)
    face = np.concatenate([np.arange(COUNT)[PARTS[part]] for part in own.present])
    loose, kept = (moved(name, actor(way=way), stay=stay)[:, face] for stay in (False, True))
    slack = 0.1 * face_width(own.points) + 1e-6
    assert loose.min() < -slack or loose.max() > 256 + slack
    assert kept.min() >= -slack
    assert kept.max() <= 256 + slack
    step = np.diff(kept.mean(axis=1), axis=0) @ np.sign(way)
    assert (step >= -1e-9).all()  # it still follows, smoothly


@everyone
def test_small_ways_are_the_actors_own(name):
    motion = actor(way=(0.02, 0.02))
    np.testing.assert_allclose(moved(name, motion, stay=True), moved(name, motion), atol=1e-3)


def test_a_characters_own_limit_of_the_shift_counts_instead():
    own = character("emoji")
    own.limits["shift"] = 5.0
    free = retarget(actor(way=(2.0, 0.0)), own, RetargetSettings(stay=True)).points
    assert free.max() > 256 + 0.2 * face_width(own.points)


@pytest.mark.parametrize("name", ["emoji", "robot"])
@pytest.mark.parametrize("turn", [{"yaw": 25.0}, {"pitch": 20.0}, {"yaw": -18.0, "pitch": 12.0}])
def test_the_outline_of_a_ball_or_a_box_stays_while_its_features_wander(name, turn):
    own = character(name)
    points = moved(name, actor(**turn))
    width = face_width(own.points)
    outline = points[:, :17] - points[:, :17].mean(axis=1, keepdims=True)
    at_rest = own.points[:17] - own.points[:17].mean(axis=0)
    assert np.abs(outline - at_rest).max() < 0.01 * width
    eyes = points[:, 36:48].mean(axis=1) - points[:, :17].mean(axis=1)
    assert np.linalg.norm(eyes[-1] - eyes[0]) > 0.03 * width


@everyone
def test_an_open_mouth_stays_within_the_face(name):
    own = character(name)
    points = moved(name, actor(jaw=1.0))
    down = np.array([-(own.points[16] - own.points[0])[1], (own.points[16] - own.points[0])[0]])
    lowest = (points[:, 55:60] @ down).max(axis=1)
    assert (lowest < points[:, 8] @ down).all()
    opening = np.linalg.norm(points[-1, 66] - points[-1, 62])
    assert opening > 0.24 * np.linalg.norm(own.points[64] - own.points[60])


@everyone
def test_lids_meet_and_brows_keep_clear_of_them(name):
    own = character(name)
    points = moved(name, actor(blink=1.0))
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        before = np.linalg.norm(own.points[lower] - own.points[upper])
        assert np.linalg.norm(points[-1, lower] - points[-1, upper]) < 0.03 * before
    if "right_brow" in own.present:
        np.testing.assert_allclose(points[-1, 17:27], own.points[17:27], atol=0.02 * inter_ocular(own.points))


def test_a_cheek_that_the_picture_hides_does_not_come_to_light():
    """The elf stands turned: back to the front it goes a little only, a face from the front to either side alike."""
    reach = {}
    for name in ("elf", "toon"):
        own = character(name)
        points = moved(name, actor(yaw=25.0))
        rest = np.linalg.norm(own.points[30] - own.points[[1, 15]], axis=1)
        now = np.linalg.norm(points[[0, -1], 30, None] - points[[0, -1]][:, [1, 15]], axis=2)
        reach[name] = np.abs(now - rest).max(axis=1) / face_width(own.points)
    assert reach["toon"].min() > 0.8 * reach["toon"].max()
    assert reach["elf"].max() < reach["toon"].min()


def test_hidden_jaw_points_go_along_with_what_is_drawn_before_them():
    face = (template() + 0.0).view(np.complex128)[:, 0] / 2.1
    all_parts = frozenset(PARTS)
    assert np.array_equal(hidden_jaw(face, all_parts, np.deg2rad(10)), np.eye(17, COUNT))
    turned = face.copy()
    turned[:8] = turned[:8].imag * 1j - 0.02  # the jaw of the right side behind eye and mouth
    shares = hidden_jaw(turned, all_parts, np.deg2rad(40))
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    np.testing.assert_allclose(shares[1:4, :17].sum(axis=1), 0.0, atol=1e-12)
    assert np.array_equal(shares[8:], np.eye(17, COUNT)[8:])
    mirrored = hidden_jaw(turned, all_parts, np.deg2rad(-40))  # turned the other way, that side is the near one
    assert np.array_equal(mirrored[:9], np.eye(17, COUNT)[:9])
