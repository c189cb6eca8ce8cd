# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: the points' section of the sidebar, pressed with the real mouse: switches, undo, cards.

Arguments: folder for pictures and report, the character's picture.
"""

import importlib
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from stage import Stage, Wait, choose_file, key, module, open_tab, place, press

folder, picture = map(Path, sys.argv[-2:])
stage = Stage(folder)
seen = stage.seen
card = picture.with_name(picture.stem + ".character.json")


def plane():
    return bpy.context.scene.faceshot_choices.plane


def character():
    return module("scene.points").character_of(plane())


def there():
    return sorted(character().present)


def guess():
    core = module("take").__package__.rpartition(".")[0] + ".core"
    cards, marks = (importlib.import_module(f"{core}.{name}") for name in ("character", "landmarks"))
    size = tuple(module("scene.plane").image_of(plane()).image.size)
    box = (0.2 * size[0], 0.2 * size[1], 0.6 * size[0], 0.6 * size[1])
    confidence = [0.9] * 48 + [0.3] * 20
    return cards.Character(
        points=marks.template_in_box(box),
        size=size,
        confidence=module("scene.points").np.array(confidence),
        placed=("matched",) * 68,
    )


def tour():
    yield 0.5
    yield from open_tab()
    sidebar = place("VIEW_3D", "UI")
    for block in list(bpy.data.objects):
        bpy.data.objects.remove(block)
    with place("VIEW_3D", "WINDOW").override():
        bpy.ops.faceshot.make_plane(filepath=str(picture))
        bpy.ops.faceshot.look_at_plane()
    yield 0.7
    stage.shoot("no points")
    module("scene.points").keep_points(bpy.context.scene, plane(), guess())
    bpy.ops.ed.undo_push(message="Guess")
    sidebar.region.tag_redraw()
    yield 0.7
    stage.shoot("a guess")
    yield from press(sidebar, "part='nose'", columns=(0.2,))
    yield Wait(lambda: "nose" not in there(), "the nose to go")
    yield from press(sidebar, "part='irises'", columns=(0.5,))
    yield Wait(lambda: character().iris is not None, "irises")
    stage.shoot("without nose")
    yield from key(place("VIEW_3D", "WINDOW"), "ctrl+z")
    yield Wait(lambda: character().iris is None, "no irises")
    seen["one undone"] = there()
    yield from key(place("VIEW_3D", "WINDOW"), "ctrl+z")
    yield Wait(lambda: "nose" in there(), "the nose to come back")
    seen["both undone"] = there()
    card.write_text("somebody's own")
    yield from press(sidebar, "faceshot.save_card", columns=(0.25,))
    yield Wait(lambda: len(bpy.context.window_manager.windows) == 2, "the file browser")
    params = place("FILE_BROWSER", "WINDOW", window=1).area.spaces.active.params
    yield Wait(lambda: params.filename, "a name")
    seen["offered"] = params.filename
    other = card.with_name("other.character.json")
    yield from choose_file(other, other.is_file, shoot=lambda: stage.shoot("another name"))
    seen["kept"] = card.read_text()
    card.unlink()
    yield from press(sidebar, "faceshot.save_card", columns=(0.25,))
    yield Wait(card.is_file, "the card")
    yield from press(sidebar, "faceshot.forget_points", columns=(0.83,))
    yield Wait(lambda: character() is None, "no points")
    stage.shoot("forgotten")


stage.run(tour())
