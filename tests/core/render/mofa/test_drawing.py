# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest

from core.render.mofa.drawing import PARTS, draw_landmarks, drawings

CHOICES = {
    "all": tuple(PARTS),
    "none": (),
    "eyes_mouth": ("eyes", "outer_lips", "inner_lips"),
    "brows_nose": ("brows", "nose"),
    **{part: (part,) for part in PARTS},
}


@pytest.mark.parametrize("name", CHOICES)
def test_lines_are_the_published_ones_to_the_bit(golden, name):
    found = golden.arrays("a_pose")
    assert np.array_equal(draw_landmarks(found["landmarks_320"][3], CHOICES[name]), found[f"pose320_{name}"])


def test_every_frame_and_the_size_of_the_image(golden):
    found = golden.arrays("a_pose")
    for points, wanted in zip(found["landmarks_320"], found["pose320_track"], strict=True):
        assert np.array_equal(draw_landmarks(points), wanted)
    assert np.abs(drawings(found["landmarks_px"], (192, 128)) - found["pose_resized"]).max() <= 1e-6


def test_lines_that_leave_the_canvas(golden):
    # OpenCV's releases differ in a few pixels of lines that are cut off at the edge
    found = golden.arrays("a_pose")
    different = (draw_landmarks(found["landmarks_offscreen"]) != found["pose320_offscreen"]).any(axis=-1)
    assert different.sum() <= 5
