# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that layers show: what a renderer of meshes needs beside their positions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..character import Character
from ..picture import Picture
from .proxy import ProxyCanvas


def layer_textures(picture: Picture, character: Character, *, background: str = "auto") -> Mapping[str, np.ndarray]:
    """The images by the names in `Layer.texture`, (H, W, 4) RGBA in the picture's depth, straight alpha.

    "plate": the ground, filled in behind the head; "picture": the picture, transparent where the plate is to be seen.
    At rest the second over the first is the picture. A picture that is transparent itself has a transparent plate;
    where the ground is not told from the head ("soft", see `BACKGROUNDS`) the plate is the picture, and the picture
    opaque.
    """
    ground = ProxyCanvas(picture, character, background=background).ground
    own = _rgba(picture)
    plate = own.copy()
    if ground is not None:
        plate[ground.box.slices] = _rgba(Picture(pixels=ground.plate))
        full = int(np.iinfo(own.dtype).max)
        own[..., 3] = np.rint(ground.matte * (full / 255)).astype(own.dtype)
    elif picture.has_alpha and picture.pixels[..., -1].min() < np.iinfo(own.dtype).max:
        plate[...] = 0
        if ground.shadow is not None:
            # The shadow beside the head is black that lets the plate through.
            beside = (ground.matte < 255) & (ground.shadow > 0)
            head, dark = (each[beside].astype(np.float32) / 255 for each in (ground.matte, ground.shadow))
            share = 1 - (1 - head) * (1 - dark)
            own[beside, :3] = np.rint(own[beside, :3] * (head / share)[:, None]).astype(own.dtype)
            own[beside, 3] = np.rint(full * share).astype(own.dtype)
    return {"picture": own, "plate": plate}


def _rgba(picture: Picture) -> np.ndarray:
    pixels = picture.pixels
    made = np.full((*pixels.shape[:2], 4), np.iinfo(pixels.dtype).max, pixels.dtype)
    if picture.has_alpha:
        made[..., 3] = pixels[..., -1]
        pixels = pixels[..., :-1]
    made[..., :3] = pixels
    return made
