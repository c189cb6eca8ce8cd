# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: runs Animate with the sidebar open and measures how alive the window stays meanwhile.

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
seen = {"error": "", "handler_ms": [], "draws": [], "fractions": [], "gaps": [], "idle_gaps": []}
running = [False]


# Blender counts the arguments of what it calls.
def timed_modal(function):
    def modal(self, context, event):
        started = time.thread_time()  # a machine that is busy elsewhere does not count
        done = function(self, context, event)
        if running[0] and done == {"PASS_THROUGH"}:  # not the last one, which puts the result into the scene
            seen["handler_ms"].append(1000 * (time.thread_time() - started))
        return done

    return modal


def timed_draw(function):
    def draw(self, context):
        function(self, context)
        if running[0]:
            seen["draws"].append(time.perf_counter())
            seen["fractions"].append(bpy.context.window_manager.faceshot_job.fraction)

    return draw


def pauses(while_true, gaps):
    last = time.perf_counter()
    while while_true():
        yield 0.01
        gaps.append(time.perf_counter() - last)
        last = time.perf_counter()


def tour():
    yield 0.5
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    sidebar = next(region for region in area.regions if region.type == "UI")
    region = next(region for region in area.regions if region.type == "WINDOW")
    area.spaces.active.show_region_ui = True
    yield 1.0
    sidebar.active_panel_category = "FaceShot"
    area.tag_redraw()
    yield 1.5
    scene = bpy.context.scene
    scene.faceshot_choices.plane = bpy.data.objects[plane]
    scene.faceshot_choices.clip = clip
    end = time.monotonic() + 2
    yield from pauses(lambda: time.monotonic() < end, seen["idle_gaps"])
    animate, panel = bpy.types.FACESHOT_OT_animate, bpy.types.FACESHOT_PT_output
    animate.modal = timed_modal(animate.modal)
    panel.draw = timed_draw(panel.draw)
    with bpy.context.temp_override(window=window, area=area, region=region):
        bpy.ops.faceshot.animate("INVOKE_DEFAULT")
    queue = next(module for name, module in sys.modules.items() if name.endswith(".faceshot_blender.jobs")).QUEUE
    job, end = bpy.context.window_manager.faceshot_job, time.monotonic() + 60
    while job.running and not job.words.startswith("Tracking") and time.monotonic() < end:
        yield 0.01
    seen["begun"] = job.running
    seen["failure"] = queue.failure.report if queue.failure else job.words
    if not job.running:
        return
    end = time.monotonic() + 60
    running[0], begun, used = True, time.perf_counter(), time.process_time()
    yield from pauses(lambda: job.running and time.monotonic() < end, seen["gaps"])
    running[0], seen["seconds"] = False, time.perf_counter() - begun
    seen["processor"] = time.process_time() - used
    yield 0.5


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
