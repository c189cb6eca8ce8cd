# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of this machine: where the engine, the networks and the cache are."""

from __future__ import annotations

import bpy

from . import ROOT_PACKAGE, compat, readiness
from .jobs import QUEUE
from .ui.parts import draw_failure, draw_jobs, draw_steps


def _changed(settings: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    readiness.look_soon()


class FaceShotPreferences(bpy.types.AddonPreferences):
    bl_idname = ROOT_PACKAGE

    engine: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Engine",
        description=(
            "Python or environment folder of the engine to use. "
            "Empty: the one FACESHOT_ENGINE names, else the one FaceShot made itself"
        ),
        subtype="FILE_PATH",
        options=compat.PATH_OPTIONS,
        update=_changed,
    )
    models: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Models",
        description="Folder of the face networks. Empty: the user's data folder",
        subtype="DIR_PATH",
        options=compat.PATH_OPTIONS,
        update=_changed,
    )
    cache: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Cache",
        description="Folder for frames that may be made again at any time. Empty: the user's cache folder",
        subtype="DIR_PATH",
        options=compat.PATH_OPTIONS,
    )
    offline: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Work Offline",
        description="Fetch nothing, even where Blender may go online",
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        ready = readiness.known()
        if QUEUE.entries:
            draw_jobs(layout)
        elif ready is not None and not ready.complete:
            draw_steps(layout.box(), context)
        elif ready is not None:
            layout.label(text=f"Ready: {ready.words}", icon="CHECKMARK")
        draw_failure(layout, context)
        for name in ("engine", "models", "cache"):
            layout.prop(self, name)
        row = layout.row()
        row.active = bpy.app.online_access
        row.prop(self, "offline")
        if not bpy.app.online_access:
            layout.label(text="Blender's Online Access is off: nothing is fetched", icon="INFO")
        row = layout.row(align=True)
        row.operator("faceshot.check_setup", icon="VIEWZOOM")
        row.operator("faceshot.make_engine", text="Make Engine Anew", icon="FILE_REFRESH")
        row.operator("faceshot.release_engine", icon="PANEL_CLOSE")


CLASSES = (FaceShotPreferences,)
