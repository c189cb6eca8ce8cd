# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of which clip: from the timeline, from the playhead, from a movie strip in the sequencer."""

from __future__ import annotations

from typing import Any

import bpy

from .. import clip_facts
from ..clip_time import frame_at
from ..properties import choices_of
from ..shots import clip_time, scene_fps, shot_scene, strip_scene


def _has_clip(cls: Any, context: Any) -> bool:
    if not choices_of(shot_scene(context)).clip:
        cls.poll_message_set("Choose the clip first")
        return False
    return True


def _facts_of(clip: str, operator: bpy.types.Operator) -> clip_facts.ClipFacts | None:
    """What the clip is, looked at now; None where it is no good, which the operator reports."""
    facts = clip_facts.look(clip)
    if facts.problem:
        operator.report({"ERROR"}, f"{facts.problem}: {clip}")
        return None
    return facts


class FACESHOT_OT_use_timeline_range(bpy.types.Operator):
    """Use the part of the clip that plays in the preview range, or in the scene's range where there is none"""

    bl_idname = "faceshot.use_timeline_range"
    bl_label = "Use Timeline Range"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _has_clip(cls, context)

    def execute(self, context: bpy.types.Context) -> Any:
        scene = shot_scene(context)
        choices = choices_of(scene)
        facts = _facts_of(choices.clip, self)
        if facts is None:
            return {"CANCELLED"}
        if scene.use_preview_range:
            first, last, name = scene.frame_preview_start, scene.frame_preview_end, "preview range"
        else:
            first, last, name = scene.frame_start, scene.frame_end, "scene's range"
        part = clip_time(scene).part(first, last, duration=facts.seconds)
        if part is None:
            self.report({"ERROR"}, f"The clip has nothing to show in the {name}, frames {first} to {last}")
            return {"CANCELLED"}
        choices.use_range = True
        choices.range_start, choices.range_end, choices.start = part
        choices.use_start = choices.start != scene.frame_start
        return {"FINISHED"}


class FACESHOT_OT_use_rest_frame(bpy.types.Operator):
    """Use the frame of the clip that plays at the current frame as the actor's rest pose"""

    bl_idname = "faceshot.use_rest_frame"
    bl_label = "Use Current Frame as Rest Pose"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return _has_clip(cls, context)

    def execute(self, context: bpy.types.Context) -> Any:
        scene = shot_scene(context)
        choices = choices_of(scene)
        facts = _facts_of(choices.clip, self)
        if facts is None:
            return {"CANCELLED"}
        time = clip_time(scene)
        end = choices.range_end if choices.use_range and choices.range_end > 0 else facts.seconds
        now = time.seconds(strip_scene(context).frame_current)
        if not time.begins - 1e-6 <= now < min(end, facts.seconds) - 1e-6:
            self.report({"ERROR"}, "The clip does not play at the current frame: move into the take first")
            return {"CANCELLED"}
        choices.reference = "FRAME"
        choices.reference_frame = frame_at(now - time.begins, facts.fps)
        self.report({"INFO"}, f"Rest pose: frame {frame_at(now, facts.fps)} of the clip, {now:.2f} s")
        return {"FINISHED"}


class FACESHOT_OT_use_strip(bpy.types.Operator):
    """Use the active movie strip as the actor's clip: its file, its trimmed part, and its place in time"""

    bl_idname = "faceshot.use_strip"
    bl_label = "Use Strip as Driver"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        strip = active_strip(context)
        if strip is None or strip.type != "MOVIE":
            cls.poll_message_set("Select a movie strip in the Sequencer")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        from ..compat import strip_content, strip_frames

        strip, scene = active_strip(context), shot_scene(context)
        choices = choices_of(scene)
        facts = _facts_of(strip.filepath, self)
        if facts is None:
            return {"CANCELLED"}
        first, end = strip_frames(strip)
        frames, left, right, cut_left, cut_right = strip_content(strip)
        # What the strip shows is counted in its own steps: 1:1 with frames of the clip, or at the clip's own speed.
        whole = left + (end - first) + right
        step = frames / whole / facts.fps
        begin = cut_left / facts.fps + max(0.0, left) * step
        choices.clip = strip.filepath
        choices.use_range = bool(cut_left or cut_right) or end - first < whole
        choices.range_start = begin if choices.use_range else 0.0
        choices.range_end = min(begin + (end - first) * step, facts.seconds) if choices.use_range else 0.0
        choices.use_start, choices.start = True, first
        speed = step * scene_fps(strip_scene(context))
        if abs(speed - 1) > 0.02:
            self.report(
                {"WARNING"}, f"The strip plays the clip at {speed:.0%} of its speed; the take will play it at 100%"
            )
        self.report({"INFO"}, f"{strip.name}: {begin:.2f} s to {begin + (end - first) * step:.2f} s, at frame {first}")
        return {"FINISHED"}


def active_strip(context: Any) -> Any:
    """The sequencer's active strip, None where there is none."""
    editor = strip_scene(context).sequence_editor
    return editor.active_strip if editor is not None else None


CLASSES = (FACESHOT_OT_use_timeline_range, FACESHOT_OT_use_rest_frame, FACESHOT_OT_use_strip)
