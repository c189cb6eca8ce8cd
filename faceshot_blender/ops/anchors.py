# SPDX-License-Identifier: GPL-3.0-or-later
"""Place by Clicking: a whole face from a few clicks on its picture, asked for one after the other."""

from __future__ import annotations

import dataclasses
import logging
import math
from typing import Any

import bpy

from .. import points_state
from ..declared import ONCE, plane_name
from ..readiness import known
from ..redrawing import redraw_viewports
from .points import interface_scale, view_of
from .points_choosing import in_viewport, likely_plane, take_tool

_DRAG = 6  # px at a scale of 1 before a press becomes a drag
_LOOKING = (
    "MIDDLEMOUSE",
    "WHEEL",
    "TRACKPAD",
    "MOUSEROTATE",
    "MOUSESMARTZOOM",
    "NDOF",
    "NUMPAD",
    "HOME",
    "TIMER",
    "WINDOW",
)
_DONE = ("RET", "NUMPAD_ENTER")
_KEYS = (
    ("MOUSE_LMB", "Place"),
    ("MOUSE_LMB_DRAG", "Place and Size an Eye"),
    ("EVENT_SPACEKEY", "It Has None"),
    ("EVENT_BACKSPACE", "One Back"),
    ("EVENT_RETURN", "Done"),
    ("EVENT_ESC", "Cancel"),
)

log = logging.getLogger(__name__)


class FACESHOT_OT_place_anchors(bpy.types.Operator):
    """Place the face by up to seven clicks: eyes, nose, mouth, chin, brow. The rest is filled in"""

    bl_idname = "faceshot.place_anchors"
    bl_label = "Place by Clicking"
    bl_options = {"REGISTER", "UNDO"}

    plane: plane_name("Plane with the picture; by default the character's, else the active one")  # type: ignore[valid-type]
    places: bpy.props.StringProperty(  # type: ignore[valid-type]
        name="Places",
        description="Pixels of the picture, such as right_eye=310,420 left_eye=450,420 nose=none (it has none)",
        options=ONCE,
    )

    closer: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Look Closer",
        description="After the last click the engine looks how the parts are drawn there",
        default=True,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene is None or not likely_plane(context):
            cls.poll_message_set("Click on the plane with the picture first")
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Go to Object Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> Any:
        from ...core.errors import FaceShotError
        from ...core.placing.anchors import read_anchors
        from ...core.verbs.options import named_place
        from ..scene.points import character_of, keep_points

        try:
            found = self._found(context)
            answers = dict(named_place(word) for word in self.places.replace(";", " ").split())
            given = {name: place for name, place in answers.items() if place is not None}
            lacking = [name for name, place in answers.items() if place is None]
            reading = read_anchors(given, tuple(found.image.size), skipped=lacking)
            character = reading.character
            before = _kept(character_of, found.plane)
            if before is not None:
                character = dataclasses.replace(character, limits=before.limits)
            keep_points(context.scene, found.plane, character)  # type: ignore[arg-type]
        except (FaceShotError, ValueError) as error:
            self.report({"ERROR"}, f"Places: {error}" if isinstance(error, ValueError) else str(error))
            return {"CANCELLED"}
        if reading.swapped:
            self.report({"WARNING"}, f"{reading.words}.")
        else:
            self.report({"INFO"}, "The face is placed: drag what is not right yet")
        return {"FINISHED"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        from ...core.errors import FaceShotError
        from ...core.placing.asking import Asking
        from ..scene.viewing import face

        if self.places:
            return self.execute(context)
        if any(running.bl_idname == "FACESHOT_OT_place_anchors" for running in context.window.modal_operators):
            self.report({"WARNING"}, "A face is being placed already: click on its picture, or press Esc there")
            return {"CANCELLED"}
        try:
            found = self._found(context)
            self.plane = found.plane.name
            if context.area is None or context.area.type != "VIEW_3D":
                return self._invoke_in_viewport(context)
            self._asking = Asking((int(found.image.size[0]), int(found.image.size[1])))
            self._had_tool = points_state.is_active(context)
            for other in context.view_layer.objects:
                other.select_set(other == found.plane)
            context.view_layer.objects.active = found.plane
            face(context.area, found.plane)
            with in_viewport(context):
                view_of(bpy.context, found)  # raises where it cannot be told where the picture is
                if self._had_tool:  # it would show the points there were
                    bpy.ops.wm.tool_set_by_id(name="builtin.select_box", space_type="VIEW_3D")
        except FaceShotError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self._pressed: Any = None  # (region px, picture px) of the button that is held
        self._edge: Any = None
        self._now: Any = None
        self._shown: Any = None  # the character that is seen
        self._why = ""
        self._area = context.area.as_pointer()
        self._handler = bpy.types.SpaceView3D.draw_handler_add(self._draw, (), "WINDOW", "POST_PIXEL")
        context.window_manager.modal_handler_add(self)
        context.workspace.status_text_set(_draw_keys)
        self._refresh(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> Any:
        try:
            return self._answer(context, event)
        except ReferenceError:  # what the file held is gone
            return self._end(context, {"CANCELLED"})
        except Exception:
            self._end(context, {"CANCELLED"})
            raise

    def cancel(self, context: bpy.types.Context) -> None:
        self._end(context, {"CANCELLED"})

    def _answer(self, context: Any, event: Any) -> Any:
        region = _region(context.area)
        if region is None or context.scene.objects.get(self.plane) is None:
            return self._end(context, {"CANCELLED"})
        if event.type == "ESC" and event.value == "PRESS":
            return self._end(context, {"CANCELLED"})
        inside = _is_inside(context.area, region, event) or self._pressed is not None
        if event.type == "MOUSEMOVE":
            self._point_at(context, region, event, inside=inside)
            return {"RUNNING_MODAL"} if self._pressed is not None else {"PASS_THROUGH"}
        if not inside or (event.type.startswith(_LOOKING) and event.type not in _DONE):
            return {"PASS_THROUGH"}
        if event.type == "LEFTMOUSE":
            self._click(context, region, event)
        elif event.value == "PRESS":
            if event.type == "RIGHTMOUSE":
                return self._end(context, {"CANCELLED"})
            if event.type in _DONE:
                return self._finish(context)
            if event.type == "SPACE" and self._asking.current is not None:
                self._asking, self._why = self._asking.skipped(), ""
            elif event.type == "BACK_SPACE" or (event.type == "Z" and event.ctrl):
                self._asking, self._why = self._asking.back(), ""
            else:
                return {"RUNNING_MODAL"}
        else:
            return {"RUNNING_MODAL"}
        if self._asking.current is None and self._pressed is None:
            return self._finish(context)
        self._refresh(context)
        return {"RUNNING_MODAL"}

    def _click(self, context: Any, region: Any, event: Any) -> None:
        at = (event.mouse_x - region.x, event.mouse_y - region.y)
        pixel = self._pixel(context, region, *at)
        if event.value == "PRESS":
            self._pressed, self._edge, self._why = (None if pixel is None else (at, pixel)), None, ""
            self._now = pixel
        elif event.value == "RELEASE" and self._pressed is not None:
            (_, place), self._pressed = self._pressed, None
            if not self._asking.has_size and pixel is not None:
                place = pixel  # it followed the pointer
            self._why = self._asking.why_not(place)
            if not self._why:
                self._asking = self._asking.with_place(place, self._edge)
            self._edge = None

    def _point_at(self, context: Any, region: Any, event: Any, *, inside: bool) -> None:
        at = (event.mouse_x - region.x, event.mouse_y - region.y)
        self._now = self._pixel(context, region, *at) if inside else None
        if self._pressed is not None and self._asking.has_size and self._now is not None:
            far = math.dist(at, self._pressed[0]) >= _DRAG * interface_scale()
            self._edge = self._now if far or self._edge is not None else None
        self._refresh(context)

    def _finish(self, context: Any) -> Any:
        """Keep what was placed, and take the tool to put right what is not right yet."""
        from ...core.errors import FaceShotError

        try:
            self._asking.reading()
        except FaceShotError as error:
            self._why = f"{error.message.rstrip('.')}: {self._asking.words}"
            self._refresh(context)
            return {"RUNNING_MODAL"}
        self.places = self._asking.as_text()
        self._end(context, {"FINISHED"})
        outcome = self.execute(context)
        if outcome == {"FINISHED"}:
            take_tool(context, context.scene.objects[self.plane], look=False)
            self._look_closer()
        return outcome

    def _look_closer(self) -> None:
        """Have the engine see how the parts are drawn there, if it is ready: clicks do not tell how tall an eye is."""
        ready = known()
        operators: Any = bpy.ops
        if not self.closer or ready is None or ready.engine != "ready":
            return
        try:
            operators.faceshot.find_points("INVOKE_DEFAULT", plane=self.plane, places=self.places, replace=True)
        except RuntimeError as error:  # the face that was clicked is there all the same
            self.report({"WARNING"}, str(error).removeprefix("Error: ").strip())

    def _end(self, context: Any, outcome: set[str]) -> set[str]:
        if self._handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
            self._handler = None
        if context.area is not None:
            context.area.header_text_set(None)
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        if outcome == {"CANCELLED"} and self._had_tool and context.area is not None:
            with in_viewport(context):
                bpy.ops.wm.tool_set_by_id(name=points_state.TOOL, space_type="VIEW_3D")
        redraw_viewports()
        return outcome

    def _refresh(self, context: Any) -> None:
        """The face as it would be, were the place under the pointer clicked."""
        asking = self._asking
        middle = self._pressed[1] if self._pressed is not None and asking.has_size else self._now
        self._shown = asking.preview(middle, self._edge)
        context.area.header_text_set(f"Place by Clicking  {self._why or self._asking.words}")
        context.area.tag_redraw()

    def _draw(self) -> None:
        """Blender calls it for each viewport; what it raised would be said at each drawing."""
        try:
            context: Any = bpy.context
            if context.area is None or context.area.as_pointer() != self._area:
                return
            from ..ui.anchors_drawing import draw_placing

            place = self._pressed[1] if self._pressed is not None and self._asking.has_size else None
            placed = [*self._asking.anchors.values(), *([place] if place is not None else [])]
            words = self._asking.words
            draw_placing(
                view_of(context, self._found(context)),
                room=_room(context.area, context.region),
                perspective=context.region_data.perspective_matrix,
                region=context.region.as_pointer(),
                scale=interface_scale(),
                character=self._shown,
                placed=placed,
                now=self._now,
                words=self._why or f"{words}  ·  Space: it has none",
            )
        except Exception:
            if self._handler is not None:
                log.exception("what was clicked cannot be drawn")
                bpy.types.SpaceView3D.draw_handler_remove(self._handler, "WINDOW")
                self._handler = None

    def _pixel(self, context: Any, region: Any, x: float, y: float) -> Any:
        """(x, y) px of the picture under px of the region, None where it shows none."""
        from ...core.errors import FaceShotError

        try:
            with context.temp_override(area=context.area, region=region):
                pixel = view_of(bpy.context, self._found(context)).pixel(x, y)
        except FaceShotError:
            return None
        return None if pixel is None else (float(pixel[0]), float(pixel[1]))

    def _found(self, context: Any) -> Any:
        """Raises INPUT_MISSING or INPUT_UNREADABLE."""
        from ..scene.plane import check_picture, find_plane

        found = find_plane(context.scene, self.plane or likely_plane(context))
        check_picture(found)
        return found

    def _invoke_in_viewport(self, context: Any) -> Any:
        """From another editor: it begins anew in the largest viewport of the window."""
        with in_viewport(context):
            if bpy.context.area is None or bpy.context.area.type != "VIEW_3D":
                self.report({"ERROR"}, "Open a 3D viewport: the face is placed there")
                return {"CANCELLED"}
            operators: Any = bpy.ops
            operators.faceshot.place_anchors("INVOKE_DEFAULT", plane=self.plane)
        return {"CANCELLED"}


def _kept(character_of: Any, plane: Any) -> Any:
    """The character before; None where there is none, or it was spoiled."""
    from ...core.errors import FaceShotError

    try:
        return character_of(plane)
    except FaceShotError:
        return None


def _region(area: Any) -> Any:
    if area is None or area.type != "VIEW_3D":
        return None
    return next(region for region in area.regions if region.type == "WINDOW")


def _room(area: Any, region: Any) -> tuple[int, int]:
    """The region's size up to the sidebar that lies over it."""
    overlap = bpy.context.preferences.system.use_region_overlap
    sidebar = next((one.width for one in area.regions if one.type == "UI"), 0) if overlap else 0
    return max(region.width - sidebar, 1), region.height


def _is_inside(area: Any, region: Any, event: Any) -> bool:
    """Whether the pointer is over the viewport itself, not over a panel or header that lies on it."""

    def over(one: Any) -> bool:
        across, up = event.mouse_x - one.x, event.mouse_y - one.y
        return one.width > 1 and one.height > 1 and 0 <= across < one.width and 0 <= up < one.height

    return over(region) and not any(over(one) for one in area.regions if one.type not in ("WINDOW", "XR"))


def _draw_keys(header: Any, context: Any) -> None:
    """What keys do, in the status bar."""
    row = header.layout.row(align=True)
    layout: Any = bpy.types.UILayout
    known = layout.bl_rna.functions["label"].parameters["icon"].enum_items
    for icon, words in _KEYS:
        if icon in known:
            row.label(text=words, icon=icon)
        else:
            row.label(text=f"{icon.removeprefix('EVENT_').title()}: {words}")
        row.separator(factor=2.0)


CLASSES = (FACESHOT_OT_place_anchors,)
