# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes, planes and results that are not as one would wish: clear words, and nothing lost or changed unasked."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture
def held(empty, part, picture):
    """The plane "Held" with the picture, active."""
    plane = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    empty.context.view_layer.objects.active = plane
    return plane


@pytest.fixture
def put(empty, part):
    """put(folder, ...) assembles the take onto the plane "Held"."""

    def put(folder, **more):
        result = part("faceshot_blender.results").AnimateResult.load(folder)
        more.setdefault("plane", "Held")
        return part("faceshot_blender.scene.assemble").assemble(empty.context.scene, result, **more)

    return put


def spoken(done):
    return " ".join(warning for warning in done.warnings if "no sound support" not in warning)


@pytest.mark.parametrize(("first", "last"), [(7, 7), (10, 3)], ids=["one frame", "end before start"])
def test_a_scene_with_no_room_keeps_its_range(empty, held, put, make_take, first, last):
    """Blender itself moves one end along when they cross."""
    scene = empty.context.scene
    scene.frame_start = first
    scene.frame_end = last
    before = scene.frame_start, scene.frame_end
    done = put(make_take(count=24))
    assert (scene.frame_start, scene.frame_end) == before
    assert f"ends at frame {done.end}, the scene 'Scene' at frame {before[1]}" in spoken(done)
    assert f"set the scene's End to {done.end}, or turn on Fit Scene Range and import it again" in spoken(done)
    assert (done.start, done.end) == (before[0], before[0] + 23)


def test_the_range_is_fit_when_asked_for_and_never_cut(empty, held, make_take, dump):
    scene = empty.context.scene
    scene.frame_start, scene.frame_end = 5, 9
    folder = make_take(count=24)
    assert empty.ops.faceshot.import_result(filepath=str(folder), fit_range=True) == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (5, 28)
    scene.frame_end = 500
    assert empty.ops.faceshot.import_result(filepath=str(folder), fit_range=True) == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (5, 500)
    scene.frame_end = 20
    assert empty.ops.faceshot.import_result(filepath=str(folder)) == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (5, 20), "off unless asked for"


@pytest.mark.parametrize(("start", "fit"), [(-30, False), (-3, False), (-3, True)])
def test_a_start_before_frame_0(empty, part, held, put, make_take, render, frame_colour, start, fit):
    scene = empty.context.scene
    camera = empty.data.objects.new("Camera", empty.data.cameras.new("Camera"))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 64 / 48
    camera.location, camera.rotation_euler = (0, -3, 0), (1.5707963, 0, 0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    done = put(make_take(), start=start, fit=fit)
    assert (done.start, done.end) == (start, start + 11)
    assert f"begins at frame {start}, before the scene 'Scene', which begins at frame {0 if fit else 1}" in spoken(done)
    assert scene.frame_start == (0 if fit else 1)
    edit = empty.data.scenes[done.edit_scene]
    assert 0 <= edit.frame_start <= edit.frame_end
    compat = part("faceshot_blender.compat")
    spans = {compat.strip_frames(strip) for strip in compat.all_strips_of(edit) if strip.type == "IMAGE"}
    assert spans == {(start, start + 12)}
    for frame in (start, -1, 0, 4):
        number = min(max(frame - start + 1, 1), 12)
        assert render(scene, frame)[4, 4] == pytest.approx(frame_colour(number), abs=0.01), frame


def test_an_unsaved_blend_takes_results_and_keeps_them_when_it_is_saved(empty, held, put, make_take, part, tmp_path):
    put(make_take())
    image = next(image for image in empty.data.images if image.source == "SEQUENCE")
    assert not image.filepath.startswith("//")
    (tmp_path / "a").mkdir()
    for name in ("shot.blend", "a/shot.blend"):
        empty.ops.wm.save_as_mainfile(filepath=str(tmp_path / name), relative_remap=True)
        empty.ops.wm.open_mainfile(filepath=str(tmp_path / name))
        place = part("faceshot_blender.scene.switch").place_of(empty.context.scene, empty.data.objects["Held"])
        assert (place.folder / "000001.png").is_file()
    empty.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, tmp_path / "Käte mit Hut.png", name="Held")
    (tmp_path / "clip.mp4").write_bytes(b"x")
    with pytest.raises(RuntimeError, match=r"not saved yet.*Save it first, or choose an output folder"):
        empty.ops.faceshot.animate(plane="Held", clip=str(tmp_path / "clip.mp4"))


def test_planes_that_show_nothing_are_told_apart(empty, part, held, make_take, dump):
    folder, find = str(make_take()), part("faceshot_blender.scene.plane").find_plane
    mesh = empty.data.meshes.new("Bare")
    empty.context.scene.collection.objects.link(empty.data.objects.new("Bare", mesh))
    mesh.materials.append(None)
    empty.context.scene.collection.objects.link(empty.data.objects.new("Nothing", None))
    paint = empty.data.meshes.new("Painted")
    paint.materials.append(empty.data.materials.new("Red"))
    empty.context.scene.collection.objects.link(empty.data.objects.new("Painted", paint))
    before = dump()
    for name, words in (
        ("Bare", "it has no material"),
        ("Nothing", "it has no material"),
        ("Painted", "image texture"),
    ):
        with pytest.raises(part("core.errors").FaceShotError, match=words):
            find(empty.context.scene, name)
        with pytest.raises(RuntimeError, match=words):
            empty.ops.faceshot.import_result(filepath=folder, plane=name)
    assert dump() == before


def test_of_several_materials_the_one_on_most_of_the_surface_counts(empty, part, held, put, make_take, tmp_path):
    planes = part("faceshot_blender.scene.plane")
    shutil.copy(tmp_path / "Käte mit Hut.png", tmp_path / "frame.png")
    border = planes.make_plane(empty.context.scene, tmp_path / "frame.png", name="Border")
    mesh = empty.data.meshes.new("Both")
    corners = [(x, y, 0.0) for y in (-1, 1) for x in (-1.2, -1, 1)]
    mesh.from_pydata(corners, [], [(0, 1, 4, 3), (1, 2, 5, 4)])
    for plane in (border, held):
        mesh.materials.append(plane.data.materials[0])
    mesh.polygons[1].material_index = 1
    both = empty.data.objects.new("Both", mesh)
    empty.context.scene.collection.objects.link(both)
    found = planes.image_of(both)
    assert (found.slot, found.image.name) == (1, "Käte mit Hut.png")
    put(make_take(), plane="Both")
    assert [slot.link for slot in both.material_slots] == ["DATA", "OBJECT"]
    assert planes.image_of(both).slot == 1, "also while it shows frames"
    assert part("faceshot_blender.scene.look").restore_original(both)
    assert [slot.link for slot in both.material_slots] == ["DATA", "DATA"]


def test_pixels_that_are_not_square_stay_the_scenes_own(empty, part, held, put, make_take):
    scene = empty.context.scene
    scene.render.pixel_aspect_x, scene.render.pixel_aspect_y = 1.0, 1.46
    size = tuple(held.dimensions)
    done = put(make_take())
    edit = empty.data.scenes[done.edit_scene]
    assert (edit.render.pixel_aspect_x, edit.render.pixel_aspect_y) == (1, 1), "the frames' pixels are square"
    assert (edit.render.resolution_x, edit.render.resolution_y) == (64, 48)
    assert scene.render.pixel_aspect_y == pytest.approx(1.46)
    assert tuple(held.dimensions) == size
    part("faceshot_blender.scene.assemble").own_shot(
        scene, part("faceshot_blender.results").AnimateResult.load(make_take("own"))
    )
    assert scene.render.pixel_aspect_y == 1


def test_a_plane_in_several_scenes(empty, held, put, make_take):
    other = empty.data.scenes.new("Other")
    other.collection.objects.link(held)
    other.render.fps = 24
    assert "Other" not in spoken(put(make_take()))
    other.render.fps = 25
    said = spoken(put(make_take("two")))
    assert "is in the scene 'Other', too, which plays 25 frames/s" in said
    assert "Use a copy of the plane there" in said
    assert other.sequence_editor is None


def test_a_result_that_was_moved(empty, part, held, put, make_take, picture, tmp_path):
    folder = make_take()
    put(folder)
    moved = tmp_path / "archive" / "take 7"
    moved.parent.mkdir()
    shutil.move(folder, moved)
    switching = part("faceshot_blender.scene.switch")
    with pytest.raises(part("core.errors").FaceShotError, match=r"is gone.*\n?.*import the result from where it is"):
        switching.switch(empty.context.scene, "Held", "final")
    empty.data.scenes.remove(empty.data.scenes["Scene Edit"])
    with pytest.raises(RuntimeError, match="There is no finished result in"):
        empty.ops.faceshot.bring_sound(plane="Held")
    assert empty.ops.faceshot.import_result(filepath=str(moved)) == {"FINISHED"}
    assert switching.place_of(empty.context.scene, held).folder == moved / "proxy"
    assert [each.name for each in empty.context.scene.objects] == ["Held"], "onto the same plane"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda f: (f / "proxy" / "000005.png").unlink(),
            r"1 of 12 frames are missing in .*, the first is 000005\.png",
        ),
        (lambda f: (f / "proxy" / "000012.png").write_bytes(b""), r"000012\.png"),
        (
            lambda f: (f / "proxy" / "000001.png").write_bytes(b"\x89PNG\r\n\x1a\nhalf"),
            r"cannot read the frame .*000001",
        ),
        (lambda f: shutil.rmtree(f / "proxy"), "Cannot read the frames' folder"),
        (lambda f: (f / "result.json").unlink(), "There is no result of FaceShot in"),
        (lambda f: (f / "result.json").write_text('{"verb": "ani'), "Cannot read .*result.json"),
        (lambda f: (f / "result.json").write_text("{}"), "Cannot read .*result.json"),
        (lambda f: (f / "result.json").write_bytes(b""), "Cannot read .*result.json"),
        (lambda f: (f / "sound.wav").unlink(), r"sound\.wav is missing"),
        (lambda f: (f / "card.character.json").unlink(), r"card\.character\.json is missing"),
    ],
)
def test_a_half_written_result_changes_nothing(empty, held, put, make_take, dump, spoil, words):
    put(make_take("good"))
    folder = make_take("bad")
    spoil(folder)
    before = dump()
    with pytest.raises(RuntimeError, match=words):
        empty.ops.faceshot.import_result(filepath=str(folder))
    assert dump() == before
    with pytest.raises(RuntimeError):
        empty.ops.faceshot.import_result(filepath=str(folder), new_plane=True)
    assert dump() == before


def test_a_render_that_was_stopped_says_so(empty, part, held, make_take, picture):
    folder = make_take()
    names = {f"{number:06d}.png": "0" if number < 9 else "" for number in range(1, 13)}
    record = {"format": "faceshot.render", "version": 1, "complete": False, "frames": names}
    (folder / "proxy" / "render.json").write_text(json.dumps(record))
    found = part("faceshot_blender.incoming").look_at(folder / "proxy")
    assert len(found.files) == 8
    assert "was not finished: it ends early" in found.notes[0]
    done = part("faceshot_blender.scene.assemble").assemble(empty.context.scene, found, plane="Held")
    assert "was not finished" in spoken(done)


def test_animate_fits_the_range_when_asked_to(empty, part, held, fake_engine, make_take, monkeypatch, tmp_path):
    setup = fake_engine("animate", FAKE_TAKE=str(make_take("prepared", count=24)))
    monkeypatch.setattr(part("faceshot_blender.host"), "engine_setup", lambda: setup)
    (tmp_path / "clip.mp4").write_bytes(b"a clip")
    scene = empty.context.scene
    scene.frame_end = 9
    call = {"plane": "Held", "clip": str(tmp_path / "clip.mp4")}
    assert empty.ops.faceshot.animate(folder=str(tmp_path / "one"), **call) == {"FINISHED"}
    assert scene.frame_end == 9
    scene.faceshot_choices.fit_range = True
    assert empty.ops.faceshot.animate(folder=str(tmp_path / "two"), **call) == {"FINISHED"}
    assert (scene.frame_start, scene.frame_end) == (1, 24)
    part("faceshot_blender.jobs").release_engine()
