# SPDX-License-Identifier: GPL-3.0-or-later
"""Render Motion: the engine makes frames from landmarks or motion for a plane that has a character's points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy

from ..declared import ONCE, file_path, plane_name
from ..jobs import QUEUE
from .stepping import Stepping

if TYPE_CHECKING:
    from ..job import Stepper


class FACESHOT_OT_render_motion(Stepping, bpy.types.Operator):
    """Make frames of the plane's character from landmarks or motion in a file"""

    bl_idname = "faceshot.render_motion"
    bl_label = "Render Motion"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name(  # type: ignore[valid-type]
        "Plane with the character's points"
    )
    filepath: file_path(  # type: ignore[valid-type]
        "File", "Landmarks or motion: *.landmarks.npz or *.motion.npz", options=ONCE
    )
    at: bpy.props.IntProperty(  # type: ignore[valid-type]
        name="Start At", description="Scene frame of the first instant", options={"SKIP_SAVE"}
    )

    def plan(self, context: bpy.types.Context) -> Stepper:
        from ..host import shared_engine
        from ..job import Job
        from ..movement import plan_rendering
        from ..scene.paths import absolute
        from ..scene.receive import shot_of

        assert context.scene is not None
        path = absolute(self.filepath)
        scene = shot_of(context.scene)
        start = self.at if self.properties.is_property_set("at") else None
        rendering = plan_rendering(scene, self.plane, path, start=start, taken=QUEUE.folders)
        take = rendering.take
        self.job_title, self.job_take = f"{take.plane.name}, {path.name}", take
        return Job(
            "render",
            take.arguments,
            shared_engine,
            keep_engine=True,
            record=rendering.file(),
            failure=take.failure,
        )


CLASSES = (FACESHOT_OT_render_motion,)
