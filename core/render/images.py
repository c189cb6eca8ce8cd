# SPDX-License-Identifier: GPL-3.0-or-later
"""What the layers of eyes and mouths show, as images: see `core.render.textures` for those of the whole picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ..layers import FaceLayers, Sheets
from ..layers.stack import sheet_box
from .dot_eye import DotEye
from .ground import Ground
from .interior import Interior
from .maps import Box
from .outlined_eye import OutlinedEye

# Pixels (h, w, C) float32, and how much of each is there (h, w, 1)
Image = tuple[np.ndarray, np.ndarray]
# The lower sheet goes on so far under the upper one, px: nothing shines through where their edges meet.
_UNDER = 0.5


def part_images(
    layers: FaceLayers,
    source: np.ndarray,
    parts: Mapping[str, Interior],
    drawn: Iterable[DotEye | OutlinedEye],
    ground: Ground | None,
    *,
    alpha: bool,
) -> dict[str, np.ndarray]:
    """The textures of all layers but the background, by name; (h, w, 4) RGBA in the picture's depth.

    source (H, W, C): the pixels that the skin shows; parts: the insides of eyes and mouth, by part; drawn: eyes
    that are laid over it.
    """
    found: dict[str, Image] = {}
    for sheets in layers.sheets:
        name = sheets.opening.name
        if name in parts:
            found |= _sheet_images(sheets, source, ground, lined=name == "mouth" and layers.line is not None)
            found |= parts[name].images(_box_of(sheets))
            for behind in ("inside", "inside_rest", "sealed"):
                if sheets.opening.name != "mouth" and f"{name}_{behind}" in found:
                    pixels, share = found[f"{name}_{behind}"]
                    own = _own(layers, sheets, ground, parts[name].box)
                    found[f"{name}_{behind}"] = pixels, share * own[:, :, None]
    for eye in drawn:
        found |= eye.images()
    made = {name: _rgba(pixels, share, source.dtype, alpha=alpha) for name, (pixels, share) in found.items()}
    # A part that has nothing to show is clear.
    clear = np.zeros((1, 1, 4), source.dtype)
    names = {layer.texture for layer in layers.layers()} - {"plate", "picture"}
    return {
        "picture": _rgba(source, np.ones((1, 1, 1)), source.dtype, alpha=alpha),
        **{name: made.get(name, clear) for name in names},
    }


def _box_of(sheets: Sheets) -> Box:
    return Box.around(*sheet_box(sheets))


def _own(layers: FaceLayers, sheets: Sheets, ground: Ground | None, box: Box) -> np.ndarray:
    """Where in `box` what lies behind an eye may be, (h, w) 0..1: not nearer to another opening, nor off the head."""
    centres = box.centres()
    own = sheets.opening.outside(centres)
    nearest = np.all([own <= other.opening.outside(centres) for other in layers.sheets], axis=0).astype(np.float32)
    return nearest if ground is None else nearest * (ground.matte[box.slices] / np.float32(255))


def _sheet_images(sheets: Sheets, source: np.ndarray, ground: Ground | None, *, lined: bool) -> dict[str, Image]:
    box, name = _box_of(sheets), sheets.opening.name
    pixels = source[box.slices].astype(np.float32)
    upper, lower = sheets.opening.cover(box.centres())
    shares = {"upper": np.clip(upper + 0.5, 0, 1), "lower": np.clip(lower + 0.5 + _UNDER, 0, 1)}
    if lined:
        # What is in a mouth that is a line lies over the skin.
        shares = {"upper": np.clip(upper - lower + 0.5, 0, 1), "lower": np.ones_like(lower)}
    if ground is not None:
        shares = {side: share * (ground.matte[box.slices] / 255) for side, share in shares.items()}
    return {f"{name}_{side}": (pixels, share[:, :, None]) for side, share in shares.items()}


def _rgba(pixels: np.ndarray, share: np.ndarray, dtype: np.dtype, *, alpha: bool) -> np.ndarray:
    """Pixels (h, w, C) and how much of each is there (h, w, 1), as straight RGBA."""
    full = float(np.iinfo(dtype).max)
    colours = pixels[..., :-1] if alpha else pixels
    made = np.empty((*np.broadcast_shapes(pixels.shape[:2], share.shape[:2]), 4), np.float32)
    made[..., :3] = colours
    made[..., 3:] = share * (pixels[..., -1:] if alpha else full)
    return np.clip(np.rint(made), 0, full).astype(dtype)
