# SPDX-License-Identifier: GPL-3.0-or-later
"""From a tracked mesh per frame to a FaceMotion: pose, a neutral face, and what is left as principal components."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from ..landmarks import EYE_PAIRS, MOUTH_PAIRS, inter_ocular
from ..motion import FaceMotion, euler_angles, rotation_matrices
from .reference import RIGID_POINTS, similarity
from .topology import IBUG_68, IRIS_COUNT, IRISES, RIGID

MAX_TERMS = 20  # leaves a quarter per cent of the eyes' distance to the residual, below the tracker's own jitter
REST_SHARE = 0.25
_ROUNDS = 4
_CHUNK = 256
DOUBT_SECONDS = 0.5  # a bridged frame's confidence falls by e for each such distance to a tracked one


@dataclass(frozen=True, eq=False)
class Track:
    """What a tracker saw: mesh (T, N, 3) px, z on the scale of x; valid (T,), False where the mesh means nothing;
    confidence (T,) 0..1; time (T,) s, rising; scores (T, S) or None."""

    mesh: np.ndarray
    valid: np.ndarray
    confidence: np.ndarray
    time: np.ndarray
    scores: np.ndarray | None = None


def fit_motion(
    track: Track,
    *,
    size: tuple[int, int],
    fps: float,
    scheme: str = "",
    score_names: tuple[str, ...] = (),
    meta: dict | None = None,
) -> FaceMotion:
    """Fit pose, neutral and basis to a track of at least one valid frame.

    Each frame's pose is the least-squares similarity from the neutral's rigid points to the frame's (weak perspective:
    depth counts for the rotation, not for the size). The neutral is the median of the frames at rest without their
    pose, in units of the distance between the eye-corner midpoints, its origin between them. `landmarks()` of the
    result equals the track's 68 points to rounding. Frames that are not valid are bridged in pose and shape from their
    neighbours.
    """
    seen = np.flatnonzero(track.valid)
    neutral = _neutral(track.mesh[seen])
    scale, matrices, shift = similarity(neutral[RIGID], track.mesh[seen][:, RIGID])
    bridge = _Bridge(track.time, seen)
    rotation = bridge(np.unwrap(euler_angles(matrices), axis=0))
    scale, shift = np.exp(bridge(np.log(scale))), bridge(shift)
    mesh = _bridged_mesh(track.mesh, seen, bridge, rotation, scale, shift)
    shapes = _without_pose(mesh[:, IBUG_68], rotation, scale, shift)
    identity = neutral[IBUG_68]
    basis = _components(shapes[seen] - identity)
    expression = np.einsum("tpd,kpd->tk", shapes - identity, basis)
    # orthonormal so far: now each coefficient has a spread of about one, and its shape the size of what it does
    spread = np.sqrt(np.maximum((expression[seen] ** 2).mean(axis=0), 1e-24))
    expression, basis = expression / spread, basis * spread[:, None, None]
    residual = shapes - identity - np.einsum("tk,kpd->tpd", expression, basis)
    return FaceMotion(
        fps=fps,
        time=np.asarray(track.time, np.float64),
        valid=np.asarray(track.valid, bool),
        confidence=np.where(
            track.valid, track.confidence, 0.5 * bridge(track.confidence[seen]) * np.exp(-bridge.gap / DOUBT_SECONDS)
        ),
        size=size,
        rotation=rotation,
        translation=shift[:, :2].copy(),
        scale=scale,
        names=tuple(f"pc{number:02d}" for number in range(1, len(basis) + 1)),
        expression=expression,
        identity=identity,
        basis=basis,
        basis_id=_basis_id(identity, basis),
        residual=residual,
        iris=mesh[:, IRISES, :2].copy() if mesh.shape[1] == IRIS_COUNT else None,
        mesh=mesh.astype(np.float32),
        scheme=scheme,
        scores=None if track.scores is None else bridge(track.scores[seen]),
        score_names=score_names if track.scores is not None else (),
        meta=dict(meta or {}),
    )


def _neutral(meshes: np.ndarray) -> np.ndarray:
    """The face at rest, as far as the frames (T, N, 3) show it: (N, 3), looking straight ahead, eyes 1 apart."""
    target = RIGID_POINTS
    neutral = meshes[0]
    for _ in range(_ROUNDS):
        aligned = _moved(meshes, *similarity(meshes[:, RIGID], target))
        neutral = _levelled(np.median(aligned[_at_rest(aligned[:, IBUG_68])], axis=0))
        target = neutral[RIGID]
    return neutral


def _at_rest(faces: np.ndarray) -> np.ndarray:
    """Which of the faces (T, 68, 3), free of pose, are most at rest: (T,) bool.

    The quarter whose lips are most closed, among those whose eyes are not: a plain median would take the smile or the
    speech that fills a clip for the face at rest, and the character would do only what exceeds it.
    """
    unit = inter_ocular(faces)[:, None]
    lids = np.concatenate([_gaps(faces, pairs) for pairs in EYE_PAIRS.values()], axis=1) / unit
    lips = (_gaps(faces, MOUTH_PAIRS) / unit).mean(axis=1)
    opening = lids.mean(axis=1)
    awake = opening >= 0.7 * np.quantile(opening, 0.75)
    return awake & (lips <= np.quantile(lips[awake], REST_SHARE))


def _gaps(faces: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    upper, lower = np.array(pairs).T
    return np.linalg.norm(faces[:, upper] - faces[:, lower], axis=-1)


def _levelled(face: np.ndarray) -> np.ndarray:
    """The same face (N, 3) turned to look as the plain face does, in units of its own eyes' distance."""
    face = _moved(face, *similarity(face[RIGID], RIGID_POINTS))
    landmarks = face[IBUG_68]
    corners = landmarks[[36, 39, 42, 45]].mean(axis=0)
    return (face - corners) / inter_ocular(landmarks)


def _moved(points: np.ndarray, scale: np.ndarray, rotation: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """scale * R points + shift for points (..., N, 3)."""
    return (
        np.asarray(scale)[..., None, None] * (points @ np.swapaxes(rotation, -1, -2)) + np.asarray(shift)[..., None, :]
    )


def _without_pose(points: np.ndarray, rotation: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """The inverse of the pose: (T, P, 3) px to units of the neutral face."""
    return (points - shift[:, None]) @ rotation_matrices(rotation) / scale[:, None, None]


class _Bridge:
    """Values known at some frames, linear in time between them and held beyond; `gap` (T,): s to the nearest known."""

    def __init__(self, time: np.ndarray, seen: np.ndarray) -> None:
        known = time[seen]
        place = np.clip(np.searchsorted(known, time, side="right") - 1, 0, len(seen) - 1)
        after = np.minimum(place + 1, len(seen) - 1)
        span = np.maximum(known[after] - known[place], 1e-9)
        self.before, self.after = place, after
        self.weight = np.clip((time - known[place]) / span, 0, 1)
        self.gap = np.minimum(np.abs(time - known[place]), np.abs(known[after] - time))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """values (len(seen), ...) of the known frames; returns (T, ...), exact at those."""
        weight = self.weight.reshape(-1, *(1,) * (values.ndim - 1))
        return np.where(
            weight == 0, values[self.before], (1 - weight) * values[self.before] + weight * values[self.after]
        )


def _bridged_mesh(
    mesh: np.ndarray,
    seen: np.ndarray,
    bridge: _Bridge,
    rotation: np.ndarray,
    scale: np.ndarray,
    shift: np.ndarray,
) -> np.ndarray:
    """The meshes (T, N, 3) px, unseen ones made of their neighbours' shapes in the bridged pose."""
    out = np.array(mesh, np.float64)
    unseen = np.setdiff1d(np.arange(len(mesh)), seen)
    for start in range(0, len(unseen), _CHUNK):
        frames = unseen[start : start + _CHUNK]
        sides = [seen[bridge.before[frames]], seen[bridge.after[frames]]]
        before, after = (_without_pose(mesh[side], rotation[side], scale[side], shift[side]) for side in sides)
        weight = bridge.weight[frames, None, None]
        shapes = (1 - weight) * before + weight * after
        out[frames] = _moved(shapes, scale[frames], rotation_matrices(rotation[frames]), shift[frames])
    return out


def _components(deviations: np.ndarray) -> np.ndarray:
    """Principal directions of deviations (T, P, 3) from the neutral: (K, P, 3), orthonormal, largest first, K <= 20.

    Not centred: coefficients of zero are the neutral face. Signs are fixed, so that a clip always gives the same.
    """
    flat = deviations.reshape(len(deviations), -1)
    values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    order = np.argsort(-values)[: min(MAX_TERMS, len(flat))]
    order = order[values[order] > max(1e-12, 1e-9 * values[-1])]
    basis = vectors[:, order].T
    peak = np.take_along_axis(basis, np.abs(basis).argmax(axis=1)[:, None], axis=1)
    return (basis * np.sign(peak)).reshape(len(basis), *deviations.shape[1:])


def _basis_id(identity: np.ndarray, basis: np.ndarray) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(identity).tobytes() + np.ascontiguousarray(basis).tobytes())
    return f"clip-pca:{digest.hexdigest()[:12]}"
