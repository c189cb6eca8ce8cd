# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender, or beside Blender as a module: demo_blend.py RESULT_FOLDER OUT.blend

Enables this checkout as an extension in throw-away user folders and has its `assemble` command make the .blend.
The caller sets BLENDER_USER_RESOURCES to an empty folder.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "bl_ext.user_default.faceshot"
SHIPPED = ("__init__.py", "blender_manifest.toml", "core", "faceshot_blender", "requirements")


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


def main(arguments: list[str]) -> int:
    folder, blend = arguments
    link_checkout(Path(os.environ["BLENDER_USER_RESOURCES"]))
    return int(command_function()(["assemble", folder, "--save", blend]) or 0)


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
