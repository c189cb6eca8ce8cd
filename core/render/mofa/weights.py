# SPDX-License-Identifier: GPL-3.0-or-later
"""The published files of Stable Video Diffusion and the landmark adapter, loaded strictly from a local folder."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLTemporalDecoder
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from ...errors import ErrorCode, FaceShotError
from ...hub_models import CONTROL, MOFA, MOTION, SVD
from .control import ControlConfig, ControlNetwork
from .motion import MotionNetwork
from .unet import ControlledUNet

_WIDTHS = (320, 640, 1280, 1280)
_HEADS = (5, 10, 10, 20)
_NAMED = 3

# What the published folders hold, for reading their sizes where no file is at hand.
PUBLISHED_VAE = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "block_out_channels": [128, 256, 512, 512],
    "layers_per_block": 2,
    "latent_channels": 4,
    "sample_size": 768,
    "scaling_factor": 0.18215,
    "force_upcast": True,
}
PUBLISHED_ENCODER = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "projection_dim": 1024,
    "num_hidden_layers": 32,
    "num_attention_heads": 16,
    "image_size": 224,
    "patch_size": 14,
    "hidden_act": "gelu",
}


@dataclass(frozen=True)
class MofaFiles:
    """Where the parts lie: the folder of SVD-XT 1.1, the folder of the control network, the motion network's file."""

    svd: Path
    control: Path
    motion: Path

    def all(self) -> list[Path]:
        """Every file that is read, in a fixed order."""
        return [
            self.svd / "scheduler" / "scheduler_config.json",
            *(self.svd / part / "config.json" for part in ("unet", "vae", "image_encoder")),
            *(_tensors(self.svd / part) for part in ("unet", "vae", "image_encoder")),
            self.control / "config.json",
            _tensors(self.control),
            self.motion,
        ]


@dataclass(frozen=True, eq=False)
class Networks:
    """Everything that draws: in eval mode, without gradients. scheduler: the config of the noise levels."""

    unet: ControlledUNet
    control: ControlNetwork
    vae: AutoencoderKLTemporalDecoder
    encoder: CLIPVisionModelWithProjection
    motion: MotionNetwork
    scheduler: dict[str, Any]


def find(folder: Path) -> MofaFiles:
    """The parts below `folder`, in the published layout or with the three side by side.

    Raises MODEL_MISSING, naming all that is not there.
    """
    folder = Path(folder)
    svd, control, motion = (part.root(folder) for part in MOFA.parts)
    files = MofaFiles(svd=svd, control=control, motion=motion / MOTION)
    missing = [path for path in files.all() if not path.is_file()]
    if missing:
        named = ", ".join(_below(folder, path) for path in missing[:_NAMED])
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise FaceShotError(
            ErrorCode.MODEL_MISSING,
            f"{folder} lacks files of the diffusion model: {named}{more}.",
            hint=f"Fetch them with `python -m core models fetch {MOFA.name}`; or name a folder that holds {SVD}, "
            f"{CONTROL} and {MOTION}, as they are published, with {MOFA.variable}.",
        )
    return files


def load(files: MofaFiles, *, device: str | torch.device = "cpu", dtype: torch.dtype = torch.float32) -> Networks:
    """Load all parts strictly. The motion network stays in float32.

    Raises MODEL_DAMAGED for a file that cannot be read, or whose tensors are not exactly the network's: the first
    ones that are missing, too many or of another shape are named. Nothing that is read is executed.
    """
    unet = _json(files.svd / "unet" / "config.json")
    control = _json(files.control / "config.json")
    vae = _json(files.svd / "vae" / "config.json")
    encoder = _json(files.svd / "image_encoder" / "config.json")
    place = {"device": device, "dtype": dtype}
    return Networks(
        unet=_loaded(lambda: ControlledUNet.from_config(unet), _tensors(files.svd / "unet"), **place),
        control=_loaded(lambda: ControlNetwork(control_config(control)), _tensors(files.control), **place),
        vae=_loaded(lambda: AutoencoderKLTemporalDecoder.from_config(vae), _tensors(files.svd / "vae"), **place),
        encoder=_loaded(
            lambda: CLIPVisionModelWithProjection(CLIPVisionConfig(**_plain(encoder))),
            _tensors(files.svd / "image_encoder"),
            **place,
        ),
        motion=_loaded(MotionNetwork, files.motion, device=device, dtype=torch.float32),
        scheduler=_json(files.svd / "scheduler" / "scheduler_config.json"),
    )


def control_config(found: Mapping[str, Any]) -> ControlConfig:
    """The widths of a control network's config.json.

    At the published widths its heads are not read: the published class hands none of them on, so they are
    (5, 10, 10, 20) whatever the file says.
    """
    widths = tuple(found.get("block_out_channels", _WIDTHS))
    layers = found.get("layers_per_block", 2)
    return ControlConfig(
        widths=widths,
        heads=_HEADS if widths == _WIDTHS else tuple(found.get("num_attention_heads", _HEADS)),
        layers=layers if isinstance(layers, int) else layers[0],
        embedding=found.get("cross_attention_dim", 1024),
        time_width=found.get("addition_time_embed_dim", 256),
        image_widths=tuple(found.get("conditioning_embedding_out_channels", (16, 32, 96, 256))),
    )


def _loaded(make: Callable[[], nn.Module], path: Path, *, device: str | torch.device, dtype: torch.dtype) -> Any:
    try:
        with torch.device("meta"):
            network = make()
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise _damaged(path.with_name("config.json"), f"it describes no network ({error})") from error
    state = _read(path)
    _compare(network, state, path)
    placed = {
        name: value.to(device, dtype if value.is_floating_point() else value.dtype) for name, value in state.items()
    }
    network.load_state_dict(placed, strict=False, assign=True)
    _fill_buffers(network, device)
    return network.eval().requires_grad_(False)


def _read(path: Path) -> dict[str, torch.Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
        state = found["state_dict"]
        return {name.removeprefix("module."): value for name, value in state.items()}
    except pickle.UnpicklingError as error:
        raise _damaged(path, "it holds more than tensors, or is no such file; nothing of it was run") from error
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(path, f"it cannot be read ({type(error).__name__}: {error})") from error


def _compare(network: nn.Module, state: Mapping[str, torch.Tensor], path: Path) -> None:
    wanted = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    missing = [name for name in wanted if name not in state and not name.endswith("num_batches_tracked")]
    extra = [name for name in state if name not in wanted and not name.endswith("position_ids")]
    shapes = [
        f"{name} {tuple(state[name].shape)} instead of {shape}"
        for name, shape in wanted.items()
        if name in state and tuple(state[name].shape) != shape
    ]
    told = [
        f"{what}: {', '.join(names[:_NAMED])}{f' and {len(names) - _NAMED} more' if len(names) > _NAMED else ''}"
        for what, names in (("missing", missing), ("not known", extra), ("of another shape", shapes))
        if names
    ]
    if told:
        raise _damaged(path, "its tensors are not the network's; " + "; ".join(told))


def _fill_buffers(network: nn.Module, device: str | torch.device) -> None:
    """Give buffers that no file holds their values: position numbers, bins, counters."""
    for module in network.modules():
        for name, value in list(module._buffers.items()):
            if value is None or value.device.type != "meta":
                continue
            if name == "position_ids":
                module._buffers[name] = torch.arange(value.numel(), device=device).view(value.shape)
            elif name == "num_batches_tracked":
                module._buffers[name] = torch.zeros((), dtype=torch.long, device=device)
            else:
                fresh = type(module)()._buffers[name]
                assert fresh is not None
                module._buffers[name] = fresh.to(device)


def _tensors(folder: Path) -> Path:
    stems = ("diffusion_pytorch_model.fp16", "diffusion_pytorch_model", "model.fp16", "model")
    names = [f"{stem}.safetensors" for stem in stems]
    return next((folder / name for name in names if (folder / name).is_file()), folder / names[1])


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("no object")
    except (OSError, ValueError) as error:
        raise _damaged(path, f"it cannot be read ({error})") from error
    return found


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """A model's settings without what says how it was saved."""
    return {
        name: value
        for name, value in config.items()
        if not name.startswith("_")
        and name not in ("architectures", "torch_dtype", "dtype", "transformers_version", "model_type")
    }


def _damaged(path: Path, why: str) -> FaceShotError:
    return FaceShotError(
        ErrorCode.MODEL_DAMAGED,
        f"The model file {path} is not as published: {why}.",
        hint=f"Get it again: `python -m core models fetch {MOFA.name}` replaces files that it fetched itself.",
    )
