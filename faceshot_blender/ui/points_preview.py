# SPDX-License-Identifier: GPL-3.0-or-later
"""A small moving face in the viewport's corner while points are being placed: what they are worth, at once.

It stands beside the picture, not on it: the picture must be seen as it is while points are laid on it. The pose shows
the part that is being placed, eyes shut for eyes, an open mouth for lips. Nothing runs while no point moves.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import bpy

from .. import points_state
from ..glimpses import DEFAULT_POSE, POSE_OF_PART, Glimpses, Wish, part_that_moved
from ..jobs import QUEUE
from ..redrawing import redraw_viewports

if TYPE_CHECKING:
    from pathlib import Path

    from ...core.character import Character

TICK = 0.04  # s between two looks at what the engine says, while something is to come
SIDE, MARGIN = 220, 16  # px at a resolution scale of 1
_POSES = (
    ("AUTO", "Automatic", "A face that shows the part that is being placed"),
    ("rest", "At Rest", "The picture's own face"),
    ("blink", "Blink", "Both eyes shut"),
    ("open", "Open Mouth", "The jaw down"),
    ("smile", "Smile", "The corners of the mouth up"),
    ("pucker", "Pucker", "The lips as for a kiss"),
    ("surprise", "Surprise", "Brows up, eyes wide, the mouth open"),
    ("angry", "Angry", "Brows down, the nose wrinkled"),
    ("look", "Look Aside", "The eyes to the face's left"),
)
_LABELS = {name: label for name, label, _ in _POSES}

log = logging.getLogger(__name__)


def _switched(settings: Any, context: Any) -> None:
    """Another pose: the same face again; none any more: nothing is left."""
    if not settings.show:
        forget()
    elif _state:
        _state[0].again()


class FACESHOT_PG_look(bpy.types.PropertyGroup):
    """How the live look is shown; of this Blender, not of the file."""

    show: bpy.props.BoolProperty(  # type: ignore[valid-type]
        name="Live Look", description="Show the face move in a corner while its points are placed", default=True,
        update=_switched,
    )  # fmt: skip
    pose: bpy.props.EnumProperty(  # type: ignore[valid-type]
        name="Pose", description="What the face does in the live look", items=_POSES, update=_switched
    )


class _Look:
    """What is shown for one plane. picture: its file."""

    def __init__(self, plane: Any, picture: Any) -> None:
        from ..host import shared_engine
        from ..scene.paths import session_folder

        self.plane_uid, self.picture = plane.session_uid, picture
        self.glimpses = Glimpses(shared_engine, session_folder())
        self.character: Character | None = None
        self.part = ""
        self.handler: Any = None
        self.drawn: tuple[Any, float] | None = None  # texture, height per width

    def show(self, character: Character) -> None:
        self.part = part_that_moved(self.character, character) or self.part
        self.character = character
        self.again()

    def again(self) -> None:
        pose = settings().pose
        if pose == "AUTO":
            pose = POSE_OF_PART.get(self.part, DEFAULT_POSE)
        if self.character is not None and not QUEUE.entries:  # an engine at work has no time for looks
            self.glimpses.wish(Wish(self.picture, self.character, pose))
            _drive()


_state: list[_Look] = []
_listening: list[Any] = []


def settings() -> Any:
    window_manager: Any = bpy.context.window_manager
    return window_manager.faceshot_look


def points_changed(plane: Any, character: Character) -> None:
    """Show that face soon. Raises nothing: points can be placed without a look as well."""
    if bpy.app.background or not settings().show:
        return
    try:
        if not _state or _state[0].plane_uid != plane.session_uid:
            forget()
            _state.append(_Look(plane, _picture_of(plane)))
        _state[0].show(character)
    except Exception:
        log.exception("the live look cannot be shown")


def forget() -> None:
    """Show nothing any more; no timer, handler or file is left."""
    if bpy.app.timers.is_registered(_step):
        bpy.app.timers.unregister(_step)
    while _state:
        look = _state.pop()
        look.glimpses.close()
        if look.handler is not None:
            bpy.types.SpaceView3D.draw_handler_remove(look.handler, "WINDOW")
        redraw_viewports()


def _picture_of(plane: Any) -> Any:
    from ..scene.paths import session_folder
    from ..scene.plane import image_of, picture_of

    found = image_of(plane)
    if found is None:
        raise LookupError(f"{plane.name} has no picture")
    return picture_of(found, session_folder())


def _drive() -> None:
    if not bpy.app.timers.is_registered(_step):
        bpy.app.timers.register(_step, first_interval=0.0)


def _step() -> float | None:
    """One look at the engine; the timer ends with the last wish."""
    if not _state:
        return None
    look = _state[0]
    try:
        if look.glimpses.step() and (frame := look.glimpses.frame) is not None:
            _take(look, frame)
    except Exception:
        log.exception("the live look cannot be shown")
        return None
    return TICK if look.glimpses.busy else None


def _take(look: _Look, frame: Path) -> None:
    from ..scene import overlay

    pixels = overlay.read_frame(frame)
    look.drawn = (overlay.texture_of(pixels, bpy.context), pixels.shape[0] / pixels.shape[1])
    if look.handler is None:
        look.handler = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")
    redraw_viewports()


def _draw() -> None:
    """Blender calls it for each viewport; nothing is raised, or it would say so at each drawing."""
    look = _state[0] if _state else None
    if look is None or look.drawn is None or not points_state.is_active(bpy.context):
        return
    try:
        target = points_state.target_of(bpy.context)
        if target is None or target.plane.session_uid != look.plane_uid or target.character is None:
            return
        if target.character is not look.character and not points_state.is_dragging():
            look.show(target.character)  # undone, or changed otherwise
        _draw_inset(bpy.context, *look.drawn, _LABELS.get(look.glimpses.pose, ""))
    except Exception:
        log.exception("the live look cannot be drawn")
        look.drawn = None


def _draw_inset(context: Any, texture: Any, aspect: float, label: str) -> None:
    import blf
    import gpu
    from gpu_extras.batch import batch_for_shader

    scale = context.preferences.system.ui_scale
    width = SIDE * scale / max(aspect, 1.0)
    height, gap = width * aspect, MARGIN * scale
    left, bottom = _right_edge(context) - gap - width, gap
    rim = 2 * scale

    def corners(x: float, y: float, w: float, h: float) -> list[tuple[float, float]]:
        return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]

    indices = [(0, 1, 2), (0, 2, 3)]
    plain: Any = gpu.shader.from_builtin("UNIFORM_COLOR")
    around = corners(left - rim, bottom - rim, width + 2 * rim, height + 2 * rim + 18 * scale)
    gpu.state.blend_set("ALPHA")
    plain.uniform_float("color", (0.05, 0.05, 0.05, 0.85))
    batch_for_shader(plain, "TRIS", {"pos": around}, indices=indices).draw(plain)
    gpu.state.blend_set("NONE")
    shader: Any = gpu.shader.from_builtin("IMAGE")
    values: Any = {"pos": corners(left, bottom, width, height), "texCoord": corners(0, 0, 1, 1)}
    shader.uniform_sampler("image", texture)
    batch_for_shader(shader, "TRIS", values, indices=indices).draw(shader)
    blf.size(0, 11 * scale)
    blf.color(0, 0.9, 0.9, 0.9, 1.0)
    blf.position(0, left + 4 * scale, bottom + height + 5 * scale, 0)
    blf.draw(0, label)


def _right_edge(context: Any) -> float:
    """Where the sidebar begins that lies over the viewport, px in its region."""
    region = context.region
    sidebars = [each for each in context.area.regions if each.type == "UI" and each.width > 1]
    return min((each.x - region.x for each in sidebars if each.x > region.x), default=region.width)


def register() -> None:
    _listening.append(points_state.on_change(points_changed))


def unregister() -> None:
    while _listening:
        _listening.pop()()
    forget()


CLASSES = (FACESHOT_PG_look,)
POINTERS = ((bpy.types.WindowManager, "faceshot_look", FACESHOT_PG_look),)
