# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m training.landmarks.rendered FOLDER`: characters modelled in Blender, in shards as of `store`.

Runs where the bpy module is, for example in .venv-blender. OpenCV is borrowed from .venv when it is not there.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .dice import Dice
    from .rendered_stage import Stage
    from .scene import Sample
    from .store import Shard

REPO_ROOT = Path(__file__).resolve().parents[2]
TOGETHER = 4  # characters in one render, in the same light: its fixed cost is paid once
PER_SHARD = 128
TRACED, SHADOWED = 0.12, 0.04  # shares of single pictures by Cycles, and by Workbench with shadows


def borrow_opencv() -> None:
    """bpy's environment has no OpenCV: take that of .venv, behind everything that is installed here."""
    if importlib.util.find_spec("cv2") is None:
        sys.path += [str(folder) for folder in (REPO_ROOT / ".venv").glob("lib/python3.*/site-packages")]


def exposed(rgba: np.ndarray, dice: Dice) -> np.ndarray:
    """The colours (S, S, 3), brighter where the light was too weak to see the character by."""
    seen = rgba[rgba[..., 3] > 128]
    bright = float(np.percentile(seen[:, :3].max(axis=1), 85)) if len(seen) else 255.0
    gain = max(1.0, dice.between(110, 245) / max(bright, 12.0))
    return np.minimum(rgba[..., :3] * gain, 255)


def photograph(
    stage: Stage,
    seeds: Sequence[tuple[int, ...]],
    look: tuple[int, ...],
    *,
    kinds: list[str] | None = None,
    how: str = "plain",
) -> list[Sample]:
    """Samples of the seeds, all in the light of `look`; how: plain, or of single ones shadow or traced."""
    from . import grounds
    from .dice import Dice
    from .finish import finish, occlude
    from .pen import Pen
    from .rendered_character import build
    from .scene import Sample

    dices = [Dice(seed) for seed in seeds]
    made = [build(dice, kind, size=stage.size) for dice, kind in zip(dices, kinds or [""] * len(seeds), strict=True)]
    lamp = Dice(look)
    stage.light(lamp)
    shown = stage.render(
        [one.mesh for one in made],
        shadow=lamp if how == "shadow" else None,
        traced=lamp if how == "traced" else None,
    )
    samples = []
    for one, dice, rgba in zip(made, dices, shown, strict=True):
        weight = rgba[..., 3:].astype(np.float32) / 255
        pen = Pen(stage.size, one.pose)
        pen.image = (exposed(rgba, dice) * weight + grounds.make(dice, stage.size) * (1 - weight) + 0.5).astype(
            np.uint8
        )
        if dice.chance(0.18):
            occlude(pen, dice)
        samples.append(Sample(finish(pen.image, dice), one.points, one.iris, one.present, one.kind))
    return samples


def make(stage: Stage, seed: int, number: int, count: int = PER_SHARD) -> Shard:
    """The shard of a number; the same pictures every time."""
    from .store import packed

    samples: list[Sample] = []
    alone = ["traced"] * round(TRACED * count) + ["shadow"] * round(SHADOWED * count)
    while (first := len(samples)) < count:
        how = alone.pop() if count - first <= len(alone) else "plain"
        many = 1 if how != "plain" else min(TOGETHER, count - first - len(alone))
        seeds = [(seed, number, k) for k in range(first, first + many)]
        samples += photograph(stage, seeds, (seed, number, first, 1), how=how)
    return packed(samples)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--keep", type=int, default=400, help="as many of the newest shards stay")
    parser.add_argument("--sheet", type=Path, help="a picture of one row of samples for each kind, instead of shards")
    options = parser.parse_args()
    borrow_opencv()
    import cv2

    from . import sheet
    from .rendered_draft import SHARES
    from .rendered_stage import Stage
    from .scene import SIZE
    from .store import draw_on

    cv2.setNumThreads(1)
    stage = Stage(SIZE)
    if options.sheet:
        ways = ("plain", "plain", "plain", "shadow", "traced", "traced")
        tiles = [
            sheet.tile(one)
            for row, kind in enumerate(SHARES)
            for k, how in enumerate(ways)
            for one in photograph(stage, [(options.seed, k, row)], (options.seed, k, row, 1), kinds=[kind], how=how)
        ]
        sheet.write(str(options.sheet), sheet.grid(tiles, len(ways)))
        return
    draw_on(
        options.folder, lambda number: make(stage, options.seed, number), minutes=options.minutes, keep=options.keep
    )


if __name__ == "__main__":
    main()
