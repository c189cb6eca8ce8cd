# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture sequences as clips: frame n of a numbered sequence is shown (n - first) / fps seconds after the first."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ..errors import ErrorCode, FaceShotError
from ..picture import SUFFIXES, read_picture
from .clip import ClipInfo, Load

_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)
_PATTERN = re.compile(r"^(.*?)(#+|%0?\d*d)([^#%]*)$", re.DOTALL)
Numbered = list[tuple[int, Path]]


def is_pattern(path: Path) -> bool:
    """
    >>> is_pattern(Path("shot.####.png")), is_pattern(Path("shot.%04d.png")), is_pattern(Path("shot.png"))
    (True, True, False)
    """
    return _PATTERN.match(path.name) is not None and path.suffix.lower() in SUFFIXES


def find_sequence(path: Path) -> Numbered:
    """The (number, file) pairs, ascending, that a folder, a member or a pattern stands for.

    A folder with several numbered sequences stands for the longest; one without numbers for its pictures by name.
    Raises INPUT_MISSING, INPUT_UNREADABLE.
    """
    if path.is_dir():
        return _of_folder(path)
    if path.exists():
        match = _NUMBER.match(path.stem)
        return _members(path.parent, match[1], match[3] + path.suffix) if match else [(0, path)]
    match = _PATTERN.match(path.name)
    found = _members(path.parent, match[1], match[3]) if match and path.parent.is_dir() else []
    if not found:
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No pictures at {path}.", hint="Check the path.")
    return found


def _pictures(folder: Path) -> list[Path]:
    try:
        return sorted(
            p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith(".") and p.is_file()
        )
    except OSError as error:
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"Cannot read the folder {folder} ({error.strerror}).",
            hint="Check its permissions.",
        ) from error


def _members(folder: Path, prefix: str, suffix: str) -> Numbered:
    name = re.compile(re.escape(prefix) + r"(\d+)" + re.escape(suffix))
    return sorted((int(m[1]), p) for p in _pictures(folder) if (m := name.fullmatch(p.name)))


def _of_folder(folder: Path) -> Numbered:
    groups: dict[tuple[str, str], Numbered] = {}
    pictures = _pictures(folder)
    for picture in pictures:
        if match := _NUMBER.match(picture.stem):
            groups.setdefault((match[1], match[3] + picture.suffix), []).append((int(match[2]), picture))
    if not pictures:
        raise FaceShotError(
            ErrorCode.INPUT_UNREADABLE,
            f"No pictures in the folder {folder}.",
            hint="Choose a folder of PNG, JPEG, WebP, BMP or TIFF pictures, or a movie file.",
        )
    longest = max(groups.values(), key=len, default=[])
    if len(longest) > 1:
        return sorted(longest)
    return list(enumerate(pictures))


class SequenceSource:
    """A picture sequence; see `clip.Source`."""

    def __init__(self, path: Path, members: Sequence[tuple[int, Path]], *, rate: Fraction) -> None:
        self.warnings: list[str] = []
        self.damaged = False
        self._first = members[0][0]
        self._rate = rate
        self._members = _without_doubles(members)
        first = self._first_readable()
        self.info = ClipInfo(
            path=path,
            size=first.shape[1::-1],
            rate=self._rate,
            duration=float((self._members[-1][0] - self._first + 1) / self._rate),
            frame_count=len(self._members),
            is_sequence=True,
            codec=self._members[0][1].suffix[1:].lower(),
        )
        missing = self._members[-1][0] - self._first + 1 - len(self._members)
        if missing:
            self._warn(f"The sequence of {self._members[0][1].name} has gaps; pictures that are missing: {missing}.")
        if path.is_dir() and len(self._members) < len(_pictures(path)):
            self._warn(f"{path} holds other pictures too; only {self._members[0][1].name} and its like are used.")

    def _first_readable(self) -> np.ndarray:
        problem: FaceShotError | None = None
        for _, path in self._members:
            try:
                return read_picture(path).rgb8()
            except FaceShotError as error:
                problem = problem or error
        assert problem is not None
        raise problem

    def read(self, start: float) -> Iterator[tuple[float, Load]]:
        times = [float((number - self._first) / self._rate) for number, _ in self._members]
        begin = max(bisect_right(times, start) - 1, 0)
        pixels = self._load(self._members[begin][1])
        while pixels is None and begin > 0:  # then the one before is still on screen
            begin -= 1
            pixels = self._load(self._members[begin][1])
        for time, (_, path) in zip(times[begin:], self._members[begin:], strict=True):
            if pixels is None:
                pixels = self._load(path)
            if pixels is not None:
                yield time, partial(np.asarray, pixels)
            pixels = None

    def _load(self, path: Path) -> np.ndarray | None:
        try:
            pixels = read_picture(path).rgb8()
        except FaceShotError as error:
            self.damaged = True
            self._warn(f"{error.message} The frame is left out.")
            return None
        if pixels.shape[1::-1] != self.info.size:
            self._warn(
                f"The pictures like {self._members[0][1].name} differ in size; all are scaled to the first one's."
            )
            pixels = cv2.resize(pixels, self.info.size, interpolation=cv2.INTER_AREA)
        return pixels

    def _warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)


def _without_doubles(members: Sequence[tuple[int, Path]]) -> Numbered:
    """One file per number: `a1.png` and `a01.png` in one folder are the same frame."""
    return sorted(dict(reversed(members)).items())
