# SPDX-License-Identifier: GPL-3.0-or-later
"""The tracker: how near its named expressions come to unseen faces, what they cost, and frames per second.

python -m benchmarks.track --clips DIR [--cache DIR]     without the speeds
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import _reprojection
from core.errors import ErrorCode, FaceShotError
from core.models import MESHES, ModelStore
from core.track import MeshTracker
from core.track.follow import Follower
from core.track.tflite import RUNTIMES
from core.video import open_clip

FRAMES = 60
SUFFIXES = (".mp4", ".mov", ".mkv", ".webm", ".avi")


def run(*, clips: Path | None = None) -> list[dict]:
    """Reprojection over the clips of a folder, see `_reprojection`; then a speed per clip, model and runtime.

    clips: a folder of movies, or one; without it the speed is that of the public-domain astronaut on a 720 px canvas,
    gliding. Decoding is not counted. The baseline of a speed is its landmark network alone, once a frame: no pipeline
    can be faster. ratio = share of that speed that the whole tracker reaches.
    """
    one_core()
    store = ModelStore()
    models = [status.model.name for status in store.status() if status.state == "present"]
    if not models:
        store.locate(MESHES[-1])  # says what to do
    figures = []
    if clips is not None and clips.is_dir() and "mesh-478" in models:
        figures += _reprojection.run(clips, store=store)
    for name, frames in _scenes(clips):
        for model in sorted(models):
            for runtime in RUNTIMES:
                if runtime == "litert" and importlib.util.find_spec("ai_edge_litert") is None:
                    continue
                figures.append(_figure(name, frames, MeshTracker(model, store=store, runtime=runtime)))
    return figures


def one_core() -> None:
    """Bind this process and OpenCV to one core, where the system can."""
    import cv2

    cv2.setNumThreads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def _figure(scene: str, frames: list[np.ndarray], tracker: MeshTracker) -> dict:
    crop = np.random.default_rng(0).uniform(0, 1, (tracker.side, tracker.side, 3)).astype(np.float32)

    def whole() -> None:
        follower = Follower(tracker)
        for frame in frames:
            follower.step(frame)
        if follower.faces.count(None) > len(frames) // 2:
            raise FaceShotError(ErrorCode.NO_FACE, f"Most frames of {scene} show no face: no figure of speed.")

    def bare() -> None:
        for _ in frames:
            tracker.landmarks(crop)

    speed, limit = (len(frames) / _seconds(job) for job in (whole, bare))
    return {
        "name": f"track {scene} {tracker.model} {tracker.runtime}",
        "value": speed,
        "unit": "frames/s",
        "baseline": limit,
        "baseline_name": "its landmark network alone",
        "ratio": speed / limit,
    }


def _seconds(job: Callable[[], None]) -> float:
    """CPU time of the better of two runs after one to warm up: other work on the machine counts less."""
    job()
    times = []
    for _ in range(2):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def _scenes(clips: Path | None) -> list[tuple[str, list[np.ndarray]]]:
    if clips is None:
        return [("astronaut", _gliding())]
    found = [clips] if clips.is_file() else sorted(p for p in clips.glob("*") if p.suffix.lower() in SUFFIXES)
    if not found:
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No clips in {clips}.", hint="Give a folder of movies.")
    return [(path.stem, _first_frames(path)) for path in found]


def _first_frames(path: Path) -> list[np.ndarray]:
    frames = []
    with open_clip(path) as clip:
        for frame in clip.frames():
            frames.append(frame.rgb.copy())
            if len(frames) == FRAMES:
                break
    return frames


def _gliding() -> list[np.ndarray]:
    import cv2
    from skimage import data

    head = cv2.resize(data.astronaut()[:256, 96:352], (720, 720), interpolation=cv2.INTER_CUBIC)
    moves = [np.array([[1, 0, 30 * np.sin(k / 9)], [0, 1, 15 * np.cos(k / 9)]]) for k in range(FRAMES)]
    return [cv2.warpAffine(head, move, (720, 720), borderMode=cv2.BORDER_REPLICATE) for move in moves]


if __name__ == "__main__":
    from tools.bench_worker import table

    parser = argparse.ArgumentParser(prog="track")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    print(table(_reprojection.run(options.clips, cache=options.cache)))
