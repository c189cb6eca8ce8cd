# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a movie file is, how many frames it has and how fast they come, without decoding it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from fractions import Fraction

import av
import av.container

log = logging.getLogger(__name__)

FALLBACK_RATE = Fraction(25)
MAX_SCAN_BYTES = 256 << 20
# A header may round, and a sound track may end a little later than its last whole packet
SLACK = 0.5


@dataclass(frozen=True, kw_only=True)
class Timing:
    """certain: the numbers are those of the picture track, not estimated · cut_short: data is missing at the end, and
    the numbers are those of what is there."""

    rate: Fraction
    duration: float
    count: int
    certain: bool
    cut_short: bool = False


def measure(container: av.container.InputContainer, stream: av.VideoStream, first_pts: int, file_size: int) -> Timing:
    """`container` freshly opened; `first_pts` that of the first shown frame.

    Every packet's time is looked at, unless that meant reading hundreds of megabytes: then the index of an MP4 or MOV
    is believed, or, for other containers, the duration in the header.
    """
    base = Fraction(stream.time_base)
    missing = _missing_frames(container, stream, file_size)
    if file_size <= MAX_SCAN_BYTES:
        return _from_packets(container, stream, base, first_pts, damaged=missing > 0)
    duration = float(stream.duration * base) if stream.duration else (container.duration or 0) / av.time_base
    rate = _rate(stream, stream.frames, duration)
    count = stream.frames or round(duration * rate)
    if missing:
        return Timing(
            rate=rate,
            duration=duration * (count - missing) / count,
            count=count - missing,
            certain=False,
            cut_short=True,
        )
    return Timing(rate=rate, duration=duration, count=count, certain=bool(stream.duration and stream.frames))


def _missing_frames(container: av.container.InputContainer, stream: av.VideoStream, file_size: int) -> int:
    """MP4 and MOV list every frame in their index: those that would lie behind the file's end."""
    if "mov" not in container.format.name:
        return 0
    return sum(entry.pos + entry.size > file_size for entry in stream.index_entries)


def _from_packets(
    container: av.container.InputContainer, stream: av.VideoStream, base: Fraction, first_pts: int, *, damaged: bool
) -> Timing:
    times: dict[int, int] = {}
    end_of_all = 0.0
    try:
        for packet in container.demux():
            at = packet.pts if packet.pts is not None else packet.dts
            if at is None or packet.is_discard or packet.is_corrupt or not packet.size:
                continue
            length = packet.duration or 0
            end_of_all = max(end_of_all, float((at + length) * packet.time_base))
            if packet.stream_index == stream.index and at >= first_pts:
                times[at] = length
    except (av.FFmpegError, OSError) as error:
        log.debug("%s: %s", container.name, error)
        damaged = True
    if not times:  # packets without times
        rate = _rate(stream, 0, 0.0)
        return Timing(rate=rate, duration=float(1 / rate), count=1, certain=False)
    last = max(times)
    span = float((last - first_pts) * base)
    rate = _rate(stream, len(times) - 1, span)
    duration = span + (float(times[last] * base) or float(1 / rate))
    said = (container.duration or 0) / av.time_base
    own = float(((stream.start_time or 0) + (stream.duration or 0)) * base)
    if container.format.name == "avi" and stream.frames and stream.average_rate:
        own = float(stream.frames / stream.average_rate)  # what its header says, also when its index is lost
    short = end_of_all < said - SLACK or float(first_pts * base) + duration < own - SLACK
    return Timing(rate=rate, duration=duration, count=len(times), certain=True, cut_short=damaged or short)


def _rate(stream: av.VideoStream, count: int, duration: float) -> Fraction:
    """What the container says, else `count` frames in `duration` s, else FFmpeg's guess."""
    counted = Fraction(count / duration).limit_denominator(1001) if count and duration > 0 else None
    for rate in (stream.average_rate, counted, stream.guessed_rate):
        if rate and Fraction(1, 10) <= rate <= 1000:
            return Fraction(rate)
    return FALLBACK_RATE
