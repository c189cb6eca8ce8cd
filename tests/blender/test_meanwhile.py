# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user does to the scene while its job runs: renames, deletes, undoes, saves; the result finds its place."""

from __future__ import annotations

import pytest


@pytest.fixture
def under_way(window, shot):
    """under_way() presses Animate and pauses in the midst of it; go_on() then lets it end."""
    wait = shot.parent / "wait"
    wait.touch()

    class Job:
        def begin(self, **options):
            self.operator = window.press(**options)
            assert self.operator.outcome == {"RUNNING_MODAL"}, self.operator.said
            window.pump(lambda: window.queue.first.job.status.done == 2)
            return self.operator

        def go_on(self):
            wait.unlink()
            window.pump()
            return self.operator

    return Job()


def shows_frames(plane) -> bool:
    return plane.material_slots[0].link == "OBJECT"


def test_result_comes_by_itself(empty, window, under_way, shot):
    under_way.begin()
    assert window.queue.first.words.startswith("Tracking 2/5")
    assert not shows_frames(empty.data.objects["Held"])
    done = under_way.go_on()
    assert done.outcome == {"FINISHED"}
    assert shows_frames(empty.data.objects["Held"])
    folder = shot.parent / "faceshot" / "Held" / "somebody"
    assert done.said[-1] == ("INFO", f"Held: frames 1 to 12, in {folder}")


def test_plane_and_scene_are_renamed(empty, under_way):
    under_way.begin()
    plane = empty.data.objects["Held"]
    plane.name, empty.context.scene.name = "Heldin", "Shot 10"
    done = under_way.go_on()
    assert done.outcome == {"FINISHED"}
    assert done.said[-1][1].startswith("Heldin: frames 1 to 12")
    assert shows_frames(plane)


def test_two_planes_swap_their_names(empty, part, under_way, picture):
    other = part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Other")
    under_way.begin(plane="Held")
    asked = empty.data.objects["Held"]
    asked.name = "Third"
    other.name = "Held"
    asked.name = "Other"
    assert under_way.go_on().outcome == {"FINISHED"}
    assert (shows_frames(asked), shows_frames(other)) == (True, False)


def test_plane_is_deleted_and_another_gets_its_name(empty, part, window, under_way, shot, picture, dump):
    under_way.begin()
    empty.data.objects.remove(empty.data.objects["Held"])
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Held")
    before = dump()
    done = under_way.go_on()
    assert done.outcome == {"CANCELLED"}
    assert dump() == before
    folder = shot.parent / "faceshot" / "Held" / "somebody"
    failure = window.queue.failure
    assert failure.message == f"The plane 'Held' is gone; the finished frames are in {folder}."
    assert "File > Import > FaceShot Result" in failure.remedy
    assert failure.folder == folder
    assert empty.ops.faceshot.import_result(filepath=str(folder), plane="Held") == {"FINISHED"}
    assert shows_frames(empty.data.objects["Held"])


def test_plane_is_moved_to_another_scene(empty, window, under_way, dump):
    under_way.begin()
    plane, scene = empty.data.objects["Held"], empty.context.scene
    other = empty.data.scenes.new("Elsewhere")
    scene.collection.objects.unlink(plane)
    other.collection.objects.link(plane)
    before = dump()
    assert under_way.go_on().outcome == {"CANCELLED"}
    assert dump() == before
    assert "no longer in the scene 'Scene' but in 'Elsewhere'" in window.queue.failure.message


def test_scene_is_deleted(empty, window, under_way, dump):
    scene = empty.context.scene
    other = empty.data.scenes.new("Elsewhere")
    under_way.begin()
    empty.context.window.scene = other
    empty.data.scenes.remove(scene)
    before = dump()
    assert under_way.go_on().outcome == {"CANCELLED"}
    assert dump() == before
    assert window.queue.failure.message.startswith("The scene 'Scene' is gone; the finished frames are in")


def test_undo_of_something_else(empty, under_way):
    empty.ops.ed.undo_push(message="start")
    under_way.begin()
    empty.context.scene.frame_end = 77
    empty.ops.ed.undo_push(message="a change")
    empty.ops.ed.undo()
    assert empty.context.scene.frame_end != 77
    assert under_way.go_on().outcome == {"FINISHED"}
    assert shows_frames(empty.data.objects["Held"])


def test_undo_takes_the_plane_away_and_redo_brings_it_back(empty, part, window, under_way, picture, dump):
    empty.ops.ed.undo_push(message="start")
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Late")
    empty.ops.ed.undo_push(message="plane made")
    under_way.begin(plane="Late")
    empty.ops.ed.undo()
    assert "Late" not in empty.data.objects
    empty.ops.ed.redo()
    assert under_way.go_on().outcome == {"FINISHED"}
    assert shows_frames(empty.data.objects["Late"])


def test_undo_takes_the_plane_away(empty, part, window, under_way, picture, dump):
    empty.ops.ed.undo_push(message="start")
    part("faceshot_blender.scene.plane").make_plane(empty.context.scene, picture, name="Late")
    empty.ops.ed.undo_push(message="plane made")
    under_way.begin(plane="Late")
    empty.ops.ed.undo()
    before = dump()
    assert under_way.go_on().outcome == {"CANCELLED"}
    assert dump() == before
    assert "The plane 'Late' is gone" in window.queue.failure.message
    empty.ops.ed.redo()
    assert empty.ops.faceshot.import_result(filepath=str(window.queue.failure.folder), plane="Late") == {"FINISHED"}


def test_file_is_saved_under_another_name(empty, under_way, shot):
    under_way.begin()
    elsewhere = shot.parent / "further" / "other name.blend"
    elsewhere.parent.mkdir()
    empty.ops.wm.save_as_mainfile(filepath=str(elsewhere))
    assert under_way.go_on().outcome == {"FINISHED"}
    image = next(image for image in empty.data.images if image.source == "SEQUENCE")
    assert image.filepath.startswith("//..")
    assert empty.path.abspath(image.filepath).startswith(str(elsewhere.parent))
    assert shows_frames(empty.data.objects["Held"])


def test_escape_cancels_and_leaves_the_scene_as_it_was(empty, window, under_way, dump):
    from types import SimpleNamespace

    before = dump()
    operator = under_way.begin()
    sidebar = SimpleNamespace(type="UI", x=800, y=100, width=200, height=500)
    shown = SimpleNamespace(areas=[SimpleNamespace(type="VIEW_3D", regions=[sidebar])])
    context = window.context
    context.window = SimpleNamespace(screen=shown)
    # elsewhere it stops the playback, or a tool
    operator.modal(context, SimpleNamespace(type="ESC", mouse_x=400, mouse_y=300))
    assert not window.queue.first.job.status.state.ended
    assert window.queue.first.job.status.state.value != "cancelling"
    assert operator.modal(context, SimpleNamespace(type="ESC", mouse_x=900, mouse_y=300)) == {"PASS_THROUGH"}
    window.pump()
    assert operator.outcome == {"CANCELLED"}
    assert operator.said == [("INFO", "Cancelled")]
    assert dump() == before
    assert window.queue.failure is None
