# SPDX-License-Identifier: GPL-3.0-or-later
"""Where animators look: an image in the Image Editor as a character, a plane in the viewport brought to life."""

from __future__ import annotations

from typing import Any

import bpy

from ..declared import ONCE, file_path
from ..properties import choices_of
from ..shots import shot_scene
from .plane import choose_plane


def is_picture_plane(plane: Any) -> bool:
    """Whether an object can be a character's plane, as far as a menu can tell."""
    return plane is not None and plane.type == "MESH" and plane.library is None and bool(plane.material_slots)


class FACESHOT_OT_use_image(bpy.types.Operator):
    """Choose the plane that shows this image as the character; where there is none, make one"""

    bl_idname = "faceshot.use_image"
    bl_label = "Use Image as Character"
    bl_options = {"REGISTER", "UNDO"}

    image: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Image", description="Image to use; by default the one in the editor", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if _shown_image(context) is None and context.area is not None and context.area.type == "IMAGE_EDITOR":
            cls.poll_message_set("Open a picture in the Image Editor")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        from ..scene.plane import image_of, plane_showing

        image = bpy.data.images.get(self.image) if self.image else _shown_image(context)
        if image is None:
            self.report({"ERROR"}, f"There is no image {self.image!r}" if self.image else "No image is open here")
            return {"CANCELLED"}
        if image.source not in ("FILE", "GENERATED") or not image.size[0]:
            self.report({"ERROR"}, f"{image.name} is no still picture that can be read; a character is one")
            return {"CANCELLED"}
        scene = shot_scene(context)
        planes = [plane for plane in scene.objects if is_picture_plane(plane)]
        plane = next((plane for plane in planes if (found := image_of(plane)) and found.image == image), None)
        what = "is" if plane is not None else "was made as"
        if plane is None:
            plane = plane_showing(scene, image, name=image.name.rpartition(".")[0] or image.name)
        choose_plane(self, scene, plane)
        self.report({"INFO"}, f"{plane.name} {what} the character's plane")
        return {"FINISHED"}


class FACESHOT_OT_animate_with(bpy.types.Operator):
    """Choose the clip of an actor, and bring the active plane to life with it"""

    bl_idname = "faceshot.animate_with"
    bl_label = "Animate with FaceShot"
    bl_options = {"REGISTER"}  # Animate makes the undo step

    filepath: file_path(  # type: ignore[valid-type]
        "Clip", "Video of the actor", options=ONCE
    )
    filter_movie: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Movies", description="Show movies in the list", default=True, options={"HIDDEN"}
    )
    filter_folder: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Folders", description="Show folders in the list", default=True, options={"HIDDEN"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not is_picture_plane(context.view_layer.objects.active):
            cls.poll_message_set("The active object is no plane with a picture")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        self.filepath = choices_of(shot_scene(context)).clip
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.plane import find_plane

        scene = shot_scene(context)
        try:
            found = find_plane(scene, context.view_layer.objects.active.name)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        choices = choices_of(scene)
        choices.plane = found.plane
        if choices.clip != self.filepath:
            choices.clip, choices.use_range = self.filepath, False  # the range was another clip's
        operators: Any = bpy.ops
        call = "INVOKE_DEFAULT" if self.options.is_invoke and not bpy.app.background else "EXEC_DEFAULT"
        try:
            operators.faceshot.animate(call, plane=found.plane.name, clip=self.filepath)
        except RuntimeError as error:  # what it has reported
            self.report({"ERROR"}, str(error).removeprefix("Error: ").strip())
            return {"CANCELLED"}
        return {"FINISHED"}


def _shown_image(context: Any) -> Any:
    """The image of the Image Editor in which the pointer is; None elsewhere."""
    space = context.space_data
    return space.image if space is not None and space.type == "IMAGE_EDITOR" else None


CLASSES = (FACESHOT_OT_use_image, FACESHOT_OT_animate_with)
