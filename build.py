#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, tests and packs FaceShot: `python3 build.py demo`, `python3 build.py test`, `python3 build.py --help`."""

import argparse
import sys

# An older Python must still be able to read this file, to say so.
if sys.version_info < (3, 11):  # noqa: UP036
    sys.exit(
        "build.py needs Python 3.11 or newer; this is {}.{}. Install one from python.org or with the system's "
        "packages, and run it with that: python3.11 build.py ...".format(*sys.version_info[:2])
    )


def arguments():
    parser = argparse.ArgumentParser(
        prog="build.py", description="Makes, tests and packs FaceShot. Environments are made when first needed."
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    demo = verbs.add_parser("demo", help="animate a cast, or your character, from a clip; leaves a .blend and movies")
    demo.add_argument("--clip", metavar="FILE", help="a video of a face (default: a stand-in actor)")
    demo.add_argument("--picture", metavar="FILE", help="the character's picture (default: some of a drawn cast)")
    demo.add_argument("--character", metavar="NAME", action="append", help="one of the cast, or all; may be repeated")
    demo.add_argument("--box", metavar="X,Y,WIDTH,HEIGHT", help="where the face is on --picture, if it is not found")
    demo.add_argument("-o", "--output", metavar="DIR", help="where results go (default: a folder in out/)")

    test = verbs.add_parser("test", help="run the tests, one run for each environment")
    test.add_argument("--all", action="store_true", help="the long matrix too")
    test.add_argument("-k", metavar="EXPRESSION", help="only tests whose names match, as pytest's -k")
    test.add_argument("-x", action="store_true", help="stop a run at its first failure")
    test.add_argument("paths", nargs="*", metavar="PATH", help="only tests below these files or folders")

    pack = verbs.add_parser("zip", help="build the extension's zip into dist/")
    pack.add_argument("--channel", choices=("self-hosted", "platform"), default="self-hosted")
    pack.add_argument("-o", "--output", metavar="DIR", default="dist", help="folder of the zip (default: dist)")

    engine = verbs.add_parser("engine", help="make the engine's Python environment in a folder")
    engine.add_argument("directory", metavar="DIR")
    engine.add_argument("--torch", action="store_true", help="with torch (large: some GB on Linux)")

    verbs.add_parser("lint", help="style, types and import directions")

    bench = verbs.add_parser("bench", help="run a benchmark of benchmarks/")
    bench.add_argument("name", metavar="NAME", help="retarget, track, proxy, reenact: a file of benchmarks/")
    bench.add_argument("--json", action="store_true", help="one JSON object for each figure")
    bench.add_argument("--clips", metavar="DIR", help="a folder of clips, where the benchmark takes one")

    samples = verbs.add_parser("samples", help="draw every character of the cast into a folder, with its points")
    samples.add_argument("directory", metavar="DIR")
    samples.add_argument("--character", metavar="NAME", action="append", help="only this one; may be repeated")
    samples.add_argument("--size", type=int, metavar="PX", default=1024, help="width and height (default: 1024)")

    clean = verbs.add_parser("clean", help="remove what build.py made here: build/, dist/, out/, caches")
    clean.add_argument("--environments", action="store_true", help="the Python environments too")
    return parser


def main():
    options = arguments().parse_args()
    from tools import run  # only now: it needs the newer Python

    return run.verb(options)


if __name__ == "__main__":
    sys.exit(main())
