# SPDX-License-Identifier: GPL-3.0-or-later
"""How near the named expressions come to faces they were not learned from, and what finding them costs.

Leave one clip out: for each clip of the folder the basis is learned from all others (never from those of TESTS), then
fitted to it. Mean distance in the picture over the 68 points, in % of the frame's eye distance. Free: shapes may act on
the whole face; confined: each within its region, as the one that ships. Unbounded: any coefficients; bounded: 0 to 1.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from core.expression import MESH_COUNT, NAMES, load_basis
from core.landmarks import inter_ocular
from core.models import ModelStore
from core.track.bounded import bounded_least_squares
from core.track.coefficients import Reading, read
from core.track.topology import IBUG_68
from training.clips import Performance, performances
from training.learn import learned_basis, shown_enough

TESTS = ("ravdess_surprised",)
FRAMES = 200  # of each clip, evenly
LEAST_CLIPS = 3
BOUNDS = {"unbounded": (-np.inf, np.inf), "bounded": (0.0, 1.0)}


def run(clips: Path, *, cache: Path | None = None, store: ModelStore | None = None) -> list[dict[str, Any]]:
    """The four figures (the worst clip beside each) and the cost per frame; nothing for fewer than LEAST_CLIPS."""
    shown = list(performances(clips, cache=cache, store=store))
    usable = [clip for clip in shown if clip.name not in TESTS]
    if len(usable) <= LEAST_CLIPS:
        return []
    by_hand = ~shown_enough(usable)
    found: dict[str, dict[str, float]] = {}
    for clip in shown:
        others = [other for other in usable if other is not clip]
        mesh = clip.mesh[_evenly(len(clip.mesh))]
        for place in ("free", "confined"):
            basis = learned_basis(others, by_hand=by_hand, confined=place == "confined")
            for how, (low, high) in BOUNDS.items():
                reading = read(mesh, basis, low=low, high=high, gaze=False)
                found.setdefault(f"{how}, {place}", {})[clip.name] = reprojection(reading, mesh)
    nothing = float(np.mean([_rigid_only(clip) for clip in shown]))
    figures = [
        {
            "name": f"reprojection, clip left out, {kind} (worst: {max(errors, key=errors.__getitem__)}"
            f" {max(errors.values()):.3f})",
            "value": float(np.mean(list(errors.values()))),
            "unit": "% of eye distance",
            "baseline": nothing,
            "baseline_name": "neutral and pose alone",
            "ratio": nothing / float(np.mean(list(errors.values()))),
        }
        for kind, errors in found.items()
    ]
    return [*figures, *cost(shown[0])]


def reprojection(reading: Reading, mesh: np.ndarray) -> float:
    """Mean distance (%, see above) of a reading of meshes (T, N, 3) px from their 68 points."""
    basis = reading.basis.on_landmarks()
    pose = reading.pose
    turned = np.einsum("tij,tpj->tpi", pose.rotation, basis.faces(reading.expression))
    drawn = pose.scale[:, None, None] * turned + pose.shift[:, None]
    seen = mesh[:, IBUG_68, :2]
    return float((np.linalg.norm(drawn[..., :2] - seen, axis=-1).mean(axis=1) / inter_ocular(seen)).mean() * 100)


def _rigid_only(clip: Performance) -> float:
    mesh = clip.mesh[_evenly(len(clip.mesh))]
    return reprojection(read(mesh, load_basis("mp468"), low=0.0, high=0.0, gaze=False), mesh)


def _evenly(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, FRAMES)).round().astype(int))


def cost(clip: Performance) -> list[dict[str, Any]]:
    """CPU time of the whole fit per frame; and of its bounded least squares, beside a plain loop over frames."""
    mesh = np.tile(clip.mesh, (1 + FRAMES // len(clip.mesh), 1, 1))[:FRAMES]
    whole = _milliseconds(lambda: read(mesh, load_basis("mp468"))) / FRAMES
    basis = load_basis("mp468").shapes.reshape(len(NAMES), -1)
    normal = basis @ basis.T + 1e-3 * np.eye(len(NAMES))
    reading = read(mesh, load_basis("mp468"), low=-np.inf, high=np.inf, gaze=False)
    left = reading.pose.removed(mesh[:, :MESH_COUNT]) - reading.basis.neutral
    target = left.reshape(FRAMES, -1) @ basis.T
    ours = _milliseconds(lambda: bounded_least_squares(normal, target)) / FRAMES
    plain = _milliseconds(lambda: [plain_bounded(normal, row) for row in target[:20]]) / 20
    apart = np.abs(bounded_least_squares(normal, target[:20]) - [plain_bounded(normal, row) for row in target[:20]])
    return [
        {"name": "fit of pose and coefficients, one frame", "value": whole, "unit": "ms CPU"},
        {
            "name": f"bounded least squares, one frame (largest difference {apart.max():.0e})",
            "value": ours,
            "unit": "ms CPU",
            "baseline": plain,
            "baseline_name": "coordinate descent, frame by frame",
            "ratio": plain / ours,
        },
    ]


def plain_bounded(normal: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The same for one row (K,), as one would write it first: one unknown after the other until nothing moves."""
    a = np.zeros(len(target))
    for _ in range(2000):
        largest = 0.0
        for k in range(len(target)):
            value = min(max(a[k] + (target[k] - a @ normal[k]) / normal[k, k], 0.0), 1.0)
            largest = max(largest, abs(value - a[k]))
            a[k] = value
        if largest < 1e-7:
            break
    return a


def _milliseconds(work: Any) -> float:
    work()
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1e3
