# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: points are dragged, and a small face moves along in the corner.

Arguments: folder for pictures and report, then the cards of characters, each with its picture beside it.
"""

import subprocess
import sys
import time
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, hover, key, module, place, xdotool

words = sys.argv[sys.argv.index("--") + 1 :]
folder, cards = Path(words[0]), [Path(word) for word in words[1:]]
stage = Stage(folder)
seen = stage.seen
seen |= {"poses": [], "frames while dragging": [], "files": []}


def viewport():
    return place("VIEW_3D", "WINDOW")


def look():
    return module("ui.points_preview")._state[0]


def card():
    return module("scene.cards").card_of(bpy.context.view_layer.objects.active)


def where(at):
    """The place of a px of the picture in the viewport, y from its top."""
    shown = viewport()
    with shown.override():
        view = module("ops.points").view_of(bpy.context, module("points_state").target_of(bpy.context).found)
    x, y = view.on_screen(np.array(at, float).reshape(1, 2))[0]
    return round(float(x)), round(float(shown.region.height - y))


def is_done():
    state = module("ui.points_preview")._state
    return bool(state) and state[0].drawn is not None and not state[0].glimpses.busy


def drag_slowly(index, way, *, seconds=3.0):
    """The mouse goes on all the time; how many other frames were seen meanwhile."""
    window, start = viewport(), where(card().points[index])
    yield from hover(window, *start)
    yield 0.3
    xdotool("mousedown", 1)
    yield 0.2
    (x, y), frames, begun, steps = window.on_screen(*start), set(), time.monotonic(), 0
    while time.monotonic() - begun < seconds or (len(frames) < 2 and time.monotonic() - begun < 60):
        steps += 1
        share = min(1.0, (time.monotonic() - begun) / seconds)
        xdotool("mousemove", round(x + way[0] * share), round(y + way[1] * share + steps % 2))
        state = module("ui.points_preview")._state
        if state and state[0].glimpses.frame is not None:
            frames.add(state[0].glimpses.frame.name)
        yield 0.05
    stage.shoot(f"dragging {index}")
    xdotool("mouseup", 1)
    yield Wait(is_done, "the last look")
    yield 0.5
    seen["frames while dragging"].append(len(frames))
    seen["poses"].append(look().glimpses.pose)


def begin(path):
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    with viewport().override():
        bpy.ops.faceshot.import_result(filepath=str(path))
        bpy.ops.faceshot.edit_points("INVOKE_DEFAULT", plane=bpy.data.objects[0].name)
    yield Wait(lambda: where((1, 1)), "the plane")
    yield 0.7


def tour():
    yield 0.5
    search = ["xdotool", "search", "--onlyvisible", "--name", "."]
    found = subprocess.run(search, check=True, capture_output=True, text=True)
    xdotool("windowfocus", found.stdout.split()[0])
    for number, path in enumerate(cards):
        yield from begin(path)
        yield from drag_slowly(57, (0, 24))
        stage.shoot(f"{path.name.partition('.')[0]}, mouth")
        if number:
            continue
        before = look().glimpses.frame.read_bytes()
        yield from drag_slowly(37, (0, -8))
        stage.shoot(f"{path.name.partition('.')[0]}, eye")
        settings = bpy.context.window_manager.faceshot_look
        settings.pose = "open"
        yield Wait(is_done, "another pose")
        yield 0.5
        yield from key(viewport(), "ctrl+z")
        yield 0.3
        yield Wait(is_done, "the look after Undo")
        yield 0.5
        seen["as before"] = bool(np.array_equal(look().glimpses.frame.read_bytes(), before))
        settings.pose = "AUTO"
    yield 1.0
    timers, preview = bpy.app.timers, module("ui.points_preview")
    seen["timer when idle"] = timers.is_registered(preview._step)
    bpy.context.window_manager.faceshot_look.show = False
    yield 0.3
    seen["files"] = [path.name for path in module("scene.paths").session_folder().glob("look-*")]
    seen["left"] = len(preview._state)
    stage.shoot("switched off")


stage.run(tour())
