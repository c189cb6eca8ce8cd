# SPDX-License-Identifier: GPL-3.0-or-later
"""The face at rest, as far as a clip shows it."""

from __future__ import annotations

import numpy as np

from ..landmarks import EYE_PAIRS, MOUTH_PAIRS, inter_ocular
from .reference import RIGID_POINTS, similarity
from .topology import IBUG_68, RIGID

REST_SHARE = 0.25
_ROUNDS = 4
_SCORES_OF_LIPS = 25.0  # so much expression weighs as much as lips one eye distance apart


def face_at_rest(meshes: np.ndarray, busy: np.ndarray | None = None) -> np.ndarray:
    """The face at rest in the frames (T, N, 3): (N, 3), looking straight ahead, its eyes' middle at the origin and
    their distance 1. busy: how much each frame expresses, (T,), where that is known from elsewhere."""
    target = RIGID_POINTS
    neutral = meshes[0]
    for _ in range(_ROUNDS):
        aligned = moved(meshes, *similarity(meshes[:, RIGID], target))
        neutral = _levelled(np.median(aligned[_at_rest(aligned[:, IBUG_68], busy)], axis=0))
        target = neutral[RIGID]
    return neutral


def _at_rest(faces: np.ndarray, busy: np.ndarray | None) -> np.ndarray:
    """Which of the faces (T, 68, 3), free of pose, are most at rest: (T,) bool.

    Among those whose eyes are open, the quarter whose lips are most closed and that is least busy: a plain median
    would take the smile or the speech that fills a clip for the face at rest, and the character would do only what
    exceeds it.
    """
    unit = inter_ocular(faces)[:, None]
    lids = np.concatenate([_gaps(faces, pairs) for pairs in EYE_PAIRS.values()], axis=1) / unit
    lips = (_gaps(faces, MOUTH_PAIRS) / unit).mean(axis=1)
    opening = lids.mean(axis=1)
    awake = opening >= 0.7 * np.quantile(opening, 0.75)
    busy = lips if busy is None else lips + busy / _SCORES_OF_LIPS
    return awake & (busy <= np.quantile(busy[awake], REST_SHARE))


def _gaps(faces: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    upper, lower = np.array(pairs).T
    return np.linalg.norm(faces[:, upper] - faces[:, lower], axis=-1)


def _levelled(face: np.ndarray) -> np.ndarray:
    """The same face (N, 3) turned to look as the plain face does, in units of its own eyes' distance."""
    return centred(moved(face, *similarity(face[RIGID], RIGID_POINTS)))[0]


def centred(face: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """A face (N, 3) with its eyes' middle at the origin and their distance 1; the middle (3,) and the distance."""
    landmarks = face[IBUG_68]
    middle = landmarks[[36, 39, 42, 45]].mean(axis=0)
    unit = float(inter_ocular(landmarks))
    return (face - middle) / unit, middle, unit


def moved(points: np.ndarray, scale: np.ndarray, rotation: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """scale * R points + shift for points (..., N, 3)."""
    return (
        np.asarray(scale)[..., None, None] * (points @ np.swapaxes(rotation, -1, -2)) + np.asarray(shift)[..., None, :]
    )
