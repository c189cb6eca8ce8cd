# SPDX-License-Identifier: GPL-3.0-or-later
"""Turning stored frames the way a player shows them: a container's display matrix."""

from __future__ import annotations

import struct

import cv2
import numpy as np

# (a, b, c, d): a stored point (x, y) is shown at (a x + c y, b x + d y), up to a shift; each -1, 0 or 1
Matrix = tuple[int, int, int, int]
IDENTITY: Matrix = (1, 0, 0, 1)


def display_matrix(frame) -> Matrix:
    """The frame's display matrix as the nearest of the eight quarter turns and mirrorings."""
    for data in frame.side_data:
        if data.type.name == "DISPLAYMATRIX":
            a, b, _, c, d = struct.unpack_from("=5i", bytes(data))
            return nearest(a, b, c, d)
    return IDENTITY


def nearest(a: float, b: float, c: float, d: float) -> Matrix:
    """
    >>> nearest(0, 65536, -65536, 0)
    (0, 1, -1, 0)
    """
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return (-1 if a < 0 else 1, 0, 0, -1 if d < 0 else 1)
    return (0, -1 if b < 0 else 1, -1 if c < 0 else 1, 0)


def rotation_of(matrix: Matrix) -> int:
    """Degrees clockwise that stored frames are turned by (after mirroring, where they are): 0, 90, 180 or 270.

    >>> rotation_of((0, 1, -1, 0))
    90
    """
    return {(0, 1): 0, (-1, 0): 90, (0, -1): 180, (1, 0): 270}[matrix[2:]]


def turned_size(size: tuple[int, int], matrix: Matrix) -> tuple[int, int]:
    return size if matrix[0] else (size[1], size[0])


def turned(pixels: np.ndarray, matrix: Matrix) -> np.ndarray:
    """(H, W, C) stored -> as shown.

    >>> turned(np.arange(6, dtype=np.uint8).reshape(2, 3, 1), (0, 1, -1, 0))[:, :, 0].tolist()
    [[3, 0], [4, 1], [5, 2]]
    """
    a, b, c, d = matrix
    if matrix == IDENTITY:
        return pixels
    shape = pixels.shape[2:]
    if a:
        across, down = a < 0, d < 0
    else:
        pixels, across, down = cv2.transpose(pixels), c < 0, b < 0
    if across or down:
        pixels = cv2.flip(pixels, -1 if across and down else int(across))
    return pixels.reshape(*pixels.shape[:2], *shape)
