# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.evaluate`: the shipped network on whole pictures of kinds that it has never seen.

Errors are means over the points of the parts that are drawn, in % of the face's width |p16 - p0|.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.errors import FaceShotError
from core.landmarks import COUNT, PARTS, face_width
from core.match.landmark_net import FLAGS, LandmarkNet, shipped
from core.match.network import place
from core.picture import Picture

from .held_out import HELD_OUT
from .scene import draw
from .sheet import grid, with_points, write

FAILED = 10.0  # %
SEED = 2024  # not one that training draws from
SIZE = 384  # px


@dataclass(frozen=True, eq=False)
class Result:
    """One picture: error (68,) in %, nan for points of parts that are not drawn; confidence (68,); expected: mean
    error in % that is expected over the parts that are seen; which flags are right."""

    kind: str
    error: np.ndarray
    confidence: np.ndarray
    expected: float
    flags: np.ndarray
    seconds: float
    refused: bool

    @property
    def nme(self) -> float:
        return float(np.nanmean(self.error))


def judge(kind: str, rgb: np.ndarray, points: np.ndarray, present: frozenset[str], net: LandmarkNet) -> Result:
    start = time.process_time()
    try:
        found = place(rgb, net=net, refuse=False)
        seconds, refused = time.process_time() - start, not found.sure
    except FaceShotError:  # counts as a failure
        nothing = np.full(COUNT, 100.0)
        return Result(kind, nothing, np.zeros(COUNT), 100.0, np.zeros(len(FLAGS), bool), 0.0, True)
    error = 100 * np.linalg.norm(found.points - points, axis=1) / face_width(points)
    for part, index in PARTS.items():
        if part not in present:
            error[index] = np.nan
    right = np.array([(part in found.present) == (part in present) for part in FLAGS])
    return Result(kind, error, found.confidence, 100 * found.error, right, seconds, refused)


def held_out(count: int, net: LandmarkNet) -> Iterator[Result]:
    """Whole pictures; the face is from a fifth to nine tenths of them wide, anywhere, upright or tilted."""
    for kind in HELD_OUT:
        for number in range(count):
            sample = draw((SEED, number), kind, size=SIZE)
            yield judge(kind, sample.image, sample.points, sample.present, net)


def cast(net: LandmarkNet) -> Iterator[Result]:
    """The characters of demo/cast, which share no code with the training's drawings."""
    from demo.cast import CAST

    for name, drawn in CAST.items():
        drawing = drawn(768)
        yield judge(name, Picture(pixels=drawing.pixels).rgb8(), drawing.points, drawing.present, net)


def overlays(path: str, net: LandmarkNet, size: int = 300) -> None:
    """The cast with the points that are found."""
    from demo.cast import CAST

    tiles = []
    for drawn in CAST.values():
        rgb = Picture(pixels=drawn(size).pixels).rgb8()
        found = place(rgb, net=net, refuse=False)
        tiles.append(with_points(rgb, found.points, found.present, zoom=1))
    write(path, grid(tiles, 5))


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(np.float64)


def summary(results: list[Result]) -> dict[str, float | int]:
    nme = np.array([one.nme for one in results])
    expected = np.array([one.expected for one in results])
    errors, confidences = np.stack([one.error for one in results]), np.stack([one.confidence for one in results])
    there = np.isfinite(errors)
    told: dict[str, float | int] = {
        "pictures": len(results),
        "nme": round(float(nme.mean()), 2),
        "median": round(float(np.median(nme)), 2),
        "failed": round(100 * float((nme > FAILED).mean()), 1),
        "refused": round(100 * float(np.mean([one.refused for one in results])), 1),
        "wrong_yet_accepted": round(100 * float(np.mean([one.nme > FAILED and not one.refused for one in results])), 1),
        "seconds": round(float(np.mean([one.seconds for one in results])), 2),
    }
    if len(results) > 2:
        sureness = np.nanmean(np.where(there, confidences, np.nan), axis=1)
        told["confidence_correlation"] = round(float(np.corrcoef(sureness, nme)[0, 1]), 3)
        told["rank_correlation"] = round(float(np.corrcoef(ranks(expected), ranks(nme))[0, 1]), 2)
        told["correlation"] = round(float(np.corrcoef(np.log(expected), np.log(nme))[0, 1]), 2)
        told["point_rank_correlation"] = round(
            -float(np.corrcoef(ranks(confidences[there]), ranks(errors[there]))[0, 1]), 2
        )
    for part, index in PARTS.items():
        drawn = errors[:, index][there[:, index]]
        if len(drawn):
            told[part] = round(float(drawn.mean()), 2)
    flags = np.mean([one.flags for one in results], axis=0)
    told |= {f"{part}_flag": round(100 * float(share)) for part, share in zip(FLAGS, flags, strict=True)}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, help="default: the shipped one")
    parser.add_argument("--count", type=int, default=100, help="pictures of each held-out kind")
    parser.add_argument("--overlays", help="only draw the cast with the points found, to this file")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    net = shipped() if options.network is None else LandmarkNet(options.network)
    if options.overlays:
        overlays(options.overlays, net)
        return
    results = list(held_out(options.count, net))
    for kind in HELD_OUT:
        print(kind, json.dumps(summary([one for one in results if one.kind == kind])))
    print("held out", json.dumps(summary(results)))
    ours = list(cast(net))
    for one in ours:
        print(f"{one.kind:8} {one.nme:5.1f} %  expected {one.expected:.1f} %")
    print("cast", json.dumps(summary(ours)))
    nothing = [draw((SEED, number), "nothing", size=SIZE) for number in range(options.count)]
    found = [place(sample.image, net=net, refuse=False) for sample in nothing]
    accepted = 100 * float(np.mean([one.sure for one in found]))
    print(f"pictures without a face accepted: {accepted:.1f} %")


if __name__ == "__main__":
    main()
