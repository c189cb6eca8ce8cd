# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters as assets, and planes that go alone into other files: points, picture, frames and sound go along."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def held(empty, part, picture, card):
    """The plane "Held" with its card, active, in a blend beside the picture."""
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    empty.ops.wm.save_as_mainfile(filepath=str(picture.with_name("library.blend")))
    assert empty.ops.faceshot.import_result(filepath=str(card)) == {"FINISHED"}
    return plane


@pytest.fixture
def elsewhere(empty, tmp_path):
    """elsewhere(library, link=...): the object "Held" of the library in a new file in another folder."""

    def bring(library: Path, *, link=False):
        folder = tmp_path / "there" / "deep"
        folder.mkdir(parents=True, exist_ok=True)
        empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        empty.ops.wm.save_as_mainfile(filepath=str(folder / "film.blend"))
        call = empty.ops.wm.link if link else empty.ops.wm.append
        call(filepath=f"{library}/Object/Held", directory=f"{library}/Object/", filename="Held", link=link)
        plane = next(each for each in empty.data.objects if each.name == "Held")
        return plane.override_create(remap_local_usages=True) if link else plane

    return bring


@pytest.fixture
def engine(part, fake_engine, make_take, monkeypatch, tmp_path):
    """A made-up engine that animates; what it was asked for stands in its result."""
    setup = fake_engine("animate", FAKE_TAKE=str(make_take("prepared")))
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    (tmp_path / "clip.mp4").write_bytes(b"a clip")
    return tmp_path / "clip.mp4"


def asked(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())["asked"]


def test_an_asset_has_a_preview_and_no_words_of_ours(empty, held):
    catalog = str(uuid.uuid4())
    assert empty.ops.faceshot.mark_asset(catalog=catalog) == {"FINISHED"}
    data = held.asset_data
    assert (data.description, data.author, len(data.tags), data.catalog_id) == ("", "", 0, catalog)
    assert tuple(held.preview.image_size) == (256, 256)
    pixels = np.array(held.preview.image_pixels_float).reshape(256, 256, 4)
    assert pixels[128, 200] == pytest.approx([128 / 255] * 4, abs=0.01)
    assert pixels[128, 60, 3] == pytest.approx(0, abs=0.01), "the picture's left half is see-through"
    assert pixels[5, 200, 3] == 0, "its sides are not stretched"
    data.author = "somebody"
    assert empty.ops.faceshot.mark_asset() == {"FINISHED"}
    assert held.asset_data.author == "somebody"
    empty.ops.faceshot.remove_data()
    assert "Held" in empty.data.objects, "an asset is its user's"
    assert held.material_slots[0].material.node_tree.nodes


@pytest.mark.parametrize("how", ["append", "link"])
@pytest.mark.parametrize("pack", [False, True], ids=["beside", "packed"])
def test_an_asset_is_animated_right_away(empty, part, held, picture, card, elsewhere, engine, tmp_path, pack, how):
    assert empty.ops.faceshot.mark_asset(pack=pack) == {"FINISHED"}
    library = picture.with_name("library.blend")
    empty.ops.wm.save_as_mainfile(filepath=str(library))
    card.unlink()
    if pack:
        picture.rename(picture.with_name("moved away.png"))
    plane = elsewhere(library, link=how == "link")
    planes = part("faceshot_blender.scene.plane")
    image = planes.image_of(plane).image
    assert pack or Path(empty.path.abspath(image.filepath, library=image.library)).resolve() == picture
    assert how == "link" or pack or image.filepath.startswith("//")
    out = tmp_path / "out"
    assert empty.ops.faceshot.animate(plane=plane.name, clip=str(engine), folder=str(out)) == {"FINISHED"}
    given = part("core.character").Character.load(Path(asked(out)["character"]))
    assert given.points[3] == pytest.approx([11.5, 23])
    assert Path(asked(out)["picture"]).is_file()
    assert part("core.character").file_hash(Path(asked(out)["picture"])) == given.picture_hash
    assert plane.material_slots[0].link == "OBJECT"


def test_what_cannot_be_an_asset_is_told(empty, part, held, picture, card, dump):
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Bare")
    assert empty.context.scene.faceshot_choices.plane is None  # Blender notes that it was asked for
    before = dump()
    for more, words in (
        ({"plane": "Bare"}, "no character's points yet"),
        ({"plane": "Nobody"}, "no object named 'Nobody'"),
        ({"catalog": "Faces/Toons"}, "not the id of an asset catalog"),
    ):
        with pytest.raises(RuntimeError, match=words):
            empty.ops.faceshot.mark_asset(**more)
        assert dump() == before
    assert plane.asset_data is None
    assert held.asset_data is None


def test_a_picture_that_would_stay_behind_is_told(empty, part, held):
    asset, planes = part("faceshot_blender.scene.asset"), part("faceshot_blender.scene.plane")
    scene = empty.context.scene
    found = planes.find_plane(scene, "Held")
    assert asset.mark_character(scene, found) == ()
    found.image.pixels[0] = 0.5
    assert "no saved file" in asset.mark_character(scene, found)[0]
    assert asset.mark_character(scene, found, pack=True) == ()


def test_whose_points_are_used(empty, part, held, picture, card, engine, make_take, tmp_path):
    """Those that the user gave the plane, then those beside the picture, then those of the plane's last take."""
    character = part("core.character").Character
    cards, planes = part("faceshot_blender.scene.cards"), part("faceshot_blender.scene.plane")
    scene = empty.context.scene
    found = planes.find_plane(scene, "Held")

    def first_point():
        path, _ = cards.card_file(found, picture, tmp_path / "session")
        return None if path is None else pytest.approx(character.load(path).points[0])

    assert first_point() == [10, 20]
    other = json.loads(card.read_text())
    other["points"][0] = [30, 30]
    cards.keep_card(scene, held, json.dumps(other))
    assert first_point() == [10, 20], "a take with other points leaves those that were given"
    held["faceshot_card_given"] = False
    cards.keep_card(scene, held, json.dumps(other))
    assert first_point() is None, "the engine takes the one beside the picture"
    stored = picture.read_bytes()
    picture.write_bytes(stored + b" ")
    assert first_point() is None, "it is of another picture"
    picture.write_bytes(stored)
    card.unlink()
    assert first_point() == [30, 30]
    held["faceshot_character"] = "{"
    assert first_point() is None
    out = tmp_path / "out"
    assert empty.ops.faceshot.animate(plane="Held", clip=str(engine), folder=str(out)) == {"FINISHED"}
    assert "character" not in asked(out)


@pytest.mark.parametrize("how", ["append", "link"])
def test_a_plane_alone_brings_its_frames_and_then_its_sound(
    empty, part, held, picture, elsewhere, make_take, render, frame_colour, how
):
    compat, switching = part("faceshot_blender.compat"), part("faceshot_blender.scene.switch")
    empty.context.scene.frame_start = 5
    take = make_take()
    assert empty.ops.faceshot.import_result(filepath=str(take)) == {"FINISHED"}
    library = picture.with_name("library.blend")
    empty.ops.wm.save_as_mainfile(filepath=str(library))
    plane = elsewhere(library, link=how == "link")
    scene = empty.context.scene
    if plane.name not in scene.objects:
        scene.collection.objects.link(plane)
    assert [each.name for each in empty.data.scenes] == ["Scene"], "no scene comes along"
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 64 / 48
    camera.location, camera.rotation_euler = (0, -3, 0), (np.pi / 2, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    for frame, number in ((1, 1), (5, 1), (9, 5), (40, 12)):
        assert render(scene, frame)[4, 4] == pytest.approx(frame_colour(number), abs=0.01), frame
    assert switching.place_of(scene, plane).folder == take / "proxy"
    scene.render.fps = 48
    assert empty.ops.faceshot.bring_sound(plane=plane.name) == {"FINISHED"}
    edit = empty.data.scenes["Scene Edit"]
    (strip,) = [strip for strip in compat.all_strips_of(edit) if strip.type == "IMAGE"]
    assert compat.strip_frames(strip) == (5, 5 + 24), "at the rate of this scene"
    assert Path(empty.path.abspath(strip.directory)).resolve() == take / "proxy"
    sounds = [strip for strip in compat.all_strips_of(scene) if strip.type == "SOUND"]
    assert [compat.strip_frames(strip)[0] for strip in sounds] in ([5], [])
    with pytest.raises(RuntimeError, match="are in this scene already"):
        empty.ops.faceshot.bring_sound(plane=plane.name)
    assert empty.ops.faceshot.restore_original(plane=plane.name) == {"FINISHED"}
    assert part("faceshot_blender.scene.plane").image_of(plane).image.source == "FILE"
    assert plane.material_slots[0].material.name.startswith("Held")


def test_the_strips_of_a_plane_of_the_same_name_are_not_taken(empty, part, held, picture, elsewhere, make_take):
    assert empty.ops.faceshot.import_result(filepath=str(make_take("its own"))) == {"FINISHED"}
    library = picture.with_name("library.blend")
    empty.ops.wm.save_as_mainfile(filepath=str(library))
    elsewhere(library)
    scene = empty.context.scene
    own = part("faceshot_blender.scene.plane").make_plane(scene, picture, name="Here")
    came = empty.data.objects["Held"]
    came.name, own.name = "Held.001", "Held"
    empty.ops.faceshot.import_result(filepath=str(make_take("another")), plane="Held")
    place = part("faceshot_blender.scene.switch").place_of(scene, came)
    assert (place.folder.parent.name, place.strip) == ("its own", None)
