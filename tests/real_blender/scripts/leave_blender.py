# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: starts Animate twice and, in the midst of the first, quits, opens a file or closes.

Arguments: folder for pictures and report, the plane's name, the clip, what happens to jobs (END or FINISH), how it is
left ("quit"; "reopen": another file is loaded, then the same again; "other": another file is loaded and stays).
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, animate, begun, choose, jobs_done, module, sequences, undo

folder, plane, clip, choice, how = sys.argv[-5:]
stage = Stage(Path(folder))
seen = stage.seen


def tour():
    yield 0.5
    blend = bpy.data.filepath
    name = module("jobs").__name__.removesuffix(".faceshot_blender.jobs")
    bpy.context.preferences.addons[name].preferences.leaving = choice
    choices, queue = choose(plane, clip), module("jobs").QUEUE
    seen["pressed"] = [animate()]
    choices.folder = "//second"
    seen["pressed"].append(animate())
    yield begun("Tracking")
    seen["words"] = queue.first.words if queue.first else queue.failure.report
    seen["folders"] = [str(entry.folder) for entry in queue.entries]
    seen["engine"] = module("jobs").SHARED[0].pid
    if how == "quit":
        return
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield 0.5
    seen["queued"] = len(queue.entries)
    if how == "reopen":
        bpy.ops.wm.open_mainfile(filepath=blend)
        yield 0.5
    yield Wait(jobs_done, "the end of the jobs", 300)
    yield 0.5
    seen["shown"] = sequences()
    seen["told"] = queue.failure.message if queue.failure else ""
    if how == "reopen":
        for _step in range(2):
            undo()
        seen["undone"] = sequences()


stage.run(tour())
