# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender -b [SCENE.blend] --command faceshot VERB ...`: FaceShot without a window.

`animate` and `assemble` work on the scene; every other verb is the engine's and is handed to it as it is.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy

from ..core import VERSION
from ..core.cli import Output, Parser, common_options, run_command, stopper
from ..core.errors import ErrorCode, FaceShotError
from ..core.verbs.animate import AnimateVerb
from ..core.verbs.options import add_arguments, from_namespace
from ..core.verbs.options import path as path_option
from .results import AnimateResult
from .scene.paths import absolute

if TYPE_CHECKING:
    from .job import Status
    from .scene.assemble import Assembled

PROGRAM = "blender -b [SCENE.blend] --command faceshot"
OWN_VERBS = ("animate", "assemble", "engine")
ANIMATE_USAGE = """
  %(prog)s --plane NAME --clip FILE --save OUT.blend [-o DIR] [options]   (on a plane of SCENE.blend)
  %(prog)s PICTURE CLIP -o DIR [--save OUT.blend] [options]               (without a scene)"""

# Given by this file's own arguments, or of no use where a scene is made; all others of `animate` are taken over as they
# are.
_OWN = ("picture", "clip", "output", "estimate")
AnimateOptions = dataclasses.make_dataclass(
    "AnimateOptions",
    [
        (field.name, field.type, dataclasses.field(default=field.default, metadata=field.metadata))
        for field in dataclasses.fields(AnimateVerb)
        if field.name not in _OWN
    ],
    kw_only=True,
)


def main(argv: list[str]) -> int:
    """Run one verb; returns the exit code of core/errors.py."""
    # Blender hands over everything after the command's name, also a separator meant for itself.
    words = argv[1:] if argv[:1] == ["--"] else list(argv)
    if words and words[0] not in OWN_VERBS and not words[0].startswith("-"):
        return _hand_on(words)
    return run_command(words, _parser(), _work)


def _parser() -> Parser:
    parser = Parser(
        prog=PROGRAM,
        description="FaceShot: bring a still character to life.",
        epilog="Every other verb (track, match, retarget, render, models, cache, doctor) is the engine's.",
    )
    parser.add_argument("--version", action="version", version=f"FaceShot {VERSION}")
    verbs: Any = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    common = common_options()
    # shown again below with a usage of its own: argparse cannot say "these or those"
    animate = verbs.add_parser(
        "animate", help="bring a picture to life with a clip", parents=[common], usage=ANIMATE_USAGE
    )
    animate.prog = f"{PROGRAM} animate"
    animate.add_argument("picture", nargs="?", help="picture of the character")
    animate.add_argument("positional_clip", nargs="?", metavar="clip", help="clip of the actor")
    animate.add_argument("--plane", metavar="NAME", help="image plane of the scene that carries the character")
    animate.add_argument("--clip", metavar="FILE", help="clip of the actor, with --plane")
    animate.add_argument("-o", "--output", metavar="DIR", help="folder for everything that is made")
    _add_scene_arguments(animate)
    add_arguments(animate, AnimateOptions)
    assemble = verbs.add_parser("assemble", help="put a result of animate into a scene", parents=[common])
    assemble.add_argument("result", metavar="DIR", help="folder that animate has made")
    assemble.add_argument("--plane", metavar="NAME", help="image plane to use; default: the one with the picture")
    _add_scene_arguments(assemble)
    engine = verbs.add_parser("engine", help="make FaceShot's engine, or say where it is", parents=[common])
    engine.add_argument("action", choices=("make", "status"))
    return parser


def _add_scene_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--save", metavar="OUT.blend", help="save the scene as this new file")
    parser.add_argument("--at", type=int, metavar="FRAME", help="scene frame of the take's first; default: the start")
    parser.add_argument("--force", action="store_true", help="let --save replace a file (never the one that is loaded)")


def _work(arguments: argparse.Namespace, output: Output) -> tuple[dict[str, Any], str]:
    asked_to_stop = stopper()
    if arguments.verb == "engine":
        return _engine(arguments, output, asked_to_stop)
    target = _save_target(arguments.save, force=arguments.force)
    if arguments.verb == "assemble":
        if target is None:
            raise FaceShotError(
                ErrorCode.USAGE, "assemble needs --save OUT.blend.", hint="The scene is kept nowhere else."
            )
        result = AnimateResult.load(absolute(arguments.result))
        facts: dict[str, Any] = {"verb": "assemble", "result": str(result.folder)}
    else:
        result, facts = _animate(arguments, output, asked_to_stop)
    lines = [f"{len(result.files)} frames at {result.fps:g} frames/s: {result.files[0].parent}"]
    if target is not None:
        assembled = _into_scene(arguments, result)
        for warning in assembled.warnings:
            output.event("warning", message=warning)
            output.say(f"Warning: {warning}")
        if asked_to_stop():
            from ..core.progress import cancelled

            raise cancelled()
        _save(target)
        facts |= {**assembled.as_dict(), "blend": str(target)}
        facts["warnings"] = [*facts.get("warnings", []), *assembled.warnings]
        lines.append(f"Saved: {target}")
    return facts, "\n".join(lines)


# ---- animate -----------------------------------------------------------------------------------------------------


def _animate(arguments: argparse.Namespace, output: Output, asked_to_stop: Any) -> tuple[AnimateResult, dict[str, Any]]:
    """Have the engine make the frames; returns them and the engine's own result."""
    from .host import ONLINE_HINT, open_engine
    from .job import Job, run_to_end

    options = _options(arguments)
    if arguments.plane:
        request, warnings = _on_plane(arguments, options)
    else:
        request, warnings = _from_files(arguments, options), ()
    for message in warnings:
        output.event("warning", message=message)
        output.say(f"Warning: {message}")
    job = Job("animate", request, open_engine)
    try:
        facts = run_to_end(job, watch=_teller(output), stop=asked_to_stop)
    except FaceShotError as error:
        if error.code is ErrorCode.OFFLINE and not bpy.app.online_access:
            error.hint = ONLINE_HINT
        raise
    finally:
        job.close()
        if arguments.debug and job.log_tail:
            output.say(job.log_tail)
    facts["warnings"] = [*warnings, *facts.get("warnings", [])]
    return AnimateResult.load(Path(request["output"])), facts


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The further options of `animate` as the engine wants them: checked here, paths made absolute, sent as text."""
    from_namespace(AnimateOptions, arguments)
    paths = {field.name for field in dataclasses.fields(AnimateOptions) if field.metadata["kind"] is path_option}
    given = {field.name: getattr(arguments, field.name) for field in dataclasses.fields(AnimateOptions)}
    return {
        name: str(absolute(value)) if name in paths else value
        for name, value in given.items()
        if value is not None and value is not False
    }


def _on_plane(arguments: argparse.Namespace, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The engine's arguments, and what the user should know beforehand."""
    from .take import plan_take

    clip = arguments.clip or arguments.picture
    if clip is None or (arguments.clip and arguments.picture) or arguments.positional_clip:
        raise FaceShotError(
            ErrorCode.USAGE, "With --plane comes one clip and no picture.", hint="--plane NAME --clip FILE."
        )
    if arguments.save is None:
        raise FaceShotError(
            ErrorCode.USAGE, "--plane needs --save OUT.blend.", hint="The scene that is loaded is never overwritten."
        )
    take = plan_take(
        _scene(),
        arguments.plane,
        absolute(clip),
        folder=absolute(arguments.output) if arguments.output else None,
        start=arguments.at,
        options=options,
    )
    return take.arguments, take.warnings


def _from_files(arguments: argparse.Namespace, options: dict[str, Any]) -> dict[str, Any]:
    from ..core.ledger import require_writable
    from .scene.assemble import scene_fps
    from .take import require_clip

    clip = arguments.positional_clip or arguments.clip
    if not (arguments.picture and clip and arguments.output):
        raise FaceShotError(
            ErrorCode.USAGE,
            "animate needs a picture, a clip and -o DIR; or --plane NAME, --clip FILE and --save OUT.blend.",
            hint=f"See {PROGRAM} animate --help.",
        )
    if not absolute(arguments.picture).is_file():
        raise FaceShotError(
            ErrorCode.INPUT_MISSING, f"No picture at {absolute(arguments.picture)}.", hint="Check the path."
        )
    require_clip(absolute(clip))
    require_writable(absolute(arguments.output))
    in_scene = {"fps": scene_fps(_scene())} if arguments.save and bpy.data.filepath else {}
    return {
        **in_scene,
        **options,
        "picture": str(absolute(arguments.picture)),
        "clip": str(absolute(clip)),
        "output": str(absolute(arguments.output)),
    }


def _teller(output: Output) -> Any:
    """Tells each piece of a job's news once."""
    warnings, saved, where = 0, 0, ("", -1)

    def tell(status: Status) -> None:
        nonlocal warnings, saved, where
        for message in status.warnings[warnings:]:
            output.event("warning", message=message)
            output.say(f"Warning: {message}")
        for path in status.saved[saved:]:
            output.event("saved", path=path)
        warnings, saved = len(status.warnings), len(status.saved)
        if status.stage and where != (status.stage, status.done):
            where = (status.stage, status.done)
            output.progress(status.stage, status.done, status.total)

    return tell


def _scene() -> bpy.types.Scene:
    """The scene that Blender was told to work on."""
    scene = bpy.context.scene
    assert scene is not None
    return scene


# ---- the scene ---------------------------------------------------------------------------------------------------


def _into_scene(arguments: argparse.Namespace, result: AnimateResult) -> Assembled:
    from .scene.assemble import assemble, own_shot

    if not bpy.data.filepath:
        if arguments.plane:
            raise FaceShotError(ErrorCode.USAGE, "--plane needs a scene.", hint=f"{PROGRAM} {arguments.verb} ...")
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        own_shot(_scene(), result)
    return assemble(_scene(), result, plane=arguments.plane or "", start=arguments.at)


def _save_target(save: str | None, *, force: bool) -> Path | None:
    """Where to save. Raises OUTPUT_UNWRITABLE when that would overwrite something, or cannot be written."""
    from ..core.ledger import require_writable

    if save is None:
        return None
    target = absolute(save)
    if target.suffix.lower() != ".blend":
        target = target.with_name(target.name + ".blend")
    loaded = Path(bpy.data.filepath) if bpy.data.filepath else None
    if target.exists():
        if loaded is not None and loaded.exists() and target.samefile(loaded):
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"{target} is the file that is loaded; it is never overwritten.",
                hint="Save under another name.",
            )
        if not force or target.is_dir():
            raise FaceShotError(
                ErrorCode.OUTPUT_UNWRITABLE,
                f"{target} exists already.",
                hint="Save under another name, or say --force to replace it.",
            )
    require_writable(target.parent)
    return target


def _save(target: Path) -> None:
    """Save a copy with all relative paths made right for its new place, whole or not at all."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        bpy.ops.wm.save_as_mainfile(filepath=str(target), copy=True, relative_remap=True, check_existing=False)
    except (RuntimeError, OSError) as error:
        raise FaceShotError(
            ErrorCode.OUTPUT_UNWRITABLE, f"Cannot save {target}: {str(error).strip()}.", hint="Choose another folder."
        ) from error


def _engine(arguments: argparse.Namespace, output: Output, asked_to_stop: Any) -> tuple[dict[str, Any], str]:
    """Make the engine in its default place, or say which one would be started."""
    from .host import engine_setup, plan_engine
    from .job import run_to_end

    if arguments.action == "make":
        making = plan_engine()
        output.say(f"Downloading about {making.download_mb} MB of packages.")
        try:
            run_to_end(making, watch=_teller(output), stop=asked_to_stop)
        finally:
            making.close()
    python = engine_setup().python
    return {"verb": "engine", "engine": str(python)}, f"Engine: {python}"


# ---- the engine's own verbs --------------------------------------------------------------------------------------


def _hand_on(words: list[str]) -> int:
    """Run the engine's own command line; signals are passed on to it."""
    from .host import engine_setup

    try:
        setup = engine_setup()
        apart: dict[str, Any] = {} if sys.platform == "win32" else {"start_new_session": True}
        try:
            child = subprocess.Popen(setup.command(*words), env=setup.environment(), **apart)
        except OSError as error:
            raise FaceShotError(
                ErrorCode.ENGINE_MISSING, f"The engine's Python {setup.python} cannot be started ({error})."
            ) from error
    except FaceShotError as error:
        return _refuse(words, error)

    def pass_on(number: int, frame: object) -> None:
        if sys.platform != "win32":  # there the console tells the child itself
            os.kill(child.pid, number)

    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), pass_on)
    status = child.wait()
    return status if status >= 0 else 128 - status


def _refuse(words: list[str], error: FaceShotError) -> int:
    """Report `error` the way the words ask for, although their verb cannot be run."""

    def work(arguments: argparse.Namespace, output: Output) -> tuple[dict[str, Any], str]:
        raise error

    asked, _ = common_options().parse_known_args(words)
    known = [word for word, said in (("--json", asked.json), ("--debug", asked.debug)) if said]
    known += ["--json-file", str(asked.json_file)] if asked.json_file else []
    return run_command(known, common_options(), work)
