# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the clips that the video tests read: frames that carry their number, sound that carries the time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation

BITS = 8
SIZE = (128, 64)
SOUND_RATE = 48000


def numbered(number: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    """(H, W, 3) uint8 of upright bars: the bits of `number`, most significant left, black or white."""
    bits = [(number >> (BITS - 1 - i)) & 1 for i in range(BITS)]
    columns = np.repeat(np.array(bits, np.uint8) * 215 + 20, -(-size[0] // BITS))[: size[0]]
    return np.ascontiguousarray(np.broadcast_to(columns[None, :, None], (size[1], size[0], 3)))


def number_of(rgb: np.ndarray) -> int:
    """The number that a decoded frame carries."""
    columns = rgb[rgb.shape[0] // 4 : -(rgb.shape[0] // 4 or 1)].mean(axis=(0, 2))
    centres = ((np.arange(BITS) + 0.5) * len(columns) / BITS).astype(int)
    return int(sum(1 << (BITS - 1 - i) for i, c in enumerate(centres) if columns[c] > 128))


def make_clip(
    path: Path,
    *,
    pictures: Sequence[np.ndarray] | int = 12,
    rate: Fraction | int = 25,
    times: Sequence[Fraction | float] | None = None,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    tags: dict[str, int] | None = None,
    from_format: str = "rgb24",
    rotate: int | None = None,
    matrix: list[int] | None = None,
    aspect: Fraction | None = None,
    sound: Sequence[float] | None = None,
) -> Path:
    """`times`: s of each frame, else k / rate · `sound`: (first, last) s of a track that is a click each 0.1 s ·
    `tags`: color_primaries, color_trc, colorspace, color_range · `rotate`: degrees counter-clockwise, as shown."""
    if isinstance(pictures, int):
        pictures = [numbered(k) for k in range(pictures)]
    with av.open(str(path), "w", options=container or {}) as out:
        video = out.add_stream(codec, rate=rate, options=options or {})
        height, width = pictures[0].shape[:2]
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        base = Fraction(1, 90000) if times is not None else 1 / Fraction(rate)
        video.codec_context.time_base = base
        if aspect:
            video.codec_context.sample_aspect_ratio = aspect
        if rotate is not None:
            video.set_display_rotation(rotate)
        if matrix is not None:
            video.set_display_matrix(matrix)
        for name, value in (tags or {}).items():
            setattr(video.codec_context, name, value)
        audio = out.add_stream("aac", rate=SOUND_RATE, layout="mono") if sound else None
        if sound and audio:
            _sound(out, audio, *sound)
        for k, pixels in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(pixels, format=from_format)
            if from_format != pix_fmt:
                frame = _converted(frame, pix_fmt, tags or {})
            frame.pts = k if times is None else round(times[k] / base)
            frame.time_base = base
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


def _converted(frame: av.VideoFrame, pix_fmt: str, tags: dict[str, int]) -> av.VideoFrame:
    spaces: dict[int, Any] = {1: "ITU709", 9: "BT2020"}
    return frame.reformat(
        format=pix_fmt,
        dst_colorspace=spaces.get(tags.get("colorspace", 6), "ITU601"),
        src_color_range="JPEG",
        dst_color_range="JPEG" if tags.get("color_range") == 2 else "MPEG",
        interpolation=Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT,
    )


def clicks(first: float, last: float, rate: int = SOUND_RATE) -> np.ndarray:
    """(N,) float32 from `first` to `last` s: 5 ms of a 2 kHz tone at each whole tenth of a second, else silence."""
    time = first + np.arange(round((last - first) * rate)) / rate
    tone = 0.8 * np.sin(2 * np.pi * 2000 * time)
    return np.where((time + 1e-9) % 0.1 < 0.005, tone, 0).astype(np.float32)


def _sound(out, audio, first: float, last: float) -> None:
    samples = clicks(first, last)
    for at in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, at : at + 1024], format="fltp", layout="mono")
        frame.sample_rate = SOUND_RATE
        frame.pts = round(first * SOUND_RATE) + at
        frame.time_base = Fraction(1, SOUND_RATE)
        out.mux(audio.encode(frame))
    out.mux(audio.encode(None))
