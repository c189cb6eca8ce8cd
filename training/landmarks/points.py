# SPDX-License-Identifier: GPL-3.0-or-later
"""From the curves of a drawn face to its 68 points; the same for all kinds.

All curves run from left to right as seen. Points divide jaw, brows, nose and lips evenly by length, those of an eye's
lids evenly along the line between its corners. Of an animal: the jaw is the lower outline of the head from eye height
to eye height (never the chest), 30 lies on the nose pad a third of the way down, 31..35 on the pad's lower edge, and
the lips are the two edges of the line of the mouth. Of a bird: no nose; the lips are the edges of the beak's halves.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.landmarks import ALL_PARTS, COUNT

from .curves import share_points

Lids = tuple[np.ndarray, np.ndarray]  # upper, lower
Lips = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]  # top edge, upper and lower edge of the gap, bottom edge


@dataclass
class Curves:
    """The curves of a face in face units; None is a part that it lacks. Covered: drawn, then hidden."""

    jaw: np.ndarray
    eyes: tuple[Lids, Lids]
    mouth: Lips
    iris: np.ndarray
    brows: tuple[np.ndarray, np.ndarray] | None = None
    bridge: np.ndarray | None = None
    nose: np.ndarray | None = None
    covered: set[str] = field(default_factory=set)

    def present(self) -> frozenset[str]:
        missing = set(self.covered)
        if self.brows is None:
            missing |= {"right_brow", "left_brow"}
        if self.nose is None:
            missing.add("nose")
        return ALL_PARTS - missing

    def points(self) -> np.ndarray:
        """(68, 2) face units. Those of parts that it lacks lie where such parts usually are."""
        points = np.empty((COUNT, 2))
        points[0:17] = share_points(self.jaw, np.linspace(0, 1, 17))
        points[36:42], points[42:48] = (_lid_points(*lids) for lids in self.eyes)
        top, upper, lower, bottom = self.mouth
        points[48:55] = share_points(top, np.linspace(0, 1, 7))
        points[55:60] = share_points(bottom, np.linspace(0, 1, 7)[5:0:-1])
        points[60:65] = share_points(upper, np.linspace(0, 1, 5))
        points[65:68] = share_points(lower, np.array([0.75, 0.5, 0.25]))
        right, left = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
        middle, across = (right + left) / 2, (left - right) / 2
        down = np.array([-across[1], across[0]])
        to_mouth = points[48:60].mean(axis=0) - middle
        if self.brows is None:
            arch = np.array([[-0.36, -0.62], [-0.18, -0.72], [0, -0.76], [0.18, -0.72], [0.36, -0.62]])
            arch = arch @ np.stack([across, down])
            points[17:22], points[22:27] = right + arch, left + arch
        else:
            points[17:22], points[22:27] = (share_points(brow, np.linspace(0, 1, 5)) for brow in self.brows)
        if self.bridge is None:
            points[27:31] = middle + np.linspace(0, 0.5, 4)[:, None] * to_mouth
        else:
            points[27:31] = share_points(self.bridge, np.linspace(0, 1, 4))
        if self.nose is None:
            points[31:36] = middle + 0.6 * to_mouth + np.linspace(-0.2, 0.2, 5)[:, None] * across
        else:
            points[31:36] = share_points(self.nose, np.linspace(0, 1, 5))
        return points


def _lid_points(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    first, last = upper[0], upper[-1]
    chord = last - first
    found = [first]
    for path, shares in ((upper, (1 / 3, 2 / 3)), (lower, (2 / 3, 1 / 3))):
        along = np.maximum.accumulate((path - first) @ chord / (chord @ chord))
        pair = [np.array([np.interp(share, along, path[:, axis]) for axis in (0, 1)]) for share in shares]
        found += [*pair, last] if path is upper else pair
    return np.array(found)
