# SPDX-License-Identifier: GPL-3.0-or-later
"""Points spread evenly along the arcs of a face, as FaceShot does after matching; in floats, and finite whatever they
are. The matching does not use it: it makes points worse, see test_rearrange.py and docs/features.md.

The ends of an arc stay. Between them the points get even angles about the centre of a curve through all of them, an
ellipse for the jaw and circles for the others, and keep their own distance from it. Where the points give no such
curve they are spread evenly along the chord and keep their distance from that.
"""

from __future__ import annotations

import numpy as np

JAW = tuple(range(17))
ARCS: tuple[tuple[int, ...], ...] = (
    JAW,
    tuple(range(17, 22)), tuple(range(22, 27)), tuple(range(31, 36)),
    tuple(range(36, 40)), (39, 40, 41, 36), tuple(range(42, 46)), (45, 46, 47, 42),
    tuple(range(48, 55)), (54, 55, 56, 57, 58, 59, 48), tuple(range(60, 65)), (64, 65, 66, 67, 60),
)  # fmt: skip
BRIDGE = (27, 28, 29, 30)
BASE = 33
FLATTEST = 20.0  # chords: a larger circle is a line
LEAST = 1e-9


def rearranged(points: np.ndarray) -> np.ndarray:
    """Points (68, 2) px with even arcs and a straight, even bridge of the nose; finite where they are.

    >>> points = np.zeros((68, 2))
    >>> bool(np.isfinite(rearranged(points)).all())
    True
    """
    made = np.array(points, np.float64)
    for arc in ARCS:
        made[list(arc)] = evened(made[list(arc)], ellipse=arc is JAW)
    made[list(BRIDGE)] = _straight(made[list(BRIDGE)], made[BASE])
    return made


def evened(points: np.ndarray, *, ellipse: bool = False) -> np.ndarray:
    """An arc (N, 2), N > 2, with its inner points at even angles; the ends stay."""
    start, end = points[0], points[-1]
    chord = float(np.linalg.norm(end - start))
    reach = float(np.abs(points - points.mean(axis=0)).max())
    if reach < LEAST or chord < LEAST * reach or chord < LEAST:
        return points.copy()
    fitted = _axes(points) if ellipse else None
    stretch = np.eye(2) if fitted is None else fitted
    round_ = (points - start) @ stretch.T
    centre = _centre(round_, chord=float(np.linalg.norm(round_[-1])))
    made = _along_chord(points) if centre is None else start + _about(round_, centre) @ np.linalg.inv(stretch).T
    made[0], made[-1] = start, end
    return made


def _about(points: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Even angles about the centre; each point keeps its distance from it."""
    arms = points - centre
    angles = np.unwrap(np.arctan2(arms[:, 1], arms[:, 0]))
    even = np.linspace(angles[0], angles[-1], len(points))
    return centre + np.linalg.norm(arms, axis=1)[:, None] * np.stack([np.cos(even), np.sin(even)], axis=1)


def _along_chord(points: np.ndarray) -> np.ndarray:
    along = points[-1] - points[0]
    across = np.array([-along[1], along[0]]) / (along @ along)
    off = (points - points[0]) @ across
    share = np.linspace(0, 1, len(points))
    return points[0] + share[:, None] * along + off[:, None] * np.array([-along[1], along[0]])


def _centre(points: np.ndarray, *, chord: float) -> np.ndarray | None:
    """Of the circle that fits points (N, 2) best; None where they lie on a line or on a spot."""
    middle = points.mean(axis=0)
    own = (points - middle) / chord
    terms = np.column_stack([own, np.ones(len(own))])
    solved, _, rank, _ = np.linalg.lstsq(terms, (own**2).sum(axis=1), rcond=1e-6)
    centre = solved[:2] / 2
    radius = float(np.sqrt(max(solved[2] + centre @ centre, 0.0)))
    if rank < 3 or not LEAST < radius < FLATTEST:
        return None
    if float(np.linalg.norm(own - centre, axis=1).min()) < 0.05 * radius:  # a point at the centre has no angle
        return None
    made: np.ndarray = centre * chord + middle
    return made


def _axes(points: np.ndarray) -> np.ndarray | None:
    """The map (2, 2) that makes the ellipse through points (N, 2) a circle; None where they are on none."""
    own = points - points.mean(axis=0)
    scale = max(float(np.abs(own).max()), LEAST)
    x, y = own.T / scale
    terms = np.column_stack([x * x, x * y, y * y, x, y])
    solved, _, rank, _ = np.linalg.lstsq(terms, np.ones(len(x)), rcond=1e-6)
    form = np.array([[solved[0], solved[1] / 2], [solved[1] / 2, solved[2]]])
    values, axes = np.linalg.eigh(form)
    if rank < 5 or values[0] <= 0 or values[1] > 25 * values[0]:
        return None
    made: np.ndarray = np.diag(np.sqrt(values / values[1])) @ axes.T
    return made


def _straight(bridge: np.ndarray, base: np.ndarray) -> np.ndarray:
    """The bridge (4, 2) on the straight line through the base of the nose that fits it best, evenly between its ends'
    places on it."""
    arms = bridge - base
    _, sizes, axes = np.linalg.svd(arms, full_matrices=False)
    if sizes[0] < LEAST:
        return bridge.copy()
    along = arms @ axes[0]
    return base + np.linspace(along[0], along[-1], len(bridge))[:, None] * axes[0]
