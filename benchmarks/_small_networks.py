# SPDX-License-Identifier: GPL-3.0-or-later
"""Small networks with random weights in files of the published layout, for timing the backend with its real loaders.

The motion network is of full size: it has but one.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLTemporalDecoder
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from core.render.mofa.control import ControlConfig, ControlNetwork
from core.render.mofa.motion import MotionNetwork
from core.render.mofa.unet import ControlledUNet
from core.render.mofa.weights import CONTROL, MOTION, PUBLISHED_ENCODER, PUBLISHED_VAE, SVD

CONFIG = ControlConfig(widths=(32, 64, 64, 64), heads=(2, 4, 2, 4), layers=1, embedding=32, time_width=16)
UNET = {
    "block_out_channels": CONFIG.widths, "layers_per_block": CONFIG.layers,
    "cross_attention_dim": CONFIG.embedding, "addition_time_embed_dim": CONFIG.time_width,
    "projection_class_embeddings_input_dim": 3 * CONFIG.time_width, "num_attention_heads": (2, 4, 4, 4),
}  # fmt: skip
_VAE = {**PUBLISHED_VAE, "block_out_channels": [32, 32, 32, 32], "layers_per_block": 1}
_ENCODER = {**PUBLISHED_ENCODER, "hidden_size": 32, "intermediate_size": 64, "projection_dim": CONFIG.embedding,
            "num_hidden_layers": 2, "num_attention_heads": 2}  # fmt: skip


def write(folder: Path, scheduler: dict) -> Path:
    """All that the backend loads, below `folder`; returns it. scheduler: config of the noise levels."""
    torch.manual_seed(0)
    encoder = CLIPVisionModelWithProjection(CLIPVisionConfig(**_ENCODER))
    parts: list[tuple[str, str, nn.Module, dict]] = [
        (f"{SVD}/unet", "diffusion_pytorch_model.fp16", ControlledUNet(**UNET), UNET),
        (f"{SVD}/vae", "diffusion_pytorch_model.fp16", AutoencoderKLTemporalDecoder.from_config(_VAE), _VAE),
        (f"{SVD}/image_encoder", "model.fp16", encoder, _ENCODER),
        (CONTROL, "diffusion_pytorch_model", ControlNetwork(CONFIG), _control_config()),
    ]
    for place, stem, network, config in parts:
        (folder / place).mkdir(parents=True)
        tensors = {name: value.contiguous() for name, value in network.state_dict().items()}
        save_file(tensors, folder / place / f"{stem}.safetensors")
        (folder / place / "config.json").write_text(json.dumps(config))
    (folder / SVD / "scheduler").mkdir()
    (folder / SVD / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler))
    state = {f"module.{name}": value for name, value in MotionNetwork().state_dict().items()}
    torch.save({"step": 0, "state_dict": state, "optimizer": {}}, folder / MOTION)
    return folder


def _control_config() -> dict:
    return {
        "block_out_channels": CONFIG.widths, "layers_per_block": CONFIG.layers, "num_attention_heads": CONFIG.heads,
        "cross_attention_dim": CONFIG.embedding, "addition_time_embed_dim": CONFIG.time_width,
        "projection_class_embeddings_input_dim": 3 * CONFIG.time_width, "in_channels": CONFIG.channels,
    }  # fmt: skip
