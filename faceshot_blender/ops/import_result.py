# SPDX-License-Identifier: GPL-3.0-or-later
"""File > Import > FaceShot Result, and the same by dropping a file into the 3D viewport or the sequencer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from .. import compat
from ..declared import ONCE, file_path, plane_name
from ..properties import choices_of
from ..shots import shot_scene, strip_scene

if TYPE_CHECKING:
    from ..incoming import CardFile, MovementFile
    from ..results import AnimateResult

LABEL = "FaceShot Result (.json/.npz)"


class FACESHOT_OT_import_result(bpy.types.Operator):
    """Put frames, sound or a character that FaceShot has made into the scene"""

    bl_idname = "faceshot.import_result"
    bl_label = "Import FaceShot Result"
    bl_options = {"REGISTER", "UNDO"}

    filepath: file_path(  # type: ignore[valid-type]
        "File", "Folder or record of a result, character card, or landmarks or motion", options=ONCE
    )
    filter_glob: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Filter", description="Files that are shown", default="*.json;*.npz", options={"HIDDEN"}
    )
    plane: plane_name(  # type: ignore[valid-type]
        "Plane that is to show it; by default the active one if it shows the picture, else one that does"
    )
    new_plane: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="New Plane", description="Make a new plane for it", options={"SKIP_SAVE"}
    )
    at: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Start At",
        description="Scene frame of the take's first instant",
        items=(
            ("SCENE", "Scene Start", "The first frame of the scene"),
            ("CURRENT", "Current Frame", "The frame that is shown now"),
        ),
    )

    fit_range: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Fit Scene Range", description="Let the scene last as long as the take where it is shorter"
    )
    # As Blender hands over several files that are dropped at once.
    directory: bpy.props.StringProperty(  # type: ignore[valid-type]
        subtype="DIR_PATH", options=compat.PATH_OPTIONS | {"SKIP_SAVE", "HIDDEN"}
    )
    files: bpy.props.CollectionProperty(  # type: ignore[valid-type]
        type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if self.filepath or self.directory:  # dropped
            return self.execute(context)
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..incoming import CardFile, MovementFile, distinct, look_at

        done = False
        try:
            paths = self._paths()
            if not paths:
                self.report({"ERROR"}, "No file is chosen")
                return {"CANCELLED"}
            # all are looked at first: nothing has changed if one of them is no good
            for found in distinct([look_at(path) for path in paths]):
                if isinstance(found, CardFile):
                    self._take_card(context, found)
                elif isinstance(found, MovementFile):
                    done = self._take_movement(context, found) == {"FINISHED"} or done
                    continue
                else:
                    self._take_result(context, found)
                done = True
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
        return {"FINISHED"} if done else {"CANCELLED"}

    def _paths(self) -> list[Path]:
        from ..scene.paths import absolute

        names = [file.name for file in self.files if file.name]
        if self.directory and (len(names) > 1 or not self.filepath):
            return [absolute(self.directory) / name for name in names] or [absolute(self.directory)]
        return [absolute(self.filepath)] if self.filepath else []

    def _take_result(self, context: bpy.types.Context, result: AnimateResult) -> None:
        from ..scene.receive import receive

        scene = shot_scene(context)
        before = {found.session_uid for found in scene.objects}
        made = receive(
            scene,
            result,
            plane=self.plane,
            active=_active(context),
            new=self.new_plane,
            start=self._current(context),
            fit=self.fit_range,
        )
        plane = scene.objects[made.plane]
        if self.options.is_invoke and not bpy.app.background and plane.session_uid not in before:
            from ..scene.viewing import show_new

            show_new(context, plane)
            if choices_of(scene).plane is None:
                choices_of(scene).plane = plane
        for warning in made.warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{made.plane}: frames {made.start} to {made.end}")

    def _take_card(self, context: bpy.types.Context, card: CardFile) -> None:
        from ..scene.receive import receive_card

        scene = shot_scene(context)
        name, warnings = receive_card(scene, card.path, plane=self.plane, active=_active(context), new=self.new_plane)
        for warning in warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{name} has the character's points")

    def _take_movement(self, context: bpy.types.Context, movement: MovementFile) -> Any:
        """Have the frames made that are not there yet: in the window the operator for it goes on by itself."""
        from ...core.errors import ErrorCode, FaceShotError
        from ..scene.receive import chosen_plane

        chosen = chosen_plane(shot_scene(context), _active(context))
        plane = self.plane or (chosen.plane.name if chosen else "")
        if not plane:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING,
                f"No frames were made from {movement.path.name} yet, and no plane is active that could show them.",
                hint="Make the plane of a character active and import the file again.",
            )
        current = self._current(context)
        start = {} if current is None else {"at": current}
        in_window = self.options.is_invoke and not bpy.app.background
        operators: Any = bpy.ops
        call = "INVOKE_DEFAULT" if in_window else "EXEC_DEFAULT"
        try:
            done = operators.faceshot.render_motion(call, plane=plane, filepath=str(movement.path), **start)
        except RuntimeError as error:  # what it has reported
            self.report({"ERROR"}, str(error).removeprefix("Error: ").strip())
            return {"CANCELLED"}
        # nothing has changed yet while it runs: no undo step of this operator
        return {"FINISHED"} if "FINISHED" in done else {"CANCELLED"}

    def _current(self, context: bpy.types.Context) -> int | None:
        """The frame that is shown now, if that is where the take is to start."""
        return strip_scene(context).frame_current if self.at == "CURRENT" else None


def _active(context: bpy.types.Context) -> bpy.types.Object | None:
    """The active object of the scene's view layer: the sequencer's context has none."""
    shot = shot_scene(context)
    layer = context.view_layer if shot == context.scene else shot.view_layers[0]
    return layer.objects.active if layer is not None else None


class FACESHOT_FH_result(bpy.types.FileHandler):
    """Records, cards and data of FaceShot, dropped into the 3D viewport or the sequencer"""

    bl_idname = "FACESHOT_FH_result"
    bl_label = "FaceShot Result"
    bl_import_operator = "faceshot.import_result"
    bl_file_extensions = ".json;.npz"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type in ("VIEW_3D", "SEQUENCE_EDITOR")


def _draw_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator(FACESHOT_OT_import_result.bl_idname, text=LABEL)


def register() -> None:
    bpy.types.TOPBAR_MT_file_import.append(_draw_menu)


def unregister() -> None:
    bpy.types.TOPBAR_MT_file_import.remove(_draw_menu)


CLASSES = (FACESHOT_OT_import_result, FACESHOT_FH_result)
