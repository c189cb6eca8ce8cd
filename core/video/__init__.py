# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips in and movies out, with PyAV: by timestamps, upright, in square pixels, as 8-bit RGB, with their sound.

with open_clip("take 3.mov") as clip:
    for frame in clip.frames(start=1.0, end=2.5):
        look_at(frame.time, frame.rgb)
    extract_sound(clip, "sound.wav", start=1.0, end=2.5)
"""

from .clip import ClipInfo, ClipReader, VideoFrame
from .opening import open_clip, probe
from .sound import extract_sound
from .write import exact_rate, write_movie

__all__ = [
    "ClipInfo",
    "ClipReader",
    "VideoFrame",
    "exact_rate",
    "extract_sound",
    "open_clip",
    "probe",
    "write_movie",
]
