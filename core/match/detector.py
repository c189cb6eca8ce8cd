# SPDX-License-Identifier: GPL-3.0-or-later
"""The face tracker's networks on a still picture, and whether to believe them.

A mesh network draws a human face on whatever it is shown, and its own flag says little. Two things give a wrong face
away: the detector, another network, sees nose and mouth elsewhere; and the mesh moves when the picture is mirrored,
turned or made smaller. Measured, in units of the distance between the eyes: photographs, paintings, a statue and
cartoons differ from the detector by 0.02 to 0.19 and from their mirror image by 0.01 to 0.055; a dog by 0.33 to 0.51
and 0.07 to 0.09.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import cv2
import numpy as np

from ..character import HALF_AT
from ..landmarks import HALF_PIXEL, MIRROR, eye_centres, face_width, inter_ocular
from ..models import ModelStore
from ..track.mesh import Face, MeshTracker
from .candidate import Answer, Candidate

NAME = "detector"
LONG_SIDE = 1280  # for detection; points are carried back
SHORTEST_SIDE = 16
BOX_MARGIN = 0.6  # looked at around a given box, as a part of its longer side

MAX_DETECTOR_GAP = 0.26  # the worst of eyes, nose and mouth
MAX_SPREAD = 0.065  # mean over the points, the worst of the changed pictures
# The error to expect, in widths of the face: on people it is about the first, and on the drawings of training/landmarks
# it grows with the spread over the views as the second says.
BASE_ERROR = 0.02
ERROR_PER_SPREAD = 4.0


@dataclass(frozen=True, eq=False)
class _View:
    """A changed picture and the affine map (2, 3) from the picture to it, in our coordinates."""

    rgb: np.ndarray
    matrix: np.ndarray
    mirrored: bool = False

    def face_nearest(self, tracker: MeshTracker, face: Face) -> tuple[np.ndarray, np.ndarray | None] | None:
        """(points, iris) of the same face seen in this view, carried back to the picture."""
        back = cv2.invertAffineTransform(self.matrix)
        best, best_gap = None, 0.5 * face.size
        for other in tracker.find(self.rgb):
            points = other.points @ back[:, :2].T + back[:, 2]
            iris = None if other.iris is None else other.iris @ back[:, :2].T + back[:, 2]
            if self.mirrored:
                points, iris = points[MIRROR], None if iris is None else iris[::-1]
            gap = float(np.linalg.norm(points.mean(axis=0) - face.points.mean(axis=0)))
            if gap < best_gap:
                best, best_gap = (points, iris), gap
        return best


def detect(rgb: np.ndarray, *, box: tuple[float, float, float, float] | None, store: ModelStore | None) -> Answer:
    """The face of (H, W, 3) uint8, the one in `box` if given, else the biggest of which the networks are sure.

    Where they are sure of none, the biggest with what speaks against it. Raises what MeshTracker raises.
    """
    window = _window(rgb, box)
    left, top = window[0].start, window[1].start
    seen = rgb[window[1], window[0]]
    scale = min(1.0, LONG_SIDE / max(seen.shape[:2]))
    if scale < 1:
        size = (max(1, round(seen.shape[1] * scale)), max(1, round(seen.shape[0] * scale)))
        seen = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
    if min(seen.shape[:2]) < SHORTEST_SIDE:
        return Answer(NAME, f"needs more than {rgb.shape[1]} x {rgb.shape[0]} px")
    tracker = MeshTracker(store=store)
    stretch = np.array([(window[0].stop - left) / seen.shape[1], (window[1].stop - top) / seen.shape[0]])
    seen = np.ascontiguousarray(seen)
    faces = tracker.find(seen)
    if box is not None:
        inner = (np.array(box[:2]) - (left, top)) / stretch, np.array(box[2:]) / stretch
        faces = [face for face in faces if _fits(face, *inner)]
    answer = Answer(NAME, "sees no human face" if box is None else "sees no human face in the box")
    for face in faces:
        judged = _judged(seen, tracker, face)
        if judged.sure or answer.face is None:
            answer = judged
        if answer.sure:
            break
    if answer.face is None:
        return answer
    found = answer.face
    iris = None if found.iris is None else found.iris * stretch + (left, top)
    placed = dataclasses.replace(found, points=found.points * stretch + (left, top), iris=iris)
    return dataclasses.replace(answer, face=placed)


def _window(rgb: np.ndarray, box: tuple[float, float, float, float] | None) -> tuple[slice, slice]:
    """Columns and rows to look at: all, or the box with a margin."""
    height, width = rgb.shape[:2]
    if box is None:
        return slice(0, width), slice(0, height)
    margin = BOX_MARGIN * max(box[2], box[3])
    ranges = []
    for start, length, limit in ((box[0], box[2], width), (box[1], box[3], height)):
        low = int(np.clip(np.floor(start - margin), 0, limit - 1))
        ranges.append(slice(low, int(np.clip(np.ceil(start + length + margin), low + 1, limit))))
    return ranges[0], ranges[1]


def _fits(face: Face, corner: np.ndarray, size: np.ndarray) -> bool:
    """The face's middle lies in the box and its size is that of the box, within a factor of two."""
    low, high = face.points.min(axis=0), face.points.max(axis=0)
    middle, ratio = (low + high) / 2, (high - low).max() / size.max()
    return bool(((middle >= corner) & (middle <= corner + size)).all() and 0.5 <= ratio <= 2)


def _judged(rgb: np.ndarray, tracker: MeshTracker, face: Face) -> Answer:
    """The face as it is seen in several views, and the first reason to doubt it."""
    unit = float(inter_ocular(face.points))
    seen = [view.face_nearest(tracker, face) for view in _views(rgb)]
    others = [other for other in seen if other is not None]
    points = np.stack([face.points, *(other[0] for other in others)])
    moved = np.linalg.norm(points[1:] - points[0], axis=-1) / max(unit, 1e-6)
    if not plausible(face.points):
        doubt = "sees what is not shaped like a human face"
    elif _detector_gap(rgb, tracker, face, unit) > MAX_DETECTOR_GAP:
        doubt = "sees eyes, nose and mouth where no human face has them"
    elif len(others) < len(seen):
        doubt = "loses the face when the picture is mirrored, turned or made smaller"
    elif moved.mean(axis=1).max() > MAX_SPREAD:
        doubt = "moves its points when the picture is mirrored, turned or made smaller"
    else:
        doubt = ""
    middle = np.median(points, axis=0)
    spread = np.sqrt((np.linalg.norm(points - middle, axis=-1) ** 2).mean(axis=0)) / max(face_width(middle), 1e-6)
    expected = np.hypot(BASE_ERROR, ERROR_PER_SPREAD * spread)
    irises = [iris for iris in (face.iris, *(other[1] for other in others)) if iris is not None]
    found = Candidate(
        points=middle,
        expected=expected,
        confidence=face.confidence / (1 + (expected / HALF_AT) ** 2),
        iris=np.median(irises, axis=0) if irises else None,
    )
    return Answer(NAME, doubt, found)


def _detector_gap(rgb: np.ndarray, tracker: MeshTracker, face: Face, unit: float) -> float:
    """The largest distance between the detector's eyes, nose and mouth and the mesh's, in eye distances."""
    detections = tracker.confirm(rgb, face)
    if not detections:
        return np.inf
    right, left = eye_centres(face.points)
    mouth = face.points[[48, 54, 51, 57]].mean(axis=0)
    own = np.stack([right, left, face.points[30], mouth])
    return float(np.linalg.norm(detections[0].points[:4] + HALF_PIXEL - own, axis=1).max() / unit)


def _views(rgb: np.ndarray) -> list[_View]:
    """The picture mirrored, turned to either side, and made smaller."""
    height, width = rgb.shape[:2]
    mirror = np.array([[-1.0, 0, width], [0, 1, 0]])
    views = [_View(np.ascontiguousarray(rgb[:, ::-1]), mirror, mirrored=True)]
    for degrees, scale in ((8, 1.0), (-8, 1.0), (0, 0.8)):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, scale)
        centred = matrix.copy()  # the same map between OpenCV's coordinates
        centred[:, 2] += matrix[:, :2].sum(axis=1) * HALF_PIXEL - HALF_PIXEL
        views.append(_View(cv2.warpAffine(rgb, centred, (width, height), borderMode=cv2.BORDER_REPLICATE), matrix))
    return views


def plausible(points: np.ndarray) -> bool:
    """Whether 68 points (68, 2) lie as those of a face seen from the front or a little from the side do.

    >>> from ..landmarks import template
    >>> plausible(template()), plausible(template() * (1, -1))
    (True, False)
    """
    right, left = eye_centres(points)
    across = left - right
    unit = float(np.linalg.norm(across))
    if not np.isfinite(points).all() or unit < 1e-6:
        return False
    down = np.array([-across[1], across[0]]) / unit
    eyes = (right + left) / 2
    depth = ((points - eyes) @ down) / unit
    nose, mouth, chin, brows = depth[30], depth[48:60].mean(), depth[8], depth[17:27].mean()
    in_order = brows < 0 < nose < mouth < chin
    width = float(np.linalg.norm(points[16] - points[0])) / unit
    return bool(in_order and 0.4 < mouth < 2.0 and 0.8 < chin < 3.2 and 1.1 < width < 4.5)
