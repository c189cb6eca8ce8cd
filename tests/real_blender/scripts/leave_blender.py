# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: starts Animate twice and, in the midst of the first, quits, opens a file or closes.

Arguments: the JSON to write, the plane's name, the clip, what happens to jobs (END or FINISH), how it is left ("quit";
"reopen": another file is loaded, then the same again; "other": another file is loaded and stays).
"""

import json
import sys
import time
import traceback
from pathlib import Path

import bpy

report, plane, clip, choice, how = sys.argv[sys.argv.index("--") + 1 :]
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
seen = {"error": ""}


def module(name):
    return next(found for full, found in sys.modules.items() if full.endswith(f".faceshot_blender.{name}"))


def write():
    Path(report).write_text(json.dumps(seen))


def press():
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        return list(bpy.ops.faceshot.animate("INVOKE_DEFAULT"))


def shows_frames():
    return sorted(image.name for image in bpy.data.images if image.source == "SEQUENCE")


def tour():
    yield 0.5
    blend = bpy.data.filepath
    name = module("jobs").__name__.removesuffix(".faceshot_blender.jobs")
    bpy.context.preferences.addons[name].preferences.leaving = choice
    choices = bpy.context.scene.faceshot_choices
    choices.plane, choices.clip = bpy.data.objects[plane], clip
    queue = module("jobs").QUEUE
    seen["pressed"] = [press()]
    choices.folder = "//second"
    seen["pressed"].append(press())
    end = time.monotonic() + 100
    while queue.first and not queue.first.words.startswith("Tracking") and time.monotonic() < end:
        yield 0.02
    seen["words"] = queue.first.words if queue.first else queue.failure.report
    seen["folders"] = [str(entry.folder) for entry in queue.entries]
    seen["engine"] = module("jobs").SHARED[0].pid
    if how == "quit":
        return
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield 0.5
    seen["queued"] = len(queue.entries)
    if how == "reopen":
        bpy.ops.wm.open_mainfile(filepath=blend)
        yield 0.5
    end = time.monotonic() + 120
    while queue.entries and time.monotonic() < end:
        yield 0.1
    yield 0.5
    seen["shown"] = shows_frames()
    seen["told"] = queue.failure.message if queue.failure else ""
    if how == "reopen":
        window = bpy.context.window_manager.windows[0]
        with bpy.context.temp_override(window=window):
            bpy.ops.ed.undo()
            bpy.ops.ed.undo()
        seen["undone"] = shows_frames()


steps = tour()


def step():
    try:
        return next(steps)
    except StopIteration:
        pass
    except BaseException:
        seen["error"] = traceback.format_exc()
    write()
    bpy.ops.wm.quit_blender()
    return None


bpy.app.timers.register(step, first_interval=0.5, persistent=True)
