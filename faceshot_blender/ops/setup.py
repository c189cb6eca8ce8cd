# SPDX-License-Identifier: GPL-3.0-or-later
"""What leads by the hand: fetch networks, look at what is installed, read what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bpy

from .. import folder_sizes
from ..jobs import QUEUE
from ..readiness import CHECKED, NETWORK, look_soon
from .stepping import Stepping, redraw

if TYPE_CHECKING:
    from ..job import Stepper

OFFLINE = "Blender is set to stay offline: allow Online Access in Preferences > System"


class _Fetching(Stepping):
    """Mix-in of an operator that downloads a network."""

    network = ""

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        if not bpy.app.online_access:
            cls.poll_message_set(OFFLINE)
        return bool(bpy.app.online_access)

    def plan(self, context: bpy.types.Context) -> Stepper:
        from ..host import shared_engine
        from ..job import Job

        return Job("models", {"action": "fetch", "what": self.network}, shared_engine, keep_engine=True)

    def finish(self: Any, context: bpy.types.Context, job: Stepper) -> None:
        assert job.result is not None
        look_soon()
        folder_sizes.forget(folder_sizes.MODELS)
        path = next(model["path"] for model in job.result["models"] if model["name"] == self.network)
        self.report({"INFO"}, f"It is ready, in {path}")


class FACESHOT_OT_fetch_network(_Fetching, bpy.types.Operator):
    """Download the network that finds and follows faces, and check that it is the published one"""

    bl_idname = "faceshot.fetch_network"
    bl_label = "Fetch Face Network"
    bl_options = {"REGISTER"}  # changes nothing in the file: no UNDO

    network = NETWORK


class FACESHOT_OT_fetch_diffusion(_Fetching, bpy.types.Operator):
    """Download the networks of the diffusion look, some gigabytes, and check that they are the published ones"""

    bl_idname = "faceshot.fetch_diffusion"
    bl_label = "Fetch Diffusion Networks"
    bl_options = {"REGISTER"}  # changes nothing in the file: no UNDO

    network = "mofa"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Ask first; `execute` follows when the user agrees."""
        manager = context.window_manager
        return manager.invoke_props_dialog(self, width=440, title=self.bl_label, confirm_text="Fetch")

    def draw(self, context: bpy.types.Context) -> None:
        """What the dialog says: the parts, how large they are, and their licences."""
        from ...core.hub_models import MOFA

        self.layout.label(text=f"About {MOFA.size / 1e9:.1f} GB will be downloaded from huggingface.co")
        for part in MOFA.parts:
            column = self.layout.column(align=True)
            column.label(text=f"{part.title}: {part.size / 1e9:.1f} GB", icon="DOT")
            column.label(text=part.licence, icon="BLANK1")
            if part.gated:
                column.label(text="Log in and accept it on its page first", icon="BLANK1")


class FACESHOT_OT_check_setup(Stepping, bpy.types.Operator):
    """Look at what is installed and what is missing; it is shown here and kept in the text FaceShot Set-Up"""

    bl_idname = "faceshot.check_setup"
    bl_label = "Check Set-Up"
    bl_options = {"REGISTER", "UNDO"}

    def plan(self, context: bpy.types.Context) -> Stepper:
        from ..host import shared_engine
        from ..job import Job

        look_soon()
        return Job("doctor", {}, shared_engine, keep_engine=True)

    def finish(self, context: bpy.types.Context, job: Stepper) -> None:
        from ...core.verbs.doctor import DOCTOR
        from ..scene.texts import write_text

        assert job.result is not None
        CHECKED[:] = [job.result]
        redraw(context.window_manager)
        advice = job.result["advice"]
        blender = f"Blender {bpy.app.version_string}, {'online' if bpy.app.online_access else 'offline'}"
        text = write_text("FaceShot Set-Up", f"{blender}\n{DOCTOR.summary(job.result)}\n")
        level: Any = {"WARNING"} if advice else {"INFO"}
        self.report(level, f"{advice[0] if advice else 'All is well'} (text {text.name})")


class FACESHOT_OT_show_report(bpy.types.Operator):
    """Write the whole report of the failure into the text FaceShot Report, and open it in a window"""

    bl_idname = "faceshot.show_report"
    bl_label = "Show Report"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if QUEUE.failure is None:
            cls.poll_message_set("Nothing has failed")
        return QUEUE.failure is not None

    def execute(self, context: bpy.types.Context) -> Any:
        from ..scene.texts import write_text

        assert QUEUE.failure is not None
        text = write_text("FaceShot Report", QUEUE.failure.report)
        self.report({"INFO"}, f"The report is in the text {text.name}")
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ..scene.texts import open_text

        done = self.execute(context)
        open_text(context, bpy.data.texts["FaceShot Report"])
        return done


class FACESHOT_OT_dismiss_report(bpy.types.Operator):
    """Take the failure off the panel"""

    bl_idname = "faceshot.dismiss_report"
    bl_label = "Dismiss"
    bl_options = {"INTERNAL"}  # changes nothing in the file: no UNDO

    def execute(self, context: bpy.types.Context) -> Any:
        QUEUE.dismiss()
        redraw(context.window_manager)
        return {"FINISHED"}


CLASSES = (
    FACESHOT_OT_fetch_network,
    FACESHOT_OT_fetch_diffusion,
    FACESHOT_OT_check_setup,
    FACESHOT_OT_show_report,
    FACESHOT_OT_dismiss_report,
)
