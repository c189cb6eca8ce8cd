# SPDX-License-Identifier: GPL-3.0-or-later
"""The live look at a face while its points are being placed: asks the engine, the newest wish first. No Blender in it.

Dragging makes wishes faster than an engine makes frames. One request is under way at a time; when its frame has come
the newest wish is asked for, and those between are never made.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import ErrorCode, FaceShotError

if TYPE_CHECKING:
    from ..core.character import Character
    from .engine_client import EngineClient, Request

SIZE = 320

# The part of a face by which one sees best whether points sit well, for the part that is being placed.
POSE_OF_PART = {
    "right_eye": "blink",
    "left_eye": "blink",
    "right_brow": "surprise",
    "left_brow": "surprise",
    "nose": "angry",
    "mouth": "open",
    "jaw": "open",
}
DEFAULT_POSE = "open"


@dataclass(frozen=True)
class Wish:
    """What is to be seen: a picture's file, the character on it, a pose of `core.render.glimpse`."""

    picture: Path
    character: Character
    pose: str = DEFAULT_POSE


class Glimpses:
    """Drive it with `step()` while it is `busy`; `close()` removes its files.

    open_engine: gives the engine that is kept warm · folder: for its files · frame: the newest one, None before ·
    failure: what was wrong with the last wish, "" where nothing was.
    """

    def __init__(self, open_engine: Callable[[], EngineClient], folder: Path) -> None:
        self.frame: Path | None = None
        self.pose = ""
        self.failure = ""
        self._open, self._folder = open_engine, folder
        self._numbers = itertools.count(1)
        self._wish: Wish | None = None
        self._engine: EngineClient | None = None
        self._request: Request | None = None
        self._asked: tuple[Path, Path, str] | None = None  # frame, card and pose of the request that is under way

    @property
    def busy(self) -> bool:
        """Whether something is still to come."""
        return self._wish is not None or self._request is not None

    def wish(self, wish: Wish) -> None:
        """Have that shown next; a wish that waits is forgotten."""
        self._wish = wish

    def step(self) -> bool:
        """Take in the news, never waiting; whether `frame` or `failure` is another one now."""
        changed = self._take_in()
        if self._request is None and self._wish is not None:
            wish, self._wish = self._wish, None
            try:
                self._ask(wish)
            except FaceShotError as error:
                changed |= self._fail(error)
        return changed

    def close(self) -> None:
        """Ask for nothing any more, and remove what was made."""
        self._wish = None
        if self._engine is not None and self._request is not None:
            self._engine.cancel(self._request)
        self._request = None
        for path in (self.frame, *(self._asked or ())[:2]):
            if isinstance(path, Path):
                _remove(path)
        self.frame = self._asked = None

    def _ask(self, wish: Wish) -> None:
        from ..core.arrays import write_atomically  # NumPy: not on enabling

        self._engine = self._open()
        number = next(self._numbers)
        frame, card = (self._folder / f"look-{number}{suffix}" for suffix in (".png", ".character.json"))
        _remove(frame)  # of a Blender before
        write_atomically(card, wish.character.to_json().encode())
        arguments = {
            "picture": str(wish.picture), "character": str(card), "output": str(frame), "pose": wish.pose, "size": SIZE,
        }  # fmt: skip
        self._request, self._asked = self._engine.request("preview", arguments), (frame, card, wish.pose)

    def _take_in(self) -> bool:
        if self._engine is None or self._request is None or self._asked is None:
            return False
        self._engine.poll()
        if not self._request.finished:
            return False
        (frame, card, pose), error = self._asked, self._request.error
        self._request = self._asked = None
        _remove(card)
        if error is not None:
            return self._fail(error)
        before, self.frame, self.pose, self.failure = self.frame, frame, pose, ""
        if before is not None:
            _remove(before)
        return True

    def _fail(self, error: FaceShotError) -> bool:
        changed = self.failure != error.message
        self.failure = "" if error.code is ErrorCode.CANCELLED else error.message
        return changed


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def part_that_moved(before: Character | None, after: Character) -> str:
    """The part whose points moved most; "" where none did, or nothing was before."""
    from ..core.landmarks import PARTS

    if before is None:
        return ""
    way = ((after.points - before.points) ** 2).sum(axis=1)
    part = max(PARTS, key=lambda name: float(way[PARTS[name]].sum()))
    return part if way[PARTS[part]].any() else ""
