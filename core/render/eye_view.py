# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at an eye of a picture: upright, at one size, and where it differs from the skin around it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..landmarks import HALF_PIXEL, PARTS
from ..layers import Head, Opening
from .maps import Box

# The eye is looked at with its larger side this many px long, in a square this many times as large.
EYE, _VIEW = 96.0, 2.8
# What differs from the skin by this much is no skin, what differs by this much more is surely none; 0..1
LEAST, CLEAR = 0.06, 0.14


@dataclass(frozen=True, eq=False)
class EyeView:
    """A part of the picture turned upright: places = to_picture @ (x, y, 1); colours (n, n, c) 0..1."""

    colours: np.ndarray
    to_picture: np.ndarray
    scale: float

    def from_picture(self, points: np.ndarray) -> np.ndarray:
        return (points - self.to_picture[:, 2]) @ np.linalg.inv(self.to_picture[:, :2]).T

    def back(self, points: np.ndarray) -> np.ndarray:
        return points @ self.to_picture[:, :2].T + self.to_picture[:, 2]


def look_at(source: np.ndarray, head: Head, opening: Opening, *, alpha: bool, wide: float = 1.0) -> EyeView | None:
    """The picture around an eye; wide: as if its points were so many times as far apart."""
    points = head.points[PARTS[opening.name]]
    along, down = opening.local(points)
    size = wide * max(float(np.ptp(along)) * opening.width, float(np.ptp(down)), 1.0)
    scale = EYE / size
    side = round(_VIEW * EYE)
    centre = points.mean(axis=0)
    matrix = np.stack([opening.axis, opening.normal], axis=1) / scale
    to_picture = np.concatenate([matrix, (centre - matrix @ np.full(2, side / 2))[:, None]], axis=1)
    reach = 0.75 * _VIEW * size
    box = Box.around(centre - reach, centre + reach).clipped(Box(0, source.shape[0], 0, source.shape[1]))
    if box.empty or size < 6:
        return None
    part = source[box.slices]
    # In 8 bits, so that a picture's other depths are read the same
    part = (part // 257 if part.dtype == np.uint16 else part).astype(np.float32) / 255
    if alpha:
        if part[..., -1].min() < 0.5 and (part[..., -1] < 0.5).mean() > 0.5:
            return None
        part = part[..., :-1]
    if scale < 0.7:
        part = cv2.GaussianBlur(part, (0, 0), 0.4 / scale).reshape(part.shape)
    grid = np.stack(np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5), axis=-1)
    where = grid @ to_picture[:, :2].T + to_picture[:, 2] - (box.left, box.top) - 0.5
    drawn = cv2.remap(part, where.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return EyeView(drawn.reshape(side, side, -1), to_picture, scale)


def hull_of(points: np.ndarray, side: int) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillConvexPoly(mask, np.round(cv2.convexHull((points - 0.5).astype(np.float32)) * 16).astype(np.int32), 1, 8, 4)
    return mask > 0


def unlike_skin(
    view: EyeView, head: Head, opening: Opening, hull: np.ndarray, *, beside: float = 0.0
) -> np.ndarray | None:
    """How much each pixel differs from the skin around the eye, less what the skin itself does, (n, n); `beside` on
    other parts of the face. None where no skin is seen.

    The skin is a plane of colours fitted to what most pixels around the eye are.
    """
    side = len(hull)
    other = np.zeros((side, side), np.uint8)
    for name, part in PARTS.items():
        if name != opening.name and name != "jaw" and name in head.present:
            near = np.round(view.from_picture(head.points[part])).astype(np.int32)
            if name.endswith("brow"):
                cv2.polylines(other, [near], False, 1, max(round(0.10 * head.unit * view.scale), 1))
            else:
                cv2.fillConvexPoly(other, cv2.convexHull(near), 1)
    away = cv2.distanceTransform((~hull).astype(np.uint8), cv2.DIST_L2, 3)
    ring = (away > 0.12 * EYE) & (away < 0.75 * EYE) & (other == 0)
    face = np.round(
        view.from_picture(np.concatenate([head.points[:17], head.points[17:27][::-1] - 0.4 * head.unit * head.down]))
    )
    inside = np.zeros((side, side), np.uint8)
    cv2.fillPoly(inside, [face.astype(np.int32)], 1)
    ring &= inside > 0
    if ring.sum() < 0.2 * EYE * EYE:
        return None
    y, x = np.nonzero(ring)
    plane = np.stack([np.ones(len(x)), x / side - 0.5, y / side - 0.5], axis=-1)
    seen = view.colours[ring].astype(np.float64)
    keep = np.abs(seen - np.median(seen, axis=0)).max(axis=1) < 0.15
    for limit in (0.10, 0.06, 0.05):
        if keep.sum() < 0.3 * len(keep):
            return None
        fitted, *_ = np.linalg.lstsq(plane[keep], seen[keep], rcond=None)
        off = np.abs(seen - plane @ fitted).max(axis=1)
        keep = off < limit
    own = float(np.percentile(off[keep], 90))
    y, x = np.mgrid[0:side, 0:side]
    skin = fitted[0] + (x / side - 0.5)[..., None] * fitted[1] + (y / side - 0.5)[..., None] * fitted[2]
    differs = np.abs(view.colours - skin).max(axis=-1) - max(own, 0.0)
    # Other parts of the face are not looked at.
    differs[(other > 0) & (away > 0)] = beside
    return differs.astype(np.float32)


def skin_around(source: np.ndarray, head: Head, opening: Opening, box: Box, *, alpha: bool) -> np.ndarray:
    """How much each pixel of `box` differs from the skin around an eye, (h, w) 0..1, as `unlike_skin` has it."""
    view = look_at(source, head, opening, alpha=alpha)
    far = np.full(box.shape, 1.0, np.float32)
    if view is None:
        return far
    hull = hull_of(view.from_picture(head.points[PARTS[opening.name]]), view.colours.shape[0])
    differs = unlike_skin(view, head, opening, hull, beside=1.0)
    if differs is None:
        return far
    where = (view.from_picture(box.centres()) - HALF_PIXEL).astype(np.float32)
    return cv2.remap(differs, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=1.0)
