# SPDX-License-Identifier: GPL-3.0-or-later
"""Animate: the engine makes a take for a plane and a clip, then it is put into the scene in one undo step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..declared import ONCE, file_path, folder_path, plane_name
from ..jobs import QUEUE
from ..properties import choices_of, options_of
from ..scene.notes import CARD, note_of
from ..shots import shot_scene
from .stepping import Stepping

if TYPE_CHECKING:
    from ...core.errors import FaceShotError
    from ..job import Stepper


class FACESHOT_OT_animate(Stepping, bpy.types.Operator):
    """Bring the character on the plane to life with the clip of the actor"""

    bl_idname = "faceshot.animate"
    bl_label = "Animate"
    bl_options = {"REGISTER", "UNDO"}
    goes_on_after = ("character-unsure",)

    plane: plane_name(  # type: ignore[valid-type]
        "Image plane that carries the character; by default the one chosen for the scene"
    )
    clip: file_path(  # type: ignore[valid-type]
        "Clip", "Video of the actor; by default the one chosen for the scene", options=ONCE
    )
    folder: folder_path(  # type: ignore[valid-type]
        "Output", "Folder for everything that is made; by default a new one beside the blend file", options=ONCE
    )

    def plan(self, context: bpy.types.Context) -> Stepper:
        from ...core.errors import ErrorCode, FaceShotError
        from ..host import shared_engine
        from ..job import Job
        from ..scene.paths import absolute
        from ..take import plan_take

        scene = shot_scene(context)
        choices = choices_of(scene)
        plane = self.plane or (choices.plane.name if choices.plane else "")
        clip, folder = self.clip or choices.clip, self.folder or choices.folder
        if not plane:
            raise FaceShotError(ErrorCode.USAGE, "No plane is chosen.", hint="Choose the plane with the picture.")
        if not clip:
            raise FaceShotError(ErrorCode.USAGE, "No clip is chosen.", hint="Choose the video of the actor.")
        where = absolute(folder) if folder else None
        take = plan_take(
            scene,
            plane,
            absolute(clip),
            folder=where,
            start=choices.start if choices.use_start else None,
            options=options_of(choices),
            taken=QUEUE.folders,
            fit=choices.fit_range,
        )
        self.job_title, self.job_take = f"{take.plane.name}, {Path(clip).stem}", take
        return Job("animate", take.arguments, shared_engine, keep_engine=True, failure=take.failure)

    def refused(self, context: bpy.types.Context, error: FaceShotError) -> None:
        """A face of which nobody is sure: the best guess comes onto the plane, and the tool opens that corrects it."""
        from ..again import find_again

        plane = find_again(self.job_take.plane, bpy.data.objects)
        if error.code.slug == "character-unsure" and plane is not None and note_of(plane, CARD) is None:
            operators: Any = bpy.ops
            if operators.faceshot.find_points.poll():
                operators.faceshot.find_points("INVOKE_DEFAULT", plane=plane.name)


CLASSES = (FACESHOT_OT_animate,)
