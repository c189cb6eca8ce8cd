# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mouth is painted with, each part in coordinates of its own: the same paint for a frame's pixels and for the
textures of the layers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..layers.fields import smoothstep
from .palette import Palette

# Widths of teeth, in units
_UPPER, _LOWER = 0.125, 0.09


@dataclass(frozen=True, eq=False)
class MouthPaint:
    """palette; flat: see `Style`. Shares are 0..1 of shape (h, w), colours (h, w, c) or (c,) in 0..1."""

    palette: Palette
    flat: float

    @property
    def slit(self) -> np.ndarray:
        """The colour of a mouth that is hardly open."""
        return 0.5 * self.palette.cavity + 0.5 * self.palette.lip

    def cavity(self, depth: np.ndarray) -> np.ndarray:
        """Colours of the cavity; depth: 0 at the upper lip, 1 at the lower one."""
        return (1 - 0.25 * (1 - self.flat) * np.clip(depth, 0, 1))[:, :, None] * self.palette.cavity

    def tongue(self, t: np.ndarray, rise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The tongue's share and colours; t: along the chord; rise: see `MouthState.tongue_rise`."""
        light = 0.78 + 0.34 * np.exp(-(((t - 0.5) / 0.2) ** 2)) * np.exp(-((rise - 1.6) ** 2))
        light = light - 0.25 * np.exp(-(((t - 0.5) / 0.035) ** 2)) * smoothstep(rise - 1.5)
        light = light + self.flat * (1 - light)
        return smoothstep(rise), np.clip(light[:, :, None] * self.palette.tongue, 0, 1)

    def teeth(self, across: np.ndarray, rise: np.ndarray, soft: float, *, upper: bool) -> tuple[np.ndarray, np.ndarray]:
        """The share and colours of a row of teeth; across: from its middle, rise: from its edge to the gums, both in
        units; soft: how soft that edge is, in units."""
        phase = np.abs((across / (_UPPER if upper else _LOWER)) % 1 - 0.5) * 2
        # Rounded corners: the edge rises toward the gaps between teeth.
        bow = 0.09 * (across / 0.4) ** 2 + 0.010 * (1 - self.flat) * phase**4
        share = np.clip((rise - bow) / soft + 0.5, 0, 1) * smoothstep((0.50 - np.abs(across)) / 0.12)
        light = 1 - 0.13 * np.clip((phase - 0.86) / 0.14, 0, 1) - 0.5 * np.clip((np.abs(across) - 0.18) / 0.4, 0, 1)
        light = light + self.flat * (1 - light)
        return share, np.clip((light if upper else 0.85 * light)[:, :, None] * self.palette.teeth, 0, 1)

    def shadow(self, depth: np.ndarray) -> np.ndarray:
        """How dark the upper lip's shadow is; depth: below its edge, in units."""
        return 0.45 * (1 - self.flat) * np.exp(-np.maximum(depth, 0) / 0.05)

    def corners(self, t: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The share and colour of the corners: flesh in shadow, black ones look like dents."""
        share = 0.85 * (1 - self.flat) * smoothstep(1 - np.minimum(t, 1 - t) / 0.2)
        return share, 0.5 * self.palette.cavity + 0.22 * self.palette.lip
