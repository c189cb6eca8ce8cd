# SPDX-License-Identifier: GPL-3.0-or-later
"""Length, frame rate and size of the actor's clip: read once by Blender, when it is idle, and then only remembered.

Panels ask `known`, which touches no file; what is not known yet is read soon after.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import bpy

from .clip_turn import upright

DELAY = 0.1
# A clip that was not there may come: after so many seconds it is looked for again.
RETRY_SECONDS = 3.0
MOST = 64


@dataclass(frozen=True)
class ClipFacts:
    """Blender's word on a clip; `problem` says why there is none.

    size: as it is to be seen, in pixels · looked: when, by time.monotonic().
    """

    frames: int = 0
    fps: float = 0.0
    size: tuple[int, int] = (0, 0)
    problem: str = ""
    looked: float = 0.0

    @property
    def seconds(self) -> float:
        return self.frames / self.fps if self.fps else 0.0

    def words(self) -> str:
        """One line for a panel.

        >>> ClipFacts(122, 29.97, (720, 480)).words()
        '4.1 s, 29.97 fps, 720 × 480'
        """
        if self.problem:
            return self.problem
        minutes, seconds = divmod(round(self.seconds, 1), 60)
        length = f"{minutes:.0f}:{seconds:04.1f} min" if minutes else f"{seconds:.1f} s"
        return f"{length}, {self.fps:.4g} fps, {self.size[0]} × {self.size[1]}"


# By the property's words and the blend file's place, which "//" stands for.
KNOWN: dict[tuple[str, str], ClipFacts] = {}
_wanted: set[tuple[str, str]] = set()


def known(clip: str) -> ClipFacts | None:
    """What is known of the clip; None when nothing is yet. Then, and where it was missing, it is looked at soon."""
    if not clip:
        return None
    facts = KNOWN.get(_key(clip))
    if facts is None or (facts.problem and time.monotonic() - facts.looked > RETRY_SECONDS):
        look_soon(clip)
    return facts


def look(clip: str) -> ClipFacts:
    """Look at the clip now: opens the file."""
    facts = _read(clip)
    while len(KNOWN) >= MOST:
        del KNOWN[next(iter(KNOWN))]
    KNOWN[_key(clip)] = facts
    return facts


def look_soon(clip: str) -> None:
    """Look at the clip when Blender is idle. Without a window nobody draws, and nothing is done."""
    if bpy.app.background or not clip:
        return
    _wanted.add(_key(clip))
    if not bpy.app.timers.is_registered(_look_at_wanted):
        bpy.app.timers.register(_look_at_wanted, first_interval=DELAY, persistent=True)


def forget() -> None:
    """For the end: no timer is left."""
    KNOWN.clear()
    _wanted.clear()
    if bpy.app.timers.is_registered(_look_at_wanted):
        bpy.app.timers.unregister(_look_at_wanted)


def _key(clip: str) -> tuple[str, str]:
    return clip, bpy.data.filepath if clip.startswith("//") else ""


def _look_at_wanted() -> None:
    from .ops.stepping import redraw

    wanted = {clip for clip, _ in _wanted}
    _wanted.clear()
    for clip in wanted:
        look(clip)
    if wanted:
        redraw(bpy.context.window_manager)


def _read(clip: str) -> ClipFacts:
    from .scene.paths import absolute

    path, now = absolute(clip), time.monotonic()
    if path.is_dir():
        # a folder with a numbered image sequence: the engine takes it, Blender wants its first file
        path = next((file for file in sorted(path.iterdir()) if file.is_file() and file.name[0] != "."), path)
    if not path.is_file():
        return ClipFacts(problem="There is no file at this path", looked=now)
    try:
        opened = bpy.data.movieclips.load(str(path))
    except RuntimeError:
        return ClipFacts(problem="Blender cannot read this file", looked=now)
    try:
        fps = opened.fps if opened.source == "MOVIE" else _scene_fps()
        if opened.frame_duration < 1 or fps <= 0:
            return ClipFacts(problem="This file is not a clip", looked=now)
        size = upright(path, (opened.size[0], opened.size[1]))
        return ClipFacts(opened.frame_duration, fps, size, looked=now)
    finally:
        bpy.data.movieclips.remove(opened)


def _scene_fps() -> float:
    render = bpy.context.scene.render
    return render.fps / render.fps_base
