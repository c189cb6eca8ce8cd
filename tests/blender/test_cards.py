# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose points a plane's character has: copies of a picture, changed ones, packed ones; what no take may change."""

from __future__ import annotations

import json

import numpy as np
import pytest

W, H = 64, 48


@pytest.fixture
def cards(part):
    return part("faceshot_blender.scene.cards")


@pytest.fixture
def held(empty, part, picture, face, tmp_path):
    """The plane "Held" with points given by hand, in a saved blend."""
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    part("faceshot_blender.scene.points").keep_points(empty.context.scene, plane, face())
    empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return plane


@pytest.fixture
def used(empty, part, cards, tmp_path):
    """used(plane) is (first point, warnings) of what the engine would get; None for the points where it gets none."""

    def look(plane):
        planes = part("faceshot_blender.scene.plane")
        found = planes.image_of(plane)
        path, warnings = cards.card_file(found, planes.picture_of(found, tmp_path / "out"), tmp_path / "session")
        if path is None:
            return None, warnings
        return tuple(part("core.character").Character.load(path).points[0].tolist()), warnings

    return look


def write_picture(part, path, width=W, height=H, value=100):
    pixels = np.full((height, width, 3), value, np.uint8)
    path.write_bytes(part("faceshot_blender.scene.pixels").png_bytes(pixels))
    return path


@pytest.fixture
def animate(empty, part, fake_engine, make_take, monkeypatch, tmp_path):
    """animate(plane) is what the engine was asked for, by the operator."""
    setup = fake_engine("animate", FAKE_TAKE=str(make_take("prepared")))
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    (tmp_path / "clip.mp4").write_bytes(b"a clip")

    def run(plane, **more):
        folder = tmp_path / f"out {len(list(tmp_path.glob('out *')))}"
        done = empty.ops.faceshot.animate(plane=plane.name, clip=str(tmp_path / "clip.mp4"), folder=str(folder), **more)
        assert done == {"FINISHED"}
        return json.loads((folder / "result.json").read_text())["asked"]

    return run


def test_a_copy_of_the_picture_has_the_points_of_the_plane(empty, part, held, picture, used, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    copy = tmp_path / "elsewhere" / "another name.png"
    copy.write_bytes(picture.read_bytes())
    assert empty.ops.faceshot.make_plane(filepath=str(copy)) == {"FINISHED"}
    plane = empty.context.scene.faceshot_choices.plane
    assert plane.name == "another name"
    assert part("faceshot_blender.scene.points").character_of(plane).points[0].tolist() == [5, 5]
    assert used(plane) == ((5, 5), ())
    # a plane that nobody chose gets them as it is animated, and says so
    other = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, copy, name="Bare")
    assert part("faceshot_blender.scene.points").character_of(other) is None
    place, warnings = used(other)
    assert place == (5, 5)
    assert "Bare shows the same picture as" in warnings[0]
    write_picture(part, copy)
    del plane["faceshot_character"]
    assert used(plane) == (None, ()), "it is another picture now"


def test_a_copy_finds_the_card_of_the_original(empty, part, picture, card, used, tmp_path):
    """Beside it under another name, or beside the original elsewhere that this file shows, too."""
    beside = picture.with_name("copy.png")
    beside.write_bytes(picture.read_bytes())
    (tmp_path / "far").mkdir()
    far = tmp_path / "far" / "far.png"
    far.write_bytes(picture.read_bytes())
    scene, points = empty.context.scene, part("faceshot_blender.scene.points")
    for path in (beside, picture, far):
        empty.ops.faceshot.make_plane(filepath=str(path))
        plane = scene.faceshot_choices.plane
        assert points.character_of(plane).points[0].tolist() == [10, 20]
        assert not plane.get("faceshot_card_given"), "a card that is corrected later counts"
        for each in [each for each in scene.objects if each != plane]:
            empty.data.objects.remove(each)


@pytest.mark.parametrize("packed", [False, True], ids=["file", "packed"])
def test_packed_pictures_are_recognised_too(empty, part, held, picture, used, packed, tmp_path):
    planes = part("faceshot_blender.scene.plane")
    copy = tmp_path / "copy.png"
    copy.write_bytes(picture.read_bytes())
    other = planes.make_plane(empty.context.scene, copy, name="Other")
    if packed:
        for plane in (held, other):
            planes.image_of(plane).image.pack()
        copy.unlink()
        picture.unlink()
    hashes = {
        part("faceshot_blender.scene.cards").picture_hash(planes.image_of(plane).image) for plane in (held, other)
    }
    assert len(hashes) == 1
    assert "" not in hashes
    assert used(other)[0] == (5, 5)
    assert used(held) == ((5, 5), ())


def test_a_picture_that_was_painted_on_keeps_its_points(empty, part, held, used):
    image = part("faceshot_blender.scene.plane").image_of(held).image
    image.pixels[0] = 0.5
    assert image.is_dirty
    assert used(held)[0] == (5, 5)


def test_a_changed_picture_keeps_its_points_and_says_so(empty, part, held, picture, used, animate):
    image = part("faceshot_blender.scene.plane").image_of(held).image
    write_picture(part, picture)
    image.reload()
    place, warnings = used(held)
    assert place == (5, 5)
    assert "was changed since the points of Held were placed" in warnings[0]
    write_picture(part, picture, 2 * W, 2 * H)
    image.reload()
    place, warnings = used(held)
    assert place == (10, 10)
    assert "was 64 x 48 pixels large" in warnings[0]
    assert "scaled" in warnings[0]
    character = part("faceshot_blender.scene.points").character_of
    found = part("faceshot_blender.scene.plane").image_of(held)
    assert character(held, found).points[0].tolist() == [10, 10]
    assert character(held, found) is character(held, found)
    write_picture(part, picture, W, 2 * H)
    image.reload()
    before = held["faceshot_character"]
    with pytest.raises(RuntimeError, match="placed on a picture of 64 x 48 pixels; it now shows one of 64 x 96"):
        animate(held)
    assert held["faceshot_character"] == before, "nothing is lost"
    # whoever corrects them there has seen the new picture
    stretched = character(held, found)
    part("faceshot_blender.scene.points").keep_points(empty.context.scene, held, stretched)
    assert used(held) == ((5, 10), ())


def test_what_was_given_cannot_be_lost_to_a_take(empty, part, held, picture, animate, make_take, face):
    points = part("faceshot_blender.scene.points")
    asked = animate(held)
    assert part("core.character").Character.load(asked["character"]).points[0].tolist() == [5, 5]
    take = make_take("of before")
    (take / "card.character.json").write_text(face(9).to_json())
    assert empty.ops.faceshot.import_result(filepath=str(take), plane="Held") == {"FINISHED"}
    assert points.character_of(held).points[0].tolist() == [5, 5], "not to one with other points either"
    held["faceshot_character"] = "{"
    with pytest.raises(RuntimeError, match="Cannot read the card of 'Held'"):
        animate(held)
    assert held["faceshot_character"] == "{", "whoever spoiled it may mend it"


def test_points_that_are_edited_while_a_take_is_made_stay(empty, part, held, face, make_take):
    """They are there when it is done: the take was made with those of before."""
    scene, points = empty.context.scene, part("faceshot_blender.scene.points")
    points.keep_points(scene, held, face(7))
    result = part("faceshot_blender.results").AnimateResult.load(make_take())
    part("faceshot_blender.scene.assemble").assemble(scene, result, plane="Held")
    assert points.character_of(held).points[0].tolist() == [7, 7]


BAD = {
    "NaN": (lambda card: json.dumps(card).replace("5.0", "NaN", 1), "Cannot read"),
    "67 points": (lambda card: json.dumps({**card, "points": card["points"][:67]}), "68 finite points"),
    "another picture's shape": (lambda card: json.dumps({**card, "size": [100, 48]}), "picture of 100 x 48"),
    "no card": (lambda card: "[]", "no character card"),
    "unknown part": (lambda card: json.dumps({**card, "present": ["jaw", "tail"]}), "tail"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_card_is_refused_and_nothing_is_lost(empty, part, held, case, tmp_path):
    spoil, words = BAD[case]
    path = tmp_path / "bad.character.json"
    path.write_text(spoil(json.loads(held["faceshot_character"])))
    before = held["faceshot_character"]
    with pytest.raises(RuntimeError, match=words):
        empty.ops.faceshot.import_result(filepath=str(path), plane="Held")
    assert held["faceshot_character"] == before


def test_cards_of_other_pictures_are_told(empty, part, held, cards, face, tmp_path):
    path = tmp_path / "other.character.json"
    found = part("faceshot_blender.scene.plane").image_of(held)
    face(3, picture_hash="0" * 64).save(path)
    assert "was made for another picture" in cards.attach_card(empty.context.scene, found, path)[0]
    part("core.character").Character(points=face(3).points * 2, size=(2 * W, 2 * H)).save(path)
    assert "scaled to 64 x 48" in cards.attach_card(empty.context.scene, found, path)[0]
    assert part("faceshot_blender.scene.points").character_of(held).points[1].tolist() == pytest.approx(
        face(3).points[1].tolist()
    )
