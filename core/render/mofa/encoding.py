# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture as the networks see it: an image embedding, a latent; and latents as frames again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

import torch
from diffusers import AutoencoderKLTemporalDecoder
from torch.nn import functional
from transformers import CLIPVisionModelWithProjection

from .device import is_out_of_memory
from .tiles import in_tiles

ENCODER_SIDE = 224
# Frames that the decoder sees at once in the published code; frames at the border of a call do not see each other.
DECODED = 8


def shrunk(image: torch.Tensor, side: int = ENCODER_SIDE) -> torch.Tensor:
    """An image (1, C, H, W) at `side` x `side`, blurred before pixels are left out.

    What diffusers' pipeline does before its encoder (a Gaussian of (factor - 1) / 2 px cut at two deviations, bicubic,
    corners aligned), without loading that pipeline.
    """
    for axis in (-2, -1):
        sigma = max((image.shape[axis] / side - 1) / 2, 0.001)
        reach = int(max(4 * sigma, 3)) // 2
        x = torch.arange(-reach, reach + 1, dtype=image.dtype, device=image.device)
        weights = torch.exp(-(x**2) / (2 * sigma**2))
        weights = (weights / weights.sum()).view(1, 1, *((-1, 1) if axis == -2 else (1, -1)))
        padding = (0, 0, reach, reach) if axis == -2 else (reach, reach, 0, 0)
        padded = functional.pad(image, padding, mode="reflect")
        image = functional.conv2d(padded.transpose(0, 1), weights).transpose(0, 1)
    return functional.interpolate(image, size=(side, side), mode="bicubic", align_corners=True)


def image_embedding(encoder: CLIPVisionModelWithProjection, image: torch.Tensor) -> torch.Tensor:
    """The embedding (1, 1, C) of an image (1, 3, H, W) in 0..1.

    Fed as it is: the published code leaves out the mean and deviation that stock Stable Video Diffusion takes off.
    """
    small = shrunk(image.float())
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
    tile: int = 0,
    overlap: int = 0,
    wanted: Collection[int] | None = None,
    less: Callable[[], tuple[int, int] | None] | None = None,
) -> Iterator[tuple[int, torch.Tensor]]:
    """Yield (number, frame (3, H, W) in 0..1) of latents (N, 4, h, w), in order.

    chunk: frames in a call of the decoder; those of one call see each other · tile: see tiles.in_tiles; 0: whole
    frames · overlap: frames that a call shares with the one before, at most half of it, faded from the one's to the
    other's, so that no seam shows where calls meet; 0 decodes as the published code does · wanted: the numbers to
    decode (default: all). A frame does not depend on what else is wanted · less: asked, where the memory does not
    suffice, for the chunk and tile to go on with; None gives up.
    """
    count, start = len(latents), 0
    tail = torch.empty(0)
    while start < count:
        end = min(start + chunk, count)
        kept = end if end == count else end - min(overlap, chunk // 2)
        if wanted is not None and not any(start <= number < end for number in wanted):
            start, tail = kept, tail[:0]
            continue
        try:
            frames = _decoded(vae, latents[start:end], tile)
        except Exception as error:
            smaller = less() if less is not None and is_out_of_memory(error) else None
            if smaller is None:
                raise
            chunk, tile = smaller
            continue
        both = min(len(tail), len(frames))
        if both:
            share = torch.linspace(0, 1, len(tail) + 2, device=frames.device)[1 : both + 1].view(-1, 1, 1, 1)
            frames[:both] = tail[:both] + share * (frames[:both] - tail[:both])
        for number, frame in enumerate(frames[: kept - start], start=start):
            if wanted is None or number in wanted:
                yield number, frame
        start, tail = kept, frames[kept - start :]


def _decoded(vae: AutoencoderKLTemporalDecoder, latents: torch.Tensor, tile: int) -> torch.Tensor:
    parameter = next(vae.parameters())
    part = latents.to(parameter.device, parameter.dtype) / vae.config.scaling_factor

    def decode(piece: torch.Tensor) -> torch.Tensor:
        return vae.decode(piece, num_frames=len(piece)).sample.float()

    return ((in_tiles(decode, part, tile) if tile else decode(part)) / 2 + 0.5).clamp(0, 1)
