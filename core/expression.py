# SPDX-License-Identifier: GPL-3.0-or-later
"""Named coefficients: one fixed basis of facial expressions, with Apple's ARKit names, and FaceMotion made from it.

51 shapes (all of ARKit's but tongueOut) that move a neutral face; a coefficient of 0 is none of it, 1 all of it.
"Left" and "Right" are the face's own. Units and axes are FaceMotion's: 1 = the distance between the eye-corner
midpoints, x right, y down, z away from the viewer. docs/coefficients.md says what each shape does and where it is from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from .arrays import load_npz, require_shape, save_npz
from .errors import ErrorCode, FaceShotError
from .landmarks import COUNT, EYE_PAIRS, MOUTH_PAIRS
from .motion import FaceMotion

NAMES = (
    "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight",
    "cheekPuff", "cheekSquintLeft", "cheekSquintRight",
    "eyeBlinkLeft", "eyeBlinkRight", "eyeLookDownLeft", "eyeLookDownRight", "eyeLookInLeft", "eyeLookInRight",
    "eyeLookOutLeft", "eyeLookOutRight", "eyeLookUpLeft", "eyeLookUpRight", "eyeSquintLeft", "eyeSquintRight",
    "eyeWideLeft", "eyeWideRight",
    "jawForward", "jawLeft", "jawOpen", "jawRight",
    "mouthClose", "mouthDimpleLeft", "mouthDimpleRight", "mouthFrownLeft", "mouthFrownRight", "mouthFunnel",
    "mouthLeft", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthPressLeft", "mouthPressRight", "mouthPucker",
    "mouthRight", "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "mouthSmileLeft", "mouthSmileRight", "mouthStretchLeft", "mouthStretchRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "noseSneerLeft", "noseSneerRight",
)  # fmt: skip
INDEX: Mapping[str, int] = {name: number for number, name in enumerate(NAMES)}
GAZE = tuple(name for name in NAMES if name.startswith("eyeLook"))
MESH_COUNT = 468

# How far an iris goes for a coefficient of 1, in widths of its eye: sideways, and up or down; and how far above the
# middle between the eye's corners it rests. Least squares over the clips that the basis is learned from.
GAZE_REACH = (0.21, 0.12)
GAZE_REST = 0.08
_EYES = ("Right", "Left")
_WIDEST = (0.5, 2.0)  # of an eye's opening to the plain face's
_UPPER_STAYS = 0.3  # where lids meet: this share of the way from the lower lid to the upper
_LIPS_MEET = 0.5
_FILE = Path(__file__).parent / "data" / "arkit_basis.npz"
_FORMAT, _VERSION = "faceshot.basis", 1
# Mesh points of the lids (upper, lower) per eye from the outer to the inner corner, and of the lips' inner edge from
# the right corner to the left
_MESH_LIDS = {
    "Right": ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155)),
    "Left": ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382)),
}
_MESH_LIPS = ((191, 80, 81, 82, 13, 312, 311, 310, 415), (95, 88, 178, 87, 14, 317, 402, 318, 324))


def _mirror_names() -> np.ndarray:
    swapped = (name.replace("Left", "*").replace("Right", "Left").replace("*", "Right") for name in NAMES)
    return np.array([INDEX[name] for name in swapped])


MIRROR_NAMES = _mirror_names()


def mirrored(coefficients: np.ndarray) -> np.ndarray:
    """The same performance by the face in the mirror; coefficients (..., 51).

    >>> wink = np.eye(51)[INDEX["eyeBlinkLeft"]]
    >>> NAMES[int(mirrored(wink).argmax())]
    'eyeBlinkRight'
    """
    return coefficients[..., MIRROR_NAMES]


@dataclass(frozen=True, eq=False)
class ExpressionBasis:
    """The 51 shapes on the points of one scheme.

    neutral (N, 3): a face at rest; shapes (51, N, 3): what a coefficient of 1 adds to it; authored (51,) bool: made by
    hand, not learned; mirror (N,): the point on the other side; basis_id: name and hash. N is 468 (the mesh) or 68.
    """

    neutral: np.ndarray
    shapes: np.ndarray
    authored: np.ndarray
    mirror: np.ndarray
    landmarks: np.ndarray
    basis_id: str

    def on_landmarks(self) -> ExpressionBasis:
        """The same on the 68 points."""
        if len(self.neutral) == COUNT:
            return self
        of_mesh = np.full(len(self.neutral), -1)
        of_mesh[self.landmarks] = np.arange(COUNT)
        return replace(
            self,
            neutral=self.neutral[self.landmarks],
            shapes=self.shapes[:, self.landmarks],
            mirror=of_mesh[self.mirror[self.landmarks]],
            landmarks=np.arange(COUNT),
        )

    def on(self, neutral: np.ndarray) -> ExpressionBasis:
        """The shapes for another neutral face (N, 3) in the same units and points.

        Shapes of an eye are scaled by how open that eye is, compared with the plain face; then eyeBlink brings its
        lids together exactly, and mouthClose the lips that jawOpen parts. All else stays as it is.
        """
        neutral = np.asarray(neutral, np.float64)
        if neutral.shape != self.neutral.shape:
            raise FaceShotError(
                ErrorCode.USAGE, f"A neutral face of shape {neutral.shape} does not fit {self.neutral.shape}."
            )
        shapes = self.shapes.copy()
        for side in _EYES:
            measured, pairs = self._lids(side, few=True), self._lids(side, few=False)
            ratio = np.clip(_opening(neutral, measured) / _opening(self.neutral, measured), *_WIDEST)
            for name in NAMES:
                if name.startswith("eye") and name.endswith(side):
                    shapes[INDEX[name]] *= ratio
            _meet(shapes[INDEX[f"eyeBlink{side}"]], neutral, pairs, _UPPER_STAYS)
        opened = neutral + shapes[INDEX["jawOpen"]]
        _meet(shapes[INDEX["mouthClose"]], opened, self._lips(), _LIPS_MEET)
        return replace(self, neutral=neutral, shapes=shapes)

    def faces(self, coefficients: np.ndarray) -> np.ndarray:
        """neutral + coefficients times shapes: (T, 51) to (T, N, 3)."""
        return self.neutral + np.einsum("tk,kpd->tpd", coefficients, self.shapes)

    def _lids(self, side: str, *, few: bool) -> np.ndarray:
        """(2, P) upper and lower; few: only those that are landmarks."""
        pairs = np.array(EYE_PAIRS[f"{side.lower()}_eye"]).T
        if len(self.neutral) == COUNT:
            return pairs
        return self.landmarks[pairs] if few else np.array(_MESH_LIDS[side])

    def _lips(self) -> np.ndarray:
        return np.array(MOUTH_PAIRS).T if len(self.neutral) == COUNT else np.array(_MESH_LIPS)


def _opening(face: np.ndarray, pairs: np.ndarray) -> float:
    return max(float((face[pairs[1], 1] - face[pairs[0], 1]).mean()), 1e-6)


def _meet(shape: np.ndarray, base: np.ndarray, pairs: np.ndarray, share: float) -> None:
    """Mend `shape` (N, 3) in place so that base + shape has the points of each pair in one place."""
    upper, lower = pairs
    top, bottom = base[upper] + shape[upper], base[lower] + shape[lower]
    met = share * top + (1 - share) * bottom
    shape[upper], shape[lower] = met - base[upper], met - base[lower]


@lru_cache(maxsize=2)
def load_basis(scheme: str = "ibug68") -> ExpressionBasis:
    """The basis that ships, on the plain face: scheme "ibug68" (68 points) or "mp468" (the mesh's). Do not write to it.

    >>> basis = load_basis()
    >>> basis.shapes.shape, basis.neutral.shape
    ((51, 68, 3), (68, 3))
    """
    if scheme == "ibug68":
        return load_basis("mp468").on_landmarks()
    if scheme != "mp468":
        raise FaceShotError(ErrorCode.USAGE, f"No such points: {scheme}.", hint="Use ibug68 or mp468.")
    arrays, meta = load_npz(_FILE, _FORMAT, _VERSION)
    names = tuple(str(name) for name in require_shape(_FILE, arrays, "names", (None,), text=True))
    if names != NAMES:
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE, f"{_FILE} is of another version.", hint="Install FaceShot anew."
        )
    basis = ExpressionBasis(
        neutral=require_shape(_FILE, arrays, "neutral", (MESH_COUNT, 3)).astype(np.float64),
        shapes=require_shape(_FILE, arrays, "shapes", (len(NAMES), MESH_COUNT, 3)).astype(np.float64),
        authored=require_shape(_FILE, arrays, "authored", (len(NAMES),)).astype(bool),
        mirror=require_shape(_FILE, arrays, "mirror", (MESH_COUNT,)).astype(np.int64),
        landmarks=require_shape(_FILE, arrays, "landmarks", (COUNT,)).astype(np.int64),
        basis_id=f"{meta['name']}:{basis_hash(arrays)}",
    )
    return basis.on(basis.neutral)


def basis_hash(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in ("neutral", "shapes"):
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()[:12]


def save_basis(path: Path, basis: ExpressionBasis, *, name: str, meta: Mapping) -> None:
    """Write what `load_basis` reads; shapes in half precision."""
    arrays = {
        "names": np.array(NAMES),
        "neutral": basis.neutral.astype(np.float32),
        "shapes": basis.shapes.astype(np.float16),
        "authored": basis.authored.astype(bool),
        "mirror": basis.mirror.astype(np.int16),
        "landmarks": basis.landmarks.astype(np.int16),
    }
    save_npz(path, _FORMAT, _VERSION, arrays, {"name": name, **meta})


def coefficient_rows(curves: Mapping[str, np.ndarray]) -> np.ndarray:
    """Curves by ARKit name, each (T,) or a number, as (T, 51); what is absent is 0. Raises USAGE for other names.

    >>> coefficient_rows({"jawOpen": [0.0, 0.5]}).shape
    (2, 51)
    """
    unknown = set(curves) - set(NAMES)
    if unknown:
        raise FaceShotError(ErrorCode.USAGE, f"No such shape: {', '.join(sorted(unknown))}.", hint="Names are ARKit's.")
    values = np.broadcast_arrays(*(np.atleast_1d(np.asarray(curve, np.float64)) for curve in curves.values()))
    rows = np.zeros((len(values[0]) if values else 1, len(NAMES)))
    for name, curve in zip(curves, values, strict=True):
        rows[:, INDEX[name]] = curve
    return rows


def irises(coefficients: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Where the irises are: coefficients (T, 51), faces (T, 68, 3) in units; (T, 2, 3), right then left.

    eyeLookIn, Out, Up and Down take them GAZE_REACH eye widths from where they rest.
    """
    look = np.zeros((len(faces), 2, 2))
    for eye, side in enumerate(_EYES):
        of = {way: coefficients[:, INDEX[f"eyeLook{way}{side}"]] for way in ("In", "Out", "Up", "Down")}
        look[:, eye] = np.stack([of["In"] - of["Out"], of["Down"] - of["Up"]], axis=-1) * GAZE_REACH
    middle, across, width = _eye_frames(faces)
    inward = look[..., :1] * across
    inward[..., 1] += (look[..., 1] - GAZE_REST) * width
    return middle + inward


def gaze_coefficients(seen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """The inverse of `irises`: irises (T, 2, 3) in faces (T, 68, 3) to (T, 51) with all but the eyeLook ones NaN."""
    middle, across, width = _eye_frames(faces)
    away = seen - middle
    share = away[..., 0] / np.where(np.abs(across[..., 0]) > 1e-9, across[..., 0], 1e-9)
    inward = share / GAZE_REACH[0]
    down = ((away[..., 1] - share * across[..., 1]) / width + GAZE_REST) / GAZE_REACH[1]
    rows = np.full((len(seen), len(NAMES)), np.nan)
    for eye, side in enumerate(_EYES):
        for way, value in (("In", inward), ("Out", -inward), ("Up", -down), ("Down", down)):
            rows[:, INDEX[f"eyeLook{way}{side}"]] = np.clip(value[:, eye], 0.0, 1.0)
    return rows


def _eye_frames(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Middle (T, 2, 3), vector from the outer corner to the inner one (T, 2, 3), width (T, 2); right, left."""
    outer, inner = faces[:, [36, 45]], faces[:, [39, 42]]
    across = inner - outer
    return (outer + inner) / 2, across, np.linalg.norm(across[..., :2], axis=-1)


def compose(
    coefficients: np.ndarray | Mapping[str, np.ndarray],
    *,
    size: tuple[int, int],
    scale: np.ndarray | float,
    translation: np.ndarray | tuple[float, float],
    rotation: np.ndarray | tuple[float, float, float] = (0.0, 0.0, 0.0),
    fps: float = 25.0,
    time: np.ndarray | None = None,
    identity: np.ndarray | None = None,
    residual: np.ndarray | None = None,
    gaze: bool = True,
    meta: Mapping | None = None,
) -> FaceMotion:
    """A FaceMotion from coefficients and pose alone.

    coefficients: (T, 51) in the order of NAMES, or curves by name. size: canvas px. scale: px per unit, (T,) or one;
    translation: px, (T, 2) or one; rotation: pitch, yaw, roll in rad, (T, 3) or one. time: (T,) s, by default at
    `fps`. identity: (68, 3), by default the plain face. residual: (T, 68, 3), by default none. gaze: whether irises
    follow eyeLook; else there are none. Raises USAGE for shapes that do not fit.

    >>> motion = compose({"jawOpen": [0.0, 1.0]}, size=(400, 400), scale=100.0, translation=(200.0, 150.0))
    >>> points = motion.landmarks()
    >>> bool(points[1, 66, 1] - points[1, 62, 1] > 20 + points[0, 66, 1] - points[0, 62, 1])
    True
    """
    rows = coefficient_rows(coefficients) if isinstance(coefficients, Mapping) else np.asarray(coefficients, np.float64)
    if rows.ndim != 2 or rows.shape[1] != len(NAMES):
        raise FaceShotError(ErrorCode.USAGE, f"Coefficients have shape {rows.shape}, not (frames, {len(NAMES)}).")
    count = len(rows)
    basis = load_basis()
    if identity is not None:
        basis = basis.on(identity)
    motion = FaceMotion(
        fps=fps,
        time=np.arange(count) / fps if time is None else np.asarray(time, np.float64),
        valid=np.ones(count, bool),
        confidence=np.ones(count),
        size=size,
        rotation=_rows(rotation, (count, 3)),
        translation=_rows(translation, (count, 2)),
        scale=_rows(scale, (count,)),
        names=NAMES,
        expression=rows,
        identity=basis.neutral,
        basis=basis.shapes,
        basis_id=basis.basis_id,
        residual=np.zeros((count, COUNT, 3)) if residual is None else np.asarray(residual, np.float64),
        meta=dict(meta or {}),
    )
    return replace(motion, iris=motion.projected(irises(rows, motion.shapes()))) if gaze else motion


def _rows(values: object, shape: tuple[int, ...]) -> np.ndarray:
    try:
        return np.broadcast_to(np.asarray(values, np.float64), shape).copy()
    except ValueError as error:
        raise FaceShotError(
            ErrorCode.USAGE, f"A pose of shape {np.asarray(values).shape} does not fit {shape}."
        ) from error
