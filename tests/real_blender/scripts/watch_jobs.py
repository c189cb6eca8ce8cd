# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: runs Animate with the sidebar open and measures how alive the window stays meanwhile.

Arguments: folder for pictures and report, the plane's name, the clip.
"""

import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, animate, begun, choose, jobs_done, module, open_tab

folder, plane, clip = sys.argv[-3:]
stage = Stage(Path(folder))
seen = stage.seen
seen |= {"handler_ms": [], "step_ms": [], "draws": [], "fractions": [], "gaps": [], "idle_gaps": []}
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


def timed_step(function):
    def step(entry):
        started = time.thread_time()
        status = function(entry)
        if running[0]:
            seen["step_ms"].append(1000 * (time.thread_time() - started))
        return status

    return step


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
    yield from open_tab()
    choose(plane, clip)
    end = time.monotonic() + 2
    yield from pauses(lambda: time.monotonic() < end, seen["idle_gaps"])
    operator, panel = bpy.types.FACESHOT_OT_animate, bpy.types.FACESHOT_PT_output
    operator.modal = timed_modal(operator.modal)
    panel.draw = timed_draw(panel.draw)
    queue = module("jobs").QUEUE
    queue.step = timed_step(queue.step)
    animate()
    yield begun("Tracking", 60)
    seen["begun"] = not jobs_done()
    seen["failure"] = queue.failure.report if queue.failure else ""
    if jobs_done():
        return
    end = time.monotonic() + 60
    running[0], started, used = True, time.perf_counter(), time.process_time()
    yield from pauses(lambda: not jobs_done() and time.monotonic() < end, seen["gaps"])
    running[0], seen["seconds"] = False, time.perf_counter() - started
    seen["processor"] = time.process_time() - used
    yield 0.5


stage.run(tour())
