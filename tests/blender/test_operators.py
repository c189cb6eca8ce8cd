# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators, called as a script calls them, with a made-up engine."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_animate_from_the_scenes_choices(empty, shot, tmp_path):
    assert empty.ops.faceshot.animate() == {"FINISHED"}
    plane = empty.data.objects["Held"]
    assert plane.material_slots[0].link == "OBJECT"
    assert (tmp_path / "faceshot" / "Held" / "somebody" / "proxy" / "000001.png").is_file()


def test_animate_then_restore_then_remove(empty, shot, dump):
    before = dump()
    assert empty.ops.faceshot.animate(plane="Held", folder="//out") == {"FINISHED"}
    assert empty.ops.faceshot.restore_original(plane="Held") == {"FINISHED"}
    assert dump()["looks"] == before["looks"]
    assert empty.ops.faceshot.restore_original(plane="Held") == {"CANCELLED"}
    assert empty.ops.faceshot.remove_data() == {"FINISHED"}
    assert not empty.data.objects
    assert not [image for image in empty.data.images if image.source == "SEQUENCE"]


def test_plane_renamed_meanwhile_is_found_by_its_id(empty, part, shot):
    take = part("faceshot_blender.take")
    scene = empty.context.scene
    planned = take.plan_take(scene, "Held", shot.parent / "somebody.mp4")
    job = part("faceshot_blender.job").Job("animate", planned.arguments, part("faceshot_blender.host").open_engine)
    part("faceshot_blender.job").run_to_end(job)
    job.close()
    empty.data.objects["Held"].name = "Heldin"
    scene.name = "Shot 10"
    assert take.finish_take(planned).plane == "Heldin"


def test_plane_deleted_meanwhile_is_told(empty, part, shot, dump):
    take, job_module = part("faceshot_blender.take"), part("faceshot_blender.job")
    planned = take.plan_take(empty.context.scene, "Held", shot.parent / "somebody.mp4")
    job = job_module.Job("animate", planned.arguments, part("faceshot_blender.host").open_engine)
    job_module.run_to_end(job)
    job.close()
    empty.data.objects.remove(empty.data.objects["Held"])
    before = dump()
    with pytest.raises(part("core.errors").FaceShotError, match=r"plane 'Held' is gone; the finished frames are in"):
        take.finish_take(planned)
    assert dump() == before


def test_making_an_engine_fails_and_stops_in_words(part, tmp_path, monkeypatch):
    making = part("faceshot_blender.engine_making")
    maker, errors = part("core.engine_maker"), part("core.errors")
    run = part("faceshot_blender.job").run_to_end

    def make_engine(directory, *, lock, extras, progress, cancelled):
        progress("Downloading packages", 3, 9)
        if lock.name == "endless":
            while not cancelled():
                pass
            raise part("core.progress").cancelled()
        raise errors.FaceShotError(errors.ErrorCode.OFFLINE, "No network.")

    monkeypatch.setattr(maker, "make_engine", make_engine)
    seen = []
    with pytest.raises(errors.FaceShotError, match="No network"):
        run(making.EngineMaking(tmp_path, Path("lock")), watch=lambda status: seen.append(status.words()))
    assert seen[-1] == "Failed"
    endless = making.EngineMaking(tmp_path, Path("endless"))
    with pytest.raises(errors.FaceShotError, match="Cancelled"):
        run(endless, stop=lambda: endless.status.done == 3)
    endless.close()
    assert endless.status.state.value == "cancelled"


def test_platform_zip_makes_no_engine(part, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, part("core").__name__ + ".engine_maker", None)
    monkeypatch.delattr(part("core"), "engine_maker", raising=False)
    with pytest.raises(part("core.errors").FaceShotError, match="extension platform"):
        part("faceshot_blender.engine_making").EngineMaking(tmp_path, Path("lock"))
