# SPDX-License-Identifier: GPL-3.0-or-later
"""The noise that a shot begins with: each frame's its own, or drawn in the published order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from .settings import NOISES

# The picture's own noise has a number of its own.
_PICTURE = 2**31


@dataclass(frozen=True, eq=False)
class Noise:
    """picture: (1, 3, H, W), a little of it goes onto the picture · frames: (N, 4, h, w), what the latents begin as."""

    picture: torch.Tensor
    frames: torch.Tensor


def start_noise(seed: int, frames: Sequence[int], shape: tuple[int, int, int]) -> torch.Tensor:
    """Noise (len(frames), *shape): a frame's depends on the seed and its own number alone."""
    made = []
    for frame in frames:
        key = np.random.SeedSequence([seed, frame]).generate_state(1, np.uint64)[0]
        generator = torch.Generator().manual_seed(int(key) >> 1)
        made.append(torch.randn(shape, generator=generator))
    return torch.stack(made)


def draw(kind: str, seed: int, size: tuple[int, int], shape: tuple[int, int, int, int]) -> Noise:
    """The noise of a shot: size (W, H) px of the picture, shape (N, 4, h, w) of the latents; drawn on the CPU.

    "own": see start_noise · "published": one generator draws the picture's noise, then that of all frames, as the
    published loop does. (What it draws after that, in every step, it does not use.)
    """
    if kind == "own":
        return Noise(
            start_noise(seed, [_PICTURE], (3, size[1], size[0])), start_noise(seed, range(shape[0]), shape[1:])
        )
    if kind != "published":
        raise ValueError(f"noise: {kind!r} is not among {', '.join(NOISES)}")
    generator = torch.Generator().manual_seed(seed)
    picture = torch.randn((1, 3, size[1], size[0]), generator=generator)
    return Noise(picture, torch.randn((1, *shape), generator=generator)[0])
