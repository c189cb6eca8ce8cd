# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the demo's material: `python demo/make.py OUT_DIR` leaves toon.png, toon.character.json and actor.mp4 there.

`python demo/make.py OUT_DIR NAME ...` draws characters of the cast with their cards instead; `all` draws every one,
`actor` makes the clip. `--size` is that of a drawing, 1024 px by default.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

if not __package__:  # run as a script: the checkout is not on the path yet
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np

from core.arrays import write_atomically
from core.character import Character, file_hash
from demo.cast import CAST


@dataclass(frozen=True, kw_only=True)
class DemoFiles:
    """What `make_demo` made."""

    picture: Path
    character: Path
    clip: Path


def make_character(name: str, folder: Path, *, size: int = 1024) -> tuple[Path, Path]:
    """Draw a member of the cast: (picture, character card). The card's points are the drawing's own."""
    from core.picture import encode_png

    drawing = CAST[name](size)
    picture, card = Path(folder) / f"{name}.png", Path(folder) / f"{name}.character.json"
    write_atomically(picture, encode_png(drawing.pixels))
    character = Character(
        points=drawing.points,
        size=drawing.size,
        present=drawing.present,
        iris=drawing.iris,
        confidence=np.ones(len(drawing.points)),
        placed=("hand",) * len(drawing.points),
        picture=picture.name,
        picture_hash=file_hash(picture),
    )
    character.save(card)
    return picture, card


def make_toon(folder: Path) -> tuple[Path, Path]:
    """Draw the toon: (picture, character card)."""
    return make_character("toon", folder)


def make_demo(folder: Path) -> DemoFiles:
    """Make (or find made already) the toon and the stand-in clip in `folder`."""
    from demo.actor import make_actor

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    picture, card = make_toon(folder)
    return DemoFiles(picture=picture, character=card, clip=make_actor(folder).path)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="demo/make.py", description="Make the demo's material.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, actor, {', '.join(CAST)}")
    parser.add_argument("--size", type=int, default=1024, help="of a drawing, px")
    options = parser.parse_args(arguments)
    folder, names = options.folder, options.names or ["toon", "actor"]
    unknown = set(names).difference(CAST, ("all", "actor"))
    if unknown:
        sys.stderr.write(f"demo/make.py: no {', '.join(sorted(unknown))}; there are all, actor, {', '.join(CAST)}\n")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    for name in CAST if "all" in names else names:
        if name in CAST:
            sys.stdout.write("\n".join(map(str, make_character(name, folder, size=options.size))) + "\n")
    if "actor" in names:
        from demo.actor import make_actor

        sys.stdout.write(f"{make_actor(folder).path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
