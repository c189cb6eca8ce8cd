# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips to learn from: every frame's mesh and expression scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.arrays import load_npz, save_npz
from core.character import file_hash
from core.errors import ErrorCode, FaceShotError
from core.expression import NAMES
from core.models import ModelStore
from core.track import MeshTracker
from core.track.follow import Follower
from core.track.topology import SCORE_NAMES
from core.video import open_clip

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi")
_FORMAT, _VERSION = "faceshot.training.clip", 1


@dataclass(frozen=True, eq=False)
class Performance:
    """One clip: its name, mesh (T, 478, 3) px and scores (T, 51) in the order of NAMES, of the frames with a face."""

    name: str
    mesh: np.ndarray
    scores: np.ndarray


def performances(folder: Path, *, cache: Path | None = None, store: ModelStore | None = None) -> Iterator[Performance]:
    """The clips of a folder in order of name, tracked with "mesh-478"; kept in `cache` for the next time.

    Raises INPUT_MISSING where there are none, and what tracking raises.
    """
    paths = sorted(path for path in Path(folder).glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No clips in {folder}.", hint="Give a folder of movies.")
    tracker: MeshTracker | None = None
    for path in paths:
        kept = None if cache is None else Path(cache) / f"{path.stem}-{file_hash(path)[:12]}.npz"
        if kept is not None and kept.is_file():
            arrays, _ = load_npz(kept, _FORMAT, _VERSION)
            yield Performance(path.stem, arrays["mesh"].astype(np.float64), arrays["scores"])
            continue
        tracker = tracker or MeshTracker("mesh-478", store=store)
        performance = _tracked(path, tracker)
        if kept is not None:
            save_npz(kept, _FORMAT, _VERSION, {"mesh": performance.mesh, "scores": performance.scores}, {})
        yield performance


def _tracked(path: Path, tracker: MeshTracker) -> Performance:
    with open_clip(path) as clip:
        follower = Follower(tracker, fps=clip.info.fps)
        for frame in clip.frames():
            follower.step(frame.rgb)
    faces = [face for face in follower.faces if face is not None and face.scores is not None]
    if not faces:
        raise FaceShotError(ErrorCode.NO_FACE, f"No scored face in {path}.", hint="Leave the clip out.")
    chosen = [SCORE_NAMES.index(name) for name in NAMES]
    scores = np.array([face.scores for face in faces])[:, chosen]
    return Performance(path.stem, np.array([face.mesh for face in faces]), scores)
