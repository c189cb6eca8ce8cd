# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that layers show: what a renderer of meshes needs beside their positions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..character import Character
from ..layers import FaceLayers
from ..picture import Picture
from .proxy import ProxyCanvas


@dataclass(frozen=True, eq=False)
class LayeredPicture:
    """A picture as layers: their meshes and motion, and their textures by name, (h, w, 4) RGBA, straight alpha."""

    layers: FaceLayers
    textures: Mapping[str, np.ndarray]


def layered_picture(picture: Picture, character: Character, *, background: str = "auto") -> LayeredPicture:
    """The layers of a picture, and the images by the names in `Layer.texture`, in the picture's depth.

    "plate": the ground, filled in behind the head; "picture": the skin, transparent where the plate is to be seen; both
    as large as the picture. At rest the second over the first is the picture, but for eyes that are dots. A picture
    that is transparent itself has a transparent plate; where the ground is not told from the head ("soft", see
    `BACKGROUNDS`) the plate is the picture, and the skin opaque.

    All others are of any size; uv say which part of one a triangle shows. Painted back to front as plain textured
    triangles with `FaceLayers.opacities` all layers together make the frame of the proxy.
    """
    canvas = ProxyCanvas(picture, character, background=background)
    made, ground = canvas.images(), canvas.ground
    own, plate = made["picture"], _rgba(picture)
    if ground is not None:
        plate[ground.box.slices] = _rgba(Picture(pixels=ground.plate))
        full = int(np.iinfo(own.dtype).max)
        own[..., 3] = np.rint(ground.matte * (full / 255)).astype(own.dtype)
        if ground.shadow is not None:
            # The shadow beside the head is black that lets the plate through.
            beside = (ground.matte < 255) & (ground.shadow > 0)
            head, dark = (each[beside].astype(np.float32) / 255 for each in (ground.matte, ground.shadow))
            share = 1 - (1 - head) * (1 - dark)
            own[beside, :3] = np.rint(own[beside, :3] * (head / share)[:, None]).astype(own.dtype)
            own[beside, 3] = np.rint(full * share).astype(own.dtype)
    elif picture.has_alpha and picture.pixels[..., -1].min() < np.iinfo(own.dtype).max:
        plate[...] = 0
    return LayeredPicture(canvas.layers, {**made, "plate": plate})


def _rgba(picture: Picture) -> np.ndarray:
    pixels = picture.pixels
    made = np.full((*pixels.shape[:2], 4), np.iinfo(pixels.dtype).max, pixels.dtype)
    if picture.has_alpha:
        made[..., 3] = pixels[..., -1]
        pixels = pixels[..., :-1]
    made[..., :3] = pixels
    return made
