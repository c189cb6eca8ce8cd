# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: a take made elsewhere comes in by menu, drop and drag; saved and opened again.

Arguments: folder for pictures and report, the take's folder, the blend to save.
"""

import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, choose_file, drag, key, module, open_tab, place, press, xdotool

folder, take, blend = map(Path, sys.argv[-3:])
record = take / "result.json"
stage = Stage(folder)
seen = stage.seen
VIDEO_EDITING = "startup/bl_app_templates_system/Video_Editing/startup.blend"


def planes():
    looks = module("scene.switch")
    return [found for found in bpy.data.objects if found.type == "MESH" and looks.shown_look(found) == "proxy"]


def strips():
    every = {scene.name: module("compat").all_strips_of(scene) for scene in bpy.data.scenes}
    return {
        name: sorted((strip.type, *module("compat").strip_frames(strip)) for strip in found)
        for name, found in every.items()
    }


def viewport():
    return place("VIEW_3D", "WINDOW")


def by_menu():
    for found in list(bpy.data.objects):
        bpy.data.objects.remove(found)
    bpy.ops.ed.undo_push(message="emptied")
    with viewport().override():
        bpy.ops.wm.call_menu(name="TOPBAR_MT_file_import")
    yield 0.7
    stage.shoot("the menu")
    xdotool("key", "Escape")
    yield 0.5
    with viewport().override():
        bpy.ops.faceshot.import_result("INVOKE_DEFAULT")
    yield from choose_file(record, planes, shoot=lambda: stage.shoot("choosing the result"))
    seen["by menu"] = strips()
    seen["chosen"] = bpy.context.scene.faceshot_choices.plane == planes()[0]
    yield from press(place("VIEW_3D", "UI"), "faceshot.look_at_plane", columns=(0.84, 0.8))
    bpy.context.scene.frame_set(12)
    yield 0.7
    stage.shoot("imported by the menu")
    yield from key(viewport(), "ctrl+z")
    yield Wait(lambda: not planes(), "the import undone", 10)
    seen["undone"] = [strips(), len(bpy.data.images)]
    yield from key(viewport(), "ctrl+shift+z")
    yield Wait(planes, "the import redone", 10)
    seen["redone"] = strips()


def by_drop():
    """What Blender calls when a file is dropped: the operator that the file handler names."""
    handler = bpy.types.FACESHOT_FH_result
    seen["handler"] = [handler.bl_import_operator, handler.bl_file_extensions]
    with viewport().override():
        bpy.ops.faceshot.import_result("INVOKE_DEFAULT", filepath=str(record), new_plane=True)
    yield Wait(lambda: len(planes()) == 2, "the dropped one", 20)
    yield 0.7
    stage.shoot("dropped")


def by_drag():
    """With the mouse, from a file browser beside the viewport."""
    browser = place("PROPERTIES", "WINDOW").area
    browser.type = "FILE_BROWSER"
    yield Wait(lambda: place("FILE_BROWSER", "WINDOW").area.spaces.active.params, "the list of files")
    browser.spaces.active.show_region_toolbar = False  # it would cover a list this narrow
    params = browser.spaces.active.params
    params.directory = str(take).encode()
    params.filter_search = record.name
    params.display_type = "LIST_VERTICAL"
    yield 1.5
    before = strips()
    source, target = place("FILE_BROWSER", "WINDOW"), viewport()
    for y in (26, 22, 28, 18):  # the first press may only make the browser the active one
        yield from drag(source, (40, y), target, (target.region.width * 0.3, target.region.height * 0.5), stage)
        yield 1.5
        seen["dragged"] = strips() != before
        if seen["dragged"]:
            break
    stage.shoot("dragged")
    place("FILE_BROWSER", "WINDOW").area.type = "PROPERTIES"


def cut_in(scene):
    """Show a scene's strips, as its own menus do."""
    window = bpy.context.window_manager.windows[0]
    window.scene = scene
    if hasattr(window.workspace, "sequencer_scene"):  # Blender 5.0
        window.workspace.sequencer_scene = scene
    yield 1.0
    with place("SEQUENCE_EDITOR", "WINDOW").override():
        bpy.ops.sequencer.view_all()
    yield 1.0


def in_sequencer():
    template = Path(bpy.utils.system_resource("SCRIPTS")) / VIDEO_EDITING
    bpy.ops.workspace.append_activate(idname="Video Editing", filepath=str(template))
    yield Wait(
        lambda: bpy.context.window_manager.windows[0].workspace.name.startswith("Video Editing"), "the workspace"
    )
    yield 1.5
    yield from cut_in(next(scene for scene in bpy.data.scenes if not scene.name.endswith("Edit")))
    stage.shoot("sequencer of the shot")
    edit = next(scene for scene in bpy.data.scenes if scene.name.endswith("Edit"))
    yield from cut_in(edit)
    edit.frame_set(12)
    yield 1.0
    stage.shoot("sequencer of the edit")
    with place("SEQUENCE_EDITOR", "WINDOW").override():
        bpy.ops.faceshot.import_result("INVOKE_DEFAULT", filepath=str(record))
    yield 1.0
    stage.shoot("dropped into the sequencer")
    seen["in sequencer"] = strips()


def again():
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    yield 0.5
    before = strips()
    bpy.ops.wm.open_mainfile(filepath=str(blend))
    yield Wait(lambda: bpy.data.filepath == str(blend), "the file", 20)
    yield 1.5
    seen["kept"] = strips() == before
    files = [bpy.path.abspath(found.filepath) for found in (*bpy.data.images, *bpy.data.sounds) if found.filepath]
    seen["missing"] = [path for path in files if not Path(path).is_file()]
    seen["files"] = len(files)
    stage.shoot("opened again")


def tour():
    yield 0.5
    yield from open_tab()
    yield from by_menu()
    yield from by_drop()
    yield from by_drag()
    yield from in_sequencer()
    yield from again()


stage.run(tour())
