# SPDX-License-Identifier: GPL-3.0-or-later
"""For tours of the Face Points tool: the mouse on the points of the active plane, and what became of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, hover, module, place, xdotool

words = sys.argv[sys.argv.index("--") + 1 :]
folder, cards = Path(words[0]), [Path(word) for word in words[1:]]
stage = Stage(folder)
seen = stage.seen
seen["drags"] = {}


def focus():
    """Give the window the keyboard, as a desktop does: or the status bar stays empty."""
    asked = ["xdotool", "search", "--onlyvisible", "--name", "."]
    found = subprocess.run(asked, capture_output=True, text=True, check=True)
    xdotool("windowfocus", found.stdout.split()[0])


def near(at, *way):
    """A place that far from another."""
    return tuple(np.array(at, float) + np.array(way))


def viewport():
    return place("VIEW_3D", "WINDOW")


def plane():
    return bpy.context.view_layer.objects.active


def points():
    """(70, 2) px of the plane's card."""
    return module("scene.points_drawing").points_of(module("scene.cards").card_of(plane()))


def where(at):
    """The place of a px of the picture in the viewport, y from its top."""
    where = viewport()
    with where.override():
        view = module("ops.points").view_of(bpy.context, module("points_state").target_of(bpy.context).found)
    x, y = view.on_screen(np.array(at, float).reshape(1, 2))[0]
    return float(x), float(where.region.height - y)


def box():
    """The handles (8, 2) and the turning handle (2,) of the box around what is chosen, y from the viewport's top."""
    picking, state, ops = module("scene.points_drawing"), module("points_state"), module("ops.points")
    place = viewport()
    with place.override():
        target = state.target_of(bpy.context)
        view = ops.view_of(bpy.context, target.found)
        drawn = picking.box_on_screen(view, picking.box_of(target.character, state.chosen(target.plane)))
    flip = np.array([1, -1]), np.array([0, place.region.height])
    return drawn.handles * flip[0] + flip[1], drawn.turn * flip[0] + flip[1]


def drag(start, end, *, shoot="", held=()):
    """From one place of the viewport to another with the left button; keys are pressed on the way."""
    window = viewport()
    yield from hover(window, *start)
    yield 0.2
    xdotool("mousedown", 1)
    yield 0.2
    (x, y), (to_x, to_y) = window.on_screen(*start), window.on_screen(*end)
    for step in range(1, 9):
        xdotool("mousemove", round(x + (to_x - x) * step / 8), round(y + (to_y - y) * step / 8))
        yield 0.05
    for name in held:
        xdotool("key", name)
        yield 0.2
    yield 0.3
    if shoot:
        stage.shoot(shoot)
    xdotool("mouseup", 1)
    yield 0.5


def grab(name, index, way, **options):
    """Drag a point by `way` px of the screen; how far off it and all others then are from where they should be."""
    before = points()
    x, y = where(before[index])
    end = (round(x + way[0]), round(y + way[1]))
    start = (round(x), round(y))
    yield from drag(start, end, **options)
    after = points()
    wanted = np.array((x, y)) + np.array(end) - start
    off = float(np.abs(np.array(where(after[index])) - wanted).max())
    moved = np.flatnonzero(np.abs(after - before).max(axis=1) > 1e-6).tolist()
    seen["drags"][name] = [off, moved]


def begin(card):
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    with viewport().override():
        bpy.ops.faceshot.import_result(filepath=str(card))
        bpy.ops.faceshot.edit_points("INVOKE_DEFAULT", plane=bpy.data.objects[0].name)
    yield Wait(lambda: where((1, 1)), "the plane")
    bpy.ops.ed.undo_push(message="Ready")
    yield 0.7
