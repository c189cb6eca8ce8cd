# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py demo: from a clean checkout to a .blend, frames and movies of a whole cast, on a CPU."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.errors import ErrorCode, FaceShotError

from . import environments, real_blender
from .demo_stage import EVERYONE, SHOWN
from .environments import BLENDER, ENGINE, say
from .models import checkout_environment, ensure_model
from .run import ROOT

LARGE, MANY = 1024, 640  # px of a drawing: alone, or as one of a cast, seen smaller and each to be waited for
_AT_ONCE = max(1, min(4, os.cpu_count() or 1))


def run(options: argparse.Namespace) -> int:
    picture, clip = _given(options.picture, "picture"), _given(options.clip, "clip")
    names = _characters(options)
    output = Path(options.output or ROOT / "out" / _name(options, picture, clip)).absolute()
    python = environments.ensure(ENGINE)
    if not ensure_model(python):
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            "Without a face network nothing can be tracked.",
            hint="Connect to the network and try again, or add a file: .venv python -m core models add FILE.",
        )
    # Beside the results: the .blend refers to the pictures, and the whole folder can be moved.
    material = output / "material"
    make = [str(python), str(ROOT / "demo" / "make.py"), str(material)]
    if clip is None:
        say("Making the stand-in actor")
        _child([*make, "actor"], quiet=True)
        clip = material / "actor.mp4"
    if picture is None:
        say(f"Drawing {_listed(names)}")
        _child([*make, *names, f"--size={LARGE if len(names) == 1 else MANY}"], quiet=True)
    pictures = [material / f"{name}.png" for name in names] if picture is None else [picture]
    if len(pictures) > 1:
        return _cast(python, pictures, clip, output)
    box = [f"--box={options.box}"] if options.box else []
    code = _animate(python, pictures[0], clip, output, *box)
    return code or _finish([output], output, stem=pictures[0].stem)


def _cast(python: Path, pictures: Sequence[Path], clip: Path, output: Path) -> int:
    """Each character a result of its own, in a folder of its name; the clip is tracked with the first."""
    folders = [output / picture.stem for picture in pictures]
    code = _animate(python, pictures[0], clip, folders[0])
    if code:
        return code
    motion = f"--motion={folders[0] / _record(folders[0])['motion']}"
    others = _listed([picture.stem for picture in pictures[1:]])
    say(f"Letting {others} do the same, {_AT_ONCE} at a time")
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        codes = pool.map(
            lambda each: _animate(python, each[0], clip, each[1], motion, quiet=True),
            zip(pictures[1:], folders[1:], strict=True),
        )
        for _ in codes:  # raises what failed
            pass
    say("Putting the cast into one movie")
    show = [str(python), "-m", "tools.demo_movie", str(output / "cast.mp4"), *map(str, folders)]
    _child(show, quiet=True)
    return _finish(folders, output, stem="cast", actor=output / "cast.actor.mp4")


def _animate(python: Path, picture: Path, clip: Path, folder: Path, *more: str, quiet: bool = False) -> int:
    if not quiet:
        say(f"Animating {picture.name} from {clip.name}")
    words = [str(python), "-m", "core", "animate", str(picture), str(clip), "-o", str(folder), *more]
    return _child(words, quiet=quiet)


def _finish(folders: Sequence[Path], output: Path, *, stem: str, actor: Path | None = None) -> int:
    """The .blend of these results, and the last words."""
    blend = output / f"{stem}.blend"
    say(f"Putting {'them' if len(folders) > 1 else 'it'} into {blend.name}")
    why_not = _assemble(folders, blend, actor=actor)
    first = _record(folders[0])
    movie = output / f"{stem}.mp4"
    print()
    print(f"{first['frame_count']} frames at {first['fps']:g} per second, with the actor's sound.")
    if movie.is_file():
        print(f"movie:   {movie}")
    print(f".blend:  {why_not or blend}")
    if len(folders) > 1:
        who = _listed([folder.name for folder in folders])
        print(f"each:    {output / 'NAME'}: frames, movie and motion of {who}")
    else:
        print(f"frames:  {output / first['frames']}")
    print(
        "\nNext: watch the movie. " + ("" if why_not else "Open the .blend and press Space. ") + "Then with your own:"
    )
    print('  python3 build.py demo --clip "my take.mp4" --picture "my character.png"')
    return 0 if not why_not or why_not.startswith("not made: no Blender") else 1


def _characters(options: argparse.Namespace) -> list[str]:
    """Who is to be seen, each once, in the order of naming. Raises USAGE."""
    asked = options.character or []
    if asked and options.picture:
        raise FaceShotError(
            ErrorCode.USAGE, "--picture is a character already.", hint="Give --picture, or --character, or neither."
        )
    if options.box and not options.picture:
        raise FaceShotError(ErrorCode.USAGE, "--box is for --picture.", hint="The cast's faces are known.")
    unknown = [name for name in asked if name not in ("all", *EVERYONE)]
    if unknown:
        raise FaceShotError(
            ErrorCode.USAGE,
            f"No character {unknown[0]!r} in the cast.",
            hint=f"Choose from all, {', '.join(EVERYONE)}.",
        )
    return list(EVERYONE if "all" in asked else dict.fromkeys(asked or SHOWN))


def _name(options: argparse.Namespace, picture: Path | None, clip: Path | None) -> str:
    """The folder's: after what was given."""
    given = list(dict.fromkeys(options.character or []))
    return "-".join(given + [path.stem for path in (picture, clip) if path]) or "demo"


def _listed(names: Sequence[str]) -> str:
    """
    >>> _listed(["cat", "boy", "elf"])
    'cat, boy and elf'
    """
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _record(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text("utf-8"))


def _given(word: str | None, what: str) -> Path | None:
    if word is None:
        return None
    path = Path(word).absolute()
    if not path.exists():
        raise FaceShotError(ErrorCode.INPUT_MISSING, f"No {what} at {path}.", hint="Check the path.")
    return path


def _child(command: Sequence[str], *, quiet: bool = False, environment: dict[str, str] | None = None) -> int:
    sys.stdout.flush()
    done = subprocess.run(
        list(command),
        check=False,
        cwd=ROOT,
        env=environment or checkout_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=quiet,
        text=True,
        errors="replace",
    )
    if quiet and done.returncode:
        sys.stderr.write(done.stderr)
        raise FaceShotError(ErrorCode.UNEXPECTED, f"{' '.join(command[1:4])} failed.", hint="Its words are above.")
    return done.returncode


def _assemble(folders: Sequence[Path], blend: Path, *, actor: Path | None = None) -> str:
    """Makes the .blend in Blender as a module, or in a Blender on PATH; returns why it could not."""
    script = [str(ROOT / "tools" / "demo_blend.py")]
    try:
        command = [str(environments.ensure(BLENDER)), *script]
    except FaceShotError as error:
        if error.code is not ErrorCode.ENGINE_MISSING:
            return f"not made: {error}"
        found = real_blender.on_this_machine()
        if found is None:
            return (
                "not made: no Blender here. Install Python 3.11 (then Blender comes as a module), or put Blender 4.2 "
                "or newer on PATH, and run this again; frames are not made twice."
            )
        command = [*found.command, "-b", "--factory-startup", "--python-exit-code", "1", "--python", *script, "--"]
    with tempfile.TemporaryDirectory(prefix="faceshot-demo-", ignore_cleanup_errors=True) as home:
        environment = {**checkout_environment(), "BLENDER_USER_RESOURCES": home}
        made = blend.with_name(blend.stem + ".part.blend")
        made.unlink(missing_ok=True)
        log = blend.with_name("blender.log")
        shown = [f"--actor={actor}"] if actor else []
        with log.open("wb") as sink:
            child = subprocess.Popen(
                [*command, str(made), *map(str, folders), *shown],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=os.name != "nt",
            )
            try:
                code: int | None = child.wait(600)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                real_blender.end_group(child)
    if code != 0 or not made.is_file():
        return f"not made: Blender failed; its words are in {log}"
    made.replace(blend)
    log.unlink()
    return ""
