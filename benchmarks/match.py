# SPDX-License-Identifier: GPL-3.0-or-later
"""The matchers on the cast: how far off the points are, how often they fail, and whether their confidence says so.

python3 build.py bench match                          figures of all
python -m benchmarks.match --network FILE --placed 8  another network, more pictures of each character

Errors are means over the 68 points, those of parts that the character lacks left out, in % of the face's width
|p16 - p0|. The cast's drawings share no code with those that the network has learned from.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks._by_features import extractor_here, feature_matcher
from benchmarks._scenes import PLACED, SIZE, WHOLE, Scene, scenes
from core.character import HALF_AT
from core.errors import FaceShotError
from core.landmarks import COUNT, PARTS, face_width, template_in_box
from core.match import match_face
from core.match.features.extractor import Extractor
from core.match.landmark_net import LandmarkNet
from core.match.network import place
from core.placing.anchors import KINDS as ANCHOR_KINDS
from core.placing.anchors import face_from_anchors, next_anchor
from demo.cast import CAST

FAILED = 10.0  # %
BINS = (0, 2, 4, 6, 9, 14, 100)  # of the expected error, %
CLICK = 0.015  # spread of a click around its anchor, in widths of the face
PAPER = {"FaceShot": 8.57, "DIFT": 11.45, "STAR": 24.53}
UNIT = "% of face width"


@dataclass(frozen=True, eq=False)
class Found:
    """A matcher's answer: points (68, 2) px, confidence (68,) 0..1, its parts (None: it cannot say), is it sure?"""

    points: np.ndarray
    confidence: np.ndarray
    present: frozenset[str] | None = None
    sure: bool = True


@dataclass(frozen=True, eq=False)
class Result:
    """A matcher's answer on a picture: error (68,) in %, nan where nothing is drawn or nothing was found."""

    scene: Scene
    error: np.ndarray
    confidence: np.ndarray
    parts_right: float
    sure: bool

    @property
    def nme(self) -> float:
        return float(np.nanmean(self.error)) if np.isfinite(self.error).any() else np.nan

    @property
    def expected(self) -> np.ndarray:
        """(68,): the error in % that the confidence stands for."""
        return 100 * HALF_AT * np.sqrt(1 / np.clip(self.confidence, 1e-3, 0.999) - 1)


Matcher = Callable[[Scene], Found]


def _public(name: str) -> Matcher:
    def match(scene: Scene) -> Found:
        found = match_face(scene.picture, matcher=name, guess=True)
        return Found(found.character.points, found.character.confidence, found.character.present, found.sure)

    return match


def _network(net: LandmarkNet | None) -> Matcher:
    def match(scene: Scene) -> Found:
        found = place(scene.picture.rgb8(), net=net, refuse=False)
        return Found(found.points, found.confidence, found.present, found.sure)

    return match


def _template(scene: Scene) -> Found:
    """The plain face in the true box: what any matcher has to beat."""
    low, size = scene.points.min(axis=0), np.ptp(scene.points, axis=0)
    box = float(low[0]), float(low[1]), float(size[0]), float(size[1])
    return Found(template_in_box(box), np.full(COUNT, np.nan), sure=False)


def clicks(scene: Scene, rng: np.random.Generator) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """What somebody would click, asked in the tool's order, each a little off; and what they would skip."""
    placed: dict[str, tuple[float, float]] = {}
    skipped: list[str] = []
    off = CLICK * float(face_width(scene.points))
    while (name := next_anchor(placed, skipped)) is not None:
        anchor = ANCHOR_KINDS[name]
        if anchor.lacks and not scene.present & set(anchor.lacks):
            skipped.append(name)
            continue
        x, y = scene.points[list(anchor.points)].mean(axis=0) + rng.normal(0, off, 2)
        placed[name] = (float(x), float(y))
    return placed, skipped


def _anchors(scene: Scene) -> Found:
    placed, skipped = clicks(scene, np.random.default_rng(int(scene.points.sum())))
    found = face_from_anchors(placed, scene.picture.size, skipped=skipped)
    return Found(found.points, np.full(COUNT, np.nan), found.present)


def _features(extractor: Extractor, folder: Path) -> Matcher:
    answer = feature_matcher(extractor, folder)

    def match(scene: Scene) -> Found:
        face, sure = answer(scene)
        return Found(face.points, face.confidence, face.present, sure)

    return match


def matchers(net: LandmarkNet | None = None) -> dict[str, Matcher]:
    found: dict[str, Matcher] = {"network": _network(net), "detector": _public("detector"), "auto": _public("auto")}
    found |= {"template, true box": _template, "anchors, clicked": _anchors}
    return found


def judge(match: Matcher, scene: Scene) -> Result:
    try:
        found = match(scene)
    except FaceShotError:
        return Result(scene, np.full(COUNT, np.nan), np.zeros(COUNT), 0.0, sure=False)
    error = 100 * np.linalg.norm(found.points - scene.points, axis=1) / face_width(scene.points)
    for part, index in PARTS.items():
        if part not in scene.present:
            error[index] = np.nan
    right = np.nan
    if found.present is not None:
        right = float(np.mean([(part in found.present) == (part in scene.present) for part in PARTS]))
    return Result(scene, error, found.confidence, right, found.sure)


def run(
    *,
    net: LandmarkNet | None = None,
    names: Iterable[str] = CAST,
    placed: int = 3,
    size: int = SIZE,
    only: Iterable[str] = (),
) -> list[dict]:
    """Figures of every matcher; only: the names of some. Where weights or packages are absent, that is said."""
    cv2.setNumThreads(1)
    pictures = list(scenes(names, placed=placed, size=size))
    wanted = {name: one for name, one in matchers(net).items() if not only or name in only}
    results = {name: [judge(match, scene) for scene in pictures] for name, match in wanted.items()}
    extractor = extractor_here() if not only or "features" in only else None
    if extractor is not None:
        with tempfile.TemporaryDirectory(prefix="faceshot-gallery-") as folder:
            match = _features(extractor, Path(folder))
            results["features"] = [judge(match, scene) for scene in pictures]
    figures: list[dict] = []
    for name, those in results.items():
        figures += summary(name, those)
    for name in ("network", "features", "auto", "anchors, clicked"):
        if name in results:
            figures += by(f"{name}, kind", results[name], lambda one: one.scene.kind)
    if "network" in results:
        figures += by_part("network, part", results["network"])
        figures += by("network, character", results["network"], lambda one: one.scene.character)
        figures += reliability("network, expected", results["network"])
    if extractor is None and (not only or "features" in only):
        figures.append({"name": "features", "value": "weights absent", "unit": ""})
    return figures + [{"name": f"paper, its own set: {name}", "value": v, "unit": "%"} for name, v in PAPER.items()]


def summary(name: str, results: list[Result]) -> list[dict]:
    """failed: more than 10 % off, or no face found at all. not sure: refused; the error counts what was guessed."""
    nme = np.array([one.nme for one in results])
    sure = np.array([one.sure for one in results])
    failed = ~(nme <= FAILED)
    figures = [_figure(name, "NME", _mean(nme), UNIT)]
    for framing in (WHOLE, PLACED):
        those = np.array([one.scene.framing == framing for one in results])
        if those.any():
            figures.append(_figure(name, f"NME, {framing}", _mean(nme[those]), UNIT))
    figures += [
        _figure(name, "median", float(np.nanmedian(nme)) if np.isfinite(nme).any() else np.nan, UNIT),
        _figure(name, "failed", 100 * float(failed.mean()), "% of pictures"),
        _figure(name, "nothing found or not sure", 100 * float((~sure).mean()), "% of pictures"),
        _figure(name, "wrong yet sure", 100 * float((failed & sure).mean()), "% of pictures"),
        _figure(name, "parts right", 100 * _mean(np.array([one.parts_right for one in results])), "%"),
    ]
    known = np.isfinite(nme) & np.array([bool(np.isfinite(one.confidence).all()) for one in results])
    if known.sum() > 2:
        expected = np.array([one.expected.mean() for one in results])[known]
        figures.append(_figure(name, "rank correlation of confidence with error", _ranked(expected, nme[known]), ""))
    return figures


def by(name: str, results: list[Result], key: Callable[[Result], str]) -> list[dict]:
    """The error of each group, and how many of its pictures failed."""
    found = []
    for group in sorted({key(one) for one in results}):
        nme = np.array([one.nme for one in results if key(one) == group])
        figure = _figure(name, group, _mean(nme), UNIT)
        found.append(figure | {"failed": 100 * float((~(nme <= FAILED)).mean()), "pictures": len(nme)})
    return found


def by_part(name: str, results: list[Result]) -> list[dict]:
    errors = np.stack([one.error for one in results])
    return [_figure(name, part, _mean(errors[:, index]), UNIT) for part, index in PARTS.items()]


def reliability(name: str, results: list[Result]) -> list[dict]:
    """The true error of the points, by the error that their confidence stands for."""
    error = np.concatenate([one.error for one in results])
    expected = np.concatenate([one.expected for one in results])
    found = []
    for low, high in pairwise(BINS):
        those = (expected >= low) & (expected < high) & np.isfinite(error)
        if those.any():
            figure = _figure(name, f"{low} to {high} %", float(error[those].mean()), "% true")
            found.append(figure | {"points": int(those.sum()), "expected": float(expected[those].mean())})
    return found


def _figure(name: str, what: str, value: float, unit: str) -> dict[str, Any]:
    return {"name": f"{name}: {what}", "value": value, "unit": unit}


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


def _ranked(a: np.ndarray, b: np.ndarray) -> float:
    first, second = (np.argsort(np.argsort(values)).astype(np.float64) for values in (a, b))
    return float(np.corrcoef(first, second)[0, 1])


if __name__ == "__main__":
    from tools.bench_worker import table

    parser = argparse.ArgumentParser(prog="match")
    parser.add_argument("--network", type=Path, help="default: the shipped one")
    parser.add_argument("--placed", type=int, default=3, help="pictures of each character besides the drawing itself")
    parser.add_argument("--only", action="append", default=[], help="a matcher; may be repeated")
    options = parser.parse_args()
    chosen = None if options.network is None else LandmarkNet(options.network)
    print(table(run(net=chosen, placed=options.placed, only=options.only)))
