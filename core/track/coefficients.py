# SPDX-License-Identifier: GPL-3.0-or-later
"""Pose and named coefficients together: what of a tracked mesh is the head's turn, and what its expression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..expression import GAZE, INDEX, NAMES, ExpressionBasis, gaze_coefficients
from .bounded import bounded_least_squares
from .neutral import centred, face_at_rest
from .reference import similarity
from .topology import IBUG_68, IRISES, MESH_COUNT, RIGID

ROUNDS = 3
_SAMPLE = 200  # frames that the neutral is mended from
_MENDINGS = 3
_LANDMARK_WEIGHT = 10.0  # of each of the 68 points, to 1 of the mesh's others
_DEPTH_WEIGHT = 0.05  # the networks guess depth, and take raised brows for a tilt mostly in depth
_RIDGE = 1e-4  # of the shapes' mean square
_RARE = 100.0  # times the ridge for shapes that actors seldom make: they must not explain what others do
_CHUNK = 512


@dataclass(frozen=True, eq=False)
class Pose:
    """scale (T,) px per unit; rotation (T, 3, 3); shift (T, 3) px."""

    scale: np.ndarray
    rotation: np.ndarray
    shift: np.ndarray

    def at(self, frames: slice | np.ndarray) -> Pose:
        return Pose(self.scale[frames], self.rotation[frames], self.shift[frames])

    def removed(self, points: np.ndarray) -> np.ndarray:
        """(T, P, 3) px without the pose, in units of the face."""
        return (points - self.shift[:, None]) @ self.rotation / self.scale[:, None, None]

    def moved(self, change: np.ndarray) -> Pose:
        """After a small change (T, 7) in the face's own axes: turn (3), growth, way (3)."""
        turn, growth, way = change[:, :3], change[:, 3], change[:, 4:]
        shift = self.shift + self.scale[:, None] * np.einsum("tij,tj->ti", self.rotation, way)
        return Pose(self.scale * (1 + growth), self.rotation @ _turns(turn), shift)


def _turns(vectors: np.ndarray) -> np.ndarray:
    """Rotation matrices (T, 3, 3) of rotation vectors (T, 3), by Rodrigues' formula."""
    angle = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)
    x, y, z = (vectors / angle[:, None]).T
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    sine, cosine = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)


def solve(
    mesh: np.ndarray,
    neutral: np.ndarray,
    shapes: np.ndarray,
    pose: Pose,
    *,
    rare: np.ndarray | None = None,
    given: np.ndarray | None = None,
    low: float = 0.0,
    high: float = 1.0,
    rounds: int = ROUNDS,
) -> tuple[np.ndarray, Pose]:
    """Coefficients (T, K) and the pose with which `neutral + coefficients * shapes` comes nearest to the mesh.

    mesh (T, >= 468, 3) px; neutral (468, 3), shapes (K, 468, 3) in units; pose: where to begin. rare: (K,) bool, shapes
    that must not explain what others can. given: (T, K), values of coefficients that are known, NaN for those to find.
    Gauss-Newton over the pose, in each round with the coefficients that are best within the bounds for that pose: a
    brow that rises alone cannot pass for a head that tips
    back, since the rest of the face says that it does not.
    """
    weight = np.ones(MESH_COUNT)
    weight[IBUG_68] = _LANDMARK_WEIGHT
    root = np.sqrt(weight[:, None] * [1.0, 1.0, _DEPTH_WEIGHT] / weight.sum())
    motions = np.concatenate(
        [np.cross(np.eye(3)[:, None], neutral[None]), neutral[None], np.repeat(np.eye(3)[:, None], MESH_COUNT, axis=1)]
    )
    flat, rigid = (shapes * root).reshape(len(shapes), -1), (motions * root).reshape(7, -1)
    to_rigid = rigid.T @ np.linalg.inv(rigid @ rigid.T)
    free = flat - flat @ to_rigid @ rigid  # what of a shape is no motion of the head
    normal = free @ free.T
    ridge = np.full(len(shapes), _RIDGE) if rare is None else np.where(rare, _RARE * _RIDGE, _RIDGE)
    normal += np.diag(ridge) * np.trace(flat @ flat.T) / len(shapes)
    known = np.zeros(len(shapes), bool) if given is None else np.isfinite(given).all(axis=0)
    expression = np.zeros((len(mesh), len(shapes)))
    if given is not None:
        expression[:, known] = given[:, known]
    poses = []
    for start in range(0, len(mesh), _CHUNK):
        frames = slice(start, start + _CHUNK)
        here, points, a = pose.at(frames), mesh[frames, :MESH_COUNT], expression[frames]
        for _ in range(rounds):
            wanted = ((here.removed(points) - neutral) * root).reshape(len(a), -1)
            target = (wanted - a[:, known] @ flat[known]) @ free[~known].T
            a[:, ~known] = bounded_least_squares(normal[np.ix_(~known, ~known)], target, low=low, high=high)
            here = here.moved((wanted - a @ flat) @ to_rigid)
        poses.append(here)
    joined = Pose(*(np.concatenate([getattr(p, name) for p in poses]) for name in ("scale", "rotation", "shift")))
    return expression, joined


@dataclass(frozen=True, eq=False)
class Reading:
    """What frames show: basis: the 51 shapes on this face (468 points) and its neutral; expression (T, 51); pose."""

    basis: ExpressionBasis
    expression: np.ndarray
    pose: Pose


def read(
    mesh: np.ndarray,
    plain: ExpressionBasis,
    *,
    busy: np.ndarray | None = None,
    low: float = 0.0,
    high: float = 1.0,
    gaze: bool = True,
) -> Reading:
    """Neutral face, coefficients and pose of tracked meshes (T, 468 or 478, 3) px, of one person, all of them seen.

    The neutral begins as the face at rest and is mended by the median of what the coefficients leave unexplained: a
    frame at rest that still holds, say, raised brows would otherwise ask for coefficients below zero. busy: (T,), see
    `face_at_rest`. gaze: take the
    eyeLook coefficients from the irises, where the mesh has them, and leave them at 0 where it has not.
    """
    neutral = face_at_rest(mesh, busy)[:MESH_COUNT]
    some = np.unique(np.linspace(0, len(mesh) - 1, min(len(mesh), _SAMPLE)).round().astype(int))
    pose = Pose(*similarity(neutral[RIGID], mesh[:, RIGID]))
    sample = pose.at(some)
    for _ in range(_MENDINGS):
        basis = plain.on(neutral)
        given = _gaze(mesh[some], sample) if gaze else None
        expression, sample = solve(
            mesh[some], neutral, basis.shapes, sample, rare=plain.authored, given=given, low=low, high=high, rounds=2
        )
        left = sample.removed(mesh[some, :MESH_COUNT]) - np.einsum("tk,kpd->tpd", expression, basis.shapes)
        neutral, _, _ = centred(np.median(left, axis=0))
        sample = Pose(*similarity(neutral[RIGID], mesh[some][:, RIGID]))
    basis = plain.on(neutral)
    pose = Pose(*similarity(neutral[RIGID], mesh[:, RIGID]))
    given = _gaze(mesh, pose) if gaze else None
    expression, pose = solve(mesh, neutral, basis.shapes, pose, rare=plain.authored, given=given, low=low, high=high)
    return Reading(basis, expression, pose)


def _gaze(mesh: np.ndarray, pose: Pose) -> np.ndarray:
    """The eyeLook coefficients of (T, N, 3); (T, 51), NaN for all others."""
    if mesh.shape[1] <= MESH_COUNT:
        known = np.full((len(mesh), len(NAMES)), np.nan)
        known[:, [INDEX[name] for name in GAZE]] = 0.0
        return known
    return gaze_coefficients(pose.removed(mesh[:, IRISES]), pose.removed(mesh[:, IBUG_68]))
