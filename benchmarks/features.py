# SPDX-License-Identifier: GPL-3.0-or-later
"""What features of a picture cost at the published widths: steps, arithmetic, memory, and time.

FLOP and memory are counted without data (_counting.py), at 512 x 512 px. The baseline is whole passes of the UNet
where ours end at the up-block. Time is measured with random weights where there is a CUDA device; else a part of the
UNet is run on the CPU, and all of it estimated by its arithmetic: one thread's own time, so that what else the machine
does hardly counts.

    python -m benchmarks.features
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from benchmarks._counting import Need, need, without_data
from core.match.features.diffusion import DiffusionExtractor, Recipe
from core.match.features.weights import Networks

UNET: dict[str, Any] = {
    "sample_size": 64, "block_out_channels": (320, 640, 1280, 1280), "cross_attention_dim": 768,
    "attention_head_dim": 8,
}  # fmt: skip
VAE: dict[str, Any] = {
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
    "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2,
}  # fmt: skip
ENCODER: dict[str, Any] = {
    "hidden_size": 1280, "intermediate_size": 5120, "projection_dim": 1024, "num_hidden_layers": 32,
    "num_attention_heads": 16, "image_size": 224, "patch_size": 14, "hidden_act": "gelu",
}  # fmt: skip
SCHEDULER: dict[str, Any] = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
    "set_alpha_to_one": False, "steps_offset": 1, "clip_sample": False,
}  # fmt: skip
ITEMS = 5  # of a gallery, at most, that are seen under a character's look: one for each region of the face
QUICK = Recipe(steps=10, ensemble=2)  # 301 is among the times of ten steps, too

Figure = dict[str, Any]


def run() -> list[Figure]:
    """The figures: steps, arithmetic and memory first, then time."""
    made = list(counted())
    picture = next(figure["value"] for figure in made if figure["name"].startswith("a picture:"))
    return made + list(timed(picture * 1e12))


def counted() -> Iterator[Figure]:
    """Passes and TFLOP of a picture and of a character, GB of the networks and of what is alive beside them."""
    with without_data():
        networks = _networks()
        extractor, encoder = _extractor(networks), networks.encoder
        assert encoder is not None
        latent, given = torch.empty(1, 4, 64, 64), {"encoder_hidden_states": networks.words}
        whole, _ = need(lambda: networks.unet(latent, 301, **given), networks=[networks.unet])
        part, _ = need(lambda: extractor._stopped(latent, given), networks=[networks.unet])
        seen, _ = need(lambda: networks.vae.encode(torch.empty(1, 3, 512, 512)), networks=[networks.vae])
        look, _ = need(lambda: encoder(torch.empty(1, 3, 224, 224)), networks=[encoder])
    yield _figure("a pass of the UNet that ends at the up-block", _t(part), "TFLOP", _t(whole))
    yield _figure("a picture's latent", _t(seen), "TFLOP")
    yield _figure("a picture's look", _t(look), "TFLOP")
    for recipe, words in ((Recipe(), ""), (QUICK, ", 10 steps, 2 latents")):
        steps = _steps(recipe)
        one = steps * _t(whole) + recipe.ensemble * _t(part)
        plain = (steps + recipe.ensemble) * _t(whole)
        name = f"a picture: {steps} whole passes, {recipe.ensemble} that end early{words}"
        yield _figure(name, one + _t(seen), "TFLOP", plain + _t(seen))
        views = 2 + ITEMS  # the picture from afar and from close by, and the items under its look
        yield _figure(
            f"a character: {views} views, {1 + ITEMS} of them under a look{words}",
            views * (one + _t(seen)) + (1 + ITEMS) * _t(look),
            "TFLOP",
            views * (plain + _t(seen)) + (1 + ITEMS) * _t(look),
        )
    weights = 2 * (_count(networks.unet) + _count(encoder)) + 4 * _count(networks.vae)
    yield _figure("the networks, half precision, the VAE's encoder single", weights / 1e9, "GB")
    yield _figure("alive beside them in a pass of the UNet, half precision", whole.peak / 2e9, "GB")
    yield _figure("alive beside them in the VAE's encoder", seen.peak / 1e9, "GB")


def timed(flop: float) -> Iterator[Figure]:
    """Seconds of a picture, measured or estimated from its FLOP."""
    if torch.cuda.is_available():
        yield _figure(f"a picture on {torch.cuda.get_device_name()}, random weights", _measured(), "s")
        return
    rate = _rate()
    yield _figure("the CPU, one thread, a block of the UNet", rate / 1e9, "GFLOP/s")
    yield _figure("a picture on one thread of the CPU, estimated", flop / rate, "s")


def _networks() -> Networks:
    vae = AutoencoderKL(**VAE)
    vae.decoder = None
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**ENCODER)).eval()
    return Networks(UNet2DConditionModel(**UNET).eval(), vae.eval(), encoder, torch.empty(1, 77, 768), SCHEDULER)


def _extractor(networks: Networks) -> DiffusionExtractor:
    from torch._subclasses.fake_tensor import unset_fake_temporarily

    with unset_fake_temporarily():  # its times are real numbers
        return DiffusionExtractor(networks, weights="random", guided=False, recipe=Recipe())


def _steps(recipe: Recipe) -> int:
    from core.match.features.inversion import Inversion

    return Inversion.of(SCHEDULER, steps=recipe.steps).times.index(recipe.t) + 1


def _measured() -> float:
    device = torch.device("cuda")
    with device:
        networks = _networks()
        networks.unet.half()
        networks.words.zero_()
    whole = Networks(networks.unet, networks.vae, networks.encoder, networks.words.half(), SCHEDULER)
    extractor, latent = _extractor(whole), torch.randn(1, 4, 64, 64, device=device)
    seconds = []
    with torch.inference_mode():
        for _ in range(3):
            torch.cuda.synchronize()
            begun = time.perf_counter()
            networks.vae.encode(torch.zeros(1, 3, 512, 512, device=device))
            extractor._features(latent, None)
            torch.cuda.synchronize()
            seconds.append(time.perf_counter() - begun)
    return min(seconds)


def _rate() -> float:
    """FLOP/s of one thread in the UNet's second block."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        unet = UNet2DConditionModel(
            sample_size=32, block_out_channels=(320, 640), layers_per_block=1, cross_attention_dim=768,
            attention_head_dim=8, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"), mid_block_type=None,
        )  # fmt: skip
        block = unet.down_blocks[1].eval()
        given = (torch.randn(1, 320, 32, 32), torch.randn(1, 1280), torch.randn(1, 77, 768))
        with torch.inference_mode():
            count, _ = need(block, *given, networks=[block])
            seconds = []
            for _ in range(3):
                begun = time.process_time()
                block(*given)
                seconds.append(time.process_time() - begun)
    finally:
        torch.set_num_threads(threads)
    return count.flop / min(seconds)


def _t(count: Need) -> float:
    return count.flop / 1e12


def _count(network: torch.nn.Module) -> int:
    return sum(value.numel() for value in network.parameters())


def _figure(name: str, value: float, unit: str, baseline: float | None = None) -> Figure:
    figure: Figure = {"name": name, "value": float(f"{value:.4g}"), "unit": unit}
    if baseline is not None:
        figure |= {"baseline": float(f"{baseline:.4g}"), "ratio": round(baseline / value, 3)}
    return figure


if __name__ == "__main__":
    for found in run():
        print(found)
