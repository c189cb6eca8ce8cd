# SPDX-License-Identifier: GPL-3.0-or-later
"""How a shot fits the card: what goes through the networks at once, an estimate of memory and time, said beforehand."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...arrays import write_atomically
from ...errors import FaceShotError
from .windows import windows

# FLOP of one step of one window of 25 frames at 512 x 512, both halves; of decoding a frame; of spreading its motion.
# Counted by torch's counter at the published widths; pixels and frames scale them (attention's square is left out).
_PAIR, _DECODED, _SPREAD = 86.41e12, 3.04e12, 0.032e12
_FRAMES, _PIXELS = 25, 512 * 512
# Bytes: parameters of all networks at two bytes each, and what one item (a window's half) needs at 512 x 512. The
# second is a guess until a run on the card has been measured.
_WEIGHTS, _ITEM = 5.99e9, 5.5e9
# FLOP a second until a run has been measured, by kind of device.
_SPEED = {"cpu": 0.05e12, "cuda": 60e12, "mps": 4e12}


@dataclass(frozen=True)
class Plan:
    """together: items (windows times guidance halves) at once · offload: networks wait in main memory while another
    runs · decoded: frames in a call of the decoder."""

    together: int
    offload: bool = False
    decoded: int = 8

    def smaller(self) -> Plan | None:
        """The next plan that needs less memory; None after the last."""
        if self.together > 2:
            return Plan(max(2, self.together // 2), self.offload, self.decoded)
        if self.together == 2:
            return Plan(1, self.offload, self.decoded)
        if not self.offload:
            return Plan(1, True, self.decoded)
        if self.decoded > 1:
            return Plan(1, True, max(1, self.decoded // 2))
        return None

    def words(self) -> str:
        halves = f"{self.together} window halves at once"
        return (
            f"{halves}{', networks one after the other' if self.offload else ''}, {self.decoded} frames decoded at once"
        )


@dataclass(frozen=True)
class Measured:
    """What a run on this device has shown: FLOP a second, bytes an item needs at 512 x 512."""

    speed: float
    item: float

    @classmethod
    def of(cls, device: str, file: Path | None = None) -> Measured:
        """From `file`, else a guess by the kind of device."""
        kind = device.split(":")[0]
        if file is not None:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found = json.loads(file.read_text())[kind]
                return cls(float(found["speed"]), float(found["item"]))
        return cls(_SPEED.get(kind, _SPEED["cuda"]), _ITEM)

    def keep(self, device: str, file: Path) -> None:
        """Note it for the next run; a folder that cannot be written is no matter."""
        known: dict = {}
        with contextlib.suppress(OSError, ValueError):
            known = json.loads(file.read_text())
        known[device.split(":")[0]] = {"speed": self.speed, "item": self.item}
        with contextlib.suppress(FaceShotError, OSError):
            write_atomically(file, json.dumps(known, indent=1).encode())


def flop(count: int, size: tuple[int, int], *, steps: int, window: int, stride: int) -> float:
    """The arithmetic of a shot of `count` frames at `size` px."""
    pixels = size[0] * size[1] / _PIXELS
    frames = sum(len(frames) for frames, _ in windows(count, size=window, stride=stride))
    return steps * _PAIR * pixels * frames / _FRAMES + count * (_DECODED * pixels + _SPREAD)


def item_bytes(measured: Measured, size: tuple[int, int], window: int) -> float:
    return measured.item * size[0] * size[1] / _PIXELS * window / _FRAMES


def choose(measured: Measured, memory: float, size: tuple[int, int], *, window: int, items: int) -> Plan:
    """The largest plan that fits `memory` bytes: all at once on 48 GB and more, one half with offload on 8 GB."""
    free = 0.92 * memory - _WEIGHTS
    fitting = int(free // item_bytes(measured, size, window))
    if fitting >= 1:
        return Plan(min(items, 16, max(1, fitting - fitting % 2 if fitting > 1 else 1)))
    return Plan(1, True, 2 if memory < 10e9 else 4)


def smaller_ones(plan: Plan) -> Iterator[Plan]:
    """The plan and all smaller ones, largest first."""
    current: Plan | None = plan
    while current is not None:
        yield current
        current = current.smaller()
