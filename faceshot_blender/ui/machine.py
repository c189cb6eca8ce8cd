# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences' boxes: engine, networks, cache, network access, and what a check has found."""

from __future__ import annotations

from typing import Any

import bpy

from .. import folder_sizes
from ..jobs import QUEUE
from ..readiness import CHECKED, known
from .parts import draw_failure, draw_jobs, draw_offline, draw_steps, wrapped


def draw_preferences(settings: Any, layout: Any, context: Any) -> None:
    layout.use_property_split = True
    layout.use_property_decorate = False
    _draw_engine(settings, layout.box(), context)
    _draw_folders(settings, layout.box())
    _draw_access(settings, layout.box(), context)
    _draw_check(layout.box(), context)


def _draw_engine(settings: Any, box: Any, context: Any) -> None:
    ready = known()
    row = box.row()
    row.label(text="Engine")
    if QUEUE.entries:
        draw_jobs(box)
    elif ready is None:
        row.label(text="Looking…")
    elif ready.complete:
        row.label(text="Ready", icon="CHECKMARK")
    else:
        draw_steps(box, context)
    draw_failure(box, context)
    column = box.column()
    column.prop(settings, "engine", text="Location", placeholder=_own(ready))
    column.prop(settings, "with_diffusion")
    column.prop(settings, "device")
    column.prop(settings, "threads")
    column.prop(settings, "leaving")
    row = box.row(align=True)
    if ready is not None and ready.engine == "ready" and ready.can_make:
        row.operator("faceshot.make_engine", text="Make Anew", icon="FILE_REFRESH")
    row.operator("faceshot.release_engine", icon="PANEL_CLOSE")


def _own(ready: Any) -> str:
    return ready.words if ready is not None and ready.engine == "ready" else "FaceShot's own"


def _draw_folders(settings: Any, box: Any) -> None:
    box.label(text="Folders")
    for what in (folder_sizes.MODELS, folder_sizes.CACHE):
        size = folder_sizes.known(what)
        column = box.column(align=True)
        column.prop(settings, what, placeholder=size.chosen if size is not None else "")
        row = column.split(factor=0.4)
        row.label()
        row = row.row()
        row.label(text=size.words() if size is not None else "Counting…")
        if what == folder_sizes.CACHE:
            row.operator("faceshot.clear_cache", icon="TRASH")


def _draw_access(settings: Any, box: Any, context: Any) -> None:
    box.label(text="Network")
    column = box.column()
    column.active = bpy.app.online_access
    column.prop(settings, "offline")
    draw_offline(box, context)


def _draw_check(box: Any, context: Any) -> None:
    row = box.row()
    row.operator("faceshot.check_setup", icon="VIEWZOOM")
    if not CHECKED:
        return
    row.operator("faceshot.dismiss_check", text="", icon="X", emboss=False)
    said = CHECKED[0]
    for advice in said["advice"]:
        wrapped(box, context, advice, icon="ERROR")
    if not said["advice"]:
        box.label(text="All is well", icon="CHECKMARK")
    column = box.column(align=True)
    column.scale_y = 0.8
    for name, words in _rows(said):
        line = column.split(factor=0.4)
        line.label(text=name)
        line.label(text=words)


def _rows(said: dict[str, Any]) -> list[tuple[str, str]]:
    """What `doctor` has found, as pairs of a name and its value."""
    rows = [("FaceShot", said["faceshot"]), ("Python", f"{said['python']}, {said['executable']}")]
    rows += [(package["name"], package["version"] or "missing") for package in said["packages"]]
    rows += [(f"Network {model['name']}", model["state"]) for model in said["models"]]
    rows += [("Networks in", said["models_folder"]), ("Cache in", said["cache_folder"])]
    return rows + [(name, value) for name, value in said["environment"].items() if value]
