# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs of the diffusion backend have shown on this machine's cards, kept in a small file: seconds and memory."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .arrays import write_atomically
from .cache import default_folder
from .costs import WIDTH, WINDOW
from .errors import FaceShotError

# What is timed, and the unit whose seconds are kept: loading the networks (once), spreading a frame's motion, making
# what a window looks at, one step of one item (a window's guidance half), decoding a frame.
STAGES = ("load", "motion", "conditions", "step", "frame")
_VERSION = 1
# A new run counts as much as all before it: machines change, and one that was busy is soon forgotten.
_NEW = 0.5
_MOST = 64


@dataclass(frozen=True, kw_only=True)
class Card:
    """Where networks run. device: cuda, cpu or mps · name: of the card or processor · torch: its version · precision:
    float32, bfloat16 or float16 · memory: bytes of it in all · width: first width of the networks."""

    device: str
    name: str
    torch: str
    precision: str
    memory: float
    width: int = WIDTH

    @property
    def value(self) -> int:
        """Bytes of a number."""
        return 4 if self.precision == "float32" else 2

    def same(self, other: Card) -> bool:
        return dataclasses.replace(self, memory=0.0) == dataclasses.replace(other, memory=0.0)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What a card has shown at one size of the crop.

    seconds: of a unit of each stage that was timed; see STAGES · window: frames that a window had · grown: the most
    memory that was taken, in shares of what was computed; 0: not measured (a CPU) · runs it is the mean of · order: the
    newest pace has the highest.
    """

    card: Card
    size: tuple[int, int]
    window: int = WINDOW
    seconds: Mapping[str, float] = field(default_factory=dict)
    grown: float = 0.0
    runs: int = 1
    order: int = 0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Pace:
        """From JSON. Raises ValueError, TypeError, KeyError or AttributeError for what is none."""
        card = Card(**{**data["card"], "memory": float(data["card"]["memory"])})
        width, height = data["size"]
        seconds = {str(stage): float(value) for stage, value in data["seconds"].items() if stage in STAGES}
        pace = cls(
            card=card,
            size=(int(width), int(height)),
            window=int(data["window"]),
            seconds=seconds,
            grown=float(data["grown"]),
            runs=int(data["runs"]),
            order=int(data["order"]),
        )
        numbers = [*seconds.values(), pace.grown, card.memory]
        if not all(math.isfinite(value) and value >= 0 for value in numbers) or min(*pace.size, pace.window) < 1:
            raise ValueError("no pace")
        return pace

    def after(self, newer: Pace) -> Pace:
        """The mean with a newer run of the same card and size."""
        mixed = {
            stage: value if stage not in self.seconds else self.seconds[stage] + _NEW * (value - self.seconds[stage])
            for stage, value in newer.seconds.items()
        }
        # memory that was once needed may be needed again
        return dataclasses.replace(
            newer, seconds={**self.seconds, **mixed}, grown=max(self.grown, newer.grown), runs=self.runs + 1
        )


def default_file() -> Path:
    return default_folder() / "mofa" / "calibration.json"


@dataclass(frozen=True)
class Calibration:
    """All paces that are known, the newest first."""

    paces: tuple[Pace, ...] = ()

    @classmethod
    def load(cls, file: Path | None = None) -> Calibration:
        """From `file`, by default in the user's cache folder. What cannot be read is passed over."""
        paces = []
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            found = json.loads((default_file() if file is None else file).read_text(encoding="utf-8"))
            for data in found["paces"] if found["version"] == _VERSION else []:
                with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                    paces.append(Pace.of(data))
        return cls(tuple(sorted(paces, key=lambda pace: -pace.order)))

    def save(self, file: Path | None = None) -> None:
        """Write it, whole or not at all; a folder that cannot be written costs the estimate of the next run alone."""
        data = {"version": _VERSION, "paces": [dataclasses.asdict(pace) for pace in self.paces]}
        with contextlib.suppress(FaceShotError, OSError):
            write_atomically(default_file() if file is None else file, json.dumps(data, indent=1).encode())

    def noted(self, pace: Pace) -> Calibration:
        """With one more run."""
        old = self.exact(pace.card, pace.size, pace.window)
        kept = tuple(one for one in self.paces if one is not old)
        order = 1 + max((one.order for one in self.paces), default=0)
        new = dataclasses.replace(pace if old is None else old.after(pace), order=order)
        return Calibration((new, *kept)[:_MOST])

    def exact(self, card: Card, size: tuple[int, int], window: int) -> Pace | None:
        """What is known of this card at this size."""
        alike = (pace for pace in self.paces if pace.card.same(card))
        return next((pace for pace in alike if (pace.size, pace.window) == (tuple(size), window)), None)

    def nearest(self, card: Card, size: tuple[int, int], window: int) -> Pace | None:
        """The same, else of this card at the size nearest to it; only what has a time for the steps."""
        pixels = size[0] * size[1] * window
        alike = [pace for pace in self.paces if pace.card.same(card) and pace.seconds.get("step")]
        return min(
            alike,
            key=lambda pace: (
                (pace.size, pace.window) != (tuple(size), window),
                abs(math.log(pace.size[0] * pace.size[1] * pace.window / pixels)),
            ),
            default=None,
        )

    def grown(self, card: Card) -> float:
        """The most memory that was taken on this card, in shares of what was computed; at least 1."""
        return max(1.0, *(pace.grown for pace in self.paces if pace.card.same(card)), 1.0)

    def card(self, device: str = "auto", precision: str = "auto", *, width: int = WIDTH) -> Card | None:
        """The card of the last run that fits the wish."""
        for pace in self.paces:
            card = pace.card
            if device in ("auto", card.device) and precision in ("auto", card.precision) and card.width == width:
                return card
        return None
