# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: frames are seen on their plane while the job runs, and nothing is left of them after it.

Arguments: folder for pictures and report, the plane's name, the clip.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, animate, choose, hover, jobs_done, module, open_tab, place, press, sequences

folder, plane, clip = sys.argv[-3:]
stage = Stage(Path(folder))
seen = stage.seen


def viewport():
    return place("VIEW_3D", "WINDOW")


def images():
    return sorted(image.name for image in bpy.data.images)


def shoot(name):
    """The viewport without what the mouse is over."""
    yield from hover(viewport(), 20, 200)
    viewport().area.tag_redraw()
    yield 0.7
    stage.shoot(name)


def comes():
    """The frame that is drawn on the plane now; None where none is."""
    drawn = module("ui.on_plane")._shown
    return drawn[0].path if drawn and drawn[0].pixels is not None else None


def tour():
    yield 0.5
    yield from open_tab()
    choices = choose(plane, clip)
    yield from press(place("VIEW_3D", "UI"), "faceshot.look_at_plane", columns=(0.84, 0.8))
    width, height = viewport().region.width, viewport().region.height
    seen["plane on screen"] = [
        *viewport().on_screen(width * 0.2, height * 0.25),
        *viewport().on_screen(width * 0.55, height * 0.85),
    ]
    bpy.ops.ed.undo_push(message="ready")
    bpy.ops.wm.save_mainfile()
    seen["images"] = [images()]
    yield from shoot("before")
    seen["pressed"] = animate()
    yield Wait(lambda: comes() or jobs_done(), "a frame", 200)
    yield 0.5
    stage.shoot("the first")
    first = comes()
    yield Wait(lambda: jobs_done() or comes() != first, "another frame", 60)
    stage.shoot("another")
    seen["frames"] = [path.name if path else "" for path in (first, comes())]
    seen["images"].append(images())
    seen["changed"] = [bpy.data.is_dirty, bool(sequences())]
    module("jobs").QUEUE.cancel()
    yield Wait(jobs_done, "the cancelling", 60)
    seen["handlers"] = len(module("ui.on_plane")._shown)
    seen["images"].append(images())
    yield from shoot("cancelled")
    choices.folder = "//whole"
    animate()
    yield from stage.watch("animating", 250)
    seen["images"].append(images())
    bpy.context.scene.frame_set(bpy.context.scene.frame_start + 20)
    yield from shoot("animated")


stage.run(tour())
