# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture that lives in Blender's memory as a PNG file, without touching the user's image."""

from __future__ import annotations

import struct
import zlib

import bpy
import numpy as np


def image_pixels(image: bpy.types.Image) -> np.ndarray:
    """The pixels of `image`, (H, W, 3 or 4), top row first, straight alpha, as a display shows them.

    uint8 for images of 8 bits; uint16 for float images, whose scene-linear values are clipped to 0..1 and encoded
    with the sRGB curve. Alpha is left out where all is opaque.
    """
    width, height = image.size
    flat = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(flat)  # type: ignore[attr-defined]
    values = np.flipud(flat.reshape(height, width, image.channels))
    colour: np.ndarray = values[..., :3] if image.channels >= 3 else np.repeat(values[..., :1], 3, axis=-1)
    alpha = values[..., 3:4] if image.channels == 4 else np.ones((height, width, 1), np.float32)
    if image.is_float:
        if image.alpha_mode != "CHANNEL_PACKED":
            # float images keep their colours multiplied by alpha
            colour = colour / np.where(alpha > 0, alpha, 1)
        colour = encode_srgb(colour)
    if (alpha < 1).any():
        colour = np.concatenate([colour, alpha], axis=-1)
    dtype = np.uint16 if image.is_float else np.uint8
    return np.rint(np.clip(colour, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """Linear light 0..1 to the sRGB curve (IEC 61966-2-1).

    >>> encode_srgb(np.array([0.0, 0.5, 1.0])).round(4)
    array([0.    , 0.7354, 1.    ])
    """
    linear = np.clip(np.nan_to_num(linear, nan=0.0, posinf=1.0), 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-12) ** (1 / 2.4) - 0.055)


def png_bytes(pixels: np.ndarray) -> bytes:
    """`pixels` (H, W, 3 or 4) uint8 or uint16 as the bytes of a PNG file."""
    height, width, channels = pixels.shape
    rows = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder(">"))).view(np.uint8).reshape(height, -1)
    filtered = np.concatenate([np.zeros((height, 1), np.uint8), rows], axis=1).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8 * pixels.itemsize, {3: 2, 4: 6}[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(filtered, 6)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
