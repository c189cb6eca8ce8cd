# SPDX-License-Identifier: GPL-3.0-or-later
"""From a tracked mesh per frame to a FaceMotion: pose, a neutral face, named coefficients, and what they leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..expression import NAMES, load_basis
from ..motion import FaceMotion, euler_angles, rotation_matrices
from .coefficients import Pose, read
from .neutral import moved
from .topology import IBUG_68, IRIS_COUNT, IRISES

_CHUNK = 256
_NO_EXPRESSION = ("eyeLook", "eyeBlink")
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
    """Fit pose, neutral and the 51 named coefficients to a track of at least one valid frame.

    Pose (weak perspective) and coefficients, these within 0 and 1, are fitted together, see `coefficients.read`. The
    neutral is the person's face at rest, in units of the distance between the eye-corner midpoints, its origin between
    them; the basis is the fixed one on that face, so that coefficients mean the same in every clip. What it does not
    explain is the residual: `landmarks()` of the result equals the track's 68 points to rounding. Frames that are not
    valid are bridged in pose and shape from their neighbours.
    """
    seen = np.flatnonzero(track.valid)
    reading = read(track.mesh[seen], load_basis("mp468"), busy=_busy(track.scores, score_names, seen))
    basis = reading.basis.on_landmarks()
    bridge = _Bridge(track.time, seen)
    rotation = bridge(np.unwrap(euler_angles(reading.pose.rotation), axis=0))
    pose = Pose(np.exp(bridge(np.log(reading.pose.scale))), rotation_matrices(rotation), bridge(reading.pose.shift))
    mesh = _bridged_mesh(track.mesh, seen, bridge, pose)
    expression = bridge(reading.expression)
    confidence = np.array(track.confidence, np.float64)
    doubt = 0.5 * bridge(confidence[seen]) * np.exp(-bridge.gap / DOUBT_SECONDS)
    return FaceMotion(
        fps=fps,
        time=np.asarray(track.time, np.float64),
        valid=np.asarray(track.valid, bool),
        confidence=np.where(track.valid, confidence, doubt),
        size=size,
        rotation=rotation,
        translation=pose.shift[:, :2].copy(),
        scale=pose.scale,
        names=NAMES,
        expression=expression,
        identity=basis.neutral,
        basis=basis.shapes,
        basis_id=basis.basis_id,
        residual=pose.removed(mesh[:, IBUG_68]) - basis.faces(expression),
        iris=mesh[:, IRISES, :2].copy() if mesh.shape[1] == IRIS_COUNT else None,
        mesh=mesh.astype(np.float32),
        scheme=scheme,
        scores=None if track.scores is None else bridge(track.scores[seen]),
        score_names=score_names if track.scores is not None else (),
        meta=dict(meta or {}),
    )


def _busy(scores: np.ndarray | None, names: tuple[str, ...], seen: np.ndarray) -> np.ndarray | None:
    """How much the networks' scores say that each seen frame expresses, gaze and blinks apart; None without scores."""
    chosen = [number for number, name in enumerate(names) if name in NAMES and not name.startswith(_NO_EXPRESSION)]
    return None if scores is None or not chosen else scores[seen][:, chosen].sum(axis=1)


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


def _bridged_mesh(mesh: np.ndarray, seen: np.ndarray, bridge: _Bridge, pose: Pose) -> np.ndarray:
    """The meshes (T, N, 3) px, unseen ones made of their neighbours' shapes in the bridged pose."""
    out = np.array(mesh, np.float64)
    unseen = np.setdiff1d(np.arange(len(mesh)), seen)
    for start in range(0, len(unseen), _CHUNK):
        frames = unseen[start : start + _CHUNK]
        sides = [seen[bridge.before[frames]], seen[bridge.after[frames]]]
        before, after = (pose.at(side).removed(mesh[side]) for side in sides)
        weight = bridge.weight[frames, None, None]
        shapes = (1 - weight) * before + weight * after
        here = pose.at(frames)
        out[frames] = moved(shapes, here.scale, here.rotation, here.shift)
    return out
