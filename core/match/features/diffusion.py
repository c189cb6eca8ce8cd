# SPDX-License-Identifier: GPL-3.0-or-later
"""Features of a diffusion model (DIFT, arXiv 2306.03881), under the look of another picture (FaceShot, section 3.1).

A picture's latent is inverted into noise to t = 301; what the UNet's second up-block makes of it there is alike at like
places of different faces, the more so where each is seen under the other's look. Beside the inverted latent the
features of a few latents with fresh noise are taken, and averaged: noise of one kind leaves traces of its own.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ...errors import ErrorCode, FaceShotError
from ...progress import Progress, silent
from ...render.mofa.device import choose_device, device_errors, free, limit_threads
from .extractor import hash_of
from .files import find, identity, read_json
from .guidance import look_of, resized, set_scale
from .inversion import STAGE, Inversion
from .maps import FeatureMap
from .weights import Networks, load

log = logging.getLogger(__name__)

MODEL = "stable-diffusion-v1-5"
SCALE = 1.0  # of the adapter, as it was trained
_KEPT = 16  # latents and looks of the pictures seen last


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How features are made. t: time of the network's training · up_block: 0 coarsest · prompt: text · steps: of the
    whole inversion · corrections: of each of its steps · ensemble: how many latents are averaged, the inverted one and
    noised ones · side: px, the longer one's, at which pictures are seen · seed: of the noise.
    """

    t: int = 301
    up_block: int = 1
    prompt: str = "a photo of a face"
    steps: int = 50
    corrections: int = 0
    ensemble: int = 4
    side: int = 512
    seed: int = 0


class DiffusionExtractor:
    """Features by Stable Diffusion 1.5. Holds its networks until it goes; one picture at a time."""

    def __init__(
        self, networks: Networks, *, weights: str, guided: bool, recipe: Recipe, progress: Progress = silent
    ) -> None:
        """weights: what tells them from others. Raises USAGE for a recipe that the networks cannot follow."""
        self._networks, self._guided, self._recipe, self._progress = networks, guided, recipe, progress
        self._device, self._type = networks.unet.device, networks.unet.dtype
        self._inversion = Inversion.of(networks.scheduler, steps=recipe.steps)
        self._inversion.require(recipe.t)
        widths = tuple(networks.unet.config.block_out_channels)
        if not 0 <= recipe.up_block < len(widths) or recipe.ensemble < 1 or recipe.corrections < 0:
            raise FaceShotError(
                ErrorCode.USAGE,
                f"Features of up-block {recipe.up_block} of {len(widths)}, over {recipe.ensemble} latents, "
                f"{recipe.corrections} corrections: there are none.",
            )
        per_latent = 2 ** (len(networks.vae.config.block_out_channels) - 1)
        self._multiple = per_latent * 2 ** (len(widths) - 1)
        if recipe.side < self._multiple or recipe.side % self._multiple:
            raise FaceShotError(
                ErrorCode.USAGE, f"A side of {recipe.side} px is no multiple of the networks' {self._multiple}."
            )
        self._config: dict[str, object] = {
            "model": MODEL, "weights": weights, **asdict(recipe), "guided": guided, "scale": SCALE if guided else 0.0,
            "channels": widths[::-1][recipe.up_block],
            "stride": self._multiple >> min(recipe.up_block + 1, len(widths) - 1),
        }  # fmt: skip
        self._latents: OrderedDict[bytes, torch.Tensor] = OrderedDict()
        self._looks: OrderedDict[bytes, torch.Tensor] = OrderedDict()

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        device: str = "auto",
        guided: bool = True,
        recipe: Recipe | None = None,
        progress: Progress = silent,
    ) -> DiffusionExtractor:
        """From a folder with the parts as they are published. Unguided, it needs no adapter.

        device: "auto", "cpu", "cuda", "mps" · progress: told of each step, and may raise CANCELLED. Half precision but
        on a CPU. Raises MODEL_MISSING, MODEL_DAMAGED, BACKEND_MISSING, OUT_OF_MEMORY; USAGE for a bad recipe.
        """
        recipe = recipe or Recipe()
        files = find(folder, guided=guided)
        scheduler = read_json(files.base / "scheduler" / "scheduler_config.json")
        Inversion.of(scheduler, steps=recipe.steps).require(recipe.t)  # before gigabytes are read for nothing
        chosen = choose_device(device, log.warning)
        limit_threads()
        progress("Loading the feature networks", 0, None)
        with device_errors(chosen):
            dtype = torch.float32 if chosen.type == "cpu" else torch.float16
            networks = load(files, prompt=recipe.prompt, device=chosen, dtype=dtype)
        return cls(networks, weights=identity(files), guided=guided, recipe=recipe, progress=progress)

    @property
    def config(self) -> Mapping[str, object]:
        return self._config

    @property
    def config_hash(self) -> str:
        return hash_of(self._config)

    def map(self, rgb: np.ndarray, *, prompt: np.ndarray | None = None) -> FeatureMap:
        """Features of a picture (H, W, 3) uint8 under the look of `prompt`, or under none.

        The picture is seen with its longer side at the recipe's, the other one at the nearest that the networks take:
        a picture of 512 x 512 has 32 x 32 cells. Raises USAGE for something else than a picture, or a prompt without
        guidance; OUT_OF_MEMORY, DEVICE_LOST; CANCELLED from the progress.
        """
        for picture in (rgb,) if prompt is None else (rgb, prompt):
            _require_picture(picture)
        if prompt is not None and not self._guided:
            raise FaceShotError(
                ErrorCode.USAGE,
                "These features were loaded without guidance: they are seen under no picture's look.",
                hint="Load them guided, or give no prompt.",
            )
        with device_errors(self._device), torch.inference_mode():
            look = None if prompt is None else self._look(prompt)
            values = self._features(self._latent(rgb), look)
        if not bool(values.isfinite().all()):
            raise FaceShotError(
                ErrorCode.MODEL_DAMAGED,
                f"The networks make no numbers of this picture, in {str(self._type).removeprefix('torch.')}.",
                hint="Check them with `python -m core models verify`, or choose the device cpu.",
            )
        height, width = rgb.shape[:2]
        return FeatureMap.of(values[0].permute(1, 2, 0).cpu().numpy(), (float(width), float(height)))

    def look(self, crop: np.ndarray) -> np.ndarray:
        """(D,) float32 unit vector of the whole of a picture (H, W, 3) uint8, which is padded to a square.

        Raises USAGE for something else, MODEL_MISSING where the image encoder is not there.
        """
        _require_picture(crop)
        with device_errors(self._device), torch.inference_mode():
            vector = self._look(crop)[0]
            return (vector / vector.norm().clamp(min=1e-12)).cpu().numpy()

    def release(self) -> None:
        """Give the memory back; nothing more can be asked."""
        self._latents.clear()
        self._looks.clear()
        self.__dict__.pop("_networks", None)
        free(self._device)

    def _features(self, clean: torch.Tensor, look: torch.Tensor | None) -> torch.Tensor:
        """(1, C, h, w) float32: the mean over the ensemble, each latent on its own: memory is bounded by one."""
        recipe, unet = self._recipe, self._networks.unet
        given: dict[str, Any] = {"encoder_hidden_states": self._networks.words}
        if self._guided:
            set_scale(unet, SCALE if look is not None else 0.0)
            seen = torch.zeros(1, self._networks_looks) if look is None else look
            given["added_cond_kwargs"] = {"image_embeds": [seen[:, None].to(self._device, self._type)]}

        def predict(latent: torch.Tensor, t: int) -> torch.Tensor:
            predicted: torch.Tensor = unet(latent.to(self._type), t, **given).sample
            return predicted.float()

        taken = self._inversion.times.index(recipe.t) + 1
        total = taken + recipe.ensemble
        inverted = self._inversion.invert(
            clean, recipe.t, predict, corrections=recipe.corrections, progress=_within(self._progress, total)
        )
        dice = torch.Generator().manual_seed(recipe.seed)  # of the CPU: the same noise on every device
        mean = self._stopped(inverted, given)
        for done in range(1, recipe.ensemble):
            self._progress(STAGE, taken + done, total)
            noise = torch.randn(clean.shape, generator=dice).to(clean)
            mean = mean + self._stopped(self._inversion.noised(clean, recipe.t, noise), given)
        self._progress(STAGE, total, total)
        return mean / recipe.ensemble

    def _stopped(self, latent: torch.Tensor, given: Mapping[str, Any]) -> torch.Tensor:
        """What the up-block makes of a latent at t. What comes after it in the UNet is not computed."""
        unet = self._networks.unet

        def stop(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
            raise _Reached(output)

        handle = unet.up_blocks[self._recipe.up_block].register_forward_hook(stop)
        try:
            unet(latent.to(self._type), self._recipe.t, **given)
        except _Reached as reached:
            return reached.features.float()
        finally:
            handle.remove()
        raise AssertionError("the UNet passed its up-block by")

    def _latent(self, rgb: np.ndarray) -> torch.Tensor:
        """(1, 4, h, w) float32, scaled: the middle of what the VAE finds, not a sample of it."""
        return _remembered(self._latents, rgb, self._encoded)

    def _encoded(self, rgb: np.ndarray) -> torch.Tensor:
        vae = self._networks.vae
        pixels = resized(rgb, self._seen(rgb)).to(self._device)
        found: torch.Tensor = vae.encode(2 * pixels - 1).latent_dist.mode()
        return found * vae.config.scaling_factor

    def _seen(self, rgb: np.ndarray) -> tuple[int, int]:
        """Height and width, px, at which a picture is seen: both multiples of what the networks halve."""
        height, width = (
            max(1, round(n / max(rgb.shape[:2]) * self._recipe.side / self._multiple)) for n in rgb.shape[:2]
        )
        return height * self._multiple, width * self._multiple

    def _look(self, rgb: np.ndarray) -> torch.Tensor:
        """(1, D) float32, of any length."""
        encoder = self._networks.encoder
        if encoder is None:
            raise FaceShotError(
                ErrorCode.MODEL_MISSING,
                "There is no image encoder among the networks whose features find landmarks: looks cannot be compared.",
                hint="Fetch it with `python -m core models fetch features` (2.6 GB).",
            )
        return _remembered(self._looks, rgb, lambda picture: look_of(encoder, picture))

    @property
    def _networks_looks(self) -> int:
        assert self._networks.encoder is not None
        return int(self._networks.encoder.config.projection_dim)


class _Reached(Exception):  # noqa: N818 - not an error
    def __init__(self, features: torch.Tensor) -> None:
        super().__init__()
        self.features = features


def _within(progress: Progress, total: int) -> Progress:
    return lambda stage, done, _: progress(stage, done, total)


def _remembered(
    kept: OrderedDict[bytes, torch.Tensor], rgb: np.ndarray, make: Callable[[np.ndarray], torch.Tensor]
) -> torch.Tensor:
    """What was made of a picture before: a character is seen under the looks of many, and its latent is the same."""
    key = hashlib.sha256(np.ascontiguousarray(rgb).data)
    key.update(repr(rgb.shape).encode())
    name = key.digest()
    if name not in kept:
        kept[name] = make(rgb)
        if len(kept) > _KEPT:
            kept.popitem(last=False)
    kept.move_to_end(name)
    return kept[name]


def _require_picture(rgb: np.ndarray) -> None:
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape) < 1:
        raise FaceShotError(ErrorCode.USAGE, f"A picture is (H, W, 3) of uint8, not {rgb.shape} of {rgb.dtype}.")
