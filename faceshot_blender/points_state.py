# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Face Points tool holds between two events: what is chosen, what is being dragged. Nothing of it is saved."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..core.character import Character
    from ..core.placing.edit import PartBox
    from .scene.plane import PlaneImage

TOOL = "faceshot.points"
OnChange = Callable[[Any, "Character"], None]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """The plane whose points are edited, and the character as it is to be seen now.

    character: None where the plane has none yet · problem: why it cannot be edited, empty where it can · box: the one
    that is being dragged, along with its points.
    """

    found: PlaneImage
    character: Character | None
    problem: str = ""
    box: PartBox | None = None

    @property
    def plane(self) -> Any:
        return self.found.plane


class _State:
    """plane: session_uid of the plane that `chosen` (point indices) belongs to · dragged: (session_uid, Character,
    PartBox) while points are being dragged · pointed: the part under the pointer, as last seen."""

    def __init__(self) -> None:
        self.plane = 0
        self.chosen: frozenset[int] = frozenset()
        self.dragged: tuple[int, Character, PartBox | None] | None = None
        self.pointed = ""


_state = _State()
_listeners: list[OnChange] = []


def on_change(callback: OnChange) -> Callable[[], None]:
    """Have `callback(plane, character)` called for each change while points are dragged, and with the character as it
    was when a drag is given up. Returns what ends that."""
    _listeners.append(callback)

    def end() -> None:
        if callback in _listeners:
            _listeners.remove(callback)

    return end


def is_active(context: Any) -> bool:
    """Whether the tool is the one in use in the 3D viewports of this workspace."""
    if context.mode != "OBJECT":
        return False
    tool = context.workspace.tools.from_space_view3d_mode("OBJECT", create=False)
    return tool is not None and tool.idname == TOOL


def target_of(context: Any) -> Target | None:
    """What the tool works on: the active object, where it is a plane with a picture that this viewport shows."""
    plane = context.view_layer.objects.active
    if plane is None or plane.type != "MESH" or not plane.material_slots:
        return None
    space = context.space_data
    viewport = space if space is not None and space.type == "VIEW_3D" else None
    return seen(plane) if plane.visible_get(view_layer=context.view_layer, viewport=viewport) else None


def seen(plane: Any) -> Target | None:
    """The plane with its points as they are to be seen now; None where it carries no picture."""
    from .scene.cards import character_of
    from .scene.plane import image_of
    from .scene.usable import reason_against

    found = image_of(plane)
    if found is None:
        return None
    if _state.dragged is not None and _state.dragged[0] == plane.session_uid:
        return Target(found, _state.dragged[1], box=_state.dragged[2])
    return Target(found, character_of(plane, found), reason_against(plane))


def chosen(plane: Any) -> frozenset[int]:
    """The indices of the points chosen on that plane."""
    return _state.chosen if _state.plane == plane.session_uid else frozenset()


def choose(plane: Any, indices: Any) -> None:
    _state.plane, _state.chosen = plane.session_uid, frozenset(int(index) for index in indices)


def drag(plane: Any, character: Character, box: PartBox | None = None) -> None:
    """Show the plane with these points, and the box around those dragged, from now on, until `end_drag`."""
    _state.dragged = (plane.session_uid, character, box)
    _tell(plane, character)


def end_drag() -> None:
    """Show what the plane itself says."""
    _state.dragged = None


def give_up_drag(plane: Any, before: Character) -> None:
    """`end_drag`, and tell who listens that it is as it was before."""
    end_drag()
    _tell(plane, before)


def is_dragging() -> bool:
    return _state.dragged is not None


def point_at(part: str) -> None:
    _state.pointed = part


def pointed() -> str:
    """The part that the pointer was last seen over; empty where it was over none."""
    return _state.pointed


def forget() -> None:
    """As after a start: nothing chosen, nothing dragged, nobody listens."""
    _state.__init__()  # type: ignore[misc]
    _listeners.clear()


def _tell(plane: Any, character: Character) -> None:
    for callback in tuple(_listeners):
        try:
            callback(plane, character)
        except Exception:  # whoever listens is no reason to lose the drag
            log.exception("a change of points could not be passed on")
