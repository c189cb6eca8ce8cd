# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: opens the sidebar's FaceShot tab, makes a plane, animates twice, fails once, looks.

Arguments: folder for pictures and report, the character's picture, the clip. A picture of the screen after each step.
"""

import dataclasses
import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, animate, jobs_done, module, open_tab, place, sequences

folder, picture, clip = map(Path, sys.argv[-3:])
stage = Stage(folder)
seen = stage.seen
seen |= {"draw_ms": [], "together": False, "gap": 0.0}


def panels():
    return [cls for cls in bpy.types.Panel.__subclasses__() if cls.__name__.startswith("FACESHOT_PT")]


def measure():
    """Have every panel's drawing timed, as Blender calls it."""

    def timed(draw):
        def run(self, context):
            started = time.perf_counter()
            draw(self, context)
            seen["draw_ms"].append((type(self).__name__, 1000 * (time.perf_counter() - started)))

        return run

    for cls in panels():
        cls.draw = timed(cls.draw)


def tour():
    yield 0.5
    yield from open_tab()
    stage.shoot("first look")
    measure()
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    ready, queue = module("readiness"), module("jobs").QUEUE
    found = ready.known()
    seen["ready"] = [found.engine, found.has_network]
    for number, changes in enumerate(({"engine": "missing", "has_network": False}, {"has_network": False})):
        ready.KNOWN[:] = [dataclasses.replace(found, **changes)]
        place("VIEW_3D", "UI").region.tag_redraw()
        yield 0.7
        stage.shoot(f"first run, step {number + 1}")
    ready.KNOWN[:] = [found]
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.make_plane(filepath=str(picture))
        bpy.ops.faceshot.look_at_plane()
    choices = bpy.context.scene.faceshot_choices
    choices.clip = str(clip)
    choices.folder = str(folder / "first")
    yield 1.0
    stage.shoot("plane made")
    animate()
    choices.folder = str(folder / "second")
    animate()
    drawn, begun = len(seen["draw_ms"]), time.monotonic()
    end, last, shot = time.monotonic() + 150, time.monotonic(), False
    while not jobs_done() and time.monotonic() < end:
        entries = queue.entries
        seen["together"] |= len(entries) == 2 and entries[0].begun and not entries[1].begun
        if not shot and entries[0].fraction > 0.2:
            yield 0.3
            stage.shoot("animating")
            shot, last = True, time.monotonic()
        yield 0.02
        seen["gap"], last = max(seen["gap"], time.monotonic() - last), time.monotonic()
    seen["seconds"] = time.monotonic() - begun
    seen["draws"] = sum(name == "FACESHOT_PT_output" for name, _ in seen["draw_ms"][drawn:])
    yield 0.5
    seen["sequences"] = sequences()
    seen["warm"] = bool(module("jobs").SHARED)
    bpy.context.scene.frame_set(12)
    yield 1.0
    stage.shoot("animated")
    choices.clip = "/no/such clip.mp4"
    try:
        animate()
    except RuntimeError as error:
        seen["refused"] = str(error)
    yield 1.0
    stage.shoot("refused")
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.show_report("INVOKE_DEFAULT")
    yield 1.0
    seen["texts"] = [text.name for text in bpy.data.texts]
    # A job that runs while another file is loaded ends, and the new file is as it was saved.
    window = bpy.context.window_manager.windows[0]
    choices = bpy.context.scene.faceshot_choices
    choices.clip, choices.folder = str(clip), str(folder / "third")
    with bpy.context.temp_override(window=window):
        bpy.ops.faceshot.animate("INVOKE_DEFAULT")
    yield 0.5
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield 1.5
    seen["after load"] = [len(queue.entries), sequences(), (folder / "third" / "result.json").exists()]


stage.run(tour())
