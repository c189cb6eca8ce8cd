# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.sheet`: drawings with their points, to look at."""

from __future__ import annotations

import argparse

import cv2
import numpy as np

from core.landmarks import HALF_PIXEL, LINES

from .held_out import HELD_OUT
from .kinds import TRAINING
from .scene import Sample, draw

PART_OF_LINE = {"nose_bridge": "nose", "nose_base": "nose", "outer_lip": "mouth", "inner_lip": "mouth"}


def with_points(image: np.ndarray, points: np.ndarray, present: frozenset[str], *, zoom: int = 2) -> np.ndarray:
    """The picture enlarged, with its part curves; those of missing parts in grey."""
    shown = cv2.resize(image, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
    for name, index, closed in LINES:
        there = PART_OF_LINE.get(name, name) in present
        path = np.round((points[list(index)] * zoom - HALF_PIXEL) * 16).astype(np.int32)
        cv2.polylines(shown, [path], closed, (255, 0, 60) if there else (150, 150, 150), 1, cv2.LINE_AA, 4)
        for x, y in points[list(index)]:
            cv2.circle(shown, (round(x * zoom), round(y * zoom)), 1, (0, 255, 60) if there else (90, 90, 90), -1)
    return shown


def tile(sample: Sample, *, zoom: int = 2, plain: bool = False) -> np.ndarray:
    if plain or not sample.face:
        shown = cv2.resize(sample.image, None, fx=zoom, fy=zoom)
    else:
        shown = with_points(sample.image, sample.points, sample.present, zoom=zoom)
    cv2.putText(shown, sample.kind, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (255, 255, 0), 1, cv2.LINE_AA)
    return shown


def grid(tiles: list[np.ndarray], across: int) -> np.ndarray:
    """Tiles of one size in rows; the last row is filled up with black."""
    tiles = tiles + [np.zeros_like(tiles[0])] * (-len(tiles) % across)
    return np.vstack([np.hstack(tiles[k : k + across]) for k in range(0, len(tiles), across)])


def write(path: str, image: np.ndarray) -> None:
    options = [cv2.IMWRITE_JPEG_QUALITY, 85] if path.endswith(".jpg") else []
    cv2.imwrite(path, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", default="sheet.png")
    parser.add_argument("--kinds", nargs="*", default=[*TRAINING, *HELD_OUT, "nothing"])
    parser.add_argument("--columns", type=int, default=6, help="drawings of each kind")
    parser.add_argument("--across", type=int, help="tiles in a row; default: one row for each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plain", action="store_true", help="without the points")
    parser.add_argument("--zoom", type=int, default=2)
    options = parser.parse_args()
    tiles = [
        tile(draw((options.seed, k), kind), zoom=options.zoom, plain=options.plain)
        for kind in options.kinds
        for k in range(options.columns)
    ]
    write(options.output, grid(tiles, options.across or options.columns))


if __name__ == "__main__":
    main()
