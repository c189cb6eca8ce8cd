# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture drawn over a plane in the 3D viewport, as if it lay on it; nothing of it gets into the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...core.errors import FaceShotError
from .pixels import image_pixels
from .plane import image_of
from .points import triangles_of

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


def texture_of(pixels: np.ndarray, context: Any) -> Any:
    """A texture of a frame; what is see-through gets the viewport's ground, which hides the still picture there."""
    colour = pixels[..., :3]
    if pixels.shape[-1] == 4:
        ground = context.preferences.themes[0].view_3d.space.gradients.high_gradient
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
    if found is None:
        return None
    try:
        pixels, corners = triangles_of(found, context.evaluated_depsgraph_get())
    except FaceShotError:
        return None
    width, height = found.image.size
    across, down = pixels.reshape(-1, 2).T
    values: Any = {
        "pos": corners.reshape(-1, 3).astype(np.float32),
        "texCoord": np.stack([across / width, 1 - down / height], axis=1).astype(np.float32),
    }
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
