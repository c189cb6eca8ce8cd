# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window, nothing but the extension installed: what a new user does, with the mouse.

Arguments: folder for pictures and report, the character's picture, the clip, the blend to save, the last
second of the clip (0: all).
"""

import os
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, choose_file, hover, key, module, open_tab, place, press, xdotool

folder, picture, clip, blend = map(Path, sys.argv[-5:-1])
last_second = float(sys.argv[-1])
# For a Blender that lives where no Python of the engine's versions is.
os.environ["PATH"] += os.pathsep + os.environ.get("FURTHER_PATH", "")
stage = Stage(folder)
seen = stage.seen
SCRUBBED = (1, 12, 24, 36, 46)


def sidebar():
    return place("VIEW_3D", "UI")


def viewport():
    return place("VIEW_3D", "WINDOW")


def scene():
    return bpy.context.scene


def shown():
    return module("scene.switch").shown_look(bpy.data.objects[picture.stem])


def look_at_frame(number, name):
    scene().frame_set(number)
    viewport().area.tag_redraw()
    yield 0.7
    stage.shoot(name)


def make_ready():
    stage.shoot("first look, offline")
    yield from press(sidebar(), "extensions.userpref_allow_online")
    yield Wait(lambda: bpy.app.online_access, "the leave to go online", 10)
    yield 0.5
    yield from press(sidebar(), "faceshot.make_engine")
    stage.shoot("make engine asks")
    xdotool("key", "Return")
    yield from stage.watch("making the engine", 150)
    yield Wait(lambda: module("readiness").known().engine == "ready", "the engine")
    yield 0.5
    stage.shoot("engine made")
    yield from press(sidebar(), "faceshot.fetch_network")
    yield from stage.watch("fetching the network", 60)
    yield Wait(lambda: module("readiness").known().complete, "the network")
    yield 0.5
    stage.shoot("network fetched")


def make_plane():
    yield from press(sidebar(), "faceshot.make_plane")
    yield from choose_file(picture, lambda: scene().faceshot_choices.plane is not None)
    stage.shoot("plane made")
    width, height = viewport().region.width, viewport().region.height
    middle = viewport()
    # The face, clear of the panels and of the viewport's own words and buttons.
    seen["plane on screen"] = [
        *middle.on_screen(width * 0.2, height * 0.25),
        *middle.on_screen(width * 0.55, height * 0.85),
    ]


def animate():
    choices = scene().faceshot_choices
    choices.clip = str(clip)
    if last_second:
        choices.use_range, choices.range_end = True, last_second
    sidebar().area.tag_redraw()
    yield 0.7
    stage.shoot("clip chosen, not saved")
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    sidebar().area.tag_redraw()
    yield 0.7
    yield from press(sidebar(), "faceshot.animate")
    yield from stage.watch("animating", 300)
    yield Wait(lambda: shown() == "proxy", "the frames on the plane", 5)
    stage.shoot("animated")


def play():
    for number in SCRUBBED:
        yield from look_at_frame(number, f"frame {number}")
    scene().frame_set(1)
    yield from key(viewport(), "space")
    yield Wait(lambda: scene().frame_current > 12, "that it plays", 30)
    seen["plays"] = bpy.context.screen.is_animation_playing
    stage.shoot("playing")
    yield from key(viewport(), "space")
    yield Wait(lambda: not bpy.context.screen.is_animation_playing, "that it stops", 10)


def switch_over():
    # A menu's entry is pressed by its underlined letter, too.
    for letter, look, name in (("o", "original", "switched to the original"), ("p", "proxy", "switched back")):
        yield from press(sidebar(), "faceshot.switch_frames")
        yield 0.5
        stage.shoot("what can be shown")
        xdotool("key", letter)
        yield Wait(lambda wanted=look: shown() == wanted, name, 10)
        yield from look_at_frame(24, name)
    for name, keys, look in (("undone", "ctrl+z", "original"), ("redone", "ctrl+shift+z", "proxy")):
        yield from key(viewport(), keys)
        yield Wait(lambda wanted=look: shown() == wanted, name, 10)
        yield from look_at_frame(24, name)


def save():
    yield from key(viewport(), "ctrl+s")
    yield Wait(lambda: not bpy.data.is_dirty, "the saving", 20)
    seen["strips"] = {
        found.name: sorted(strip.type for strip in module("compat").all_strips_of(found)) for found in bpy.data.scenes
    }
    yield from hover(viewport(), 20, 200)
    stage.shoot("saved")


def tour():
    yield 0.5
    yield from open_tab()
    yield from make_ready()
    yield from make_plane()
    yield from animate()
    yield from play()
    yield from switch_over()
    yield from save()


stage.run(tour())
