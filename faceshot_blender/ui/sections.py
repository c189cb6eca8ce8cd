# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels hold, the same in each editor. Drawing reads what is known: no file, no process."""

from __future__ import annotations

from typing import Any

from .. import clip_facts, diffusion, estimates
from ..ops.driver import active_strip
from ..properties import GAINS, choices_of
from ..readiness import known
from ..scene.notes import CARD, FRAMES, note_of
from ..shots import scene_fps, take_frames
from .parts import draw_diffusion_networks, draw_failure, draw_jobs, reason_against_animating, wrapped
from .points_panel import draw_points


def split(layout: Any) -> Any:
    """The layout with labels in a column of their own."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout


def draw_character(layout: Any, context: Any, scene: Any) -> None:
    split(layout).prop(choices_of(scene), "plane")
    row = layout.row(align=True)
    if context.area.type == "IMAGE_EDITOR":
        row.operator("faceshot.use_image", icon="IMAGE_PLANE")
    else:
        row.operator("faceshot.use_active", text="Use Active", icon="OBJECT_DATA")
        row.operator("faceshot.make_plane", text="Make Plane", icon="IMAGE_PLANE")
        row.operator("faceshot.look_at_plane", text="", icon="VIEWZOOM")
    draw_points(layout, context, scene)


def draw_plane(layout: Any, scene: Any) -> None:
    """The character alone: where the rest of the choice is made elsewhere."""
    split(layout).prop(choices_of(scene), "plane")


def draw_clip(layout: Any, scene: Any) -> None:
    """The clip alone: where the rest of the choice is made elsewhere."""
    split(layout).prop(choices_of(scene), "clip")


def draw_driver(layout: Any, context: Any, scene: Any) -> None:
    choices = choices_of(scene)
    split(layout).prop(choices, "clip")
    if context.area.type == "SEQUENCE_EDITOR":
        strip = active_strip(context)
        text = f"Use {strip.name}" if strip is not None and strip.type == "MOVIE" else "Use Strip as Driver"
        layout.operator("faceshot.use_strip", text=text, icon="SEQUENCE")
    facts = clip_facts.known(choices.clip)
    row = layout.row()
    row.active = facts is not None and not facts.problem
    words = facts.words() if facts is not None else "Reading the clip…" if choices.clip else "No clip yet"
    row.label(text=words, icon="ERROR" if facts is not None and facts.problem else "INFO")
    _draw_range(layout, choices, scene, facts)
    header, body = layout.panel("faceshot_rest", default_closed=True)
    header.label(text="Face and Rest Pose")
    if body is not None:
        _draw_rest(body, choices)


def _draw_range(layout: Any, choices: Any, scene: Any, facts: clip_facts.ClipFacts | None) -> None:
    header, body = layout.panel("faceshot_range", default_closed=True)
    header.use_property_split = False
    header.prop(choices, "use_range", text="Range")
    if body is None:
        return
    body.active = choices.use_range
    body.row().prop(choices, "range_unit", expand=True)
    column = body.column(align=True)
    if choices.range_unit == "FRAMES":
        column.enabled = facts is not None and not facts.problem
        column.prop(choices, "range_first")
        column.prop(choices, "range_last")
    else:
        column.prop(choices, "range_start")
        column.prop(choices, "range_end")
    text = "Use Preview Range" if scene.use_preview_range else "Use Scene Range"
    body.operator("faceshot.use_timeline_range", text=text, icon="TIME")


def _draw_rest(body: Any, choices: Any) -> None:
    body.prop(choices, "face")
    body.prop(choices, "reference")
    number = body.column()
    number.enabled = choices.reference == "FRAME"
    number.prop(choices, "reference_frame")
    body.operator("faceshot.use_rest_frame", text="Use Current Frame", icon="TIME")


def draw_motion(layout: Any, scene: Any) -> None:
    split(layout)
    choices = choices_of(scene)
    names = list(GAINS)
    for part in (names[:6], names[6:]):
        column = layout.column(align=True)
        for name in part:
            column.prop(choices, name, slider=True)
    column = layout.column()
    column.prop(choices, "smooth", slider=True)
    column.prop(choices, "leave_picture")
    column.row().prop(choices, "hold", expand=True)


def draw_look(layout: Any, context: Any, scene: Any) -> None:
    choices = choices_of(scene)
    split(layout).prop(choices, "backend")
    if choices.backend == "MOFA":
        draw_diffusion_networks(layout, context)
        diffusion.draw(layout, choices.diffusion)
    else:
        column = layout.column()
        column.prop(choices, "sampling")
        column.prop(choices, "background")


def draw_output(layout: Any, scene: Any) -> None:
    choices = choices_of(scene)
    split(layout).prop(choices, "folder")
    header, body = layout.panel("faceshot_timing", default_closed=True)
    header.label(text="Timing")
    if body is not None:
        row = body.row(heading="Start At")
        row.prop(choices, "use_start", text="")
        frame = row.row()
        frame.enabled = choices.use_start
        frame.prop(choices, "start", text="")
        body.prop(choices, "fit_range")


def draw_animate(layout: Any, context: Any, scene: Any) -> None:
    """The button, one line that says why it is grey or what it will make, the jobs, and what failed."""
    reason = reason_against_animating(choices_of(scene))
    row = layout.row()
    row.scale_y = 1.5
    row.enabled = not reason
    row.operator("faceshot.animate", icon="PLAY")
    words, icon = _prospect(scene)
    wrapped(layout, context, reason or words, icon="INFO" if reason else icon)
    if not _in_setup(context):
        draw_jobs(layout)
        draw_failure(layout, context)


def _in_setup(context: Any) -> bool:
    """Whether the panel Set-Up shows what runs and what failed: once is enough."""
    ready = known()
    return context.area.type == "VIEW_3D" and ready is not None and not ready.complete


def _prospect(scene: Any) -> tuple[str, str]:
    """What will be made and, of a look that takes long, what it costs; and the icon before it."""
    choices, frames = choices_of(scene), take_frames(scene)
    if frames is None:
        return f"Frames at {scene_fps(scene):.4g} fps", "INFO"
    words = f"Frames {frames[0]} to {frames[1]} at {scene_fps(scene):.4g} fps"
    if choices.backend != "MOFA":
        return words, "INFO"
    cost = estimates.known(frames[1] - frames[0] + 1, diffusion.settings_of(choices.diffusion))
    if cost is None:
        return words, "INFO"
    return f"{words}: {cost.words()}", "INFO" if cost.fits else "ERROR"


def draw_result(layout: Any, context: Any, scene: Any) -> None:
    plane = choices_of(scene).plane or context.view_layer.objects.active
    name = plane.name if plane is not None else ""
    has_frames = plane is not None and note_of(plane, FRAMES) is not None
    column = layout.column(align=True)
    column.enabled = has_frames
    column.operator("faceshot.switch_frames", icon="RENDERLAYERS").plane = name
    column.operator("faceshot.restore_original", icon="LOOP_BACK").plane = name
    if has_frames:
        column.operator("faceshot.bring_sound", icon="SOUND").plane = name
    if plane is not None and note_of(plane, CARD):
        asset = layout.column()
        asset.operator("faceshot.mark_asset", text="Mark as Asset", icon="ASSET_MANAGER").plane = name
    if not has_frames:
        words = f"Nothing was made for {name} yet" if choices_of(scene).plane else "Choose the plane with the picture"
        wrapped(layout, context, words, icon="INFO")
    layout.operator("faceshot.import_result", text="Import Result", icon="IMPORT")
