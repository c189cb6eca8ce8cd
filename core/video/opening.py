# SPDX-License-Identifier: GPL-3.0-or-later
"""From a path to an open clip: a movie file, a folder of pictures, a member or the pattern of a numbered sequence."""

from __future__ import annotations

from pathlib import Path

from ..picture import SUFFIXES
from .clip import ClipInfo, ClipReader, Source
from .file import FileSource
from .sequence import SequenceSource, find_sequence, is_pattern
from .write import exact_rate


def open_clip(path: Path | str, *, fps: float = 24.0) -> ClipReader:
    """Open a clip; close it again, best by `with`.

    `path`: a movie file · a folder of pictures · one picture of a numbered sequence (`shot.0001.png`) · a pattern
    (`shot.####.png`, `shot.%04d.png`). `fps` is the rate of picture sequences only.
    Raises INPUT_MISSING, INPUT_UNREADABLE, USAGE (fps).
    """
    path = Path(path)
    rate = exact_rate(fps)
    source: Source
    if path.is_dir() or path.suffix.lower() in SUFFIXES or (is_pattern(path) and not path.exists()):
        source = SequenceSource(path, find_sequence(path), rate=rate)
    else:
        source = FileSource(path)
    return ClipReader(source)


def probe(path: Path | str, *, fps: float = 24.0) -> ClipInfo:
    """What `open_clip` says about a clip. Raises the same errors."""
    with open_clip(path, fps=fps) as clip:
        return clip.info
