# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: while Animate runs, the user renames, swaps names, undoes, and saves under another name.

Arguments: folder for pictures and report, the plane's name, the clip.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, animate, begun, choose, jobs_done, undo

folder, plane, clip = sys.argv[-3:]
stage = Stage(Path(folder))
seen = stage.seen


def links(*names):
    return [[slot.link for slot in bpy.data.objects[name].material_slots] for name in names]


def tour():
    yield 0.5
    other = bpy.data.objects[plane].copy()
    other.name = "Other"
    bpy.context.scene.collection.objects.link(other)
    choose(plane, clip)
    bpy.ops.ed.undo_push(message="ready")
    seen["pressed"] = animate()
    yield begun("Tracking")
    seen["begun"] = not jobs_done()
    bpy.context.scene.frame_end = 77
    bpy.ops.ed.undo_push(message="a change")
    undo()
    seen["undone"] = bpy.context.scene.frame_end != 77
    yield 0.3
    asked, other = bpy.data.objects[plane], bpy.data.objects["Other"]
    asked.name = "Third"
    other.name = plane
    asked.name = "Other"
    bpy.context.scene.name = "Shot 10"
    bpy.ops.ed.undo_push(message="renamed")
    further = Path(bpy.data.filepath).parent / "further"
    further.mkdir()
    bpy.ops.wm.save_as_mainfile(filepath=str(further / "saved as.blend"))
    seen["still"] = not jobs_done()
    yield Wait(jobs_done, "the end of the job", 300)
    yield 0.5
    seen["links"] = links("Other", plane)
    undo()
    seen["links undone"] = links("Other", plane)


stage.run(tour())
