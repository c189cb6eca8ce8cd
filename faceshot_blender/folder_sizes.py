# SPDX-License-Identifier: GPL-3.0-or-later
"""How much networks and cache take on disk: counted bit by bit while Blender is idle, and then only remembered."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy

DELAY, PAUSE = 0.1, 0.02
# Seconds of counting at a time, and after which a count is old.
SLICE, AGE = 0.01, 30.0
MODELS, CACHE = "models", "cache"


@dataclass(frozen=True)
class FolderSize:
    """What a folder holds. looked: when, by time.monotonic()."""

    path: str
    files: int = 0
    bytes: int = 0
    looked: float = 0.0

    @property
    def chosen(self) -> str:
        """The folder as the preferences name it: the cache's frames lie in one below."""
        return self.path.removesuffix(f"{os.sep}frames")

    def words(self) -> str:
        """
        >>> FolderSize("/c", 2100, 3_400_000_000).words(), FolderSize("/c").words()
        ('3.4 GB, 2100 files', 'empty')
        """
        if not self.files:
            return "empty"
        amount = f"{self.bytes / 1e9:.1f} GB" if self.bytes >= 1e9 else f"{self.bytes / 1e6:.1f} MB"
        return f"{amount}, {self.files} file{'s' if self.files > 1 else ''}"


KNOWN: dict[str, FolderSize] = {}
_counting: dict[str, Iterator[FolderSize | None] | None] = {}


def known(what: str) -> FolderSize | None:
    """What the folder held when it was counted last; None at first. It is counted soon where that is long ago."""
    size = KNOWN.get(what)
    if size is None or time.monotonic() - size.looked > AGE:
        count_soon(what)
    return size


def look(what: str) -> FolderSize:
    """Count now."""
    _counting.pop(what, None)
    KNOWN[what] = next(size for size in _count(_folder(what)) if size is not None)
    return KNOWN[what]


def count_soon(what: str) -> None:
    """Count while Blender is idle. Without a window nobody draws, and nothing is done."""
    if bpy.app.background or what in _counting:
        return
    _counting[what] = None
    if not bpy.app.timers.is_registered(_go_on):
        bpy.app.timers.register(_go_on, first_interval=DELAY, persistent=True)


def forget(*what: str) -> None:
    """Count anew when it is asked for; all of it, and no timer is left, when nothing is named."""
    for name in what or (MODELS, CACHE):
        KNOWN.pop(name, None)
        _counting.pop(name, None)
    if not what and bpy.app.timers.is_registered(_go_on):
        bpy.app.timers.unregister(_go_on)


def _go_on() -> float | None:
    from .ops.stepping import redraw

    end = time.perf_counter() + SLICE
    for what, counting in list(_counting.items()):
        if counting is None:
            counting = _counting[what] = _count(_folder(what))
        for size in counting:
            if size is not None:
                KNOWN[what] = size
            if time.perf_counter() > end:
                return PAUSE
        del _counting[what]
    redraw(bpy.context.window_manager)
    return None


def _folder(what: str) -> Path:
    from .host import cache_folder, models_folder

    if what == MODELS:
        from ..core.models import ModelStore

        return ModelStore(models_folder()).folder
    from ..core.cache import FrameStore

    return FrameStore(cache_folder()).folder


def _count(folder: Path) -> Iterator[FolderSize | None]:
    """None after each folder, to pause at, and in the end the whole."""
    files = total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 - many, and quickly
            except OSError:
                continue
            files += 1
        yield None
    yield FolderSize(str(folder), files, total, time.monotonic())
