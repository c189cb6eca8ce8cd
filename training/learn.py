# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes from clips: ridge regression of the face's displacements on the networks' expression scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.expression import MESH_COUNT, MIRROR_NAMES, NAMES, ExpressionBasis, mirrored
from core.track.coefficients import Pose, read
from core.track.neutral import centred, face_at_rest
from core.track.reference import similarity
from core.track.topology import IBUG_68, RIGID

from .authored import authored_shapes
from .clips import Performance
from .mesh_mirror import mirror_points
from .regions import masks

RIDGE = 3.0  # in frames that show a shape fully
FRAMES = 300  # of each clip, at most: long clips count no more than short ones
ROUNDS = 2
SHOWN = 0.2  # a clip shows a shape whose score ranges over this, from its 1st to its 99th per cent of frames
# The networks' score of 1 is weaker than what the name promises or, for brows and puckers, than what actors do
GAINS = {"browDown": 1.6, "mouthPucker": 1.5, "mouthSmile": 1.25, "mouthStretch": 1.6, "browOuterUp": 1.1}
BY_HAND = ("mouthPressLeft", "mouthPressRight")  # learned, they are a smirk
FLIP = np.array([-1.0, 1.0, 1.0])
CLIPS = 3  # so many must show it, on either side, or it is made by hand


@dataclass(frozen=True, eq=False)
class Material:
    """One clip without its pose: shapes (T, 468, 3) in units, scores (T, 51)."""

    shapes: np.ndarray
    scores: np.ndarray


def learned_basis(
    clips: Sequence[Performance], *, by_hand: np.ndarray | None = None, confined: bool = True, ridge: float = RIDGE
) -> ExpressionBasis:
    """The basis of some clips. by_hand: (51,), which are not learned, by default those that the clips hardly show;
    confined: each shape within its region and side.

    In the second round poses are fitted jointly with the first round's shapes, so that a raised brow is no longer
    taken for a tilt of the head.
    """
    neutral, mirror = plain_face(clips)
    if by_hand is None:
        by_hand = ~shown_enough(clips)
    material = [_rigid(clip) for clip in clips]
    for number in range(ROUNDS):
        shapes = regress(material, mirror, masks(neutral, NAMES) if confined else None, ridge=ridge)
        shapes = authored_shapes(neutral, shapes * _gains()[:, None, None], mirror, by_hand)
        basis = ExpressionBasis(neutral, shapes, by_hand, mirror, IBUG_68, "training")
        basis = basis.on(neutral)
        if number + 1 < ROUNDS:
            material = [_joint(clip, basis) for clip in clips]
    return replace(basis, shapes=symmetric(basis.shapes, mirror))


def _gains() -> np.ndarray:
    return np.array([GAINS.get(name.removesuffix("Left").removesuffix("Right"), 1.0) for name in NAMES])


def plain_face(clips: Sequence[Performance]) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the actors' faces at rest made symmetric, (468, 3), and each point's mirror point (468,)."""
    mirror = mirror_points()
    face = np.mean([face_at_rest(clip.mesh)[:MESH_COUNT] for clip in clips], axis=0)
    return centred((face + face[mirror] * FLIP) / 2)[0], mirror


def shown_enough(clips: Sequence[Performance]) -> np.ndarray:
    """Which of the 51 the clips show often and plainly enough to learn them from, (51,) bool."""
    spans = [np.subtract(*np.percentile(clip.scores, [99, 1], axis=0)) for clip in clips]
    shown = np.sum([np.maximum(span, span[MIRROR_NAMES]) >= SHOWN for span in spans], axis=0) >= CLIPS
    return shown & ~np.isin(NAMES, BY_HAND)


def symmetric(shapes: np.ndarray, mirror: np.ndarray) -> np.ndarray:
    """Shapes (51, 468, 3) with every right one the exact mirror image of its left one."""
    return (shapes + shapes[MIRROR_NAMES][:, mirror] * FLIP) / 2


def regress(material: Sequence[Material], mirror: np.ndarray, mask: np.ndarray | None, *, ridge: float) -> np.ndarray:
    """(51, 468, 3): displacement per unit of score, each clip about its own mean, and its mirror image with it.

    mask (51, 468): a shape costs 1 / mask**2 times the ridge at a point, so that it is confined while all are
    estimated together, not cut afterwards.
    """
    count = len(NAMES)
    gram, cross = np.zeros((count, count)), np.zeros((count, MESH_COUNT, 3))
    for clip in material:
        step = max(1, len(clip.scores) // FRAMES)
        scores, shapes = clip.scores[::step], clip.shapes[::step]
        for s, y in ((scores, shapes), (mirrored(scores), shapes[:, mirror] * FLIP)):
            s, y = s - s.mean(axis=0), y - y.mean(axis=0)
            gram += s.T @ s
            cross += np.einsum("tk,tpd->kpd", s, y)
    if mask is None:
        flat = np.linalg.solve(gram + ridge * np.eye(count), cross.reshape(count, -1))
        return symmetric(flat.reshape(cross.shape), mirror)
    weight = mask.T
    systems = weight[:, :, None] * gram * weight[:, None, :] + ridge * np.eye(count)
    solved = np.linalg.solve(systems, weight[:, :, None] * cross.transpose(1, 0, 2))
    return symmetric((weight[:, :, None] * solved).transpose(1, 0, 2), mirror)


def _rigid(clip: Performance) -> Material:
    neutral = face_at_rest(clip.mesh)
    pose = Pose(*similarity(neutral[RIGID], clip.mesh[:, RIGID]))
    return Material(pose.removed(clip.mesh[:, :MESH_COUNT]), clip.scores)


def _joint(clip: Performance, basis: ExpressionBasis) -> Material:
    step = max(1, len(clip.mesh) // FRAMES)
    reading = read(clip.mesh[::step], basis, low=-np.inf, high=np.inf, gaze=False)
    return Material(reading.pose.removed(clip.mesh[::step, :MESH_COUNT]), clip.scores[::step])
