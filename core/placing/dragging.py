# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drag does to points: names of what is dragged, and the map of the picture that its way stands for. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..errors import ErrorCode, FaceShotError
from ..landmarks import PARTS
from .edit import IRISES, PartBox, group, scaled_about, turned_about

_TOTAL = IRISES[-1] + 1
# Tiny, yet not nothing: a part that was scaled to a point could never be scaled back.
LEAST = 1e-3


@dataclass(frozen=True)
class Change:
    """offset: px · turn: radians, clockwise on the picture · stretch: factors along the box's axes. About the middle
    of the box around what is changed."""

    offset: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    stretch: tuple[float, float] = (1.0, 1.0)

    @property
    def is_nothing(self) -> bool:
        return self == Change()

    def matrix(self, box: PartBox) -> np.ndarray:
        """(2, 3) map of the picture's px: stretched, then turned, then moved."""
        matrix = _after(turned_about(box.centre, self.turn), scaled_about(box.centre, self.stretch, box.axes))
        matrix[:, 2] += self.offset
        return matrix

    def box(self, box: PartBox) -> PartBox:
        """The box, gone along with the points in it."""
        turned = turned_about(np.zeros(2), self.turn)[:, :2]
        return PartBox(box.centre + self.offset, box.axes @ turned.T, box.half * np.abs(self.stretch))


def indices_of(what: str) -> np.ndarray:
    """The points that `what` names: a part, "irises", "face", or numbers with commas. Raises USAGE.

    >>> indices_of("30, 68").tolist()
    [30, 68]
    """
    words = [word.strip() for word in what.split(",")]
    if not all(word.isdecimal() for word in words):
        return group(what)
    numbers = sorted({int(word) for word in words})
    if numbers[-1] >= _TOTAL:
        raise FaceShotError(
            ErrorCode.USAGE, f"There is no point {numbers[-1]}.", hint=f"Points are 0 to {_TOTAL - 1}, from 68 irises."
        )
    return np.array(numbers)


def name_of(indices: Iterable[int]) -> str:
    """What `indices_of` reads as those points, a part's name where they are one.

    >>> name_of(indices_of("mouth"))
    'mouth'
    """
    wanted = sorted(set(indices))
    for what in ("face", "irises", *PARTS):
        if wanted == group(what).tolist():
            return what
    return ",".join(map(str, wanted))


def words_of(what: str) -> str:
    """For people.

    >>> words_of("right_brow"), words_of("30"), words_of("30,31")
    ('Right Brow', 'Point 30', '2 Points')
    """
    if not what[:1].isdecimal():
        return what.replace("_", " ").title()
    count = what.count(",") + 1
    return f"Point {what}" if count == 1 else f"{count} Points"


def moving(start: np.ndarray, now: np.ndarray, *, axis: tuple[float, float] | None = None, step: float = 0.0) -> Change:
    """From one px to another; along `axis` (a unit vector) only, in whole steps where `step` is not 0."""
    offset = now - start
    if axis is not None:
        offset = np.array(axis) * _stepped(float(offset @ axis), step)
    elif step:
        offset = np.array([_stepped(value, step) for value in offset])
    return Change(offset=(float(offset[0]), float(offset[1])))


def turning(centre: np.ndarray, start: np.ndarray, now: np.ndarray, *, before: float, step: float) -> Change:
    """Around `centre` from one px to another; `before`: the last angle, so that whole turns are counted."""
    one, other = start - centre, now - centre
    if min(np.linalg.norm(one), np.linalg.norm(other)) < 1e-9:
        return Change(turn=before)
    angle = math.atan2(one[0] * other[1] - one[1] * other[0], float(one @ other))
    angle += 2 * math.pi * round((before - angle) / (2 * math.pi))
    return Change(turn=_stepped(angle, step))


def scaling(box: PartBox, start: np.ndarray, now: np.ndarray, *, handle: tuple[int, int], step: float) -> Change:
    """By a handle of the box (see picking.HANDLES), whose opposite stays; (0, 0): about the middle, all ways."""
    signs = np.array(handle, np.float64)
    pivot = box.centre - signs * box.half @ box.axes
    one, other = (start - pivot) @ box.axes.T, (now - pivot) @ box.axes.T
    if not signs.any():
        factor = float(np.linalg.norm(other)) / max(float(np.linalg.norm(one)), 1e-9)
    else:
        along = signs * np.abs(one) if signs.all() else signs
        factor = float(other @ along / (one @ along)) if abs(one @ along) > 1e-9 else 1.0
    factor = _stepped(factor, step)
    factor = math.copysign(max(abs(factor), LEAST), factor)
    stretch = np.where(signs != 0, factor, 1.0) if signs.any() else np.full(2, factor)
    offset = ((stretch - 1) * ((box.centre - pivot) @ box.axes.T)) @ box.axes
    return Change(offset=(float(offset[0]), float(offset[1])), stretch=(float(stretch[0]), float(stretch[1])))


def nice_step(least: float) -> float:
    """The smallest of ... 0.5, 1, 2, 5, 10 ... that is not less.

    >>> nice_step(0.3), nice_step(7)
    (0.5, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(max(least, 1e-9)))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))


def _stepped(value: float, step: float) -> float:
    return round(value / step) * step if step else float(value)


def _after(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    linear = second[:, :2] @ first[:, :2]
    return np.column_stack([linear, second[:, :2] @ first[:, 2] + second[:, 2]])
