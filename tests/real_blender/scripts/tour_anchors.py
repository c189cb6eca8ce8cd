# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: places the face of an emoji by clicks of the real mouse; undo; then as one does it wrongly.

Arguments: folder for pictures and report, the picture, where its places are (JSON, px). A picture after each step.
"""

import json
import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, hover, module, place, redo, undo, xdotool

folder, picture = Path(sys.argv[-3]), Path(sys.argv[-2])
places = json.loads(sys.argv[-1])
stage = Stage(folder)
seen = stage.seen


def plane():
    return bpy.data.objects["emoji"]


def card():
    character = module("scene.cards").character_of(plane())
    if character is None:
        return None
    return {
        "points": character.points.tolist(),
        "present": sorted(character.present),
        "placed": sorted(set(character.placed)),
    }


def on_screen(pixel):
    """A place of the picture in the viewport, y from its top."""
    view3d = place("VIEW_3D", "WINDOW")
    surface = module("scene.points").PictureOnPlane.of(module("scene.plane").image_of(plane()))
    view = module("scene.in_view").PictureInView.of(surface, view3d.region, view3d.area.spaces.active.region_3d)
    x, y = view.on_screen([pixel])[0]
    return view3d, float(x), view3d.region.height - float(y)


def go(pixel):
    yield from hover(*on_screen(pixel))
    yield 0.25


def click(pixel, *, to=None):
    yield from go(pixel)
    xdotool("mousedown", 1)
    yield 0.15
    if to is not None:
        view3d, x, y = on_screen(to)
        column, row = view3d.on_screen(x, y)
        xdotool("mousemove", column, row)
        yield 0.3
        stage.shoot("sizing an eye")
    xdotool("mouseup", 1)
    yield 0.25


def key(name):
    xdotool("key", name)
    yield 0.3


def begin():
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.place_anchors("INVOKE_DEFAULT")
    yield 0.5


def placing():
    return any("faceshot.place_anchors" in name for name in modal_names())


def modal_names():
    window = bpy.context.window_manager.windows[0]
    return [operator.bl_idname.lower().replace("_ot_", ".") for operator in window.modal_operators]


def tool():
    return bpy.context.workspace.tools.from_space_view3d_mode("OBJECT").idname


def tour():
    yield 0.5
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.make_plane(filepath=str(picture))
        bpy.ops.ed.undo_push(message="Plane")
    bpy.context.view_layer.objects.active = plane()
    yield 1.0
    yield from begin()
    yield Wait(placing, "the first question", 10)
    yield from go(places["nose"])
    stage.shoot("asked for the right eye")
    began = time.monotonic()
    yield from click(places["right_eye"], to=places["right_eye_edge"])
    yield from click(places["left_eye"])
    yield from go(places["mouth_right"])
    stage.shoot("two eyes, and what follows the pointer")
    yield from key("space")
    yield from click(places["wrong"])
    stage.shoot("a corner in the wrong place")
    yield from key("BackSpace")
    zoom = place("VIEW_3D", "WINDOW").area.spaces.active.region_3d
    distance = zoom.view_distance
    xdotool("click", 4)
    yield Wait(lambda: zoom.view_distance < 0.99 * distance, "the wheel to zoom in", 20)
    xdotool("click", 5)
    yield Wait(lambda: abs(zoom.view_distance - distance) < 1e-4 * distance, "the wheel to zoom out", 20)
    yield 0.5
    yield from click(places["mouth_right"])
    yield from click(places["mouth_bottom"])
    yield from go(places["chin"])
    stage.shoot("a chin to come")
    seen["before"] = card()
    yield from click(places["chin"])
    yield from key("space")
    yield from click(places["head_right"])
    yield from click(places["mouth_top"])
    yield Wait(lambda: not placing(), "the end", 10)
    seen["seconds"] = time.monotonic() - began
    yield 0.7
    stage.shoot("placed")
    seen["placed"], seen["tool"] = card(), tool()
    undo()
    yield 0.7
    stage.shoot("undone")
    seen["undone"] = card()
    redo()
    yield 0.7
    seen["redone"] = card()
    yield from wrongly()


def wrongly():
    yield from begin()
    yield from click(places["left_eye"])
    yield from click(places["outside"])
    stage.shoot("outside the picture")
    yield from click(places["left_eye"])
    stage.shoot("on one spot")
    seen["still"] = placing()
    yield from click(places["right_eye"])
    stage.shoot("the other way round")
    yield from key("Return")
    yield Wait(lambda: not placing(), "the end", 10)
    yield 0.5
    seen["put right"] = card()
    stage.shoot("put right")
    yield from begin()
    yield from click(places["chin"])
    yield from key("Escape")
    yield 0.5
    seen["given up"], seen["tool after"] = placing(), tool()
    seen["unchanged"] = card() == seen["put right"]
    stage.shoot("given up")


stage.run(tour())
