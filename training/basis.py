# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the expression basis that ships: core/data/arkit_basis.npz.

    python -m training.basis --clips DIR [--without NAME ...] [--cache DIR] [-o FILE]

DIR: movies of one face each, tracked with the network "mesh-478", whose 52 scores say what each frame shows.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from core.expression import NAMES, load_basis, save_basis

from .clips import performances
from .learn import CLIPS, FRAMES, RIDGE, ROUNDS, SHOWN, learned_basis

NAME = "arkit-1"
FILE = Path(__file__).resolve().parents[1] / "core" / "data" / "arkit_basis.npz"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="training.basis", description="Learn the expression basis from clips.")
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--without", nargs="*", default=["ravdess_surprised"], help="clips that are for testing only")
    parser.add_argument("--cache", type=Path, help="keeps what was tracked")
    parser.add_argument("-o", "--output", type=Path, default=FILE)
    options = parser.parse_args(arguments)
    clips = [clip for clip in performances(options.clips, cache=options.cache) if clip.name not in options.without]
    basis = learned_basis(clips)
    meta = {
        "clips": [clip.name for clip in clips],
        "frames": [len(clip.mesh) for clip in clips],
        "settings": {"ridge": RIDGE, "frames": FRAMES, "rounds": ROUNDS, "shown": SHOWN, "shown_by": CLIPS},
    }
    save_basis(options.output, basis, name=NAME, meta=meta)
    load_basis.cache_clear()
    learned = len(NAMES) - int(basis.authored.sum())
    sys.stdout.write(f"{options.output}: {learned} shapes of {len(clips)} clips, {len(NAMES) - learned} made by hand\n")
    return 0


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    sys.exit(main(sys.argv[1:]))
