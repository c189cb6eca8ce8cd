# SPDX-License-Identifier: GPL-3.0-or-later
"""How long retargeting takes: CPU time for 50 frames on one core.

The baseline is what one would write down first, in the same run: the same formula for global motion, carried parts,
detail and openings, frame by frame and point by point in plain Python. The published method takes about 1.3 s of CPU
time for as many frames on a like machine.

    python -m benchmarks.retarget
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from core.character import Character
from core.landmarks import COUNT, EYE_PAIRS, MOUTH_PAIRS, PARTS, LandmarkSequence, template
from core.motion import FaceMotion
from core.retarget import RetargetSettings, retarget
from core.retarget.apertures import MIN_GAP, UPRIGHT
from core.retarget.frame import FaceFrame, rigid_points, to_complex
from core.retarget.parts import proportions

FRAMES = 50
AIM_MS = 1.0
PUBLISHED_MS = 1300.0
_PAIRS = [*EYE_PAIRS["right_eye"], *EYE_PAIRS["left_eye"], *MOUTH_PAIRS]
_ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")


def run(frames: int = FRAMES) -> list[dict]:
    """Measures in a process of its own, since linear algebra decides on its threads when it is loaded."""
    root = Path(__file__).resolve().parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.retarget", str(frames)],
        cwd=root,
        env=os.environ | _ONE_CORE,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measure(frames: int) -> list[dict]:
    """The figures, in this process."""
    points, motion = performance(frames)
    face = template() * [180.0, 120.0] + [256.0, 160.0]
    character = Character(points=face, size=(512, 512))
    settings = RetargetSettings(shut=0.0)
    slow = milliseconds(lambda: plain_loop(points.points, face), 1)
    difference = np.abs(plain_loop(points.points, face) - retarget(points, character, settings).points)[:, 17:].max()
    if difference > 1e-6:
        raise SystemExit(f"The baseline does not compute the same: {difference} px.")
    figures = []
    for name, driver in (("landmarks", points), ("face motion", motion)):
        value = milliseconds(partial(retarget, driver, character, settings), 40)
        figures.append(_figure(f"retarget {frames} frames of {name}", value, slow))
    figures.append(_figure("as published, a like machine", PUBLISHED_MS * frames / FRAMES, slow))
    return figures


def _figure(name: str, value: float, baseline: float) -> dict:
    return {"name": name, "value": value, "unit": "ms CPU", "baseline": baseline, "ratio": value / baseline}


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """CPU time of one call: the best of five runs of `repeats` calls."""
    work()
    best = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, (time.process_time() - start) / repeats)
    return best * 1e3


def performance(frames: int) -> tuple[LandmarkSequence, FaceMotion]:
    """Somebody talks, blinks and moves the head: as points, and as a FaceMotion of 20 terms."""
    rng = np.random.default_rng(0)
    moments = np.arange(frames) / 25
    terms = 20
    basis = rng.normal(size=(terms, COUNT, 3)) * 0.004
    basis[0, [56, 57, 58, 65, 66, 67], 1], basis[0, [55, 59], 1] = 0.3, 0.15
    for pairs in EYE_PAIRS.values():
        for upper, _ in pairs:
            basis[1, upper, 1] = 0.12
    waves = 0.5 + 0.5 * np.sin(moments[:, None] * rng.uniform(2, 9, terms) + rng.uniform(0, 6, terms))
    x, y = template().T
    motion = FaceMotion(
        fps=25.0,
        time=moments,
        valid=np.ones(frames, bool),
        confidence=np.ones(frames),
        size=(720, 720),
        rotation=0.2 * np.sin(moments[:, None] * [1.0, 1.7, 2.3]),
        translation=360 + 40 * np.sin(moments[:, None] * [0.9, 1.3]),
        scale=np.full(frames, 110.0),
        names=tuple(f"term{number}" for number in range(terms)),
        expression=waves,
        identity=np.column_stack([x, y, 0.5 * x**2 + 0.1 * y**2]),
        basis=basis,
        basis_id="benchmark",
        residual=rng.normal(size=(frames, COUNT, 3)) * 0.002,
    )
    return motion.landmark_sequence(), motion


def plain_loop(points: np.ndarray, face: np.ndarray) -> np.ndarray:
    """The formula without vectors: points (T, 68, 2) and face (68, 2) to (T, 68, 2). The jaw is carried by its mean."""
    first, own = to_complex(points[0]), to_complex(face)
    driver, character = FaceFrame.of(first, None, ""), FaceFrame.of(own, None, "")  # type: ignore[arg-type]
    q0 = [(z - driver.origin) / driver.axis for z in first.tolist()]
    r0 = [(z - character.origin) / character.axis for z in own.tolist()]
    scales = proportions(np.array(r0), np.array(q0), frozenset(PARTS))
    left, right, up, down, along, across = (
        values.tolist() for values in (scales.left, scales.right, scales.up, scales.down, scales.x, scales.y)
    )
    rigid = rigid_points(frozenset(PARTS))
    centre = sum(q0[p] for p in rigid) / len(rigid)
    weight = sum(abs(q0[p] - centre) ** 2 for p in rigid)
    sources = {part: list(range(where.start, where.stop)) for part, where in PARTS.items()}
    sources["right_eye"], sources["left_eye"] = [36, 39], [42, 45]
    out = np.empty_like(points)
    for t, frame in enumerate(points.tolist()):
        q = [(complex(*point) - driver.origin) / driver.axis for point in frame]
        mean = sum(q[p] for p in rigid) / len(rigid)
        turn = sum((q0[p] - centre).conjugate() * (q[p] - mean) for p in rigid) / weight
        shift = mean - turn * centre
        u = [(z - shift) / turn for z in q]
        new = list(r0)
        for part, where in PARTS.items():
            d = sum(u[p] - q0[p] for p in sources[part]) / len(sources[part])
            for p in range(where.start, where.stop):
                rest = u[p] - q0[p] - d
                new[p] += complex(
                    d.real * (left[p] if d.real < 0 else right[p]) + along[p] * rest.real,
                    d.imag * (up[p] if d.imag < 0 else down[p]) + across[p] * rest.imag,
                )
        _loop_openings(new, u, q0, r0, along, across)
        spin = turn / abs(turn)
        for p in range(COUNT):
            placed = character.origin + character.axis * (spin * new[p] + shift)
            out[t, p] = placed.real, placed.imag
    return out


def _loop_openings(
    new: list[complex], u: list[complex], q0: list[complex], r0: list[complex], along: list[float], across: list[float]
) -> None:
    before = list(new)
    for upper, lower in _PAIRS:
        ends = (36, 39) if lower in (41, 40) else (42, 45) if lower in (47, 46) else (60, 64)
        theirs, ours = (_normal(shape, upper, lower, ends) for shape in (q0, r0))
        a0, a = ((shape[lower] - shape[upper]) * theirs.conjugate() for shape in (q0, u))
        c0 = (r0[lower] - r0[upper]) * ours.conjugate()
        rest, opening, own = max(a0.real, 0.0), max(a.real, 0.0), abs(c0.real)
        closed = max(rest - opening, 0.0)
        slope = own / max(rest, min(MIN_GAP, own / max(across[upper], 1e-9)), 1e-12)
        change = across[upper] * max(opening - rest, 0.0) - (slope * closed if c0.real > 0 else -slope * closed)
        change = max(change, -max(c0.real, 0.0))
        kept = 1.0 - closed / max(rest, MIN_GAP)
        shear = c0.imag * kept + along[upper] * (a.imag - a0.imag * kept)
        sink = ((u[upper] + u[lower] - q0[upper] - q0[lower]) / 2 * theirs.conjugate()).real
        sink = min(max(sink, -closed / 2), closed / 2)
        middle = (new[upper] + new[lower]) / 2 + min(slope - across[upper], 1.0) * sink * ours
        half = complex(c0.real + change, shear) * ours / 2
        new[upper], new[lower] = middle - half, middle + half
    for outer, inner, share in zip(
        (49, 50, 51, 52, 53, 59, 58, 57, 56, 55),
        (61, 61, 62, 63, 63, 67, 67, 66, 65, 65),
        (0.5, 1.0, 1.0, 1.0, 0.5) * 2,
        strict=True,
    ):
        new[outer] += share * (new[inner] - before[inner])


def _normal(shape: list[complex], upper: int, lower: int, ends: tuple[int, int]) -> complex:
    axis = shape[ends[1]] - shape[ends[0]]
    vector = shape[lower] - shape[upper] + UPRIGHT * 1j * axis / abs(axis)
    return vector / abs(vector)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES)))
