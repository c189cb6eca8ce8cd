# SPDX-License-Identifier: GPL-3.0-or-later
"""In Blender with a window: the same drag with the plane and the view in many positions; other characters.

Arguments: folder for pictures and report, then the cards of characters, each with its picture beside it.
"""

import sys
from pathlib import Path

import bpy
from mathutils import Matrix

sys.path.insert(0, str(Path(__file__).parent))
from points_hand import begin, cards, drag, focus, grab, near, plane, points, seen, stage, viewport, where
from stage import hover, key, module, xdotool


def tour():
    yield 0.5
    focus()
    yield from begin(cards[0])
    yield from from_all_sides()
    yield from others()


def from_all_sides():
    """The same drag with the plane and the view in all positions."""
    rotations = module("scene.viewing")
    subject, view = plane(), viewport().area.spaces.active.region_3d
    upright = subject.matrix_world.copy()
    empty = bpy.data.objects.new("Parent", None)
    bpy.context.scene.collection.objects.link(empty)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera
    camera.data.shift_x, camera.data.shift_y = 0.1, -0.05
    camera.matrix_world = Matrix.Translation((0.3, -2.6, 0.2)) @ Matrix.Rotation(1.5, 4, "X")
    turned = Matrix.Rotation(0.5, 4, "Z") @ Matrix.Rotation(0.3, 4, "Y")
    for name, kind, matrix in (
        ("turned", "PERSP", turned),
        ("mirrored", "ORTHO", Matrix.Diagonal((-1, 1, 1, 1))),
        ("stretched", "CAMERA", turned @ Matrix.Diagonal((1.4, 1, 0.7, 1))),
        ("parented", "PERSP", None),
    ):
        if matrix is None:
            empty.matrix_world = turned @ Matrix.Diagonal((1, 1, 1.3, 1))
            subject.parent = empty
        subject.matrix_world = upright if matrix is None else matrix @ upright
        bpy.context.view_layer.update()
        rotations.face(viewport().area, subject)
        view.view_perspective = kind
        yield 0.6
        yield from grab(name, 8, (22, 15))
        stage.shoot(name)
    subject.hide_set(True)
    yield 0.4
    stage.shoot("hidden")
    subject.hide_set(False)
    subject.parent = None
    subject.matrix_world = upright
    view.view_perspective = "ORTHO"
    rotations.face(viewport().area, subject)
    yield 0.3
    bpy.ops.faceshot.forget_points(plane=subject.name)
    yield 0.4
    stage.shoot("without points")
    yield from key(viewport(), "Return")
    stage.shoot("first guess")
    seen["guessed"] = module("scene.cards").card_of(plane()) is not None


def others():
    for card in cards[1:]:
        yield from begin(card)
        settings = bpy.context.window_manager.faceshot_points
        settings.grab = "PARTS"
        yield from hover(viewport(), *where(points()[[48, 54]].mean(axis=0)))
        yield 0.4
        stage.shoot(card.name.partition(".")[0])
        yield from drag(where(points()[51]), near(where(points()[51]), 14, 9))
        stage.shoot(f"{card.name.partition('.')[0]}, mouth")
        settings.grab = "FACE"
        yield from hover(viewport(), *where(points()[30]))
        xdotool("click", 3)
        yield 0.5
        stage.shoot("menu")
        xdotool("key", "Escape")
        yield 0.3
    yield from key(viewport(), "Tab")
    seen["left"] = not module("points_state").is_active(bpy.context)
    stage.shoot("left")


stage.run(tour())
