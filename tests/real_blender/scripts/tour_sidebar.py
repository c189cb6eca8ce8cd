# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: opens the sidebar's FaceShot tab, makes a plane, animates twice, fails once, looks.

Arguments: folder for pictures and report, the character's picture, the clip. A picture of the screen after each step.
"""

import dataclasses
import json
import subprocess
import sys
import time
import traceback
from pathlib import Path

import bpy

folder, picture, clip = map(Path, sys.argv[sys.argv.index("--") + 1 :])
bpy.context.preferences.view.show_splash = False
bpy.context.preferences.use_preferences_save = False
seen = {"error": "", "draw_ms": [], "together": False, "sequences": [], "gap": 0.0}


def jobs():
    name = next(name for name in sys.modules if name.endswith(".faceshot_blender.jobs"))
    return sys.modules[name]


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


def shoot(name):
    subprocess.run(["import", "-window", "root", str(folder / f"{name}.png")], check=False, timeout=30)


def sequences():
    return sorted(image.name for image in bpy.data.images if image.source == "SEQUENCE")


def tour():
    yield 0.5
    window = bpy.context.window_manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == "VIEW_3D")
    region = next(region for region in area.regions if region.type == "WINDOW")
    sidebar = next(region for region in area.regions if region.type == "UI")
    place = {"window": window, "area": area, "region": region}
    area.spaces.active.show_region_ui = True
    yield 1.0
    sidebar.active_panel_category = "FaceShot"
    area.tag_redraw()
    yield 1.5
    shoot("1 first look")
    measure()
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    ready = sys.modules[jobs().__name__.replace(".jobs", ".readiness")]
    found = ready.known()
    seen["ready"] = [found.engine, found.has_network]
    for number, changes in enumerate(({"engine": "missing", "has_network": False}, {"has_network": False})):
        ready.KNOWN[:] = [dataclasses.replace(found, **changes)]
        sidebar.tag_redraw()
        yield 0.7
        shoot(f"1 first run, step {number + 1}")
    ready.KNOWN[:] = [found]
    with bpy.context.temp_override(**place):
        bpy.ops.faceshot.make_plane(filepath=str(picture))
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_selected()
    area.spaces.active.shading.color_type = "TEXTURE"
    choices = bpy.context.scene.faceshot_choices
    choices.clip = str(clip)
    choices.folder = str(folder / "first")
    yield 1.0
    shoot("2 plane made")
    with bpy.context.temp_override(**place):
        bpy.ops.faceshot.animate("INVOKE_DEFAULT")
        choices.folder = str(folder / "second")
        bpy.ops.faceshot.animate("INVOKE_DEFAULT")
    drawn, begun = len(seen["draw_ms"]), time.monotonic()
    end, last, shot = time.monotonic() + 150, time.monotonic(), False
    while jobs().QUEUE.entries and time.monotonic() < end:
        entries = jobs().QUEUE.entries
        seen["together"] |= len(entries) == 2 and entries[0].begun and not entries[1].begun
        if not shot and entries[0].fraction > 0.2:
            yield 0.3
            shoot("3 animating")
            shot, last = True, time.monotonic()
        yield 0.02
        seen["gap"], last = max(seen["gap"], time.monotonic() - last), time.monotonic()
    seen["seconds"] = time.monotonic() - begun
    seen["draws"] = sum(name == "FACESHOT_PT_output" for name, _ in seen["draw_ms"][drawn:])
    yield 0.5
    seen["sequences"] = sequences()
    seen["warm"] = bool(jobs().SHARED)
    bpy.context.scene.frame_set(12)
    yield 1.0
    shoot("4 animated")
    choices.clip = "/no/such clip.mp4"
    with bpy.context.temp_override(**place):
        try:
            bpy.ops.faceshot.animate("INVOKE_DEFAULT")
        except RuntimeError as error:
            seen["refused"] = str(error)
        yield 1.0
        shoot("5 refused")
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
    seen["after load"] = [len(jobs().QUEUE.entries), sequences(), (folder / "third" / "result.json").exists()]


steps = tour()


def step():
    try:
        return next(steps)
    except StopIteration:
        pass
    except BaseException:
        seen["error"] = traceback.format_exc()
    (folder / "report.json").write_text(json.dumps(seen))
    bpy.ops.wm.quit_blender()
    return None


bpy.app.timers.register(step, first_interval=0.5, persistent=True)
