# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character has: parts and irises, one half as the other, its points given up; and its card as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..declared import ONCE, file_path, plane_name
from ..properties import choices_of
from ..scene.notes import card_text
from ..scene.usable import reason_against, reason_against_scene
from ..shots import shot_scene
from .character import is_picture_plane

if TYPE_CHECKING:
    from ...core.character import Character
    from ..scene.plane import PlaneImage

# As the picture shows them: the character's right is on the left.
PARTS = {
    "right_brow": "Right Brow",
    "left_brow": "Left Brow",
    "right_eye": "Right Eye",
    "left_eye": "Left Eye",
    "nose": "Nose",
    "mouth": "Mouth",
    "irises": "Irises",
}
_EDITORS = ("VIEW_3D", "IMAGE_EDITOR", "SEQUENCE_EDITOR")
NO_POINTS = "It has no points yet: press Find Points, Place by Clicking or Edit Points"


def character_plane(context: Any) -> Any:
    """The plane chosen for the scene, else the active object where it may be one; None without."""
    chosen = choices_of(shot_scene(context)).plane
    active = context.view_layer.objects.active
    return chosen or (active if is_picture_plane(active) else None)


def has_part(character: Character, part: str) -> bool:
    return character.iris is not None if part == "irises" else part in character.present


def _reason(context: Any, *, changes: bool = True) -> str:
    """Why the points of the panel's plane cannot be worked on; empty where they can, and for scripts, which name it."""
    if context.area is None or context.area.type not in _EDITORS:
        return ""
    plane = character_plane(context)
    if plane is None:
        return "Choose the plane with the picture"
    reason = (reason_against(plane) or reason_against_scene(shot_scene(context))) if changes else ""
    if reason or not card_text(plane):
        return reason or NO_POINTS
    from ..scene.cards import character_of

    return "" if character_of(plane) is not None else NO_POINTS


class _OnPoints:
    """Mix-in of an operator that changes a plane's points at once."""

    @classmethod
    def poll(cls: Any, context: bpy.types.Context) -> bool:
        reason = _reason(context)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def change(self, character: Character) -> Character:
        raise NotImplementedError

    def execute(self: Any, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.points import keep_points

        try:
            found, character = points_on(context, self.plane)
            changed = self.change(character)
            if changed is character:
                self.report({"INFO"}, "Nothing to change")
                return {"CANCELLED"}
            keep_points(shot_scene(context), found.plane, changed)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return {"FINISHED"}


def points_on(context: Any, name: str, *, changes: bool = True) -> tuple[PlaneImage, Character]:
    """The plane of that name, by default the character's, and its points on the picture as it is now.

    changes: they are to be changed, which those of a linked plane cannot be. Raises INPUT_MISSING without points,
    INPUT_UNREADABLE for a spoiled card.
    """
    from ...core.errors import ErrorCode, FaceShotError
    from ..scene.cards import card_of, character_of
    from ..scene.plane import find_plane, image_of

    scene = shot_scene(context)
    plane = scene.objects.get(name) if name else character_plane(context)
    if not name and plane is None:
        raise FaceShotError(ErrorCode.INPUT_MISSING, "No plane is chosen.", hint="Choose the plane with the picture.")
    found = image_of(plane) if plane is not None and not changes else None
    if found is None:
        found = find_plane(scene, name or plane.name)
    character = character_of(found.plane, found) if card_of(found.plane) is not None else None
    if character is None:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"The plane {found.plane.name!r} has no points yet.",
            hint="Have them found, place them by clicking, or load a card.",
        )
    return found, character


class FACESHOT_OT_toggle_part(_OnPoints, bpy.types.Operator):
    """Say whether the character has this part"""

    bl_idname = "faceshot.toggle_part"
    bl_label = "Toggle Part of the Face"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name("Plane of the character; by default the one chosen for the scene")  # type: ignore[valid-type]
    part: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Part",
        description="What the character has or has not; right and left are its own",
        items=[(part, title, "") for part, title in PARTS.items()],
        options=ONCE,
    )
    action: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Action",
        description="What becomes of the part",
        items=(
            ("TOGGLE", "Toggle", "Take it out where it is there, else add it"),
            ("ADD", "Add", "The character has it"),
            ("REMOVE", "Remove", "The character has none; its points are kept for when it is added again"),
        ),
        options=ONCE,
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        title = PARTS[properties.part].lower()
        if properties.part == "irises":
            return "Whether the character has irises that look about"
        return f"Whether the character has a {title}. What it has not is neither moved nor drawn"

    def change(self, character: Character) -> Character:
        from ...core.placing import edit

        there = has_part(character, self.part)
        wanted = not there if self.action == "TOGGLE" else self.action == "ADD"
        if wanted == there:
            return character
        if self.part == "irises":
            return edit.with_irises(character) if wanted else edit.without_irises(character)
        return edit.with_part(character, self.part) if wanted else edit.without_part(character, self.part)


class FACESHOT_OT_mirror_points(_OnPoints, bpy.types.Operator):
    """Copy one half of the face over to the other, mirrored at the middle of the face"""

    bl_idname = "faceshot.mirror_points"
    bl_label = "Mirror Face Points"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name("Plane of the character; by default the one chosen for the scene")  # type: ignore[valid-type]
    side: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Side",
        description="Which half is copied over",
        items=(
            ("RIGHT", "Right", "The character's right half, which an upright picture shows on the left"),
            ("LEFT", "Left", "The character's left half, which an upright picture shows on the right"),
        ),
        options=ONCE,
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: Any) -> str:
        shown = "left" if properties.side == "RIGHT" else "right"
        side = properties.side.lower()
        return f"Copy the character's {side} half (on the {shown} of an upright picture) over to the other, mirrored"

    def change(self, character: Character) -> Character:
        from ...core.placing.edit import mirrored_side

        return mirrored_side(character, self.side.lower())


class FACESHOT_OT_forget_points(bpy.types.Operator):
    """Take the points off the plane; a card beside the picture stays"""

    bl_idname = "faceshot.forget_points"
    bl_label = "Forget Points"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name("Plane of the character; by default the one chosen for the scene")  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        plane = character_plane(context) if context.area is not None and context.area.type in _EDITORS else None
        reason = "" if plane is None or card_text(plane) else "It has no points"
        if plane is not None:
            reason = reason_against(plane) or reason
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.cards import drop_card
        from ..scene.plane import find_plane

        scene, plane = shot_scene(context), character_plane(context)
        try:
            found = find_plane(scene, self.plane or (plane.name if plane is not None else ""))
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if not card_text(found.plane):
            self.report({"INFO"}, f"{found.plane.name} has no points")
            return {"CANCELLED"}
        drop_card(scene, found.plane)
        return {"FINISHED"}


class FACESHOT_OT_save_card(bpy.types.Operator):
    """Save the points as a .character.json beside the picture: for other files, other programs, the command line"""

    bl_idname = "faceshot.save_card"
    bl_label = "Save Card"
    bl_options = {"REGISTER"}

    plane: plane_name("Plane of the character; by default the one chosen for the scene")  # type: ignore[valid-type]
    filepath: file_path(  # type: ignore[valid-type]
        "Card", "File to write; by default beside the picture, by its name", options=ONCE
    )
    filter_glob: bpy.props.StringProperty(default="*.character.json", options={"HIDDEN"})  # type: ignore[valid-type]
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})  # type: ignore[valid-type]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        reason = _reason(context, changes=False)
        if reason:
            cls.poll_message_set(reason)
        return not reason

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        """Beside the picture at once; where that cannot be, the user is told why and asked for another place."""
        from ...core.errors import ErrorCode, FaceShotError
        from ..scene.card_files import free_name, place_beside

        self.filepath = ""
        try:
            return self._save(context)
        except FaceShotError as error:
            if error.code is not ErrorCode.OUTPUT_UNWRITABLE:
                self.report({"ERROR"}, str(error))
                return {"CANCELLED"}
            self.report({"WARNING"}, str(error))
        found, _ = points_on(context, self.plane, changes=False)
        self.filepath = str(free_name(place_beside(found)))
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError

        try:
            return self._save(context)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Nothing beside the list of files: the plane is known."""

    def _save(self, context: Any) -> Any:
        from ..scene.card_files import save_card
        from ..scene.paths import absolute

        found, _ = points_on(context, self.plane, changes=False)
        path, warnings = save_card(found, absolute(self.filepath) if self.filepath else None)
        for warning in warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"Saved {Path(path)}")
        return {"FINISHED"}


CLASSES = (
    FACESHOT_OT_toggle_part,
    FACESHOT_OT_mirror_points,
    FACESHOT_OT_forget_points,
    FACESHOT_OT_save_card,
)
