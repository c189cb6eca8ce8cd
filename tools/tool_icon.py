# SPDX-License-Identifier: GPL-3.0-or-later
"""The toolbar's icon of the Face Points tool, in Blender's own format for such icons: coloured triangles.

`python3 -m tools.tool_icon` writes it anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

from .run import ROOT

PATH = ROOT / "faceshot_blender" / "ui" / "icons" / "faceshot.points.dat"
Point = tuple[float, float]
Colour = tuple[int, int, int, int]
Triangle = tuple[tuple[Point, Point, Point], Colour]

LINE: Colour = (196, 196, 196, 255)
DOT: Colour = (255, 255, 255, 255)
GRABBED: Colour = (255, 160, 60, 255)


def icon() -> bytes:
    """Coordinates are 0..255, y up; all corners first, then all their colours."""
    triangles = list(_face())
    header = b"VCO\0" + bytes((255, 255, 0, 0))
    corners = bytes(round(min(max(value, 0), 255)) for shape, _ in triangles for point in shape for value in point)
    return header + corners + b"".join(bytes(colour) * 3 for _, colour in triangles)


def _face() -> Iterator[Triangle]:
    jaw = [(128 + 88 * math.cos(turn), 150 - 112 * math.sin(turn)) for turn in _turns(math.pi, 12)]
    mouth = [(128 + 40 * math.cos(turn), 96 - 24 * math.sin(turn)) for turn in _turns(math.pi, 8)]
    for line in (jaw, mouth):
        yield from _stroke(line, 6.0)
    for point in (jaw[0], jaw[3], jaw[6], jaw[9], mouth[0]):
        yield from _dot(point, 15.0, DOT)
    for x in (88.0, 168.0):
        yield from _dot((x, 160.0), 18.0, DOT)
    yield from _dot(jaw[12], 15.0, DOT)
    yield from _dot(mouth[8], 24.0, GRABBED)


def _turns(whole: float, count: int) -> list[float]:
    return [whole * (count - number) / count for number in range(count + 1)]


def _stroke(points: list[Point], half: float) -> Iterator[Triangle]:
    for (x, y), (to_x, to_y) in pairwise(points):
        length = math.hypot(to_x - x, to_y - y)
        a, b = -(to_y - y) / length * half, (to_x - x) / length * half
        yield ((x + a, y + b), (x - a, y - b), (to_x - a, to_y - b)), LINE
        yield ((x + a, y + b), (to_x - a, to_y - b), (to_x + a, to_y + b)), LINE


def _dot(middle: Point, radius: float, colour: Colour) -> Iterator[Triangle]:
    rim = [
        (middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn)) for turn in _turns(2 * math.pi, 10)
    ]
    for one, other in pairwise(rim):
        yield (middle, one, other), colour


if __name__ == "__main__":
    PATH.parent.mkdir(parents=True, exist_ok=True)
    PATH.write_bytes(icon())
