# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip's sound as a PCM WAV file that starts at the same instant as the picture."""

from __future__ import annotations

import logging
import math
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.container
import numpy as np

from .clip import ClipReader
from .file import FileSource, open_container
from .opening import open_clip
from .temporary import replacing

log = logging.getLogger(__name__)

# s. Timestamps of some containers are whole milliseconds, or jump about: chunks that meet this closely are neighbours.
JITTER = 0.03
# s. But where the samples' count and the timestamps part for good (a recorder's sound clock that runs off), a chunk is
# stretched once they are this far apart on the average of about a second: else two minutes may end a frame off.
DRIFT = 0.001
AVERAGED = 1.0
# A decoder needs a little sound before the first that is right; containers seek by larger steps.
PREROLL = 1.0
_SILENCE_BLOCK = 1 << 16


def extract_sound(
    clip: ClipReader | Path | str, wav_path: Path | str, *, start: float | None = None, end: float | None = None
) -> Path | None:
    """Write the sound of [start, end) s to `wav_path` (16-bit PCM, the source's rate, mono or stereo). None if it
    has none.

    Its first sample is heard while the picture shows `start`, whatever offsets the tracks have; where there is no sound
    (it starts later, ends earlier, has holes) there is silence, so that the file is as long as the range. A given `end`
    counts to the sample also where it lies after the clip's: frames made for that range last as long as their sound.
    Raises what `open_clip` and `ClipReader.range` raise, OUTPUT_UNWRITABLE, DISK_FULL.
    """
    if not isinstance(clip, ClipReader):
        with open_clip(clip) as opened:
            return extract_sound(opened, wav_path, start=start, end=end)
    first, last = clip.range(start, end)
    source = clip.source
    if not isinstance(source, FileSource) or not clip.info.has_audio:
        return None
    if math.isinf(last):
        last = clip.info.duration
    wav_path = Path(wav_path)
    with open_container(source.path) as container:
        stream = _sound_stream(container)
        rate = stream.rate
        channels = min(stream.channels, 2)
        begin = source.start_time + Fraction(first)
        chunks = _placed(_decoded(container, stream, begin, clip.warnings), begin, rate)
        _write(wav_path, chunks, rate=rate, channels=channels, length=round((last - first) * rate))
    return wav_path


def _sound_stream(container: av.container.InputContainer) -> av.AudioStream:
    usable = [stream for stream in container.streams.audio if stream.codec_context is not None]
    best = container.streams.best("audio")
    return best if best in usable else usable[0]


def _decoded(container, stream, begin: Fraction, warnings: list[str]) -> Iterator[tuple[Fraction | None, np.ndarray]]:
    """(time on the container's clock or None, (N, channels) int16) from some time before `begin` on."""
    resampler = av.AudioResampler(format="s16", layout="mono" if stream.channels == 1 else "stereo")
    if begin - Fraction(stream.start_time or 0) * stream.time_base > PREROLL:
        try:
            container.seek(int((begin - Fraction(PREROLL)) / stream.time_base), stream=stream, backward=True)
        except (av.FFmpegError, OSError) as error:
            log.debug("%s: cannot seek in the sound: %s", container.name, error)
    packets = container.demux(stream)
    broken = 0
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError, OSError):
            break
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            broken += 1
            continue
        for frame in frames:
            time = None if frame.pts is None else frame.pts * Fraction(frame.time_base)
            for plain in resampler.resample(frame):
                yield time, plain.to_ndarray().reshape(-1, plain.layout.nb_channels)
    if broken:
        warnings.append(f"The sound is damaged; pieces of it that are silent now: {broken}.")


def _placed(chunks, begin: Fraction, rate: int) -> Iterator[tuple[int, np.ndarray]]:
    """(sample number from `begin`, samples), in order, without overlap.

    Beyond JITTER the timestamps are believed; smaller holes and overlaps are closed, but for what they add up to.
    """
    at: int | None = None
    drift = 0.0
    for time, samples in chunks:
        wanted = at if time is None else round((time - begin) * rate)
        if wanted is None:
            wanted = 0
        if at is None or abs(wanted - at) > JITTER * rate:
            at, drift = wanted if at is None else max(wanted, at), 0.0
            samples = samples[max(0, at - wanted) :]
        else:
            drift += (wanted - at - drift) * min(1.0, len(samples) / (AVERAGED * rate))
            if abs(drift) > DRIFT * rate:
                samples, drift = _stretched(samples, len(samples) + round(drift)), 0.0
        skip = max(0, -at)
        if len(samples) > skip:
            yield at + skip, samples[skip:]
        at += len(samples)


def _stretched(samples: np.ndarray, length: int) -> np.ndarray:
    """(N, channels) int16 as `length` samples, at least one, between the neighbours of before."""
    if not len(samples):
        return samples
    places = np.linspace(0, len(samples) - 1, max(1, length))
    channels = [np.interp(places, np.arange(len(samples)), channel) for channel in samples.T]
    return np.rint(np.stack(channels, axis=1)).astype(samples.dtype)


def _write(path: Path, chunks, *, rate: int, channels: int, length: int) -> None:
    with replacing(path) as temporary, temporary.open("xb") as file, wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        written = 0
        for at, samples in chunks:
            if at >= length:
                break
            _silence(out, at - written, channels)
            out.writeframesraw(samples[: length - at].astype("<i2").tobytes())
            written = min(at + len(samples), length)
        _silence(out, length - written, channels)


def _silence(out: wave.Wave_write, count: int, channels: int) -> None:
    while count > 0:
        block = min(count, _SILENCE_BLOCK)
        out.writeframesraw(bytes(2 * channels * block))
        count -= block
