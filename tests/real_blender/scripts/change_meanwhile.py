# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: while Animate runs, the user renames, swaps names, undoes, and saves under another name.

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
seen = {"error": ""}


def shows_frames(name):
    return [slot.link for slot in bpy.data.objects[name].material_slots]


def tour():
    yield 0.5
    scene = bpy.context.scene
    other = bpy.data.objects[plane].copy()
    other.name = "Other"
    scene.collection.objects.link(other)
    choices = scene.faceshot_choices
    choices.plane, choices.clip = bpy.data.objects[plane], clip
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    place = {"window": window, "area": area, "region": region}
    bpy.ops.ed.undo_push(message="ready")
    with bpy.context.temp_override(**place):
        seen["pressed"] = list(bpy.ops.faceshot.animate("INVOKE_DEFAULT"))
    job = bpy.context.window_manager.faceshot_job
    end = time.monotonic() + 100
    while job.running and not job.words.startswith("Tracking") and time.monotonic() < end:
        yield 0.02
    seen["begun"] = job.running
    scene.frame_end = 77
    bpy.ops.ed.undo_push(message="a change")
    with bpy.context.temp_override(**place):
        bpy.ops.ed.undo()
    seen["undone"] = bpy.context.scene.frame_end != 77
    yield 0.3
    asked, other = bpy.data.objects[plane], bpy.data.objects["Other"]
    asked.name = "Third"
    other.name = plane
    asked.name = "Other"
    bpy.context.scene.name = "Shot 10"
    bpy.ops.ed.undo_push(message="renamed")
    further = Path(bpy.data.filepath).parent / "further"
    further.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(further / "saved as.blend"))
    seen["still"] = bpy.context.window_manager.faceshot_job.running
    end = time.monotonic() + 150
    while bpy.context.window_manager.faceshot_job.running and time.monotonic() < end:
        yield 0.05
    yield 0.5
    seen["links"] = [shows_frames("Other"), shows_frames(plane)]
    with bpy.context.temp_override(**place):
        bpy.ops.ed.undo()
    seen["links undone"] = [shows_frames("Other"), shows_frames(plane)]


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


bpy.app.timers.register(step, first_interval=0.5, persistent=True)
