# SPDX-License-Identifier: GPL-3.0-or-later
"""The Face Points tool without a window: what its operators do, called by scripts and driven by events."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest


@pytest.fixture
def face(empty, part, picture):
    """A plane of 64 x 48 px with points, active: (plane, character())."""
    assert empty.ops.faceshot.make_plane(filepath=str(picture)) == {"FINISHED"}
    assert empty.ops.faceshot.edit_points() == {"FINISHED"}
    plane = empty.context.view_layer.objects.active
    empty.context.view_layer.update()
    part("faceshot_blender.points_state").forget()
    cards = part("faceshot_blender.scene.cards")
    return plane, lambda: cards.card_of(plane)


class Hand:
    """Drives a drag operator with events, as the window does, in a front view of the plane."""

    def __init__(self, bpy, part, name="MOVE", **properties):
        from mathutils import Matrix

        points = part("faceshot_blender.ops.points")
        self.said, self.header, self.bpy = [], [], bpy

        class Dragged(points._Changing):
            mode = name

        given = {"plane": "", "what": "", "offset": (0, 0), "turn": 0.0, "scale": 1.0, "stretch": (1, 1),
                 "mirror": False, "handle": (0, 0), "by_press": True} | properties  # fmt: skip
        self.operator = Dragged()
        for key, value in given.items():
            setattr(self.operator, key, value)
        self.operator.report = lambda level, words: self.said.append(words)
        region = SimpleNamespace(width=640, height=480)
        ortho = Matrix.Diagonal((1.5, 2.0, -0.01, 1.0))  # 4/3 m wide, 1 m high: ten px of the region for one of it
        view = SimpleNamespace(view_matrix=Matrix.Rotation(-math.pi / 2, 4, "X"), window_matrix=ortho)
        self.context = SimpleNamespace(
            scene=bpy.context.scene,
            view_layer=bpy.context.view_layer,
            region=region,
            region_data=view,
            space_data=None,
            area=SimpleNamespace(header_text_set=self.header.append),
            workspace=SimpleNamespace(status_text_set=lambda draw: None),
            window_manager=SimpleNamespace(modal_handler_add=lambda operator: None, windows=()),
        )

    def _event(self, kind, value, at, **keys):
        x, y = 10 * at[0], 480 - 10 * at[1]
        held = {"shift": False, "ctrl": False} | keys
        return SimpleNamespace(type=kind, value=value, mouse_region_x=x, mouse_region_y=y, **held)

    def press(self, at):
        self.at = at
        return self.operator.invoke(self.context, self._event("LEFTMOUSE", "PRESS", at))

    def to(self, *at, **keys):
        self.at = at
        return self.operator.modal(self.context, self._event("MOUSEMOVE", "NOTHING", at, **keys))

    def key(self, kind, value="PRESS"):
        return self.operator.modal(self.context, self._event(kind, value, self.at))

    def let_go(self):
        return self.key("LEFTMOUSE", "RELEASE")


def test_points_begin_with_a_face_in_the_middle(empty, face):
    plane, character = face
    card = character()
    assert card.size == (64, 48)
    assert np.allclose(card.points.min(axis=0) + card.points.max(axis=0), (64, 48))
    assert set(card.placed) == {"template"}
    assert card.confidence.max() < 0.35
    assert card.picture_hash
    assert empty.context.scene.faceshot_choices.plane == plane
    empty.ops.faceshot.move_points(what="nose", offset=(1, 1))
    moved = character().points
    assert empty.ops.faceshot.edit_points() == {"FINISHED"}
    assert np.array_equal(character().points, moved), "points that are there stay"


@pytest.mark.parametrize("mirror", [False, True])
def test_moving_turning_and_scaling_are_edits_of_the_core(empty, part, face, mirror):
    edit, picking = part("core.placing.edit"), part("core.placing.picking")
    _, character = face
    before, indices = character(), part("core.placing.edit").group("left_eye")
    box = picking.box_of(before, indices.tolist())
    for call, matrix in (
        (lambda: empty.ops.faceshot.move_points(what="left_eye", offset=(2, -3), mirror=mirror),
         np.array([[1, 0, 2.0], [0, 1, -3.0]])),
        (lambda: empty.ops.faceshot.turn_points(what="left_eye", turn=0.5, mirror=mirror),
         edit.turned_about(box.centre, 0.5)),
        (lambda: empty.ops.faceshot.scale_points(what="left_eye", scale=2.0, stretch=(1, 0.5), mirror=mirror),
         edit.scaled_about(box.centre, (2.0, 1.0), box.axes)),
    ):  # fmt: skip
        assert call() == {"FINISHED"}
        wanted = edit.transformed(before, indices, matrix, mirror=mirror)
        assert np.allclose(character().points, wanted.points, atol=1e-5)
        assert character().placed == wanted.placed
        empty.ops.faceshot.forget_points()
        part("faceshot_blender.scene.points").keep_points(empty.context.scene, face[0], before)


def test_points_by_number_and_refusals_in_words(empty, part, face):
    _, character = face
    before = character().points
    assert empty.ops.faceshot.move_points(what="30, 8", offset=(1, 0)) == {"FINISHED"}
    assert np.flatnonzero(np.abs(character().points - before).any(axis=1)).tolist() == [8, 30]
    assert empty.ops.faceshot.move_points(what="mouth") == {"CANCELLED"}, "nothing to do is no undo step"
    for what, words in (("moustache", "No such part: moustache"), ("70", "no point 70")):
        with pytest.raises(RuntimeError, match=words):
            empty.ops.faceshot.move_points(what=what, offset=(1, 0))
    empty.ops.faceshot.forget_points()
    with pytest.raises(RuntimeError, match="no points yet"):
        empty.ops.faceshot.move_points(what="mouth", offset=(1, 0))
    with pytest.raises(RuntimeError, match="no object named"):
        empty.ops.faceshot.edit_points(plane="Nobody")


def test_a_linked_plane_is_refused_in_words(empty, face, tmp_path):
    library = tmp_path / "library.blend"
    face[0].name = "Linked"
    empty.ops.wm.save_as_mainfile(filepath=str(library))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with empty.data.libraries.load(str(library), link=True) as (_, to):
        to.objects = ["Linked"]
    empty.context.scene.collection.objects.link(empty.data.objects["Linked"])
    for operator in (empty.ops.faceshot.edit_points, empty.ops.faceshot.move_points):
        with pytest.raises(RuntimeError, match=r"linked from library\.blend"):
            operator(plane="Linked")


def test_a_drag_is_what_its_operator_says(empty, part, face):
    plane, character = face
    start = character()
    told = []
    state = part("faceshot_blender.points_state")
    end = state.on_change(lambda plane, seen: told.append((plane.name, seen)))
    hand = Hand(empty, part, what="30")
    assert hand.press(tuple(start.points[30])) == {"RUNNING_MODAL"}
    hand.to(*(start.points[30] + (3, 2)))
    assert np.allclose(state.seen(plane).character.points[30], start.points[30] + (3, 2), atol=1e-4)
    assert np.array_equal(character().points, start.points), "the file does not know yet"
    assert hand.header[-1].startswith("Move Point 30: 3.6 px")
    assert hand.let_go() == {"FINISHED"}
    assert hand.header[-1] is None
    assert not state.is_dragging()
    kept = character().points
    assert np.allclose(kept[30], start.points[30] + (3, 2), atol=1e-4)
    assert [name for name, _ in told] == [plane.name]
    assert np.array_equal(told[-1][1].points, kept)
    end()
    part("faceshot_blender.scene.points").keep_points(empty.context.scene, plane, start)
    operator = hand.operator
    assert empty.ops.faceshot.move_points(what="30", offset=tuple(operator.offset)) == {"FINISHED"}
    assert np.allclose(character().points, kept, atol=1e-5)
    assert len(told) == 1


def test_a_click_changes_nothing_and_escape_takes_back(empty, part, face):
    plane, character = face
    start, state, told = character(), part("faceshot_blender.points_state"), []
    hand = Hand(empty, part, what="mouth")
    hand.press((32, 30))
    assert hand.let_go() == {"CANCELLED"}
    end = state.on_change(lambda plane, seen: told.append(seen))
    hand = Hand(empty, part, what="mouth")
    hand.press((32, 30))
    hand.to(40, 40)
    assert hand.key("ESC") == {"CANCELLED"}
    assert np.array_equal(told[-1].points, start.points), "who listens is told"
    assert np.array_equal(character().points, start.points)
    assert np.array_equal(state.seen(plane).character.points, start.points)
    end()


def test_keys_of_a_drag(empty, part, face):
    _, character = face
    start = character()
    hand = Hand(empty, part, what="nose")
    hand.press((32, 24))
    hand.to(36, 27)
    hand.key("X")
    assert hand.operator.offset == pytest.approx((4, 0), abs=1e-4)
    hand.key("X")
    hand.key("M")
    assert empty.context.window_manager.faceshot_points.mirror
    hand.key("Y")
    assert hand.operator.offset == pytest.approx((0, 3), abs=1e-4)
    hand.key("Y")
    hand.key("M")
    hand.to(46, 27, shift=True)
    assert hand.operator.offset == pytest.approx((5, 3), abs=1e-3), "a tenth of ten pixels"
    hand.to(46.33, 27.4, ctrl=True)
    steps = np.array(hand.operator.offset)
    assert np.allclose(steps, steps.round())
    hand.let_go()
    assert np.allclose(character().points[27:36], start.points[27:36] + steps, atol=1e-4)


def test_turning_and_scaling_by_hand(empty, part, face):
    _, character = face
    start, picking = character(), part("core.placing.picking")
    box = picking.box_of(start, range(48, 68))
    hand = Hand(empty, part, "TURN", what="mouth")
    hand.press(tuple(box.centre + np.array([5, 0])))
    for turn in np.radians((60, 120, 180, 240, 300, 360, 420)):
        hand.to(*(box.centre + 5 * np.array([np.cos(turn), np.sin(turn)])))
    assert math.degrees(hand.operator.turn) == pytest.approx(420, abs=0.1), "whole turns are counted"
    hand.key("ESC")
    for handle in picking.HANDLES:
        signs = np.array(handle, float)
        corner = box.centre + signs * box.half @ box.axes
        across = box.centre - signs * box.half @ box.axes
        hand = Hand(empty, part, "SCALE", what="mouth", handle=handle)
        hand.press(tuple(corner))
        hand.to(*(across + 1.5 * (corner - across)))
        seen = part("faceshot_blender.points_state").seen(face[0])
        wanted = np.where(signs != 0, 1.5, 1.0) * box.half
        assert np.allclose(seen.box.half, wanted, atol=1e-3)
        assert np.allclose(seen.box.centre - signs * seen.box.half @ seen.box.axes, across, atol=1e-3)
        within = (seen.character.points[48:68] - seen.box.centre) @ seen.box.axes.T
        assert np.allclose(np.abs(within).max(axis=0), wanted, atol=1e-3), "it holds the points"
        hand.key("RIGHTMOUSE")
    assert np.array_equal(character().points, start.points)


def test_who_listens_wrongly_does_no_harm(empty, part, face, caplog):
    state = part("faceshot_blender.points_state")
    end = state.on_change(lambda plane, character: 1 / 0)
    state.drag(face[0], face[1]())
    assert "could not be passed on" in caplog.text
    end()
    end()
    state.forget()
    assert not state.is_dragging()


def test_the_tool_comes_into_the_toolbar_with_keys_that_exist_and_goes(empty, part, monkeypatch):
    from bl_ui.space_toolsystem_common import ToolSelectPanelHelper

    helper = ToolSelectPanelHelper._tool_class_from_space_type("VIEW_3D")
    module = part("faceshot_blender.ui.points_tool")
    tool = module.PointsTool

    def labels():
        tools = helper._tools_flatten(helper._tools["OBJECT"])
        return [each.label for each in tools if getattr(each, "idname", "") == "faceshot.points"]

    assert labels() == [], "there is no toolbar without a window"
    monkeypatch.setattr(module, "bpy", SimpleNamespace(**vars(module.bpy) | {"app": SimpleNamespace(background=False)}))
    for _ in range(2):
        module.register()
        assert labels() == ["Face Points"]
        module.unregister()
        assert labels() == []
    for idname, _, more in tool.bl_keymap:
        owner, _, name = idname.partition(".")
        kind = getattr(getattr(empty.ops, owner), name).get_rna_type()
        for key, value in (more or {}).get("properties", ()):
            assert key in kind.properties
            if key == "menu":
                assert hasattr(empty.types, value)
    assert empty.app.icons.new_triangles_from_file(f"{tool.bl_icon}.dat") > 0


def test_menus_offer_what_the_character_has_and_lacks(empty, part, face, recorder):
    menus = part("faceshot_blender.ui.points_menus")
    empty.ops.faceshot.toggle_part(part="nose", action="REMOVE")
    shown = {}
    for menu in menus.CLASSES:
        layout = recorder()
        menu.draw(SimpleNamespace(layout=layout), empty.context)
        shown[menu.__name__] = [text for _, text in layout.seen]
    assert shown["FACESHOT_MT_points_add"] == ["Nose", "Irises"]
    assert "Nose" not in shown["FACESHOT_MT_points_remove"]
    assert {"Move", "Turn", "Scale", "Copy Right Half to Left"} <= set(shown["FACESHOT_MT_points"])


def test_the_icon_is_made_by_its_script(part, repo_root):
    from tools import tool_icon

    assert tool_icon.PATH.read_bytes() == tool_icon.icon()
