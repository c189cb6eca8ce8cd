# SPDX-License-Identifier: GPL-3.0-or-later
"""Stable Video Diffusion's UNet with the residuals of the control network added to its skips."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from diffusers import UNetSpatioTemporalConditionModel


class ControlledUNet(UNetSpatioTemporalConditionModel):
    """diffusers' UNet; its weights, its config, and a forward pass that takes residuals."""

    def residual_counts(self) -> list[int]:
        """How often each skip receives its residual.

        The published code adds inside its loop over the blocks, to all skips collected so far, and was trained so: the
        first ones get theirs once for every block.
        """
        blocks = len(self.down_blocks)
        counts = [blocks]
        for k, block in enumerate(self.down_blocks):
            counts += [blocks - k] * (len(block.resnets) + (block.downsamplers is not None))
        return counts

    def forward(
        self,
        sample: torch.Tensor,
        timestep: torch.Tensor,
        embedding: torch.Tensor,
        time_ids: torch.Tensor,
        residuals: Sequence[torch.Tensor],
        middle: torch.Tensor,
    ) -> torch.Tensor:
        """sample (B, N, 8, h, w), embedding (B, 1, C), time_ids (B, 3); residuals and middle (B * N, C, h, w).

        Returns v (B, N, 4, h, w). Height and width must be multiples of 8.
        """
        batch, frames = sample.shape[:2]
        steps = self.time_proj(timestep.reshape(-1).expand(batch)).to(sample.dtype)
        ids = self.add_time_proj(time_ids.flatten()).reshape(batch, -1).to(sample.dtype)
        emb = (self.time_embedding(steps) + self.add_embedding(ids)).repeat_interleave(frames, dim=0)
        tokens = embedding.repeat_interleave(frames, dim=0)
        still = torch.zeros(batch, frames, dtype=sample.dtype, device=sample.device)
        given = {"temb": emb, "image_only_indicator": still}
        seeing = {**given, "encoder_hidden_states": tokens}
        x = self.conv_in(sample.flatten(0, 1))
        skips = [x]
        for block in self.down_blocks:
            x, found = block(hidden_states=x, **(seeing if _attends(block) else given))
            skips += found
        counts = self.residual_counts()
        skips = [skip + count * more for skip, count, more in zip(skips, counts, residuals, strict=True)]
        x = self.mid_block(hidden_states=x, **seeing) + middle
        for block in self.up_blocks:
            own = len(block.resnets)
            skips, taken = skips[:-own], skips[-own:]
            x = block(hidden_states=x, res_hidden_states_tuple=tuple(taken), **(seeing if _attends(block) else given))
        x = self.conv_out(self.conv_act(self.conv_norm_out(x)))
        return x.unflatten(0, (batch, frames))


def _attends(block: torch.nn.Module) -> bool:
    return bool(getattr(block, "has_cross_attention", False))
