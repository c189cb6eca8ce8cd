# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: points of a face grabbed by a real mouse, taken back and done again.

Arguments: folder for pictures and report, then the cards of characters, each with its picture beside it.
"""

import sys
import time
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from points_hand import begin, box, cards, drag, focus, grab, near, points, seen, stage, viewport, where
from stage import Wait, hover, key, module, xdotool

seen["undo"] = []


def measure():
    """The tool's drawing a hundred times in one redraw, nothing changed: how long, what is uploaded; then idle time."""
    tool, shaders = module("ui.points_tool"), module("scene.points_shaders")
    took, times, real = [], [100], tool._draw

    def timed(*arguments):
        for _ in range(times[0]):
            begun = time.perf_counter()
            real(*arguments)
            took.append(1000 * (time.perf_counter() - begun))

    tool._draw = timed
    uploads = shaders.UPLOADS[0]
    viewport().area.tag_redraw()
    yield Wait(lambda: took, "a redraw")
    yield 1.0
    seen["redraws"] = [len(took), shaders.UPLOADS[0] - uploads, float(np.median(took)), float(max(took))]
    times[0] = 1
    yield 2.0
    took.clear()
    yield 2.0
    seen["idle draws"] = len(took)
    tool._draw = real


def tour():
    yield 0.5
    focus()
    yield from begin(cards[0])
    yield from hover(viewport(), *where(points()[54]))
    yield 0.4
    stage.shoot("points")
    yield from measure()
    history = [points()]
    yield from grab("point", 54, (30, -22), shoot="a point")
    history.append(points())
    seen["shown at"] = [viewport().on_screen(*where(history[k][54])) for k in (0, 1)]
    yield from hover(viewport(), 300, 600)
    yield 0.3
    stage.shoot("moved")
    # a whole part by its line, then by its box
    yield from grab("mirrored", 37, (-8, -14), shoot="mirrored", held=["m"])
    history.append(points())
    settings = bpy.context.window_manager.faceshot_points
    seen["mirror"] = settings.mirror
    yield from key(viewport(), "m")
    seen["mirror after M"] = settings.mirror
    middle = where((points()[50] + points()[51]) / 2)
    yield from hover(viewport(), *middle)
    xdotool("key", "l")
    yield 0.4
    handles, turn = box()
    yield from drag(tuple(handles[2]), near(handles[2], 30, 14), shoot="scaled by a corner")
    history.append(points())
    handles, turn = box()
    yield from drag(tuple(turn), near(turn, 40, 10), shoot="turned")
    history.append(points())
    middle = box()[0][:4].mean(axis=0)
    yield from drag(near(middle, 0, -2), near(middle, 5, 20))
    history.append(points())
    stage.shoot("mouth")
    for number in range(len(history) - 2, -1, -1):
        yield from key(viewport(), "ctrl+z")
        seen["undo"].append(bool(np.array_equal(points(), history[number])))
    yield from hover(viewport(), 300, 600)
    stage.shoot("all undone")
    for number in range(1, len(history)):
        yield from key(viewport(), "ctrl+shift+z")
        seen["undo"].append(bool(np.array_equal(points(), history[number])))
    stage.shoot("all redone")
    before = points()
    yield from drag(where(before[30]), near(where(before[30]), 50, 0), held=["Escape"])
    seen["escape"] = bool(np.array_equal(points(), before))


stage.run(tour())
