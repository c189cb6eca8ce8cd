# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's toon as a member of the cast. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

from core.landmarks import ALL_PARTS

from ..toon import draw_toon
from .drawing import Drawing


def draw(size: int) -> Drawing:
    toon = draw_toon(size=size)
    return Drawing(name="toon", pixels=toon.pixels, points=toon.points, present=ALL_PARTS, iris=toon.iris)
