# SPDX-License-Identifier: GPL-3.0-or-later
"""What a character has, its halves, its card as a file; and what the sidebar says of its points."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

W, H = 64, 48


@pytest.fixture
def face(part):
    character, landmarks = part("core.character"), part("core.landmarks")

    def make(**more):
        return character.Character(points=landmarks.template_in_box((8, 6, 40, 36)), size=(W, H), **more)

    return make


@pytest.fixture
def held(empty, part, picture, tmp_path):
    """The plane "Held", chosen, in a saved blend beside its picture."""
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.scene.faceshot_choices.plane = plane
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return plane


@pytest.fixture
def keep(empty, part, held):
    """keep(character) gives it to the plane."""
    return lambda character: part("faceshot_blender.scene.points").keep_points(empty.context.scene, held, character)


@pytest.fixture
def now(part, held):
    """now() is the plane's character."""
    return lambda: part("faceshot_blender.scene.points").character_of(held)


@pytest.mark.parametrize("name", ["right_brow", "left_brow", "right_eye", "left_eye", "nose", "mouth", "irises"])
def test_parts_go_and_come_back(empty, face, keep, now, name):
    keep(face())
    toggle = empty.ops.faceshot.toggle_part

    def there():
        return now().iris is not None if name == "irises" else name in now().present

    was, points = there(), now().points
    for _ in range(2):
        assert toggle(part=name) == {"FINISHED"}
        assert there() != was
        assert toggle(part=name) == {"FINISHED"}
        assert there() == was
    np.testing.assert_array_equal(now().points, points)
    assert toggle(part=name, action="ADD" if was else "REMOVE") == {"CANCELLED"}, "it is so already"
    assert toggle(plane="Held", part=name, action="REMOVE" if was else "ADD") == {"FINISHED"}
    assert there() != was


def test_a_half_is_copied_over(empty, face, keep, now):
    character = face()
    points = character.points.copy()
    points[45] += (3, -2)
    keep(dataclasses.replace(character, points=points, present=character.present - {"right_brow"}))
    assert empty.ops.faceshot.mirror_points(side="LEFT") == {"FINISHED"}
    assert "right_brow" in now().present
    right, left = now().points[36], now().points[45]
    middle = now().points[[8, 27, 33]].mean(axis=0)
    assert (right + left)[0] / 2 == pytest.approx(middle[0], abs=0.5)
    assert right[1] == pytest.approx(left[1], abs=0.5)
    assert left == pytest.approx(points[45])


def test_points_are_forgotten(empty, part, face, keep, held, now, picture, card):
    keep(face())
    assert empty.ops.faceshot.forget_points() == {"FINISHED"}
    assert now() is None
    assert not [name for name in held.keys() if name.startswith("faceshot_c")]  # noqa: SIM118 - no dict
    assert empty.ops.faceshot.forget_points() == {"CANCELLED"}
    assert card.is_file()
    held["faceshot_character"] = "{"
    assert empty.ops.faceshot.forget_points(plane="Held") == {"FINISHED"}, "spoiled ones, too"


def test_words_where_it_cannot_be_done(empty, part, held, face):
    operators = empty.ops.faceshot
    for call in (
        lambda: operators.toggle_part(part="nose"),
        lambda: operators.mirror_points(side="LEFT"),
        operators.save_card,
    ):
        with pytest.raises(RuntimeError, match="'Held' has no points yet"):
            call()
    held["faceshot_character"] = "{"
    with pytest.raises(RuntimeError, match="Cannot read the card of 'Held'"):
        operators.toggle_part(part="nose")
    assert held["faceshot_character"] == "{"
    with pytest.raises(RuntimeError, match="no object named 'Nobody'"):
        operators.toggle_part(plane="Nobody", part="nose")
    empty.context.scene.faceshot_choices.plane = None
    with pytest.raises(RuntimeError, match="No plane is chosen"):
        operators.toggle_part(part="nose")


def test_reasons_on_greyed_buttons(part, empty, held, face, keep, tmp_path):
    ops = part("faceshot_blender.ops.points_parts")
    context = SimpleNamespace(
        scene=empty.context.scene, area=SimpleNamespace(type="VIEW_3D"), view_layer=empty.context.view_layer
    )
    assert "no points yet" in ops._reason(context)
    keep(face())
    assert ops._reason(context) == ""
    empty.context.scene.faceshot_choices.plane = None
    assert ops._reason(context) == "Choose the plane with the picture"
    empty.context.view_layer.objects.active = held
    assert ops._reason(context) == "", "the active plane will do"
    context.area = None
    assert ops._reason(context) == "", "scripts name their plane"


# ---- the card as a file ----------------------------------------------------------------------------------------


def card_path(picture: Path) -> Path:
    return picture.with_name(picture.stem + ".character.json")


def test_a_card_is_saved_beside_the_picture_and_found_again(empty, part, face, keep, held, picture):
    load = part("core.character").Character.load
    keep(face())
    assert empty.ops.faceshot.save_card() == {"FINISHED"}
    written = load(card_path(picture))
    assert written.picture == picture.name
    assert written.picture_hash == part("core.character").file_hash(picture)
    np.testing.assert_array_equal(written.points, face().points)
    assert empty.ops.faceshot.save_card() == {"FINISHED"}, "ours, and unchanged"
    assert empty.ops.faceshot.toggle_part(part="nose") == {"FINISHED"}
    assert empty.ops.faceshot.save_card() == {"FINISHED"}
    assert "nose" not in load(card_path(picture)).present
    empty.ops.faceshot.make_plane(filepath=str(picture))
    other = empty.context.scene.faceshot_choices.plane
    assert "nose" not in part("faceshot_blender.scene.points").character_of(other).present


@pytest.mark.parametrize("whose", ["somebody's", "ours, changed since"])
def test_a_card_of_somebody_else_is_not_written_over(empty, part, face, keep, held, picture, card, whose):
    keep(face())
    if whose != "somebody's":
        card.unlink()
        assert empty.ops.faceshot.save_card() == {"FINISHED"}
        card.write_text(card.read_text().replace('"hand"', '"matched"', 1))
        assert empty.ops.faceshot.toggle_part(part="nose") == {"FINISHED"}
    before = card.read_bytes()
    with pytest.raises(RuntimeError, match=r"is there already and was .*under another name"):
        empty.ops.faceshot.save_card()
    assert card.read_bytes() == before
    other = picture.with_name("another.json")
    assert empty.ops.faceshot.save_card(filepath=str(other)) == {"FINISHED"}
    assert picture.with_name("another.character.json").is_file()
    assert not other.exists()
    files = part("faceshot_blender.scene.card_files")
    assert files.free_name(card).name == f"{picture.stem}-2.character.json"


def test_a_picture_that_is_in_no_file_asks_where(empty, part, face, tmp_path):
    image = empty.data.images.new("Painted", W, H)
    plane = part("faceshot_blender.scene.plane").plane_showing(empty.context.scene, image, name="Painted")
    part("faceshot_blender.scene.points").keep_points(empty.context.scene, plane, face())
    with pytest.raises(RuntimeError, match="in no file that a card could lie beside"):
        empty.ops.faceshot.save_card(plane="Painted")
    path = tmp_path / "painted.character.json"
    assert empty.ops.faceshot.save_card(plane="Painted", filepath=str(path)) == {"FINISHED"}
    assert json.loads(path.read_text())["picture"] == "Painted"
    with pytest.raises(RuntimeError, match="Cannot write"):
        empty.ops.faceshot.save_card(plane="Painted", filepath=str(path / "below a file.character.json"))


def test_a_linked_plane_is_saved_but_not_changed(empty, part, held, face, keep, picture, tmp_path):
    keep(face())
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "library.blend"))
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    with empty.data.libraries.load(str(tmp_path / "library.blend"), link=True) as (_, target):
        target.objects = ["Held"]
    empty.context.scene.collection.objects.link(target.objects[0])
    for call in (empty.ops.faceshot.mirror_points, empty.ops.faceshot.toggle_part, empty.ops.faceshot.forget_points):
        with pytest.raises(RuntimeError, match="make a library override"):
            call(plane="Held")
    assert empty.ops.faceshot.save_card(plane="Held") == {"FINISHED"}
    assert card_path(picture).is_file()
    plane = target.objects[0].override_create(remap_local_usages=True)
    plane.name = "Here"
    assert empty.ops.faceshot.toggle_part(plane="Here", part="nose") == {"FINISHED"}
    assert empty.ops.faceshot.forget_points(plane="Here") == {"FINISHED"}
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film.blend"))
    empty.ops.wm.open_mainfile(filepath=str(tmp_path / "film.blend"))
    points = part("faceshot_blender.scene.points")
    plane = empty.data.objects["Here"]
    assert points.character_of(plane) is None, "hidden, though its library has them"
    assert points.character_of(plane.override_library.reference) is not None


def test_editing_begins_with_what_is_known(empty, part, held, face, keep, now, picture, card):
    """Points of the same picture, else a first guess; a spoiled card is not written over, a changed picture told."""
    edit = empty.ops.faceshot.edit_points
    assert edit(plane="Held") == {"FINISHED"}
    assert now().points[0].tolist() == [10, 20], "of the card beside the picture"
    empty.ops.faceshot.forget_points()
    card.unlink()
    assert edit(plane="Held") == {"FINISHED"}
    assert now().confidence.max() < 0.5, "a guess"
    held["faceshot_character"] = "{"
    with pytest.raises(RuntimeError, match="Cannot read the card of 'Held'"):
        edit(plane="Held")
    assert held["faceshot_character"] == "{"
    keep(face())
    image = part("faceshot_blender.scene.plane").image_of(held).image
    image.scale(W, W)
    assert edit(plane="Held") == {"FINISHED"}, "that is where it can be put right"
    found = part("faceshot_blender.scene.plane").image_of(held)
    assert "now shows one of 64 x 64" in part("faceshot_blender.scene.cards").what_changed(found)[0]
    assert empty.ops.faceshot.move_points(plane="Held", what="nose", offset=(1, 1)) == {"FINISHED"}
    assert part("faceshot_blender.scene.cards").what_changed(found) == ()


# ---- the sidebar -----------------------------------------------------------------------------------------------


def words(seen):
    return " ".join(text for _, text in seen)


def test_the_sidebar_says_what_there_is(draw, face, keep, held, empty, monkeypatch, part):
    empty.context.scene.faceshot_choices.plane = None
    assert "Face Points" not in words(draw())
    empty.context.scene.faceshot_choices.plane = held
    assert "No points yet" in words(draw())
    assert "Nose" not in words(draw())
    confidence = np.full(68, 0.9)
    confidence[48:] = 0.2
    placed = ("matched",) * 66 + ("hand",) * 2
    keep(face(confidence=confidence, placed=placed))
    read = []
    parsing = part("core.character").Character.from_json
    monkeypatch.setattr(
        part("core.character").Character, "from_json", lambda *a, **k: read.append(a) or parsing(*a, **k)
    )
    for _ in range(3):
        seen = words(draw())
    assert len(read) <= 1, "not parsed at each drawing"
    assert "Found by the landmark network, 2 placed by hand" in seen
    assert "fairly sure (69\u00a0%)" in seen
    assert "Look at: mouth" in seen
    for text in ("Edit Points", "Find Points", "Right Brow", "Irises", "Copy Left Half", "Save Card", "Load Card"):
        assert text in seen, text
    held["faceshot_character"] = "{"
    assert "cannot be read" in words(draw())
    assert "Face Points" in words(draw("IMAGE_EDITOR"))


def test_the_sidebar_says_that_the_picture_has_another_size(draw, part, face, keep, picture, held):
    keep(face())
    image = part("faceshot_blender.scene.plane").image_of(held).image
    assert tuple(image.size) == (W, H)
    assert "pixels large" not in words(draw())
    image.scale(2 * W, 2 * H)
    assert "now 128 x 96: they are scaled with it" in words(draw())
    image.scale(W, W)
    assert "look whether they fit" in words(draw())
