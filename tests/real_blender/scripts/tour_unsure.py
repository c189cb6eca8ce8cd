# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: Animate on a picture without a face, Find Points on one with a face, Undo and Redo.

Arguments: folder for pictures and report, the picture without a face, the one with a face, the clip.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, animate, choose, jobs_done, module, open_tab, place, redo, undo

folder, wall, portrait, clip = sys.argv[-4:]
stage = Stage(Path(folder))
seen = stage.seen


def card(plane):
    return module("scene.points").character_of(bpy.data.objects[plane])


def told(plane):
    character = card(plane)
    return None if character is None else [character.placed[30], float(character.confidence.max())]


def tool():
    with place("VIEW_3D", "WINDOW").override():
        return bpy.context.workspace.tools.from_space_view3d_mode("OBJECT").idname


def make(picture):
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.make_plane(filepath=picture)
    return bpy.context.scene.faceshot_choices.plane.name


def tour():
    yield 0.5
    yield from open_tab()
    for cube in [each for each in bpy.data.objects if each.type == "MESH"]:  # it would hide the planes
        bpy.data.objects.remove(cube)
    name = make(wall)
    choose(name, clip)
    bpy.context.scene.faceshot_choices.folder = str(Path(folder) / "out")
    bpy.ops.ed.undo_push(message="before")
    seen["tool before"] = tool()
    animate()
    yield Wait(lambda: card(name) is not None and jobs_done(), "a guess on the plane", 250)
    yield 1.0
    failure = module("jobs").QUEUE.failure
    seen["failure"] = [failure.message, failure.remedy, failure.edit] if failure else None
    seen["guess"], seen["tool after"] = told(name), tool()
    seen["active"] = bpy.context.view_layer.objects.active.name
    stage.shoot("unsure")
    undo()
    seen["guess undone"] = told(name)

    name = make(portrait)
    bpy.ops.ed.undo_push(message="portrait")
    with place("VIEW_3D", "WINDOW").override():
        seen["pressed"] = sorted(bpy.ops.faceshot.find_points("INVOKE_DEFAULT", plane=name))
    yield Wait(lambda: card(name) is not None and jobs_done(), "points on the plane", 250)
    yield 1.0
    seen["found"] = told(name)
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.edit_points(plane=name)
    yield 1.0
    yield 2.0
    stage.shoot("found")
    undo()
    seen["found undone"] = told(name)
    redo()
    seen["found redone"] = told(name)


stage.run(tour())
