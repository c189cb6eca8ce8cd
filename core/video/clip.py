# SPDX-License-Identifier: GPL-3.0-or-later
"""What a clip is to the rest of the engine, whatever it is stored as."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np

from ..errors import ErrorCode, FaceShotError

# People type times rounded to milliseconds: 1.001 means the frame at 30030/30000.
TIME_TOLERANCE = 0.0005

Load = Callable[[], np.ndarray]


@dataclass(frozen=True, kw_only=True)
class ClipInfo:
    """What a clip says about itself, without decoding all of it.

    size: (width, height) px as shown: upright and in square pixels · rate: frames per second as the container says
    (with a variable rate: about the mean), exact; `fps` is the same as a float · duration: s, from the first shown
    frame to the end of the last · frame_count: as its packets count (decoding may give fewer) · rotation: degrees
    clockwise (0, 90, 180, 270) that stored frames are turned by · hdr: PQ or HLG, brought to ordinary range by
    `frames` · codec: FFmpeg's name of it.
    """

    path: Path
    size: tuple[int, int]
    rate: Fraction
    duration: float
    frame_count: int
    rotation: int = 0
    has_audio: bool = False
    is_sequence: bool = False
    hdr: bool = False
    codec: str = ""

    @property
    def fps(self) -> float:
        return float(self.rate)


@dataclass(frozen=True, kw_only=True, eq=False)
class VideoFrame:
    """A frame as shown.

    index: its number in this reading, from 0 · time: s since the clip's first shown frame · rgb: (H, W, 3) uint8.
    """

    index: int
    time: float
    rgb: np.ndarray


class Source(Protocol):
    """A way of storing clips. `read` gives (time, how to get its pixels), in order, from a frame at or before `start`
    (s) to the end; `damaged` is set once something could not be read."""

    info: ClipInfo
    warnings: list[str]
    damaged: bool

    def read(self, start: float) -> Iterator[tuple[float, Load]]: ...


class ClipReader:
    """An open clip; use it in a `with`. `warnings` grows as problems are met while reading."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._readings: list[Iterator[VideoFrame]] = []

    @property
    def info(self) -> ClipInfo:
        return self.source.info

    @property
    def warnings(self) -> list[str]:
        return self.source.warnings

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End every reading that was not read to its end."""
        for reading in self._readings:
            reading.close()  # type: ignore[attr-defined]
        self._readings.clear()

    def frames(self, start: float | None = None, end: float | None = None) -> Iterator[VideoFrame]:
        """The frames that are shown in [start, end), in s since the first frame; None: from the first, to the last.

        The first one is the frame on screen at `start`, so its time may be a little less. Each call reads anew; several
        readings may go on side by side. Raises USAGE for a range that does not fit, INPUT_UNREADABLE where the file
        cannot be read.
        """
        first, last = self.range(start, end)
        reading = self._shown(first, last)
        self._readings.append(reading)
        return reading

    def range(self, start: float | None, end: float | None) -> tuple[float, float]:
        """The range in s with the ends filled in; `end` is infinite where None. Raises USAGE."""
        first = 0.0 if start is None else float(start)
        last = math.inf if end is None else float(end)
        if math.isnan(first) or math.isnan(last) or first < 0 or first >= last:
            raise FaceShotError(
                ErrorCode.USAGE,
                f"From {first:g} s to {'the end' if math.isinf(last) else f'{last:g} s'} is no range of a clip.",
                hint="The start must be 0 or more and lie before the end.",
            )
        if first > 0 and first >= self.info.duration:
            raise FaceShotError(
                ErrorCode.USAGE,
                f"The start, {first:g} s, lies after the end of {self.info.path} ({self.info.duration:.3f} s).",
                hint="Choose an earlier start.",
            )
        return first, last

    def _shown(self, first: float, last: float) -> Iterator[VideoFrame]:
        index = 0
        on_screen: tuple[float, Load] | None = None
        with contextlib.closing(self.source.read(first)) as stored:  # type: ignore[type-var]
            for time, load in stored:
                if time <= first + TIME_TOLERANCE:
                    on_screen = time, load
                    continue
                if on_screen is not None:
                    yield VideoFrame(index=index, time=on_screen[0], rgb=on_screen[1]())
                    index, on_screen = index + 1, None
                if time >= last - TIME_TOLERANCE:
                    return
                yield VideoFrame(index=index, time=time, rgb=load())
                index += 1
        if on_screen is not None and not (self.source.damaged and first > on_screen[0] + 2 / self.info.fps):
            yield VideoFrame(index=index, time=on_screen[0], rgb=on_screen[1]())
        elif index == 0:
            raise FaceShotError(
                ErrorCode.INPUT_UNREADABLE,
                f"No frame of {self.info.path} can be read from {first:g} s on.",
                hint="The file is damaged or incomplete: copy it again, or choose an earlier range.",
            )
