# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is shown when nobody is named, and where everybody stands: the actor first, then the cast, side by side in rows.

Standard library only: build.py, the movie and Blender read it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

EVERYONE = (
    "anime", "bear", "boy", "bunny", "cat", "child", "dog", "doll", "elf", "emoji", "fox", "kid", "koala",
    "manga", "monster", "oldman", "owl", "pumpkin", "robot", "slime", "snowman", "teacher", "tinbot", "toon",
    "vinyl",
)  # fmt: skip
SHOWN = ("toon", "robot", "elf", "boy", "anime")

GAP = 0.07  # between two pictures and around all, in widths of a picture
GROUND = (62, 64, 70)  # sRGB, behind everybody
SHEET = (233, 229, 220)  # sRGB, under pictures that are transparent
_WANTED = 1.6  # width by height of it all
_EMPTY = 0.2  # what an empty place costs, as a logarithm of width by height


@dataclass(frozen=True)
class Stage:
    """width, height: in widths of a picture · places: the middle of each, x right and y down from the top left."""

    width: float
    height: float
    places: tuple[tuple[float, float], ...]


def stage(count: int) -> Stage:
    """Square places for `count` pictures; a last row that is not full stands in the middle.

    >>> [(round(x, 2), round(y, 2)) for x, y in stage(3).places]
    [(0.57, 0.57), (1.64, 0.57), (2.71, 0.57)]
    """
    columns = min(range(1, count + 1), key=lambda columns: _cost(columns, count))
    rows = math.ceil(count / columns)
    width, height = _side(columns), _side(rows)
    places = []
    for row in range(rows):
        here = min(columns, count - row * columns)
        left = (width - _side(here)) / 2
        places += [(left + _side(column) + 0.5, _side(row) + 0.5) for column in range(here)]
    return Stage(width, height, tuple(places))


def _side(pictures: int) -> float:
    """The length of so many pictures in a row, with the gaps before, between and after."""
    return pictures + GAP * (pictures + 1)


def _cost(columns: int, count: int) -> float:
    rows = math.ceil(count / columns)
    return abs(math.log(_side(columns) / _side(rows) / _WANTED)) + _EMPTY * (rows * columns - count)
