# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes of fixed topology, and grids of vertices to make them of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Layer:
    """A mesh of fixed topology.

    name; rest (V, 2) px: its vertices on the picture; triangles (F, 3) int32; uv (V, 2) on its texture: 0..1, u right,
    v up, as in Blender; order: higher lies in front; texture: the name of what it shows, see `core.render.textures`.
    """

    name: str
    rest: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray
    order: int
    texture: str


def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """Two triangles per cell of a grid of vertices in row order; (F, 3) int32, one orientation."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    upper = np.stack([first, first + columns, first + 1], axis=-1)
    lower = np.stack([first + 1, first + columns, first + columns + 1], axis=-1)
    return np.concatenate([upper, lower]).astype(np.int32)


def some_cells(chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of a grid with the cells chosen (rows, columns) bool: the vertices it needs (V,), as flat indices of the
    grid's, and its triangles (F, 3) as indices of these."""
    rows, columns = chosen.shape[0] + 1, chosen.shape[1] + 1
    triangles = grid_triangles(rows, columns)[np.tile(chosen.ravel(), 2)]
    nodes, places = np.unique(triangles, return_inverse=True)
    return nodes, places.reshape(-1, 3).astype(np.int32)


def uv_in(places: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The uv of places (V, 2) on an image from `low` to `high` (x right, y down)."""
    share = (places - low) / (np.asarray(high, np.float64) - low)
    return np.stack([share[:, 0], 1 - share[:, 1]], axis=-1)


def grid_uv(across: np.ndarray, down: np.ndarray) -> np.ndarray:
    """The uv of a grid of vertices at `across` (columns,) and `down` (rows,), 0..1 each, v from the top; (V, 2)."""
    u, v = np.meshgrid(across, 1 - np.asarray(down))
    return np.stack([u.ravel(), v.ravel()], axis=-1)
