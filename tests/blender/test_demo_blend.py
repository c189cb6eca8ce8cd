# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo's .blend: a cast side by side before one camera, heard once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tools import demo_blend
from tools.demo_stage import stage


@pytest.fixture
def cast(empty, part, make_take, picture, tmp_path) -> list[Path]:
    """Two takes, each with a picture of its own."""
    folders = []
    for number in (1, 2):
        folder = make_take(f"Nummer {number}")
        own = tmp_path / f"figure {number}.png"
        own.write_bytes(picture.read_bytes())
        record = json.loads((folder / "result.json").read_text("utf-8"))
        (folder / "result.json").write_text(json.dumps({**record, "picture": str(own)}), "utf-8")
        folders.append(folder)
    return folders


def test_they_stand_side_by_side_and_play(cast, empty, render, frame_colour):
    demo_blend.stand_together(cast, None)
    scene = empty.context.scene
    empty.context.view_layer.update()
    planes = [thing for thing in scene.objects if thing.type == "MESH"]
    assert len(planes) == 2
    first, second = sorted(planes, key=lambda plane: plane.location.x)
    assert second.location.x - first.location.x > first.dimensions.x
    assert first.location.z == second.location.z
    assert (scene.frame_start, scene.frame_end) == (1, 12)
    assert scene.sync_mode == "AUDIO_SYNC"
    pixels = render(scene, 5)
    for column in (16, 48):
        np.testing.assert_allclose(pixels[24, column], frame_colour(5), atol=0.02)
    plan = stage(2)
    assert scene.camera.data.ortho_scale == pytest.approx(max(plan.width, plan.height))


def test_the_sound_is_there_once_and_so_are_the_markers(cast, empty, part):
    demo_blend.stand_together(cast, None)
    scene = empty.context.scene
    strips = part("faceshot_blender.compat").all_strips_of(scene)
    assert sum(strip.type == "SOUND" for strip in strips) <= 1
    assert sorted(marker.frame for marker in scene.timeline_markers) == [1, 12]


def test_the_strips_lie_side_by_side_too(cast, empty, part):
    demo_blend.stand_together(cast, None)
    edit = next(scene for scene in empty.data.scenes if scene != empty.context.scene)
    strips = [strip for strip in part("faceshot_blender.compat").all_strips_of(edit) if strip.type == "IMAGE"]
    assert len(strips) == 2
    left, right = sorted(strip.transform.offset_x for strip in strips)
    assert right - left >= demo_blend.SIDE
    assert {strip.blend_type for strip in strips} == {"ALPHA_OVER"}
