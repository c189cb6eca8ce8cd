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
MAX_SCAN_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Timing:
    """certain: the duration is that of the picture track and known, not estimated · cut_short: data is missing at the
    end, and the numbers are those of what is there."""

    rate: Fraction
    duration: float
    count: int
    certain: bool
    cut_short: bool = False


def measure(container: av.container.InputContainer, stream: av.VideoStream, first_pts: int, file_size: int) -> Timing:
    """`container` freshly opened; `first_pts` that of the first shown frame."""
    base = Fraction(stream.time_base)
    if "mov" in container.format.name and len(stream.index_entries):
        return _from_index(stream, base, first_pts, file_size)
    if file_size <= MAX_SCAN_BYTES:
        return _from_packets(container, stream, base, first_pts)
    rate = _rate(stream, 0, 0)
    duration = (container.duration or 0) / av.time_base
    if stream.duration:
        duration = float(stream.duration * base)
    return Timing(rate=rate, duration=duration, count=stream.frames or round(duration * rate), certain=False)


def _from_index(stream: av.VideoStream, base: Fraction, first_pts: int, file_size: int) -> Timing:
    """MP4 and MOV list every frame in their index; one that ends behind the file's end is missing."""
    count = present = 0
    for entry in stream.index_entries:
        if entry.is_discard:
            continue
        count += 1
        present += entry.pos + entry.size <= file_size
    # A fragmented file lists only the fragments seen so far
    count = max(count, stream.frames or 0) if count == stream.frames else count
    duration = float(stream.duration * base) if stream.duration else 0.0
    rate = _rate(stream, count, duration)
    if not duration:
        duration = float(count / rate)
    if present < count:
        return Timing(rate=rate, duration=duration * present / count, count=present, certain=True, cut_short=True)
    return Timing(rate=rate, duration=duration, count=count, certain=True)


def _from_packets(
    container: av.container.InputContainer, stream: av.VideoStream, base: Fraction, first_pts: int
) -> Timing:
    times: list[int] = []
    last_length, end_of_all, whole = 0, 0.0, True
    try:
        for packet in container.demux():
            at = packet.pts if packet.pts is not None else packet.dts
            if at is None or packet.is_discard:
                continue
            end_of_all = max(end_of_all, float((at + (packet.duration or 0)) * packet.time_base))
            if packet.stream_index == stream.index and packet.size:
                times.append(at)
                if at >= max(times[-2:]):
                    last_length = packet.duration or 0
    except (av.FFmpegError, OSError) as error:
        log.debug("%s: %s", container.name, error)
        whole = False
    shown = sorted(at for at in times if at >= first_pts)
    if not shown:
        rate = _rate(stream, 0, 0)
        count = max(len(times), 1)
        return Timing(rate=rate, duration=float(count / rate), count=count, certain=False)
    span = float((shown[-1] - first_pts) * base)
    guess = float(1 / _rate(stream, len(shown) - 1, span))
    duration = span + (float(last_length * base) or guess)
    said = ((container.duration or 0) + (container.start_time or 0)) / av.time_base
    missing = not whole or (0 < len(times) < (stream.frames or 0)) or end_of_all < said - 0.5
    return Timing(
        rate=_rate(stream, len(shown), duration),
        duration=duration,
        count=len(shown),
        certain=True,
        cut_short=bool(missing),
    )


def _rate(stream: av.VideoStream, count: int, duration: float) -> Fraction:
    for rate in (
        stream.average_rate,
        Fraction(count / duration).limit_denominator(1001) if duration > 0 else None,
        stream.guessed_rate,
    ):
        if rate and Fraction(1, 10) <= rate <= 1000:
            return Fraction(rate)
    return FALLBACK_RATE
