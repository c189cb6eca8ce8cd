# SPDX-License-Identifier: GPL-3.0-or-later
"""The control network and the UNet against the published implementation; at the full widths by names and shapes."""

import numpy as np
import pytest
import torch
from diffusers.models.attention import FeedForward

from core.render.mofa.attention import Embeddings, attend, in_pieces
from core.render.mofa.control import SCALES, ControlNetwork
from core.render.mofa.unet import ControlledUNet
from tests.core.render.mofa.golden_arrays import close

LIMIT = 5e-5
CASES = {"b1": ("b1", "fixed"), "b2_legacy": ("b2_legacy", "legacy"), "b2_fixed": ("b2_legacy", "fixed")}


@pytest.fixture(scope="module")
def networks(golden):
    return golden.network("controlnet"), golden.network("unet")


def run(golden, networks, case: str, *, shortcut: bool):
    control, unet = networks
    inputs, order = CASES[case]
    given = {key: torch.tensor(value) for key, value in golden.arrays(f"e_controlnet_tiny_{inputs}").items()}
    embeddings = Embeddings(order=order, shortcut=shortcut)
    attend(control, embeddings)
    attend(unet, embeddings)
    pair = given["encoder_hidden_states"]
    tokens = embeddings.use(pair, tuple(range(len(pair))))
    conditions = control.conditions(
        control.features(given["controlnet_cond_one"]), given["controlnet_flow_one"][0], given["pose_one"][0]
    )
    rest = (given["timestep"], tokens, given["added_time_ids"])
    residuals, middle = control(given["sample"], *rest, [conditions] * len(pair))
    return given["sample"], rest, conditions, residuals, middle


@pytest.mark.parametrize("shortcut", [True, False], ids=["one-vector", "attention"])
@pytest.mark.parametrize("case", CASES)
def test_residuals_and_prediction_are_the_published_ones(golden, networks, case, shortcut):
    sample, rest, conditions, residuals, middle = run(golden, networks, case, shortcut=shortcut)
    wanted = golden.arrays(f"e_controlnet_tiny_{case}")
    close(middle, wanted["mid"], LIMIT)
    named = [f"down_{k:02d}" for k in range(len(residuals))]
    assert sum(name in wanted for name in named) >= len(named) - 1
    for name, residual in zip(named, residuals, strict=True):
        if name in wanted:
            close(residual, wanted[name], LIMIT)
    for scale, mask in zip(SCALES, conditions.masks, strict=True):
        if f"occlusion_{scale}" in wanted:
            close(mask.expand(len(rest[1]), *mask.shape), wanted[f"occlusion_{scale}"], LIMIT)
    unet = networks[1]
    predicted = golden.arrays(f"f_unet_tiny_{case}")
    close(unet(sample, *rest, residuals, middle), predicted["output"], LIMIT)
    none = [torch.zeros_like(residual) for residual in residuals]
    close(unet(sample, *rest, none, torch.zeros_like(middle)), predicted["output_zero_residuals"], LIMIT)


def test_without_residuals_it_is_the_library_s_own_unet(golden, networks):
    from diffusers import UNetSpatioTemporalConditionModel

    sample, (step, tokens, ids), _, residuals, middle = run(golden, networks, "b2_fixed", shortcut=True)
    plain = UNetSpatioTemporalConditionModel.from_config(golden.config("tiny_config")["unet"])
    plain.load_state_dict(networks[1].state_dict())
    plain.eval()
    none = [torch.zeros_like(residual) for residual in residuals]
    ours = networks[1](sample, step, tokens, ids, none, torch.zeros_like(middle))
    close(ours, plain(sample, step, tokens, ids).sample.numpy(), LIMIT)


@pytest.mark.parametrize("order", ["fixed", "legacy"])
@pytest.mark.parametrize("positions", [6, 9])
def test_the_pair_s_rows_are_the_same_however_it_is_batched(order, positions):
    pair = torch.tensor([[[0.0]], [[1.0]]])
    together, one, other = (Embeddings(order=order) for _ in range(3))
    for embeddings, halves in ((together, (0, 1)), (one, (0,)), (other, (1,))):
        embeddings.use(pair, halves)
    rows = together.of_rows(2 * positions, temporal=True)
    apart = [embeddings.of_rows(positions, temporal=True) for embeddings in (one, other)]
    assert torch.equal(rows, torch.cat(apart))
    published = (
        torch.arange(2 * positions) % 2 if order == "legacy" else torch.tensor([0, 1]).repeat_interleave(positions)
    )
    assert torch.equal(rows, published)


@pytest.mark.parametrize("pieces", [1, 2, 4, 7])
def test_feed_forward_in_pieces_gives_the_same(golden, networks, pieces):
    unet = networks[1]
    sample, rest, _, residuals, middle = run(golden, networks, "b2_fixed", shortcut=True)
    whole = unet(sample, *rest, residuals, middle)
    layer = next(module for module in unet.modules() if isinstance(module, FeedForward))
    rows = torch.randn(9, 3, layer.net[0].proj.in_features)
    assert torch.allclose(in_pieces(layer, rows, pieces), FeedForward.forward(layer, rows), atol=1e-6)
    embeddings = Embeddings()
    attend(unet, embeddings, pieces=pieces)
    embeddings.use(rest[1], (0, 1))
    close(unet(sample, *rest, residuals, middle), whole.numpy(), 1e-5)


def test_the_published_widths():
    with torch.device("meta"):
        control, unet = ControlNetwork(), ControlledUNet()
    shapes = {name: tuple(value.shape) for name, value in control.state_dict().items()}
    assert len(shapes) == 765
    assert sum(value.numel() for value in control.parameters()) == 722_453_685
    groups = {
        "conv_in": (2, 23_360),
        "time_embedding": (4, 2_050_560),
        "add_embedding": (4, 2_624_000),
        "down_blocks": (520, 479_185_614),
        "mid_block": (99, 185_571_843),
        "controlnet_down_blocks": (24, 9_840_000),
        "controlnet_mid_block": (2, 1_639_680),
        "controlnet_cond_embedding": (16, 1_086_480),
        "controlnet_ldmk_embedding": (16, 514_896),
        "flow_encoder": (6, 10_139_840),
        "zero_outs": (8, 2_255_360),
        "occlusions": (64, 27_522_052),
    }
    for group, (tensors, parameters) in groups.items():
        own = [shape for name, shape in shapes.items() if name.split(".")[0] == group]
        assert (len(own), sum(int(np.prod(shape)) for shape in own)) == (tensors, parameters), group
    assert len(unet.state_dict()) == 1428
    assert sum(value.numel() for value in unet.parameters()) == 1_524_623_082
    assert unet.residual_counts() == [4, 4, 4, 4, 3, 3, 3, 2, 2, 2, 1, 1]
    # heads of the two networks differ where their shapes do not
    assert [block.attentions[0].transformer_blocks[0].attn1.heads for block in control.down_blocks[:3]] == [5, 10, 10]
    assert [block.attentions[0].transformer_blocks[0].attn1.heads for block in unet.down_blocks[:3]] == [5, 10, 20]


def test_the_published_widths_of_the_picture_s_networks():
    from diffusers import AutoencoderKLTemporalDecoder
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    from core.render.mofa.weights import PUBLISHED_ENCODER, PUBLISHED_VAE

    with torch.device("meta"):
        vae = AutoencoderKLTemporalDecoder.from_config(PUBLISHED_VAE)
        encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**PUBLISHED_ENCODER))
    assert (len(vae.state_dict()), sum(p.numel() for p in vae.parameters())) == (374, 97_742_847)
    assert (len(encoder.state_dict()), sum(p.numel() for p in encoder.parameters())) == (520, 632_076_800)
