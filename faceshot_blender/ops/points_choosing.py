# SPDX-License-Identifier: GPL-3.0-or-later
"""Beginning and ending with the Face Points tool, and choosing what its drags and keys are about."""

from __future__ import annotations

from typing import Any

import bpy

from .. import points_state
from ..declared import plane_name
from ..points_settings import settings
from ..properties import choices_of
from ..redrawing import redraw_viewports
from .character import is_picture_plane
from .points import chosen_by, hit_at


class FACESHOT_OT_edit_points(bpy.types.Operator):
    """Grab the points of the face by hand: look at the plane, and take the Face Points tool"""

    bl_idname = "faceshot.edit_points"
    bl_label = "Edit Points"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name("Plane with the picture; by default the character's, else the active one")  # type: ignore[valid-type]

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ...core.placing.guess import plain_face
        from ..scene.cards import adopt_points, card_of, what_changed
        from ..scene.plane import check_picture, find_plane
        from ..scene.points import keep_points

        scene: Any = context.scene
        try:
            found = find_plane(scene, self.plane or likely_plane(context))
            check_picture(found)
            words = adopt_points(scene, found)
            if words:
                self.report({"INFO"}, words)
            if card_of(found.plane) is None:
                keep_points(scene, found.plane, plain_face(tuple(found.image.size)))
            for warning in what_changed(found):
                self.report({"WARNING"}, warning)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        plane: Any = found.plane
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        if plane.name not in context.view_layer.objects:
            self.report({"ERROR"}, f"{plane.name!r} is not in this view layer: switch its collection on")
            return {"CANCELLED"}
        for other in context.view_layer.objects:
            other.select_set(other == plane)
        context.view_layer.objects.active = plane
        if choices_of(scene).plane is None:
            choices_of(scene).plane = plane
        if not plane.visible_get(view_layer=context.view_layer):
            self.report({"WARNING"}, f"{plane.name!r} is hidden: show it to see its points")
        if not bpy.app.background:
            take_tool(context, plane)
        return {"FINISHED"}


class FACESHOT_OT_leave_points(bpy.types.Operator):
    """Put the Face Points tool away, and take the selection tool"""

    bl_idname = "faceshot.leave_points"
    bl_label = "Finish Face Points"
    bl_options = {"REGISTER"}  # changes no data: no UNDO

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.workspace is None or not points_state.is_active(context):
            cls.poll_message_set("The Face Points tool is not in use")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        with in_viewport(context):
            bpy.ops.wm.tool_set_by_id(name="builtin.select_box", space_type="VIEW_3D")
        return {"FINISHED"}


class FACESHOT_OT_grab_points(bpy.types.Operator):
    """Choose what is under the pointer, and drag it"""

    bl_idname = "faceshot.grab_points"
    bl_label = "Grab Face Points"
    bl_options = {"REGISTER"}  # what it starts has the undo step

    extend: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Extend", description="Add to what is chosen, or take away from it", options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        target = points_state.target_of(context)
        hit = hit_at(context, target, event.mouse_region_x, event.mouse_region_y)
        if hit is None or target is None:
            if target is not None and not self.extend and points_state.chosen(target.plane):
                points_state.choose(target.plane, ())
                redraw_viewports()
            return {"PASS_THROUGH"}  # as elsewhere in the viewport: another plane may be clicked on
        if target.problem:
            self.report({"ERROR"}, f"{target.problem}.")
            return {"CANCELLED"}
        if hit.kind in ("point", "curve"):
            here, before = chosen_by(hit, target), points_state.chosen(target.plane)
            if self.extend:
                points_state.choose(target.plane, before - here if here <= before else before | here)
            elif not here <= before:
                points_state.choose(target.plane, here)
            redraw_viewports()
            if self.extend and here <= before:
                return {"FINISHED"}
        operators: Any = bpy.ops
        points = operators.faceshot
        if hit.kind == "turn":
            points.turn_points("INVOKE_DEFAULT", by_press=True)
        elif hit.kind == "handle":
            from ...core.placing.picking import HANDLES

            points.scale_points("INVOKE_DEFAULT", by_press=True, handle=HANDLES[hit.index])
        else:
            points.move_points("INVOKE_DEFAULT", by_press=True)
        return {"FINISHED"}


class FACESHOT_OT_choose_points(bpy.types.Operator):
    """Choose points of the face for moving, turning and scaling"""

    bl_idname = "faceshot.choose_points"
    bl_label = "Choose Face Points"
    bl_options = {"REGISTER"}  # what is chosen is not kept in the file: no UNDO

    what: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="What",
        description="Which points",
        items=(
            ("PART", "Part", "The part under the pointer", 0),
            ("ALL", "All", "The whole face", 1),
            ("NONE", "None", "No points", 2),
        ),
        options={"SKIP_SAVE"},
    )

    def execute(self, context: bpy.types.Context) -> Any:
        return self._choose(context, points_state.pointed())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        target = points_state.target_of(context)
        if target is None:
            return {"PASS_THROUGH"}
        hit = hit_at(context, target, event.mouse_region_x, event.mouse_region_y)
        return self._choose(context, hit.part if hit is not None and hit.part else "")

    def _choose(self, context: Any, part: str) -> Any:
        from ...core.placing.dragging import indices_of

        target = points_state.target_of(context)
        if target is None or target.character is None or (self.what == "PART" and not part):
            return {"CANCELLED"}
        what = {"PART": part, "ALL": "face"}.get(self.what)
        points_state.choose(target.plane, indices_of(what).tolist() if what else ())
        redraw_viewports()
        return {"FINISHED"}


class FACESHOT_OT_points_menu(bpy.types.Operator):
    """Show a menu of what can be done with the points of the face"""

    bl_idname = "faceshot.points_menu"
    bl_label = "Face Points Menu"
    bl_options = {"REGISTER"}

    menu: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Menu", description="Which one", default="FACESHOT_MT_points", options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        if points_state.target_of(context) is None:
            return {"PASS_THROUGH"}  # another object: the key means what it means elsewhere
        bpy.ops.wm.call_menu(name=self.menu)
        return {"FINISHED"}


class FACESHOT_OT_toggle_mirror(bpy.types.Operator):
    """Move the other half of the face along from now on, or no more"""

    bl_idname = "faceshot.toggle_mirror"
    bl_label = "Toggle Mirror"
    bl_options = {"REGISTER"}  # a setting of the tool: no UNDO

    def execute(self, context: bpy.types.Context) -> Any:
        settings().mirror = not settings().mirror
        redraw_viewports()
        return {"FINISHED"}


def likely_plane(context: Any) -> str:
    """The active object where it is a plane with a picture, else the scene's choice; its name."""
    from ..scene.plane import image_of

    active = context.view_layer.objects.active
    if is_picture_plane(active) and image_of(active) is not None:
        return str(active.name)
    chosen = choices_of(context.scene).plane or active
    return str(chosen.name) if chosen is not None else ""


def in_viewport(context: Any) -> Any:
    """An override with the largest 3D viewport of the window, where the context has none itself."""
    area = context.area
    if area is None or area.type != "VIEW_3D":
        areas = [area for area in context.screen.areas if area.type == "VIEW_3D"] if context.screen else []
        if not areas:
            return context.temp_override()
        area = max(areas, key=lambda area: area.width * area.height)
    region = next(region for region in area.regions if region.type == "WINDOW")
    return context.temp_override(area=area, region=region)


def take_tool(context: Any, plane: Any, *, look: bool = True) -> None:
    """The Face Points tool in the viewport; look: turn that to the plane first."""
    from ..scene.viewing import face

    with in_viewport(context):
        if context.area is None or context.area.type != "VIEW_3D":
            return
        if look:
            face(context.area, plane)
        bpy.ops.wm.tool_set_by_id(name=points_state.TOOL, space_type="VIEW_3D")


CLASSES = (
    FACESHOT_OT_edit_points,
    FACESHOT_OT_leave_points,
    FACESHOT_OT_grab_points,
    FACESHOT_OT_choose_points,
    FACESHOT_OT_points_menu,
    FACESHOT_OT_toggle_mirror,
)
