# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth displacement fields through scattered points, as matrices that do not depend on the frame.

The centres of the radial basis functions are points of the *picture*, which never change: what a frame does to the
vertices is then linear in the displacements of its landmarks, and one small matrix holds it.
"""

from __future__ import annotations

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


def weights_through(
    lattice: Lattice,
    window: Window,
    centres: np.ndarray,
    values: np.ndarray,
    *,
    radius: float,
    ridge: float | np.ndarray,
) -> np.ndarray:
    """Node weights of a field that takes `values` at `centres`; (rows * columns of the window, K).

    centres (n, 2) px; values (n, K): the value at each centre as a linear function of K inputs. The field is fitted
    as it is drawn, bilinear between the nodes, so that a coarse lattice still hits its points; `ridge` (one, or one
    per centre) smooths. Centres outside the window are fitted without that correction.
    """
    nodes = lattice.nodes(window).reshape(-1, 2)
    spread = kernel(nodes, centres, radius)
    at_centres = kernel(centres, centres, radius)
    index = lattice.index(centres) - (window.left, window.top)
    rows, columns = window.shape
    inside = ((index >= 0) & (index <= (columns - 1, rows - 1))).all(axis=1)
    between, shares = lattice.interpolation(centres[inside], window)
    at_centres[inside] = np.einsum("nc,ncm->nm", shares, spread[between])
    coefficients = np.linalg.solve(at_centres + np.diag(np.broadcast_to(ridge, len(centres))), values)
    return spread @ coefficients


def smoothstep(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)
