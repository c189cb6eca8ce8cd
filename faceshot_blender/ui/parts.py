# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces that several panels draw. They only read what is known: no file, no process."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from .. import ROOT_PACKAGE, clip_facts, diffusion
from ..jobs import QUEUE
from ..readiness import Readiness, known
from ..scene.usable import reason_against, reason_against_scene

# About the width of a letter, and what margins and an icon take, in pixels before the interface's scale.
_LETTER, _MARGIN, _ICON = 6.0, 62, 22
_MAKE = {"missing": "Make Engine", "outdated": "Update Engine", "broken": "Repair Engine"}


def wrapped(layout: Any, context: bpy.types.Context, words: str, *, icon: str = "NONE", lines: int = 6) -> None:
    """Words over as many lines as the region's width asks for; the icon stands before the first."""
    scale = context.preferences.system.ui_scale or 1.0  # 0 without a window
    margin = _MARGIN + (_ICON if icon != "NONE" else 0)
    letters = max(12, int((context.region.width / scale - margin) / _LETTER)) if context.region else 60
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(textwrap.wrap(words, letters, max_lines=lines)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1" if icon != "NONE" else "NONE")


def draw_jobs(layout: Any) -> None:
    """A bar for each job, with a cross to cancel it."""
    column = layout.column(align=True)
    for entry in QUEUE.entries:
        column.label(text=entry.title)
        row = column.row(align=True)
        row.progress(factor=entry.fraction, text=entry.words)
        row.operator("faceshot.cancel", text="", icon="X").number = entry.number


def draw_failure(layout: Any, context: bpy.types.Context) -> None:
    """What failed last, what to do about it, and where the whole report is."""
    failure = QUEUE.failure
    if failure is None:
        return
    box = layout.box()
    head = box.row()
    title = head.row()
    title.alert = not failure.done
    title.label(text=failure.title, icon="CHECKMARK" if failure.done else "ERROR")
    head.operator("faceshot.dismiss_report", text="", icon="X", emboss=False)
    wrapped(box, context, failure.message)
    if failure.remedy:
        wrapped(box, context, failure.remedy, icon="INFO")
    if failure.folder is not None:
        box.operator("faceshot.import_result", text="Import It Here", icon="IMPORT").filepath = str(failure.folder)
    if failure.edit:
        box.operator("faceshot.edit_points", icon="CURVE_DATA").plane = failure.edit
    if failure.report:
        box.operator("faceshot.show_report", icon="TEXT")


def draw_steps(layout: Any, context: bpy.types.Context) -> None:
    """What is missing before the first job can run, with the button that mends it; nothing when all is there."""
    ready = known()
    if ready is None or ready.complete:
        return
    if ready.engine != "ready":
        _draw_engine(layout, context, ready)
    elif not ready.has_network:
        words = f"FaceShot needs a network that finds faces ({ready.network_licence}). It is fetched once."
        wrapped(layout, context, words, icon="INFO")
        layout.operator("faceshot.fetch_network", text=f"Fetch Face Network ({ready.network_mb} MB)", icon="IMPORT")
        _draw_offline_once(layout, context)


def draw_diffusion_networks(layout: Any, context: bpy.types.Context) -> None:
    """The button that fetches what the diffusion look needs; nothing when all of it is there."""
    ready = known()
    if ready is None or not ready.diffusion_gb:
        return
    licence = ready.diffusion_licence
    words = f"It draws with networks of others. Accept the {licence} on its page, log in, then fetch them."
    wrapped(layout, context, words, icon="INFO")
    layout.operator("wm.url_open", text="Open the Licence's Page", icon="URL").url = ready.diffusion_page
    text = f"Fetch Diffusion Networks ({ready.diffusion_gb:.1f} GB)"
    layout.operator("faceshot.fetch_diffusion", text=text, icon="IMPORT")


def _draw_engine(layout: Any, context: bpy.types.Context, ready: Readiness) -> None:
    if ready.engine == "missing":
        words = "FaceShot works in an engine of its own, beside Blender. It is made once and takes a few minutes."
        wrapped(layout, context, words, icon="INFO")
    else:
        wrapped(layout, context, ready.words, icon="ERROR")
    if ready.can_make and ready.engine in _MAKE:
        text = f"{_MAKE[ready.engine]} ({ready.download_mb} MB)"
        row = layout.row()
        row.enabled = bool(bpy.app.online_access)
        row.operator("faceshot.make_engine", text=text, icon="IMPORT")
        _draw_offline_once(layout, context)
    elif ready.engine == "misplaced":
        layout.operator("faceshot.use_own_engine", icon="LOOP_BACK")
    if not _in_preferences(context):
        open_preferences(layout, "Point at an Engine")


def _draw_offline_once(layout: Any, context: Any) -> None:
    if not _in_preferences(context):  # there it stands in a box of its own
        draw_offline(layout, context)


def _in_preferences(context: Any) -> bool:
    return context.area is not None and context.area.type == "PREFERENCES"


def draw_offline(layout: Any, context: Any) -> None:
    """That Blender may not go online, and Blender's own button for it, where the user can decide that here."""
    if bpy.app.online_access:
        return
    if bpy.app.online_access_override:
        wrapped(layout, context, "Blender was started with --offline-mode: nothing can be downloaded", icon="INFO")
        return
    wrapped(layout, context, "Online Access is off: nothing can be downloaded", icon="INFO")
    if hasattr(bpy.types, "EXTENSIONS_OT_userpref_allow_online"):
        layout.operator("extensions.userpref_allow_online", text="Allow Online Access", icon="INTERNET")


def open_preferences(layout: Any, text: str) -> None:
    layout.operator("preferences.addon_show", text=text, icon="PREFERENCES").module = ROOT_PACKAGE


def reason_against_animating(choices: Any) -> str:
    """Why Animate is greyed; empty when it is not."""
    if choices.plane is None:
        return "Choose the plane with the picture"
    reason = reason_against(choices.plane) or reason_against_scene(choices.id_data)
    if reason:
        return reason
    if not choices.clip:
        return "Choose the clip of the actor"
    facts = clip_facts.known(choices.clip)
    if facts is not None and facts.problem:
        return f"{facts.problem}: choose another clip"
    if choices.use_range and (reason := _reason_against_range(choices, facts)):
        return reason
    if not choices.folder and not bpy.data.filepath:
        return "Save the blend file, or choose an output folder"
    if choices.backend == "MOFA" and (reason := diffusion.reason_against(choices.diffusion)):
        return reason
    return _reason_against_engine()


def _reason_against_range(choices: Any, facts: clip_facts.ClipFacts | None) -> str:
    if 0 < choices.range_end <= choices.range_start:
        return "The range ends before it starts"
    if facts is not None and choices.range_start >= facts.seconds:
        return "The range starts after the clip's end"
    return ""


def _reason_against_engine() -> str:
    ready = known()
    if ready is not None and ready.engine != "ready":
        return "The engine is not ready: see Set-Up in the 3D Viewport"
    if ready is not None and not ready.has_network:
        return "The face network is missing: see Set-Up in the 3D Viewport"
    return ""
