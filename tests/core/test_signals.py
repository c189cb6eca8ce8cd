# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals grow with what they are named after and with nothing else that a caller need not care about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ErrorCode, FaceShotError
from core.landmarks import MIRROR, template
from core.signals import NAMES, signals

# what moves: points, and where to (template units, y down)
ACTS = {
    "jaw_open": ([*range(5, 12), 55, 56, 57, 58, 59, 65, 66, 67], (0, 0.15)),
    "mouth_open": ([65, 66, 67], (0, 0.1)),
    "smile_right": ([48, 60], (-0.08, -0.06)),
    "smile_left": ([54, 64], (0.08, -0.06)),
    "mouth_shift": (list(range(48, 68)), (0.1, 0)),
    "inner_brow_up": ([20, 21, 22, 23], (0, -0.1)),
    "brow_up": (list(range(17, 27)), (0, -0.1)),
    "brow_up_right": ([17, 18, 19], (0, -0.1)),
    "brow_up_left": ([24, 25, 26], (0, -0.1)),
    "brow_down_right": ([19, 20, 21], (0, 0.08)),
    "brow_down_left": ([22, 23, 24], (0, 0.08)),
    "blink_right": ([37, 38], (0, 0.1)),
    "blink_left": ([43, 44], (0, 0.1)),
}


def acted(name: str, amounts: np.ndarray) -> np.ndarray:
    points, way = ACTS[name]
    out = np.repeat(template()[None], len(amounts), axis=0)
    out[:, points] += amounts[:, None, None] * np.array(way)
    return out


def faces(seed: int, count: int = 6) -> np.ndarray:
    return template() + np.random.default_rng(seed).normal(0, 0.05, (count, 68, 2))


@pytest.mark.parametrize("name", ACTS)
def test_a_curve_follows_its_act(name: str) -> None:
    amounts = np.sin(np.linspace(0, 6, 40)) * 0.5 + 0.5
    curve = signals(acted(name, amounts))[name]
    assert np.corrcoef(curve, amounts)[0, 1] > 0.99
    assert np.ptp(curve) > 0.03


def test_a_narrow_mouth_puckers() -> None:
    still, narrow = template(), template()
    narrow[48:68, 0] *= 0.6
    pucker = signals(np.stack([still, narrow]))["pucker"]
    assert pucker[1] - pucker[0] == pytest.approx(0.4 * 0.84)


@pytest.mark.parametrize("side", ["right", "left"])
def test_sides_are_apart(side: str) -> None:
    other = "left" if side == "right" else "right"
    for act in ("smile", "blink", "brow_up", "brow_down"):
        curves = signals(acted(f"{act}_{side}", np.linspace(0, 1, 5)))
        assert np.ptp(curves[f"{act}_{other}"]) < 1e-9


def test_names_shapes_and_types() -> None:
    curves = signals(faces(0).astype(np.float32))
    assert tuple(curves) == NAMES
    assert all(curve.shape == (6,) and curve.dtype == np.float64 for curve in curves.values())
    assert all(curve.shape == (0,) for curve in signals(np.zeros((0, 68, 2))).values())


@given(
    seed=st.integers(0, 999), angle=st.floats(-3, 3), zoom=st.floats(0.01, 500),
    x=st.floats(-1000, 1000), y=st.floats(-1000, 1000),
)  # fmt: skip
@settings(deadline=None)
def test_place_size_and_roll_do_not_matter(seed: int, angle: float, zoom: float, x: float, y: float) -> None:
    points = faces(seed)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = zoom * points @ turn.T + (x, y)
    for name, curve in signals(points).items():
        assert signals(moved)[name] == pytest.approx(curve, abs=1e-6), name


@given(seed=st.integers(0, 999))
@settings(deadline=None)
def test_a_mirror_image_swaps_the_sides(seed: int) -> None:
    points = faces(seed)
    one, other = signals(points), signals(points[:, MIRROR] * (-1, 1))
    for name, curve in one.items():
        if name == "mouth_shift":
            curve = -curve
        swapped = name.replace("right", "?").replace("left", "right").replace("?", "left")
        assert other[swapped] == pytest.approx(curve, abs=1e-9), name


@pytest.mark.parametrize("points", [np.zeros((3, 68, 2)), np.zeros((68, 2)), np.zeros((3, 5, 2)), np.zeros((3, 68, 3))])
def test_what_is_no_face_is_refused(points: np.ndarray) -> None:
    with pytest.raises(FaceShotError) as caught:
        signals(points)
    assert caught.value.code is ErrorCode.USAGE
