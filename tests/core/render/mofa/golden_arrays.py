# SPDX-License-Identifier: GPL-3.0-or-later
"""Golden arrays of the published implementation, and weights by their recipe. Used in place, skipped where absent."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

FOLDER = Path(__file__).resolve().parents[5] / "shared" / "golden"


class Golden:
    """The folder of golden arrays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recipe = _module(folder / "recipe.py")
        sys.modules.setdefault("recipe", self.recipe)
        self.inputs = _module(folder / "inputs.py")
        self._made: dict[str, torch.nn.Module] = {}

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        with np.load(self.folder / f"{name}.npz") as found:
            return {key: found[key] for key in found.files}

    def config(self, name: str) -> dict:
        return json.loads((self.folder / f"{name}.json").read_text())

    def network(self, name: str) -> torch.nn.Module:
        """The tiny network of that name with the recipe's weights; made once."""
        if name not in self._made:
            network = _TINY[name](self)
            self.fill(network, f"tiny.{name}")
            self._made[name] = network
        return self._made[name]

    def fill(self, network: torch.nn.Module, prefix: str, *, gains: list | None = None, under: str = "") -> None:
        """Load the recipe's weights strictly. under: what the published names begin with and ours do not."""
        state = network.state_dict()
        made = {}
        for name, value in state.items():
            if name.endswith("position_ids"):
                made[name] = value
                continue
            full = f"{prefix}.{under}{name}"
            gain = self.recipe.gain_for(f"{under}{name}", gains or [])
            made[name] = torch.from_numpy(self.recipe.fill(full, tuple(value.shape), gain=gain))
        network.load_state_dict(made, strict=True)
        network.eval()


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def close(found: torch.Tensor | np.ndarray, wanted: np.ndarray, share: float) -> None:
    """The largest difference is at most `share` of the wanted array's RMS."""
    found = found.numpy() if isinstance(found, torch.Tensor) else found
    assert found.shape == wanted.shape
    rms = float(np.sqrt((wanted.astype(np.float64) ** 2).mean()))
    worst = float(np.abs(found.astype(np.float64) - wanted).max())
    assert worst <= share * rms, f"{worst / rms:.2e} of the RMS, {share:.0e} allowed"


def image_tensor(pixels: np.ndarray) -> torch.Tensor:
    """(H, W, 3) uint8 as (1, 3, H, W) in 0..1."""
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


def _unet(golden: Golden) -> torch.nn.Module:
    from core.render.mofa.unet import ControlledUNet

    return ControlledUNet.from_config(golden.config("tiny_config")["unet"])


def _control(golden: Golden) -> torch.nn.Module:
    from core.render.mofa.control import ControlNetwork
    from core.render.mofa.weights import control_config

    return ControlNetwork(control_config(golden.config("tiny_config")["controlnet"]))


def _vae(golden: Golden) -> torch.nn.Module:
    from diffusers import AutoencoderKLTemporalDecoder

    return AutoencoderKLTemporalDecoder.from_config(golden.config("tiny_config")["vae"])


def _encoder(golden: Golden) -> torch.nn.Module:
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    return CLIPVisionModelWithProjection(CLIPVisionConfig(**golden.config("tiny_config")["image_encoder"]))


_TINY = {"unet": _unet, "controlnet": _control, "vae": _vae, "image_encoder": _encoder}
