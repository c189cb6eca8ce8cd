# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a clip lies on its side: telephones write that into the file and leave the pixels as the sensor has them.

Blender's size of a clip is that of the pixels. Read from the boxes of MP4 and MOV files (ISO/IEC 14496-12, 8.3.2
tkhd, 8.4.3 hdlr). No Blender in it.
"""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MOST = 1 << 16  # of a box that is looked into


def upright(path: Path, size: tuple[int, int]) -> tuple[int, int]:
    """`size`, (width, height) of the clip's pixels, as the clip is to be seen; files of another kind stay as they are.

    A size that was turned already, by a reader that knows of it, is left alone.
    """
    stored = (0, 0)
    with contextlib.suppress(OSError, struct.error), path.open("rb") as file:
        stored = _lying(file)
    lies = stored != (0, 0) and (stored[0] > stored[1]) == (size[0] > size[1])
    return (size[1], size[0]) if lies else size


def _lying(file: BinaryIO) -> tuple[int, int]:
    """Width and height in pixels of the first picture track that lies on its side; (0, 0) where none does."""
    length = file.seek(0, 2)
    for moov, end in _boxes(file, b"moov", 0, length):
        for trak, trak_end in _boxes(file, b"trak", moov, end):
            header = next(_boxes(file, b"tkhd", trak, trak_end), None)
            if header is not None and _is_video(file, trak, trak_end):
                return _header(file, *header)
    return 0, 0


def _header(file: BinaryIO, start: int, end: int) -> tuple[int, int]:
    file.seek(start)
    data = file.read(min(end - start, _MOST))
    times = 32 if data[:1] == b"\x01" else 20  # two of them, the track's number and its length, of 64 or of 32 bits
    a, b, _, c, d = struct.unpack_from(">5i", data, 4 + times + 16)
    width, height = struct.unpack_from(">2I", data, 4 + times + 16 + 36)
    return (width >> 16, height >> 16) if not (a or d) and b and c else (0, 0)


def _is_video(file: BinaryIO, start: int, end: int) -> bool:
    for media, media_end in _boxes(file, b"mdia", start, end):
        for handler, _ in _boxes(file, b"hdlr", media, media_end):
            file.seek(handler + 8)
            return file.read(4) == b"vide"
    return False


def _boxes(file: BinaryIO, wanted: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the contents of boxes of that kind begin and end, between two places of the file."""
    while start + 8 <= end:
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        content = start + 8
        if size == 1:
            size, content = struct.unpack(">Q", file.read(8))[0], start + 16
        stop = end if size == 0 else start + size
        if stop <= start or stop > end:
            return
        if kind == wanted:
            yield content, stop
        start = stop
