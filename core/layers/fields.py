# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth displacement fields through scattered points, as matrices that do not depend on the frame.

The centres of the radial basis functions are points of the *picture*, which never change: what a frame does to the
vertices is then linear in the displacements of its landmarks, and one small matrix holds it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .lattice import Lattice, Window


def wendland(distance: np.ndarray) -> np.ndarray:
    """Wendland's C2 function (1-r)^4 (4r+1) of r >= 0: 1 at 0, 0 from 1 on, positive definite in the plane."""
    rest = np.maximum(1 - distance, 0)
    rest = rest * rest
    return rest * rest * (4 * distance + 1)


def kernel(points: np.ndarray, centres: np.ndarray, radius: float) -> np.ndarray:
    """Wendland's function of the distances in units of `radius`; (n, m)."""
    return wendland(np.linalg.norm(points[:, None] - centres[None], axis=-1) / radius)


@dataclass(frozen=True, eq=False)
class Field:
    """A smooth field: its value at a place as a linear function of K inputs.

    centres (n, 2) px; coefficients (n, K); radius px: how far each centre reaches.
    """

    centres: np.ndarray
    coefficients: np.ndarray
    radius: float

    def at(self, places: np.ndarray) -> np.ndarray:
        """Weights at places (m, 2) px; (m, K)."""
        return kernel(places, self.centres, self.radius) @ self.coefficients

    @classmethod
    def through(
        cls,
        lattice: Lattice,
        window: Window,
        centres: np.ndarray,
        values: np.ndarray,
        *,
        radius: float,
        ridge: float | np.ndarray,
    ) -> Field:
        """The field that takes `values` (n, K) at `centres` (n, 2) px; `ridge` (one, or one per centre) smooths.

        It is fitted as it will be drawn, bilinear between the nodes of `window`, so that a coarse lattice still hits
        its points; centres outside the window are fitted without that correction.
        """
        at_centres = kernel(centres, centres, radius)
        index = lattice.index(centres) - (window.left, window.top)
        rows, columns = window.shape
        inside = ((index >= 0) & (index <= (columns - 1, rows - 1))).all(axis=1)
        between, shares = lattice.interpolation(centres[inside], window)
        nodes = lattice.nodes(window).reshape(-1, 2)
        needed, place = np.unique(between, return_inverse=True)
        spread = kernel(nodes[needed], centres, radius)
        at_centres[inside] = np.einsum("nc,ncm->nm", shares, spread[place.reshape(between.shape)])
        system = at_centres + np.diag(np.broadcast_to(ridge, len(centres)))
        return cls(centres, np.linalg.solve(system, values), radius)


def smoothstep(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    # np.clip takes longer than both together.
    x = np.minimum(np.maximum(x, 0), 1)
    return x * x * (3 - 2 * x)
