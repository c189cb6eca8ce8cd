# SPDX-License-Identifier: GPL-3.0-or-later
"""Stable Diffusion 1.5 and its IP-Adapter from a local folder, by diffusers' own loaders, and nothing that is amiss.

The loaders fill tensors that a file lacks with random ones and only warn: here that is an error. Nothing is asked of
the network, and nothing that is read is run.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from diffusers.utils import logging as diffusers_words
from transformers import CLIPTextModel, CLIPTokenizer, CLIPVisionModelWithProjection
from transformers.utils import logging as transformers_words

from .checks import as_damaged, require_numbers
from .files import FeatureFiles, damaged, listed, read_json, tensors_of
from .guidance import attach, read_adapter

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Networks:
    """In eval mode, without gradients. words (1, 77, D): the text that every picture is seen with · scheduler: its
    config · encoder: None where there is none. The VAE is without its decoder, and float32: it is small."""

    unet: UNet2DConditionModel
    vae: AutoencoderKL
    encoder: CLIPVisionModelWithProjection | None
    words: torch.Tensor
    scheduler: dict[str, Any]


def load(files: FeatureFiles, *, prompt: str, device: torch.device, dtype: torch.dtype) -> Networks:
    """Load all parts. Raises MODEL_DAMAGED, naming the file: it cannot be read, its tensors are not the network's, or
    are no numbers."""
    with _quietly():
        unet = _loaded(UNet2DConditionModel, files.base / "unet", dtype)
        vae = _loaded(AutoencoderKL, files.base / "vae", torch.float32)
        words = _words(files.base, prompt)
        encoder = None if files.encoder is None else _loaded(CLIPVisionModelWithProjection, files.encoder, dtype)
        if files.adapter is not None:
            assert encoder is not None
            attach(unet, read_adapter(files.adapter), files.adapter, looks=encoder.config.projection_dim)
    if words.shape[-1] != unet.config.cross_attention_dim:
        told = f"its words are {words.shape[-1]} wide, those of the UNet {unet.config.cross_attention_dim}"
        raise damaged(tensors_of(files.base / "text_encoder"), told)
    vae.decoder = None  # half of it, and never used
    for network in (unet, vae, encoder):
        if network is not None:
            network.to(device).eval().requires_grad_(False)
    return Networks(
        unet, vae, encoder, words.to(device, dtype), read_json(files.base / "scheduler/scheduler_config.json")
    )


def _words(base: Path, prompt: str) -> torch.Tensor:
    """(1, 77, D): the text as the UNet reads it. Its encoder is not kept."""
    encoder = _loaded(CLIPTextModel, base / "text_encoder", torch.float32)
    with as_damaged(base / "tokenizer" / "vocab.json"):
        tokenizer = CLIPTokenizer.from_pretrained(base / "tokenizer", local_files_only=True)
        if len(tokenizer) != encoder.config.vocab_size:
            raise ValueError(f"it has {len(tokenizer)} words, the text encoder {encoder.config.vocab_size}")
        length = encoder.config.max_position_embeddings
        numbers = tokenizer([prompt], padding="max_length", max_length=length, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            words: torch.Tensor = encoder(numbers.input_ids)[0]
    return words.clone()


def _loaded(kind: Any, folder: Path, dtype: torch.dtype) -> Any:
    path = tensors_of(folder)
    read_json(folder / "config.json")
    diffusers_own = kind in (UNet2DConditionModel, AutoencoderKL)
    given: dict[str, Any] = {"torch_dtype": dtype, "low_cpu_mem_usage": False} if diffusers_own else {"dtype": dtype}
    if ".fp16." in path.name:
        given["variant"] = "fp16"
    with as_damaged(path):
        network, told = kind.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True, **given
        )
    for what, names in (("missing", told["missing_keys"]), ("of another shape", told["mismatched_keys"])):
        if names:
            raise damaged(path, f"tensors are {what}: {listed(names)}")
    if told["unexpected_keys"]:
        log.info("%s holds tensors that are not used: %s", path, listed(told["unexpected_keys"]))
    require_numbers(network.state_dict(), path)
    return network


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What the loaders would print to a terminal is told as errors, or not at all."""
    before = [(words, words.get_verbosity()) for words in (diffusers_words, transformers_words)]
    bars = transformers_words.is_progress_bar_enabled()
    try:
        for words, _ in before:
            words.set_verbosity_error()
        transformers_words.disable_progress_bar()
        yield
    finally:
        for words, level in before:
            words.set_verbosity(level)
        if bars:
            transformers_words.enable_progress_bar()
