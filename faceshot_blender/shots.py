# SPDX-License-Identifier: GPL-3.0-or-later
"""Which scene an editor is about, and where a scene's choices put the clip in time. Reads properties only."""

from __future__ import annotations

from typing import Any

from .clip_time import ClipTime
from .properties import FACESHOT_PG_shot, choices_of

# As scene/strips.py and scene/made.py write them.
_SHOT, _TAG = "faceshot_shot", "faceshot"


def shot_scene(context: Any) -> Any:
    """The scene with the characters: the context's own, or the one whose edit scene it is.

    In the sequencer that is the scene which it shows (its own one from Blender 5.0 on).
    """
    scene = context.scene
    if context.area is not None and context.area.type == "SEQUENCE_EDITOR":
        scene = strip_scene(context) or scene
    shot = scene.get(_SHOT) if scene.get(_TAG) == "edit" else None
    return shot if shot is not None else scene


def strip_scene(context: Any) -> Any:
    """The scene whose strips the sequencer shows."""
    return getattr(context, "sequencer_scene", None) or context.scene


def scene_fps(scene: Any) -> float:
    return float(scene.render.fps / scene.render.fps_base)


def start_frame(scene: Any) -> int:
    """The scene frame of the take's first frame."""
    choices = choices_of(scene)
    return choices.start if choices.use_start else scene.frame_start


def clip_time(scene: Any) -> ClipTime:
    choices: FACESHOT_PG_shot = choices_of(scene)
    begins = choices.range_start if choices.use_range else 0.0
    return ClipTime(scene_fps=scene_fps(scene), start=start_frame(scene), begins=begins)


def take_frames(scene: Any) -> tuple[int, int] | None:
    """First and last scene frame of the take that would be made now; None while the clip is not known."""
    from . import clip_facts

    choices = choices_of(scene)
    facts = clip_facts.known(choices.clip)
    if facts is None or facts.problem:
        return None
    begin = choices.range_start if choices.use_range else 0.0
    end = choices.range_end if choices.use_range and choices.range_end > 0 else facts.seconds
    count = max(1, round((min(end, facts.seconds) - begin) * scene_fps(scene)))
    return start_frame(scene), start_frame(scene) + count - 1
