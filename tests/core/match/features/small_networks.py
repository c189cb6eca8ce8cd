# SPDX-License-Identifier: GPL-3.0-or-later
"""Stable Diffusion 1.5 and IP-Adapter, tiny and random, in files as they are published, written by the libraries' own
save_pretrained."""

from __future__ import annotations

import json
import string
from collections.abc import Callable
from pathlib import Path

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModelWithProjection

SIDE = 128  # 8 x 8 cells
WORDS, LOOKS = 32, 48  # how wide
WIDTHS = (32, 32, 64, 64)
SCHEDULER = {
    "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "beta_start": 0.00085, "num_train_timesteps": 1000, "set_alpha_to_one": False, "skip_prk_steps": True,
    "steps_offset": 1, "trained_betas": None, "clip_sample": False,
}  # fmt: skip
# The VAE was published before its attention got its present names.
OLD_NAMES = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def write(folder: Path, *, half: bool = False, binary: bool = False) -> Path:
    """All that is loaded, below `folder`; returns it. half: the fp16 variant of Stable Diffusion · binary: the adapter
    as a .bin."""
    base, beside = folder / "stable-diffusion-v1-5", folder / "ip-adapter"
    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        sample_size=64, block_out_channels=WIDTHS, cross_attention_dim=WORDS, attention_head_dim=2, layers_per_block=2
    )
    _waken(unet)
    kind = torch.float16 if half else torch.float32
    given = {"variant": "fp16"} if half else {}
    unet.to(kind).save_pretrained(base / "unet", **given)
    vae = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
        block_out_channels=(32,) * 4, layers_per_block=1, latent_channels=4, sample_size=512, scaling_factor=0.18215,
    )  # fmt: skip
    vae.to(kind).save_pretrained(base / "vae", **given)
    change(next((base / "vae").glob("*.safetensors")), _older_names)
    _text(base, kind, given)
    (base / "scheduler").mkdir()
    (base / "scheduler" / "scheduler_config.json").write_text(json.dumps(SCHEDULER))
    encoder = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=32, intermediate_size=64, projection_dim=LOOKS, num_hidden_layers=2, num_attention_heads=2,
            image_size=56, patch_size=14, hidden_act="gelu",
        )
    )  # fmt: skip
    encoder.save_pretrained(beside / "image_encoder")
    write_adapter(beside, adapter(unet), binary=binary)
    return folder


def _waken(unet: UNet2DConditionModel) -> None:
    """Attention of random weights hardly changes anything; a trained one does."""
    for name, value in unet.named_parameters():
        if "attn2.to_out.0.weight" in name or "attn2.to_v" in name:
            value.data.mul_(4)


def adapter(
    unet: UNet2DConditionModel, *, words: int = WORDS, looks: int = LOOKS
) -> dict[str, dict[str, torch.Tensor]]:
    """The plain adapter's tensors, with the names and numbers that they are published with."""
    crosses = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    sizes = [unet.get_submodule(name.removesuffix(".processor")).to_k.out_features for name in crosses]
    assert len(sizes) == 16
    return {
        "image_proj": {
            "proj.weight": torch.randn(4 * words, looks), "proj.bias": torch.randn(4 * words),
            "norm.weight": torch.ones(words), "norm.bias": torch.zeros(words),
        },
        "ip_adapter": {
            f"{2 * number + 1}.to_{name}_ip.weight": torch.randn(size, words) / 4
            for number, size in enumerate(sizes)
            for name in ("k", "v")
        },
    }  # fmt: skip


def write_adapter(beside: Path, parts: dict, *, binary: bool = False) -> Path:
    if binary:
        torch.save(parts, beside / "ip-adapter_sd15.bin")
        return beside / "ip-adapter_sd15.bin"
    named = {f"{part}.{name}": value.contiguous() for part, state in parts.items() for name, value in state.items()}
    save_file(named, beside / "ip-adapter_sd15.safetensors", metadata={"format": "pt"})
    return beside / "ip-adapter_sd15.safetensors"


def change(path: Path, how: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]) -> None:
    """Have the tensors of a file be what `how` makes of them."""
    state = {name: value.clone() for name, value in load_file(path).items()}
    save_file(how(state), path, metadata={"format": "pt"})


def _older_names(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    made = {}
    for name, value in state.items():
        for new, old in OLD_NAMES.items():
            if "attentions" in name:
                name = name.replace(f".{new}.", f".{old}.")
        made[name] = value
    assert any("proj_attn" in name for name in made)
    return made


def _with_its_prefix(state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    named = {f"text_model.{name.removeprefix('text_model.')}": value for name, value in state.items()}
    return {**named, "text_model.embeddings.position_ids": torch.arange(77)[None]}


def _text(base: Path, kind: torch.dtype, given: dict) -> None:
    letters = list(string.ascii_letters + string.digits + string.punctuation)
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), "fa", "ce</w>", "<|startoftext|>", "<|endoftext|>"]
    encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokens), hidden_size=WORDS, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=77, bos_token_id=len(tokens) - 2, eos_token_id=len(tokens) - 1,
        )
    )  # fmt: skip
    encoder.to(kind).save_pretrained(base / "text_encoder", **given)
    change(next((base / "text_encoder").glob("*.safetensors")), _with_its_prefix)
    folder = base / "tokenizer"
    folder.mkdir()
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\nf a\nc e</w>\n")
    end = {
        "__type": "AddedToken", "content": "<|endoftext|>", "lstrip": False, "normalized": True, "rstrip": False,
        "single_word": False,
    }  # fmt: skip
    settings = {
        "tokenizer_class": "CLIPTokenizer", "model_max_length": 77, "do_lower_case": True, "add_prefix_space": False,
        "bos_token": {**end, "content": "<|startoftext|>"}, "eos_token": end, "unk_token": end,
        "pad_token": "<|endoftext|>", "errors": "replace",
        "name_or_path": "openai/clip-vit-large-patch14", "special_tokens_map_file": "./special_tokens_map.json",
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
