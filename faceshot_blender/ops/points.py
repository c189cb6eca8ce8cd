# SPDX-License-Identifier: GPL-3.0-or-later
"""Moving, turning and scaling points of a face: by a drag in the viewport, by keys, by a script. One undo step each."""

from __future__ import annotations

import math
from typing import Any

import bpy

from .. import points_state
from ..declared import ONCE
from ..points_settings import settings
from ..redrawing import redraw_viewports

_NUDGE = 3  # px at a scale of 1 before a press becomes a drag
_FINE = 0.1
_CONFIRM, _CANCEL = ("LEFTMOUSE", "RET", "NUMPAD_ENTER"), ("RIGHTMOUSE", "ESC")
_ACROSS_AND_DOWN = ((1.0, 0.0), (0.0, 1.0))
_VERBS = {"MOVE": "Move", "TURN": "Turn", "SCALE": "Scale"}


def interface_scale() -> float:
    return float(bpy.context.preferences.system.ui_scale) or 1.0  # 0 without a window


def view_of(context: Any, found: Any) -> Any:
    """The picture in the region of the context. Raises INPUT_UNREADABLE where it cannot be told where it is."""
    from ..scene.in_view import PictureInView
    from ..scene.points import PictureOnPlane

    return PictureInView.of(PictureOnPlane.of(found), context.region, context.region_data)


def picker_of(context: Any, target: Any, view: Any) -> Any:
    from ...core.placing.picking import Picker

    tool, chosen = settings(), points_state.chosen(target.plane)
    return Picker(view, target.character, tool.grab, chosen, interface_scale(), tool.irises)


def hit_at(context: Any, target: Any, x: float, y: float) -> Any:
    """What of the face is under px of the region; None where nothing is."""
    from ...core.errors import FaceShotError

    if target is None or target.character is None:
        return None
    try:
        return picker_of(context, target, view_of(context, target.found)).hit(x, y)
    except FaceShotError:
        return None


def chosen_by(hit: Any, target: Any) -> frozenset[int]:
    """The points that stand for what was hit."""
    from ...core.placing.dragging import indices_of

    if hit.kind == "point":
        return frozenset((hit.index,))
    return frozenset(indices_of(hit.part).tolist()) if hit.kind == "curve" else points_state.chosen(target.plane)


class _Changing:
    """Points that are changed. What a drag does is said by the same properties that a script gives."""

    mode = "MOVE"

    plane: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Plane", description="Plane whose points these are; by default the active one", options=ONCE
    )
    what: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="What",
        description="A part (mouth, right_eye, irises, face) or numbers of points with commas",
        options=ONCE,
    )
    offset: bpy.props.FloatVectorProperty(  # type: ignore[valid-type]
        name="Move", description="Pixels of the picture to the right and down", size=2, options=ONCE
    )
    turn: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Turn", description="Angle by which they turn, clockwise", subtype="ANGLE", options=ONCE
    )
    scale: bpy.props.FloatProperty(  # type: ignore[valid-type]
        name="Scale", description="How many times as large they become", default=1.0, options=ONCE
    )
    stretch: bpy.props.FloatVectorProperty(  # type: ignore[valid-type]
        name="Stretch",
        description="How many times as wide and as high they become, as the face stands",
        size=2,
        default=(1.0, 1.0),
        options=ONCE,
    )
    mirror: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Mirror", description="Change the other half of the face along with it", options=ONCE
    )
    handle: bpy.props.IntVectorProperty(  # type: ignore[valid-type]
        size=2, options={"HIDDEN", "SKIP_SAVE"}
    )
    by_press: bpy.props.BoolProperty(options={"HIDDEN", "SKIP_SAVE"})  # type: ignore[valid-type]

    def execute(self, context: Any) -> Any:
        from ...core.errors import FaceShotError
        from ..scene.points import keep_points

        try:
            plane, character = self._subject(context)
            changed = self._changed(character)
            if changed is character:
                return {"CANCELLED"}
            keep_points(context.scene, plane, changed)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ...core.errors import FaceShotError
        from ...core.placing.dragging import indices_of, name_of
        from ...core.placing.picking import box_of

        if not self.plane and points_state.target_of(context) is None:
            return {"PASS_THROUGH"}  # another object: the key means what it means elsewhere
        try:
            plane, character = self._subject(context)
            target = points_state.seen(plane)
            assert target is not None
            if target.problem:
                self.report({"ERROR"}, f"{target.problem}.")  # type: ignore[attr-defined]
                return {"CANCELLED"}
            if not self.what:
                points = points_state.chosen(plane)
                if not points:
                    hit = hit_at(context, target, event.mouse_region_x, event.mouse_region_y)
                    if hit is None:
                        self.report({"WARNING"}, "Choose points first: click on them")  # type: ignore[attr-defined]
                        return {"CANCELLED"}
                    points = chosen_by(hit, target)
                    points_state.choose(plane, points)
                self.what = name_of(points)
            self._box: Any = box_of(character, indices_of(self.what).tolist())
            view = view_of(context, target.found)
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        if self._box is None:
            return {"CANCELLED"}
        self.plane, self.mirror = plane.name, settings().mirror
        self._before, self._view = character, view
        self._at = self._last = (event.mouse_region_x, event.mouse_region_y)
        self._start = view.pixel(*self._at)
        self._axis = ""
        self._going = not self.by_press
        if self._start is None:
            return {"CANCELLED"}
        self._wait(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: bpy.types.Event) -> Any:
        plane = context.scene.objects.get(self.plane)
        if plane is None:
            return self._end(context, {"CANCELLED"})
        if event.type in _CANCEL and event.value == "PRESS":
            points_state.give_up_drag(plane, self._before)
            return self._end(context, {"CANCELLED"})
        value = "RELEASE" if self.by_press else "PRESS"
        if event.type in _CONFIRM and event.value == (value if event.type == "LEFTMOUSE" else "PRESS"):
            return self._end(context, self.execute(context) if self._going else {"CANCELLED"})
        if event.value == "PRESS" and event.type in ("X", "Y", "M"):
            if event.type == "M":
                self.mirror = not self.mirror
                settings().mirror = self.mirror
            else:
                self._axis = "" if self._axis == event.type else event.type
            self._drag(context, plane, event)
        elif event.type in ("MOUSEMOVE", "LEFT_SHIFT", "RIGHT_SHIFT", "LEFT_CTRL", "RIGHT_CTRL"):
            x, y = event.mouse_region_x, event.mouse_region_y
            away = math.hypot(x - self._at[0], y - self._at[1])
            if not self._going and away < _NUDGE * interface_scale():
                return {"RUNNING_MODAL"}
            self._going = True
            self._drag(context, plane, event)
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        self._end(context, {"CANCELLED"})

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout  # type: ignore[attr-defined]
        layout.use_property_split, layout.use_property_decorate = True, False
        layout.prop(self, "what")
        layout.prop(self, "offset")
        layout.prop(self, "turn")
        layout.prop(self, "scale")
        layout.prop(self, "stretch")
        layout.prop(self, "mirror")

    def _subject(self, context: Any) -> tuple[Any, Any]:
        """The plane and its points. Raises INPUT_MISSING in words."""
        from ...core.errors import ErrorCode, FaceShotError
        from ..scene.cards import character_of
        from ..scene.plane import find_plane

        active = context.view_layer.objects.active
        name = self.plane or (active.name if active is not None else "")
        if not name:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING, "No plane is active.", hint="Click on the plane with the picture."
            )
        found = find_plane(context.scene, name)
        plane, character = found.plane, character_of(found.plane, found)
        if character is None:
            raise FaceShotError(
                ErrorCode.INPUT_MISSING, f"The plane {name!r} has no points yet.", hint="Press Edit Points first."
            )
        return plane, character

    def _changed(self, character: Any) -> Any:
        from ...core.placing.dragging import Change, indices_of
        from ...core.placing.edit import transformed
        from ...core.placing.picking import box_of

        indices = indices_of(self.what or "face")
        box = box_of(character, indices.tolist())
        stretch = (self.scale * self.stretch[0], self.scale * self.stretch[1])
        change = Change((self.offset[0], self.offset[1]), self.turn, stretch)
        if box is None or change.is_nothing:
            return character
        return transformed(character, indices, change.matrix(box), mirror=self.mirror)

    def _drag(self, context: Any, plane: Any, event: Any) -> None:
        share = _FINE if event.shift else 1.0
        x, y = event.mouse_region_x, event.mouse_region_y
        self._at = tuple(at + share * (new - last) for at, new, last in zip(self._at, (x, y), self._last, strict=True))
        self._last = (x, y)
        now = self._view.pixel(*self._at)
        if now is None:
            return
        change = self._change(now, stepped=event.ctrl, fine=event.shift)
        self.offset, self.turn, self.stretch = change.offset, change.turn, change.stretch
        points_state.drag(plane, self._changed(self._before), change.box(self._box))
        context.area.header_text_set(self._words())
        redraw_viewports()

    def _change(self, now: Any, *, stepped: bool, fine: bool) -> Any:
        from ...core.placing import dragging

        axes = {"": None, "X": 0, "Y": 1}[self._axis]
        if self.mode == "TURN":
            step = math.radians(1 if fine else 5) if stepped else 0.0
            return dragging.turning(self._box.centre, self._start, now, before=self.turn, step=step)
        if self.mode == "SCALE":
            step = (0.01 if fine else 0.1) if stepped else 0.0
            handle = tuple(self.handle)
            change = dragging.scaling(self._box, self._start, now, handle=handle, step=step)
            if axes is None:
                return change
            kept = [1.0, 1.0]
            kept[axes] = change.stretch[axes]
            return dragging.Change(stretch=(kept[0], kept[1]))
        one = self._view.pixel(self._at[0] + 10 * interface_scale(), self._at[1])
        size = 1.0 if one is None else float(abs(one - now).max())
        step = dragging.nice_step(0.1 * size if fine else size) if stepped else 0.0
        axis = None if axes is None else _ACROSS_AND_DOWN[axes]
        return dragging.moving(self._start, now, axis=axis, step=step)

    def _words(self) -> str:
        """What is being done, how far."""
        from ...core.placing.dragging import words_of

        said = f"{_VERBS[self.mode]} {words_of(self.what)}: "
        if self.mode == "TURN":
            said += f"{math.degrees(self.turn):.1f}°"
        elif self.mode == "SCALE":
            across, up = self.stretch
            said += f"{across:.3f}" if abs(across - up) < 1e-6 else f"{across:.3f} × {up:.3f}"
        else:
            across, down = self.offset
            said += f"{math.hypot(across, down):.1f} px  (D {across:.1f}, {down:.1f})"
        if self._axis:
            said += f"  along {self._axis}"
        return said + ("  mirrored" if self.mirror else "")

    def _wait(self, context: Any) -> None:
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(_draw_keys)
        if self._going:
            context.area.header_text_set(self._words())

    def _end(self, context: Any, outcome: set[str]) -> set[str]:
        points_state.end_drag()
        if context.area is not None:
            context.area.header_text_set(None)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        redraw_viewports()
        return outcome


def _draw_keys(header: Any, context: Any) -> None:
    """What keys do while points are dragged, in the status bar."""
    row = header.layout.row(align=True)
    for icon, words in (
        ("MOUSE_LMB", "Confirm"),
        ("MOUSE_RMB", "Cancel"),
        ("EVENT_X", ""),
        ("EVENT_Y", "Along One Axis"),
        ("EVENT_M", "Mirror"),
        ("EVENT_SHIFT", "Fine"),
        ("EVENT_CTRL", "In Steps"),
    ):
        row.label(text=words, icon=icon)
        if words:
            row.separator(factor=2.0)


class FACESHOT_OT_move_points(_Changing, bpy.types.Operator):
    """Move the chosen points of the face on its picture"""

    bl_idname = "faceshot.move_points"
    bl_label = "Move Face Points"
    bl_options = {"REGISTER", "UNDO", "BLOCKING"}


class FACESHOT_OT_turn_points(_Changing, bpy.types.Operator):
    """Turn the chosen points of the face around their middle"""

    bl_idname = "faceshot.turn_points"
    bl_label = "Turn Face Points"
    bl_options = {"REGISTER", "UNDO", "BLOCKING"}
    mode = "TURN"


class FACESHOT_OT_scale_points(_Changing, bpy.types.Operator):
    """Scale the chosen points of the face about their middle"""

    bl_idname = "faceshot.scale_points"
    bl_label = "Scale Face Points"
    bl_options = {"REGISTER", "UNDO", "BLOCKING"}
    mode = "SCALE"


CLASSES = (FACESHOT_OT_move_points, FACESHOT_OT_turn_points, FACESHOT_OT_scale_points)
