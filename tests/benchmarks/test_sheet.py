# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheets: the moments are those of the clip, the cells those of the characters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.sheet import CELL, ITSELF, Actor, Moment, drawn, itself, moments, read_role, sheet
from core.arrays import write_atomically
from core.character import Character
from core.errors import FaceShotError
from core.landmarks import COUNT, template
from core.motion import FaceMotion
from core.picture import encode_png
from demo.cast import CAST

FRAMES = 90


@pytest.fixture
def motion() -> FaceMotion:
    """A plain face that opens its mouth at 20, blinks at 40, turns to the sides at 55 and 70, nods at 80."""
    basis = np.zeros((2, COUNT, 3))
    basis[0, 65:68, 1] = 0.4
    for upper, lower in ((37, 41), (38, 40), (43, 47), (44, 46)):
        basis[1, upper, 1] = template()[lower, 1] - template()[upper, 1]
    still = FaceMotion.still(np.column_stack([template(), np.zeros(COUNT)]), size=(320, 300), scale=70.0,
                             translation=(160.0, 110.0))  # fmt: skip
    repeated = {
        name: np.repeat(getattr(still, name), FRAMES, axis=0)
        for name in ("valid", "confidence", "rotation", "translation", "scale", "residual")
    }

    def hill(frame: int) -> np.ndarray:
        return np.exp(-(((np.arange(FRAMES) - frame) / 3) ** 2))

    repeated["rotation"] = np.stack([0.3 * hill(80), 0.4 * hill(70) - 0.4 * hill(55), np.zeros(FRAMES)], axis=1)
    return replace(
        still,
        time=np.arange(FRAMES) / 25,
        names=("open", "blink"),
        expression=np.stack([hill(20), hill(40)], axis=1),
        basis=basis,
        **repeated,
    )


@pytest.fixture
def actor(motion) -> Actor:
    found = moments(motion)
    image = np.random.default_rng(0).integers(0, 255, (300, 320, 3)).astype(np.uint8)
    return Actor("actor", motion, found, dict.fromkeys([0, *(moment.frame for moment in found)], image))


def test_moments_are_the_extremes_each_frame_once(motion):
    found = {moment.label: moment.frame for moment in moments(motion)}
    assert {name: found[name] for name in ("first", "mouth open", "blink", "yaw -", "yaw +", "pitch +")} == {
        "first": 0, "mouth open": 20, "blink": 40, "yaw -": 55, "yaw +": 70, "pitch +": 80,
    }  # fmt: skip
    assert len(set(found.values())) == len(found)


def test_frames_without_a_face_are_left_out(motion):
    valid = np.ones(FRAMES, bool)
    valid[15:26] = False
    assert not {moment.frame for moment in moments(replace(motion, valid=valid))} & set(range(15, 26))


def test_a_sheet_has_a_row_for_the_actor_and_each_role(actor):
    image = sheet(actor, [itself(actor), (read_role("boy"), None), (read_role("emoji"), None)])
    assert image.shape == (22 + 4 * CELL, CELL * len(actor.moments), 3)
    assert image.dtype == np.uint8


def test_itself_at_its_first_frame_is_that_frame(actor):
    role, settings = itself(actor)
    assert role.name == ITSELF
    only = replace(actor, moments=(Moment(0, "first"),))
    assert np.array_equal(drawn(only, role, settings)[0], actor.frames[0])


def test_a_picture_is_read_with_the_card_beside_it(tmp_path):
    boy = CAST["boy"](128)
    write_atomically(tmp_path / "boy.png", encode_png(boy.pixels))
    Character(points=boy.points + 1, size=boy.size).save(tmp_path / "boy.character.json")
    role = read_role(str(tmp_path / "boy.png"))
    assert role.name == "boy"
    np.testing.assert_allclose(role.character.points, boy.points + 1)
    with pytest.raises(FaceShotError):
        read_role(str(tmp_path / "girl.png"))
