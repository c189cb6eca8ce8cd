# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender, or beside Blender as a module: demo_blend.py OUT.blend RESULT_FOLDER ... [--actor MOVIE]

Enables this checkout as an extension in throw-away user folders. One result goes into the .blend by its `assemble`
command; several stand side by side before one camera, the actor's movie at their head.
The caller sets BLENDER_USER_RESOURCES to an empty folder.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "bl_ext.user_default.faceshot"
SHIPPED = ("__init__.py", "blender_manifest.toml", "core", "faceshot_blender", "requirements")
SIDE = 480  # px of a square picture in renders


def link_checkout(user_folder: Path) -> None:
    """The checkout as an installed extension. Its parts, not its root: Blender would scan the environments too."""
    extension = user_folder / "extensions" / "user_default" / "faceshot"
    extension.mkdir(parents=True)
    for name in SHIPPED:
        source, target = ROOT / name, extension / name
        try:
            target.symlink_to(source, target_is_directory=source.is_dir())
        except OSError:  # Windows without the right to make links
            shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)


def command_function() -> Callable[[list[str]], int]:
    """Enables the extension and returns what it registers as `blender --command faceshot`."""
    import bpy

    registered: dict[str, Callable[[list[str]], int]] = {}
    utils: Any = bpy.utils
    original = utils.register_cli_command

    def listen(name: str, function: Callable[[list[str]], int]):
        registered[name] = function
        return original(name, function)

    utils.register_cli_command = listen
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon_utils: Any = importlib.import_module("addon_utils")  # lies on the path only after bpy's import
    if addon_utils.enable(PACKAGE) is None:
        raise RuntimeError("the extension could not be enabled")
    return registered["faceshot"]


def ours(name: str) -> Any:
    """A module of the enabled extension."""
    return importlib.import_module(f"{PACKAGE}.faceshot_blender.{name}")


def stand_together(folders: Sequence[Path], actor: Path | None) -> None:
    """A new scene with a plane for each result, in rows as in the movie; heard once, not once for each."""
    import bpy

    assembling, results = ours("scene.assemble"), ours("results")
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene: Any = bpy.context.scene
    takes = [results.AnimateResult.load(folder) for folder in folders]
    plan = _plan(len(takes) + (actor is not None))
    places = list(plan.places)
    assembling.own_shot(scene, takes[0])
    scene.frame_end = min(len(take.files) for take in takes)
    _frame(scene, plan)
    if actor is not None:
        _actor(scene, actor, _upright(plan, places.pop(0)))
    for number, (take, place) in enumerate(zip(takes, places, strict=True)):
        made = assembling.assemble(scene, take if number == 0 else replace(take, sound=None))
        plane, size = scene.objects[made.plane], max(take.size)
        plane.location = _upright(plan, place)
        plane.scale *= take.size[1] / size  # it is as high as the others are wide, at most
        if number:
            ours("scene.markers").remove_markers(scene, made.plane)  # they are where the first one's are
        _beside(bpy.data.scenes[made.edit_scene], f"{made.plane} frames", plan, place, SIDE / size)
    _ready_to_play()


def _plan(count: int) -> Any:
    sys.path.insert(0, str(ROOT))
    try:
        return importlib.import_module("tools.demo_stage").stage(count)
    finally:
        sys.path.remove(str(ROOT))


def _upright(plan: Any, place: tuple[float, float]) -> tuple[float, float, float]:
    """A place of the plan, in metres of the scene around its origin."""
    return place[0] - plan.width / 2, 0.0, plan.height / 2 - place[1]


def _pixels(plan: Any) -> list[int]:
    """Width and height of the plan in renders: even, as movies want them."""
    return [2 * round(side * SIDE / 2) for side in (plan.width, plan.height)]


def _frame(scene: Any, plan: Any) -> None:
    """The camera's picture is the plan's, on a plain ground."""
    import bpy

    ground = importlib.import_module("tools.demo_stage").GROUND
    scene.render.resolution_x, scene.render.resolution_y = _pixels(plan)
    scene.camera.data.ortho_scale = max(plan.width, plan.height)
    world: Any = bpy.data.worlds.new("Ground")
    ours("compat").use_nodes(world)
    linear = [((value / 255 + 0.055) / 1.055) ** 2.4 for value in ground]
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (*linear, 1.0)
    world.color = linear
    scene.world = world


def _actor(scene: Any, movie: Path, location: tuple[float, float, float]) -> None:
    """The actor's movie on a plane. Each of its frames is one of the scene's."""
    plane = ours("scene.plane").make_plane(scene, movie, name="Actor")
    plane.location = location
    for node in plane.active_material.node_tree.nodes:
        if node.bl_idname == "ShaderNodeTexImage":
            node.image_user.frame_start = scene.frame_start
            node.image_user.frame_duration = scene.frame_end - scene.frame_start + 1
            node.image_user.use_auto_refresh = True


def _beside(edit: Any, strip_name: str, plan: Any, place: tuple[float, float], scale: float) -> None:
    """The strip in its place of the same plan, in the scene that holds the frames for cutting."""
    edit.render.resolution_x, edit.render.resolution_y = _pixels(plan)
    for strip in ours("compat").all_strips_of(edit):
        if strip.name == strip_name:
            strip.blend_type = "ALPHA_OVER"
            strip.transform.scale_x = strip.transform.scale_y = scale
            strip.transform.offset_x = (place[0] - plan.width / 2) * SIDE
            strip.transform.offset_y = (plan.height / 2 - place[1]) * SIDE


def _ready_to_play() -> None:
    """3D viewports look through the camera at what it will show."""
    import bpy

    for screen in bpy.data.screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                space: Any = area.spaces.active
                space.shading.type = "MATERIAL"  # a file's rendered views are opened as solid ones
                space.shading.use_scene_world = True
                space.overlay.show_overlays = False
                space.region_3d.view_perspective = "CAMERA"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="demo_blend.py")
    parser.add_argument("blend", type=Path)
    parser.add_argument("folders", type=Path, nargs="+", metavar="RESULT_FOLDER")
    parser.add_argument("--actor", type=Path, metavar="MOVIE")
    options = parser.parse_args(arguments)
    link_checkout(Path(os.environ["BLENDER_USER_RESOURCES"]))
    command = command_function()
    if len(options.folders) == 1 and options.actor is None:
        return int(command(["assemble", str(options.folders[0]), "--save", str(options.blend)]) or 0)
    stand_together(options.folders, options.actor)
    ours("commands")._save(options.blend)
    return 0


if __name__ == "__main__":
    given = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else sys.argv[1:]
    try:
        code = main(given)
    except BaseException:
        traceback.print_exc()
        code = 1
    # A Blender that has loaded sounds or movies may wait for ever at the interpreter's exit.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
