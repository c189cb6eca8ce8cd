# SPDX-License-Identifier: GPL-3.0-or-later
"""Contact sheet of the shapes: each of the 51 played alone, on our drawn characters, by the proxy renderer.

python -m training.sheet [-o docs/pictures/shapes.jpg] [--characters toon oldman] [--amount 1.0]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from core.arrays import write_atomically
from core.character import Character
from core.expression import NAMES, compose, load_basis
from core.picture import Picture
from core.render.proxy import ProxyCanvas
from core.retarget import RetargetSettings, retarget

CELL = 128
SIZE = 720  # of the drawings
CAPTION = 15
COLUMNS = 6
QUALITY = 62
_MARGIN = 0.06


def played(picture: Picture, character: Character, *, amount: float = 1.0) -> Iterable[np.ndarray]:
    """The face at rest, then each shape alone in the order of NAMES; (CELL, CELL, 3) uint8 each."""
    rows = np.concatenate([np.zeros((1, len(NAMES))), amount * np.eye(len(NAMES))])
    motion = compose(rows, size=(512, 512), scale=100.0, translation=(256.0, 200.0))
    moved = retarget(motion, character, RetargetSettings(reference="neutral", shut=0.0))
    canvas = ProxyCanvas(picture, character)
    low, high = character.points.min(axis=0), character.points.max(axis=0)
    side = (high - low).max() * (1 + 2 * _MARGIN)
    left, top = np.round((low + high) / 2 - side / 2 - [0, 0.03 * side]).astype(int)
    for frame in range(len(rows)):
        iris = None if moved.iris is None else moved.iris[frame]
        drawn = canvas.frame(moved.points[frame], iris)[..., :3]
        size = round(side)
        padded = cv2.copyMakeBorder(drawn, size, size, size, size, cv2.BORDER_REPLICATE)
        cut = padded[top + size : top + 2 * size, left + size : left + 2 * size]
        yield cv2.resize(cut, (CELL, CELL), interpolation=cv2.INTER_AREA)


def sheet(characters: list[tuple[Picture, Character]], *, amount: float = 1.0) -> np.ndarray:
    """All shapes by name, each on every character side by side; made-by-hand ones are marked with *."""
    authored = load_basis().authored
    titles = ["neutral", *(f"{name} *" if mark else name for name, mark in zip(NAMES, authored, strict=True))]
    cells = [
        _titled(np.concatenate(row, axis=1), title)
        for title, *row in zip(titles, *(played(*each, amount=amount) for each in characters), strict=True)
    ]
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % COLUMNS)
    rows = [np.concatenate(cells[k : k + COLUMNS], axis=1) for k in range(0, len(cells), COLUMNS)]
    return np.concatenate(rows)


def _titled(picture: np.ndarray, title: str) -> np.ndarray:
    strip = np.full((CAPTION, picture.shape[1], 3), 255, np.uint8)
    cv2.putText(strip, title, (3, CAPTION - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (20, 20, 20), 1, cv2.LINE_AA)
    return np.concatenate([picture, strip])


def drawn_characters(names: Iterable[str]) -> list[tuple[Picture, Character]]:
    """Characters of demo.cast, ready to be played."""
    from demo.cast import CAST

    drawings = [CAST[name](SIZE) for name in names]
    return [
        (
            Picture(pixels=drawing.pixels),
            Character(points=drawing.points, size=drawing.size, present=drawing.present, iris=drawing.iris),
        )
        for drawing in drawings
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="training.sheet", description="Draw every shape alone.")
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/pictures/shapes.jpg"))
    parser.add_argument("--amount", type=float, default=1.0)
    parser.add_argument("--characters", nargs="+", default=["toon", "oldman"])
    options = parser.parse_args(arguments)
    pixels = sheet(drawn_characters(options.characters), amount=options.amount)
    suffix = options.output.suffix or ".jpg"
    written, data = cv2.imencode(suffix, pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not written:
        return 1
    write_atomically(options.output, data.tobytes())
    sys.stdout.write(f"{options.output}: {pixels.shape[1]}x{pixels.shape[0]} px, {len(data) // 1024} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
