# SPDX-License-Identifier: GPL-3.0-or-later
"""Random faces and performances, and short ways to retarget them, for the tests of retargeting."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from core.character import Character
from core.errors import ErrorCode
from core.landmarks import EYE_PAIRS, MOUTH_PAIRS, PARTS, LandmarkSequence, face_width, template
from core.retarget import RetargetSettings, retarget
from core.retarget.apertures import MIN_GAP
from core.retarget.frame import FaceFrame, to_complex, to_points

TIGHT = 1e-9
FRAMES = 24
EXAMPLES = 40
SEED = st.integers(0, 2**32 - 1)
PAIRS = [*EYE_PAIRS["right_eye"], *EYE_PAIRS["left_eye"], *MOUTH_PAIRS]


def sequence(points: np.ndarray, **more: object) -> LandmarkSequence:
    return LandmarkSequence(points=points, size=(640, 480), fps=25.0, time=np.arange(len(points)) / 25, **more)


def character(points: np.ndarray, **more: object) -> Character:
    return Character(points=points, size=(512, 512), **more)


def out(driver: np.ndarray, face: np.ndarray, chosen: RetargetSettings | None = None) -> np.ndarray:
    return retarget(sequence(driver), character(face), chosen or RetargetSettings()).points


def largest(difference: np.ndarray) -> float:
    return float(np.linalg.norm(difference, axis=-1).max())


def random_shape(rng: np.random.Generator) -> np.ndarray:
    """A face of other proportions: squeezed, with parts of other sizes in other places, some flat, some mere points."""
    points = template() * [1.0, rng.uniform(0.6, 1.3)]
    for part, where in PARTS.items():
        middle = points[where].mean(axis=0)
        scale = rng.uniform(0.5, 1.7, 2) if part != "jaw" else np.ones(2)
        if part != "jaw":
            scale *= rng.choice([1.0, 0.0], 2, p=[0.9, 0.1])
        points[where] = middle + (points[where] - middle) * scale + rng.uniform(-0.05, 0.05, 2)
    return random_similarity(rng)(points + rng.normal(size=points.shape) * 0.008)


def human_shape(rng: np.random.Generator) -> np.ndarray:
    points = template() * [1.0, rng.uniform(0.9, 1.1)]
    return points + rng.normal(size=points.shape) * 0.008


def random_similarity(rng: np.random.Generator) -> Callable[[np.ndarray], np.ndarray]:
    """Turns by 0 to 360 degrees, scales by 0.05 to 20 (of a face of 200 px), offsets to 10,000 px."""
    angle, size, offset = rng.uniform(0, 2 * np.pi), 100 * 20 ** rng.uniform(-1, 1), rng.uniform(-1e4, 1e4, 2)
    matrix = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return lambda points: points @ matrix.T + offset


def random_performance(rng: np.random.Generator, frames: int = FRAMES) -> np.ndarray:
    """An actor (frames, 68, 2): jaw, lips, brows, lids and head move smoothly; its first frame is not its neutral."""
    face = human_shape(rng)
    time = np.linspace(0, 1, frames)

    def wave(low: float, high: float) -> np.ndarray:
        return low + (high - low) * (0.5 + 0.5 * np.sin(2 * np.pi * (rng.uniform(0.5, 2) * time + rng.uniform())))

    points = np.repeat(face[None], frames, axis=0)
    jaw = wave(0, 0.35)[:, None]
    points[:, 3:14, 1] += jaw * np.sin(np.linspace(0, np.pi, 11))
    lower = [55, 56, 57, 58, 59, 65, 66, 67]
    points[:, lower, 1] += jaw * np.array([0.5, 0.9, 1.0, 0.9, 0.5, 0.9, 1.0, 0.9])
    points[:, [48, 54, 60, 64], 1] += 0.3 * jaw
    smile = wave(-0.05, 0.12)[:, None]
    points[:, [48, 49, 59, 60], 0] -= smile
    points[:, [53, 54, 55, 64], 0] += smile
    points[:, [48, 54], 1] -= 0.5 * smile
    points[:, 17:22, 1] -= wave(-0.05, 0.12)[:, None]
    points[:, 22:27, 1] -= wave(-0.05, 0.12)[:, None]
    for pairs in EYE_PAIRS.values():
        lid = wave(0, 1)[:, None]
        for upper, under in pairs:
            points[:, upper] += 0.7 * lid * (points[:, under] - points[:, upper])
            points[:, under] += lid * (points[:, upper] - points[:, under])
    points += rng.normal(size=points.shape) * 0.002
    angle, zoom = wave(-0.4, 0.4), wave(0.8, 1.25)
    turn = (zoom * np.exp(1j * angle))[:, None]
    moved = turn * (points[..., 0] + 1j * points[..., 1]) + (wave(-0.5, 0.5) + 1j * wave(-0.5, 0.5))[:, None]
    return random_similarity(rng)(np.stack([moved.real, moved.imag], axis=-1))


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return random_performance(rng), random_shape(rng)


def openings(points: np.ndarray) -> np.ndarray:
    pairs = np.array(PAIRS)
    return np.linalg.norm(points[..., pairs[:, 1], :] - points[..., pairs[:, 0], :], axis=-1)


def aperture_ratio(driver: np.ndarray, face: np.ndarray) -> float:
    ours, theirs = openings(face) / face_width(face), openings(driver[0]) / face_width(driver[0])
    return float((ours / np.maximum(theirs, MIN_GAP)).max())


def levelled(points: np.ndarray) -> np.ndarray:
    """A face (68, 2) with the ends of its jaw line at (-0.5, 0) and (0.5, 0)."""
    values = to_complex(points)
    return to_points(FaceFrame.of(values, ErrorCode.NO_FACE, "the").normalise(values))
