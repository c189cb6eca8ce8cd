# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers in the timeline: where a take starts and ends, and where the actor's face was not seen.

A marker carries no mark of its maker, so ours are known by their names, which all begin with PREFIX.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import bpy
import numpy as np

from ...core.errors import FaceShotError
from ...core.motion import FaceMotion

PREFIX = "FaceShot: "
_MOST_GAPS = 200


def gaps_of(motion: Path | None, *, frames_per_second: float) -> list[tuple[int, int]]:
    """Spans without a tracked face as (first frame, count), frames of a scene counted from 0 at the take's start.

    Empty where the motion file is missing or unreadable: the take plays without it, too.
    """
    if motion is None or not motion.is_file():
        return []
    try:
        read = FaceMotion.load(motion)
    except (FaceShotError, OSError, zipfile.BadZipFile):
        return []
    lost = np.diff(np.concatenate([[0], ~read.valid, [0]]).astype(int))
    times = np.append(read.time, read.time[-1] + 1 / read.fps) - read.time[0]
    firsts = np.rint(times[np.flatnonzero(lost == 1)] * frames_per_second).astype(int)
    ends = np.rint(times[np.flatnonzero(lost == -1)] * frames_per_second).astype(int)
    spans = [(int(first), int(end - first)) for first, end in zip(firsts, ends, strict=True)]
    return [span for span in spans if span[1] > 0][:_MOST_GAPS]


def mark_take(scene: bpy.types.Scene, plane: str, *, start: int, end: int, gaps: list[tuple[int, int]]) -> None:
    """Mark the take's first and last frame and its gaps, in place of the marks of an earlier take of `plane`."""
    remove_markers(scene, plane)
    marks = [(start, "start"), (end, "end")]
    marks += [(start + first, f"no face ({count})") for first, count in gaps]
    for frame, words in marks:
        scene.timeline_markers.new(f"{PREFIX}{plane} {words}", frame=frame)


def remove_markers(scene: bpy.types.Scene, plane: str = "") -> int:
    """Remove our markers, or just those of one plane; returns how many there were."""
    # A plane's name may be the beginning of another's: what follows it has to be ours.
    ours = [marker for marker in scene.timeline_markers if _is_of(marker.name, plane)]
    for marker in ours:
        scene.timeline_markers.remove(marker)
    return len(ours)


def _is_of(name: str, plane: str) -> bool:
    if not plane:
        return name.startswith(PREFIX)
    rest = name.removeprefix(f"{PREFIX}{plane} ")
    return rest != name and (rest in ("start", "end") or rest.startswith("no face ("))
