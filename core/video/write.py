# SPDX-License-Identifier: GPL-3.0-or-later
"""Movies out: H.264 in MP4, with sound."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec import codecs_available
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from ..errors import ErrorCode, FaceShotError
from .file import SAFE
from .temporary import replacing

MIN_SIDE = 16


def exact_rate(fps: float | Fraction) -> Fraction:
    """The exact frame rate that a rounded number stands for. Raises USAGE outside of 0.1 to 1000.

    >>> exact_rate(23.976), exact_rate(29.97), exact_rate(25), exact_rate(12.5)
    (Fraction(24000, 1001), Fraction(30000, 1001), Fraction(25, 1), Fraction(25, 2))
    """
    if not (math.isfinite(fps) and 0.1 <= fps <= 1000):
        raise FaceShotError(ErrorCode.USAGE, f"{float(fps):g} frames per second is no rate.", hint="Use 1 to 1000.")
    if isinstance(fps, Fraction):
        return fps
    whole = round(fps)
    if whole and abs(fps - whole) < 0.0005:
        return Fraction(whole)
    broadcast = Fraction(max(1, round(fps * 1.001)) * 1000, 1001)
    if abs(fps - float(broadcast)) < 0.005 and broadcast > 7:
        return broadcast
    return Fraction(fps).limit_denominator(1001)


def write_movie(
    path: Path | str,
    frames: Iterable[np.ndarray],
    *,
    fps: float | Fraction,
    sound: Path | str | None = None,
    quality: int = 18,
) -> Path:
    """Write frames, each (H, W, 3) uint8 RGB of one size, and the sound file's track as H.264 and AAC in MP4.

    4:2:0 needs even sides: an odd one gets its last column or row twice. Sound longer than the picture is cut.
    `quality` is x264's constant rate factor, 0 (lossless) to 51. Written under a temporary name, then renamed; nothing
    is left behind on failure. Raises OUTPUT_UNWRITABLE, DISK_FULL, USAGE (no frames, or of mixed sizes), INPUT_MISSING
    and INPUT_UNREADABLE for the sound, and whatever `frames` raises.
    """
    path = Path(path)
    if sound is not None and not Path(sound).is_file():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No sound at {sound}.", hint="Check the path.")
    with replacing(path) as temporary:
        _encode(temporary, frames, exact_rate(fps), None if sound is None else Path(sound), quality)
    return path


def _encode(path: Path, frames: Iterable[np.ndarray], rate: Fraction, sound: Path | None, quality: int) -> None:
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise FaceShotError(ErrorCode.USAGE, "There are no frames to write a movie of.")
    with av.open(os.fspath(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        video = _video_stream(container, first, rate, quality)
        audio = None if sound is None else _Sound(container, sound)
        try:
            for count, pixels in enumerate(_same_size(first, pictures)):
                frame = _frame(pixels, video.width, video.height)
                frame.pts, frame.time_base = count, 1 / rate
                container.mux(video.encode(frame))
                if audio:
                    audio.mux_until((count + 1) / rate)
            container.mux(video.encode(None))
            if audio:
                audio.finish()
        finally:
            if audio:
                audio.close()


def _video_stream(container, first: np.ndarray, rate: Fraction, quality: int):
    height, width = first.shape[:2]
    h264 = "libx264" in codecs_available
    options = {"crf": str(quality), "preset": "medium"} if h264 else {"qscale": "3"}
    stream = container.add_stream("libx264" if h264 else "mpeg4", rate=rate, options=options)
    stream.width, stream.height = _even(width), _even(height)
    stream.pix_fmt = "yuv420p"
    stream.time_base = 1 / rate
    context = stream.codec_context
    context.thread_count = min(os.cpu_count() or 1, 8)
    context.colorspace = 1
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.color_range = ColorRange.MPEG
    return stream


def _even(side: int) -> int:
    return max(MIN_SIDE, side + side % 2)


def _same_size(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    for pixels in _chain(first, rest):
        if pixels.shape != first.shape or pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
            raise FaceShotError(
                ErrorCode.USAGE,
                f"Frames of a movie are (H, W, 3) uint8 of one size; got {pixels.shape} {pixels.dtype}.",
            )
        yield pixels


def _chain(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from rest


def _frame(pixels: np.ndarray, width: int, height: int) -> av.VideoFrame:
    below, right = height - pixels.shape[0], width - pixels.shape[1]
    if below or right:
        pixels = cv2.copyMakeBorder(pixels, 0, below, 0, right, cv2.BORDER_REPLICATE)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")
    return frame.reformat(
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP,
    )


class _Sound:
    """Encodes a sound file into the movie step by step, so that both tracks lie side by side in the file."""

    def __init__(self, container, path: Path) -> None:
        self._out, self._path = container, path
        try:
            self._in = av.open(os.fspath(path.absolute()), metadata_errors="ignore", options=SAFE)
        except (av.FFmpegError, OSError) as error:
            raise _no_sound(path) from error
        if not self._in.streams.audio:
            self._in.close()
            raise _no_sound(path)
        source = self._in.streams.audio[0]
        layout = "mono" if source.channels == 1 else "stereo"
        rate = source.rate if source.rate in (32000, 44100, 48000) else 48000
        self._stream = container.add_stream("aac", rate=rate, layout=layout)
        self._stream.bit_rate = 192_000
        self._rate = rate
        self._resampler = av.AudioResampler(format="fltp", layout=layout, rate=rate, frame_size=1024)
        self._frames = self._resampled(source)
        self._written = 0
        self._over = False

    def close(self) -> None:
        self._in.close()

    def _resampled(self, source) -> Iterator[av.AudioFrame]:
        try:
            for frame in self._in.decode(source):
                yield from self._resampler.resample(frame)
            yield from self._resampler.resample(None)
        except (av.FFmpegError, ValueError) as error:
            raise _no_sound(self._path) from error

    def mux_until(self, end: Fraction) -> None:
        """Sound up to `end` (s)."""
        limit = round(end * self._rate)
        while not self._over and self._written < limit:
            frame = next(self._frames, None)
            if frame is None:
                self._over = True
                return
            frame.pts = self._written
            self._written += frame.samples
            self._out.mux(self._stream.encode(frame))

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))


def _no_sound(path: Path) -> FaceShotError:
    return FaceShotError(ErrorCode.INPUT_UNREADABLE, f"Cannot read the sound {path}.", hint="Use a WAV file.")
