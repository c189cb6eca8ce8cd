# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing pictures: PNG, JPEG, WebP, BMP, TIFF in; PNG out.

What comes in is what Blender shows: its orientation (a camera's EXIF rotation is not applied), its depth, straight
alpha.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .errors import ErrorCode, FaceShotError
from .picture_header import TOO_LARGE_HINT, Header, read_header, too_large

MAX_FILE_BYTES = 2 << 30
BACKDROP = 128
SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jpe", ".webp", ".bmp", ".tif", ".tiff"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Picture:
    """A picture as it is stored.

    pixels: (H, W, C) uint8 or uint16, row 0 at the top, C: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA; alpha is straight
    (colours are not multiplied by it) · path: the file it came from.
    """

    pixels: np.ndarray
    path: Path | None = None

    def __post_init__(self) -> None:
        if (
            self.pixels.ndim != 3
            or not 1 <= self.pixels.shape[2] <= 4
            or not self.pixels.size
            or self.pixels.dtype not in (np.uint8, np.uint16)
        ):
            raise FaceShotError(
                ErrorCode.USAGE,
                f"A picture is (H, W, 1 to 4) uint8 or uint16, not {self.pixels.shape} {self.pixels.dtype}.",
            )

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def has_alpha(self) -> bool:
        return self.pixels.shape[2] in (2, 4)

    def rgb8(self) -> np.ndarray:
        """(H, W, 3) uint8, over mid grey where it is transparent: what trackers and matchers look at.

        >>> Picture(pixels=np.full((1, 1, 2), (65535, 0), np.uint16)).rgb8().tolist()
        [[[128, 128, 128]]]
        """
        pixels = to_8_bit(self.pixels)
        if self.has_alpha:
            pixels = over_grey(pixels)
        return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def read_picture(path: Path | str) -> Picture:
    """The picture in a file, decoded by what it holds and not by its suffix.

    Raises INPUT_MISSING; INPUT_UNREADABLE when it is no picture, cut short, of a format that is not read (EXR, HDR,
    ...) or larger than MAX_SIDE px a side.
    """
    path = Path(path)
    data = _read_bytes(path)
    try:
        header = read_header(data)
    except ValueError as error:
        raise unreadable(path, str(error)) from error
    if too_large(header.size):
        raise unreadable(path, too_large(header.size), hint=TOO_LARGE_HINT)
    if not header.complete:
        raise unreadable(path, "the file is cut short or damaged", hint="Copy it again, or save it anew as PNG.")
    return Picture(pixels=_decode(path, data, header), path=path)


def encode_png(pixels: np.ndarray, *, compression: int = 3) -> bytes:
    """A PNG file of (H, W), (H, W, 1) grey, (H, W, 2) grey + alpha, (H, W, 3) RGB or (H, W, 4) RGBA, uint8 or uint16.

    Depth and channels are kept; the same pixels give the same bytes. `compression` 0 (fast) to 9 (small).
    Raises USAGE for anything else.
    """
    pixels = Picture(pixels=pixels if pixels.ndim != 2 else pixels[:, :, None]).pixels
    if pixels.shape[2] == 2:  # OpenCV's writer has no grey + alpha
        return _encode_grey_alpha(pixels, compression)
    swap = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}.get(pixels.shape[2])
    stored = np.ascontiguousarray(pixels) if swap is None else cv2.cvtColor(pixels, swap)
    done, data = cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, compression])
    if not done:
        raise FaceShotError(ErrorCode.UNEXPECTED, "OpenCV could not encode a PNG.")
    return data.tobytes()


def to_8_bit(pixels: np.ndarray) -> np.ndarray:
    """uint16 rounded to uint8; uint8 as it is.

    >>> to_8_bit(np.array([0, 128, 129, 65535], np.uint16)).tolist()
    [0, 0, 1, 255]
    """
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def over_grey(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 2 or 4) uint8 with straight alpha -> (H, W, 1 or 3) uint8 over mid grey."""
    colour, alpha = pixels[:, :, :-1].astype(np.uint16), pixels[:, :, -1:].astype(np.uint16)  # 65152 at most
    return ((colour * alpha + BACKDROP * (255 - alpha) + 127) // 255).astype(np.uint8)


def unreadable(path: Path, why: str, *, hint: str = "Save it as PNG and use that.") -> FaceShotError:
    return FaceShotError(ErrorCode.INPUT_UNREADABLE, f"Cannot read the picture {path}: {why}.", hint=hint)


def _read_bytes(path: Path) -> bytes:
    if not path.exists():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No picture at {path}.", hint="Check the path.")
    if not path.is_file():
        raise unreadable(path, "it is not a file", hint="Choose a picture file.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise unreadable(path, "the file is larger than 2 GB")
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error.strerror or str(error), hint="Check the permissions of the file.") from error


def _decode(path: Path, data: bytes, header: Header) -> np.ndarray:
    # From bytes: OpenCV on Windows cannot open names outside the system's code page. UNCHANGED also means that
    # EXIF rotation is not applied.
    stored = np.frombuffer(data, np.uint8)
    if header.patches:
        stored = stored.copy()
        for at, patch in header.patches:
            stored[at : at + len(patch)] = np.frombuffer(patch, np.uint8)
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what is wrong is said in our words
    try:
        pixels = cv2.imdecode(stored, cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        raise unreadable(path, f"its {header.format} data cannot be decoded") from error
    finally:
        cv2.utils.logging.setLogLevel(level)
    if pixels is None or not pixels.size:
        raise unreadable(path, f"its {header.format} data cannot be decoded")
    if pixels.dtype not in (np.uint8, np.uint16):
        raise unreadable(path, f"it holds {pixels.dtype} values, not 8 or 16 bit")
    if pixels.ndim == 2 and header.clear_grey is not None:
        alpha = np.where(pixels == header.clear_grey, 0, np.iinfo(pixels.dtype).max).astype(pixels.dtype)
        return np.dstack([pixels, alpha])
    if pixels.ndim == 2:
        return pixels[:, :, None]
    if pixels.shape[2] == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    if pixels.shape[2] == 4:
        if header.grey:
            return np.ascontiguousarray(pixels[:, :, [0, 3]])
        return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA)
    return pixels


def _encode_grey_alpha(pixels: np.ndarray, compression: int) -> bytes:
    height, width = pixels.shape[:2]
    depth = pixels.dtype.itemsize * 8
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    stored = np.empty((height, rows.shape[1] + 1), np.uint8)
    stored[:, 0] = 1  # filter "Sub": each byte less that of the pixel to the left
    stored[:, 1:] = rows
    stored[:, 1 + pixels.dtype.itemsize * 2 :] -= rows[:, : -pixels.dtype.itemsize * 2]
    header = struct.pack(">IIBBBBB", width, height, depth, 4, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(stored.tobytes(), compression)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
