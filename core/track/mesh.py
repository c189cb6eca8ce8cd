# SPDX-License-Identifier: GPL-3.0-or-later
"""The default tracker: MediaPipe's face mesh networks, run by this small pipeline of our own."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ErrorCode, FaceShotError
from ..landmarks import HALF_PIXEL
from ..models import MODELS, ModelStore
from .detector import Detection, Detector, overlap
from .region import Region, around, slant
from .tflite import Network
from .topology import (
    IBUG_68,
    IRIS_COUNT,
    IRISES,
    LEFT_EYE_OUTER,
    MESH_COUNT,
    RIGHT_EYE_OUTER,
    SCORE_NAMES,
    SCORE_POINTS,
)

MIN_CONFIDENCE = 0.5
LEVELS = 3  # whole picture, halves, quarters
MAX_LOOKS = 3
SAME_FACE = 0.5  # overlap of the detector's box and the mesh's; 0.75 to 0.9 is usual


@dataclass(frozen=True, eq=False)
class Face:
    """One face of one picture.

    mesh: (N, 3) px in our corner convention, z on the scale of x, smaller = nearer; N is 468 or 478 · confidence: the
    network's face flag, 0..1 · scores: (52,) in the order of topology.SCORE_NAMES, or None.
    """

    mesh: np.ndarray
    confidence: float
    scores: np.ndarray | None = None

    @property
    def points(self) -> np.ndarray:
        """The 68 points; (68, 2) px."""
        return self.mesh[IBUG_68, :2]

    @property
    def iris(self) -> np.ndarray | None:
        """Iris middles, right then left; (2, 2) px. None with the mesh of 468 points."""
        return self.mesh[IRISES, :2] if len(self.mesh) == IRIS_COUNT else None

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height of the mesh, px."""
        low, high = self.mesh[:, :2].min(axis=0), self.mesh[:, :2].max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))

    @property
    def size(self) -> float:
        """Longer side of the box, px."""
        return max(self.box[2:])

    @property
    def angle(self) -> float:
        """Slant of the eyes, rad, positive clockwise on screen."""
        return slant(self.mesh[RIGHT_EYE_OUTER], self.mesh[LEFT_EYE_OUTER])

    def region(self) -> Region:
        """The crop in which to look for this face in the next frame."""
        return around(self.mesh[:, :2] - HALF_PIXEL, self.angle)

    def covers(self, other: Face) -> bool:
        """Do the two lie on one another, wholly or in good part?"""
        low = np.maximum(_corners(self)[:2], _corners(other)[:2])
        high = np.minimum(_corners(self)[2:], _corners(other)[2:])
        smaller = min(self.box[2] * self.box[3], other.box[2] * other.box[3])
        return bool(np.prod(np.clip(high - low, 0, None)) > 0.4 * smaller)

    def overlap(self, other: Face | Detection) -> float:
        """Intersection over union of the two boxes."""
        box = other.box if isinstance(other, Detection) else _corners(other)
        return float(overlap(_corners(self), box[None])[0])


class MeshTracker:
    """Finds faces and follows one of them. model: "mesh-468", "mesh-478" or "auto": the better of those present.

    Raises MODEL_MISSING, MODEL_DAMAGED or BACKEND_MISSING.
    """

    def __init__(self, model: str = "auto", *, store: ModelStore | None = None, runtime: str = "auto") -> None:
        store = store or ModelStore()
        self.model = store.preferred() if model == "auto" else model
        folder = store.locate(self.model)
        if self.model == "mesh-468":
            detector = (folder / "face_detection_short_range.tflite").read_bytes()
            landmarks, scores = (folder / "face_landmark.tflite").read_bytes(), None
        elif self.model == "mesh-478":
            detector, landmarks, scores = _unbundled(folder / "face_landmarker.task")
        else:
            raise FaceShotError(ErrorCode.USAGE, f"{self.model} is no model of the mesh tracker.")
        self.model_hash = ",".join(file.sha256 for file in MODELS[self.model].files.values())
        self.detector = Detector(Network(detector, name="face detector", runtime=runtime))
        self.landmarks = Network(landmarks, name="face landmarks", runtime=runtime)
        self._scores = None if scores is None else _optional_network(scores, runtime)
        self.runtime = self.landmarks.runtime
        self.count = MESH_COUNT if self.model == "mesh-468" else IRIS_COUNT
        self.side = 192 if self.model == "mesh-468" else 256

    @property
    def scheme(self) -> str:
        """Name of the mesh's points: "mp468" or "mp478"."""
        return f"mp{self.count}"

    @property
    def score_names(self) -> tuple[str, ...]:
        return SCORE_NAMES if self._scores is not None else ()

    def find(self, rgb: np.ndarray, *, want: int = 1, passes: int = 2, levels: int = LEVELS) -> list[Face]:
        """The faces of a picture (H, W, 3) uint8, biggest first.

        The whole picture is searched first; while fewer than `want` faces are found, tiles of a half and then a
        quarter of its longer side, so faces down to about a 25th of it are found. passes: how often the
        landmark network looks at each face (from the second time in a crop around its own points). levels: 1 searches
        the whole picture only.
        """
        faces: list[Face] = []
        for level in range(levels):
            for detection in self.detector.search(rgb, level=level):
                face = self.settled(rgb, detection, passes)
                if face is None or any(face.covers(other) for other in faces):
                    continue
                # tiles are many looks at much texture: what one of them shows must be a face from nearby as well
                if level == 0 or self.confirmed(rgb, face, min_score=0.6, min_overlap=0.6):
                    faces.append(face)
            if len(faces) >= want:
                break
        return sorted(faces, key=lambda face: -face.size)

    def follow(self, rgb: np.ndarray, last: Face) -> Face | None:
        """The same face in the next frame, or None when it is not where it was.

        A face that moved far within its crop is looked at again in a crop of its own: fast heads are not lagged behind.
        """
        crop = last.region()
        for _ in range(MAX_LOOKS):
            face = self.read(rgb, crop)
            if face is None or crop.resembles(face.region()):
                return face
            crop = face.region()
        return face

    def read(self, rgb: np.ndarray, region: Region) -> Face | None:
        """The face in one crop, or None when the network sees none there, or none that keeps to its crop."""
        raw, confidence = self.raw(rgb, region)
        if confidence < MIN_CONFIDENCE:
            return None
        face = Face(region.to_picture(raw, self.side), confidence)
        return face if _keeps_to(face, region) else None

    def raw(self, rgb: np.ndarray, region: Region) -> tuple[np.ndarray, float]:
        """What the landmark network says of one crop: (mesh (N, 3) in crop pixels, face flag 0..1)."""
        out = self.landmarks(region.crop(rgb, self.side).astype(np.float32) / 255)
        mesh, flag = _outputs(out, self.count)
        return mesh, float(1 / (1 + np.exp(-np.clip(flag, -80.0, 80.0))))

    def scored(self, face: Face) -> Face:
        """The face with its 52 expression scores, where the model has them."""
        if self._scores is None or face.scores is not None:
            return face
        points = face.mesh[SCORE_POINTS, :2] - HALF_PIXEL
        scores = next(iter(self._scores(points.astype(np.float32)).values()))
        return Face(face.mesh, face.confidence, scores.astype(np.float64))

    def confirmed(self, rgb: np.ndarray, face: Face, *, min_score: float, min_overlap: float) -> bool:
        """Does the detector see a face where the mesh is?"""
        return any(face.overlap(seen) >= min_overlap for seen in self.confirm(rgb, face, min_score=min_score))

    def confirm(self, rgb: np.ndarray, face: Face, *, min_score: float = 0.3) -> list[Detection]:
        """What the detector, which knows nothing of the mesh, sees around a face; best first."""
        region = face.region()
        return self.detector.look(rgb, Region(region.x, region.y, region.side * 1.5, region.angle), min_score=min_score)

    def settled(self, rgb: np.ndarray, detection: Detection, passes: int = 2) -> Face | None:
        face = self.read(rgb, detection.region())
        for _ in range(passes - 1):
            if face is None:
                return None
            face = self.follow(rgb, face)
        return None if face is None else self.scored(face)


def _corners(face: Face) -> np.ndarray:
    x, y, width, height = face.box
    return np.array([x, y, x + width, y + height])


def _outputs(out: dict[str, np.ndarray], count: int) -> tuple[np.ndarray, float]:
    """(mesh (count, 3) in crop pixels, face flag before the sigmoid) of a landmark network's outputs."""
    mesh = next(values for values in out.values() if values.size == count * 3)
    # of the two single numbers of the 478 network the first is the flag
    name = min(name for name, values in out.items() if values.size == 1)
    return mesh.reshape(count, 3).astype(np.float64), float(out[name][0])


def _keeps_to(face: Face, region: Region) -> bool:
    """A mesh that fills its crop as faces do: its own next crop is about the same."""
    own = face.region()
    shift = np.hypot(own.x - region.x, own.y - region.y) / region.side
    return bool(np.isfinite(face.mesh).all()) and 0.4 < own.side / region.side < 1.8 and shift < 0.35


def _unbundled(task: Path) -> tuple[bytes, bytes, bytes]:
    with zipfile.ZipFile(task) as bundle:
        return (
            bundle.read("face_detector.tflite"),
            bundle.read("face_landmarks_detector.tflite"),
            bundle.read("face_blendshapes.tflite"),
        )


def _optional_network(content: bytes, runtime: str) -> Network | None:
    """The score network; some versions of OpenCV cannot load it, and the tracker works without."""
    try:
        return Network(content, name="face scores", runtime=runtime)
    except FaceShotError:
        if runtime == "litert":
            raise
        return None
