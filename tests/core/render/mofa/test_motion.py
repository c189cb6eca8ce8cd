# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
import pytest
import torch

from core.render.mofa.drawing import PARTS, moving_points
from core.render.mofa.motion import CANVAS, MotionNetwork, nearest, sparse_motion, to_canvas, to_image
from tests.core.render.mofa.golden_arrays import close, image_tensor

SIZE = (192, 128)


@pytest.mark.parametrize("name", ["track", "edge"])
def test_sparse_motion_is_the_published_one_to_the_bit(golden, name):
    found = golden.arrays("b_sparse_flow")
    flow, mask = sparse_motion(found[f"{name}_landmarks"], SIZE)
    assert np.array_equal(flow, found[f"{name}_flow"][0])
    assert np.array_equal(mask, found[f"{name}_mask"][0])


def test_a_choice_of_parts_moves_only_theirs(golden):
    found = golden.arrays("b_sparse_flow")
    chosen = moving_points(("eyes", "outer_lips", "inner_lips"))
    flow, mask = sparse_motion(found["track_landmarks"][:, chosen], SIZE)
    assert np.array_equal(flow, found["eyes_mouth_flow"][0])
    assert np.array_equal(mask, found["eyes_mouth_mask"][0])


def test_the_canvas_of_the_network(golden):
    found = golden.arrays("b_sparse_flow")
    flow, mask = sparse_motion(to_canvas(found["track_landmarks"], SIZE), (CANVAS, CANVAS))
    assert np.array_equal(flow, found["track_flow_384"][0])
    assert np.array_equal(mask, found["track_mask_384"][0])
    image = nearest(image_tensor(found["first_frame_u8"]), (CANVAS, CANVAS))
    assert np.array_equal(image.numpy(), found["first_frame_384"])


@pytest.fixture(scope="module")
def network(golden) -> MotionNetwork:
    config = golden.config("cmp_config")
    made = MotionNetwork()
    assert {f"module.{name}": list(value.shape) for name, value in made.state_dict().items()} == config["names"]
    golden.fill(made, "cmp", gains=config["gains"], under="module.")
    return made


def test_dense_motion_is_the_published_one(golden, network):
    found = golden.arrays("c_cmp")
    image = nearest(image_tensor(found["first_frame_u8"]), (CANVAS, CANVAS))
    flow, mask = sparse_motion(to_canvas(found["landmarks_px"], SIZE), (CANVAS, CANVAS))
    logits = network.logits(image, torch.tensor(flow), torch.tensor(mask))
    close(logits[:, :, ::16, ::16], found["logits_every16"], 1e-4)
    close(network.expected(logits)[:, :, ::2, ::2], found["fused_192_every2"], 1e-4)
    dense = network(image, torch.tensor(flow), torch.tensor(mask))
    assert np.abs(dense[:, :, ::4, ::4].numpy() - found["flow_384_every4"]).max() <= 1e-3
    assert np.abs(dense[0].numpy() - found["flow_384_first"]).max() <= 1e-3
    assert np.abs(to_image(dense, SIZE).numpy() - found["flow_image"]).max() <= 1e-3


def test_frames_do_not_see_each_other(golden, network):
    found = golden.arrays("c_cmp")
    image = nearest(image_tensor(found["first_frame_u8"]), (CANVAS, CANVAS))
    flow, mask = sparse_motion(to_canvas(found["landmarks_px"][:3], SIZE), (CANVAS, CANVAS))
    both = network(image, torch.tensor(flow), torch.tensor(mask))
    alone = network(image, torch.tensor(flow[1:]), torch.tensor(mask[1:]))
    assert np.abs((both[1:] - alone).numpy()).max() <= 1e-3


def test_all_parts_hold_all_points():
    assert sorted(moving_points(PARTS)) == list(range(68))
