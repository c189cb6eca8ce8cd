# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames decoded in overlapping pieces, where a whole one does not fit the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch

# The share of a piece that it has in common with the one beside it.
_SHARED = 4


def in_tiles(decode: Callable[[torch.Tensor], torch.Tensor], latents: torch.Tensor, tile: int) -> torch.Tensor:
    """What `decode` makes of latents (N, 4, h, w), put together of pieces of `tile` px of the latent, or fewer.

    Where pieces lie over each other they are faded from one to the other. A decoder that looks at the whole frame, as
    all with normalisation over it do, makes something slightly different of a piece.
    """
    height, width = latents.shape[-2:]
    if tile >= max(height, width):
        return decode(latents)
    whole: torch.Tensor | None = None
    for top, bottom in _spans(height, tile):
        for left, right in _spans(width, tile):
            piece = decode(latents[..., top:bottom, left:right]).float()
            factor = piece.shape[-1] // (right - left)
            if whole is None:
                whole = piece.new_zeros(*piece.shape[:-2], height * factor, width * factor)
            share = [
                _ramps(begin * factor, end * factor, most * factor, tile * factor // _SHARED, piece)
                for begin, end, most in ((top, bottom, height), (left, right, width))
            ]
            part = whole[..., top * factor : bottom * factor, left * factor : right * factor]
            part += share[0][:, None] * share[1] * piece
    assert whole is not None
    return whole


def _spans(length: int, tile: int) -> Iterator[tuple[int, int]]:
    """Where pieces begin and end. All but the last begin a fixed way on; the last reaches as far as there is."""
    if tile >= length:
        yield 0, length
        return
    shared = tile // _SHARED
    for begin in range(0, length - shared, tile - shared):
        yield begin, min(begin + tile, length)


def _ramps(begin: int, end: int, most: int, shared: int, like: torch.Tensor) -> torch.Tensor:
    """How much of a piece counts along a side: up over what it shares with the one before, down with the next."""
    at = torch.arange(end - begin, device=like.device, dtype=like.dtype) + 0.5
    rise = torch.ones_like(at) if begin == 0 else (at / shared).clamp(max=1)
    fall = torch.ones_like(at) if end == most else ((end - begin - at) / shared).clamp(max=1)
    return torch.minimum(rise, fall)
