# SPDX-License-Identifier: GPL-3.0-or-later
"""The cast: characters drawn by script, with their exact 68 points. Ours, dedicated to the public domain (CC0 1.0)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from .drawing import Drawing

__all__ = ["CAST", "Drawing"]

_NAMES = (
    "anime", "bear", "boy", "bunny", "cat", "child", "dog", "doll", "elf", "emoji", "fox", "kid", "koala",
    "manga", "monster", "oldman", "owl", "pumpkin", "robot", "slime", "snowman", "teacher", "tinbot", "toon",
    "vinyl",
)  # fmt: skip


def _drawn(name: str) -> Callable[[int], Drawing]:
    def draw(size: int = 1024) -> Drawing:
        return import_module(f".{name}", __package__).draw(size)

    draw.__name__ = f"draw_{name}"
    draw.__doc__ = f"The character {name!r}, (size, size) pixels; the same bytes every time."
    return draw


CAST: Mapping[str, Callable[[int], Drawing]] = MappingProxyType({name: _drawn(name) for name in _NAMES})
