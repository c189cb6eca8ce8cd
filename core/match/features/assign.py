# SPDX-License-Identifier: GPL-3.0-or-later
"""All 68 points at once: where each is alike and all together are a face.

Sixty-eight separate maxima swap left and right, jump to other faces and to the ground. Here the place, size and turn of
a whole face are looked for first, then each point near where the face would have it, the face following the points
(`core.placing.prior`). Between cells the place comes from the cosines of the cells around the best one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...placing.prior import COUNT, completion, mean_face, single_points

# What is tried: distances between the eyes in cells from the least to the whole map's larger side, and turns.
LEAST_UNIT, UNIT_STEP = 1.5, 1.15
TURNS = np.radians(np.arange(-60, 61, 10))
HYPOTHESES = 6
SLACK = 0.25  # of the distance between the eyes: how far points may be from a plain face's while one is looked for
ROUNDS = ((0.35, 0.12), (0.25, 0.08), (0.18, 0.06), (0.12, 0.05))  # reach and doubt of points, in the same unit
SHARPNESS = 3.0  # per standard deviation of the cosines, while the face is fitted
NEIGHBOURS = 2  # cells about the best one that say where in it the point is
MEASURED, LEAST_DOUBT = 0.4, 0.02  # how inexact a place so found is, in cells; at least, in distances between the eyes


@dataclass(frozen=True, eq=False)
class Assigned:
    """cells (68, 2) columns and rows · score (68,): how far the cosine there stands out, in standard deviations ·
    off (68,): cells to the place that the features alone would give."""

    cells: np.ndarray
    score: np.ndarray
    off: np.ndarray


def assign(cosines: np.ndarray, seen: np.ndarray) -> Assigned:
    """The best face in cosines (68, h, w); points that are not `seen` (68,) on the counterpart follow the prior."""
    used = np.flatnonzero(seen)
    standing = _standing_out(cosines[used])
    faces = [_fitted(standing, used, start) for start in _starts(standing, used)]
    points, unit, _ = max(faces, key=lambda face: face[2])
    measured = _refined(cosines[used], standing, points[used], reach=max(0.12 * unit, 1.0))
    doubt = max(MEASURED / unit, LEAST_DOUBT)
    cells = completion(single_points(used), measured, sigma=doubt, exact=False).points[:COUNT]
    score, off = np.zeros(COUNT), np.zeros(COUNT)
    score[used] = _sampled(standing, cells[used])
    off[used] = np.linalg.norm(cells[used] - measured, axis=1)
    return Assigned(cells, score, off)


def _standing_out(cosines: np.ndarray) -> np.ndarray:
    """Each point's cosines less their mean, in standard deviations: dull points do not outvote sharp ones."""
    flat = cosines.reshape(len(cosines), -1)
    spread = flat.std(axis=1) + 1e-6
    return ((flat - flat.mean(axis=1, keepdims=True)) / spread[:, None]).reshape(cosines.shape)


def _starts(standing: np.ndarray, used: np.ndarray) -> list[np.ndarray]:
    """The likeliest plain faces (70, 2) in cells, none like another."""
    height, width = standing.shape[1:]
    face = mean_face()
    most = max(height, width) / 1.5
    units = LEAST_UNIT * UNIT_STEP ** np.arange(max(1, int(np.log(most / LEAST_UNIT) / np.log(UNIT_STEP)) + 1))
    found: list[tuple[float, np.ndarray, float]] = []
    for unit in units:
        reached = _dilated(standing, round(SLACK * unit))
        for turn in TURNS:
            placed = unit * (face @ _turned(turn).T)
            total = _summed(reached, placed[used])
            # more than enough: the best place of each size and turn
            row, column = np.unravel_index(int(total.argmax()), total.shape)
            found.append((float(total[row, column]), placed + np.array([column, row]), unit))
    found.sort(key=lambda one: -one[0])
    kept: list[tuple[np.ndarray, float]] = []
    for _, points, unit in found:
        near = [np.linalg.norm(points - other, axis=1).mean() < 0.3 * min(unit, size) for other, size in kept]
        if not any(near):
            kept.append((points, unit))
        if len(kept) == HYPOTHESES:
            break
    return [points for points, _ in kept]


def _turned(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _dilated(maps: np.ndarray, radius: int) -> np.ndarray:
    """The largest value within a square of that radius around each cell."""
    for axis in (1, 2):
        best = maps.copy()
        for step in range(1, min(radius, maps.shape[axis] - 1) + 1):
            near, far = [slice(None)] * 3, [slice(None)] * 3
            near[axis], far[axis] = slice(step, None), slice(None, -step)
            np.maximum(best[tuple(near)], maps[tuple(far)], out=best[tuple(near)])
            np.maximum(best[tuple(far)], maps[tuple(near)], out=best[tuple(far)])
        maps = best
    return maps


def _summed(maps: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """For each cell the mean of what the maps (N, h, w) have at the cell plus their offset (N, 2); off the map -1."""
    count, height, width = maps.shape
    column, row = np.round(offsets).astype(int).T
    rows = np.arange(height)[None, :] + row[:, None]
    columns = np.arange(width)[None, :] + column[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None, :]
    which = np.arange(count)[:, None, None]
    picked = maps[which, np.clip(rows, 0, height - 1)[:, :, None], np.clip(columns, 0, width - 1)[:, None, :]]
    return np.where(inside, picked, -1.0).mean(axis=0)


def _fitted(standing: np.ndarray, used: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """The face (70, 2) that follows the points from there, the distance between its eyes, its score."""
    unit = float(np.linalg.norm(points[42:48].mean(axis=0) - points[36:42].mean(axis=0)))
    for reach, doubt in ROUNDS:
        measured, weight = _near(standing, points[used], max(reach * unit, 1.0))
        sure = weight > np.quantile(weight, 0.2)
        made = completion(single_points(used[sure]), measured[sure], sigma=doubt, exact=False)
        points, unit = made.points, made.unit
    total = float(np.minimum(_sampled(standing, points[used]), 6.0).mean())
    return points, unit, total


def _near(standing: np.ndarray, points: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The mean place (N, 2) of what stands out within reach of each point, and how much does."""
    height, width = standing.shape[1:]
    x, y = np.arange(width), np.arange(height)
    across = np.exp(-((x - points[:, :1]) ** 2) / (2 * reach**2))
    down = np.exp(-((y - points[:, 1:]) ** 2) / (2 * reach**2))
    peak = standing.max(axis=(1, 2), keepdims=True)
    weight = np.exp(SHARPNESS * (standing - peak)) * across[:, None, :] * down[:, :, None] + 1e-30
    whole = weight.sum(axis=(1, 2))
    return np.stack([weight.sum(axis=1) @ x, weight.sum(axis=2) @ y], axis=1) / whole[:, None], np.log(whole)


def _refined(cosines: np.ndarray, standing: np.ndarray, points: np.ndarray, *, reach: float) -> np.ndarray:
    """The best cell near each point (N, 2), and the place about it by a paraboloid through its neighbours."""
    height, width = cosines.shape[1:]
    x, y = np.arange(width), np.arange(height)
    away = (x[None, None, :] - points[:, :1, None]) ** 2 + (y[None, :, None] - points[:, 1:, None]) ** 2
    pulled = standing - 0.5 * away / reach**2
    row, column = np.unravel_index(pulled.reshape(len(pulled), -1).argmax(axis=1), (height, width))
    step = np.arange(-NEIGHBOURS, NEIGHBOURS + 1)
    down, across = (each.ravel().astype(float) for each in np.meshgrid(step, step, indexing="ij"))
    rows, columns = row[:, None] + down.astype(int), column[:, None] + across.astype(int)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    which = np.arange(len(points))[:, None]
    values = cosines[which, np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)]
    terms = np.stack([np.ones_like(across), across, down, across**2, across * down, down**2], axis=1)
    weight = inside * np.exp(-(across**2 + down**2) / (2 * (NEIGHBOURS / 1.6) ** 2))
    normal = np.einsum("nk,ki,kj->nij", weight, terms, terms) + 1e-9 * np.eye(6)
    _, b, c, d, e, f = np.linalg.solve(normal, np.einsum("nk,ki,nk->ni", weight, terms, values)[:, :, None])[:, :, 0].T
    bend = 4 * d * f - e**2
    peaked = (bend > 1e-9) & (d < 0)
    safe = np.where(peaked, bend, 1.0)
    moved = np.stack([(e * c - 2 * f * b) / safe, (e * b - 2 * d * c) / safe], axis=1)
    moved = np.where(peaked[:, None], np.clip(moved, -1.5, 1.5), 0.0)
    return np.stack([column, row], axis=1) + moved


def _sampled(maps: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """What the maps (N, h, w) have at the nearest cell to each place (N, 2); off the map -1."""
    column, row = np.round(cells).astype(int).T
    inside = (row >= 0) & (row < maps.shape[1]) & (column >= 0) & (column < maps.shape[2])
    row, column = np.clip(row, 0, maps.shape[1] - 1), np.clip(column, 0, maps.shape[2] - 1)
    return np.where(inside, maps[np.arange(len(maps)), row, column], -1.0)
