# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a take that are there while its job still runs, and which of them belongs where. No Blender in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_FRAME = re.compile(r"[/\\](\d{6})\.png$")


@dataclass
class Coming:
    """start: the scene frame of the take's first; frames are made at the scene's rate, so each has one of its own.

    >>> coming = Coming(start=101)
    >>> coming.take_in(["/out/held.landmarks.npz", "/out/proxy/000001.png", "/out/proxy/000002.png"])
    >>> coming.at(101).name, coming.at(150).name, coming.newest.name, coming.count
    ('000001.png', '000002.png', '000002.png', 2)
    """

    start: int
    newest: Path | None = None
    _files: dict[int, Path] = field(default_factory=dict)
    _seen: int = 0

    @property
    def count(self) -> int:
        return len(self._files)

    def take_in(self, saved: Sequence[str]) -> None:
        """All that the engine has saved so far; what is no frame is left aside."""
        for path in saved[self._seen :]:
            if found := _FRAME.search(path):
                self.newest = self._files[int(found[1])] = Path(path)
        self._seen = len(saved)

    def at(self, scene_frame: int) -> Path | None:
        """The frame that belongs there; where it has not come yet, the newest; None while there is none."""
        return self._files.get(scene_frame - self.start + 1, self.newest)
