# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: a plane from a picture and a clip from a phone, through the panel.

Arguments: folder for pictures and report, the character's picture, the clip, the blend to save.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, module, open_tab, place, press

folder, picture, clip, blend = map(Path, sys.argv[-4:])
stage = Stage(folder)


def tour():
    yield 0.5
    yield from open_tab()
    for found in list(bpy.data.objects):
        bpy.data.objects.remove(found)
    bpy.ops.faceshot.make_plane(filepath=str(picture))
    choices = bpy.context.scene.faceshot_choices
    choices.clip = str(clip)
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    yield from press(place("VIEW_3D", "UI"), "faceshot.look_at_plane", columns=(0.84, 0.8))
    facts = module("clip_facts")
    yield Wait(lambda: facts.known(choices.clip) is not None, "what the clip is", 60)
    yield 1.0
    stage.shoot("clip chosen")
    yield from press(place("VIEW_3D", "UI"), "faceshot.animate")
    yield from stage.watch("animating", 250)
    bpy.context.scene.frame_set(8)
    yield 1.0
    stage.shoot("animated")
    stage.seen["look"] = module("scene.switch").shown_look(choices.plane)


stage.run(tour())
