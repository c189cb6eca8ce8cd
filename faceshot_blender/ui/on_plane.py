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

if TYPE_CHECKING:
    import numpy as np

    from ..jobs import Entry
    from ..take import Take

# Seconds between two frames at least; and how much of the time reading them may take.
PAUSE, SHARE = 0.25, 0.1
# The longer side of what is drawn, in pixels.
_LARGEST = 1024
# How much nearer than the plane itself, of the depth that is seen.
_NEARER = 2e-5

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
        self.pixels: np.ndarray | None = None
        self.handler: Any = None
        self._begun: int | None = None
        self._due = 0.0
        self._drawn: Any = None  # (texture, batch)
        self._name = take.plane.name

    def look(self) -> bool:
        """Read the frame that is to be seen now, if it is another one and it is time; whether something is new."""
        if self.asked is None:
            return False
        now = time.monotonic()
        path = self.coming.newest if self.asked == self._begun else self.coming.at(self.asked)
        if path is None or path == self.path or now < self._due:
            return False
        self.pixels, self.path, self._drawn = read_frame(path), path, None
        self._due = time.monotonic() + max(PAUSE, (time.monotonic() - now) / SHARE)
        return True

    def draw(self) -> None:
        context = bpy.context
        plane = self._plane(context)
        if plane is None:
            return
        assert context.scene is not None
        self.asked = context.scene.frame_current
        if self._begun is None:
            self._begun = self.asked
        if self.pixels is None:
            return
        if self._drawn is None:
            batch = batch_of(plane, context)
            self._drawn = (texture_of(self.pixels, _ground(context)), batch) if batch is not None else ()
        if self._drawn:
            _draw(plane, *self._drawn)

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
            _redraw()
    except Exception:  # a frame that cannot be shown now is no reason to stop the job
        log.exception("the frames that have come cannot be shown")


def forget() -> None:
    """Draw nothing any more."""
    while _shown:
        bpy.types.SpaceView3D.draw_handler_remove(_shown.pop().handler, "WINDOW")
        _redraw()


def read_frame(path: Path) -> np.ndarray:
    """The frame as (H, W, 3 or 4) 0..1, top row first, as a display shows it, made smaller where it is large.

    Nothing of it stays in the file. Raises RuntimeError where Blender cannot read it.
    """
    import numpy as np

    from ..scene.pixels import image_pixels

    image = bpy.data.images.load(str(path))
    try:
        width, height = image.size
        if not (width and height):
            raise RuntimeError(f"Blender cannot read {path}")
        if max(width, height) > _LARGEST:
            part = _LARGEST / max(width, height)
            image.scale(max(1, round(width * part)), max(1, round(height * part)))
        pixels = image_pixels(image)
    finally:
        bpy.data.images.remove(image)
    return pixels.astype(np.float32) / np.iinfo(pixels.dtype).max


def texture_of(pixels: np.ndarray, ground: Any) -> Any:
    """A texture of a frame; what is see-through gets the viewport's ground, which hides the still picture there."""
    import numpy as np

    colour = pixels[..., :3]
    if pixels.shape[-1] == 4:
        colour = colour * pixels[..., 3:] + np.asarray(ground, np.float32) * (1 - pixels[..., 3:])
    height, width = colour.shape[:2]
    whole = np.ones((height, width, 4), np.float32)
    whole[..., :3] = np.flipud(colour)
    gpu = _gpu()
    data = gpu.types.Buffer("FLOAT", whole.size, np.ascontiguousarray(whole).reshape(-1))
    return gpu.types.GPUTexture((width, height), format="SRGB8_A8", data=data)


def batch_of(plane: Any, context: Any) -> Any:
    """The part of the plane that carries the picture, to be drawn; None where the picture lies on it in a way that only
    its material knows."""
    import numpy as np
    from gpu_extras.batch import batch_for_shader

    from ..scene.plane import image_of

    found = image_of(plane)
    node: Any = found.node if found is not None else None
    if found is None or node.inputs["Vector"].is_linked:
        return None
    mesh = plane.evaluated_get(context.evaluated_depsgraph_get()).data
    if not mesh.uv_layers:
        return None
    mesh.calc_loop_triangles()
    triangles = mesh.loop_triangles
    loops, slots = np.empty(3 * len(triangles), np.int32), np.empty(len(triangles), np.int32)
    vertices = np.empty(3 * len(triangles), np.int32)
    triangles.foreach_get("loops", loops)
    triangles.foreach_get("vertices", vertices)
    triangles.foreach_get("material_index", slots)
    places, uvs = np.empty(3 * len(mesh.vertices), np.float32), np.empty(2 * len(mesh.loops), np.float32)
    mesh.vertices.foreach_get("co", places)
    mesh.uv_layers.active.data.foreach_get("uv", uvs)
    kept = np.repeat(slots == found.slot, 3)
    values = {"pos": places.reshape(-1, 3)[vertices[kept]], "texCoord": uvs.reshape(-1, 2)[loops[kept]]}
    return batch_for_shader(_shader(), "TRIS", values)


def _draw(plane: Any, texture: Any, batch: Any) -> None:
    gpu, shader = _gpu(), _shader()
    nearer = gpu.matrix.get_projection_matrix().copy()
    nearer[2] -= _NEARER * nearer[3]
    gpu.state.depth_test_set("LESS_EQUAL")
    with gpu.matrix.push_pop_projection(), gpu.matrix.push_pop():
        gpu.matrix.load_projection_matrix(nearer)
        gpu.matrix.multiply_matrix(plane.matrix_world)
        shader.bind()
        shader.uniform_sampler("image", texture)
        batch.draw(shader)
    gpu.state.depth_test_set("NONE")


def _gpu() -> Any:
    """Imported where it is used: there is nothing to draw without a window."""
    import gpu

    return gpu


def _shader() -> Any:
    return _gpu().shader.from_builtin("IMAGE")


def _ground(context: Any) -> Any:
    return context.preferences.themes[0].view_3d.space.gradients.high_gradient


def _begin(shown: _Shown) -> None:
    shown.handler = bpy.types.SpaceView3D.draw_handler_add(shown.draw, (), "WINDOW", "POST_VIEW")
    _shown.append(shown)


def _redraw() -> None:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
