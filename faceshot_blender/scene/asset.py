# SPDX-License-Identifier: GPL-3.0-or-later
"""A character as an asset: its plane, marked, with points and picture that go with it into other files."""

from __future__ import annotations

import uuid
from typing import Any

import bpy
import numpy as np

from ...core.errors import ErrorCode, FaceShotError
from .cards import card_of
from .made import TAG
from .notes import GIVEN, write_note
from .paths import absolute, relative
from .pixels import image_pixels
from .plane import PlaneImage, check_picture

PREVIEW = 256


def mark_character(
    scene: bpy.types.Scene, found: PlaneImage, *, pack: bool = False, catalog: str = ""
) -> tuple[str, ...]:
    """Mark the plane as an asset with the picture as its preview; returns warnings.

    pack: keep the picture inside the blend file · catalog: the id of an asset catalog. Description, author and tags
    are left as they are. What is an asset is the user's: it is no longer removed with FaceShot's data.
    Raises INPUT_MISSING without the character's points, USAGE for a catalog that is no id, INPUT_UNREADABLE.
    """
    check_picture(found)
    if card_of(found.plane) is None:
        raise FaceShotError(
            ErrorCode.INPUT_MISSING,
            f"The plane {found.plane.name!r} has no character's points yet.",
            hint="Have them found, place them by hand, or load its card.",
        )
    identifier = _catalog(catalog)
    image = found.image
    if pack and image.library is None and image.packed_file is None:
        try:
            image.pack()
        except RuntimeError as error:
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE, f"Blender cannot pack {image.name!r}: {error}.", hint="Save it as a file."
            ) from error
    found.plane.asset_mark()
    if identifier:
        found.plane.asset_data.catalog_id = identifier
    _show_in_browser(found.plane, image)
    write_note(scene, found.plane, GIVEN, True)
    materials = [material for material in found.plane.data.materials if material]
    for block in (found.plane, found.plane.data, found.material, *materials, image):
        if block.library is None and block.get(TAG) in ("plane", "picture"):
            del block[TAG]
    return _settle_path(image)


def _settle_path(image: bpy.types.Image) -> tuple[str, ...]:
    """Have the picture found from wherever the blend files lie; warnings where it may not be."""
    if image.library is not None or image.packed_file is not None:
        return ()
    if image.source != "FILE" or image.is_dirty:
        return (f"The picture {image.name!r} is no saved file: pack it, or it does not go with the character.",)
    if not bpy.data.filepath:
        return ("The blend file is not saved yet: save it with relative paths, or pack the picture.",)
    image.filepath = relative(absolute(image.filepath))
    if not image.filepath.startswith("//"):
        return (f"The picture {image.name!r} lies on another drive than the blend file: pack it, or move it.",)
    return ()


def _catalog(text: str) -> str:
    try:
        return str(uuid.UUID(text.strip())) if text.strip() else ""
    except ValueError as error:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"{text!r} is not the id of an asset catalog.",
            hint="Leave it empty and drag the asset into its catalog in the Asset Browser.",
        ) from error


def _show_in_browser(plane: bpy.types.Object, image: bpy.types.Image) -> None:
    preview: Any = plane.preview_ensure()
    preview.image_size = (PREVIEW, PREVIEW)
    pixels = np.flipud(thumbnail(image_pixels(image), PREVIEW))
    preview.image_pixels_float.foreach_set(np.ascontiguousarray(pixels, np.float32).ravel())


def thumbnail(pixels: np.ndarray, size: int) -> np.ndarray:
    """(size, size, 4) float 0..1: `pixels` (H, W, 3 or 4) uint8 or uint16 made to fit, centred on see-through.

    >>> thumbnail(np.full((2, 4, 3), 255, np.uint8), 4)[:, 0, 3].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    values = pixels.astype(np.float64) / np.iinfo(pixels.dtype).max
    if values.shape[2] == 3:
        values = np.concatenate([values, np.ones((*values.shape[:2], 1))], axis=2)
    values[..., :3] *= values[..., 3:]
    height, width = (max(1, round(size * side / max(values.shape[:2]))) for side in values.shape[:2])
    small = _resized(_resized(values, height).swapaxes(0, 1), width).swapaxes(0, 1)
    small[..., :3] /= np.maximum(small[..., 3:], 1e-6)
    result = np.zeros((size, size, 4))
    top, left = (size - height) // 2, (size - width) // 2
    result[top : top + height, left : left + width] = np.clip(small, 0, 1)
    return result


def _resized(values: np.ndarray, length: int) -> np.ndarray:
    """The first axis brought to `length`: the mean over what each new pixel covers."""
    edges = np.linspace(0, len(values), length + 1)
    total = np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])
    below = np.minimum(edges.astype(int), len(values) - 1)
    part = (edges - below)[(..., *[None] * (values.ndim - 1))]
    at_edges = total[below] + part * (total[below + 1] - total[below])
    return np.diff(at_edges, axis=0) * (length / len(values))
