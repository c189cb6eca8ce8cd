# SPDX-License-Identifier: GPL-3.0-or-later
"""build.py demo: from a clean checkout to a .blend, frames and a movie, on a CPU."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.errors import ErrorCode, FaceShotError

from . import environments, real_blender
from .environments import BLENDER, ENGINE, say
from .models import checkout_environment, ensure_model
from .run import ROOT


def run(options: argparse.Namespace) -> int:
    picture, clip = _given(options.picture, "picture"), _given(options.clip, "clip")
    given = [path.stem for path in (picture, clip) if path]
    output = Path(options.output or ROOT / "out" / ("-".join(given) or "demo")).absolute()
    python = environments.ensure(ENGINE)
    if not ensure_model(python):
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            "Without a face network nothing can be tracked.",
            hint="Connect to the network and try again, or add a file: .venv python -m core models add FILE.",
        )
    # Beside the results: the .blend refers to the picture, and the whole folder can be moved.
    material = output / "material"
    if picture is None or clip is None:
        say("Making the demo's character and its stand-in actor")
        _child([str(python), str(ROOT / "demo" / "make.py"), str(material)], quiet=True)
    picture = picture or material / "toon.png"
    clip = clip or material / "actor.mp4"
    say(f"Animating {picture.name} from {clip.name}")
    box = [f"--box={options.box}"] if options.box else []
    code = _child([str(python), "-m", "core", "animate", str(picture), str(clip), "-o", str(output), *box])
    if code:
        return code
    result = json.loads((output / "result.json").read_text("utf-8"))
    blend = output / f"{picture.stem}.blend"
    say(f"Putting it into {blend.name}")
    why_not = _assemble(output, blend)
    print()
    print(f"frames:  {output / result['frames']}  ({result['frame_count']} at {result['fps']:g} per second)")
    if result.get("movie"):
        print(f"movie:   {output / result['movie']}")
    print(f".blend:  {why_not or blend}")
    return 0 if not why_not or why_not.startswith("not made: no Blender") else 1


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
        stdout=subprocess.DEVNULL if quiet else None,
    )
    if quiet and done.returncode:
        raise FaceShotError(ErrorCode.UNEXPECTED, f"{Path(command[1]).name} failed.", hint="Its words are above.")
    return done.returncode


def _assemble(folder: Path, blend: Path) -> str:
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
        made = folder / (blend.stem + ".part.blend")
        made.unlink(missing_ok=True)
        log = folder / "blender.log"
        with log.open("wb") as sink:
            child = subprocess.Popen(
                [*command, str(folder), str(made)],
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
