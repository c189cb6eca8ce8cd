# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip of an actor, tracked: video in, FaceMotion out."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from .. import VERSION
from ..character import file_hash
from ..errors import ErrorCode, FaceShotError
from ..models import ModelStore
from ..motion import FaceMotion
from ..progress import Progress, silent
from .fit import Track, fit_motion
from .follow import Follower
from .mesh import LEVELS, MeshTracker
from .smooth import smoothed
from .topology import SCORE_NAMES

TRACKERS = ("mesh",)
STAGE = "Tracking"


def track_clip(
    path: Path,
    *,
    tracker: str = "mesh",
    model: str = "auto",
    start: float | None = None,
    end: float | None = None,
    face: int | None = None,
    smooth: float = 0.0,
    store: ModelStore | None = None,
    progress: Progress = silent,
) -> FaceMotion:
    """Track one face through a clip, frame by frame; no more than one frame is held.

    start, end: range in s · face: which one, 1 = the biggest of the first frame that shows that many (default 1); it
    is then followed by its place · smooth: 0 (off) to 1, see smooth.py · model: "mesh-478", "mesh-468" or "auto".
    The result's `time` counts from `start`; its `meta` says what made it and which frames show no face.

    Raises what `open_clip` raises; USAGE; MODEL_MISSING, MODEL_DAMAGED, BACKEND_MISSING; NO_FACE with what was tried.
    """
    from ..video import open_clip

    if tracker not in TRACKERS:
        raise FaceShotError(ErrorCode.USAGE, f"No such tracker: {tracker}.", hint=f"Use {', '.join(TRACKERS)}.")
    if face is not None and face < 1:
        raise FaceShotError(ErrorCode.USAGE, f"face: {face} is no face.", hint="Faces count from 1, the biggest.")
    path = Path(path)
    with open_clip(path) as clip:
        networks = MeshTracker(model, store=store)
        info = clip.info
        follower = Follower(networks, choice=face or 1, fps=info.fps)
        total = _expected(info.duration, info.fps, start, end)
        times: list[float] = []
        size = info.size
        progress(STAGE, 0, total)
        for frame in clip.frames(start, end):
            size = (frame.rgb.shape[1], frame.rgb.shape[0])
            times.append(frame.time - (start or 0.0))
            follower.step(frame.rgb)
            progress(STAGE, len(times), None if total is None else max(total, len(times)))
        warnings = list(clip.warnings)
    track = _track(follower, np.array(times), path, size)
    lost = np.flatnonzero(~track.valid)
    meta = {
        "tracker": tracker,
        "version": VERSION,
        "model": networks.model,
        "model_hash": networks.model_hash,
        "runtime": networks.runtime,
        "source": str(path),
        "source_hash": file_hash(path) if path.is_file() else "",
        "start": float(start or 0.0),
        "face": face or 1,
        "faces_seen": follower.most,
        "smooth": smooth,
        "frames_without_face": lost.tolist(),
        "warnings": warnings,
    }
    if smooth:
        mesh = smoothed(track.mesh, track.time, track.valid, smooth)
        scores = None if track.scores is None else smoothed(track.scores, track.time, track.valid, smooth)
        track = Track(mesh, track.valid, track.confidence, track.time, scores)
    return fit_motion(
        track,
        size=size,
        fps=info.fps,
        scheme=networks.scheme,
        score_names=SCORE_NAMES if track.scores is not None else (),
        meta=meta,
    )


def _expected(duration: float, fps: float, start: float | None, end: float | None) -> int | None:
    """Frames to come, as far as the clip tells."""
    if not duration > 0:
        return None
    seconds = min(duration if end is None else end, duration) - (start or 0.0)
    return max(1, math.ceil(seconds * fps - 0.05))


def _track(follower: Follower, time: np.ndarray, path: Path, size: tuple[int, int]) -> Track:
    """The frames' faces as arrays. Raises NO_FACE."""
    faces = follower.faces
    if not faces:
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE, f"No frame of {path} lies in the range.", hint="Choose another range."
        )
    seen = [face for face in faces if face is not None]
    if not seen:
        raise _no_face(follower, len(faces), path, size)
    mesh = np.zeros((len(faces), *seen[0].mesh.shape))
    valid = np.array([face is not None for face in faces])
    mesh[valid] = [face.mesh for face in seen]
    confidence = np.zeros(len(faces))
    confidence[valid] = [face.confidence for face in seen]
    scores = None
    if seen[0].scores is not None:
        scores = np.zeros((len(faces), len(SCORE_NAMES)))
        scores[valid] = [face.scores for face in seen]
    return Track(mesh, valid, confidence, time, scores)


def _no_face(follower: Follower, frames: int, path: Path, size: tuple[int, int]) -> FaceShotError:
    if follower.most:
        shown = "one face" if follower.most == 1 else f"{follower.most} faces"
        hint = "Leave the choice out." if follower.most == 1 else f"Choose 1 to {follower.most}; 1 is the biggest."
        return FaceShotError(
            ErrorCode.NO_FACE,
            f"Face {follower.choice} was asked for, but no frame of {path} shows more than {shown}.",
            hint=hint,
        )
    longer = max(size)
    tiles = " and ".join(f"{longer // 2**level} px" for level in range(1, LEVELS))
    return FaceShotError(
        ErrorCode.NO_FACE,
        f"No face was found in {path}: {frames} frames of {size[0]}x{size[1]} px were searched, whole and in "
        f"tiles of {tiles} ({follower.tracker.model}).",
        hint="Use a clip of a human face, upright and in even light; crop the clip if the face is tiny.",
    )
