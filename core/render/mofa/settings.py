# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may choose of the diffusion backend. No torch here: panels and command lines read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import ErrorCode, FaceShotError
from ...hub_models import MOFA
from ...models import default_folder
from .drawing import PARTS
from .windows import STRIDE, WINDOW

ORDERS = ("fixed", "legacy")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
NOISES = ("own", "published")
DEVICES = ("auto", "cpu", "cuda", "mps")
TUNINGS = ("channels_last", "compile")
MOST_STEPS = 200


@dataclass(frozen=True, kw_only=True)
class MofaSettings:
    """steps of the sampler · guidance_from, guidance_to: its strength at a window's first and last frame · seed of the
    noise · size: longer side of the head's crop, px · strength: of the motion · parts: which landmarks move and are
    drawn, joined by + · order: see attention.ORDERS · window, stride: frames · weights: folder of the networks, empty:
    $FACESHOT_MOFA, else `mofa` among the models · device, precision · together: window halves at once, 0: as fits ·
    noise: see noise.draw; published: decoded in the published pieces, too · keep: GB that the latents of all runs may
    take on disk.
    """

    steps: int = 25
    guidance_from: float = 1.0
    guidance_to: float = 7.5
    seed: int = 0
    size: int = 512
    strength: float = 1.0
    parts: str = "+".join(PARTS)
    order: str = "fixed"
    window: int = WINDOW
    stride: int = STRIDE
    weights: str = ""
    device: str = "auto"
    precision: str = "auto"
    together: int = 0
    tuning: str = ""
    noise: str = "own"
    keep: float = 4.0

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> MofaSettings:
        """From names and values, or the text that stands for them. Raises USAGE, naming what is wrong."""
        known = dataclasses.asdict(cls())
        made: dict[str, Any] = {}
        for name, value in given.items():
            if name not in known:
                raise _wrong(f"no setting is called {name!r}", f"There is {', '.join(known)}.")
            kind = type(known[name])
            try:
                if isinstance(value, bool):
                    raise ValueError
                made[name] = kind(value)
                if kind is int and float(value) != made[name]:
                    raise ValueError
            except (TypeError, ValueError, OverflowError) as error:
                what = {int: "a whole number", float: "a number", str: "text"}[kind]
                raise _wrong(f"{name}={value!r}", f"{name} needs {what}.") from error
        settings = cls(**made)
        settings._check()
        return settings

    def _check(self) -> None:
        limits = {
            "steps": (1, MOST_STEPS),
            "guidance_from": (0, 50),
            "guidance_to": (0, 50),
            "seed": (0, 2**31 - 1),
            "size": (256, 1024),
            "strength": (0, 5),
            "window": (2, 256),
            "stride": (1, self.window - 1),
            "together": (0, 1024),
            "keep": (0, 100_000),
        }
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise _wrong(f"{name}={value:g}", f"{name} goes from {least} to {most}.")
        for name, choices in (("order", ORDERS), ("precision", PRECISIONS), ("device", DEVICES), ("noise", NOISES)):
            if getattr(self, name) not in choices:
                raise _wrong(f"{name}={getattr(self, name)}", f"{name} is one of {', '.join(choices)}.")
        unknown = [part for part in self.part_names() if part not in PARTS]
        if unknown or not self.part_names():
            raise _wrong(f"parts={self.parts}", f"Parts are {', '.join(PARTS)}, joined by +.")
        if set(self.tunings()) - set(TUNINGS):
            raise _wrong(f"tuning={self.tuning}", f"There is {', '.join(TUNINGS)}, joined by +.")

    def part_names(self) -> tuple[str, ...]:
        return tuple(part for part in self.parts.split("+") if part)

    def tunings(self) -> tuple[str, ...]:
        return tuple(name for name in self.tuning.split("+") if name)

    def folder(self) -> Path:
        """Where the networks' files are looked for."""
        return Path(self.weights).expanduser() if self.weights else MOFA.folder(default_folder())


def _wrong(what: str, hint: str) -> FaceShotError:
    return FaceShotError(ErrorCode.USAGE, f"The diffusion backend: {what}.", hint=hint)
