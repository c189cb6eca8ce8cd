# SPDX-License-Identifier: GPL-3.0-or-later
"""FaceMotion: what the actor did, as 3D face coefficients per frame (`*.motion.npz`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import load_npz, require_rate, require_shape, require_size, save_npz
from .errors import ErrorCode, FaceShotError
from .landmarks import COUNT, LandmarkSequence


def rotation_matrices(angles: np.ndarray) -> np.ndarray:
    """R = Rz(roll) Ry(yaw) Rx(pitch) of (..., 3) = (pitch, yaw, roll) rad, for column vectors; (..., 3, 3).

    Axes: x right, y down, z away from the viewer. A positive roll turns the face clockwise as seen on screen; a
    positive yaw turns its nose (z < 0, toward the viewer) to the left of the picture; a positive pitch turns the
    nose down.

    >>> nose = np.array([0.0, 0.0, -1.0])
    >>> (rotation_matrices(np.array([0.0, np.pi / 2, 0.0])) @ nose).round(6) + 0.0
    array([-1.,  0.,  0.])
    >>> (rotation_matrices(np.array([np.pi / 2, 0.0, 0.0])) @ nose).round(6) + 0.0
    array([0., 1., 0.])
    """
    pitch, yaw, roll = np.moveaxis(np.asarray(angles, np.float64), -1, 0)
    cx, sx, cy, sy, cz, sz = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def euler_angles(matrices: np.ndarray) -> np.ndarray:
    """The inverse of `rotation_matrices` for (..., 3, 3); (..., 3), yaw within +-90 degrees, not unwrapped."""
    pitch = np.arctan2(matrices[..., 2, 1], matrices[..., 2, 2])
    yaw = -np.arcsin(np.clip(matrices[..., 2, 0], -1, 1))
    roll = np.arctan2(matrices[..., 1, 0], matrices[..., 0, 0])
    return np.stack([pitch, yaw, roll], axis=-1)


@dataclass(frozen=True, kw_only=True, eq=False)
class FaceMotion:
    """Coefficients and pose per frame, with the model they belong to.

    fps; time (T,) s; valid (T,) bool: tracked (frames that are not hold bridged values); confidence (T,) 0..1;
    size: the clip's (width, height) px; rotation (T, 3) rad: pitch, yaw, roll, unwrapped; translation (T, 2) px;
    scale (T,) px per unit; names (K,); expression (T, K); identity (68, 3): the neutral face in units of the
    distance between the eye-corner midpoints, x right, y down, z away from the viewer; basis (K, 68, 3);
    basis_id: coefficients of different bases never mix; residual (T, 68, 3): what the basis does not explain.
    Optional: iris (T, 2, 2) px, mesh (T, N, 3) float32 px with its `scheme`, scores (T, S) with score_names,
    coefficients (T, P): a tracker's own raw vector. meta: JSON-able (tracker, version, model hash, source ...).

    Landmark of frame t: p = translation + scale * (R X)_xy, X = identity + sum(expression * basis) + residual.

    A face of scale 100 px at (200, 150), looking straight: a point one unit right of and half a unit below its
    origin is at (300, 200).

    >>> face = np.tile([1.0, 0.5, 0.0], (68, 1))
    >>> FaceMotion.still(face, size=(400, 300), scale=100.0, translation=(200.0, 150.0)).landmarks()[0, 0]
    array([300., 200.])
    """

    fps: float
    time: np.ndarray
    valid: np.ndarray
    confidence: np.ndarray
    size: tuple[int, int]
    rotation: np.ndarray
    translation: np.ndarray
    scale: np.ndarray
    names: tuple[str, ...]
    expression: np.ndarray
    identity: np.ndarray
    basis: np.ndarray
    basis_id: str
    residual: np.ndarray
    iris: np.ndarray | None = None
    mesh: np.ndarray | None = None
    scheme: str = ""
    scores: np.ndarray | None = None
    score_names: tuple[str, ...] = ()
    coefficients: np.ndarray | None = None
    meta: dict = field(default_factory=dict)

    FORMAT = "faceshot.motion"
    VERSION = 1

    def __post_init__(self) -> None:
        for name, array, shape in self._shapes():
            if array.shape != shape:
                raise FaceShotError(ErrorCode.USAGE, f"FaceMotion: {name} has shape {array.shape}, not {shape}.")

    def _shapes(self) -> list[tuple[str, np.ndarray, tuple[int, ...]]]:
        frames, terms = len(self.time), len(self.names)
        wanted: list[tuple[str, np.ndarray, tuple[int, ...]]] = [
            ("time", self.time, (frames,)),
            ("valid", self.valid, (frames,)),
            ("confidence", self.confidence, (frames,)),
            ("rotation", self.rotation, (frames, 3)),
            ("translation", self.translation, (frames, 2)),
            ("scale", self.scale, (frames,)),
            ("expression", self.expression, (frames, terms)),
            ("identity", self.identity, (COUNT, 3)),
            ("basis", self.basis, (terms, COUNT, 3)),
            ("residual", self.residual, (frames, COUNT, 3)),
        ]
        if self.iris is not None:
            wanted.append(("iris", self.iris, (frames, 2, 2)))
        if self.mesh is not None:
            wanted.append(("mesh", self.mesh, (frames, self.mesh.shape[1] if self.mesh.ndim == 3 else -1, 3)))
        if self.scores is not None:
            wanted.append(("scores", self.scores, (frames, len(self.score_names))))
        if self.coefficients is not None:
            wanted.append(("coefficients", self.coefficients, (frames, self.coefficients.shape[-1])))
        return wanted

    def __len__(self) -> int:
        return len(self.time)

    @classmethod
    def still(
        cls,
        identity: np.ndarray,
        *,
        size: tuple[int, int],
        scale: float,
        translation: tuple[float, float],
        fps: float = 25.0,
    ) -> FaceMotion:
        """One frame of a neutral, frontal face: identity (68, 3)."""
        return cls(
            fps=fps,
            time=np.zeros(1),
            valid=np.ones(1, bool),
            confidence=np.ones(1),
            size=size,
            rotation=np.zeros((1, 3)),
            translation=np.array([translation], np.float64),
            scale=np.array([scale], np.float64),
            names=(),
            expression=np.zeros((1, 0)),
            identity=np.asarray(identity, np.float64),
            basis=np.zeros((0, COUNT, 3)),
            basis_id="none",
            residual=np.zeros((1, COUNT, 3)),
        )

    def shapes(self) -> np.ndarray:
        """The face of each frame without its pose, X; (T, 68, 3) in inter-ocular units."""
        return self.identity + np.einsum("tk,kpd->tpd", self.expression, self.basis) + self.residual

    def landmarks(self) -> np.ndarray:
        """The 68 points of each frame in the clip; (T, 68, 2) px."""
        return self.projected(self.shapes())

    def projected(self, points: np.ndarray) -> np.ndarray:
        """Points (T, P, 3) of the face without its pose, in the clip; (T, P, 2) px."""
        turned = np.einsum("tij,tpj->tpi", rotation_matrices(self.rotation), points)
        return self.translation[:, None] + self.scale[:, None, None] * turned[..., :2]

    def landmark_sequence(self) -> LandmarkSequence:
        return LandmarkSequence(
            points=self.landmarks(), size=self.size, fps=self.fps, time=self.time, iris=self.iris, meta=dict(self.meta)
        )

    def frames(self, chosen: slice | np.ndarray) -> FaceMotion:
        """The same model with some of the frames."""
        picked: dict[str, Any] = {
            name: array[chosen] for name, array, shape in self._shapes() if name not in ("identity", "basis")
        }
        return replace(self, **picked)

    def save(self, path: Path) -> None:
        arrays = {name: array.astype(np.float64) for name, array, _ in self._shapes()}
        arrays["valid"] = self.valid.astype(bool)
        if self.mesh is not None:
            arrays["mesh"] = self.mesh.astype(np.float32)
        arrays |= {
            "fps": np.array(float(self.fps)),
            "size": np.array(self.size, np.int64),
            "names": np.array(self.names, np.str_),
            "score_names": np.array(self.score_names, np.str_),
            "basis_id": np.array(self.basis_id),
            "scheme": np.array(self.scheme),
        }
        save_npz(path, self.FORMAT, self.VERSION, arrays, self.meta)

    @classmethod
    def load(cls, path: Path) -> FaceMotion:
        """Raises INPUT_MISSING or INPUT_UNREADABLE."""
        arrays, meta = load_npz(path, cls.FORMAT, cls.VERSION)
        frames = len(require_shape(path, arrays, "time", (None,)))
        names = tuple(str(name) for name in require_shape(path, arrays, "names", (None,), text=True))
        score_names = tuple(str(name) for name in require_shape(path, arrays, "score_names", (None,), text=True))
        shapes: Mapping[str, tuple[int | None, ...]] = {
            "time": (frames,), "valid": (frames,), "confidence": (frames,), "rotation": (frames, 3),
            "translation": (frames, 2), "scale": (frames,), "expression": (frames, len(names)), "identity": (COUNT, 3),
            "basis": (len(names), COUNT, 3), "residual": (frames, COUNT, 3),
        }  # fmt: skip
        optional: Mapping[str, tuple[int | None, ...]] = {
            "iris": (frames, 2, 2), "mesh": (frames, None, 3), "scores": (frames, len(score_names)),
            "coefficients": (frames, None),
        }  # fmt: skip
        return cls(
            fps=require_rate(path, arrays),
            size=require_size(path, arrays),
            names=names,
            score_names=score_names,
            basis_id=str(require_shape(path, arrays, "basis_id", (), text=True)),
            scheme=str(require_shape(path, arrays, "scheme", (), text=True)),
            meta=meta,
            **{name: require_shape(path, arrays, name, shape) for name, shape in shapes.items()},
            **{name: require_shape(path, arrays, name, shape) for name, shape in optional.items() if name in arrays},
        )
