# SPDX-License-Identifier: GPL-3.0-or-later
"""The sampling loop: from noise to the latents of a shot, in overlapping windows (MOFA-Video's long-video scheme)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from diffusers import EulerDiscreteScheduler

from .attention import Embeddings, attend
from .control import Conditions, ControlNetwork
from .unet import ControlledUNet
from .windows import STRIDE, WINDOW, guidance, shares, touching, windows

# What the networks are told of rate, motion and noise: the published code overwrites whatever its caller asks for.
TIME_IDS = (6.0, 128.0, 0.02)


@dataclass(frozen=True)
class Sampling:
    """How a shot is sampled.

    guidance: at a window's first and last position · order: see attention.ORDERS · together: items (windows times
    guidance halves) that go through the networks at once · shortcut: see attention.Embeddings.
    """

    steps: int = 25
    guidance: tuple[float, float] = (1.0, 7.5)
    window: int = WINDOW
    stride: int = STRIDE
    order: str = "fixed"
    together: int = 2
    shortcut: bool = True


@dataclass(frozen=True, eq=False)
class Shot:
    """What conditions a shot: features of the first frame per scale, its latent (1, 4, h, w) and embedding (1, 1, C),
    motion (N - 1, 2, H, W) px and drawn landmarks (N, 3, H, W) of frames as they are asked for.
    """

    features: Sequence[torch.Tensor]
    latent: torch.Tensor
    embedding: torch.Tensor
    motion: Callable[[Sequence[int]], torch.Tensor]
    drawn: Callable[[Sequence[int]], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Held:
    """Frames that stay as an earlier run of the same noise has them.

    free: the frames that are sampled · after: the earlier run's latents (N, 4, h, w) after that many steps · told: the
    latents after a step as the windows that were run would have them, and as they are held; for looking at the joins.
    """

    free: range
    after: Callable[[int], torch.Tensor]
    told: Callable[[int, torch.Tensor, torch.Tensor], None] = lambda step, made, kept: None


@dataclass(eq=False)
class Sampler:
    """The networks with a way to sample. Predicts v of all frames for the latents of one step.

    offload: a network is on its device only while it runs · held: of how many windows the conditions are kept from
    step to step · tick: told after each group of items; may raise to stop.
    """

    unet: ControlledUNet
    control: ControlNetwork
    how: Sampling
    embeddings: Embeddings
    device: torch.device
    offload: bool = False
    held: int = 8
    tick: Callable[[int], None] = lambda items: None
    _conditions: dict[tuple[int, ...], Conditions] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, unet: ControlledUNet, control: ControlNetwork, how: Sampling, **rest: Any) -> Sampler:
        """A sampler on the networks' device, with `rest` of its fields."""
        embeddings = Embeddings(order=how.order, shortcut=how.shortcut)
        attend(unet, embeddings)
        attend(control, embeddings)
        return cls(unet, control, how, embeddings, **{"device": unet.conv_in.weight.device, **rest})

    @staticmethod
    def levels(config: dict, steps: int) -> EulerDiscreteScheduler:
        """The noise levels of so many steps."""
        scheduler = EulerDiscreteScheduler.from_config(config)
        scheduler.set_timesteps(steps)
        return scheduler

    def predict(
        self, shot: Shot, scaled: torch.Tensor, timestep: torch.Tensor, free: range | None = None
    ) -> torch.Tensor:
        """v (N, 4, h, w) with guidance, the mean over the windows: scaled (N, 4, h, w) as the networks get it.

        free: only the windows that touch these frames are run; frames that other windows see as well come out short.
        """
        found = windows(len(scaled), size=self.how.window, stride=self.how.stride)
        total = torch.zeros_like(scaled, dtype=torch.float32)
        run = range(len(found)) if free is None else touching(found, free)
        items = [(k, half) for k in run for half in (0, 1)]
        strengths = {len(frames): guidance(len(frames), *self.how.guidance) for frames, _ in found}
        weights = shares(found, len(scaled))
        for group in _groups(items, self.how.together):
            held = {k: self.conditions(shot, found[k][0]) for k in dict.fromkeys(k for k, _ in group)}
            v = self._run(shot, scaled, timestep, [(found[k][0], half, held[k]) for k, half in group])
            for (k, half), one in zip(group, v, strict=True):
                frames = found[k][0]
                strength = torch.as_tensor(strengths[len(frames)], dtype=torch.float32, device=total.device)
                # uncond + g (cond - uncond), half by half
                share = (strength if half else 1 - strength) * torch.as_tensor(
                    weights[k], dtype=torch.float32, device=total.device
                )
                total[list(frames)] += share.view(-1, 1, 1, 1) * one.float().to(total.device)
            self.tick(len(group))
        return total

    def conditions(self, shot: Shot, frames: tuple[int, ...]) -> Conditions:
        """What a window looks at: the same in every step, so it is kept as far as `held` goes."""
        if frames in self._conditions:
            return self._conditions[frames]
        with self._in_place(self.control):
            place = {"device": self.device, "dtype": self.control.conv_in.weight.dtype}
            made = self.control.conditions(
                [feature.to(**place) for feature in shot.features],
                shot.motion(frames[1:]).to(self.device),
                shot.drawn(frames).to(**place),
            )
        if len(self._conditions) < self.held:
            self._conditions[frames] = made
        return made

    @contextlib.contextmanager
    def _in_place(self, network: torch.nn.Module) -> Iterator[None]:
        if not self.offload:
            yield
            return
        network.to(self.device)
        try:
            yield
        finally:
            network.to("cpu")

    def _run(
        self,
        shot: Shot,
        scaled: torch.Tensor,
        timestep: torch.Tensor,
        items: Sequence[tuple[Sequence[int], int, Conditions]],
    ) -> torch.Tensor:
        place = {"device": self.device, "dtype": self.unet.conv_in.weight.dtype}
        latent = shot.latent.to(**place)
        batch = torch.stack(
            [
                torch.cat([scaled[list(frames)].to(**place), (latent * half).expand(len(frames), -1, -1, -1)], dim=1)
                for frames, half, _ in items
            ]
        )
        embedding = shot.embedding.to(**place)
        tokens = self.embeddings.use(
            torch.cat([torch.zeros_like(embedding), embedding]), tuple(half for _, half, _ in items)
        )
        ids = torch.tensor([TIME_IDS], device=place["device"]).expand(len(items), -1)
        timestep = timestep.to(self.device)
        with self._in_place(self.control):
            residuals, middle = self.control(batch, timestep, tokens, ids, [c for _, _, c in items])
        with self._in_place(self.unet):
            return self.unet(batch, timestep, tokens, ids, residuals, middle)


def sample(
    sampler: Sampler, shot: Shot, noise: torch.Tensor, config: dict, *, start: int = 0, held: Held | None = None
) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield (steps done, latents (N, 4, h, w) float32) after each step from `start` on.

    noise: with start 0 the start noise of variance 1, else the latents after that many steps. It may lie in main
    memory: windows are brought to the sampler's device one by one. The mean over windows is taken of v, not of the
    latents after each window's step: a step is linear in v, so it is the same.
    """
    scheduler = sampler.levels(config, sampler.how.steps)
    latents = noise.float() * (scheduler.init_noise_sigma if start == 0 else 1.0)
    for k in range(start, sampler.how.steps):
        scheduler._step_index = None
        scaled = scheduler.scale_model_input(latents, scheduler.timesteps[k])
        v = sampler.predict(shot, scaled, scheduler.timesteps[k], None if held is None else held.free)
        latents = scheduler.step(v, scheduler.timesteps[k], latents).prev_sample
        if held is not None:
            free, kept = slice(held.free.start, held.free.stop), held.after(k + 1).to(latents)
            held.told(k + 1, latents, kept)
            latents = torch.cat([kept[: free.start], latents[free], kept[free.stop :]])
        yield k + 1, latents


def _groups(items: list, size: int) -> Iterator[list]:
    for start in range(0, len(items), max(size, 1)):
        yield items[start : start + max(size, 1)]
