# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that a few places were given of, looked at closer: what is drawn there says the rest.

Clicks say where a face is and which parts it has, not how tall its eyes are or how thick its lips. Knowing the place,
the landmark network need not search. A part is taken from it where it sees about the same thing there, and is drawn to
the places that were given, which stay exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..character import Character
from ..landmarks import COUNT, PARTS, eye_centres, face_width
from ..placing.anchors import KINDS, anchor_rows
from ..placing.prior import pulled_to
from .network import about
from .view import View

SURE_FACE = 0.5  # less than for a face that nobody has pointed at
APART = 0.13  # of the face's width: a part seen so far from where the clicks have it is another one
_IRIS_OF = {"right_eye": COUNT, "left_eye": COUNT + 1}
EXPECTED = 0.1  # of the face's width: what may be so far off is not better than the clicks


def look_closer(view: View, face: Character, anchors: Mapping[str, np.ndarray]) -> Character:
    """`face`, made from anchors (px, by name as in KINDS), with the shapes of its parts as the picture shows them.

    Anchors stay exact; parts that the face lacks stay missing; what is not seen stays as it was.
    """
    before = np.concatenate([face.points, eye_centres(face.points) if face.iris is None else face.iris])
    seen = about(view.rgb, (before - view.origin) / view.stretch)
    if seen.face < SURE_FACE:
        return face
    shapes = np.concatenate([seen.points, seen.iris]) * view.stretch + view.origin
    width = max(float(face_width(face.points)), 1e-6)
    points, confidence = before.copy(), face.confidence.copy()
    eyes = []
    for part, of in PARTS.items():
        apart = float(np.linalg.norm(shapes[of].mean(axis=0) - before[of].mean(axis=0))) / width
        if part not in face.present & seen.present or apart > APART or float(seen.expected[of].mean()) > EXPECTED:
            continue
        points[of] = shapes[of]
        confidence[of] = np.maximum(confidence[of], seen.confidence[of])
        if part in _IRIS_OF:
            eyes.append(_IRIS_OF[part])
    points[eyes] = shapes[eyes]
    names = [name for name in anchors if name in KINDS]
    points = pulled_to(points, anchor_rows(names), np.array([anchors[name] for name in names]))
    return replace(
        face, points=points[:COUNT], confidence=confidence, iris=None if face.iris is None else points[COUNT:]
    )
