# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture drawn over a plane in the 3D viewport, as if it lay on it; nothing of it gets into the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .pixels import image_pixels
from .plane import image_of

# The longer side of what is drawn, in pixels.
_LARGEST = 1024
# How much nearer than the plane itself, of the depth that is seen.
_NEARER = 2e-5


def read_frame(path: Path) -> np.ndarray:
    """The frame as (H, W, 3 or 4) 0..1, top row first, as a display shows it, made smaller where it is large.

    Nothing of it stays in the file. Raises RuntimeError where Blender cannot read it.
    """
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
    from gpu_extras.batch import batch_for_shader

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


def draw(plane: Any, texture: Any, batch: Any) -> None:
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
