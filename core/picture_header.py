# SPDX-License-Identifier: GPL-3.0-or-later
"""What a picture file claims to be, from its first bytes: format, size, whether it is whole. Standard library only.

Looked at before anything is decoded, so that a false claim costs nothing.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass

REFUSED = (
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"8BPS", "Photoshop"),
    (b"GIF8", "GIF"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"\x80\x2a\x5f\xd7", "Cineon"),
    (b"%PDF", "PDF"),
    (b"gimp xcf", "GIMP"),
    (b"<svg", "SVG"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
)
MAX_SIDE = 16384  # px
MAX_PIXELS = 1 << 27
TOO_LARGE_HINT = f"At most {MAX_SIDE} px a side and {MAX_PIXELS >> 20} million px: make it smaller."
_ORIENTATION, _EXTRA_SAMPLES = 274, 338
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_MARKER = re.compile(rb"\xff+[\x01-\xcf\xd8-\xfe]")


def too_large(size: tuple[int, int]) -> str:
    """Why a picture of (width, height) px is not read; empty when it is.

    >>> too_large((20000, 12000)), too_large((16384, 100))
    ('20000 x 12000 px is too large', '')
    """
    fits = max(size) <= MAX_SIDE and size[0] * size[1] <= MAX_PIXELS
    return "" if fits else f"{size[0]} x {size[1]} px is too large"


@dataclass(frozen=True, kw_only=True)
class Header:
    """size: (width, height) px as claimed · grey: grey or grey + alpha, where the format says so · complete: it has its
    end, and its checksums are right · clear_grey: the decoded grey that stands for transparent, in a grey PNG without
    alpha · patches: (offset, bytes) to put into the data before OpenCV sees it."""

    format: str
    size: tuple[int, int]
    grey: bool = False
    complete: bool = True
    clear_grey: int | None = None
    patches: tuple[tuple[int, bytes], ...] = ()


def read_header(data: bytes) -> Header:
    """Raises ValueError with what is wrong in words."""
    if not data:
        raise ValueError("the file is empty")
    for magic, name in REFUSED:
        if data.startswith(magic):
            raise ValueError(f"{name} pictures are not supported")
    if data[4:8] == b"ftyp":
        raise ValueError("HEIC, AVIF and movie files are not supported as pictures")
    try:
        for magic, read in _READERS:
            if data.startswith(magic):
                header = read(data)
                if min(header.size) < 1:
                    raise ValueError("its size is empty")
                return header
    except (struct.error, IndexError) as error:
        raise ValueError("the file is cut short or damaged") from error
    raise ValueError("it is not a picture (PNG, JPEG, WebP, BMP or TIFF)")


def _png(data: bytes) -> Header:
    if data[12:16] != b"IHDR":
        raise ValueError("the file is cut short or damaged")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    at, ended, clear = 8, False, None
    while at + 12 <= len(data) and not ended:
        (length,) = struct.unpack_from(">I", data, at)
        name = data[at + 4 : at + 8]
        content = memoryview(data)[at + 4 : at + 8 + length]
        if name.isupper() and zlib.crc32(content).to_bytes(4, "big") != data[at + 8 + length : at + 12 + length]:
            break
        if name == b"tRNS" and colour == 0 and length == 2:
            # OpenCV drops this one; depths below 8 it spreads over 0..255
            clear = int.from_bytes(content[4:6], "big") * (255 // (2**depth - 1) if depth < 8 else 1)
        ended = name == b"IEND"
        at += 12 + length
    return Header(format="PNG", size=(width, height), grey=colour in (0, 4), complete=ended, clear_grey=clear)


def _jpeg(data: bytes) -> Header:
    size, grey, at = (0, 0), False, 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:  # padding
            at += 1
            continue
        marker = data[at + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _JPEG_FRAMES:
            height, width, channels = struct.unpack_from(">HHB", data, at + 5)
            size, grey = (width, height), channels == 1
        at += 2 + length
        if marker == 0xDA:  # coded data follows up to the next marker that is not a restart
            found = _JPEG_MARKER.search(data, at)
            if found is None:
                return Header(format="JPEG", size=size, grey=grey, complete=False)
            at = found.end() - 2
    if size == (0, 0):
        raise ValueError("the file is cut short or damaged")
    ended = data[at : at + 2] == b"\xff\xd9"
    return Header(format="JPEG", size=size, grey=grey, complete=ended)


def _webp(data: bytes) -> Header:
    if data[8:12] != b"WEBP":
        raise ValueError("it is not a picture (PNG, JPEG, WebP, BMP or TIFF)")
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
    elif kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, 26))
    (length,) = struct.unpack_from("<I", data, 4)
    return Header(format="WebP", size=(width, height), complete=len(data) >= length + 8)


def _bmp(data: bytes) -> Header:
    (header_size,) = struct.unpack_from("<I", data, 14)
    if header_size == 12:
        width, height = struct.unpack_from("<HH", data, 18)
    else:
        width, height = struct.unpack_from("<ii", data, 18)
    return Header(format="BMP", size=(abs(width), abs(height)))


def _tiff(data: bytes) -> Header:
    order = "<" if data[:2] == b"II" else ">"
    (at,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, at)
    tags: dict[int, int] = {}
    patches = []
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(order + "HHI", data, entry)
        tags[tag] = struct.unpack_from(order + ("H" if kind == 3 else "I"), data, entry + 8)[0]
        # OpenCV would turn the picture by its orientation and multiply the colours by a straight alpha. Blender does
        # neither: it takes the values as they are.
        if tag in (_ORIENTATION, _EXTRA_SAMPLES) and kind == 3 and number == 1:
            patches.append((entry + 8, struct.pack(order + "H", 1)))
    if 256 not in tags or 257 not in tags:
        raise ValueError("the file is cut short or damaged")
    size = tags[256], tags[257]
    return Header(format="TIFF", size=size, grey=tags.get(262) in (0, 1), patches=tuple(patches))


_READERS = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"RIFF", _webp),
    (b"BM", _bmp),
    (b"II*\x00", _tiff),
    (b"MM\x00*", _tiff),
)
