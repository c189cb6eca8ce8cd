# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of this machine: where the engine, the networks and the cache are."""

from __future__ import annotations

import bpy

from . import ROOT_PACKAGE, compat
from .properties import job_of


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
    )
    models: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Models",
        description="Folder of the face networks. Empty: the user's data folder",
        subtype="DIR_PATH",
        options=compat.PATH_OPTIONS,
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
        job = job_of(context.window_manager)
        if job.running:
            row = layout.row(align=True)
            row.progress(factor=job.fraction, text=job.words)
            row.operator("faceshot.cancel", text="", icon="X")
        else:
            layout.operator("faceshot.make_engine", icon="IMPORT")
        for name in ("engine", "models", "cache"):
            layout.prop(self, name)
        row = layout.row()
        row.active = bpy.app.online_access
        row.prop(self, "offline")
        if not bpy.app.online_access:
            layout.label(text="Blender's Online Access is off: nothing is fetched", icon="INFO")


CLASSES = (FaceShotPreferences,)
