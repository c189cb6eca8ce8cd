# SPDX-License-Identifier: GPL-3.0-or-later
"""The drawings that the landmark network learns from: their points are exact, their flags true, their seeds kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.landmarks import ALL_PARTS, COUNT, eye_centres, face_width
from core.match.landmark_net import FLAGS, MIRROR_ALL
from training.landmarks import dress, eyes, hair, heads, mouths, noses, nothing, scene, store
from training.landmarks.crops import batch
from training.landmarks.dice import Dice
from training.landmarks.held_out import HELD_OUT
from training.landmarks.kinds import SHARES, TRAINING
from training.landmarks.pen import Pen, Pose
from training.landmarks.scene import draw

KINDS = (*TRAINING, *HELD_OUT)
GREY = 120


def pen(size: int = 200) -> Pen:
    """A flat grey canvas on which a unit is 70 px, seen from the front."""
    still = Pose(
        yaw=0.0,
        pitch=0.0,
        roll=0.0,
        scale=70.0,
        place=(100.0, 80.0),
        middle=0.5,
        height=1.5,
        depth=0.5,
        muzzle=(0.5, 0.0, 1.0),
        warp=np.zeros((2, 4)),
    )
    blank = Pen(size, still)
    blank.image[:] = GREY
    return blank


def changed(drawn: Pen) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest corner of what is no longer grey, px."""
    rows, columns = np.nonzero((drawn.image != GREY).any(axis=2))
    return np.array([columns.min(), rows.min()]), np.array([columns.max() + 1, rows.max() + 1])


def test_no_kind_that_is_held_out_is_learned_from() -> None:
    assert not set(HELD_OUT) & (set(TRAINING) | set(SHARES))
    assert set(HELD_OUT) == {"robot", "cat", "fruit"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_always_gives_the_same_drawing(kind: str) -> None:
    first, again, other = draw((5, 1), kind), draw((5, 1), kind), draw((5, 2), kind)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.points, again.points)
    assert first.present == again.present
    assert not np.array_equal(first.image, other.image)


@settings(max_examples=60)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(KINDS))
def test_points_lie_in_the_picture_in_the_order_of_the_scheme(seed: int, kind: str) -> None:
    sample = draw(seed, kind)
    assert sample.image.shape == (scene.SIZE, scene.SIZE, 3)
    assert sample.image.dtype == np.uint8
    inside = ((sample.points > 0) & (sample.points < scene.SIZE)).all(axis=1)
    assert inside.mean() > 0.7  # a big face may reach over the picture's edge
    assert face_width(sample.points) > 0.1 * scene.SIZE
    right, left = eye_centres(sample.points)
    across = (left - right) / np.linalg.norm(left - right)
    along, down = sample.points @ across, sample.points @ np.array([-across[1], across[0]])
    assert along[0] < along[16]  # the character's right is on the left
    assert along[36] < along[39] < along[42] < along[45]
    assert along[17] < along[21] < along[22] < along[26]
    assert along[48] < along[54]
    assert along[31] < along[35]
    assert down[8] > max(down[0], down[16])
    assert down[17:27].mean() < down[48:60].mean()


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), kind=st.sampled_from(list(TRAINING)))
def test_flags_are_what_is_drawn(seed: int, kind: str) -> None:
    """Chances of one and of nought show in the flags; what is covered afterwards may be missing, never invented."""
    plain = replace(TRAINING[kind], brows=0.0, nose={"none": 1.0}, no_mouth=1.0)
    _, bare = scene.character(plain, Dice(seed), 96)
    assert not bare.present() & {"right_brow", "left_brow", "nose", "mouth"}
    whole = replace(TRAINING[kind], brows=1.0, nose={"button": 1.0}, no_mouth=0.0)
    _, full = scene.character(whole, Dice(seed), 96)
    assert full.present() == ALL_PARTS - full.covered
    assert "nose" in full.present()


def test_every_flag_is_seen_both_ways() -> None:
    flags = np.array([[part in draw((9, k)).present for part in FLAGS] for k in range(150)])
    assert (flags.mean(axis=0) > 0.3).all()
    assert (flags.mean(axis=0) < 0.995).all()


@pytest.mark.parametrize("style", eyes.STYLES)
@pytest.mark.parametrize("seed", range(4))
def test_eyes_points_span_what_is_drawn(style: str, seed: int) -> None:
    drawn, dice = pen(), Dice(seed)
    plan = replace(eyes.plan(dice, style, ink=(10, 10, 10)), line=0.012)
    lids, iris = eyes.draw(drawn, plan, dice, skin=(GREY, GREY, GREY))
    points = np.concatenate([drawn.pose(path) for pair in lids for path in pair])
    low, high = changed(drawn)
    slack = 12.0  # lid lines, lashes and creases reach out
    assert (low > points.min(axis=0) - slack).all()
    assert (high < points.max(axis=0) + slack).all()
    assert (low < points.min(axis=0) + 4).all()
    assert (high > points.max(axis=0) - 4).all()
    assert iris[0, 0] < 0 < iris[1, 0]


@pytest.mark.parametrize("style", mouths.STYLES)
@pytest.mark.parametrize("seed", range(4))
def test_mouths_points_span_what_is_drawn(style: str, seed: int) -> None:
    drawn = pen()
    lips = mouths.draw(drawn, Dice(seed), style, y=0.8, width=0.4, ink=(0, 0, 0), skin=(GREY, GREY, GREY))
    top, upper, lower, bottom = (drawn.pose(edge) for edge in lips)
    low, high = changed(drawn)
    assert abs(top[0, 0] - low[0]) < 9  # ticks at the corners
    assert abs(top[-1, 0] - high[0]) < 9
    assert abs(min(top[:, 1].min(), bottom[:, 1].min()) - low[1]) < 6
    middles = [edge[len(edge) // 2, 1] for edge in (top, upper, lower, bottom)]
    assert (np.diff(middles) >= -0.01).all()


@pytest.mark.parametrize("style", noses.ANIMAL)
@pytest.mark.parametrize("seed", range(4))
def test_the_pad_of_an_animals_nose_lies_between_its_points(style: str, seed: int) -> None:
    drawn = pen()
    bridge, base = noses.draw(drawn, Dice(seed), style, y=0.6, width=0.2, ink=(0, 0, 0), skin=(90, 90, 90))
    low, high = changed(drawn)
    base, tip = drawn.pose(base), drawn.pose(bridge)[-1]
    assert abs(base[0, 0] - low[0]) < 4
    assert abs(base[-1, 0] - high[0]) < 4
    assert abs(base[:, 1].max() - high[1]) < 4
    assert low[1] - 1 < tip[1] < base[:, 1].max()


def test_shards_hold_drawings_and_pictures_without_a_face(tmp_path) -> None:
    shard = store.make(3, 0, 24)
    store.save(tmp_path, 7, shard)
    again = store.load(store.shards(tmp_path)[0])
    np.testing.assert_array_equal(again.images, shard.images)
    np.testing.assert_array_equal(again.points, shard.points)
    assert shard.points.shape == (24, COUNT + 2, 2)
    assert shard.face.mean() > 0.6
    empty = ~shard.face
    assert not shard.flags[empty].any()


def test_crops_follow_their_points() -> None:
    """A crop's pixels under its points are those of the drawing under the drawing's points."""
    size = 64
    y, x = np.mgrid[0:192, 0:192]
    image = np.stack([x, y, 0 * x], axis=2).astype(np.uint8)  # every pixel tells where it is
    sample = draw((4, 4), "emoji")
    points = np.concatenate([sample.points, sample.iris]).astype(np.float32)
    shard = store.Shard(image[None], points[None], np.ones((1, 6), bool), np.ones(1, bool))
    checked = 0
    for seed in range(12):
        made = batch(shard, np.zeros(1, int), np.random.default_rng(seed), size)
        told = (made.images[0].transpose(1, 2, 0) + 1) * 127.5
        if np.ptp(told[..., 2]) > 0 or told[..., 2].max() > 0:
            continue  # channels in another order
        place = np.clip(np.floor(made.points[0] * size).astype(int), 0, size - 1)
        inside = ((made.points[0] > 0.05) & (made.points[0] < 0.95)).all(axis=1)
        seen = told[place[:, 1], place[:, 0], :2] + 0.5
        there = (points > 4).all(axis=1) & (points < 188).all(axis=1)
        apart = [np.linalg.norm(seen - known, axis=1) for known in (points, points[MIRROR_ALL])]
        gap = min(apart, key=lambda one: one[inside & there].mean()) if (inside & there).any() else np.zeros(1)
        assert np.median(gap) < 192 / size * 4
        checked += 1
    assert checked > 4


@pytest.mark.parametrize("what", list(nothing.WHAT))
def test_pictures_without_a_face_show_something(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nothing, "WHAT", {what: 1.0})
    face = draw((4, 1), "toon")
    for seed in range(4):
        image = nothing.draw(Dice(seed), 128, lambda _: (face.image, face.points))
        again = nothing.draw(Dice(seed), 128, lambda _: (face.image, face.points))
        assert image.shape[2] == 3
        assert image.dtype == np.uint8
        np.testing.assert_array_equal(image, again)
        assert image.std() > 2


def test_a_turned_heads_ear_lies_behind_its_near_jaw() -> None:
    drawn = pen()
    drawn.pose = replace(drawn.pose, yaw=0.4)
    head = heads.human(Dice(3))
    dress.near_ear(drawn, Dice(4), head, (250, 10, 10), None, 0.02)
    low, high = changed(drawn)
    near = drawn.pose.outline(head.jaw)[0]
    assert low[0] < near[0]
    assert high[0] < near[0] + 0.3 * drawn.pose.scale


def test_moustaches_lie_between_nose_and_chin() -> None:
    for seed in range(12):
        drawn = pen()
        hair.moustache(drawn, Dice(seed), 0.5, 0.8, 0.3, (250, 10, 10))
        low, high = changed(drawn)
        nose, chin = drawn.pose(np.array([(0, 0.15), (0, 1.45)]))
        assert nose[1] < low[1]
        assert high[1] < chin[1]
