# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the demo's material: `python demo/make.py OUT_DIR` leaves toon.png, toon.character.json and actor.mp4 there."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # run as a script: the checkout is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from core.arrays import write_atomically
from core.character import Character, file_hash
from demo.toon import draw_toon


@dataclass(frozen=True, kw_only=True)
class DemoFiles:
    """What `make_demo` made."""

    picture: Path
    character: Path
    clip: Path


def make_toon(folder: Path) -> tuple[Path, Path]:
    """Draw the toon: (picture, character card). The card's points are the drawing's own."""
    from core.picture import encode_png

    toon = draw_toon()
    picture, card = Path(folder) / "toon.png", Path(folder) / "toon.character.json"
    write_atomically(picture, encode_png(toon.pixels))
    height, width = toon.pixels.shape[:2]
    character = Character(
        points=toon.points,
        size=(width, height),
        iris=toon.iris,
        confidence=np.ones(len(toon.points)),
        placed=("hand",) * len(toon.points),
        picture=picture.name,
        picture_hash=file_hash(picture),
    )
    character.save(card)
    return picture, card


def make_demo(folder: Path) -> DemoFiles:
    """Make (or find made already) the toon and the stand-in clip in `folder`."""
    from demo.actor import make_actor

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    picture, card = make_toon(folder)
    return DemoFiles(picture=picture, character=card, clip=make_actor(folder).path)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        sys.stderr.write("usage: python demo/make.py OUT_DIR\n")
        return 2
    files = make_demo(Path(arguments[0]))
    sys.stdout.write(f"{files.picture}\n{files.character}\n{files.clip}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
