# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture as the networks see it: an image embedding, a latent; and latents as frames again."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import torch
from diffusers import AutoencoderKLTemporalDecoder
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing
from transformers import CLIPVisionModelWithProjection

ENCODER_SIDE = 224
# Frames that the decoder sees at once in the published code; frames at the border of a call do not see each other.
DECODED = 8


def image_embedding(encoder: CLIPVisionModelWithProjection, image: torch.Tensor) -> torch.Tensor:
    """The embedding (1, 1, C) of an image (1, 3, H, W) in 0..1.

    Fed as it is: the published code leaves out the mean and deviation that stock Stable Video Diffusion takes off.
    """
    small = _resize_with_antialiasing(image.float(), (ENCODER_SIDE, ENCODER_SIDE))
    parameter = next(encoder.parameters())
    return encoder(small.to(parameter.device, parameter.dtype)).image_embeds.unsqueeze(1)


def image_latent(
    vae: AutoencoderKLTemporalDecoder, image: torch.Tensor, noise: torch.Tensor, *, strength: float = 0.02
) -> torch.Tensor:
    """The latent (1, 4, h, w) that conditions every frame: the mode of the image in -1..1 with a little noise.

    Not multiplied by the scaling factor. Encoded in float32 where the model asks for it.
    """
    given = next(vae.parameters()).dtype
    upcast = vae.config.force_upcast and given != torch.float32
    if upcast:
        vae.to(torch.float32)
    try:
        parameter = next(vae.parameters())
        noisy = (image.float() + strength * noise.float()).to(parameter.device, parameter.dtype)
        return vae.encode(noisy).latent_dist.mode()
    finally:
        if upcast:
            vae.to(given)


def decoded(
    vae: AutoencoderKLTemporalDecoder,
    latents: torch.Tensor,
    *,
    chunk: int = DECODED,
    overlap: int = 0,
    wanted: Collection[int] | None = None,
) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield (number, frame (3, H, W) in 0..1) of latents (N, 4, h, w), in order.

    chunk: frames in a call of the decoder; those of one call see each other · overlap: frames that a call shares with
    the one before, faded from the one's to the other's, so that no seam shows where calls meet; 0 decodes as the
    published code does · wanted: the numbers to decode (default: all). A frame does not depend on what else is wanted.
    """
    if not 0 <= overlap < chunk:
        raise ValueError(f"overlap: {overlap} does not fit into {chunk} frames")
    parameter = next(vae.parameters())
    count = len(latents)
    tail: torch.Tensor | None = None
    for start in range(0, max(count - overlap, 1), chunk - overlap):
        end = min(start + chunk, count)
        if wanted is not None and not any(start <= number < end for number in wanted):
            tail = None
            continue
        part = latents[start:end].to(parameter.device, parameter.dtype) / vae.config.scaling_factor
        frames = (vae.decode(part, num_frames=len(part)).sample.float() / 2 + 0.5).clamp(0, 1)
        if tail is not None:
            share = torch.linspace(0, 1, overlap + 2, device=frames.device)[1:-1].view(-1, 1, 1, 1)
            frames[:overlap] = tail + share * (frames[:overlap] - tail)
        kept = len(frames) if end == count else len(frames) - overlap
        for number, frame in enumerate(frames[:kept], start=start):
            if wanted is None or number in wanted:
                yield number, frame
        tail = frames[kept:] if overlap and end < count else None
        if end == count:
            return
