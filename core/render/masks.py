# SPDX-License-Identifier: GPL-3.0-or-later
"""Brightness of colours, and polygons as masks."""

from __future__ import annotations

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL
from ..layers import Head
from .maps import Box

_OVERSAMPLE = 4
_FOREHEAD = np.array([[1.0, 0.0, -1.0], [-0.55, -0.6, -0.55]])


def brightness(colours: np.ndarray) -> np.ndarray:
    """Luma of colours (..., 1 or 3)."""
    if colours.shape[-1] == 1:
        return colours[..., 0]
    return colours @ np.array([0.299, 0.587, 0.114], colours.dtype)


def face_outline(head: Head) -> np.ndarray:
    """The jaw, and the forehead as high as brows go; (20, 2) px."""
    return np.concatenate([head.points[:17], head.place(*_FOREHEAD * head.unit)])


def polygon(box: Box, points: np.ndarray) -> np.ndarray:
    """The pixels of `box` inside a polygon (n, 2) px; (h, w) bool."""
    mask = np.zeros(box.shape, np.uint8)
    local = points - (box.left, box.top) - HALF_PIXEL
    cv2.fillPoly(mask, [np.round(local * 16).astype(np.int32)], 1, lineType=cv2.LINE_8, shift=4)
    return mask > 0


def polygon_cover(points: np.ndarray, box: Box) -> np.ndarray:
    """How much of each pixel of `box` a polygon (n, 2) px covers; (h, w, 1) float32, 0..1."""
    fine = np.zeros((box.shape[0] * _OVERSAMPLE, box.shape[1] * _OVERSAMPLE), np.uint8)
    local = (points - (box.left, box.top)) * _OVERSAMPLE - HALF_PIXEL
    cv2.fillPoly(fine, [np.round(local * 16).astype(np.int32)], 255, lineType=cv2.LINE_8, shift=4)
    cover = cv2.resize(fine, (box.shape[1], box.shape[0]), interpolation=cv2.INTER_AREA)
    return (cover.astype(np.float32) / 255)[:, :, None]
