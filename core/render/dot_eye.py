# SPDX-License-Identifier: GPL-3.0-or-later
"""Dot eyes: spots of one colour without lids. They move whole, and close to a line of their own colour."""

from __future__ import annotations

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import EyeShape, Moment
from ..layers.dots import Dot
from .maps import Box, fill

# A squashed dot is sampled this often down a pixel, so that its line has a soft edge.
_ROWS = 4


class DotEye:
    """The dot of a picture: cut out of it with its soft edge, and the skin that is under it.

    `erase` takes it out of the picture that is sampled, `draw` puts it where a frame has it.
    """

    def __init__(self, source: np.ndarray, name: str, shape: EyeShape, *, alpha: bool) -> None:
        self.dot = Dot(name, shape)
        self.alpha = alpha
        self.box = Box.around(self.dot.low, self.dot.high).clipped(Box(0, source.shape[0], 0, source.shape[1]))
        patch = source[self.box.slices].astype(np.float32)
        self.plate, self.colours, self.matte, self.colour = self._cut_out(patch, float(np.iinfo(source.dtype).max))

    def _cut_out(self, patch: np.ndarray, full: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The skin without the dot, the dot's own colours, its share of each pixel (h, w, 1), its usual colour (C,)."""
        dot = self.dot
        offset = self.box.centres() - dot.centre
        across, down = offset @ dot.axis / (dot.width / 2), offset @ dot.normal / (0.6 * dot.height)
        edge = 2.0 / min(dot.width, dot.height)
        radius = np.hypot(across, down)
        around = radius < 1.15 + 2 * edge
        core = radius < 0.7
        plate = fill(patch, ~around)
        colour = np.median(patch[core], axis=0) if core.any() else patch.mean(axis=(0, 1))
        away = colour - plate
        share = ((patch - plate) * away).sum(axis=-1) / np.maximum((away * away).sum(axis=-1), 1e-6 * full * full)
        matte = np.where(around, np.where(core, 1.0, np.clip(share, 0, 1)), 0.0)[:, :, None].astype(np.float32)
        own = np.where(matte > 0.02, plate + (patch - plate) / np.maximum(matte, 0.02), colour)
        return plate, np.clip(own, 0, full).astype(np.float32), matte, colour

    def erase(self, work: np.ndarray) -> None:
        work[self.box.slices] = np.rint(self.plate).astype(work.dtype)

    def images(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """What its layers show, as in `Interior.images`."""
        line = np.broadcast_to(self.colour, self.colours.shape)
        return {f"{self.dot.name}_dot": (self.colours, self.matte), f"{self.dot.name}_dot_closed": (line, self.matte)}

    def draw(self, drawn: np.ndarray, moment: Moment) -> None:
        """Lay the dot over a frame."""
        dot, state = self.dot, self.dot.state(moment)
        centre, axis, normal, wide, tall = state.centre, state.axis, state.normal, state.wide, state.tall
        reach = np.abs(wide * axis) * 0.5 * self.box.shape[1] + np.abs(tall * normal) * 0.5 * self.box.shape[0]
        reach = np.maximum(reach, 1.5 * max(wide * dot.width, tall * dot.height)) + 2
        box = Box.around(centre - reach, centre + reach).clipped(Box(0, drawn.shape[0], 0, drawn.shape[1]))
        if box.empty:
            return
        colours, matte = np.zeros((*box.shape, self.colours.shape[-1]), np.float32), np.zeros(box.shape, np.float32)
        for row in range(_ROWS):
            offset = box.centres() - centre + ((row + 0.5) / _ROWS - 0.5) * normal
            across, down = offset @ axis / wide, offset @ normal / tall
            places = dot.centre + across[..., None] * dot.axis + down[..., None] * dot.normal
            where = (places - (self.box.left, self.box.top) - HALF_PIXEL).astype(np.float32)
            share = cv2.remap(self.matte, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
            seen = cv2.remap(self.colours, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            colours += share[:, :, None] * seen.reshape(colours.shape)
            matte += share
        shown = matte[:, :, None] / _ROWS
        under = drawn[box.slices].astype(np.float32)
        own = colours / np.maximum(matte[:, :, None], 1e-6)
        # A glint does not show on a line.
        own += state.closed**2 * (self.colour - own)
        mixed = under + shown * (own - under)
        drawn[box.slices] = np.where(shown > 0, np.rint(mixed), under).astype(drawn.dtype)
