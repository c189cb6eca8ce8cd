# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices go where pixels come from: the layers' positions and the maps that are drawn are one motion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.character import Character
from core.landmarks import HALF_PIXEL, PARTS, template
from core.picture import Picture
from core.render.proxy import ProxyCanvas

SIZE = (256, 224)
FACE = 48 * template() + (128, 100)


@pytest.fixture(scope="module")
def canvas() -> ProxyCanvas:
    pixels = np.random.default_rng(0).integers(0, 255, (SIZE[1], SIZE[0], 3), np.uint8)
    return ProxyCanvas(Picture(pixels=pixels), Character(points=FACE, size=SIZE), background="soft")


def acted(seed: int, size: float, shift: tuple[float, float]) -> np.ndarray:
    """Parts move as wholes, the head leans and moves, lids and lips part."""
    rng = np.random.default_rng(seed)
    moved = FACE.copy()
    for part in PARTS.values():
        moved[part] += rng.uniform(-1, 1, 2) * size
    moved[[37, 38, 43, 44]] += (0, rng.uniform(-0.5, 1.5) * size)
    moved[[55, 56, 57, 58, 59, 65, 66, 67]] += (0, rng.uniform(0, 3) * size)
    angle = rng.uniform(-0.2, 0.2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    centre = moved.mean(axis=0)
    return (moved - centre) @ turn.T + centre + shift


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.floats(0.5, 4), across=st.floats(-30, 30), down=st.floats(-20, 20))
def test_what_is_drawn_at_a_pixel_goes_there(canvas, seed, size, across, down):
    frame = acted(seed, size, (across, down))
    layers = canvas.layers
    positions = layers.positions(frame[None])
    meshes = {layer.name: layer for layer in layers.layers()}
    grids = {"skin": (layers.lattice, layers.lattice.whole)}
    for sheets in layers.sheets:
        for side in ("upper", "lower"):
            grids[f"{sheets.opening.name}_{side}"] = (sheets.lattice, sheets.window)
    seen = 0
    for drawn in canvas.visible_maps(frame):
        lattice, window = grids[drawn.name]
        y, x = np.nonzero(drawn.seen)
        chosen = slice(None, None, 7)
        aims = np.stack([x + drawn.box.left, y + drawn.box.top], axis=-1)[chosen] + HALF_PIXEL
        places = drawn.where[y, x][chosen] + HALF_PIXEL
        inside = ((places >= 0) & (places <= SIZE)).all(axis=1)
        rest = meshes[drawn.name].rest
        # Where it has no vertices another layer lies over it.
        moves = np.full((*window.shape, 2), np.nan)
        column, row = np.rint(lattice.index(rest) - (window.left, window.top)).astype(int).T
        moves[row, column] = positions[drawn.name][0] - rest
        landed = places + lattice.sample(moves, places, window)
        error = np.linalg.norm(landed - aims, axis=-1)
        inside &= np.isfinite(error)
        error = error[inside]
        # where everything is crushed into a pixel or two the inverse is a guess, and nobody can tell
        assert (error >= 0.5).sum() <= 0.01 * len(error)
        seen += int(inside.sum())
    assert seen > 1000
