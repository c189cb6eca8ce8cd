# SPDX-License-Identifier: GPL-3.0-or-later
"""The published networks, built without weights: their files have the sizes on record, and the adapter fits."""

import pytest

torch = pytest.importorskip("torch", reason="this environment has no torch")
pytest.importorskip("diffusers", reason="this environment has no diffusers")

from diffusers import AutoencoderKL, UNet2DConditionModel  # noqa: E402
from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection  # noqa: E402

from core.errors import ErrorCode, FaceShotError  # noqa: E402
from core.hub_models import ADAPTER, FEATURES  # noqa: E402
from core.match.features.diffusion import DiffusionExtractor, Recipe  # noqa: E402
from core.match.features.guidance import attach  # noqa: E402
from core.match.features.weights import Networks  # noqa: E402
from tests.core.match.features.small_networks import SCHEDULER, adapter  # noqa: E402

HEADER = 0.001  # names and places of tensors, as a part of the whole


@pytest.fixture(scope="module")
def networks():
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            sample_size=64, block_out_channels=(320, 640, 1280, 1280), cross_attention_dim=768, attention_head_dim=8
        )
        vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(128, 256, 512, 512), layers_per_block=2,
        )  # fmt: skip
        encoder = CLIPVisionModelWithProjection(
            CLIPVisionConfig(
                hidden_size=1280, intermediate_size=5120, projection_dim=1024, num_hidden_layers=32,
                num_attention_heads=16, image_size=224, patch_size=14, hidden_act="gelu",
            )
        )  # fmt: skip
        text = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12
            )
        )
    return {"unet": unet, "vae": vae, "image_encoder": encoder, "text_encoder": text}


def published(place):
    return next(file.size for part in FEATURES.parts for file in part.files if file.place.startswith(place))


def parameters(tensors):
    return sum(tensor.numel() for tensor in tensors)


@pytest.mark.parametrize(
    ("part", "place", "each", "count"),
    [
        ("unet", "unet/diffusion", 2, 859_520_964),
        ("vae", "vae/diffusion", 2, 83_653_863),
        ("text_encoder", "text_encoder/model", 2, 123_060_480),
        ("image_encoder", "image_encoder/model", 4, 632_076_800),
    ],
)
def test_the_table_s_sizes_are_those_of_the_networks(networks, part, place, each, count):
    assert parameters(networks[part].parameters()) == count
    assert each * count < published(place) < each * count * (1 + HEADER)


def test_the_adapter_of_the_published_widths_has_the_published_size(networks):
    with torch.device("meta"):
        parts = adapter(networks["unet"], words=768, looks=1024)
    assert sorted(parts["ip_adapter"], key=lambda name: int(name.split(".")[0]))[-1].startswith("31.")
    size = 2 * sum(parameters(state.values()) for state in parts.values())
    assert size < published(ADAPTER) < size * (1 + HEADER)


def test_the_published_networks_make_1280_channels_a_sixteenth_of_the_picture(networks):
    words = torch.empty(1, 77, 768, device="meta")
    whole = Networks(networks["unet"], networks["vae"], networks["image_encoder"], words, SCHEDULER)
    extractor = DiffusionExtractor(whole, weights="", guided=False, recipe=Recipe())
    assert {name: extractor.config[name] for name in ("channels", "stride", "side", "t")} == {
        "channels": 1280, "stride": 16, "side": 512, "t": 301
    }  # fmt: skip
    found = extractor._stopped(torch.empty(1, 4, 64, 64, device="meta"), {"encoder_hidden_states": words})
    assert found.shape == (1, 1280, 32, 32)


def test_an_adapter_for_other_networks_is_refused(networks, tmp_path):
    with torch.device("meta"):
        parts = adapter(networks["unet"], words=1024, looks=1024)
    with pytest.raises(FaceShotError, match=r"image_proj\.proj\.bias \(4096,\) instead of \(3072,\)") as caught:
        attach(networks["unet"], parts, tmp_path / "ip-adapter_sd21.bin", looks=1024)
    assert caught.value.code is ErrorCode.MODEL_DAMAGED
