# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as prompts: how a picture looks, by CLIP, and a UNet that heeds it (IP-Adapter, arXiv 2308.06721)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file
from torch.nn import functional

from .checks import as_damaged, require_numbers
from .files import damaged, listed

TOKENS = 4  # a picture is as many words
# What pictures of the image encoder's training had on the mean, and how far they were spread (Radford et al., 2021).
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_SPREAD = (0.26862954, 0.26130258, 0.27577711)
_PARTS = ("image_proj", "ip_adapter")


def read_adapter(path: Path) -> dict[str, dict[str, torch.Tensor]]:
    """The two parts of an adapter's file, of either published kind. Raises MODEL_DAMAGED. Nothing read is run."""
    with as_damaged(path):
        if path.suffix == ".safetensors":
            found: dict[str, Any] = {part: {} for part in _PARTS}
            for name, value in load_file(path).items():
                part, _, rest = name.partition(".")
                found.setdefault(part, {})[rest] = value
        else:
            found = torch.load(path, map_location="cpu", weights_only=True)
        parts = {part: dict(found[part]) for part in _PARTS}
        for state in parts.values():
            require_numbers(state, path)
    return parts


def attach(unet: UNet2DConditionModel, adapter: dict[str, dict[str, torch.Tensor]], path: Path, *, looks: int) -> None:
    """Have a UNet heed pictures. looks: how wide the image encoder's vectors are.

    Raises MODEL_DAMAGED for an adapter of another kind or for other networks.
    """
    width = unet.config.cross_attention_dim
    wanted = {("image_proj", "proj.weight"): (TOKENS * width, looks), ("image_proj", "proj.bias"): (TOKENS * width,)}
    wanted |= {("image_proj", f"norm.{name}"): (width,) for name in ("weight", "bias")}
    for number, size in enumerate(_cross_widths(unet)):  # the attentions of a picture to itself, in between, have none
        wanted |= {("ip_adapter", f"{2 * number + 1}.to_{name}_ip.weight"): (size, width) for name in "kv"}
    missing = [".".join(name) for name in wanted if name[1] not in adapter[name[0]]]
    if missing:
        raise damaged(path, f"tensors are missing: {listed(missing)}")
    other = [
        f"{'.'.join(name)} {tuple(adapter[name[0]][name[1]].shape)} instead of {shape}"
        for name, shape in wanted.items()
        if tuple(adapter[name[0]][name[1]].shape) != shape
    ]
    if other:
        raise damaged(path, f"tensors are of another shape: {listed(other)}")
    with as_damaged(path):
        _adapted(unet).load_ip_adapter(
            adapter, subfolder="", weight_name="", image_encoder_folder=None, low_cpu_mem_usage=False
        )


def set_scale(unet: UNet2DConditionModel, scale: float) -> None:
    """How much a UNet heeds the picture that it is given: 1 as it was trained, 0 not at all."""
    _adapted(unet).set_ip_adapter_scale(scale)


def _adapted(unet: UNet2DConditionModel) -> Any:
    """As much of a pipeline as diffusers' way to load an adapter needs."""
    # not before it is used: what it imports has words about packages that nobody here needs
    from diffusers.loaders import IPAdapterMixin

    pipeline = IPAdapterMixin()
    pipeline.unet = unet
    return pipeline


def _cross_widths(unet: UNet2DConditionModel) -> list[int]:
    """How wide each attention to the words is, in the adapter's order."""
    names = [name.removesuffix(".processor") for name in unet.attn_processors if name.endswith("attn2.processor")]
    return [unet.get_submodule(name).to_k.out_features for name in names]


def squared(rgb: np.ndarray, side: int) -> torch.Tensor:
    """(1, 3, side, side) float32, as CLIP takes pictures: all of it, made to fit, with the mean colour around.

    Its own preparation cuts the middle out; of two eyes side by side that would leave the nose.
    """
    height, width = rgb.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    pixels = (resized(rgb, size) - torch.tensor(_MEAN).view(1, 3, 1, 1)) / torch.tensor(_SPREAD).view(1, 3, 1, 1)
    left, top = (side - size[1]) // 2, (side - size[0]) // 2
    return functional.pad(pixels, (left, side - size[1] - left, top, side - size[0] - top))


def resized(rgb: np.ndarray, size: tuple[int, int]) -> torch.Tensor:
    """(1, 3, height, width) float32 of 0 to 1. As bytes until it is small: four bytes a number would be a gigabyte of a
    large painting."""
    pixels = torch.from_numpy(np.ascontiguousarray(rgb)).permute(2, 0, 1)[None]
    return functional.interpolate(pixels, size=size, mode="bicubic", antialias=True, align_corners=False).float() / 255


def look_of(encoder: Any, rgb: np.ndarray) -> torch.Tensor:
    """(1, D) float32: the encoder's vector of a picture (H, W, 3) uint8, of any length."""
    pixels = squared(rgb, encoder.config.image_size).to(encoder.device, encoder.dtype)
    look: torch.Tensor = encoder(pixels).image_embeds.float()
    return look
