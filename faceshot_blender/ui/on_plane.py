# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of the running job, drawn over its plane in the 3D viewports as they come.

They are drawn, and put nowhere: the file is as it was until the whole take is put into it, in one step. Files are read
between two drawings, one at a time and at a gentle pace, and only while a viewport shows the plane.
"""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..again import find_again, is_loaded
from ..coming import Coming
from ..redrawing import redraw_viewports

if TYPE_CHECKING:
    from ..jobs import Entry
    from ..take import Take

# Seconds between two frames at least; and how much of the time reading them may take.
PAUSE, SHARE = 0.25, 0.1

log = logging.getLogger(__name__)


class _Shown:
    """What is drawn for one job: the newest frame; once the playhead was moved the one that belongs where it is.

    asked: the scene frame that a viewport has last shown the plane at, None before.
    """

    def __init__(self, entry: Entry, take: Take) -> None:
        self.entry, self.take = entry, take
        self.coming = Coming(take.start)
        self.asked: int | None = None
        self.path: Path | None = None
        self.pixels: Any = None
        self.handler: Any = None
        self._begun: int | None = None
        self._due = 0.0
        self._drawn: Any = None  # (texture, batch); empty where it cannot be drawn
        self._name = take.plane.name

    def look(self) -> bool:
        """Read the frame that is to be seen now, if it is another one and it is time; whether something is new."""
        if self.asked is None or self._drawn == ():
            return False
        from ..scene import overlay

        now = time.monotonic()
        path = self.coming.newest if self.asked == self._begun else self.coming.at(self.asked)
        rendering: Any = bpy.app.is_job_running  # the stubs know no result of it
        if path is None or path == self.path or now < self._due or rendering("RENDER"):
            return False
        self.pixels, self.path, self._drawn = overlay.read_frame(path), path, None
        self._due = time.monotonic() + max(PAUSE, (time.monotonic() - now) / SHARE)
        return True

    def draw(self) -> None:
        """Blender calls it for each viewport; nothing is raised, or it would say so at each drawing."""
        try:
            self._draw(bpy.context)
        except Exception:
            log.exception("the frames that have come cannot be drawn")
            self._drawn = ()

    def _draw(self, context: Any) -> None:
        from ..scene import overlay

        plane = self._plane(context)
        if plane is None:
            return
        self.asked = context.scene.frame_current
        if self._begun is None:
            self._begun = self.asked
        if self.pixels is None:
            return
        if self._drawn is None:
            batch = overlay.batch_of(plane, context)
            self._drawn = (overlay.texture_of(self.pixels, context), batch) if batch is not None else ()
        if self._drawn:
            overlay.draw(plane, *self._drawn)

    def _plane(self, context: Any) -> Any:
        """The plane where this viewport shows it, found again as cheaply as can be; None where it does not."""
        scene, ticket = context.scene, self.take.plane
        if scene is None or not is_loaded(ticket.loads) or scene.session_uid != self.take.scene.uid:
            return None
        plane = scene.objects.get(self._name)
        if plane is None or plane.session_uid != ticket.uid:
            plane = find_again(ticket, scene.objects)
            if plane is None:
                return None
            self._name = plane.name
        return plane if plane.visible_get(view_layer=context.view_layer, viewport=context.space_data) else None


_shown: list[_Shown] = []


def follow(entry: Entry | None) -> None:
    """Have the frames of the job that runs drawn, as far as they have come; with None nothing is drawn any more."""
    if bpy.app.background:
        return
    if _shown and (entry is not _shown[0].entry or entry.job.status.state.ended):
        forget()
    if entry is None or entry.take is None:
        return
    saved = entry.job.status.saved
    if not saved or entry.job.status.state.ended:
        return
    try:
        if not _shown:
            _begin(_Shown(entry, entry.take))
        shown = _shown[0]
        before = shown.coming.count
        shown.coming.take_in(saved)
        if shown.look() or (shown.coming.count and not before):
            redraw_viewports()
    except Exception:  # a frame that cannot be shown now is no reason to stop the job
        log.exception("the frames that have come cannot be shown")


def forget() -> None:
    """Draw nothing any more."""
    while _shown:
        bpy.types.SpaceView3D.draw_handler_remove(_shown.pop().handler, "WINDOW")
        redraw_viewports()


def _begin(shown: _Shown) -> None:
    shown.handler = bpy.types.SpaceView3D.draw_handler_add(shown.draw, (), "WINDOW", "POST_VIEW")
    _shown.append(shown)
