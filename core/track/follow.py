# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping to one face through a clip, without believing the landmark network when it says that it sees one."""

from __future__ import annotations

import logging

import numpy as np

from .mesh import LEVELS, SAME_FACE, Face, MeshTracker
from .reference import misfit

log = logging.getLogger(__name__)

CHECK_SECONDS = 0.1  # how often the detector is asked about a face that looks well
PATIENCE_SECONDS = 1.0  # how long a face is followed that the detector does not see
MEMORY_SECONDS = 1.0  # how long, in a clip of several faces, a lost face is awaited near its place
MAX_MISFIT = 0.2
SURE = 0.9
THOROUGH = 5  # frames from one search of tiles to the next, once a face has been missing for MEMORY_SECONDS


class Follower:
    """Follows face number `choice` (1 = the biggest) of the first frame that shows as many.

    Call `step` with each frame in turn; `faces` has an entry per frame, None where the face was not seen. The
    network's face flag is no proof: it stays high on a crop beside the face. So each mesh must fill its crop and be
    shaped like a face, and the detector must find a face in the same place: ten times a second, at once when
    something is odd, and if it finds none for a second, all frames since it last did are taken back.
    """

    def __init__(self, tracker: MeshTracker, *, choice: int = 1, fps: float = 25.0) -> None:
        self.tracker = tracker
        self.choice = choice
        self.faces: list[Face | None] = []
        self.most = 0  # faces seen in one frame, at most
        self._last: Face | None = None
        self._lost = 0
        self._sure = 0  # frames since the detector agreed
        self._check = min(max(1, round(CHECK_SECONDS * fps)), 5)
        self._patience = max(2, round(PATIENCE_SECONDS * fps))
        self._memory = max(2, round(MEMORY_SECONDS * fps))

    def step(self, rgb: np.ndarray) -> Face | None:
        """Take the next frame (H, W, 3) uint8; returns its face, which a later frame may still take back."""
        face = self._followed(rgb) if self._last is not None and self._lost == 0 else None
        if face is None:
            face = self._found(rgb)
            self._sure = 0
        if face is None:
            self._lost += 1
        else:
            face = self.tracker.scored(face)
            self._last, self._lost = face, 0
        self.faces.append(face)
        return face

    def _followed(self, rgb: np.ndarray) -> Face | None:
        assert self._last is not None
        face = self.tracker.follow(rgb, self._last)
        if face is None:
            return None
        self._sure += 1
        odd = face.confidence < SURE or misfit(face.mesh) > MAX_MISFIT
        if not odd and self._sure < self._check:
            return face
        return self._checked(rgb, face)

    def _checked(self, rgb: np.ndarray, face: Face) -> Face | None:
        """The face if the detector sees it too; the one it sees instead; None when it has seen none for too long."""
        seen = self.tracker.confirm(rgb, face)
        if any(face.overlap(detection) >= SAME_FACE for detection in seen):
            self._sure = 0
            return face
        for detection in seen:
            other = self.tracker.settled(rgb, detection)
            if other is not None and other.overlap(detection) >= SAME_FACE:
                log.info("frame %d: the crop had left the face, and is put back", len(self.faces))
                self._take_back()
                return other
        if self._sure < self._patience and misfit(face.mesh) <= MAX_MISFIT:
            return face
        log.info("frame %d: what was followed is no face", len(self.faces))
        self._take_back()
        return None

    def _take_back(self) -> None:
        """Forget the faces of all frames since the detector last agreed."""
        for index in range(max(0, len(self.faces) - self._sure + 1), len(self.faces)):
            self.faces[index] = None
        self._last = next((face for face in reversed(self.faces) if face is not None), None)
        self._sure = 0

    def _found(self, rgb: np.ndarray) -> Face | None:
        """Search the whole frame: the chosen face at first, later the one nearest to where it was lost."""
        want = self.choice if self._last is None else max(1, min(self.most, 2))
        # tiles cost fifty looks: where nothing is found for long, not in every frame
        thorough = self._lost < self._memory or self._lost % THOROUGH == 0
        faces = self.tracker.find(rgb, want=want, levels=LEVELS if thorough else 1)
        self.most = max(self.most, len(faces))
        if self._last is None:
            return faces[self.choice - 1] if len(faces) >= self.choice else None
        last = self._last
        nearest = min(faces, key=lambda face: _distance(face, last), default=None)
        if nearest is None or (self.most > 1 and self._lost < self._memory and _distance(nearest, last) > 2):
            return None
        return nearest


def _distance(face: Face, other: Face) -> float:
    """Between the middles, in sizes of `other`, and how many times bigger or smaller it is."""
    apart = np.linalg.norm(face.mesh[:, :2].mean(axis=0) - other.mesh[:, :2].mean(axis=0)) / other.size
    return float(apart + abs(np.log(face.size / other.size)))
