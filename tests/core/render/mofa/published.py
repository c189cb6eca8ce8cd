# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of the published layout with recipe weights at small widths, for the real loaders."""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file

from core.render.mofa.motion import MotionNetwork
from core.render.mofa.weights import CONTROL, MOTION, SVD
from tests.core.render.mofa.golden_arrays import Golden

CMP = f"models/cmp/experiments/semiauto_annot/resnet50_vip+mpii_liteflow/checkpoints/{MOTION}"


def write(golden: Golden, folder: Path) -> Path:
    """Everything the backend reads, below `folder`; returns it."""
    config = golden.config("tiny_config")
    svd = folder / "ckpts" / "mofa" / SVD
    for part in ("unet", "vae", "image_encoder"):
        stem = "model" if part == "image_encoder" else "diffusion_pytorch_model"
        save(golden.network(part), svd / part / f"{stem}.fp16.safetensors")
        (svd / part / "config.json").write_text(json.dumps({"_class_name": "as published", **config[part]}))
    (svd / "scheduler").mkdir()
    (svd / "scheduler" / "scheduler_config.json").write_text(json.dumps(config["scheduler"]))
    control = folder / "ckpts" / "mofa" / CONTROL
    save(golden.network("controlnet"), control / "diffusion_pytorch_model.safetensors")
    (control / "config.json").write_text(json.dumps(config["controlnet"]))
    motion = folder / CMP
    motion.parent.mkdir(parents=True)
    network = MotionNetwork()
    golden.fill(network, "cmp", gains=golden.config("cmp_config")["gains"], under="module.")
    state = {f"module.{name}": value for name, value in network.state_dict().items()}
    torch.save({"step": 42000, "state_dict": state, "optimizer": {}}, motion)
    return folder


def save(network: torch.nn.Module, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path)
