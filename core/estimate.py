# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of the diffusion backend before anything starts: from counted arithmetic and what runs have shown.

Light, and pure but for `Calibration.load`: Blender loads the calibration once in a while and asks as often as it draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .calibration import Calibration, Card, Pace
from .costs import (
    SIZE,
    STEPS,
    STRIDE,
    USABLE,
    WINDOW,
    Plan,
    Task,
    choose,
    conditions_flop,
    decoding_flop,
    memory,
    step_flop,
)

UNKNOWN = "not measured on this machine yet"
_MULTIPLE = 64


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a task takes. seconds, None: nothing was measured here · memory: bytes at the peak, None: no card is known ·
    plan it would go by · card it would run on · scaled: from a run at another size · fits: into the card's memory."""

    seconds: float | None = None
    memory: float | None = None
    plan: Plan | None = None
    card: Card | None = None
    scaled: bool = False
    fits: bool = True

    def words(self) -> str:
        """In a line.

        >>> Estimate(seconds=203.0, memory=8.7e9).words(), Estimate().words()
        ('about 3 min 20 s, 9 GB', 'not measured on this machine yet')
        """
        if self.memory is None:
            return UNKNOWN
        room = gigabytes(self.memory) + ("" if self.fits else ", more than the card has")
        return f"{room}; time {UNKNOWN}" if self.seconds is None else f"about {duration(self.seconds)}, {room}"

    def as_dict(self) -> dict[str, Any]:
        """For a verb's result."""
        return {
            "words": self.words(),
            "seconds": self.seconds,
            "memory": self.memory,
            "plan": "" if self.plan is None else self.plan.words(),
            "card": "" if self.card is None else self.card.name,
            "scaled": self.scaled,
            "fits": self.fits,
        }


def estimate(
    frames: int,
    settings: Mapping[str, Any],
    calibration: Calibration,
    *,
    size: tuple[int, int] | None = None,
    characters: int = 1,
) -> Estimate:
    """What `frames` frames take on this machine.

    settings: of the backend mofa, numbers or the text that stands for them; what is missing is as by default, what
    makes no sense, too · size: (width, height) px of the crop where it is known, else a square of the settings' size,
    which is the most it can be · characters: drawn one after the other with the networks loaded once.

    >>> estimate(24, {"size": 512}, Calibration()).words()
    'not measured on this machine yet'
    """
    task = task_of(frames, settings, size=size, characters=characters)
    card = calibration.card(str(settings.get("device", "auto")), str(settings.get("precision", "auto")))
    return Estimate() if card is None else on_card(task, card, calibration, together=_whole(settings, "together", 0))


def on_card(
    task: Task,
    card: Card,
    calibration: Calibration,
    *,
    free: float | None = None,
    together: int = 0,
    weights: float | None = None,
) -> Estimate:
    """The same on a card. free: bytes of it that may be used, None: all it has · weights: bytes of all networks, None:
    of the published ones."""
    pace = calibration.nearest(card, task.size, task.seen)
    grown = calibration.grown(card)
    room = (card.memory if free is None else free) / grown
    plan = choose(task, room, value=card.value, together=together, width=card.width, weights=weights)
    needed = memory(task, plan, value=card.value, width=card.width, weights=weights).most
    return Estimate(
        seconds=None if pace is None else seconds(task, plan, pace),
        memory=needed * grown,
        plan=plan,
        card=card,
        scaled=pace is not None and (pace.size, pace.window) != (tuple(task.size), task.seen),
        fits=needed <= USABLE * room,
    )


def seconds(task: Task, plan: Plan, pace: Pace) -> float:
    """The time of a task at a measured pace, in proportion to the arithmetic where size or window differ."""
    there = Task(frames=pace.window - 1, size=pace.size, window=pace.window)
    again = max(0, task.windows - plan.held) * (task.steps - 1)
    of_units = {
        "motion": (task.frames, 1.0),
        "conditions": (task.windows + again, _ratio(conditions_flop, task, there)),
        "step": (2 * task.windows * task.steps, _ratio(step_flop, task, there)),
        "frame": (task.sampled, decoding_flop(task.latent) / decoding_flop(there.latent)),
    }
    once = sum(pace.seconds.get(stage, 0.0) * count * ratio for stage, (count, ratio) in of_units.items())
    return pace.seconds.get("load", 0.0) + task.characters * once


def _ratio(flop: Any, here: Task, there: Task) -> float:
    return flop(here.seen, here.latent) / flop(there.seen, there.latent)


def task_of(
    frames: int, settings: Mapping[str, Any], *, size: tuple[int, int] | None = None, characters: int = 1
) -> Task:
    side = max(_MULTIPLE, round(_whole(settings, "size", SIZE) / _MULTIPLE) * _MULTIPLE)
    window = max(2, _whole(settings, "window", WINDOW))
    return Task(
        frames=max(1, frames),
        size=size or (side, side),
        steps=max(1, _whole(settings, "steps", STEPS)),
        window=window,
        stride=min(max(1, _whole(settings, "stride", STRIDE)), window - 1),
        characters=max(1, characters),
    )


def _whole(settings: Mapping[str, Any], name: str, default: int) -> int:
    try:
        return int(settings.get(name, default))
    except (TypeError, ValueError, OverflowError):
        return default


def duration(time: float) -> str:
    """Seconds in words, as precise as an estimate is.

    >>> [duration(time) for time in (0.4, 42.3, 203, 3599, 3700, 20000)]
    ['1 s', '42 s', '3 min 20 s', '1 h', '1 h', '5 h 35 min']
    """
    if time < 59.5:
        return f"{max(1, round(time))} s"
    if time < 3595:
        minutes, rest = divmod(round(time / 10) * 10, 60)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(time / 300) * 5, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def gigabytes(count: float) -> str:
    """Bytes in words, rounded up.

    >>> gigabytes(8.7e9), gigabytes(3e8)
    ('9 GB', '1 GB')
    """
    return f"{max(1, math.ceil(count / 1e9))} GB"


__all__ = ["Calibration", "Estimate", "Task", "estimate", "on_card", "seconds", "task_of"]
