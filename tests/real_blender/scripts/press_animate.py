# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: starts Animate as a button does, watches it, undoes and redoes.

Arguments: folder for pictures and report, the plane's name, the clip.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, animate, choose, redo, sequences, undo

folder, plane, clip = sys.argv[-3:]
stage = Stage(Path(folder))
seen = stage.seen


def tour():
    yield 0.5
    choose(plane, clip)
    bpy.ops.ed.undo_push(message="before")
    seen["before"] = sequences()
    seen["invoked"] = animate()
    yield from stage.watch("animating", 300)
    seen["after"] = sequences()
    undo()
    seen["undone"] = sequences()
    redo()
    seen["redone"] = sequences()


stage.run(tour())
