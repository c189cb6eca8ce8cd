# SPDX-License-Identifier: GPL-3.0-or-later
"""Find Points: the engine looks for the face on a plane's picture; what it finds is kept in one undo step."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..declared import ONCE, plane_name
from ..jobs import QUEUE, Failure
from ..properties import choices_of
from ..readiness import known
from ..shots import shot_scene
from .stepping import Stepping

if TYPE_CHECKING:
    from ...core.character import Character
    from ..job import Stepper
    from ..scene.plane import PlaneImage

CARD = "found.character.json"
CORRECT = "Put right what is wrong with the Face Points tool."


def reason_against_finding() -> str:
    """Why no engine can look for a face now; empty when one can. The network for faces comes with the extension."""
    ready = known()
    if ready is not None and ready.engine != "ready":
        return "The engine is not ready: see Set-Up in the 3D Viewport"
    return ""


class FACESHOT_OT_find_points(Stepping, bpy.types.Operator):
    """Find eyes, brows, nose, mouth and jaw on the plane's picture, and say how sure that is"""

    bl_idname = "faceshot.find_points"
    bl_label = "Find Points"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name(  # type: ignore[valid-type]
        "Image plane with the picture; by default the one chosen for the scene, else the active one"
    )
    places: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Places",
        description="Where places of the face are, in pixels of the picture, such as right_eye=310,420 nose=none",
        options=ONCE,
    )
    matcher: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Matcher",
        description="What looks for the face",
        items=(
            ("auto", "Automatic", "The surest of those that are there"),
            ("detector", "Detector", "The face tracker's networks, for people"),
            ("network", "Network", "Our own landmark network, for drawings and animals too"),
            ("features", "Features", "Faces of a gallery, by what a diffusion model sees in them; takes long"),
        ),
        options=ONCE,
    )
    replace: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Replace", description="Replace points that were placed by hand, too", options=ONCE
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = reason_against_finding()
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ...core.errors import FaceShotError

        try:
            found = self._found(context)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if not self.replace and _by_hand(found):
            self.replace = True  # `execute` is called when the user agrees
            return context.window_manager.invoke_confirm(
                self,
                event,
                title="Replace the Points?",
                message="They were placed by hand. Undo brings them back.",
                confirm_text="Replace",
            )
        return self.go_on_with_timer(context)

    def plan(self, context: bpy.types.Context) -> Stepper:
        from ...core.errors import ErrorCode, FaceShotError
        from ..again import ticket_of
        from ..host import shared_engine
        from ..job import Job
        from ..scene.cards import picture_hash
        from ..scene.paths import session_folder
        from ..scene.plane import picture_of

        found = self._found(context)
        if not self.replace and _by_hand(found):
            raise FaceShotError(
                ErrorCode.USAGE,
                f"The points of {found.plane.name!r} were placed by hand.",
                hint="Replace them with replace=True, or leave them.",
            )
        session_folder().mkdir(parents=True, exist_ok=True)
        self._folder = Path(tempfile.mkdtemp(prefix="points-", dir=session_folder()))
        try:
            picture = picture_of(found, self._folder)
        except BaseException:
            self._tidy()
            raise
        self._scene = ticket_of(shot_scene(context), "scenes")
        self._plane = ticket_of(found.plane, "objects")
        self._seen = (picture_hash(found.image), tuple(found.image.size))
        self._before = _text(found)
        self.job_title = f"{found.plane.name}: face points"
        arguments: dict[str, Any] = {"picture": str(picture), "output": str(self._folder / CARD), "guess": True}
        if self.matcher != "auto":
            arguments["matcher"] = self.matcher
        if self.places:
            arguments["anchor"] = self.places.replace(";", " ").split()
        return Job("match", arguments, shared_engine, keep_engine=True)

    def finish(self, context: bpy.types.Context, job: Stepper) -> None:
        from ...core.character import Character
        from ..scene.points import keep_points

        assert job.result is not None
        scene, found = self._again()
        character = Character.load(Path(job.result["character"]))
        keep_points(scene, found.plane, character)
        name, why = found.plane.name, str(job.result["why"])
        sureness = f"confidence {100 * float(job.result['confidence']):.0f} %"
        for warning in job.status.warnings:
            self.report({"WARNING"}, warning)
        if job.result["sure"] or self.places:  # the user has said where it is
            self.report({"INFO"}, f"{name}: {why} ({sureness})")
            return
        self.report({"WARNING"}, f"{name}: not sure ({sureness}). {why} {CORRECT}")
        if self._in_window:
            QUEUE.failure = Failure(self.job_title, why, f"{CORRECT} Then animate.", "", edit=name)
            open_tool(name)

    def execute(self, context: bpy.types.Context) -> Any:
        try:
            return super().execute(context)
        finally:
            if not self._in_window:
                self._tidy()

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        state = super().modal(context, event)
        if state != {"PASS_THROUGH"}:
            self._tidy()
        return state

    @property
    def _in_window(self) -> bool:
        """Whether it goes on with a timer."""
        return getattr(self, "_entry", None) is not None

    def _found(self, context: bpy.types.Context) -> PlaneImage:
        """The plane and its picture. Raises FaceShotError."""
        from ...core.errors import ErrorCode, FaceShotError
        from ..scene.plane import check_picture, find_plane

        scene = shot_scene(context)
        chosen, active = choices_of(scene).plane, context.view_layer.objects.active
        plane = self.plane or next((each.name for each in (chosen, active) if each is not None), "")
        if not plane:
            raise FaceShotError(ErrorCode.USAGE, "No plane is chosen.", hint="Choose the plane with the picture.")
        found = find_plane(scene, plane)
        check_picture(found)
        return found

    def _again(self) -> tuple[bpy.types.Scene, PlaneImage]:
        """Scene and plane as they are by now. Raises INPUT_MISSING where they are not what was looked at."""
        from ...core.errors import ErrorCode, FaceShotError
        from ..again import find_again
        from ..scene.cards import picture_hash
        from ..scene.plane import find_plane

        scene = find_again(self._scene, bpy.data.scenes)
        plane = find_again(self._plane, scene.objects) if scene is not None else None
        if scene is None or plane is None:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING, f"The plane {self._plane.name!r} is gone.", hint="Bring it back with Undo."
            )
        found = find_plane(scene, plane.name)
        if (picture_hash(found.image), tuple(found.image.size)) != self._seen:
            why = f"The plane {plane.name!r} shows another picture by now."
        elif _text(found) != self._before and _by_hand(found):
            why = f"The points of {plane.name!r} were placed by hand meanwhile; they are kept."
        else:
            return scene, found
        raise FaceShotError(ErrorCode.INPUT_MISSING, why, hint="Press Find Points again to look once more.")

    def _tidy(self) -> None:
        folder = getattr(self, "_folder", None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def open_tool(plane: str) -> None:
    """Show the plane's points in the tool that moves them."""
    operators: Any = bpy.ops
    if operators.faceshot.edit_points.poll():
        operators.faceshot.edit_points("EXEC_DEFAULT", plane=plane)


def _character(found: PlaneImage) -> Character | None:
    from ..scene.points import character_of

    return character_of(found.plane)


def _by_hand(found: PlaneImage) -> bool:
    """Whether a point of it was placed by hand."""
    character = _character(found)
    return character is not None and "hand" in character.placed


def _text(found: PlaneImage) -> str:
    from ..scene.notes import CARD as NOTE
    from ..scene.notes import note_of

    return str(note_of(found.plane, NOTE) or "")


CLASSES = (FACESHOT_OT_find_points,)
