# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the irises look: their place between the corners of the eye and within its opening."""

from __future__ import annotations

import numpy as np

from .apertures import MIN_GAP

_CORNERS = np.array([(36, 39), (42, 45)])
_LIDS = np.array([((37, 38), (41, 40)), ((43, 44), (47, 46))])
# How far from the middle an iris may go, in eye widths
_REACH = 0.42


def measure_gaze(faces: np.ndarray, iris: np.ndarray) -> np.ndarray:
    """Irises (..., 2) of faces (..., 68), complex, in eye widths from the middle of the corners; (..., 2)."""
    first, last = faces[..., _CORNERS[:, 0]], faces[..., _CORNERS[:, 1]]
    axis = last - first
    return (iris - (first + last) / 2) / np.where(np.abs(axis) > 1e-9, axis, np.inf)


def opening(face: np.ndarray) -> np.ndarray:
    """How far the eyes of (68,) are open, in eye widths; (2,)."""
    axis = face[_CORNERS[:, 1]] - face[_CORNERS[:, 0]]
    gap = (face[_LIDS[:, 1]] - face[_LIDS[:, 0]]).mean(axis=1)
    width = np.abs(axis)
    return np.abs(gap) / np.where(width > 1e-9, width, np.inf)


def apply_gaze(
    moved: np.ndarray,
    character: np.ndarray,
    iris: np.ndarray,
    gaze: np.ndarray,
    driver: np.ndarray,
    gain: float,
) -> np.ndarray:
    """The character's irises (T, 2) on its moved face (T, 68); character (68,) and iris (2,) at rest.

    gaze (T, 2): the driver's, less its rest. Along the eye it counts in eye widths, across in openings.
    """
    at_rest = measure_gaze(character, iris)
    ours, theirs = opening(character), opening(driver)
    tall = np.minimum(ours / np.maximum(theirs, MIN_GAP), 1.5)
    x = np.abs(at_rest.real)
    y = np.abs(at_rest.imag)
    looked = np.empty_like(gaze)
    looked.real = _within(at_rest.real + gain * gaze.real, np.maximum(_REACH, x))
    looked.imag = _within(at_rest.imag + gain * tall * gaze.imag, np.maximum(ours / 2, y))
    first, last = moved[:, _CORNERS[:, 0]], moved[:, _CORNERS[:, 1]]
    # what lies off the axis at rest (an eye of one point has none) goes along unchanged
    axis0 = character[_CORNERS[:, 1]] - character[_CORNERS[:, 0]]
    offset = iris - character[_CORNERS].mean(axis=1) - at_rest * axis0
    return (first + last) / 2 + looked * (last - first) + offset


def _within(value: np.ndarray, reach: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(value, -reach), reach)
