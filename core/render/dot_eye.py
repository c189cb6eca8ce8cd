# SPDX-License-Identifier: GPL-3.0-or-later
"""Dot eyes: spots of one colour without lids. They move whole, and close to a line of their own colour."""

from __future__ import annotations

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL, PARTS
from ..layers import EyeShape, Head
from .maps import Box, fill

# A closed dot is as thick as this share of its width, and this much wider than the open one.
_LINE, _WIDER = 0.2, 0.25
_MARGIN = 0.3
# A squashed dot is sampled this often down a pixel, so that its line has a soft edge.
_ROWS = 4
_LIDS = (1, 2, 4, 5)


class DotEye:
    """The dot of a picture: cut out of it with its soft edge, and the skin that is under it.

    `erase` takes it out of the picture that is sampled, `draw` puts it where a frame has it.
    """

    def __init__(self, source: np.ndarray, head: Head, name: str, shape: EyeShape, *, alpha: bool) -> None:
        self.points = slice(PARTS[name].start, PARTS[name].stop)
        self.rest = shape.points
        self.alpha = alpha
        self._side = 0 if name == "right_eye" else 1
        size = float(np.ptp(self.rest, axis=0).max())
        margin = _MARGIN * size + 3
        whole = Box(0, source.shape[0], 0, source.shape[1])
        self.box = Box.around(self.rest.min(axis=0) - margin, self.rest.max(axis=0) + margin).clipped(whole)
        patch = source[self.box.slices].astype(np.float32)
        chord = self.rest[3] - self.rest[0]
        self.width = max(float(np.hypot(*chord)), 1e-3)
        self.axis = chord / self.width
        self.normal = np.array([-self.axis[1], self.axis[0]])
        self.centre = self.rest[list(_LIDS)].mean(axis=0)
        self.height = max(self._gap(self.rest, self.normal), 1e-3)
        self.plate, self.colours, self.matte, self.colour = self._cut_out(patch, float(np.iinfo(source.dtype).max))

    def _gap(self, eye: np.ndarray, normal: np.ndarray) -> float:
        return float(abs(((eye[[4, 5]] - eye[[2, 1]]) @ normal).mean()))

    def _cut_out(self, patch: np.ndarray, full: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """The skin without the dot, the dot's own colours, its share of each pixel (h, w, 1), its usual colour (C,)."""
        offset = self.box.centres() - self.centre
        across, down = offset @ self.axis / (self.width / 2), offset @ self.normal / (0.6 * self.height)
        edge = 2.0 / min(self.width, self.height)
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

    def draw(
        self, drawn: np.ndarray, points: np.ndarray, pose: np.ndarray, gaze: tuple[np.ndarray, np.ndarray] | None
    ) -> None:
        """Lay the dot over a frame; points (68, 2) px, pose (2, 3): the skull's similarity, gaze: irises then, now."""
        eye = points[self.points]
        chord = eye[3] - eye[0]
        width = max(float(np.hypot(*chord)), 1e-3)
        axis = chord / width
        normal = np.array([-axis[1], axis[0]])
        scale = float(np.hypot(pose[0, 0], pose[1, 0]))
        open_ = self._gap(eye, normal) / (self.height * scale)
        least = float(np.clip(_LINE * self.width / self.height, 0.08, 0.6))
        closed = float(np.clip(1 - open_, 0, 1))
        tall = scale * (least + (1 - least) * open_ if open_ < 1 else open_)
        wide = width / self.width * (1 + _WIDER * closed)
        centre = eye[list(_LIDS)].mean(axis=0)
        if gaze is not None:
            was, now = gaze[0][self._side], gaze[1][self._side]
            slide = now - (pose[:, :2] @ was + pose[:, 2])
            most = 0.3 * self.width * scale
            centre = centre + slide * min(1.0, most / max(float(np.linalg.norm(slide)), 1e-9))
        reach = np.abs(wide * axis) * 0.5 * self.box.shape[1] + np.abs(tall * normal) * 0.5 * self.box.shape[0]
        reach = np.maximum(reach, 1.5 * max(wide * self.width, tall * self.height)) + 2
        box = Box.around(centre - reach, centre + reach).clipped(Box(0, drawn.shape[0], 0, drawn.shape[1]))
        if box.empty:
            return
        colours, matte = np.zeros((*box.shape, self.colours.shape[-1]), np.float32), np.zeros(box.shape, np.float32)
        for row in range(_ROWS):
            offset = box.centres() - centre + ((row + 0.5) / _ROWS - 0.5) * normal
            across, down = offset @ axis / wide, offset @ normal / tall
            places = self.centre + across[..., None] * self.axis + down[..., None] * self.normal
            where = (places - (self.box.left, self.box.top) - HALF_PIXEL).astype(np.float32)
            share = cv2.remap(self.matte, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
            seen = cv2.remap(self.colours, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            colours += share[:, :, None] * seen.reshape(colours.shape)
            matte += share
        shown = matte[:, :, None] / _ROWS
        under = drawn[box.slices].astype(np.float32)
        own = colours / np.maximum(matte[:, :, None], 1e-6)
        # A glint does not show on a line.
        own += closed**2 * (self.colour - own)
        mixed = under + shown * (own - under)
        drawn[box.slices] = np.where(shown > 0, np.rint(mixed), under).astype(drawn.dtype)
