# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of this machine: where the engine, the networks and the cache are."""

from __future__ import annotations

import bpy

from . import ROOT_PACKAGE, folder_sizes, readiness
from .declared import file_path, folder_path
from .jobs import QUEUE
from .ui.machine import draw_preferences


def _changed(settings: bpy.types.AddonPreferences, context: bpy.types.Context) -> None:
    folder_sizes.forget(folder_sizes.MODELS, folder_sizes.CACHE)
    readiness.look_soon()


def _leaving_changed(settings: FaceShotPreferences, context: bpy.types.Context) -> None:
    QUEUE.lets_finish = settings.leaving == "FINISH"


class FaceShotPreferences(bpy.types.AddonPreferences):
    bl_idname = ROOT_PACKAGE

    engine: file_path(  # type: ignore[valid-type]
        "Engine",
        (
            "Python or environment folder of the engine to use; "
            "where none is given, the one FACESHOT_ENGINE names, else the one FaceShot made itself"
        ),
        update=_changed,
    )
    models: folder_path(  # type: ignore[valid-type]
        "Models", "Folder of the face networks; where none is given, one among the user's data", update=_changed
    )
    cache: folder_path(  # type: ignore[valid-type]
        "Cache",
        "Folder for frames that can be made again; where none is given, the user's cache folder",
        update=_changed,
    )
    offline: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Work Offline",
        description="Fetch nothing, even where Blender may go online",
    )

    device: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Device",
        description="What computes the looks that use a GPU; Proxy works on the processor in any case",
        items=(
            ("AUTO", "Automatic", "The fastest that is there", 0),
            ("CPU", "CPU", "The processor: slow, and always there", 1),
            ("CUDA", "CUDA", "An NVIDIA graphics card", 2),
            ("MPS", "Metal", "The graphics of an Apple computer", 3),
        ),
    )
    with_diffusion: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="With Diffusion",
        description="Make the engine with what the diffusion look needs: some gigabytes more on Linux",
        update=_changed,
    )
    threads: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Threads",
        description="How many threads the engine may use; 0 chooses by itself",
        min=0,
        max=1024,
        soft_max=64,
    )

    leaving: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="When the File Is Left",
        description="What happens to jobs when another file is opened or Blender is closed",
        items=(
            ("END", "End the Jobs", "Nothing goes on; frames that are done are kept for the next run", 0),
            (
                "FINISH",
                "Let Them Finish",
                "They go on. Where their scene is not open at the end, the result waits in its folder to be imported",
                1,
            ),
        ),
        update=_leaving_changed,
    )

    def draw(self, context: bpy.types.Context) -> None:
        draw_preferences(self, self.layout, context)


CLASSES = (FaceShotPreferences,)
