# SPDX-License-Identifier: GPL-3.0-or-later
"""The landmark control network: the first frame's features thrown along the motion, and drawn landmarks, to residuals.

Built of diffusers' spatio-temporal blocks; names of modules are those of the published file (765 tensors).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from diffusers.models.unets.unet_3d_blocks import UNetMidBlockSpatioTemporal, get_down_block
from torch import nn
from torch.nn import functional

from .splat import splat

SCALES = (8, 16, 32, 64)


@dataclass(frozen=True)
class ControlConfig:
    """Widths of the network; the defaults are the published ones."""

    widths: tuple[int, ...] = (320, 640, 1280, 1280)
    # The published class hands nothing of its config to its base: its heads are these whatever the UNet's are.
    heads: tuple[int, ...] = (5, 10, 10, 20)
    layers: int = 2
    embedding: int = 1024
    time_width: int = 256
    channels: int = 8
    image_widths: tuple[int, ...] = (16, 32, 96, 256)
    landmark_widths: tuple[int, ...] = (16, 32, 64, 128)


@dataclass(frozen=True, eq=False)
class Conditions:
    """What does not change from step to step.

    moved: the first frame's features where each frame has them, (N, C, h, w) per scale, frame 0 as it is ·
    landmarks (N, C, h, w) · masks: how much of the moved feature is kept, (N - 1, 1, h, w) per scale.
    """

    moved: tuple[torch.Tensor, ...]
    landmarks: torch.Tensor
    masks: tuple[torch.Tensor, ...]


class Embedding(nn.Module):
    """An image (N, 3, H, W) to features (N, C, H/8, W/8)."""

    def __init__(self, outgoing: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for narrow, wide in itertools.pairwise(widths):
            self.blocks += [nn.Conv2d(narrow, narrow, 3, padding=1), nn.Conv2d(narrow, wide, 3, padding=1, stride=2)]
        self.conv_out = nn.Conv2d(widths[-1], outgoing, 3, padding=1)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        x = functional.silu(self.conv_in(image))
        for block in self.blocks:
            x = functional.silu(block(x))
        return self.conv_out(x)


class _Halving(nn.Module):
    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(incoming, outgoing, 3, padding=1, stride=2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.silu(self.conv_in(x))


class Pyramid(nn.Module):
    """Features at 1/8 to features at 1/8, 1/16, 1/32, 1/64."""

    def __init__(self, widths: Sequence[int]) -> None:
        super().__init__()
        pairs = zip((widths[0], *widths[:2]), widths[:3], strict=True)
        self.encoders = nn.ModuleList(_Halving(incoming, outgoing) for incoming, outgoing in pairs)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        scales = [x]
        for encoder in self.encoders:
            scales.append(encoder(scales[-1]))
        return scales


class _Convolved(nn.Module):
    def __init__(self, incoming: int, outgoing: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(incoming, outgoing, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(self.conv(x))


class _Hourglass(nn.Module):
    """Encoder and decoder with skips, of one resolution in spite of its name."""

    def __init__(self, incoming: int) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.down_blocks = nn.ModuleList(
            [_Convolved(incoming, 128), _Convolved(128, 256), _Convolved(256, 512)]
        )
        self.decoder = nn.Module()
        self.decoder.up_blocks = nn.ModuleList([_Convolved(512, 256), _Convolved(512, 128), _Convolved(256, 64)])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for block in self.encoder.down_blocks:
            x = block(x)
            skips.append(x)
        first, second, third = self.decoder.up_blocks
        x = second(torch.cat([skips[1], first(x)], dim=1))
        return third(torch.cat([skips[0], x], dim=1))


class Matting(nn.Module):
    """Keeps of a thrown feature what may be seen, and makes up the rest."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.hourglass = _Hourglass(2 * width + 2)
        self.matting_mask = nn.Conv2d(64, 1, 7, padding=3)
        self.matting = nn.Conv2d(64, width, 7, padding=3)

    def forward(
        self, feature: torch.Tensor, flow: torch.Tensor, thrown: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.hourglass(torch.cat([feature, flow, thrown], dim=1))
        mask = torch.sigmoid(self.matting_mask(x))
        return thrown * mask + self.matting(x) * (1 - mask), mask


class ControlNetwork(nn.Module):
    """FlowControlNet with landmarks (MOFA-Video, section 3): residuals for the UNet's skips and middle."""

    def __init__(self, config: ControlConfig = ControlConfig()) -> None:
        super().__init__()
        self.config = config
        widths, first = config.widths, config.widths[0]
        self.conv_in = nn.Conv2d(config.channels, first, 3, padding=1)
        self.time_proj = Timesteps(first, True, downscale_freq_shift=0)
        self.time_embedding = TimestepEmbedding(first, 4 * first)
        self.add_time_proj = Timesteps(config.time_width, True, downscale_freq_shift=0)
        self.add_embedding = TimestepEmbedding(3 * config.time_width, 4 * first)
        self.down_blocks = nn.ModuleList()
        self.controlnet_down_blocks = nn.ModuleList([nn.Conv2d(first, first, 1)])
        incoming = first
        for k, width in enumerate(widths):
            last = k == len(widths) - 1
            self.down_blocks.append(
                get_down_block(
                    "DownBlockSpatioTemporal" if last else "CrossAttnDownBlockSpatioTemporal",
                    num_layers=config.layers,
                    in_channels=incoming,
                    out_channels=width,
                    temb_channels=4 * first,
                    add_downsample=not last,
                    resnet_eps=1e-5,
                    resnet_act_fn="silu",
                    cross_attention_dim=config.embedding,
                    num_attention_heads=config.heads[k],
                )
            )
            incoming = width
            skips = config.layers + (not last)
            self.controlnet_down_blocks.extend(nn.Conv2d(width, width, 1) for _ in range(skips))
        self.mid_block = UNetMidBlockSpatioTemporal(
            widths[-1],
            temb_channels=4 * first,
            cross_attention_dim=config.embedding,
            num_attention_heads=config.heads[-1],
        )
        self.controlnet_mid_block = nn.Conv2d(widths[-1], widths[-1], 1)
        self.controlnet_cond_embedding = Embedding(first, config.image_widths)
        self.controlnet_ldmk_embedding = Embedding(first, config.landmark_widths)
        self.flow_encoder = Pyramid(widths)
        own = (first, *widths[:3])
        self.zero_outs = nn.ModuleDict({str(s): nn.Conv2d(w, w, 1) for s, w in zip(SCALES, own, strict=True)})
        self.occlusions = nn.ModuleDict({str(s): Matting(w) for s, w in zip(SCALES, own, strict=True)})

    def features(self, image: torch.Tensor) -> list[torch.Tensor]:
        """The first frame (1, 3, H, W) in -1..1 at the four scales."""
        return self.flow_encoder(self.controlnet_cond_embedding(image))

    def conditions(self, features: Sequence[torch.Tensor], flow: torch.Tensor, drawn: torch.Tensor) -> Conditions:
        """What frames 0..N-1 of a window look at: flow (N - 1, 2, H, W) px from frame 0, drawn (N, 3, H, W) 0..1."""
        moved, masks = [], []
        for scale, feature in zip(SCALES, features, strict=True):
            motion = functional.interpolate(flow, scale_factor=1 / scale, mode="nearest") / scale
            each = feature.expand(len(motion), *feature.shape[1:])
            thrown = splat(each, motion.to(torch.float32), mode="avg").to(feature.dtype)
            kept, mask = self.occlusions[str(scale)](each, motion.to(feature.dtype), thrown)
            # the first frame is where it is, and does not go through the convolution
            moved.append(torch.cat([feature, self.zero_outs[str(scale)](kept)]))
            masks.append(mask)
        return Conditions(tuple(moved), self.controlnet_ldmk_embedding(drawn), tuple(masks))

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        embedding: torch.Tensor,
        time_ids: torch.Tensor,
        conditions: Sequence[Conditions],
    ) -> tuple[tuple[torch.Tensor, ...], torch.Tensor]:
        """sample (B, N, 8, h, w), embedding (B, 1, C), time_ids (B, 3), conditions: one per item of the batch.

        Returns the residuals of the skips, (B * N, C, h, w) each, and of the middle.
        """
        batch, frames = sample.shape[:2]
        moved = [torch.cat(level) for level in zip(*(c.moved for c in conditions), strict=True)]
        drawn = torch.cat([c.landmarks for c in conditions])
        emb = self._time(timestep, time_ids, batch, sample.dtype).repeat_interleave(frames, dim=0)
        tokens = embedding.repeat_interleave(frames, dim=0)
        still = torch.zeros(batch, frames, dtype=sample.dtype, device=sample.device)
        x = self.conv_in(sample.flatten(0, 1)) + moved[0] + drawn
        skips = [x]
        for k, block in enumerate(self.down_blocks):
            given = {"encoder_hidden_states": tokens} if getattr(block, "has_cross_attention", False) else {}
            x, found = block(hidden_states=x, temb=emb, image_only_indicator=still, **given)
            # collected before the motion is added: a block's skips do not hold it
            skips += found
            x = x + moved[min(k + 1, len(moved) - 1)]
            # the published code adds the landmarks while the width is the first one's
            if k == 0:
                x = x + functional.interpolate(drawn, scale_factor=0.5, mode="nearest")
        x = x + moved[-1]
        x = self.mid_block(hidden_states=x, temb=emb, encoder_hidden_states=tokens, image_only_indicator=still)
        residuals = tuple(out(skip) for skip, out in zip(skips, self.controlnet_down_blocks, strict=True))
        return residuals, self.controlnet_mid_block(x)

    def _time(self, timestep: torch.Tensor, time_ids: torch.Tensor, batch: int, dtype: torch.dtype) -> torch.Tensor:
        steps = self.time_proj(timestep.reshape(-1).expand(batch))
        ids = self.add_time_proj(time_ids.flatten()).reshape(batch, -1)
        return self.time_embedding(steps.to(dtype)) + self.add_embedding(ids.to(dtype))
