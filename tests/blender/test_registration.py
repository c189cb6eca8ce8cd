# SPDX-License-Identifier: GPL-3.0-or-later
"""Enabling and disabling: quick, light, and without a trace."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
import threading

import pytest

PACKAGE = "bl_ext.user_default.faceshot"


def _is_timer(bpy, function) -> bool:
    try:
        return bpy.app.timers.is_registered(function)
    except (TypeError, ValueError):
        return False


def _commands(bpy) -> list[str]:
    package = sys.modules.get(f"{PACKAGE}.faceshot_blender.registration")
    return [package.COMMAND] * len(package._command) if package is not None else []


def traces(bpy) -> dict[str, list]:
    """Everything an extension may leave in Blender."""
    classes = {name for name in dir(bpy.types) if "faceshot" in name.lower()}
    owners = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
    return {
        "classes": sorted(classes),
        "subclasses": sorted(
            cls.__name__
            for base in (bpy.types.Operator, bpy.types.Panel, bpy.types.PropertyGroup, bpy.types.AddonPreferences)
            for cls in base.__subclasses__()
            if "faceshot" in cls.__name__.lower() and cls.is_registered
        ),
        "properties": sorted(
            name for owner in owners for name in map(str, owner.bl_rna.properties.keys()) if "faceshot" in name.lower()
        ),
        "operators": sorted(dir(bpy.ops.faceshot)),
        "menus": sorted(
            f"{name}: {draw.__module__}.{draw.__name__}"
            for name in dir(bpy.types)
            if "_MT_" in name or "_HT_" in name or "_PT_" in name
            for draw in getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", ())
            if "faceshot" in draw.__module__
        ),
        "timers": sorted(
            f"{name}.{function}"
            for name, module in list(sys.modules.items())
            if "faceshot" in name and module is not None
            for function, value in list(vars(module).items())
            if callable(value) and not isinstance(value, type) and _is_timer(bpy, value)
        ),
        "keymaps": sorted(
            item.idname
            for config in bpy.context.window_manager.keyconfigs
            for keymap in config.keymaps
            for item in keymap.keymap_items
            if "faceshot" in item.idname
        ),
        "presets": sorted(path for path in bpy.utils._preset_path_registry if "faceshot" in path),
        "threads": sorted(thread.name for thread in threading.enumerate() if "faceshot" in thread.name.lower()),
        "processes": sorted(str(process.pid) for process in multiprocessing.active_children()),
        "commands": sorted(command for command in _commands(bpy) if "faceshot" in command),
        "handlers": sorted(
            repr(handler)
            for name in dir(bpy.app.handlers)
            if isinstance(handlers := getattr(bpy.app.handlers, name), list)
            for handler in handlers
            if "faceshot" in getattr(handler, "__module__", "")
        ),
    }


def test_twenty_times_without_a_trace(extension):
    import addon_utils  # isort: skip
    import bpy

    enabled = traces(bpy)
    assert enabled["operators"]
    assert enabled["properties"] == ["faceshot_choices", "faceshot_job", "faceshot_look", "faceshot_points"]
    addon_utils.disable(PACKAGE)
    clean = traces(bpy)
    assert not any(clean.values()), clean
    for _ in range(20):
        addon_utils.enable(PACKAGE, default_set=True)
        assert traces(bpy) == enabled
        addon_utils.disable(PACKAGE)
        assert traces(bpy) == clean
    addon_utils.enable(PACKAGE, default_set=True)


def test_the_command_is_unregistered(extension, part):
    registration = part("faceshot_blender.registration")
    assert len(registration._command) == 1
    extension.unregister()
    assert not registration._command
    extension.register()
    assert len(registration._command) == 1


def test_enabling_is_light_and_quick(extension, repo_root):
    """In a fresh process: what enabling imports, and how long register() takes (printed, not judged here)."""
    script = f"""
import json, sys, time
import bpy, addon_utils
before = set(sys.modules)
started = time.perf_counter()
module = addon_utils.enable({PACKAGE!r})
seconds = time.perf_counter() - started
new = sorted(set(sys.modules) - before)
module.unregister()
started = time.perf_counter()
module.register()
again = time.perf_counter() - started
print("RESULT", json.dumps([seconds, again, new]), flush=True)
import os; os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, env=dict(os.environ), check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT"))
    seconds, again, modules = json.loads(line.removeprefix("RESULT"))
    sys.stdout.write(f"enabling took {1000 * seconds:.1f} ms in all, register() alone {1000 * again:.1f} ms\n")
    heavy = {"torch", "cv2", "av", "numpy", "ai_edge_litert", "diffusers", "ray", "subprocess", "urllib.request"}
    assert not heavy & set(modules)
    assert not [name for name in modules if name.split(".")[0] in ("core", "faceshot_blender")]
    assert [name for name in modules if name.startswith(f"{PACKAGE}.faceshot_blender")]
    assert not done.stderr.strip() or "rror" not in done.stderr


def test_preferences_have_their_name(extension):
    import bpy

    settings = bpy.context.preferences.addons[PACKAGE].preferences
    assert (settings.engine, settings.models, settings.cache, settings.offline) == ("", "", "", False)


def test_each_operator_says_what_it_does(extension):
    import bpy

    for name in dir(bpy.ops.faceshot):
        operator = getattr(bpy.ops.faceshot, name).get_rna_type()
        words = operator.name.replace("FaceShot", "Faceshot").split()
        title = " ".join(word for word in words if word not in ("with", "as", "by", "of", "the"))
        assert title.replace("'s", "").istitle(), operator.name
        assert operator.description, name
        assert not operator.description.endswith(".")
        for prop in operator.properties:
            if prop.identifier != "rna_type" and not prop.is_hidden:
                assert prop.description, (name, prop.identifier)
                assert not prop.description.endswith(".")


def test_operators_refuse_in_words(empty):
    for call, words in (
        (empty.ops.faceshot.animate, "No plane is chosen"),
        (lambda: empty.ops.faceshot.animate(plane="Nobody"), "No clip is chosen"),
        (lambda: empty.ops.faceshot.animate(plane="Nobody", clip="/x.mp4"), "no object named 'Nobody'"),
        (empty.ops.faceshot.make_engine, "stay offline"),
        (empty.ops.faceshot.fetch_network, "stay offline"),
        (empty.ops.faceshot.fetch_diffusion, "stay offline"),
        (empty.ops.faceshot.cancel, "No job is running"),
        (empty.ops.faceshot.release_engine, "No engine is running"),
        (lambda: empty.ops.faceshot.make_plane(filepath="/no/such.png"), "No picture at /no/such.png"),
        (empty.ops.faceshot.use_active, "no plane with a picture"),
        (lambda: empty.ops.faceshot.restore_original(plane="Nobody"), "no object 'Nobody'"),
    ):
        with pytest.raises(RuntimeError, match=words):
            call()


def test_menus_hold_operators_that_are_there(extension, recorder):
    """Also those that others append to: what a menu shows is what the menu search finds."""
    import bpy

    menus = sys.modules[f"{PACKAGE}.faceshot_blender.ui.menus"]
    layout = recorder()
    context = type("Context", (), {"view_layer": bpy.context.view_layer})
    menus.FACESHOT_MT_object.draw(type("Menu", (), {"layout": layout}), context)
    for _, draw in menus._ENTRIES:
        draw(type("Menu", (), {"layout": layout}), context)
    shown = [text for kind, text in layout.seen if kind == "button"]
    assert {"Animate", "Animate with Clip…", "Check Set-Up", "Use as FaceShot Driver"} <= set(shown)
    assert all(hasattr(bpy.types, menu) for menu, _ in menus._ENTRIES)
