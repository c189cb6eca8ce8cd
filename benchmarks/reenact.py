# SPDX-License-Identifier: GPL-3.0-or-later
"""Self-reenactment: the first frame of a clip moved by the clip, against what the camera saw.

Long side scaled to 512, the first 400 frames, every third. error: the tracker run again on what was drawn, mean over
68 points in % of the frame's eye distance · SSIM inside the landmark box grown by 10 % · folds: pixels of visible skin
where the Jacobian of the backward map is not positive, in % · correlation of the apertures of eyes and mouth, over
the clips in which the actor moves them. The baseline is one thin-plate spline through the same points.

    python -m benchmarks.reenact --clips DIR [--first N] [--clip NAME]
"""

from __future__ import annotations

import argparse
import sys
import warnings
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks._thin_plate import ThinPlateCanvas
from core.character import Character
from core.errors import ErrorCode, FaceShotError
from core.landmarks import EYE_PAIRS, MOUTH_PAIRS, PARTS, LandmarkSequence, inter_ocular
from core.models import ModelStore
from core.picture import Picture
from core.render.proxy import ProxyCanvas
from core.retarget import RetargetSettings, retarget
from core.track import MeshTracker
from core.track.follow import Follower
from core.video import open_clip

LONG_SIDE, FRAMES, STEP = 512, 400, 3
# The range (5 to 95 %) in eye distances from which an aperture counts as moving
MOVING = {"right_eye": 0.05, "left_eye": 0.05, "mouth": 0.10}
REGIONS = {"jaw": ("jaw",), "brows": ("right_brow", "left_brow"), "nose": ("nose",),
           "eyes": ("right_eye", "left_eye"), "mouth": ("mouth",)}  # fmt: skip


@dataclass
class Score:
    """The figures of one way to draw one clip, frame by frame."""

    errors: list[np.ndarray] = field(default_factory=list)
    ssim: list[float] = field(default_factory=list)
    folds: list[float] = field(default_factory=list)
    apertures: list[dict[str, float]] = field(default_factory=list)
    lost: int = 0


def run(
    *,
    clips: Path | None = None,
    first: int | None = None,
    only: str = "",
    model: str = "auto",
    store: ModelStore | None = None,
) -> list[dict[str, Any]]:
    """Figures of every clip in the folder `clips`, and their means. first: how many clips; only: part of their name."""
    paths = sorted(path for path in Path(clips or ".").glob("*") if path.suffix.lower() in (".mp4", ".mov", ".mkv"))
    paths = [path for path in paths if only in path.name][:first]
    if not paths:
        raise FaceShotError(ErrorCode.USAGE, f"No clips in {clips or 'a folder'}.", hint="Give one with --clips DIR.")
    tracker = MeshTracker(model, store=store)
    if tracker.model != "mesh-478":
        print(f"bench: tracked with {tracker.model}; the figures are defined with mesh-478", file=sys.stderr)
    figures: list[dict[str, Any]] = []
    ours: list[dict[str, float]] = []
    plates: list[dict[str, float]] = []
    for path in paths:
        mine, plate = (summary(score, driver) for score, driver in _clip(path, tracker))
        ours.append(mine)
        plates.append(plate)
        figures += [_figure(f"{path.stem}: {name}", mine[name], plate[name]) for name in ("error", "ssim", "folds")]
    for name in ours[0]:
        figures.append(_figure(name, _mean(ours, name), _mean(plates, name)))
    for name in (name for name in ours[0] if name.startswith("correlation")):
        lowest = [
            min((each[name] for each in found if np.isfinite(each[name])), default=np.nan) for found in (ours, plates)
        ]
        figures.append(_figure(f"{name}, lowest clip", *lowest))
    figures.append(_figure("folds, worst", max(s["folds worst"] for s in ours), max(s["folds worst"] for s in plates)))
    return [figure for figure in figures if figure["name"] != "folds worst"]


def _clip(path: Path, tracker: MeshTracker) -> list[tuple[Score, np.ndarray]]:
    images = []
    with open_clip(path) as clip:
        follower = Follower(tracker, fps=clip.info.fps)
        for frame in islice(clip.frames(), FRAMES):
            images.append(_scaled(frame.rgb))
            follower.step(images[-1])
    faces = follower.faces
    if not faces or faces[0] is None:
        raise FaceShotError(ErrorCode.NO_FACE, f"No face in the first frame of {path.name}.", hint="Leave it out.")
    seen = [k for k, face in enumerate(faces) if face is not None]
    tracked = [face for face in faces if face is not None]
    height, width = images[0].shape[:2]
    irises = [face.iris for face in tracked]
    driver = LandmarkSequence(
        points=np.stack([face.points for face in tracked]).astype(np.float64),
        size=(width, height),
        fps=25.0,
        time=np.array(seen) / 25.0,
        iris=None if irises[0] is None else np.stack([iris for iris in irises if iris is not None]).astype(np.float64),
    )
    character = Character(
        points=driver.points[0], size=driver.size, iris=None if driver.iris is None else driver.iris[0]
    )
    moved = retarget(driver, character, RetargetSettings(reference="first", zoom=1.0, shut=0.0))
    proxy = ProxyCanvas(Picture(pixels=images[0]), character)
    plate = ThinPlateCanvas(images[0], driver.points[0])
    mine, plain = Score(), Score()
    used = []
    for k, number in enumerate(seen):
        if number % STEP:
            continue
        used.append(k)
        points, truth = driver.points[k], images[number]
        iris = None if moved.iris is None else moved.iris[k]
        _add(mine, proxy.frame(moved.points[k], iris), truth, points, tracker)
        mine.folds.append(folds(proxy, moved.points[k]))
        _add(plain, plate.frame(points), truth, points, tracker)
        plain.folds.append(100.0 * float((determinants(plate.where(points)) <= 0).mean()))
    return [(mine, driver.points[used]), (plain, driver.points[used])]


def _add(score: Score, drawn: np.ndarray, truth: np.ndarray, points: np.ndarray, tracker: MeshTracker) -> None:
    score.ssim.append(ssim(drawn, truth, points))
    found = tracker.find(drawn)
    if not found:
        score.lost += 1
        score.errors.append(np.full(len(points), np.nan))
        score.apertures.append(dict.fromkeys(MOVING, np.nan))
        return
    again = found[0].points
    score.errors.append(100 * np.linalg.norm(again - points, axis=1) / inter_ocular(points))
    score.apertures.append(apertures(again))


def summary(score: Score, driver: np.ndarray) -> dict[str, float]:
    """The means of a clip; correlations are NaN where the actor hardly moves that part. driver: (T, 68, 2) px."""
    errors = np.array(score.errors)
    made = {"error": float(np.nanmean(errors))}
    for region, parts in REGIONS.items():
        made[f"error, {region}"] = float(np.nanmean(np.concatenate([errors[:, PARTS[part]] for part in parts], axis=1)))
    made["ssim"] = float(np.mean(score.ssim))
    made["folds"] = float(np.mean(score.folds))
    made["folds worst"] = float(np.max(score.folds))
    wanted = [apertures(points) for points in driver]
    for name, least in MOVING.items():
        truth = np.array([frame[name] for frame in wanted])
        again = np.array([frame[name] for frame in score.apertures])
        both = np.isfinite(again)
        low, high = np.percentile(truth, [5, 95])
        moving = high - low > least and both.sum() > 2
        made[f"correlation, {name}"] = float(np.corrcoef(truth[both], again[both])[0, 1]) if moving else float("nan")
    made["frames lost"] = float(score.lost)
    return made


def apertures(points: np.ndarray) -> dict[str, float]:
    """Openings of eyes and mouth in eye distances; points (68, 2)."""
    pairs = {**EYE_PAIRS, "mouth": MOUTH_PAIRS}
    unit = float(inter_ocular(points))
    return {
        name: float(np.mean([np.linalg.norm(points[a] - points[b]) for a, b in pairs[name]])) / unit for name in MOVING
    }


def ssim(drawn: np.ndarray, truth: np.ndarray, points: np.ndarray) -> float:
    """Structural similarity of the grey pictures (Gaussian 11, sigma 1.5, range 255) in the grown landmark box."""
    a, b = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) for image in (drawn, truth))

    def mean(image: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(image, (11, 11), 1.5)

    ma, mb = mean(a), mean(b)
    va, vb, vab = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    field_ = (2 * ma * mb + c1) * (2 * vab + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    low, high = points.min(axis=0), points.max(axis=0)
    margin = 0.05 * (high - low)
    left, top = np.maximum(low - margin, 0).astype(int)
    right, bottom = (high + margin).astype(int)
    return float(field_[top:bottom, left:right].mean())


def determinants(where: np.ndarray) -> np.ndarray:
    """Determinant of the Jacobian of a map (h, w, 2) between neighbouring pixels; (h - 1, w - 1)."""
    across = where[:-1, 1:] - where[:-1, :-1]
    down = where[1:, :-1] - where[:-1, :-1]
    return across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]


def folds(proxy: ProxyCanvas, points: np.ndarray) -> float:
    """Pixels of visible skin, in %, where its map turns over; cuts between layers are meant to jump."""
    turned = visible = 0
    for layer in proxy.visible_maps(points):
        seen = layer.seen[:-1, :-1] & layer.seen[1:, :-1] & layer.seen[:-1, 1:]
        turned += int((seen & (determinants(layer.where) <= 0)).sum())
        visible += int(layer.seen.sum())
    return 100.0 * turned / max(visible, 1)


def _scaled(rgb: np.ndarray) -> np.ndarray:
    height, width = rgb.shape[:2]
    ratio = LONG_SIDE / max(height, width)
    return cv2.resize(rgb, (round(width * ratio), round(height * ratio)), interpolation=cv2.INTER_AREA)


def _mean(summaries: list[dict[str, float]], name: str) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no clip moves this part
        return float(np.nanmean([each[name] for each in summaries]))


def _figure(name: str, value: float, baseline: float) -> dict[str, Any]:
    unit = "%" if "error" in name or "folds" in name else ("frames" if "lost" in name else "")
    ratio = baseline / value if unit == "%" and value > 0 else None
    return {"name": name, "value": value, "unit": unit, "baseline": baseline, "ratio": ratio}


if __name__ == "__main__":
    from tools.bench_worker import table

    parser = argparse.ArgumentParser(prog="reenact")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--first", type=int)
    parser.add_argument("--clip", default="", dest="only")
    print(table(run(**vars(parser.parse_args()))))
