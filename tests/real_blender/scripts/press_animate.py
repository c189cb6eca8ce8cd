# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: starts Animate as a button does, watches it, undoes and redoes, writes what was seen.

Arguments: the JSON to write, the plane's name, the clip.
"""

import json
import sys
import time
import traceback
from pathlib import Path

import bpy

report, plane, clip = sys.argv[sys.argv.index("--") + 1 :]
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
seen = {"words": [], "ticks": 0, "error": ""}


def sources():
    return sorted(image.source for image in bpy.data.images)


def tour():
    yield 0.5
    scene = bpy.context.scene
    scene.faceshot_choices.plane = bpy.data.objects[plane]
    scene.faceshot_choices.clip = clip
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    bpy.ops.ed.undo_push(message="before")
    seen["before"] = sources()
    with bpy.context.temp_override(window=window, area=area, region=region):
        seen["invoked"] = list(bpy.ops.faceshot.animate("INVOKE_DEFAULT"))
    job = bpy.context.window_manager.faceshot_job
    end = time.monotonic() + 120
    while job.running and time.monotonic() < end:
        seen["ticks"] += 1
        if job.words not in seen["words"]:
            seen["words"].append(job.words)
        yield 0.05
        job = bpy.context.window_manager.faceshot_job
    yield 0.5
    seen["after"] = sources()
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.ed.undo()
        seen["undone"] = sources()
        bpy.ops.ed.redo()
        seen["redone"] = sources()


steps = tour()


def step():
    try:
        return next(steps)
    except StopIteration:
        pass
    except BaseException:
        seen["error"] = traceback.format_exc()
    Path(report).write_text(json.dumps(seen))
    bpy.ops.wm.quit_blender()
    return None


bpy.app.timers.register(step, first_interval=0.5)
